//! Finding thousands of phrases in a text at once, without building anything at start-up.
//!
//! Every phrase is filed under its rarest pair of neighbouring words, or its only word; the text is walked word by word,
//! and each brings up the few phrases filed under it, which are then compared in place. The index is made at build time,
//! so the program starts with it.

use std::ops::Range;

use smallvec::SmallVec;

/// How many bytes a ` * ` stands for at most.
pub const GAP: usize = 120;

/// What stands for ` * ` in a phrase's normal form: no normal text holds it.
pub const STAR: char = '\n';

/// A text made ready for matching.
#[derive(Default)]
pub struct Normal {
    pub text: String,
    /// For each byte of `text`, where it stood in the original; one more for the end. Empty where each stands in its place.
    origin: Vec<u32>,
    pub words: SmallVec<[Word; 32]>,
    /// The bits of all its words' hashes: see [`word_bit`].
    pub bits: u64,
}

/// Its place in the normal text, and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    pub start: u32,
    pub end: u32,
    pub hash: u32,
}

impl Normal {
    pub fn of(original: &str) -> Normal {
        let mut normal = Normal::default();
        if is_plain(original.as_bytes()) {
            normal.text = original.to_ascii_lowercase();
            normal.find_words();
        } else {
            normal.text.reserve(original.len() + 8);
            normal.origin.reserve(original.len() + 9);
            normal.fill(original);
        }
        normal.bits = normal.words.iter().fold(0, |bits, word| bits | word_bit(word.hash));
        normal
    }

    /// The words of a text that is ASCII in lower case.
    fn find_words(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            let mut hashed = HASH_SEED;
            while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii_alphanumeric()) {
                hashed = hash(hashed, char::from(*byte));
                at += 1;
            }
            if at > start {
                self.words.push(Word { start: start as u32, end: at as u32, hash: hashed });
            }
            at += 1;
        }
    }

    fn fill(&mut self, original: &str) {
        let mut word: Option<(usize, u32)> = None;
        for (at, character) in original.char_indices() {
            let character = plain(character);
            let alone = stands_alone(character);
            if alone || !character.is_alphanumeric() {
                self.end_word(word.take());
            }
            if character.is_whitespace() {
                if self.text.ends_with(' ') {
                    continue;
                }
                self.push(' ', at);
            } else if alone {
                let start = self.text.len();
                self.push(character, at);
                self.end_word(Some((start, hash(HASH_SEED, character))));
            } else if character.is_alphanumeric() {
                let (start, mut hashed) = word.unwrap_or((self.text.len(), HASH_SEED));
                for lower in character.to_lowercase() {
                    hashed = hash(hashed, lower);
                    self.push(lower, at);
                }
                word = Some((start, hashed));
            } else {
                self.push(character, at);
            }
        }
        self.end_word(word);
        self.origin.push(original.len() as u32);
    }

    fn push(&mut self, character: char, at: usize) {
        let before = self.text.len();
        self.text.push(character);
        self.origin.resize(self.origin.len() + self.text.len() - before, at as u32);
    }

    fn end_word(&mut self, word: Option<(usize, u32)>) {
        if let Some((start, hash)) = word {
            self.words.push(Word { start: start as u32, end: self.text.len() as u32, hash });
        }
    }

    /// The place in the original of a range of the normal text.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        if self.origin.is_empty() {
            return range;
        }
        self.origin[range.start] as usize..self.origin[range.end] as usize
    }

    /// Where the pieces of `phrase` stand in order, the first of them at `start`.
    pub fn matches_at(&self, start: usize, phrase: &str) -> Option<Range<usize>> {
        let there = self.text.as_bytes().get(start..)?;
        let alike = there.iter().zip(phrase.as_bytes()).take_while(|(said, sought)| said == sought).count();
        let first = self.whole(start, start + alike)?;
        match phrase.as_bytes().get(alike) {
            None => Some(start..first),
            Some(byte) if *byte == STAR as u8 => {
                let mut rest = phrase[alike + 1..].split(STAR);
                Some(start..rest.try_fold(first, |end, segment| self.segment_after(end, segment))?)
            }
            Some(_) => None,
        }
    }

    /// The end of what stands there, where it is no part of a longer word; `user@example.com` is no `user`.
    fn whole(&self, start: usize, end: usize) -> Option<usize> {
        let alone = self.is_boundary(start) && self.is_boundary(end) && self.text.as_bytes().get(end) != Some(&b'@');
        alone.then_some(end)
    }

    fn segment_after(&self, from: usize, segment: &str) -> Option<usize> {
        let mut limit = self.text.len().min(from + GAP + segment.len());
        while !self.text.is_char_boundary(limit) {
            limit -= 1;
        }
        let window = &self.text[from..limit];
        window.match_indices(segment).find_map(|(at, _)| self.whole(from + at, from + at + segment.len()))
    }

    /// A phrase neither begins nor ends inside a word.
    fn is_boundary(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
        let (last, next) = (at.checked_sub(1).map_or(b' ', byte), byte(at));
        if last.is_ascii() && next.is_ascii() {
            return !(last.is_ascii_alphanumeric() && next.is_ascii_alphanumeric());
        }
        let (before, after) = match (self.text.get(..at), self.text.get(at..)) {
            (Some(before), Some(after)) => (before.chars().next_back(), after.chars().next()),
            _ => return false,
        };
        let joins = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() && !stands_alone(c));
        !(joins(before) && joins(after))
    }
}

/// Whether folding case is all that it needs: ASCII with single blanks.
fn is_plain(bytes: &[u8]) -> bool {
    let mut before = b'.';
    bytes.iter().all(|byte| {
        let fits = byte.is_ascii_graphic() || *byte == b' ' && before != b' ';
        before = *byte;
        fits
    })
}

/// Typographic quotes, dashes and full-width forms as their ASCII forms.
fn plain(character: char) -> char {
    match character {
        _ if character.is_ascii() => character,
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        // Turkish has a small i of each kind; English keyboards and upper-casing programs mix them up.
        '\u{130}' | '\u{131}' => 'i',
        // Full-width ASCII, as East Asian input methods write it.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        _ => character,
    }
}

/// Characters of scripts that put no blanks between words.
fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{eff}'         // Thai, Lao
        | '\u{2e80}'..='\u{2fff}' | '\u{3005}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

const HASH_SEED: u32 = 0x811c_9dc5;

/// FNV-1a over characters: short, and the same at build time and at run time.
fn hash(so_far: u32, character: char) -> u32 {
    (so_far ^ character as u32).wrapping_mul(0x0100_0193)
}

/// What a phrase is filed under. The entries' order is the phrases' own.
#[derive(Clone, Copy, Debug)]
pub struct Filed {
    /// Of its rarest pair of words, or of its only word.
    pub hash: u32,
    /// How many bytes before it the phrase begins.
    pub lead: u16,
    /// The bits of all its words' hashes: a text that lacks one lacks the phrase.
    pub bits: u64,
}

/// Phrases by words: `filed` is sorted by bucket, `buckets[b]..buckets[b + 1]` are those of bucket `b`.
pub struct Index<'a> {
    pub buckets: &'a [u16],
    pub filed: &'a [Filed],
    /// A bit for each hash that something is filed under, so that most words are passed over at once.
    pub known: &'a [u64],
}

/// How many words of bits [`Index::known`] has: a power of two.
pub const KNOWN: usize = 4096;

impl Index<'_> {
    /// Calls `found` with each phrase that may begin at a place in `text`.
    #[inline]
    pub fn candidates(&self, text: &Normal, mut found: impl FnMut(usize, usize)) {
        for (place, word) in text.words.iter().enumerate() {
            self.filed_under(word.hash, word, text, &mut found);
            if let Some(next) = text.words.get(place + 1) {
                self.filed_under(pair(word.hash, next.hash), word, text, &mut found);
            }
        }
    }

    #[inline]
    fn filed_under(&self, hash: u32, word: &Word, text: &Normal, found: &mut impl FnMut(usize, usize)) {
        let (known, bit) = known_bit(hash);
        if self.known[known] & bit == 0 {
            return;
        }
        let bucket = bucket(hash, self.buckets.len() - 1);
        let (first, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        for (phrase, entry) in (first..end).zip(&self.filed[first..end]) {
            if entry.hash == hash && entry.bits & !text.bits == 0 && word.start >= entry.lead.into() {
                found(phrase, word.start as usize - entry.lead as usize);
            }
        }
    }
}

/// The bit of 64 that stands for a hash where a text's words are compared with a phrase's.
pub(super) fn word_bit(hash: u32) -> u64 {
    1 << (hash.wrapping_mul(0x9e37_79b1) >> 26)
}

/// The hash of two neighbouring words.
pub(super) fn pair(first: u32, second: u32) -> u32 {
    first.rotate_left(11).wrapping_mul(0x0100_0193) ^ second
}

/// The word and the bit in it that stand for a hash.
pub(super) fn known_bit(hash: u32) -> (usize, u64) {
    let mixed = hash ^ (hash >> 15);
    ((mixed >> 6) as usize % KNOWN, 1 << (mixed % 64))
}

/// One of `count` buckets, a power of two.
pub(super) fn bucket(hash: u32, count: usize) -> usize {
    // The low bits of FNV are the weaker ones.
    ((hash ^ (hash >> 15)).wrapping_mul(0x9e37_79b1) >> 7) as usize & (count - 1)
}
