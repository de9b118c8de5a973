//! What a reply is probably about by its words one by one: known wordings beside which they stand, too, need not be what it
//! means, and nobody has told yet all there are. What each word says was learnt from the knowledge itself.

use std::cmp::Reverse;
use std::f32::consts::SQRT_2;
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
    /// A cause's place in all, and how much likelier the word makes it, in steps of which eight double it.
    pub pulls: &'a [(u8, i8)],
    /// How much likelier words make each cause, whichever they are, in steps.
    pub leanings: &'a [i16; MOST_CAUSES],
}

/// What words say together of each cause.
#[derive(Debug)]
pub struct Lean([i16; MOST_CAUSES]);

/// How many buckets of words there are.
pub const BUCKETS: usize = 4096;

/// How many known words are looked at: a reply says what it has to say at its beginning.
const ENOUGH: usize = 24;

/// How many steps make a cause twice as likely.
const TWICE: i16 = 8;

/// How many causes there can be: sets of them are the bits of a number.
pub const MOST_CAUSES: usize = 64;

/// The places in the vocabulary of a text's words, each once.
pub type Known = SmallVec<[u16; ENOUGH]>;

impl Vocabulary<'_> {
    /// What `known` say together.
    pub fn lean(&self, known: &Known) -> Lean {
        if known.is_empty() {
            return Lean([0; MOST_CAUSES]);
        }
        let mut sums = *self.leanings;
        for place in known {
            for (cause, pull) in self.pulls_of(*place) {
                let sum = &mut sums[usize::from(*cause) % MOST_CAUSES];
                *sum = sum.wrapping_add(i16::from(*pull));
            }
        }
        Lean(sums)
    }

    /// Where those of `known` stand in the text that they are from that speak for a cause, the most telling first.
    pub fn telling(&self, text: &str, known: &Known, cause: u16) -> Vec<Range<usize>> {
        let normal = Normal::of(text);
        let pull = |place: u16| self.pulls_of(place).iter().find(|(of, _)| u16::from(*of) == cause);
        let mut words: Vec<(i8, Range<usize>)> = known
            .iter()
            .filter_map(|place| Some((pull(*place)?.1, *place)))
            .filter(|(pull, _)| *pull > 0)
            .filter_map(|(pull, place)| {
                let word = normal.words.iter().find(|word| self.place_of(&normal, word) == Some(place))?;
                Some((pull, normal.original(word.start as usize..word.end as usize)))
            })
            .collect();
        words.sort_by_key(|(pull, word)| (Reverse(*pull), word.start));
        words.into_iter().map(|(_, word)| word).collect()
    }

    /// The words of `text` that are known.
    pub fn known(&self, text: &Normal) -> Known {
        let mut known = Known::new();
        for place in text.words.iter().filter_map(|word| self.place_of(text, word)) {
            if !known.contains(&place) {
                known.push(place);
            }
            if known.len() == ENOUGH {
                break;
            }
        }
        known
    }

    #[inline]
    fn place_of(&self, text: &Normal, word: &Word) -> Option<u16> {
        self.place(word.hash).filter(|_| is_free(text, word))
    }

    #[inline]
    fn place(&self, hash: u32) -> Option<u16> {
        let (bucket, tag) = parts(hash);
        let (first, end) = (self.buckets[bucket], self.buckets[bucket + 1]);
        (first..end).find(|place| self.words[usize::from(*place)] == tag)
    }

    #[inline]
    fn pulls_of(&self, place: u16) -> &[(u8, i8)] {
        let place = usize::from(place);
        &self.pulls[usize::from(self.starts[place])..usize::from(self.starts[place + 1])]
    }
}

impl Lean {
    /// How much likelier they make a cause, in steps.
    pub fn steps(&self, cause: u16) -> i16 {
        self.0[usize::from(cause)]
    }

    /// The cause that they make twice as likely as any other.
    pub fn outright(&self) -> Option<u16> {
        let (cause, most) = (0..).zip(self.0).max_by_key(|(_, sum)| *sum)?;
        let clear = (0..).zip(self.0).all(|(other, sum)| other == cause || most - sum >= TWICE);
        clear.then_some(cause)
    }

    /// The causes that they bring up, a bit for each: those that they make twice as likely.
    pub fn leading(&self) -> u64 {
        self.0.iter().rev().fold(0, |causes, sum| causes << 1 | u64::from(*sum >= TWICE))
    }
}

/// How many times likelier so many steps make a cause.
pub fn factor(steps: i16) -> f32 {
    /// 2 to the power of 0 to 7 eighths.
    const ROOTS: [f32; 8] = [1.0, 1.090_507_7, 1.189_207_1, 1.296_839_6, SQRT_2, 1.542_210_8, 1.681_792_8, 1.834_008_1];
    let steps = i32::from(steps).clamp(-800, 800);
    f32::from_bits(((127 + (steps >> 3)) as u32) << 23) * ROOTS[(steps & 7) as usize]
}

/// The bucket of a hash, and what tells it from others there.
pub fn parts(hash: u32) -> (usize, u16) {
    ((hash >> 20) as usize, (hash >> 4) as u16)
}

/// Whether a word is no part of an address, a host's name or a token.
#[inline]
pub fn is_free(text: &Normal, word: &Word) -> bool {
    let (start, end) = (word.start as usize, word.end as usize);
    let bytes = text.text.as_bytes();
    let glued = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-=/:".contains(&byte);
    let after = || match (bytes.get(end), bytes.get(end + 1)) {
        (Some(b'@' | b'=' | b'/' | b'_'), _) => true,
        (Some(b'.' | b':'), Some(next)) => glued(*next),
        _ => false,
    };
    let before = || start > 0 && b"@._=/".contains(&bytes[start - 1]);
    !before() && !after()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_1_SQRT_2;

    use super::*;

    /// What a vocabulary in which each of the words doubles the cause of its place says of a text: of each cause, how many times
    /// likelier it is.
    fn factors<const N: usize>(words: [&str; N], text: &str) -> [f32; N] {
        let mut entries: Vec<(u32, u8)> =
            words.iter().zip(0..).map(|(word, cause)| (Normal::of(word).words[0].hash, cause)).collect();
        entries.sort_unstable();
        let begins = |bucket: usize| entries.partition_point(|entry| parts(entry.0).0 < bucket) as u16;
        let buckets = std::array::from_fn(begins);
        let tags: Vec<u16> = entries.iter().map(|entry| parts(entry.0).1).collect();
        let pulls: Vec<(u8, i8)> = entries.iter().map(|entry| (entry.1, 8)).collect();
        let starts: Vec<u16> = (0..=words.len() as u16).collect();
        let mut leanings = [0; MOST_CAUSES];
        leanings[1] = -12;
        let vocabulary =
            Vocabulary { buckets: &buckets, words: &tags, starts: &starts, pulls: &pulls, leanings: &leanings };
        let lean = vocabulary.lean(&vocabulary.known(&Normal::of(text)));
        std::array::from_fn(|cause| factor(lean.steps(cause as u16)))
    }

    #[test]
    fn a_word_said_twice_is_not_twice_as_true() {
        assert_eq!(factors(["quota"], "Quota! The quota"), [2.0]);
    }

    #[test]
    fn words_say_together_what_each_says_and_what_any_words_say() {
        assert_eq!(factors(["quota", "relay"], "no relay"), [1.0, FRAC_1_SQRT_2]);
    }
}
