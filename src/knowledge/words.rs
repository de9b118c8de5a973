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
            if memchr::memchr2(b'\n', b'\t', original.as_bytes()).is_some() {
                normal.text = normal.text.replace(is_break, " ");
            }
            normal.find_words();
        } else {
            normal.text.reserve(original.len() + 8);
            normal.origin.reserve(original.len() + 9);
            normal.fill(original);
        }
        normal
    }

    /// The words of a text that is ASCII in lower case.
    fn find_words(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let len = bytes[at..].iter().take_while(|byte| IN_WORDS[**byte as usize]).count();
            if len > 0 {
                let hash = hash(&bytes[at..at + len]);
                self.words.push(Word { start: at as u32, end: (at + len) as u32, hash });
            }
            at += len + 1;
        }
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
            if alone || !character.is_alphanumeric() {
                self.end_word(word.take());
            }
            if character.is_whitespace() {
                if !self.text.ends_with(' ') {
                    self.push(' ', at);
                }
            } else if alone {
                let start = self.text.len();
                self.push(character, at);
                self.end_word(Some(start));
            } else if character.is_alphanumeric() {
                word.get_or_insert(self.text.len());
                character.to_lowercase().for_each(|lower| self.push(lower, at));
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

    fn end_word(&mut self, start: Option<usize>) {
        if let Some(start) = start {
            let hash = hash(&self.text.as_bytes()[start..]);
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

    /// Where the pieces of `phrase` stand in order, the first of them at `start` and `len` bytes long.
    #[inline]
    pub fn matches_at(&self, start: usize, phrase: &str, len: usize) -> Option<Range<usize>> {
        let bytes = phrase.as_bytes();
        if self.text.as_bytes().get(start..start + len)? != &bytes[..len] {
            return None;
        }
        let first = self.whole(start, start + len)?;
        if bytes.len() == len {
            return Some(start..first);
        }
        let mut rest = phrase[len + 1..].split(STAR);
        rest.try_fold(first, |end, segment| self.segment_after(end, segment)).map(|end| start..end)
    }

    /// The end of what stands there, where it is no part of a longer word; `user@example.com` is no `user`.
    fn whole(&self, start: usize, end: usize) -> Option<usize> {
        let alone = self.is_boundary(start) && self.is_boundary(end) && self.text.as_bytes().get(end) != Some(&b'@');
        alone.then_some(end)
    }

    fn segment_after(&self, from: usize, segment: &str) -> Option<usize> {
        let (segment, len) = (segment.as_bytes(), segment.len());
        let window = &self.text.as_bytes()[from..self.text.len().min(from + GAP + len)];
        let mut places = window.windows(len).enumerate().filter(|(_, said)| said[0] == segment[0] && *said == segment);
        places.find_map(|(at, _)| self.whole(from + at, from + at + len))
    }

    /// How many bytes of `phrase`, whose first piece begins at `start`, stand before the end of the text cuts the rest off.
    fn cut_off(&self, start: usize, phrase: &str) -> Option<usize> {
        let text = self.text.trim_end();
        let mut segments = phrase.split(STAR);
        let first = segments.next()?;
        let rest = &text[start..];
        if rest.len() < first.len() {
            return first.starts_with(rest).then_some(rest.len());
        }
        let mut from = rest.starts_with(first).then_some(start + first.len())?;
        let mut seen = first.len();
        for segment in segments {
            let Some(end) = self.segment_after(from, segment) else {
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
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
        let (last, next) = (at.checked_sub(1).map_or(b' ', byte), byte(at));
        if last.is_ascii() && next.is_ascii() {
            return !(IN_WORDS[last as usize] && IN_WORDS[next as usize]);
        }
        let (before, after) = match (self.text.get(..at), self.text.get(at..)) {
            (Some(before), Some(after)) => (before.chars().next_back(), after.chars().next()),
            _ => return false,
        };
        let joins = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() && !stands_alone(c));
        !(joins(before) && joins(after))
    }
}

/// Whether each byte keeps its place: ASCII with single blanks or line breaks.
fn is_plain(bytes: &[u8]) -> bool {
    let is_blank = |byte: u8| (byte == b' ') | (byte == b'\n') | (byte == b'\t');
    let is_known = |byte: u8| (byte.wrapping_sub(b'!') < 94) | is_blank(byte);
    // Without an early end, so that many bytes are looked at in one step.
    let after = bytes.get(1..).unwrap_or_default();
    let known = bytes.iter().fold(true, |all, byte| all & is_known(*byte));
    known & bytes.iter().zip(after).fold(true, |all, (one, next)| all & !(is_blank(*one) & is_blank(*next)))
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\t')
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

/// The hash of a word's bytes: in a few steps, and the same at build time and at run time.
fn hash(word: &[u8]) -> u32 {
    let (head, tail) = match word {
        [first, .., last] if word.len() < 4 => (u32::from(*first), u32::from(word[1]) << 8 | u32::from(*last)),
        [only] => (u32::from(*only), 0),
        _ => (four(word, 0), four(word, word.len().saturating_sub(4))),
    };
    let ends = mixed(u64::from(head) << 32 | u64::from(tail));
    let middle = word.get(4..).unwrap_or_default().chunks_exact(4);
    middle.fold(ends, |so_far, chunk| mixed(u64::from(so_far) << 32 | u64::from(four(chunk, 0)))) ^ word.len() as u32
}

fn four(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

fn mixed(value: u64) -> u32 {
    (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// What a phrase is filed under.
#[derive(Clone, Copy, Debug)]
pub struct Filed {
    /// Of its rarest pair of words, or of its only word.
    pub hash: u32,
    /// How many bytes before it the phrase begins.
    pub lead: u16,
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
}

/// How many words of bits [`Index::known`] has: a power of two.
pub const KNOWN: usize = 4096;

impl<'a> Index<'a> {
    /// Calls `found` with each phrase that stands in `text`, and where.
    #[inline]
    pub fn find(&self, text: &Normal, mut found: impl FnMut(usize, Range<usize>)) {
        for (place, word) in text.words.iter().enumerate() {
            let next = text.words.get(place + 1).map(|next| pair(word.hash, next.hash));
            for hash in [Some(word.hash), next].into_iter().flatten() {
                if self.is_known(hash) {
                    self.find_under(hash, text, word.start as usize, &mut found);
                }
            }
        }
    }

    /// Those that are filed under what stands at `at`.
    #[inline]
    fn find_under(&self, hash: u32, text: &Normal, at: usize, found: &mut impl FnMut(usize, Range<usize>)) {
        let bucket = bucket(hash, self.buckets.len() - 1);
        let (first, end) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        for (phrase, entry) in (first..end).zip(&self.filed[first..end]) {
            if entry.hash != hash || at < entry.lead as usize {
                continue;
            }
            let range = text.matches_at(at - entry.lead as usize, self.phrase(phrase), entry.len as usize);
            if let Some(range) = range {
                found(phrase, range);
            }
        }
    }

    /// The phrases that the end of `text` cuts off, of which most is there: where that stands, how many bytes it is, and them. For the few texts that are
    /// known to be cut: every phrase is looked at.
    pub fn find_cut(&self, text: &Normal) -> Option<(Range<usize>, usize, Vec<usize>)> {
        let end = text.text.trim_end().len();
        let near = text.words.iter().map(|word| word.start as usize).filter(|start| end - start <= LONGEST_CUT);
        let begun = |start: usize| {
            let seen = move |phrase| Some((text.cut_off(start, self.phrase(phrase))?, phrase));
            (0..self.filed.len()).filter_map(seen).map(move |(seen, phrase)| (seen, start, phrase))
        };
        let all: Vec<_> = near.flat_map(begun).filter(|(seen, ..)| *seen >= LEAST_CUT).collect();
        let (most, start, _) = *all.iter().max()?;
        let phrases = all.iter().filter(|(seen, at, _)| (*seen, *at) == (most, start)).map(|(.., phrase)| *phrase);
        Some((start..end, most, phrases.collect()))
    }

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
