//! Letters beyond ASCII as logs write them: Exim's `\345\217\227` (print_topbitchars), OpenSMTPD's `\M-e\M^O\M^W` (vis(3)).

use std::ops::Range;

use crate::span::Excerpt;

/// That part of `input` with the letters that stand there escaped; `None` where there are none.
pub(super) fn undone(input: &Excerpt, range: Range<usize>) -> Option<Excerpt> {
    let bytes = &input.as_str().as_bytes()[..range.end];
    let mut plain = Excerpt::default();
    let mut from = range.start;
    let mut at = range.start;
    while let Some(offset) = memchr::memchr(b'\\', &bytes[at..]) {
        at += offset;
        let (letters, end) = letters(bytes, at);
        if end == at {
            at += 1;
            continue;
        }
        plain.push_part(input, from..at);
        if let Some(span) = input.source_span(at..end) {
            plain.push_decoded(&letters, span);
        }
        (from, at) = (end, end);
    }
    (from > range.start).then(|| {
        plain.push_part(input, from..range.end);
        plain
    })
}

/// The letters that are escaped from `at` on, and where they end. None where the octets are no UTF-8; a letter that the end
/// of the text cuts off is left out.
fn letters(bytes: &[u8], at: usize) -> (String, usize) {
    let mut octets = Vec::new();
    let mut end = at;
    while let Some((octet, length)) = octet(&bytes[end..]) {
        octets.push(octet);
        end += length;
    }
    let rest = &bytes[end..];
    let is_cut = rest.is_empty() || rest.len() < LONGEST && rest[0] == b'\\';
    match String::from_utf8(octets) {
        Ok(letters) => (letters, end),
        Err(error) if is_cut && error.utf8_error().error_len().is_none() => {
            let valid = error.utf8_error().valid_up_to();
            (String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned(), bytes.len())
        }
        Err(_) => (String::new(), at),
    }
}

/// How long an octet's escape is.
const LONGEST: usize = 4;

/// One octet of 0x80 or more, and how long its escape is.
fn octet(bytes: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| (b'0'..=b'7').contains(&byte).then(|| byte - b'0');
    match bytes {
        [b'\\', first @ b'2'..=b'3', second, third, ..] => {
            Some(((first - b'0') << 6 | digit(*second)? << 3 | digit(*third)?, LONGEST))
        }
        [b'\\', b'M', b'-', letter, ..] => Some((letter | 0x80, LONGEST)),
        [b'\\', b'M', b'^', letter, ..] => Some(((letter ^ 0x40) | 0x80, LONGEST)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let input = Excerpt::from_bytes(text.as_bytes());
        undone(&input, 0..input.len()).unwrap_or(input).as_str().to_owned()
    }

    #[test]
    fn octal_and_vis_are_the_same_letters() {
        assert_eq!(read(r"550 bo\303\256te pleine"), "550 boîte pleine");
        assert_eq!(read(r"550 bo\M-C\M-.te pleine"), "550 boîte pleine");
    }

    #[test]
    fn a_letter_cut_off_at_the_end_is_left_out() {
        assert_eq!(read(r"\345\217\227\344\277"), "受");
        assert_eq!(read(r"\345\217\227\344\27"), "受");
    }

    #[test]
    fn what_is_no_utf8_stays_as_it_is() {
        assert_eq!(read(r"C:\221\342 a\b"), r"C:\221\342 a\b");
    }
}
