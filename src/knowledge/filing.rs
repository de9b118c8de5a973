//! Filing phrases for [`words`](super::words) to find: the build script's part of matching.

use std::collections::HashMap;
use std::fmt;

use super::words::{Filed, KNOWN, Normal, Word, bucket, known_bit};

/// A phrase in its normal form: lower case, single blanks, ASCII quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The pieces between ` * `; the first holds the word it is filed under.
    pub segments: Vec<String>,
}

impl Phrase {
    pub fn parse(text: &str) -> Result<Phrase, PhraseError> {
        let normal = Normal::of(text);
        let segments: Vec<String> = normal.text.trim().split(" * ").map(str::to_owned).collect();
        if segments.iter().any(|segment| segment.trim().is_empty() || segment == "*") {
            return Err(PhraseError::LooseStar);
        }
        if Normal::of(&segments[0]).words.is_empty() {
            return Err(PhraseError::NoWord);
        }
        Ok(Phrase { segments })
    }
}

/// Why a text is no phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseError {
    LooseStar,
    NoWord,
}

impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PhraseError::LooseStar => "` * ` stands between words",
            PhraseError::NoWord => "needs a word before any ` * `",
        })
    }
}

impl std::error::Error for PhraseError {}

/// An index as [`Index`](super::words::Index) wants it.
pub struct Filing {
    pub buckets: Vec<u16>,
    pub filed: Vec<Filed>,
    pub known: Vec<u64>,
}

/// Files each phrase under its rarest word.
pub fn file_phrases(phrases: &[Phrase]) -> Filing {
    let words: Vec<_> = phrases.iter().map(|phrase| Normal::of(&phrase.segments[0]).words).collect();
    let mut uses = HashMap::<u32, usize>::new();
    for word in words.iter().flatten() {
        *uses.entry(word.hash).or_default() += 1;
    }
    let mut filed: Vec<Filed> = words
        .iter()
        .enumerate()
        .filter_map(|(index, words)| file(words, &phrases[index], index as u16, &uses))
        .collect();
    let count = (filed.len() * 4).max(1);
    filed.sort_by_key(|entry| (bucket(entry.hash, count), entry.hash, entry.phrase));
    let buckets =
        (0..=count).map(|number| filed.partition_point(|entry| bucket(entry.hash, count) < number) as u16).collect();
    let mut known = vec![0; KNOWN];
    for (word, bit) in filed.iter().map(|entry| known_bit(entry.hash)) {
        known[word] |= bit;
    }
    Filing { buckets, filed, known }
}

fn file(words: &[Word], phrase: &Phrase, index: u16, uses: &HashMap<u32, usize>) -> Option<Filed> {
    let place = (0..words.len())
        .min_by_key(|place| (uses[&words[*place].hash], u32::MAX - (words[*place].end - words[*place].start)))?;
    let bits = phrase.segments.iter().fold(0, |bits, segment| bits | Normal::of(segment).bits);
    Some(Filed { hash: words[place].hash, bits, lead: words[place].start as u16, phrase: index })
}

#[cfg(test)]
mod tests {
    use super::super::words::{GAP, Index};
    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let parsed: Vec<Phrase> = phrases.iter().map(|phrase| Phrase::parse(phrase).unwrap()).collect();
        let Filing { buckets, filed, known } = file_phrases(&parsed);
        let normal = Normal::of(text);
        let mut found = Vec::new();
        Index { buckets: &buckets, filed: &filed, known: &known }.candidates(&normal, |phrase, start| {
            if let Some(range) = normal.matches_at(start, &parsed[phrase as usize].segments) {
                found.push(text[normal.original(range)].to_owned());
            }
        });
        found
    }

    #[test]
    fn phrases_match_whole_words_whatever_case_and_blanks() {
        assert_eq!(found(&["quota exceeded"], "Your Quota \n\t Exceeded!"), ["Quota \n\t Exceeded"]);
        assert!(found(&["quota exceeded"], "unquota exceeded").is_empty());
        assert!(found(&["quota exceeded"], "quota exceededs").is_empty());
    }

    #[test]
    fn a_star_stands_for_what_varies() {
        assert_eq!(
            found(&["limit of * messages per hour"], "the limit of 400 messages per hour is reached"),
            ["limit of 400 messages per hour"]
        );
        let far = format!("limit of {} messages per hour", "x".repeat(GAP + 1));
        assert!(found(&["limit of * messages per hour"], &far).is_empty());
    }

    #[test]
    fn scripts_without_blanks_match_inside_a_run() {
        assert_eq!(found(&["邮箱不存在"], "收件人邮箱不存在。"), ["邮箱不存在"]);
    }

    #[test]
    fn case_and_quotes_are_folded_beyond_ascii() {
        assert_eq!(found(&["ящик переполнен"], "Почтовый ЯЩИК переполнен"), ["ЯЩИК переполнен"]);
        assert_eq!(found(&["can't verify"], "Can’t verify"), ["Can’t verify"]);
    }

    #[test]
    fn a_turkish_i_is_an_i() {
        assert_eq!(found(&["isim çözünürlüğünde"], "mx: İsim çözünürlüğünde"), ["İsim çözünürlüğünde"]);
    }

    #[test]
    fn a_local_part_is_no_word() {
        assert!(found(&["user * not found"], "<user@example.com>: domain not found").is_empty());
        assert_eq!(found(&["user * not found"], "user bob@example.com not found").len(), 1);
        assert_eq!(found(&["user unknown * example.com"], "user unknown bob@example.com").len(), 1);
    }

    #[test]
    fn punctuation_at_the_ends_is_part_of_the_phrase() {
        assert_eq!(found(&["- gsmtp"], "f8b9a - gsmtp"), ["- gsmtp"]);
        assert_eq!(found(&["(s3150)"], "listed (S3150) [host]"), ["(S3150)"]);
    }
}
