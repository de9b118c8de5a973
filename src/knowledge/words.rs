//! Finding thousands of phrases in a text at once, without building anything at start-up.
//!
//! Every phrase is filed under its rarest pair of neighbouring words, or its only word; the text is walked word by word,
//! and each brings up the few phrases filed under it, which are then compared in place. The index is made at build time,
//! so the program starts with it.

use std::ops::Range;

use smallvec::SmallVec;

/// How many bytes a ` * ` stands for at most.
pub const GAP: usize = 120;

/// How far before its end a text may begin a phrase that is cut off there: a phrase with a ` * ` or two.
const LONGEST_CUT: usize = GAP + 80;

/// Fewer bytes are the beginning of anything.
const LEAST_CUT: usize = 6;

/// What stands for ` * ` in a phrase's normal form: no normal text holds it.
pub const STAR: char = '\n';

/// A text made ready for matching.
#[derive(Default)]
pub struct Normal {
    pub text: String,
    /// For each byte of `text`, where it stood in the original; one more for the end. Empty where each stands in its place.
    origin: Vec<u32>,
    pub words: SmallVec<[Word; 32]>,
    marks: Marks,
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
    fn cut_off(&self, start: usize, phrase: &str) -> Option<usize> {
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
fn mixed(value: u64) -> u32 {
    (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// The marks of a text's words.
#[derive(Default)]
struct Marks([u64; 4]);

impl Marks {
    #[inline]
    fn add(&mut self, mark: u8) {
        self.0[usize::from(mark / 64)] |= 1 << (mark % 64);
    }

    #[inline]
    fn have(&self, mark: u8) -> bool {
        self.0[usize::from(mark / 64)] & 1 << (mark % 64) != 0
    }
}

/// One of 256 marks for a word.
#[inline]
pub(super) fn mark(hash: u32) -> u8 {
    (hash >> 24) as u8
}

/// What a phrase is filed under.
#[derive(Clone, Copy, Debug)]
pub struct Filed {
    /// Of its rarest pair of words, or of its only word.
    pub hash: u32,
    /// How many bytes before it the phrase begins.
    pub lead: u8,
    /// The mark of its rarest other word: in a text without it the phrase is not looked for.
    pub needs: u8,
    /// How many bytes the phrase has before its first ` * `.
    pub len: u16,
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
    /// Where each phrase begins in `text`, and where the last ends.
    pub starts: &'a [u32],
    /// The phrases' places in alphabetical order.
    pub sorted: &'a [u16],
}

/// How many words of bits [`Index::known`] has: a power of two.
pub const KNOWN: usize = 4096;

impl<'a> Index<'a> {
    /// Calls `found` with each phrase that stands in `text`, and where.
    #[inline]
    pub fn find(&self, text: &Normal, mut found: impl FnMut(usize, Range<usize>)) {
        let mut before: Option<&Word> = None;
        for word in &text.words {
            if let Some(before) = before {
                self.find_under(pair(before.hash, word.hash), text, before.start as usize, &mut found);
            }
            self.find_under(word.hash, text, word.start as usize, &mut found);
            before = Some(word);
        }
    }

    /// Those that are filed under what stands at `at`.
    #[inline]
    fn find_under(&self, hash: u32, text: &Normal, at: usize, found: &mut impl FnMut(usize, Range<usize>)) {
        if !self.is_known(hash) {
            return;
        }
        let bucket = bucket(hash, self.buckets.len() - 1);
        let (first, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        for (place, entry) in self.filed[first..end].iter().enumerate() {
            if entry.hash != hash || at < entry.lead as usize || !text.marks.have(entry.needs) {
                continue;
            }
            let phrase = first + place;
            let words = &self.text.as_bytes()[self.starts[phrase] as usize..self.starts[phrase + 1] as usize];
            if let Some(range) = text.matches_at(at - entry.lead as usize, words, entry.len as usize) {
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
        fn beginning(text: &str) -> &[u8] {
            &text.as_bytes()[..text.len().min(2)]
        }
        let of = |place: &u16| beginning(self.phrase(usize::from(*place)));
        let first = self.sorted.partition_point(|place| of(place) < beginning(text));
        let alike = self.sorted[first..].partition_point(|place| of(place) == beginning(text));
        self.sorted[first..first + alike].iter().map(|place| usize::from(*place))
    }

    #[inline]
    fn is_known(&self, hash: u32) -> bool {
        let (word, bit) = known_bit(hash);
        self.known[word] & bit != 0
    }

    pub fn phrase(&self, place: usize) -> &'a str {
        &self.text[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
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
