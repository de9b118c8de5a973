//! Small steps over text that all forms share. Every offset is into the whole text, never into a part of it.

use std::ops::Range;

use memchr::memmem;

use crate::reply::{EnhancedStatus, ReplyCode};
pub(super) use crate::span::boundary_before;

/// The beginning of `range`, of `most` bytes at most.
pub(super) fn beginning(text: &str, range: Range<usize>, most: usize) -> Range<usize> {
    range.start..boundary_before(text, range.end.min(range.start + most)).max(range.start)
}

/// Where the line that holds `at` ends: at its line break, or at the end of the text.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |offset| at + offset)
}

/// The line that starts at `at`, without its line break.
pub(super) fn line(text: &str, at: usize) -> Range<usize> {
    let end = line_end(text, at);
    let cut = end > at && text.as_bytes()[end - 1] == b'\r';
    at..end - usize::from(cut)
}

/// Where the line after the one at `at` begins, or the text ends.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    (line_end(text, at) + 1).min(text.len())
}

/// The lines of `range`, without their line breaks.
pub(super) fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    std::iter::from_fn(move || {
        (at < range.end).then(|| {
            let end = memchr::memchr(b'\n', &bytes[at..range.end]).map_or(range.end, |offset| at + offset);
            let line = at..end - usize::from(bytes[at..end].ends_with(b"\r"));
            at = end + 1;
            line
        })
    })
}

/// Where `needle` starts in `range`; nowhere in a range that ends before it begins.
pub(super) fn find(text: &str, range: Range<usize>, needle: &str) -> Option<usize> {
    let start = range.start;
    memmem::find(text.as_bytes().get(range)?, needle.as_bytes()).map(|offset| start + offset)
}

/// Where `needle` ends in `range`.
pub(super) fn after(text: &str, range: Range<usize>, needle: &str) -> Option<usize> {
    find(text, range, needle).map(|start| start + needle.len())
}

pub(super) fn rfind(text: &str, range: Range<usize>, needle: &str) -> Option<usize> {
    let start = range.start;
    text.get(range)?.rfind(needle).map(|offset| start + offset)
}

/// Where `needle`, in lower case, is found without regard to ASCII case.
pub(super) fn find_any_case(text: &str, range: Range<usize>, needle: &str) -> Option<usize> {
    let (hay, needle) = (text.as_bytes().get(range.clone())?, needle.as_bytes());
    let &first = needle.first()?;
    let mut from = 0;
    while let Some(offset) = memchr::memchr2(first, first.to_ascii_uppercase(), &hay[from..]) {
        let at = from + offset;
        let candidate = hay.get(at..at + needle.len())?;
        if candidate.eq_ignore_ascii_case(needle) {
            return Some(range.start + at);
        }
        from = at + 1;
    }
    None
}

pub(super) fn has_any_case(text: &str, needle: &str) -> bool {
    find_any_case(text, 0..text.len(), needle).is_some()
}

pub(super) fn starts_any_case(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// `range` without white space at its ends.
pub(super) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start.max(range.start + part.trim_end().len())
}

/// The first byte at or after `at` that is no blank.
pub(super) fn skip_blanks(text: &str, mut at: usize, end: usize) -> usize {
    while at < end && matches!(text.as_bytes()[at], b' ' | b'\t') {
        at += 1;
    }
    at
}

/// The value of a log's `key=value`, where `key` stands at a word's start in `range`: up to a blank, comma or semicolon, or
/// within its quotes or angle brackets.
pub(super) fn value(text: &str, range: Range<usize>, key: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut from = range.start;
    while let Some(start) = find(text, from..range.end, key) {
        from = start + key.len();
        let at_word_start =
            start == range.start || matches!(bytes[start - 1], b' ' | b',' | b'\n' | b'\t' | b';' | b'(');
        if at_word_start {
            return Some(token(text, from..range.end));
        }
    }
    None
}

/// The word at the start of `range`: in quotes or angle brackets without them, else up to a blank, comma or semicolon.
pub(super) fn token(text: &str, range: Range<usize>) -> Range<usize> {
    let bytes = &text.as_bytes()[range.clone()];
    let close = match bytes.first() {
        Some(b'<') => b'>',
        Some(quote @ (b'"' | b'\'')) => *quote,
        _ => {
            let end = bytes.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b';'));
            return range.start..range.start + end.unwrap_or(bytes.len());
        }
    };
    let end = memchr::memchr(close, &bytes[1..]).map_or(range.end, |offset| range.start + 1 + offset);
    range.start + 1..end
}

/// A host with its address, as `mx.example.com[192.0.2.1]:25` or `mx.example.com [192.0.2.1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub host: Option<Range<usize>>,
    pub ip: Option<Range<usize>>,
    /// Where it ends, its closing bracket included.
    pub end: usize,
}

/// Reads the peer at the start of `range`.
pub(super) fn peer(text: &str, range: Range<usize>) -> Option<Peer> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    while at < range.end && !matches!(bytes[at], b' ' | b'[' | b',' | b'\n' | b':' | b')' | b';' | b'(' | b'<' | b'"') {
        at += 1;
    }
    let host = (at > range.start).then_some(range.start..at);
    let open = if bytes.get(at) == Some(&b' ') { at + 1 } else { at };
    if open < range.end && bytes[open] == b'[' {
        let close = memchr::memchr(b']', &bytes[open..range.end]).map(|offset| open + offset)?;
        let tag = if text[open + 1..close].starts_with("IPv6:") { "IPv6:".len() } else { 0 };
        let inside = open + 1 + tag..close;
        let ip = is_address(&text[inside.clone()]).then_some(inside);
        return Some(Peer { host, ip, end: close + 1 });
    }
    host.map(|host| Peer { end: host.end, host: Some(host), ip: None })
}

/// Digits, dots, colons and hexadecimal letters, with a dot or two colons among them.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.strip_prefix("IPv6:").unwrap_or(text);
    text.parse::<std::net::IpAddr>().is_ok()
}

/// Where, at the start of `range` or after a colon and a blank, a reply starts: a reply code or an enhanced status code.
pub(super) fn reply_start(text: &str, range: Range<usize>) -> Option<usize> {
    let bytes = text.as_bytes();
    if begins_reply(bytes, range.start, range.end) {
        return Some(range.start);
    }
    let mut from = range.start;
    while let Some(offset) = memchr::memchr(b':', &bytes[from..range.end]) {
        let mut at = from + offset + 1;
        from = at;
        if at < range.end && matches!(bytes[at], b' ' | b'\n') {
            while at < range.end && matches!(bytes[at], b' ' | b'\n' | b'\t') {
                at += 1;
            }
            if begins_reply(bytes, at, range.end) {
                return Some(at);
            }
        }
    }
    None
}

/// Whether a failure reply begins at `at`: `451`, `451 …`, `451-…` or `4.3.0 …`.
pub(super) fn begins_reply(bytes: &[u8], at: usize, end: usize) -> bool {
    let rest = &bytes[at.min(end)..end];
    if !matches!(rest.first(), Some(b'4' | b'5')) {
        return false;
    }
    match ReplyCode::at_start(rest) {
        Some(_) => matches!(rest.get(3), None | Some(b' ' | b'-' | b'\n' | b'\r' | b';')),
        None => EnhancedStatus::at_start(rest).is_some(),
    }
}

/// The field of a CSV line (RFC 4180) at the start of `range`.
pub(super) fn token_csv(text: &str, range: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    if bytes.get(range.start) == Some(&b'"') {
        let end =
            find(text, range.start + 1..range.end, "\",").or_else(|| rfind(text, range.start + 1..range.end, "\""));
        return range.start + 1..end.unwrap_or(range.end);
    }
    range.start..memchr::memchr(b',', &bytes[range.clone()]).map_or(range.end, |offset| range.start + offset)
}

/// The peer that Postfix's words name: `host H[IP] said`, `connect to H[IP]:25`, `lost connection with H[IP]`.
pub(super) fn named_peer(text: &str, range: Range<usize>) -> Option<Peer> {
    const BEFORE: [&str; 6] = ["host ", "connect to ", "connection with ", "conversation with ", "of server ", "H="];
    let named = |words: &&str| after(text, range.clone(), words).and_then(|at| peer(text, at..range.end));
    BEFORE.iter().filter_map(named).find(|peer| peer.ip.is_some())
}
