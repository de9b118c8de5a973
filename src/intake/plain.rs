//! What web pages, chats, editors and terminals put between a text's letters or in the place of them, undone.

use std::borrow::Cow;

use crate::span::Excerpt;

/// `input` with plain blanks, hyphens and digits where a page had its own, and without what nobody sees.
pub(super) fn letters(input: Cow<'_, Excerpt>) -> Cow<'_, Excerpt> {
    const ESCAPE: u8 = 0x1b;
    let text = input.as_str();
    let bytes = text.as_bytes();
    if text.is_ascii() && memchr::memchr(ESCAPE, bytes).is_none() {
        return input;
    }
    let mut plain = Excerpt::default();
    let (mut kept, mut at) = (0, 0);
    // The first octets of all letters that are looked for.
    while let Some(offset) = bytes[at..].iter().position(|byte| matches!(byte, &ESCAPE | 0xc2 | 0xe2 | 0xe3 | 0xef)) {
        let start = at + offset;
        let (meant, length) = meant(&text[..start], &text[start..]);
        at = start + length;
        if let Some(meant) = meant
            && let Some(span) = input.source_span(start..at)
        {
            plain.push_part(&input, kept..start);
            plain.push_decoded(meant, span);
            kept = at;
        }
    }
    if kept == 0 {
        return input;
    }
    plain.push_part(&input, kept..text.len());
    Cow::Owned(plain)
}

/// What the letter at the start of `rest` stands for, where that is another, and how long it is.
fn meant(before: &str, rest: &str) -> (Option<&'static str>, usize) {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let mut letters = rest.chars();
    let letter = letters.next().unwrap_or('\0');
    let is_digit = |letter: char| letter.is_ascii_digit();
    let meant = match letter {
        '\u{1b}' => return (Some(""), control(rest)),
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{2028}' | '\u{2029}' => "\n",
        // Soft hyphens, zero-width blanks, marks of the writing's direction. Joiners (U+200C, U+200D) are part of words.
        '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' => "",
        '\u{2066}'..='\u{2069}' | '\u{feff}' => "",
        '\u{2010}' | '\u{2011}' => "-",
        '\u{2012}'..='\u{2014}' | '\u{2212}'
            if before.ends_with(is_digit) && letters.as_str().starts_with(is_digit) =>
        {
            "-"
        }
        '\u{ff10}'..='\u{ff19}' => DIGITS[letter as usize - 0xff10],
        '\u{ff0d}' => "-",
        '\u{ff0e}' => ".",
        _ => return (None, letter.len_utf8()),
    };
    (Some(meant), letter.len_utf8())
}

/// How long the control sequence (ECMA-48 §5.4) at the start of `text` is, by which a terminal colours.
fn control(text: &str) -> usize {
    const LONGEST: usize = 256;
    let bytes = &text.as_bytes()[..text.len().min(LONGEST)];
    let ends =
        |from: usize, is_last: fn(&u8) -> bool| bytes.iter().skip(from).position(is_last).map(|at| from + at + 1);
    let length = match bytes.get(1) {
        Some(b'[') => ends(2, |byte| !(0x20..0x40).contains(byte)).filter(|end| bytes[end - 1].is_ascii()),
        Some(b']') => ends(2, |byte| matches!(byte, 0x07 | b'\\')),
        Some(b'(') if bytes.get(2).is_some_and(u8::is_ascii) => Some(3),
        _ => None,
    };
    length.filter(|end| text.is_char_boundary(*end)).unwrap_or(1)
}
