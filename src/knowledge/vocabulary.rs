//! What a reply whose wording nobody has told yet is probably about: its words one by one, by the causes in whose
//! wordings each of them stands. A naive Bayes classifier with the knowledge itself for its examples.

use std::cmp::Reverse;
use std::ops::Range;

use smallvec::SmallVec;

use super::words::{Normal, Word};

/// For each word how much it speaks for each cause.
#[derive(Debug)]
pub struct Vocabulary<'a> {
    /// Where the words begin whose hashes have the same first bits, and where the last end.
    pub buckets: &'a [u16; BUCKETS + 1],
    /// The bits of the words' hashes after those, in the order of the hashes.
    pub words: &'a [u16],
    /// Where the pulls of each word begin in `pulls`, and where the last end.
    pub starts: &'a [u16],
    /// A cause's place in all, and how much likelier the word is in its wordings than in those that have it not, as a
    /// natural logarithm in steps of 1/[`STEPS`].
    pub pulls: &'a [(u8, u8)],
}

/// How many buckets of words there are.
pub const BUCKETS: usize = 4096;

/// More words than these say no more: a long text has many that only go along.
const MOST_WORDS: f32 = 8.0;

/// How many known words are looked at: a reply says what it has to say at its beginning.
const ENOUGH: usize = 24;

/// What is as many times less than the most says nothing.
const FAINT: u32 = 4;

/// How fine pulls are.
pub const STEPS: f32 = 4.0;

/// How many causes there can be.
pub const MOST_CAUSES: usize = 128;

/// The words of a text that are known, each once: its place in the vocabulary, and where it stands in the original text.
pub type Known = SmallVec<[(u16, Range<usize>); 16]>;

impl Vocabulary<'_> {
    /// What `known` say together of each cause that they say most of: its place, and the sum of their pulls, a natural logarithm.
    pub fn lean(&self, known: &Known) -> impl Iterator<Item = (u16, f32)> {
        let mut sums = [0_u32; MOST_CAUSES];
        for (cause, pull) in known.iter().flat_map(|(place, _)| self.pulls_of(*place)) {
            sums[usize::from(*cause)] += u32::from(*pull);
        }
        let share = (MOST_WORDS / known.len() as f32).min(1.0) / STEPS;
        let most = sums.iter().copied().max().unwrap_or(0);
        (0..).zip(sums).filter(move |(_, sum)| *sum > most / FAINT).map(move |(cause, sum)| (cause, sum as f32 * share))
    }

    /// Where those of `known` stand that speak for a cause, the most telling first.
    pub fn telling(&self, known: &Known, cause: u16) -> Vec<Range<usize>> {
        let pull =
            |place: u16| self.pulls_of(place).iter().find(|(of, _)| u16::from(*of) == cause).map(|(_, pull)| *pull);
        let mut words: Vec<(u8, Range<usize>)> =
            known.iter().filter_map(|(place, word)| Some((pull(*place)?, word.clone()))).collect();
        words.sort_by_key(|(pull, word)| (Reverse(*pull), word.start));
        words.into_iter().map(|(_, word)| word).collect()
    }

    /// The words of `text` that are known, but for those in `explained` places.
    pub fn known(&self, text: &Normal, explained: &[Range<u32>]) -> Known {
        let open = |word: &Word| !explained.iter().any(|range| range.contains(&word.start)) && is_prose(text, word);
        let mut known = Known::new();
        for word in &text.words {
            if known.len() == ENOUGH {
                break;
            }
            let Some(place) = self.place(word.hash).filter(|_| open(word)) else { continue };
            if known.iter().all(|(other, _)| *other != place) {
                known.push((place, text.original(word.start as usize..word.end as usize)));
            }
        }
        known
    }

    #[inline]
    fn place(&self, hash: u32) -> Option<u16> {
        let (bucket, tag) = parts(hash);
        let (first, end) = (self.buckets[bucket], self.buckets[bucket + 1]);
        (first..end).find(|place| self.words[usize::from(*place)] == tag)
    }

    #[inline]
    fn pulls_of(&self, place: u16) -> &[(u8, u8)] {
        let place = usize::from(place);
        &self.pulls[usize::from(self.starts[place])..usize::from(self.starts[place + 1])]
    }
}

/// The bucket of a hash, and what tells it from others there.
pub fn parts(hash: u32) -> (usize, u16) {
    ((hash >> 20) as usize, (hash >> 4) as u16)
}

/// Whether a word is one of the language: no number, and no part of an address, a host's name or a token.
pub fn is_prose(text: &Normal, word: &Word) -> bool {
    let (start, end) = (word.start as usize, word.end as usize);
    let bytes = text.text.as_bytes();
    let glued = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-=/:".contains(&byte);
    let after = || match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'@' | b'=' | b'/' | b'_'), _) => true,
        (Some(b'.' | b':'), Some(next)) => glued(*next),
        _ => false,
    };
    let before = || start > 0 && b"@._=/".contains(&bytes[start - 1]);
    !text.text[start..end].contains(|c: char| c.is_ascii_digit()) && !before() && !after()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(text: &str) -> Vec<String> {
        let text = Normal::of(text);
        let words = text.words.iter().filter(|word| is_prose(&text, word));
        words.map(|word| text.text[word.start as usize..word.end as usize].to_owned()).collect()
    }

    #[test]
    fn names_numbers_and_tokens_are_no_prose() {
        assert_eq!(prose("550 5.1.1 <bob@mx.example.com>: no such user here."), ["no", "such", "user", "here"]);
        assert_eq!(prose("see https://example.com/help/full?id=quota: mailbox full"), ["see", "mailbox", "full"]);
    }

    /// What a vocabulary in which each of the words speaks for the cause of its place says of a text.
    fn lean(words: &[&str], text: &str, explained: &[Range<u32>]) -> Vec<(u16, f32)> {
        let mut entries: Vec<(u32, u8)> =
            words.iter().zip(0..).map(|(word, cause)| (Normal::of(word).words[0].hash, cause)).collect();
        entries.sort_unstable();
        let begins = |bucket: usize| entries.partition_point(|entry| parts(entry.0).0 < bucket) as u16;
        let buckets = std::array::from_fn(begins);
        let tags: Vec<u16> = entries.iter().map(|entry| parts(entry.0).1).collect();
        let pulls: Vec<(u8, u8)> = entries.iter().map(|entry| (entry.1, 8)).collect();
        let starts: Vec<u16> = (0..=words.len() as u16).collect();
        let vocabulary = Vocabulary { buckets: &buckets, words: &tags, starts: &starts, pulls: &pulls };
        vocabulary.lean(&vocabulary.known(&Normal::of(text), explained)).collect()
    }

    #[test]
    fn a_word_said_twice_is_not_twice_as_true() {
        assert_eq!(lean(&["quota", "relay"], "Quota! The quota", &[]), [(0, 2.0)]);
    }

    #[test]
    fn words_of_a_known_wording_say_nothing_more() {
        assert_eq!(lean(&["quota", "relay"], "quota relay", std::slice::from_ref(&(0..5))), [(1, 2.0)]);
    }

    #[test]
    fn a_long_text_says_no_more_than_a_short_one() {
        let words: Vec<String> = ('a'..='p').map(|letter| format!("word{letter}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let sum = |count: usize| lean(&words, &words[..count].join(" "), &[]).iter().map(|(_, pull)| pull).sum::<f32>();
        assert_eq!((sum(4), sum(8), sum(16)), (8.0, 16.0, 16.0));
    }
}
