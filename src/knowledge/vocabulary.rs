//! What a reply whose wording nobody has told yet is probably about: its words one by one, by the causes in whose
//! wordings each of them stands. A naive Bayes classifier with the knowledge itself for its examples.

use std::cmp::Reverse;
use std::ops::Range;

use super::words::{Normal, Word};

/// For each word how much it speaks for each cause.
#[derive(Debug)]
pub struct Vocabulary<'a> {
    /// The hashes of the words, in order.
    pub words: &'a [u32],
    /// Where the pulls of each word begin in `pulls`, and where the last end.
    pub starts: &'a [u16],
    /// A cause's place in all, and how much likelier the word is in its wordings than in those that have it not, as a
    /// natural logarithm in steps of 1/[`STEPS`].
    pub pulls: &'a [(u8, u8)],
}

/// More words than these say no more: a long text has many that only go along.
const MOST_WORDS: f32 = 8.0;

/// How fine pulls are.
pub const STEPS: f32 = 4.0;

/// What all words of a text together say of a cause.
#[derive(Clone, Debug, Default)]
pub struct Leaning {
    /// The sum of their pulls, a natural logarithm.
    pub pull: f32,
    /// The words that speak for it, the most telling first.
    pub words: Vec<Word>,
}

impl Vocabulary<'_> {
    /// What the words of `text` say of each of the first `causes` causes, but for those in `explained` places.
    pub fn lean(&self, text: &Normal, explained: &[Range<u32>], causes: usize) -> Vec<Leaning> {
        let known = self.known(text, explained);
        let share = (MOST_WORDS / known.len() as f32).min(1.0) / STEPS;
        let mut pulls: Vec<Vec<(u8, Word)>> = vec![Vec::new(); causes];
        for (place, word) in known {
            for (cause, pull) in &self.pulls[usize::from(self.starts[place])..usize::from(self.starts[place + 1])] {
                pulls[usize::from(*cause)].push((*pull, word));
            }
        }
        let leaning = |mut pulls: Vec<(u8, Word)>| {
            pulls.sort_by_key(|(pull, _)| Reverse(*pull));
            let sum: f32 = pulls.iter().map(|(pull, _)| f32::from(*pull)).sum();
            Leaning { pull: sum * share, words: pulls.into_iter().map(|(_, word)| word).collect() }
        };
        pulls.into_iter().map(leaning).collect()
    }

    /// The places of the words of `text` that are known, each once, in order.
    fn known(&self, text: &Normal, explained: &[Range<u32>]) -> Vec<(usize, Word)> {
        let place = |word: &Word| Some((self.words.binary_search(&word.hash).ok()?, *word));
        let open = |word: &&Word| !explained.iter().any(|range| range.contains(&word.start)) && is_prose(text, word);
        let mut known: Vec<_> = text.words.iter().filter(open).filter_map(place).collect();
        known.sort_by_key(|(place, word)| (*place, word.start));
        known.dedup_by_key(|(place, _)| *place);
        known
    }
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

    /// A vocabulary in which each of the words speaks for the cause of its place.
    fn lean(words: &[&str], text: &str, explained: &[Range<u32>]) -> Vec<f32> {
        let mut entries: Vec<(u32, u8)> =
            words.iter().zip(0..).map(|(word, cause)| (Normal::of(word).words[0].hash, cause)).collect();
        entries.sort_unstable();
        let hashes: Vec<u32> = entries.iter().map(|entry| entry.0).collect();
        let pulls: Vec<(u8, u8)> = entries.iter().map(|entry| (entry.1, 8)).collect();
        let starts: Vec<u16> = (0..=words.len() as u16).collect();
        let vocabulary = Vocabulary { words: &hashes, starts: &starts, pulls: &pulls };
        let leanings = vocabulary.lean(&Normal::of(text), explained, words.len());
        leanings.iter().map(|leaning| leaning.pull).collect()
    }

    #[test]
    fn a_word_said_twice_is_not_twice_as_true() {
        assert_eq!(lean(&["quota", "relay"], "Quota! The quota", &[]), [2.0, 0.0]);
    }

    #[test]
    fn words_of_a_known_wording_say_nothing_more() {
        assert_eq!(lean(&["quota", "relay"], "quota relay", std::slice::from_ref(&(0..5))), [0.0, 2.0]);
    }

    #[test]
    fn a_long_text_says_no_more_than_a_short_one() {
        let words: Vec<String> = ('a'..='p').map(|letter| format!("word{letter}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let sum = |count: usize| lean(&words, &words[..count].join(" "), &[]).iter().sum::<f32>();
        assert_eq!((sum(4), sum(8), sum(16)), (8.0, 16.0, 16.0));
    }
}
