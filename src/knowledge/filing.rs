//! Filing phrases for an [`index`](super::index) to find: the build script's part of matching.

use std::collections::HashMap;
use std::fmt;

use super::index::{BLOCK, Filed, KNOWN, bucket, known_bit, pair, tag};
use super::words::{Normal, STAR, Word, mark};

/// A phrase in its normal form: lower case, single blanks, ASCII quotes, [`STAR`] for ` * `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(pub String);

impl Phrase {
    /// In bytes. What is longer is told by less of it.
    const LONGEST: usize = u8::MAX as usize;

    pub fn parse(text: &str) -> Result<Phrase, PhraseError> {
        let normal = Normal::of(text);
        let phrase = Phrase(normal.text.trim().replace(" * ", &STAR.to_string()));
        if phrase.segments().any(|segment| segment.trim().is_empty() || segment == "*") {
            return Err(PhraseError::LooseStar);
        }
        if phrase.lead().words.is_empty() {
            return Err(PhraseError::NoWord);
        }
        if phrase.0.len() > Phrase::LONGEST {
            return Err(PhraseError::TooLong);
        }
        Ok(phrase)
    }

    /// The pieces between ` * `.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split(STAR)
    }

    /// The hashes of all its words.
    fn words(&self) -> impl Iterator<Item = u32> {
        self.segments().flat_map(|segment| Normal::of(segment).words).map(|word| word.hash)
    }

    /// The piece that holds the word it is filed under.
    fn lead(&self) -> Normal {
        self.segments().next().map(Normal::of).unwrap_or_default()
    }
}

/// Why a text is no phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhraseError {
    LooseStar,
    NoWord,
    TooLong,
}

impl fmt::Display for PhraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PhraseError::LooseStar => "` * ` stands between words",
            PhraseError::NoWord => "needs a word before any ` * `",
            PhraseError::TooLong => "is longer than 255 bytes",
        })
    }
}

impl std::error::Error for PhraseError {}

/// An index that owns its parts.
pub struct Filing {
    /// Which of the phrases each place in the index is for.
    pub order: Vec<usize>,
    pub buckets: Vec<u16>,
    pub filed: Vec<Filed>,
    pub known: Vec<u64>,
    pub text: String,
    pub starts: Vec<u32>,
}

/// Files each phrase under its rarest pair of words.
pub fn file_phrases(phrases: &[Phrase]) -> Filing {
    let mut keyed = file(phrases);
    let count = (keyed.len().next_power_of_two() / 2).max(1);
    keyed.sort_by_key(|(index, hash, _)| (bucket(*hash, count), *hash, *index));
    let begins = |number| keyed.partition_point(|(_, hash, _)| bucket(*hash, count) < number) as u16;
    let buckets = (0..=count).map(begins).collect();
    let mut known = vec![0; KNOWN];
    for (word, bit) in keyed.iter().map(|(_, hash, _)| known_bit(*hash)) {
        known[word] |= bit;
    }
    let (order, filed): (Vec<usize>, Vec<Filed>) = keyed.into_iter().map(|(index, _, entry)| (index, entry)).unzip();
    let (mut text, mut starts) = (String::new(), Vec::new());
    for (place, index) in order.iter().enumerate() {
        if place % BLOCK == 0 {
            starts.push(text.len() as u32);
        }
        text.push_str(&phrases[*index].0);
    }
    Filing { order, buckets, filed, known, text, starts }
}

/// The hash that each phrase is filed under, and what is kept of it there, in the phrases' order.
fn file(phrases: &[Phrase]) -> Vec<(usize, u32, Filed)> {
    let keys: Vec<Vec<Key>> = phrases.iter().map(keys).collect();
    let mut uses = HashMap::<u32, usize>::new();
    let all_words = phrases.iter().flat_map(Phrase::words);
    for hash in keys.iter().flatten().map(|key| key.hash).chain(all_words) {
        *uses.entry(hash).or_default() += 1;
    }
    let filed = |phrase: &Phrase, keys: &[Key]| {
        let key = keys.iter().min_by_key(|key| (uses[&key.hash], u32::MAX - key.len))?;
        let others = phrase.words().filter(|word| !key.words.contains(word));
        let needs = others.min_by_key(|word| uses[word]).unwrap_or(key.words[0]);
        let first = phrase.segments().next().map_or(0, str::len) as u8;
        let entry =
            Filed { tag: tag(key.hash), lead: key.lead as u8, needs: mark(needs), first, len: phrase.0.len() as u8 };
        Some((key.hash, entry))
    };
    let places = phrases.iter().zip(&keys).enumerate();
    let placed = places.filter_map(|(index, (phrase, keys))| Some((index, filed(phrase, keys)?)));
    placed.map(|(index, (hash, entry))| (index, hash, entry)).collect()
}

/// What a phrase can be filed under.
struct Key {
    hash: u32,
    words: Vec<u32>,
    /// Where in the phrase it begins, and how long it is.
    lead: u32,
    len: u32,
}

fn keys(phrase: &Phrase) -> Vec<Key> {
    let words = phrase.lead().words;
    let key = |words: &[Word], hash| Key {
        hash,
        words: words.iter().map(|word| word.hash).collect(),
        lead: words[0].start,
        len: words[words.len() - 1].end - words[0].start,
    };
    let mut keys: Vec<Key> = match words.as_slice() {
        [word] => vec![key(&words, word.hash)],
        words => words.windows(2).map(|two| key(two, pair(two[0].hash, two[1].hash))).collect(),
    };
    keys.retain(|key| key.lead <= u8::MAX.into());
    keys
}

#[cfg(test)]
mod tests {
    use super::super::index::Index;
    use std::sync::OnceLock;

    use super::super::words::GAP;
    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let parsed: Vec<Phrase> = phrases.iter().map(|phrase| Phrase::parse(phrase).unwrap()).collect();
        let Filing { order, buckets, filed, known, text: words, starts } = file_phrases(&parsed);
        let index = Index {
            buckets: &buckets,
            filed: &filed,
            known: &known,
            text: &words,
            starts: &starts,
            by_beginning: OnceLock::new(),
        };
        let normal = Normal::of(text);
        let mut found = Vec::new();
        index.find(&normal, |place, range| {
            assert_eq!(index.phrase(place), parsed[order[place]].0);
            found.push(text[normal.original(range)].to_owned());
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
