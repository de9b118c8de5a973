//! What stands before a log's message: syslog (RFC 3164, RFC 5424), journald's JSON, ISO dates, container names.

use std::ops::Range;

use super::{Form, Incident, scan};
use crate::reply::Reply;
use crate::span::Excerpt;

/// One log record, its frame read.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    pub input: &'a Excerpt,
    /// The record with the lines that it goes on over.
    pub whole: Range<usize>,
    /// Its message.
    pub body: Range<usize>,
    pub time: Option<Range<usize>>,
    pub host: Option<Range<usize>>,
    /// The program that wrote it, as the frame spells it: `postfix/smtp`, `sm-mta`.
    pub program: &'a str,
}

impl<'a> Record<'a> {
    pub fn text(&self) -> &'a str {
        self.input.as_str()
    }

    pub fn body(&self) -> &'a str {
        &self.text()[self.body.clone()]
    }

    pub fn slice(&self, range: Range<usize>) -> Option<Excerpt> {
        let range = scan::trim(self.text(), range);
        (!range.is_empty()).then(|| self.input.slice(range))
    }

    /// An incident with what the frame tells filled in.
    pub fn incident(&self, form: Form, reporter: &'static str, reply: Reply) -> Option<Incident> {
        let mut incident = Incident::new(self.input, self.whole.clone(), form, reply)?.reported_by(reporter);
        incident.context.time = self.time.clone().and_then(|range| self.slice(range));
        incident.context.reporting_mta = self.host.clone().and_then(|range| self.slice(range));
        Some(incident)
    }
}

/// How far into a line a program's name and process id may stand.
const MAX_FRAME: usize = 256;
/// How much of a message is read, in bytes: rsyslog and Exim write no more than 8 KiB of one.
const MAX_BODY: usize = 16 << 10;

/// Reads the frame of the line; `None` where it has none.
pub(super) fn record(input: &Excerpt, line: Range<usize>) -> Option<Record<'_>> {
    let text = input.as_str();
    let start = without_container(text, unquoted(text, line.clone())..line.end);
    let found = with_process_id(text, start..line.end)
        .or_else(|| with_header(text, start..line.end))
        .or_else(|| native(text, start..line.end))?;
    let (before, program, body) = found;
    let (time, host) = time_and_host(text, before);
    let end = with_continuation(text, body..line.end);
    let whole = scan::trim(text, line.start..end);
    let end = scan::boundary_before(text, end.max(body).min(body + MAX_BODY));
    Some(Record { input, whole, body: body..end, time, host, program: &text[program] })
}

type Frame = (Range<usize>, Range<usize>, usize);

/// Skips `postfix-1  | ` before a container's line, and what Kubernetes' runtimes put there: `2026-…Z stdout F `.
fn without_container(text: &str, line: Range<usize>) -> usize {
    if let Some(length) = iso_time(&text.as_bytes()[line.clone()]) {
        let rest = &text[line.start + length..line.end];
        let stream =
            [" stdout F ", " stderr F ", " stdout P ", " stderr P "].iter().find(|mark| rest.starts_with(**mark));
        return line.start + stream.map_or(0, |mark| length + mark.len());
    }
    let head = &text[line.start..scan::boundary_before(text, line.end.min(line.start + 64))];
    let Some(bar) = head.find(" | ") else { return line.start };
    let name = head[..bar].trim_end();
    let named =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if named && name.bytes().any(|byte| byte.is_ascii_alphabetic()) { line.start + bar + 3 } else { line.start }
}

/// `… program[123]: message`.
fn with_process_id(text: &str, line: Range<usize>) -> Option<Frame> {
    let bytes = &text.as_bytes()[..line.end.min(line.start + MAX_FRAME)];
    let mut from = line.start;
    while let Some(offset) = memchr::memchr(b'[', &bytes[from..]) {
        let open = from + offset;
        from = open + 1;
        let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let close = from + digits;
        let name = program_before(bytes, line.start..open);
        let close =
            if digits == 0 || &bytes[name.clone()] == b"dma" { open + 1 + queue_item(&bytes[from..]) } else { close };
        if close == from || bytes.get(close..close + 2) != Some(b"]:") {
            continue;
        }
        if !name.is_empty() {
            return Some((line.start..name.start, name, scan::skip_blanks(text, close + 2, line.end)));
        }
    }
    None
}

/// dma has its queue id where others have their process id: `dma[62341f.7c8d]`.
fn queue_item(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_hexdigit() || **byte == b'.').count()
}

fn program_before(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let part = &bytes[range.clone()];
    let length = part
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'))
        .count();
    range.end - length..range.end
}

/// `Mon 12 03:04:05 host program: message`, and RFC 5424 `<22>1 2026-01-02T03:04:05Z host program 123 - - message`.
fn with_header(text: &str, line: Range<usize>) -> Option<Frame> {
    let (time, _) = time_at(text, line.clone())?;
    let bytes = text.as_bytes();
    let host = word(bytes, time.end..line.end);
    let program = word(bytes, host.end..line.end);
    if host.is_empty() || program.is_empty() {
        return None;
    }
    if bytes[line.start] == b'<' {
        let process = word(bytes, program.end..line.end);
        let message_id = word(bytes, process.end..line.end);
        let body = structured_data_end(text, message_id.end..line.end);
        return Some((line.start..program.start, program, body));
    }
    let name = program.start..program.end - 1;
    let named = bytes[program.end - 1] == b':'
        && bytes[name.clone()]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'));
    let letters = bytes[name.clone()].iter().any(u8::is_ascii_alphabetic);
    let level = bytes[name.clone()].iter().all(u8::is_ascii_uppercase) && &bytes[name.clone()] != b"CRON";
    (named && letters && !level).then(|| (line.start..name.start, name, scan::skip_blanks(text, program.end, line.end)))
}

/// RFC 5424 §6.3: `-`, or elements in brackets.
fn structured_data_end(text: &str, range: Range<usize>) -> usize {
    let bytes = text.as_bytes();
    let mut at = scan::skip_blanks(text, range.start, range.end);
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    while bytes.get(at) == Some(&b'[') && at < range.end {
        at = memchr::memchr(b']', &bytes[at..range.end]).map_or(range.end, |offset| at + offset + 1);
    }
    scan::skip_blanks(text, at.min(range.end), range.end)
}

/// Lines that name their program by their shape: Postfix and others pasted without a frame, Exim, Haraka, qmail.
fn native(text: &str, line: Range<usize>) -> Option<Frame> {
    let bytes = text.as_bytes();
    let body = &text[line.clone()];
    for verdict in ["NOQUEUE: reject", "NOQUEUE: milter-reject", "proxy-reject: "] {
        if body.starts_with(verdict) {
            return Some((line.start..line.start, line.start..line.start, line.start));
        }
    }
    if super::haraka::is_haraka(body) {
        return Some((line.start..line.start, line.start..line.start, line.start));
    }
    if super::postfix::is_delivery(body) {
        return Some((line.start..line.start, line.start..line.start, line.start));
    }
    let digit = bytes.get(line.start).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'@');
    let logged = digit || body.contains(" smtpstatus=") || body.contains(" exitcode=EX_");
    if logged
        && let Some((time, iso)) = time_at(text, line.clone())
        && (iso || !digit)
    {
        return Some((line.start..time.end, time.end..time.end, scan::skip_blanks(text, time.end, line.end)));
    }
    super::qmail::report(text, line.clone()).map(|_| (line.start..line.start, line.start..line.start, line.start))
}

fn word(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + bytes[range.clone()].iter().take_while(|byte| **byte == b' ').count();
    let length = bytes[start..range.end].iter().take_while(|byte| !matches!(byte, b' ' | b'\t')).count();
    start..start + length
}

/// The time and the host in what stands before a program's name.
fn time_and_host(text: &str, before: Range<usize>) -> (Option<Range<usize>>, Option<Range<usize>>) {
    let mut from = before.start;
    if let Some(first) =
        text[before.clone()].find(|letter: char| letter.is_alphanumeric() || matches!(letter, '<' | '@'))
    {
        from += first;
    }
    let Some((time, _)) = time_at(text, from..before.end) else { return (None, None) };
    let host = word(text.as_bytes(), time.end..before.end);
    let named = !host.is_empty()
        && text[host.clone()].bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    (Some(time), named.then_some(host))
}

/// The time at the start of `range`, after a priority if there is one, and whether it begins with the year.
pub(super) fn time_at(text: &str, mut range: Range<usize>) -> Option<(Range<usize>, bool)> {
    range.start += priority(&text.as_bytes()[range.clone()]);
    let bytes = &text.as_bytes()[range.clone()];
    if let Some(length) = iso_time(bytes).or_else(|| tai64n(bytes)) {
        return Some((range.start..range.start + length, true));
    }
    if bytes.first_chunk::<5>().is_some_and(|year| year[..4].iter().all(u8::is_ascii_digit) && year[4] == b' ') {
        return syslog_time(text, range.start + 5..range.end).map(|end| (range.start..end, false));
    }
    syslog_time(text, range.clone()).map(|end| (range.start..end, false))
}

/// How long a priority with its version is, as in `<22>1 `: RFC 5424 §6.2.1.
fn priority(bytes: &[u8]) -> usize {
    const MAX_DIGITS: usize = 3;
    let Some(rest) = bytes.strip_prefix(b"<") else { return 0 };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=MAX_DIGITS).contains(&digits) || rest.get(digits) != Some(&b'>') {
        return 0;
    }
    let close = 1 + digits;
    let version = bytes[close + 1..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b' ').count();
    close + 1 + version.min(2)
}

/// `@4000000069a65f2a0b1c2d3e`, as multilog writes it: <https://cr.yp.to/libtai/tai64.html>.
fn tai64n(bytes: &[u8]) -> Option<usize> {
    const DIGITS: usize = 24;
    let label = bytes.strip_prefix(b"@")?.get(..DIGITS)?;
    label.iter().all(u8::is_ascii_hexdigit).then_some(1 + DIGITS)
}

/// `2026-01-02T03:04:05.678+00:00`, `2026-01-02 03:04:05`.
fn iso_time(bytes: &[u8]) -> Option<usize> {
    const SHAPE: &[u8; 19] = b"0000-00-00T00:00:00";
    let head: &[u8; 19] = bytes.first_chunk()?;
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b' '),
        _ => byte == shape,
    };
    if !head.iter().zip(SHAPE).all(fits) {
        return None;
    }
    let rest = &bytes[19..];
    let fraction = match rest.first() {
        Some(b'.' | b',') => 1 + rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let rest = &rest[fraction..];
    let zone = match rest.first() {
        Some(b'Z') => 1,
        Some(b'+' | b'-') => 1 + rest[1..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b':').count(),
        Some(b' ') if matches!(rest.get(1..6), Some([b'+' | b'-', zone @ ..]) if zone.iter().all(u8::is_ascii_digit)) => {
            6
        }
        _ => 0,
    };
    Some(19 + fraction + zone)
}

/// `Jan  2 03:04:05`, with the month in any language, and `2026 Jan 2` as some daemons write.
fn syslog_time(text: &str, range: Range<usize>) -> Option<usize> {
    let part = &text[range.start..scan::boundary_before(text, range.end.min(range.start + 48))];
    let (month, rest) = part.split_once(' ')?;
    let letters = month.chars().count();
    if !(2..=5).contains(&letters) || !month.chars().all(|letter| letter.is_alphabetic() || letter == '.') {
        return None;
    }
    let day = rest.trim_start();
    let digits = day.bytes().take_while(u8::is_ascii_digit).count();
    let clock = day.get(digits..)?.strip_prefix(' ')?;
    let clock = clock.trim_start();
    let shape = clock.as_bytes().first_chunk::<8>()?;
    let fits = shape
        .iter()
        .enumerate()
        .all(|(index, byte)| if index == 2 || index == 5 { *byte == b':' } else { byte.is_ascii_digit() });
    if !(1..=2).contains(&digits) || !fits {
        return None;
    }
    let fraction = clock[8..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    Some(range.start + (part.len() - clock.len()) + 8 + fraction)
}

/// A record goes on over the lines that are indented, and over those that a terminal or a mail program has broken off: where
/// a bracket is still open or a comma ends the line.
fn with_continuation(text: &str, body: Range<usize>) -> usize {
    const MAX_LINES: usize = 24;
    let mut end = body.end;
    let mut open = depth(&text[body.start.min(end)..end]);
    for _ in 0..MAX_LINES {
        let next = scan::line_end(text, end) + 1;
        if next >= text.len() {
            return end;
        }
        let line = scan::line(text, next);
        let words = text[line.clone()].trim();
        let indented = matches!(text.as_bytes()[next], b' ' | b'\t');
        let broken = open > 0 || text[..end].trim_end().ends_with(',');
        if words.is_empty() || !(indented || broken) || is_framed(text, line.clone()) {
            return end;
        }
        end = line.end;
        open += depth(words);
    }
    end
}

fn depth(text: &str) -> i32 {
    text.bytes().map(|byte| i32::from(byte == b'(') - i32::from(byte == b')')).sum()
}

/// Where a quoted line's own words begin.
fn unquoted(text: &str, line: Range<usize>) -> usize {
    let words = &text[line.clone()];
    if words.starts_with('>') { line.end - words.trim_start_matches(['>', ' ']).len() } else { line.start }
}

pub(super) fn is_framed(text: &str, line: Range<usize>) -> bool {
    let start = scan::skip_blanks(text, without_container(text, line.clone()), line.end);
    time_at(text, start..line.end).is_some() || with_process_id(text, start..line.end).is_some()
}

/// The keys under which JSON log lines carry their message: journald's export, Docker's json-file, common shippers.
const MESSAGE_KEYS: [&str; 5] = ["\"MESSAGE\"", "\"log\"", "\"message\"", "\"msg\"", "\"Message\""];

/// The message in a line of JSON, decoded, with the syslog frame that journald keeps apart put back before it.
pub(super) fn json_message(input: &Excerpt, line: Range<usize>) -> Option<Excerpt> {
    let text = input.as_str();
    if text.as_bytes().get(line.start) != Some(&b'{') {
        return None;
    }
    let message = MESSAGE_KEYS.iter().find_map(|key| json_string(text, line.clone(), key))?;
    let mut excerpt = Excerpt::default();
    if let Some(program) = json_string(text, line.clone(), "\"SYSLOG_IDENTIFIER\"") {
        excerpt.push_part(input, program);
        excerpt.push_added("[0]: ");
    }
    push_unescaped(&mut excerpt, input, message);
    Some(excerpt)
}

/// The inside of the string that `key` has as its value.
pub(super) fn json_string(text: &str, range: Range<usize>, key: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let after_key = scan::after(text, range.clone(), key)?;
    let colon = scan::skip_blanks(text, after_key, range.end);
    let open = scan::skip_blanks(text, colon + 1, range.end);
    if bytes.get(colon) != Some(&b':') || bytes.get(open) != Some(&b'"') || open >= range.end {
        return None;
    }
    let mut at = open + 1;
    while at < range.end {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(open + 1..at),
            _ => at += 1,
        }
    }
    None
}

/// Appends the JSON string `range` (RFC 8259 §7), its escapes undone.
pub(super) fn push_unescaped(excerpt: &mut Excerpt, input: &Excerpt, range: Range<usize>) {
    let text = input.as_str();
    let bytes = text.as_bytes();
    let mut at = range.start;
    while let Some(offset) = memchr::memchr(b'\\', &bytes[at..range.end]) {
        let slash = at + offset;
        excerpt.push_part(input, at..slash);
        let (letter, length) = unescaped(&text[slash..range.end]);
        match (letter, input.source_span(slash..slash + length)) {
            (Some(letter), Some(span)) => excerpt.push_decoded(letter.encode_utf8(&mut [0; 4]), span),
            _ => excerpt.push_part(input, slash..slash + length),
        }
        at = slash + length;
    }
    excerpt.push_part(input, at..range.end);
}

/// What the escape at the start of `text` stands for, and its length.
fn unescaped(text: &str) -> (Option<char>, usize) {
    match text.as_bytes().get(1) {
        Some(b'n') => (Some('\n'), 2),
        Some(b't') => (Some('\t'), 2),
        Some(b'r') => (Some('\r'), 2),
        Some(b'b' | b'f') => (Some(' '), 2),
        Some(byte @ (b'"' | b'\\' | b'/')) => (Some(char::from(*byte)), 2),
        Some(b'u') => match text.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(number) => (Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)), 6),
            None => (None, 1),
        },
        _ => (None, 1),
    }
}
