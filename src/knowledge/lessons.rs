//! Learning from wordings whose causes are known what each word says: the build script's part of the
//! [`vocabulary`](super::vocabulary).
//!
//! What a word is worth is the sum of two classifiers' answers, which err in different places: naive Bayes, which counts
//! each word by itself, and logistic regression, which learns what words say beside each other.

use std::collections::{BTreeMap, BTreeSet};
use std::f32::consts::LN_2;

use super::vocabulary::{BUCKETS, MOST_CAUSES, is_free, parts};
use super::words::{Normal, Word};

/// Wordings whose causes are known.
#[derive(Default)]
pub struct Lessons {
    wordings: Vec<Wording>,
}

struct Wording {
    words: BTreeSet<u32>,
    cause: usize,
    weight: f32,
}

/// A vocabulary that owns its parts.
#[derive(Default)]
pub struct Learnt {
    pub buckets: Vec<u16>,
    pub words: Vec<u16>,
    pub starts: Vec<u16>,
    pub pulls: Vec<(u8, i8)>,
    pub leanings: Vec<i16>,
}

impl Lessons {
    /// What pulls less, as a natural logarithm, tells causes hardly apart: most words say nothing of most causes.
    const LEAST_PULL: f32 = 0.5;
    /// What the answer of logistic regression counts for: less than all, as naive Bayes has its say, too.
    const REGRESSION_SHARE: f32 = 0.5;

    pub fn add(&mut self, wording: &str, cause: usize, weight: f32) {
        let text = Normal::of(wording);
        let words = text.words.iter().filter(|word| is_prose(&text, word)).map(|word| word.hash).collect();
        self.wordings.push(Wording { words, cause, weight });
    }

    pub fn learn(&self) -> Learnt {
        let (hashes, lessons) = self.numbered();
        let bayes = lessons.naive_bayes();
        let regression = lessons.logistic_regression();
        let mut learnt = Learnt { starts: vec![0], ..Learnt::default() };
        let mut known = Vec::new();
        for (word, hash) in hashes.into_iter().enumerate() {
            let pull = |cause: usize| bayes[word][cause] + Self::REGRESSION_SHARE * regression.words[word][cause];
            let pulls = (0..lessons.causes).map(|cause| (cause, pull(cause)));
            let before = learnt.pulls.len();
            learnt.pulls.extend(
                pulls
                    .filter(|(_, pull)| pull.abs() >= Self::LEAST_PULL)
                    .map(|(cause, pull)| (cause as u8, steps(pull))),
            );
            if learnt.pulls.len() > before {
                learnt.starts.push(u16::try_from(learnt.pulls.len()).expect("words pull less"));
                known.push(hash);
            }
        }
        let begins = |bucket| known.partition_point(|word| parts(*word).0 < bucket) as u16;
        learnt.buckets = (0..=BUCKETS).map(begins).collect();
        learnt.words = known.iter().map(|word| parts(*word).1).collect();
        learnt.leanings =
            regression.leanings.iter().map(|leaning| steps(Self::REGRESSION_SHARE * leaning).into()).collect();
        learnt.leanings.resize(MOST_CAUSES, 0);
        learnt
    }

    /// The words that stand in more than one wording, in the order of their hashes; and the wordings, with these words by
    /// their places.
    fn numbered(&self) -> (Vec<u32>, Lesson) {
        let mut counts = BTreeMap::<u32, usize>::new();
        self.wordings.iter().flat_map(|wording| &wording.words).for_each(|word| *counts.entry(*word).or_default() += 1);
        let hashes: Vec<u32> = counts.iter().filter(|(_, count)| **count > 1).map(|(word, _)| *word).collect();
        let place = |word| hashes.binary_search(word).ok();
        let wordings = self.wordings.iter().map(|Wording { words, cause, weight }| Numbered {
            words: words.iter().filter_map(place).collect(),
            cause: *cause,
            weight: *weight,
        });
        let causes = self.wordings.iter().map(|wording| wording.cause + 1).max().unwrap_or(0);
        let numbered = Lesson { wordings: wordings.collect(), words: hashes.len(), causes };
        (hashes, numbered)
    }
}

/// Whether a word is one of the language: no number, and no part of a name.
fn is_prose(text: &Normal, word: &Word) -> bool {
    let digits = text.text[word.start as usize..word.end as usize].contains(|c: char| c.is_ascii_digit());
    !digits && is_free(text, word)
}

/// A natural logarithm in steps of which eight double.
fn steps(pull: f32) -> i8 {
    (pull / LN_2 * 8.0).round() as i8
}

/// A wording with its words by their places.
struct Numbered {
    words: Vec<usize>,
    cause: usize,
    weight: f32,
}

/// All wordings, and how many words and causes there are.
struct Lesson {
    wordings: Vec<Numbered>,
    words: usize,
    causes: usize,
}

/// How much each word speaks for each cause, as a natural logarithm.
type Pulls = Vec<Vec<f32>>;

struct Regression {
    words: Pulls,
    /// How much likelier a reply with words makes each cause, whatever the words.
    leanings: Vec<f32>,
}

impl Lesson {
    /// A word is as telling as its causes differ from all causes, by the Kullback-Leibler divergence; so much it counts for
    /// each cause, by how much likelier it is there than anywhere.
    fn naive_bayes(&self) -> Pulls {
        /// Words that are rarer say nothing sure.
        const LEAST: f32 = 2.5;
        /// What is as many times less than a word's strongest pull is left out.
        const FAINT: f32 = 4.0;
        /// As many wordings that have the word are supposed, spread like all.
        const SUPPOSED: f32 = 2.0;
        /// Words do not stand alone: the sum of what each says is too sure of itself.
        const SHARE: f32 = 0.07;
        let common = self.common();
        let mut counts = self.nothing();
        for Numbered { words, cause, weight } in &self.wordings {
            words.iter().for_each(|word| counts[*word][*cause] += weight);
        }
        let pulls = |counts: Vec<f32>| {
            let all: f32 = counts.iter().sum();
            let telling = |(count, common): (&f32, &f32)| {
                let share = count / all;
                if share > 0.0 { share * (share / common).ln() } else { 0.0 }
            };
            let telling: f32 = counts.iter().zip(&common).map(telling).sum();
            let pull = |(count, common): (&f32, &f32)| SHARE * telling * (1.0 + count / (SUPPOSED * common)).ln();
            let pulls: Vec<f32> = counts.iter().zip(&common).map(pull).collect();
            let most = pulls.iter().copied().fold(0.0, f32::max);
            let says = |pull: f32| if all >= LEAST && pull > most / FAINT { pull } else { 0.0 };
            pulls.into_iter().map(says).collect()
        };
        counts.into_iter().map(pulls).collect()
    }

    /// Multinomial logistic regression by stochastic gradient descent.
    fn logistic_regression(&self) -> Regression {
        const ROUNDS: usize = 10;
        const RATE: f32 = 0.1;
        /// How much all weights of a word are drawn to nought in one round.
        const DECAY: f32 = 0.2;
        let common: Vec<f32> = self.common().into_iter().map(f32::ln).collect();
        let rarity = |count: f32| (self.wordings.len() as f32 / count).ln() + 1.0;
        let of_word = |count| Weights::new(vec![0.0; self.causes], RATE * rarity(count), DECAY / count);
        let mut words: Vec<Weights> = self.counts().into_iter().map(of_word).collect();
        let mut leanings = Weights::new(common.clone(), RATE, 0.0);
        let mut order = Order::of(self.wordings.len());
        for _ in 0..ROUNDS {
            order.shuffle().iter().for_each(|place| self.wordings[*place].teach(&mut words, &mut leanings));
        }
        Regression {
            words: words.into_iter().map(|word| word.values).collect(),
            leanings: leanings.values.iter().zip(common).map(|(leaning, common)| leaning - common).collect(),
        }
    }

    /// Each cause's share of all wordings.
    fn common(&self) -> Vec<f32> {
        let mut weights = vec![0.0; self.causes];
        self.wordings.iter().for_each(|wording| weights[wording.cause] += wording.weight);
        let all: f32 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / all).collect()
    }

    /// In how many wordings each word stands.
    fn counts(&self) -> Vec<f32> {
        let mut counts = vec![0.0; self.words];
        self.wordings.iter().flat_map(|wording| &wording.words).for_each(|word| counts[*word] += 1.0);
        counts
    }

    fn nothing(&self) -> Pulls {
        vec![vec![0.0; self.causes]; self.words]
    }
}

/// Scores as the probabilities that they stand for.
fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    scores.iter_mut().for_each(|score| *score = (*score - most).exp());
    let all: f32 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= all);
}

/// What a word, or any, counts for each cause.
struct Weights {
    values: Vec<f32>,
    /// The squares of all slopes so far.
    squares: Vec<f32>,
    rate: f32,
    decay: f32,
}

impl Weights {
    fn new(values: Vec<f32>, rate: f32, decay: f32) -> Self {
        /// Slopes that are far less than its root are followed in far shorter steps.
        const LEAST_SQUARE: f32 = 1e-6;
        Weights { squares: vec![LEAST_SQUARE; values.len()], values, rate, decay }
    }

    /// A step of each down its slope, the shorter the more it has already gone (AdaGrad).
    fn descend(&mut self, errors: &[f32]) {
        for ((value, square), error) in self.values.iter_mut().zip(&mut self.squares).zip(errors) {
            let slope = error + self.decay * *value;
            *square += slope * slope;
            *value -= self.rate * slope / square.sqrt();
        }
    }
}

impl Numbered {
    /// Mends what the wording's words say of it.
    fn teach(&self, words: &mut [Weights], leanings: &mut Weights) {
        let mut errors = leanings.values.clone();
        for word in &self.words {
            errors.iter_mut().zip(&words[*word].values).for_each(|(sum, value)| *sum += value);
        }
        softmax(&mut errors);
        errors[self.cause] -= 1.0;
        errors.iter_mut().for_each(|error| *error *= self.weight);
        leanings.descend(&errors);
        self.words.iter().for_each(|word| words[*word].descend(&errors));
    }
}

/// Places in an order that is different in each round, and the same in each build.
struct Order {
    places: Vec<usize>,
    state: u64,
}

impl Order {
    fn of(count: usize) -> Self {
        Order { places: (0..count).collect(), state: 1 }
    }

    /// By Fisher and Yates, with Knuth's linear congruential generator.
    fn shuffle(&mut self) -> &[usize] {
        for end in (1..self.places.len()).rev() {
            self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.places.swap(end, (self.state >> 33) as usize % (end + 1));
        }
        &self.places
    }
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::Vocabulary;
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

    /// Causes 0, 1, … in eight wordings each, among many others.
    fn lessons(wordings: &[&str]) -> Lessons {
        let mut lessons = Lessons::default();
        let others = std::iter::repeat_n(&"the message", 40);
        for (cause, wording) in wordings.iter().chain(others).enumerate() {
            (0..8).for_each(|_| lessons.add(wording, cause, 1.0));
        }
        lessons
    }

    /// The causes of which the vocabulary says most, the first first.
    fn leading(lessons: &Lessons, text: &str) -> Vec<u16> {
        let Learnt { buckets, words, starts, pulls, leanings } = lessons.learn();
        let (buckets, leanings) = (buckets.try_into().unwrap(), leanings.try_into().unwrap());
        let vocabulary =
            Vocabulary { buckets: &buckets, words: &words, starts: &starts, pulls: &pulls, leanings: &leanings };
        let lean = vocabulary.lean(&vocabulary.known(&Normal::of(text)));
        let mut causes: Vec<u16> = (0..MOST_CAUSES as u16).filter(|cause| lean.leading() & 1 << cause != 0).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(lean.steps(*cause)));
        causes
    }

    #[test]
    fn a_word_speaks_for_the_cause_in_whose_wordings_it_is() {
        let lessons = lessons(&["the quota is full", "the relay is denied"]);
        assert_eq!(leading(&lessons, "Relaying: no relay, quota or not, denied")[..2], [1, 0]);
    }

    #[test]
    fn a_word_that_goes_along_with_a_telling_one_says_less() {
        let lessons = lessons(&["mailbox quota", "no mailbox", "mailbox disabled"]);
        assert_eq!(leading(&lessons, "mailbox quota")[0], 0);
        assert_eq!(leading(&lessons, "mailbox disabled")[0], 2);
    }

    #[test]
    fn a_word_that_was_said_once_says_nothing() {
        let mut lessons = lessons(&["quota"]);
        lessons.add("relay", 1, 1.0);
        assert_eq!(leading(&lessons, "relay"), leading(&lessons, "unheard"));
        lessons.add("relay", 1, 1.0);
        assert_eq!(leading(&lessons, "relay")[0], 1);
    }
}
