//! What web pages, chats, editors and terminals put between a text's letters or in the place of them, undone.

use std::borrow::Cow;
use std::ops::Range;

use super::scan;
use crate::reply::ReplyCode;
use crate::span::{Excerpt, boundary_before};

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

/// `input` without the mark that begins each of its lines, as comments, quotations, lists, frames and `grep` put it, and with
/// single blanks where a page has spread the words.
pub(super) fn lines(input: Cow<'_, Excerpt>) -> Cow<'_, Excerpt> {
    let input = without_marks(input, located);
    let mut before = None;
    let mut follows = |number: usize| before.replace(number).is_none_or(|before| before + 1 == number);
    let several = input.as_str().trim().contains('\n');
    let input = without_marks(input, |line| {
        let (number, kept) = numbered(line).filter(|_| several)?;
        follows(number).then_some(kept)
    });
    let mut first = None;
    let input = without_marks(input, |line| {
        let (mark, kept) = marked(line)?;
        (*first.get_or_insert(mark) == mark).then_some(kept)
    });
    if is_spread(input.as_str()) { Cow::Owned(drawn_together(&input)) } else { input }
}

/// Of each line that is not empty what `kept` leaves; all of it where one of them has no mark.
fn without_marks<'a>(input: Cow<'a, Excerpt>, mut kept: impl FnMut(&str) -> Option<Range<usize>>) -> Cow<'a, Excerpt> {
    let text = input.as_str();
    let mut plain = Excerpt::default();
    let mut at = 0;
    while at < text.len() {
        let line = scan::line(text, at);
        let next = scan::next_line(text, at);
        if !text[line.clone()].trim().is_empty() {
            let Some(kept) = kept(&text[line.clone()]) else { return input };
            plain.push_part(&input, line.start + kept.start..line.start + kept.end);
        }
        plain.push_part(&input, line.end..next);
        at = next;
    }
    Cow::Owned(plain)
}

/// `/var/log/mail.log:117:`, as `grep` says where a line stands.
fn located(line: &str) -> Option<Range<usize>> {
    const LONGEST: usize = 256;
    let near = &line.as_bytes()[..line.len().min(LONGEST)];
    let colon = memchr::memchr(b':', near).filter(|_| near[0] == b'/')?;
    let digits = near[colon + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = if digits > 0 && near.get(colon + 1 + digits) == Some(&b':') { colon + digits + 2 } else { colon + 1 };
    let is_path = near[..colon].iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte));
    let is_place = digits > 0 && start == colon + 1 && near.get(start + digits) != Some(&b'-');
    let goes_on = near.get(start).is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != b'/');
    (is_path && goes_on && !is_place).then_some(start..line.len())
}

/// The number of a line, `12  `, `12: ` or `12. `, and what follows it. A reply code is none.
fn numbered(line: &str) -> Option<(usize, Range<usize>)> {
    let words = line.trim_start();
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &words[digits..];
    let separated = [". ", ": ", ") ", "  ", "\t", " | ", " "].iter().find(|mark| rest.starts_with(**mark));
    let length = separated.map_or(if rest.is_empty() { Some(0) } else { None }, |mark| Some(mark.len()))?;
    let number = words[..digits].parse().ok().filter(|_| ReplyCode::at_start(words.as_bytes()).is_none())?;
    Some((number, line.len() - rest.len() + length..line.len()))
}

/// The mark that begins a line, and what stands behind it, within a frame up to its other side.
fn marked(line: &str) -> Option<(&'static str, Range<usize>)> {
    const MARKS: [&str; 9] = ["//", "#", "*", "│", "|", ";", "+", "•", ">"];
    // RFC 9051 §7.1 has such a mark before its own responses.
    const IMAP: [&str; 4] = ["OK", "NO ", "BAD ", "BYE"];
    let words = line.trim_start();
    let mark = MARKS.iter().find(|mark| words.starts_with(**mark))?;
    let rest = &words[mark.len()..];
    let is_of_imap = *mark == "*" && IMAP.iter().any(|status| rest.trim_start().starts_with(status));
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) || is_of_imap {
        return None;
    }
    let start = line.len() - rest.len() + usize::from(!rest.is_empty());
    let framed = line[start..].trim_end().strip_suffix(mark).filter(|_| matches!(*mark, "│" | "|"));
    Some((mark, start..framed.map_or(line.len(), |inside| start + inside.trim_end().len())))
}

/// Whether the blanks between words are hardly ever single ones: a table's, a justified page's, or tabs.
fn is_spread(text: &str) -> bool {
    const LOOKED_AT: usize = 2048;
    const LEAST: usize = 3;
    let near = &text[..boundary_before(text, LOOKED_AT)];
    let (mut single, mut wide) = (0, 0);
    for line in near.lines() {
        let words = line.trim().as_bytes();
        let mut at = 0;
        while let Some(offset) = memchr::memchr2(b' ', b'\t', &words[at..]) {
            at += offset;
            let length = words[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if length == 1 && words[at] == b' ' {
                single += 1
            } else {
                wide += 1
            }
            at += length;
        }
    }
    wide >= LEAST && wide > 2 * single
}

/// Each gap within a line as one blank.
fn drawn_together(input: &Excerpt) -> Excerpt {
    let text = input.as_str();
    let bytes = text.as_bytes();
    let mut plain = Excerpt::default();
    let (mut kept, mut at) = (0, 0);
    while let Some(offset) = memchr::memchr2(b' ', b'\t', &bytes[at..]) {
        let start = at + offset;
        at = start + bytes[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let begins_line = start == 0 || bytes[start - 1] == b'\n';
        if let Some(span) = input.source_span(start..at).filter(|_| !begins_line && &text[start..at] != " ") {
            plain.push_part(input, kept..start);
            plain.push_decoded(" ", span);
            kept = at;
        }
    }
    plain.push_part(input, kept..text.len());
    plain
}
