//! How far a reply goes: to the end of its quotation, of its lines, or of what a mail program has folded.

use std::ops::Range;

use super::Prose;
use super::candidate::{Candidate, Place};
use super::quotation::{closes, closing, escaped_end, tuple, without_type};
use super::surroundings::is_address_line;
use super::transcript::{is_dialogue, undecorated};
use crate::intake::frames::is_trace;
use crate::intake::{reply, scan};
use crate::reply::{EnhancedStatus, ReplyCode};

/// How far a quotation or a bracket that opens before a reply may reach.
const MAX_QUOTATION: usize = 8192;

/// How far a reply may be repeated after its code alone: `code "550", with message "550 …"`.
const MAX_GLUE: usize = 28;

impl Prose<'_> {
    /// The extent of the reply, or of its repetition where the candidate is a code that announces it.
    pub(super) fn whole_extent(&self, candidate: &Candidate, end: usize) -> Range<usize> {
        let extent = self.extent(candidate, end);
        match self.restated(candidate, extent.clone(), end) {
            Some(start) => self.extent(&Candidate { start, ..*candidate }, end),
            None => extent,
        }
    }

    /// How far the reply goes that begins at the candidate.
    pub(super) fn extent(&self, candidate: &Candidate, end: usize) -> Range<usize> {
        let (text, start) = (self.text, candidate.start);
        let after = start + if candidate.code.is_some() { 3 } else { 0 };
        let before = without_type(&text[..start]).chars().next_back();
        let near = scan::boundary_before(text, end.min(after + MAX_QUOTATION));
        if let Some(range) = tuple(text, after..near) {
            return start..range.end;
        }
        if let Some(quote) = ["\\\"", "\\'"].iter().find(|quote| text[..start].ends_with(**quote))
            && let Some(close) = escaped_end(text, after..near, quote)
        {
            return start..close;
        }
        if let Some(quote) = before.filter(|letter| matches!(letter, '"' | '\''))
            && text[after..near].trim_start_matches(['-', ' ']).starts_with(quote)
            && let Some(close) = scan::find(text, after + 2..near, &format!("{quote}{quote}"))
        {
            return start..close + 1;
        }
        if let Some(close) = before.and_then(closing) {
            let immediate = text[after..end].starts_with(close) && candidate.code.is_some();
            if !immediate && let Some(close) = closes(text, after..near, close) {
                return start..close;
            }
        }
        if candidate.code.is_some() && text.as_bytes().get(after) == Some(&b'-') {
            return start..self.multi_line_end(start, end);
        }
        if before == Some('\t')
            && candidate.place != Place::LineStart
            && let Some(tab) = scan::find(text, after..self.line(after).end.min(near), "\t")
        {
            return start..tab;
        }
        start..self.until_command(start..near).unwrap_or_else(|| self.statement_end(start, end))
    }

    /// A bounce of Postfix folds the reply and says at its end what it answered: `said: 550 … (in reply to RCPT TO command)`.
    fn until_command(&self, range: Range<usize>) -> Option<usize> {
        let said = self.text[..range.start].trim_end().ends_with("said:");
        let at = reply::in_reply(self.text, range.clone()).filter(|_| said)?.start;
        let close = scan::find(self.text, at..range.end, ")")?;
        (scan::find(self.text, range.start..at, "said:").is_none()).then_some(close + 1)
    }

    /// Lines up to the one that has the code without a hyphen, whatever stands on the lines between.
    fn multi_line_end(&self, start: usize, end: usize) -> usize {
        let text = self.text;
        let code = &text[start..start + 3];
        let mut at = self.line_end(start) + 1;
        let mut last = self.line(start).end.min(end);
        let mut open = true;
        while at < end {
            let line = self.line(at);
            let words = undecorated(&text[line.clone()]);
            let coded = words.strip_prefix(code);
            match coded {
                Some(rest) if rest.starts_with('-') => open = true,
                Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => {
                    return self.statement_end(line.end - words.len(), end);
                }
                _ if !open || is_dialogue(words) || words.is_empty() => break,
                _ => {}
            }
            last = line.end.min(end);
            at = self.line_end(at) + 1;
        }
        last
    }

    /// The end of the line, or of the lines over which a mail program has folded it.
    pub(super) fn statement_end(&self, start: usize, end: usize) -> usize {
        const MAX_LINES: usize = 12;
        let text = self.text;
        let first = self.line_start(start);
        let indent = indent(&text[first..end]);
        let mut line = start..self.line(start).end.min(end);
        for _ in 0..MAX_LINES {
            let next = self.line_end(line.end) + 1;
            if next >= end {
                break;
            }
            let following = self.line(next);
            let words = &text[following.clone()];
            let bare = line.end <= start + 3 && begins_with_status(words, &text[start..line.end]);
            if !bare && !continues(&text[first..line.end], words, indent) && !self.repeats_status(start, words) {
                break;
            }
            line = first..following.end.min(end);
        }
        line.end
    }

    /// Whether a line has lost its code and kept the enhanced status code of the reply that starts at `start`.
    fn repeats_status(&self, start: usize, line: &str) -> bool {
        let bytes = self.text.as_bytes();
        let status = |at: usize| EnhancedStatus::at_start(&bytes[at.min(bytes.len())..]).map(|(status, _)| status);
        let coded = ReplyCode::at_start(&bytes[start..]).is_some();
        let repeated = EnhancedStatus::at_start(line.trim_start().as_bytes());
        coded && repeated.is_some_and(|(repeated, _)| status(start + 4) == Some(repeated))
    }

    /// Where the same code comes again with the text: `code "550", with message "550 5.7.1 …"`, `554 Server Response: 554 …`.
    fn restated(&self, candidate: &Candidate, extent: Range<usize>, end: usize) -> Option<usize> {
        candidate.code?;
        let (text, after) = (self.text, candidate.start + 3);
        if candidate.enhanced || text.as_bytes().get(after) == Some(&b'-') {
            return None;
        }
        if let Some(at) = self.quoted_message(after..extent.end, &text[candidate.start..after]) {
            return Some(at);
        }
        let near = scan::boundary_before(text, (after + MAX_GLUE).min(end).max(extent.start));
        let at = scan::find(text, after..near.max(after), &text[candidate.start..after])?;
        let introduced = text[..at].ends_with(['"', '\'', ' ', '“', '«', '(']);
        let follows = matches!(text.as_bytes().get(at + 3), Some(b' ' | b'-'));
        (introduced && follows).then_some(at)
    }

    /// Symfony and Swift Mailer quote the reply after the code that they got: `…, with message "550-5.7.26 …"`.
    fn quoted_message(&self, range: Range<usize>, code: &str) -> Option<usize> {
        let range = range.start.min(range.end)..range.end;
        let message = scan::after(self.text, range.clone(), "with message ")?;
        let quoted = &self.text[message..range.end];
        let start = range.end - quoted.trim_start_matches(['\\', '"', '\'']).len();
        self.text[start..range.end].starts_with(code).then_some(start)
    }
}

/// Whether a line begins with the enhanced status code of a reply whose code was all that the line before had room for.
fn begins_with_status(line: &str, code: &str) -> bool {
    let words = line.trim_start().as_bytes();
    EnhancedStatus::at_start(words).is_some() && words.first() == code.as_bytes().first()
}

fn indent(line: &str) -> usize {
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'|')).count()
}

/// By which the second line of a reply begins that has lost its code: the reason after RFC 5321's own text, or where to read on.
const RESUMES: [&str; 4] = ["Reject due to ", "Rejected due to ", "For explanation visit ", "For more information, "];

/// Whether `line` goes on with what `so_far` says.
fn continues(so_far: &str, line: &str, indent_before: usize) -> bool {
    const MIN_FOLDED: usize = 40;
    let words = line.trim_start_matches([' ', '\t', '>', '|']).trim_end();
    let Some(first) = words.chars().next() else { return false };
    if is_dialogue(words)
        || is_trace(words)
        || is_address_line(words)
        || scan::begins_reply(words.as_bytes(), 0, words.len())
    {
        return false;
    }
    let spoken = so_far.trim_end();
    let last_line = spoken.rsplit('\n').next().unwrap_or(spoken);
    let open = spoken.matches('(').count() > spoken.matches(')').count() && last_line.len() >= MIN_FOLDED;
    let begins_word = first.is_alphanumeric() || matches!(first, '(' | '<' | '[' | '"' | '\'' | '-' | '#' | '/');
    let indented = indent(line) > indent_before && begins_word;
    let ended = spoken.ends_with(['.', '!', '?', ')', '"', '\'', ';', '。', '>', '”', '»', ']', '}']);
    let folded = last_line.len() >= MIN_FOLDED
        && !ended
        && (first.is_lowercase() || words.starts_with("http"))
        && !has_label(words);
    let resumed = !has_label(words) && RESUMES.iter().any(|beginning| words.starts_with(beginning));
    let announced = spoken.ends_with(':') && last_line.contains(' ') && first.is_alphabetic() && !has_label(words);
    open || announced || resumed || indented && (!ended || last_line.len() >= MIN_FOLDED) || folded
}

/// `msmtp: could not send mail` starts something of its own.
fn has_label(words: &str) -> bool {
    words.split_whitespace().next().is_some_and(|word| word.ends_with(':'))
}
