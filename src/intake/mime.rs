//! As much of RFC 5322 and MIME (RFC 2045, RFC 2046) as a bounce needs: header fields, parts, transfer encodings, charsets.

use std::borrow::Cow;
use std::ops::Range;

use super::{html, plain, scan};
use crate::span::Excerpt;

/// A leaf of a message, decoded.
pub(super) struct Part {
    /// `text/plain`, in lower case.
    pub kind: String,
    pub content: Excerpt,
}

/// How deep parts may hold parts.
const MAX_DEPTH: u8 = 8;
/// How many parts are read; a bounce has three.
const MAX_PARTS: usize = 64;

/// Fields that a message's header has and a pasted delivery report has not.
const KNOWN: [&str; 14] = [
    "from:",
    "to:",
    "subject:",
    "date:",
    "received:",
    "content-type:",
    "return-path:",
    "message-id:",
    "mime-version:",
    "delivered-to:",
    "x-original-to:",
    "auto-submitted:",
    "envelope-to:",
    "x-failed-recipients:",
];

/// Whether the text begins with a message's header.
pub fn is_message(text: &str) -> bool {
    const ENOUGH: usize = 3;
    const MAX_LINES: usize = 200;
    let mut known = 0;
    for line in text.trim_start().lines().take(MAX_LINES) {
        if KNOWN.iter().any(|field| scan::starts_any_case(line, field)) {
            known += 1;
        }
        let folded = line.starts_with([' ', '\t']);
        if known >= ENOUGH {
            return true;
        }
        if !folded && !is_field(line) && !line.starts_with("From ") {
            return false;
        }
    }
    false
}

pub(super) fn is_field(line: &str) -> bool {
    let name = line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    name > 0 && line.as_bytes().get(name) == Some(&b':')
}

/// Where the header that starts at `at` ends: at its empty line.
pub(super) fn header(text: &str, range: Range<usize>) -> Range<usize> {
    let mut at = range.start;
    while at < range.end {
        let line = scan::line(text, at);
        if line.is_empty() {
            return range.start..at;
        }
        at = (scan::line_end(text, at) + 1).min(range.end);
    }
    range
}

/// The value of the first field of that name (lower case, with its colon), folded lines and all.
pub(super) fn field(text: &str, header: Range<usize>, name: &str) -> Option<Range<usize>> {
    let mut at = header.start;
    while at < header.end {
        let line = scan::line(text, at);
        let mut next = scan::line_end(text, at) + 1;
        if scan::starts_any_case(&text[line.clone()], name) {
            let mut end = line.end;
            while next < header.end && matches!(text.as_bytes()[next], b' ' | b'\t') {
                end = scan::line(text, next).end;
                next = scan::line_end(text, next) + 1;
            }
            return Some(scan::trim(text, line.start + name.len()..end.min(header.end)));
        }
        at = next;
    }
    None
}

/// The leaves of the message or part in `range`, returned messages left out; and where the first part begins that is not
/// read, because it is nested too deep or there are too many.
pub(super) fn parts(input: &Excerpt, range: Range<usize>) -> (Vec<Part>, Option<usize>) {
    let leaves = Leaves::of(input.as_str(), range);
    (leaves.found.into_iter().map(|leaf| leaf.decoded(input)).collect(), leaves.left_out)
}

#[derive(Default)]
struct Leaves {
    found: Vec<Leaf>,
    left_out: Option<usize>,
}

struct Leaf {
    kind: String,
    header: Range<usize>,
    body: Range<usize>,
}

impl Leaves {
    fn of(text: &str, range: Range<usize>) -> Self {
        let mut leaves = Leaves::default();
        leaves.collect(text, range, MAX_DEPTH);
        leaves
    }

    fn collect(&mut self, text: &str, range: Range<usize>, depth: u8) {
        let header = header(text, range.clone());
        let body = body_start(text, header.end, range.end)..range.end;
        let field = field(text, header.clone(), "content-type:");
        let mut kind = field.clone().map_or("text/plain".to_owned(), |field| media_type(&text[field]));
        if kind.starts_with("multipart/") {
            let boundary = field.and_then(|field| parameter(text, field, "boundary"));
            let parts = boundary.map(|boundary| split(text, body.clone(), &text[boundary])).unwrap_or_default();
            if !parts.is_empty() {
                parts.into_iter().for_each(|part| self.descend(text, part, depth));
                return;
            }
            // Its boundary was lost on the way, or never was: what there is, is read as it stands.
            kind = "text/plain".to_owned();
        }
        if !is_left_alone(&kind) {
            self.found.push(Leaf { kind, header, body });
        }
    }

    fn descend(&mut self, text: &str, part: Range<usize>, depth: u8) {
        if depth > 0 && self.found.len() < MAX_PARTS {
            self.collect(text, part, depth - 1);
        } else {
            self.left_out.get_or_insert(part.start);
        }
    }
}

impl Leaf {
    fn decoded(self, input: &Excerpt) -> Part {
        let content = decoded(input, self.header, self.body);
        let shown = if self.kind == "text/html" { html::text(&content, 0..content.len()) } else { content };
        Part { content: plain::letters(Cow::Owned(shown)).into_owned(), kind: self.kind }
    }
}

/// Returned messages, and what is no text.
fn is_left_alone(kind: &str) -> bool {
    ["message/rfc822", "text/rfc822-headers"].contains(&kind)
        || ["image/", "application/"].iter().any(|of| kind.starts_with(of))
}

fn body_start(text: &str, header_end: usize, end: usize) -> usize {
    if header_end < end { (scan::line_end(text, header_end) + 1).min(end) } else { end }
}

fn media_type(value: &str) -> String {
    value.split([';', ' ', '\n', '\r', '\t']).next().unwrap_or("").to_ascii_lowercase()
}

/// The value of a parameter such as `boundary`, RFC 2045 §5.1.
fn parameter(text: &str, value: Range<usize>, name: &str) -> Option<Range<usize>> {
    let at = scan::find_any_case(text, value.clone(), name)? + name.len();
    let at = scan::skip_blanks(text, at, value.end);
    let start = scan::skip_blanks(text, at + 1, value.end);
    (text.as_bytes().get(at) == Some(&b'=') && start < value.end).then(|| scan::token(text, start..value.end))
}

/// The parts between the boundary's lines, RFC 2046 §5.1.1.
fn split(text: &str, body: Range<usize>, boundary: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut open = None;
    let mut at = body.start;
    while at < body.end {
        let line = scan::line(text, at);
        let next = (scan::line_end(text, at) + 1).min(body.end);
        let words = &text[line.clone()];
        if let Some(rest) = words.strip_prefix("--").and_then(|rest| rest.strip_prefix(boundary)) {
            if let Some(start) = open.take() {
                parts.push(start..line.start.max(start));
            }
            if rest.starts_with("--") {
                return parts;
            }
            open = Some(next);
        }
        at = next;
    }
    parts.extend(open.map(|start| start..body.end.max(start)));
    parts
}

fn decoded(input: &Excerpt, header: Range<usize>, body: Range<usize>) -> Excerpt {
    let text = input.as_str();
    let kind = field(text, header.clone(), "content-type:");
    let charset = kind.and_then(|kind| parameter(text, kind, "charset")).map_or("utf-8", |range| &text[range]);
    let encoding = field(text, header, "content-transfer-encoding:").map(|range| text[range].to_ascii_lowercase());
    match encoding.as_deref() {
        Some("base64") => base64(input, body, charset),
        Some("quoted-printable") => quoted_printable(input, body, charset),
        _ => input.slice(body),
    }
}

/// Bytes that stand for others, each with the place that it was read from.
#[derive(Default)]
struct Octets {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Octets {
    fn push(&mut self, byte: u8, place: usize) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// The octets as text, each of its lines traced to the stretch of the source that it came from.
    fn into_text(self, input: &Excerpt, end: usize, charset: &str) -> Excerpt {
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        let mut excerpt = Excerpt::default();
        let mut start = 0;
        while start < self.bytes.len() {
            let stop =
                memchr::memchr(b'\n', &self.bytes[start..]).map_or(self.bytes.len(), |offset| start + offset + 1);
            let (line, _, _) = encoding.decode(&self.bytes[start..stop]);
            let after = self.places.get(stop).copied().unwrap_or(end);
            if let Some(span) = input.source_span(self.places[start]..after.max(self.places[start] + 1)) {
                excerpt.push_decoded(&line, span);
            }
            start = stop;
        }
        excerpt
    }
}

/// RFC 4648 §4, whatever else stands between the letters.
fn base64(input: &Excerpt, body: Range<usize>, charset: &str) -> Excerpt {
    let mut octets = Octets::default();
    let (mut bits, mut held) = (0u32, 0u32);
    let mut place = body.start;
    for (offset, byte) in input.as_str()[body.clone()].bytes().enumerate() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => continue,
        };
        if held == 0 {
            place = body.start + offset;
        }
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            octets.push((bits >> held) as u8, place);
            bits &= (1 << held) - 1;
            place = body.start + offset;
        }
    }
    octets.into_text(input, body.end, charset)
}

/// RFC 2045 §6.7.
fn quoted_printable(input: &Excerpt, body: Range<usize>, charset: &str) -> Excerpt {
    let text = input.as_str().as_bytes();
    let mut octets = Octets::default();
    let mut at = body.start;
    while at < body.end {
        let rest = &text[at..body.end];
        match rest {
            [b'=', b'\n', ..] => at += 2,
            [b'=', b'\r', b'\n', ..] => at += 3,
            [b'=', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
                octets.push(digit(*high) << 4 | digit(*low), at);
                at += 3;
            }
            _ => {
                octets.push(text[at], at);
                at += 1;
            }
        }
    }
    octets.into_text(input, body.end, charset)
}
