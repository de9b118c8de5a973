//! Learning from wordings whose causes are known what each word says: the build script's part of the
//! [`vocabulary`](super::vocabulary).

use std::collections::{BTreeMap, BTreeSet};

use super::vocabulary::{BUCKETS, STEPS, is_prose, parts};
use super::words::Normal;

/// Wordings whose causes are known.
#[derive(Default)]
pub struct Lessons {
    /// How often each word stands in wordings of each cause.
    words: BTreeMap<u32, BTreeMap<usize, f32>>,
    causes: BTreeMap<usize, f32>,
}

/// A vocabulary that owns its parts.
#[derive(Default)]
pub struct Learnt {
    pub buckets: Vec<u16>,
    pub words: Vec<u16>,
    pub starts: Vec<u16>,
    pub pulls: Vec<(u8, u8)>,
}

impl Lessons {
    /// Words that are rarer say nothing sure.
    const LEAST: f32 = 3.5;
    /// Words whose strongest pull is less, `the` and `message`, tell causes hardly apart.
    const TELLING: u8 = 20;
    /// What is as many times less than a word's strongest pull is left out.
    const FAINT: u8 = 4;
    /// As many wordings that have the word are supposed, spread like all.
    const SUPPOSED: f32 = 2.0;

    pub fn add(&mut self, wording: &str, cause: usize, weight: f32) {
        let text = Normal::of(wording);
        let words: BTreeSet<u32> =
            text.words.iter().filter(|word| is_prose(&text, word)).map(|word| word.hash).collect();
        for word in words {
            *self.words.entry(word).or_default().entry(cause).or_default() += weight;
        }
        *self.causes.entry(cause).or_default() += weight;
    }

    pub fn learn(&self) -> Learnt {
        let mut learnt = Learnt { starts: vec![0], ..Learnt::default() };
        let mut hashes = Vec::new();
        for (word, causes) in self.words.iter().filter(|(_, causes)| causes.values().sum::<f32>() >= Self::LEAST) {
            let pulls = self.pulls(causes);
            let most = pulls.iter().map(|(_, pull)| *pull).max().unwrap_or(0);
            if most >= Self::TELLING {
                learnt.pulls.extend(pulls.into_iter().filter(|(_, pull)| *pull > most / Self::FAINT));
                learnt.starts.push(learnt.pulls.len() as u16);
                hashes.push(*word);
            }
        }
        let begins = |bucket| hashes.partition_point(|word| parts(*word).0 < bucket) as u16;
        learnt.buckets = (0..=BUCKETS).map(begins).collect();
        learnt.words = hashes.iter().map(|word| parts(*word).1).collect();
        learnt
    }

    /// How much a word that is in wordings of `causes` speaks for each: how much likelier it is there than anywhere, by how
    /// much it tells causes apart at all, the Kullback-Leibler divergence of its causes from all.
    fn pulls(&self, causes: &BTreeMap<usize, f32>) -> Vec<(u8, u8)> {
        let all: f32 = self.causes.values().sum();
        let of_word: f32 = causes.values().sum();
        let common = |cause: &usize| self.causes[cause] / all;
        let share = |count: &f32| count / of_word;
        let telling: f32 = causes.iter().map(|(cause, count)| share(count) * (share(count) / common(cause)).ln()).sum();
        let pull = |cause: &usize, count: &f32| telling * (1.0 + count / (Self::SUPPOSED * common(cause))).ln();
        causes.iter().map(|(cause, count)| (*cause as u8, (pull(cause, count) * STEPS).round() as u8)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::Vocabulary;
    use super::*;

    /// Causes 0, 1, … in eight wordings each, among many others.
    fn lessons(wordings: &[&str]) -> Lessons {
        let mut lessons = Lessons::default();
        let others = std::iter::repeat_n(&"the message", 40);
        wordings.iter().chain(others).enumerate().for_each(|(cause, wording)| lessons.add(wording, cause, 8.0));
        lessons
    }

    /// The causes of which the vocabulary says most, the first first.
    fn lean(lessons: &Lessons, text: &str) -> Vec<u16> {
        let Learnt { buckets, words, starts, pulls } = lessons.learn();
        let buckets = buckets.try_into().unwrap();
        let vocabulary = Vocabulary { buckets: &buckets, words: &words, starts: &starts, pulls: &pulls };
        let mut lean: Vec<_> = vocabulary.lean(&vocabulary.known(&Normal::of(text), &[])).collect();
        lean.sort_by(|one, other| other.1.total_cmp(&one.1));
        lean.into_iter().map(|(cause, _)| cause).collect()
    }

    #[test]
    fn a_word_speaks_for_the_cause_in_whose_wordings_it_is() {
        let lessons = lessons(&["the quota is full", "the relay is denied"]);
        assert_eq!(lean(&lessons, "Relaying: no relay, quota or not, denied"), [1, 0]);
    }

    #[test]
    fn a_word_of_all_causes_says_nothing() {
        assert!(lean(&lessons(&["the quota", "the relay"]), "the message").is_empty());
    }

    #[test]
    fn a_rare_word_says_nothing_sure() {
        let mut lessons = lessons(&["quota"]);
        lessons.add("relay", 1, 1.0);
        assert!(lean(&lessons, "relay").is_empty());
        lessons.add("relay", 1, 7.0);
        assert_eq!(lean(&lessons, "relay"), [1]);
    }
}
