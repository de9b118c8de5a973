//! What stands before a log line's message, read from its bytes as fast as may be: time, host, program.

use super::clock::{Clock, Seconds};

/// A log line, its frame read.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub time: Option<Seconds>,
    pub host: &'a [u8],
    /// `postfix/smtp`, `exim`; empty where the line names none.
    pub program: &'a [u8],
    pub body: &'a [u8],
}

impl<'a> Line<'a> {
    pub fn read(bytes: &'a [u8], clock: &mut Clock) -> Line<'a> {
        let line = without_priority(bytes);
        let (line, time) = match clock.read(line) {
            Some((time, length)) => (&line[length..], Some(time)),
            None => timed_later(line, clock),
        };
        let rest = line.trim_ascii_start();
        let framed = if line.len() < bytes.len() && bytes[0] == b'<' { rfc5424(rest) } else { None };
        let (host, program, body) = framed.or_else(|| syslog(rest)).unwrap_or((b"", b"", rest));
        Line { time, host, program, body }
    }

    /// The daemon's name without its family: `smtp` of `postfix/smtp`.
    pub fn component(&self) -> &'a [u8] {
        let slash = memchr::memrchr(b'/', self.program);
        slash.map_or(self.program, |at| &self.program[at + 1..])
    }
}

/// Skips `<22>` and `<22>1 ` (RFC 5424 §6.2).
fn without_priority(line: &[u8]) -> &[u8] {
    if line.first() != Some(&b'<') {
        return line;
    }
    let Some(close) = memchr::memchr(b'>', &line[..line.len().min(6)]) else { return line };
    let rest = &line[close + 1..];
    rest.strip_prefix(b"1 ").unwrap_or(rest)
}

/// A container's name or the like may stand before the time: `postfix-1  | Nov  2 …`.
fn timed_later<'a>(line: &'a [u8], clock: &mut Clock) -> (&'a [u8], Option<Seconds>) {
    let head = &line[..line.len().min(64)];
    let Some(bar) = memchr::memmem::find(head, b" | ") else { return (line, None) };
    let rest = &line[bar + 3..];
    match clock.read(rest) {
        Some((time, length)) => (&rest[length..], Some(time)),
        None => (rest, None),
    }
}

type Framed<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// `host program[123]: message`, or without a host `program[123]: message`.
fn syslog(rest: &[u8]) -> Option<Framed<'_>> {
    let first = word(rest);
    if let Some(program) = program(first) {
        return Some((b"", program, rest[first.len()..].trim_ascii_start()));
    }
    let after = rest.get(first.len() + 1..)?;
    let second = word(after);
    let program = program(second)?;
    Some((first, program, after[second.len()..].trim_ascii_start()))
}

/// `host program 123 - - message`
fn rfc5424(rest: &[u8]) -> Option<Framed<'_>> {
    let mut words = rest.splitn(5, |byte| *byte == b' ');
    let (host, program, _process, _id, rest) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    let body = match rest.first()? {
        b'-' => &rest[1..],
        b'[' => memchr::memmem::find(rest, b"] ").map_or(rest, |at| &rest[at + 1..]),
        _ => return None,
    };
    let named = !program.is_empty() && program.iter().all(|byte| is_name(*byte));
    named.then(|| (host, program, body.trim_ascii_start()))
}

fn word(bytes: &[u8]) -> &[u8] {
    const LONGEST: usize = 128;
    let head = &bytes[..bytes.len().min(LONGEST)];
    &bytes[..memchr::memchr(b' ', head).unwrap_or(head.len())]
}

/// The name in `program[123]:` or `program:`; a key of two letters such as `H=` or a reply code is none.
fn program(word: &[u8]) -> Option<&[u8]> {
    let named = word.strip_suffix(b":")?;
    let name = match memchr::memchr(b'[', named) {
        Some(open) => {
            let inside = named[open + 1..].strip_suffix(b"]")?;
            (!inside.is_empty() && inside.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.'))
                .then_some(&named[..open])?
        }
        None => named,
    };
    let fits = name.iter().any(u8::is_ascii_lowercase) && name.iter().all(|byte| is_name(*byte));
    fits.then_some(name)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.')
}
