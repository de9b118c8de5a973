//! Finding thousands of phrases in a text at once, without building anything at start-up.
//!
//! Every phrase is filed under its rarest pair of neighbouring words, or its only word; the text is walked word by word,
//! and each brings up the few phrases filed under it, which are then compared in place. The index is made at build time,
//! so the program starts with it.

use std::ops::Range;
use std::sync::OnceLock;

use super::words::{GAP, LEAST_CUT, Normal, Word, mixed};

/// How far before its end a text may begin a phrase that is cut off there: a phrase with a ` * ` or two.
const LONGEST_CUT: usize = GAP + 80;

/// What a phrase is filed under.
#[derive(Clone, Copy, Debug)]
pub struct Filed {
    /// What tells the hash of its rarest pair of words, or of its only word, from most others in its bucket.
    pub tag: u16,
    /// How many bytes before it the phrase begins.
    pub lead: u8,
    /// The mark of its rarest other word: in a text without it the phrase is not looked for.
    pub needs: u8,
    /// How many bytes the phrase has before its first ` * `.
    pub first: u8,
    /// How many it has in all.
    pub len: u8,
}

/// Phrases by words: `buckets[b]..buckets[b + 1]` are those of bucket `b`.
#[derive(Debug)]
pub struct Index<'a> {
    pub buckets: &'a [u16],
    pub filed: &'a [Filed],
    /// A bit for each hash that something is filed under, so that most words are passed over at once.
    pub known: &'a [u64],
    /// All phrases in their normal forms, one after another. Not a slice of slices: every pointer would be set anew
    /// whenever the program starts.
    pub text: &'a str,
    /// Where every [`BLOCK`]th phrase begins in `text`.
    pub starts: &'a [u32],
    /// The phrases' places in the order of their [`beginning`]s. Only texts that are cut off need it.
    pub by_beginning: OnceLock<Vec<u16>>,
}

/// How many phrases share one entry of [`Index::starts`].
pub const BLOCK: usize = 4;

/// What marks the number of a phrase that stands for more than one thing.
pub const SEVERAL: u16 = 1 << 15;

/// How many words of bits [`Index::known`] has: a power of two.
pub const KNOWN: usize = 4096;

/// How many words are looked up together.
const CHUNK: usize = 16;

/// Before the first word.
const NO_WORD: Word = Word { start: 0, end: 0, hash: 0 };

impl<'a> Index<'a> {
    /// Calls `found` with each phrase that stands in `text`, and where.
    #[inline]
    pub fn find(&self, text: &Normal, mut found: impl FnMut(usize, Range<usize>)) {
        let mut before = &NO_WORD;
        for words in text.words.chunks(CHUNK) {
            // Which words are known cannot be foretold: they are picked without asking, and looked up then.
            let mut keys = [(0, 0); 2 * CHUNK];
            let mut count = 0;
            for word in words {
                for (hash, at) in [(pair(before.hash, word.hash), before.start), (word.hash, word.start)] {
                    keys[count] = (hash, at);
                    count += usize::from(self.is_known(hash));
                }
                before = word;
            }
            keys[..count].iter().for_each(|(hash, at)| self.find_under(*hash, text, *at as usize, &mut found));
        }
    }

    /// Those that are filed under what stands at `at`.
    #[inline]
    fn find_under(&self, hash: u32, text: &Normal, at: usize, found: &mut impl FnMut(usize, Range<usize>)) {
        let bucket = bucket(hash, self.buckets.len() - 1);
        let (first, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        for (place, entry) in self.filed[first..end].iter().enumerate() {
            // All at once: which of them fails cannot be foretold.
            if (entry.tag != tag(hash)) | (at < entry.lead as usize) | !text.marks.have(entry.needs) {
                continue;
            }
            let phrase = first + place;
            let words = &self.text.as_bytes()[self.place(phrase)];
            if let Some(range) = text.matches_at(at - entry.lead as usize, words, entry.first as usize) {
                found(phrase, range);
            }
        }
    }

    /// The phrases that the end of `text` cuts off, of which most is there: where that stands, how many bytes it is, and
    /// them.
    pub fn find_cut(&self, text: &Normal) -> Option<(Range<usize>, usize, Vec<usize>)> {
        let said = text.text.trim_end();
        let near = text.words.iter().map(|word| word.start as usize).filter(|start| said.len() - start <= LONGEST_CUT);
        let begun = |start: usize| {
            let seen = move |phrase| Some((text.cut_off(start, self.phrase(phrase))?, phrase));
            self.beginning_like(&said[start..]).filter_map(seen).map(move |(seen, phrase)| (seen, start, phrase))
        };
        let all: Vec<_> = near.flat_map(begun).filter(|(seen, ..)| *seen >= LEAST_CUT).collect();
        let (most, start, _) = *all.iter().max()?;
        let phrases = all.iter().filter(|(seen, at, _)| (*seen, *at) == (most, start)).map(|(.., phrase)| *phrase);
        Some((start..said.len(), most, phrases.collect()))
    }

    /// The phrases that have their first bytes in common with `text`.
    fn beginning_like(&self, text: &str) -> impl Iterator<Item = usize> {
        let of = |place: &u16| beginning(self.phrase(usize::from(*place)));
        let ordered = self.by_beginning.get_or_init(|| {
            let mut places: Vec<u16> = (0..self.filed.len() as u16).collect();
            places.sort_by_cached_key(of);
            places
        });
        let first = ordered.partition_point(|place| of(place) < beginning(text));
        let alike = ordered[first..].partition_point(|place| of(place) == beginning(text));
        ordered[first..first + alike].iter().map(|place| usize::from(*place))
    }

    #[inline]
    fn is_known(&self, hash: u32) -> bool {
        let (word, bit) = known_bit(hash);
        self.known[word] & bit != 0
    }

    pub fn phrase(&self, place: usize) -> &'a str {
        &self.text[self.place(place)]
    }

    /// Where a phrase stands in `text`.
    #[inline]
    fn place(&self, phrase: usize) -> Range<usize> {
        let before = &self.filed[phrase / BLOCK * BLOCK..phrase];
        let start = self.starts[phrase / BLOCK] as usize + before.iter().map(|entry| entry.len as usize).sum::<usize>();
        start..start + self.filed[phrase].len as usize
    }
}

fn beginning(text: &str) -> &[u8] {
    &text.as_bytes()[..text.len().min(2)]
}

/// The half of a hash that hardly any [`bucket`] goes by.
pub(super) fn tag(hash: u32) -> u16 {
    (hash >> 16) as u16
}

/// The hash of two neighbouring words.
pub(super) fn pair(first: u32, second: u32) -> u32 {
    mixed(u64::from(first) << 32 | u64::from(second))
}

/// The word and the bit in it that stand for a hash.
pub(super) fn known_bit(hash: u32) -> (usize, u64) {
    ((hash >> 6) as usize % KNOWN, 1 << (hash % 64))
}

/// One of `count` buckets, a power of two.
pub(super) fn bucket(hash: u32, count: usize) -> usize {
    hash as usize & (count - 1)
}
