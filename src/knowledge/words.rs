//! Texts in the form in which phrases are found in them: lower case, single blanks, each word with its hash.

use std::ops::Range;

use smallvec::SmallVec;

/// How many bytes a ` * ` stands for at most.
pub const GAP: usize = 120;

/// Fewer bytes are the beginning of anything.
pub const LEAST_CUT: usize = 6;

/// What stands for ` * ` in a phrase's normal form: no normal text holds it.
pub const STAR: char = '\n';

/// A text made ready for matching.
#[derive(Default)]
pub struct Normal {
    pub text: String,
    /// For each byte of `text`, where it stood in the original; one more for the end. Empty where each stands in its place.
    origin: Vec<u32>,
    pub words: SmallVec<[Word; 32]>,
    pub(super) marks: Marks,
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
        Plain::default().read(original.as_bytes()).unwrap_or_else(|| {
            let mut normal = Normal::default();
            normal.text.reserve(original.len() + 8);
            normal.origin.reserve(original.len() + 9);
            normal.fill(original);
            normal
        })
    }

    fn fill(&mut self, original: &str) {
        let mut word: Option<usize> = None;
        for (at, character) in original.char_indices() {
            let character = plain(character);
            if character.is_ascii_alphanumeric() {
                word.get_or_insert(self.text.len());
                self.push(character.to_ascii_lowercase(), at);
                continue;
            }
            let alone = stands_alone(character);
            let in_word = !alone && !character.is_ascii() && character.is_alphanumeric();
            if !in_word {
                self.end_word(word.take());
            }
            if alone {
                let start = self.text.len();
                self.push(character, at);
                self.end_word(Some(start));
            } else if in_word {
                word.get_or_insert(self.text.len());
                character.to_lowercase().for_each(|lower| self.push(lower, at));
            } else if !character.is_whitespace() {
                self.push(character, at);
            } else if !self.text.ends_with(' ') {
                self.push(' ', at);
            }
        }
        self.end_word(word);
        self.origin.push(original.len() as u32);
    }

    #[inline]
    fn push(&mut self, character: char, at: usize) {
        self.text.push(character);
        self.origin.resize(self.text.len(), at as u32);
    }

    fn end_word(&mut self, start: Option<usize>) {
        if let Some(start) = start {
            let hash = hash(self.text.as_bytes(), start, self.text.len());
            self.words.push(Word { start: start as u32, end: self.text.len() as u32, hash });
            self.marks.add(mark(hash));
        }
    }

    /// The place in the original of a range of the normal text.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        if self.origin.is_empty() {
            return range;
        }
        self.origin[range.start] as usize..self.origin[range.end] as usize
    }

    /// Where the pieces of `phrase` stand in order, the first of them at `start` and `len` bytes long.
    #[inline]
    pub fn matches_at(&self, start: usize, phrase: &[u8], len: usize) -> Option<Range<usize>> {
        let (first, rest) = phrase.split_at(len);
        if self.text.as_bytes().get(start..start + len)? != first {
            return None;
        }
        let end = self.whole(start, start + len)?;
        match rest {
            [] => Some(start..end),
            [_, rest @ ..] => {
                let mut segments = rest.split(|byte| *byte == STAR as u8);
                segments.try_fold(end, |end, segment| self.segment_after(end, segment)).map(|end| start..end)
            }
        }
    }

    /// The end of what stands there, where it is no part of a longer word; `user@example.com` is no `user`.
    #[inline]
    fn whole(&self, start: usize, end: usize) -> Option<usize> {
        let is_local_part = self.text.as_bytes().get(end) == Some(&b'@');
        (self.is_boundary(start) && self.is_boundary(end) && !is_local_part).then_some(end)
    }

    fn segment_after(&self, from: usize, segment: &[u8]) -> Option<usize> {
        let (first, len) = (segment[0], segment.len());
        let window = &self.text.as_bytes()[from..self.text.len().min(from + GAP + len)];
        let mut places = memchr::memchr_iter(first, window).filter(|at| window[*at..].starts_with(segment));
        places.find_map(|at| self.whole(from + at, from + at + len))
    }

    /// How many bytes of `phrase`, whose first piece begins at `start`, stand before the end of the text cuts the rest off.
    pub fn cut_off(&self, start: usize, phrase: &str) -> Option<usize> {
        let text = self.text.trim_end();
        let rest = &text.as_bytes()[start..];
        let common = phrase.bytes().zip(rest).take_while(|(one, other)| one == *other).count();
        let next = phrase.as_bytes().get(common)?;
        if common == rest.len() {
            return Some(common);
        }
        if *next != STAR as u8 {
            return None;
        }
        let segments = phrase[common + 1..].split(STAR);
        let (mut from, mut seen) = (start + common, common);
        for segment in segments {
            let Some(end) = self.segment_after(from, segment.as_bytes()) else {
                let starts =
                    self.words.iter().map(|word| word.start as usize).filter(|at| (from..text.len()).contains(at));
                let begun =
                    starts.map(|at| &text[at..]).find(|rest| rest.len() >= LEAST_CUT && segment.starts_with(*rest));
                // Nothing of it: what the ` * ` stands for is cut off itself, a name or an address.
                let varies = || (!text[from..].trim_start().contains(' ')).then_some(0);
                return begun.map(str::len).or_else(varies).map(|more| seen + more);
            };
            (from, seen) = (end, seen + segment.len());
        }
        None
    }

    /// A phrase neither begins nor ends inside a word.
    #[inline]
    fn is_boundary(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let last = if at > 0 { bytes[at - 1] } else { b' ' };
        let next = bytes.get(at).copied().unwrap_or(b' ');
        if (last | next).is_ascii() {
            return !(IN_WORDS[last as usize] && IN_WORDS[next as usize]);
        }
        self.is_boundary_beyond_ascii(at)
    }

    #[cold]
    fn is_boundary_beyond_ascii(&self, at: usize) -> bool {
        let Some((before, after)) = self.text.split_at_checked(at) else { return false };
        let joins = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() && !stands_alone(c));
        !(joins(before.chars().next_back()) && joins(after.chars().next()))
    }
}

/// Reads a text in which each byte keeps its place, ASCII with single blanks or line breaks, eight bytes at a time.
#[derive(Default)]
struct Plain {
    words: SmallVec<[Word; 32]>,
    /// Where the word began that has not ended yet.
    start: u32,
    /// The high bit of the first lane: whether the byte before is a blank, or is in a word.
    after_blank: u64,
    in_word: u64,
}

impl Plain {
    /// Nothing where the text is not so plain.
    fn read(mut self, original: &[u8]) -> Option<Normal> {
        // Some more, so that eight bytes can be read from each word on.
        let mut text = vec![b'.'; original.len() / 8 * 8 + 16];
        text[..original.len()].copy_from_slice(original);
        for (place, eight) in text.as_chunks_mut().0.iter_mut().enumerate() {
            *eight = self.take(place as u32 * 8, *eight)?;
        }
        let mut marks = Marks::default();
        for word in &mut self.words {
            word.hash = hash(&text, word.start as usize, word.end as usize);
            marks.add(mark(word.hash));
        }
        text.truncate(original.len());
        Some(Normal { text: String::from_utf8(text).ok()?, origin: Vec::new(), words: self.words, marks })
    }

    /// In their normal form.
    #[inline]
    fn take(&mut self, at: u32, eight: [u8; 8]) -> Option<[u8; 8]> {
        let mut lanes = u64::from_le_bytes(eight);
        if lanes & HIGH | (within(lanes, b' ', b'~') ^ HIGH) != 0 {
            lanes = without_breaks(lanes)?;
        }
        let blanks = within(lanes, b' ', b' ');
        if blanks & (blanks << 8 | self.after_blank) != 0 {
            return None;
        }
        lanes |= within(lanes, b'A', b'Z') >> 2;
        let in_words = within(lanes, b'a', b'z') | within(lanes, b'0', b'9');
        self.find_words(at, in_words);
        (self.after_blank, self.in_word) = (blanks >> 56, in_words >> 56);
        Some(lanes.to_le_bytes())
    }

    /// Each change from outside of a word to inside and back.
    #[inline]
    fn find_words(&mut self, at: u32, in_words: u64) {
        let mut edges = in_words ^ (in_words << 8 | self.in_word);
        while edges != 0 {
            let edge = at + edges.trailing_zeros() / 8;
            if in_words & edges & edges.wrapping_neg() != 0 {
                self.start = edge;
            } else {
                self.words.push(Word { start: self.start, end: edge, hash: 0 });
            }
            edges &= edges - 1;
        }
    }
}

/// Blanks for line breaks; nothing where there is any other control character, or what is not ASCII.
#[cold]
fn without_breaks(lanes: u64) -> Option<u64> {
    let breaks = within(lanes, b'\t', b'\n');
    let is_plain = lanes & HIGH == 0 && within(lanes, b' ', b'~') | breaks == HIGH;
    let all = (breaks >> 7) * 0xff;
    is_plain.then_some(lanes & !all | all & lanes_of(b' '))
}

/// The high bits of eight lanes of a byte each.
const HIGH: u64 = lanes_of(0x80);

const fn lanes_of(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of each lane whose ASCII byte is from `lowest` to `highest`.
#[inline]
const fn within(lanes: u64, lowest: u8, highest: u8) -> u64 {
    let ascii = lanes & !HIGH;
    (ascii + lanes_of(0x80 - lowest)) & !(ascii + lanes_of(0x7f - highest)) & HIGH
}

/// The bytes of ASCII words in lower case.
const IN_WORDS: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        bytes[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    bytes
};

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

/// The hash of a word, eight bytes at a time, and the same at build time and at run time.
#[inline]
fn hash(text: &[u8], start: usize, end: usize) -> u32 {
    let (mut hash, mut at) = ((end - start) as u32, start);
    loop {
        let lanes = eight(text, at) ^ u64::from(hash) << 32 ^ u64::from(hash);
        if at + 8 >= end {
            let beyond = (at + 8 - end) as u32 * 8;
            return mixed(lanes << beyond >> beyond);
        }
        (hash, at) = (mixed(lanes), at + 8);
    }
}

/// The bytes from `at` on, and nought after the end.
#[inline]
fn eight(text: &[u8], at: usize) -> u64 {
    let rest = &text[at..];
    rest.first_chunk().map_or_else(|| eight_at_end(rest), |eight| u64::from_le_bytes(*eight))
}

#[cold]
fn eight_at_end(rest: &[u8]) -> u64 {
    rest.iter().rev().fold(0, |lanes, byte| lanes << 8 | u64::from(*byte))
}

#[inline]
pub(super) fn mixed(value: u64) -> u32 {
    (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// The marks of a text's words.
#[derive(Default)]
pub(super) struct Marks([u64; 4]);

impl Marks {
    #[inline]
    fn add(&mut self, mark: u8) {
        self.0[usize::from(mark / 64)] |= 1 << (mark % 64);
    }

    #[inline]
    pub(super) fn have(&self, mark: u8) -> bool {
        self.0[usize::from(mark / 64)] & 1 << (mark % 64) != 0
    }
}

/// One of 256 marks for a word.
#[inline]
pub(super) fn mark(hash: u32) -> u8 {
    (hash >> 24) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Eight bytes at a time or character by character: the same text and words.
        #[test]
        fn plain_texts_have_the_same_words_either_way(text in "[ -~\n\t]{0,40}") {
            if let Some(fast) = Plain::default().read(text.as_bytes()) {
                let mut slow = Normal::default();
                slow.fill(&text);
                prop_assert_eq!(fast.text, slow.text);
                prop_assert_eq!(fast.words, slow.words);
            }
        }
    }

    #[test]
    fn what_is_not_plain_is_read_character_by_character() {
        for text in ["two  blanks", "eight.. \n break", "r\u{f6}te", "carriage\r\nreturn", "\u{7f}", "1234567 \t"] {
            assert!(Plain::default().read(text.as_bytes()).is_none(), "{text:?}");
        }
    }
}
