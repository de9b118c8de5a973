//! A reply as text: its code, its enhanced status code and its lines, however a program has flattened, folded or quoted
//! them. RFC 5321 §4.2.1 for the lines, RFC 2034 §4 for the enhanced status code on each.

use std::ops::Range;

use super::foreign::{Evidence, Shape};
use super::{Form, Incident, MAX_WEIGHED, escapes, foreign, scan, wrapped};
use crate::reply::{EnhancedStatus, LONGEST_TEXT, Reply, ReplyCode};
use crate::span::Excerpt;

/// An input that is one line and begins with a reply code, which is what most people paste, or is a status and nothing else.
pub(super) fn bare(input: &Excerpt) -> Option<Incident> {
    let text = input.as_str();
    let range = scan::trim(text, 0..text.len());
    let bytes = &text.as_bytes()[range.clone()];
    if EnhancedStatus::at_start(bytes).is_some_and(|(status, length)| status.class != 2 && length == bytes.len()) {
        return Incident::new(input, range.clone(), Form::Reply, parse(input, range));
    }
    let code = ReplyCode::at_start(bytes).filter(|code| code.is_failure())?;
    if memchr::memchr(b'\n', bytes).is_some() || !matches!(bytes.get(3), None | Some(b' ' | b'-')) {
        return None;
    }
    let reply = parse(input, range.clone());
    let weighed = &text[scan::beginning(text, range.clone(), MAX_WEIGHED)];
    let shape = if reply.enhanced.is_some() { Shape::Status } else { Shape::Reply };
    if foreign::is_no_reply(code, &text[range.start + 3..range.end]) || !Evidence::of(weighed).bears_out(shape) {
        return None;
    }
    Incident::new(input, range, Form::Reply, reply)
}

/// What has no command yet, in the words that Exim has for it.
const GREETING: &str = "initial connection";

/// Makes the reply a greeting, where it names no command that it answers.
pub(super) fn greets(reply: &mut Reply) {
    reply.command.get_or_insert_with(|| GREETING.to_owned());
}

/// Reads the reply that fills `range`, from its code to the end of its text.
pub(super) fn parse(input: &Excerpt, range: Range<usize>) -> Reply {
    let text = input.as_str();
    let (range, command) = without_command(text, scan::trim(text, range));
    let (code, start, continued) = code_at(text, range.clone());
    Reply { command, ..parse_text(input, start..range.end, code, continued) }
}

/// Reads a reply's text, which stands in `range`, after its code; `continued` is what the code says about a next line.
pub(super) fn parse_text(input: &Excerpt, range: Range<usize>, code: Option<ReplyCode>, continued: bool) -> Reply {
    let text = input.as_str();
    let range = range.start..scan::boundary_before(text, range.end.min(range.start + LONGEST_TEXT)).max(range.start);
    let range = without_label(text, range, ", Enhanced code: ");
    let enhanced = separated_enhanced(text, range.clone(), code.is_some());
    let enhanced = enhanced.map(|(status, end)| (status, without_label(text, end..range.end, ", Message: ").start));
    let start = match enhanced {
        Some((_, end)) => range.end - text[end..range.end].trim_start().trim_start_matches([':', ' ']).len(),
        None if code.is_some() => range.end - text[range.clone()].trim_start_matches(is_gap).len(),
        None => range.start,
    };
    let mut reply = Reply { code, enhanced: enhanced.map(|(status, _)| status), ..Reply::default() };
    for line in lines(text, start..range.end, code, reply.enhanced, continued) {
        let after = separated_enhanced(text, line.clone(), false).filter(|_| continued && reply.enhanced.is_none());
        reply.enhanced = reply.enhanced.or(after.map(|(status, _)| status));
        push_line(&mut reply, input, after.map_or(line.start, |(_, end)| end)..line.end);
    }
    if reply.enhanced.is_none() {
        reply.enhanced = enhanced_within(reply.text.as_str());
    }
    if let Some((code, enhanced)) = innermost(reply.text.as_str()) {
        reply.code = Some(code);
        reply.enhanced = enhanced.or(reply.enhanced);
    }
    reply
}

/// Stalwart labels the parts of a reply: `Code: 451, Enhanced code: 4.7.1, Message: …`.
fn without_label(text: &str, range: Range<usize>, label: &str) -> Range<usize> {
    let labelled = text[range.clone()].starts_with(label);
    range.start + if labelled { label.len() } else { 0 }..range.end
}

/// What programs put between a code and its text.
fn is_gap(letter: char) -> bool {
    const MARKS: [char; 19] =
        [')', ']', ':', ',', ';', '|', '-', '–', '—', '.', '=', '，', '：', '）', '】', '」', '、', '。', '»'];
    letter.is_whitespace() || MARKS.contains(&letter)
}

/// Exchange puts its own code before the server's: `550 5.0.350 Remote server returned an error -> 501 …`.
fn innermost(text: &str) -> Option<(ReplyCode, Option<EnhancedStatus>)> {
    let start = scan::after(text, 0..text.len(), "returned an error -> ")?;
    let rest = &text.as_bytes()[start..];
    let code = ReplyCode::at_start(rest).filter(|code| code.is_failure())?;
    Some((code, rest.get(4..).and_then(EnhancedStatus::at_start).map(|(status, _)| status)))
}

/// Takes `(in reply to RCPT TO command)` and what closes around it off the end.
fn without_command(text: &str, range: Range<usize>) -> (Range<usize>, Option<String>) {
    let Some(mark) =
        std::iter::successors(in_reply(text, range.clone()), |mark| in_reply(text, mark.end..range.end)).last()
    else {
        return (range, None);
    };
    let end = scan::find(text, mark.end..range.end, ")").unwrap_or(range.end);
    let words: Vec<_> = text[mark.end..end].split_whitespace().filter(|word| *word != "command").collect();
    (scan::trim(text, range.start..mark.start), Some(words.join(" ")))
}

/// The first `(in reply to` in `range`, wherever a program has folded it.
pub(super) fn in_reply(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let mut from = range.start;
    while let Some(start) = scan::find(text, from..range.end, "(in") {
        from = start + 3;
        let mut at = from;
        let follows = ["reply", "to"].iter().all(|word| {
            let blank = text[at..range.end].len() - text[at..range.end].trim_start().len();
            at += blank;
            let here = blank > 0 && text[at..range.end].starts_with(word);
            at += if here { word.len() } else { 0 };
            here
        });
        if follows {
            return Some(start..at);
        }
    }
    None
}

/// The code at the start, where the text after it begins, and whether the code says that another line follows.
fn code_at(text: &str, range: Range<usize>) -> (Option<ReplyCode>, usize, bool) {
    let bytes = &text.as_bytes()[range.clone()];
    match ReplyCode::at_start(bytes) {
        Some(code) => (Some(code), range.start + 3, bytes.get(3) == Some(&b'-')),
        None => (None, range.start, false),
    }
}

/// The enhanced status code that follows a reply code, over whatever separates the two, and where the text goes on.
fn separated_enhanced(text: &str, range: Range<usize>, after_code: bool) -> Option<(EnhancedStatus, usize)> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    while at < range.end && is_separator(bytes[at], after_code) {
        at += 1;
    }
    let (status, length) = EnhancedStatus::at_start(&bytes[at..range.end])?;
    let opened = at > range.start && matches!(bytes[at - 1], b'(' | b'[' | b'"' | b'\'' | b'<');
    let mut end = at + length;
    if opened && end < range.end && matches!(bytes[end], b')' | b']' | b'"' | b'\'' | b'>') {
        end += 1;
        end += usize::from(bytes.get(end) == Some(&b','));
    }
    Some((status, end))
}

fn is_separator(byte: u8, after_code: bool) -> bool {
    matches!(byte, b' ' | b'\t' | b'#') || after_code && b"-.,\"'([:;<)]/\r\n".contains(&byte)
}

/// The lines of a reply's text. A reply that goes on after its first line (`452-`) has its code before each line, wherever
/// a program has put the line breaks since; so has one whose line breaks are still there.
fn lines(
    text: &str,
    range: Range<usize>,
    code: Option<ReplyCode>,
    enhanced: Option<EnhancedStatus>,
    continued: bool,
) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = range.start;
    if continued && let Some(code) = code {
        while let Some((end, next)) = next_line(text, start..range.end, code) {
            lines.push(start..end);
            start = without_repeated(text, next..range.end, enhanced);
        }
    } else if let Some(enhanced) = enhanced
        && (code.is_none() || memchr::memchr(b'\n', &text.as_bytes()[range.clone()]).is_some())
    {
        while let Some((end, next)) = next_enhanced(text, start..range.end, enhanced, code.is_some()) {
            lines.push(start..end);
            start = next;
        }
    }
    lines.push(start..range.end);
    lines
}

/// Where the line at the start of `range` ends, and where the text after the next line's code begins.
fn next_line(text: &str, range: Range<usize>, code: ReplyCode) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let digits = code.to_string();
    let mut from = range.start;
    while let Some(at) = scan::find(text, from..range.end, &digits) {
        from = at + 3;
        let separated = matches!(bytes.get(from), None | Some(b' ' | b'-' | b'\n' | b'\r')) || from == range.end;
        if !separated || at == range.start {
            continue;
        }
        if let Some(end) = line_break_before(text, range.start..at) {
            return Some((end, (from + 1).min(range.end)));
        }
    }
    None
}

/// The same for a text whose lines have lost their codes and kept their enhanced status codes, as Python's smtplib hands it
/// on. Without line breaks only a text that never had a code is taken apart.
fn next_enhanced(text: &str, range: Range<usize>, enhanced: EnhancedStatus, coded: bool) -> Option<(usize, usize)> {
    let repeated = format!("{enhanced} ");
    let mut from = range.start;
    while let Some(at) = scan::find(text, from..range.end, &repeated) {
        from = at + repeated.len();
        let before = &text[range.start..at];
        if before.ends_with('\n') || !coded && before.ends_with(' ') && !before.trim().is_empty() {
            return Some((at, from));
        }
    }
    None
}

/// Where the text ends before a line's code: white space, or a line break spelt `\n` or `\r\n`.
fn line_break_before(text: &str, range: Range<usize>) -> Option<usize> {
    let before = &text[range.clone()];
    if let Some(at) = before.rfind('\n').filter(|at| wrapped::is_decoration(&before[at + 1..])) {
        return Some(range.start + at);
    }
    for spelt in ["\\r\\n", "\\n", "\\\\n"] {
        if let Some(rest) = before.strip_suffix(spelt) {
            return Some(range.start + rest.trim_end_matches('\\').len());
        }
    }
    before.ends_with([' ', '\n', '\t', '\r', '>', '|']).then_some(range.end)
}

fn without_repeated(text: &str, range: Range<usize>, enhanced: Option<EnhancedStatus>) -> usize {
    let at = scan::skip_blanks(text, range.start, range.end);
    match EnhancedStatus::at_start(&text.as_bytes()[at..range.end]) {
        Some((status, length)) if enhanced == Some(status) => at + length,
        _ => range.start,
    }
}

fn push_line(reply: &mut Reply, input: &Excerpt, range: Range<usize>) {
    let text = input.as_str();
    let mut range = scan::trim(text, range);
    while matches!(text.as_bytes().get(range.end.wrapping_sub(1)), Some(b'>' | b'|'))
        && range.end > range.start
        && text[range.start..range.end - 1].ends_with('\n')
    {
        range = scan::trim(text, range.start..range.end - 1);
    }
    if range.is_empty() {
        return;
    }
    if !reply.text.is_empty() {
        reply.text.push_added(" ");
    }
    let start = reply.text.len();
    match escapes::undone(input, range.clone()) {
        Some(plain) => reply.text.push_line(&plain, 0..plain.len()),
        None => reply.text.push_line(input, range),
    }
    reply.lines.push(start..reply.text.len());
}

/// The enhanced status code inside a text, as `(#4.4.1)`, `#5.1.0` or among the words.
pub(super) fn enhanced_within(text: &str) -> Option<EnhancedStatus> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'.', bytes).filter(|&dot| dot > 0).find_map(|dot| {
        let start = dot - 1;
        let bounded = start == 0
            || bytes[start - 1] >= 0x80
            || matches!(bytes[start - 1], b' ' | b'#' | b'(' | b'[' | b'<' | b'"' | b'\'' | b',' | b'=' | b':' | b';');
        bounded.then(|| EnhancedStatus::at_start(&bytes[start..])).flatten().map(|(status, _)| status)
    })
}
