//! Undoes what a mail program, a forum or a terminal has folded: lines broken at a width, with what quotes or indents them.
//!
//! A break is a fold where the next line's first word would not have fitted into the longest line around it, or where a
//! record of a log breaks off.

use std::ops::Range;

use super::frames::is_trace;
use super::wrapped::{is_address_line, is_dialogue};
use super::{framing, postfix, scan};
use crate::reply::{EnhancedStatus, ReplyCode};
use crate::span::Excerpt;

/// The widths at which text is folded, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 36..=100;
/// No reply and no record of a log is as long, in bytes.
const LONGEST: usize = 16 * 1024;
/// So many folds of one paragraph leave no doubt that it is folded.
const MANY: usize = 3;

/// The text with its folded lines in one; `None` where no line is folded. `claimed` says where a form ends that starts with
/// a line and has lines of its own.
pub(super) fn undone(input: &Excerpt, claimed: impl Fn(Range<usize>) -> Option<usize>) -> Option<Excerpt> {
    let text = input.as_str();
    let mut folds: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let block = Block::at(text, at);
        at = block.end;
        block.folds(&claimed, &mut folds, &mut at);
    }
    (!folds.is_empty()).then(|| without(input, &folds))
}

/// `input` with a blank for each of `folds`.
fn without(input: &Excerpt, folds: &[Range<usize>]) -> Excerpt {
    let mut plain = Excerpt::default();
    let mut at = 0;
    for fold in folds {
        plain.push_part(input, at..fold.start);
        match input.source_span(fold.clone()) {
            Some(span) => plain.push_decoded(" ", span),
            None => plain.push_added(" "),
        }
        at = fold.end;
    }
    plain.push_part(input, at..input.len());
    plain
}

/// Lines without a blank one between them.
struct Block<'a> {
    text: &'a str,
    lines: Vec<Line>,
    end: usize,
    width: usize,
    is_folded: bool,
    /// It has a stack trace, whose lines are as long as they are.
    is_traced: bool,
}

struct Line {
    whole: Range<usize>,
    /// Without indentation and marks of quotation.
    words: Range<usize>,
    /// How often it is quoted.
    level: usize,
}

impl Line {
    fn new(text: &str, whole: Range<usize>) -> Self {
        let line = &text[whole.clone()];
        let marks = line.len() - line.trim_start_matches([' ', '\t', '>']).len();
        let level = line[..marks].matches('>').count();
        Line { words: scan::trim(text, whole.start + marks..whole.end), whole, level }
    }
}

impl<'a> Block<'a> {
    fn at(text: &'a str, start: usize) -> Self {
        let mut block = Block { text, lines: Vec::new(), end: start, width: 0, is_folded: false, is_traced: false };
        while block.end < text.len() {
            let line = Line::new(text, scan::line(text, block.end));
            block.end = scan::next_line(text, block.end);
            if line.words.is_empty() {
                break;
            }
            block.lines.push(line);
        }
        let breakable = block.lines.iter().filter(|line| text[line.words.clone()].contains(' '));
        block.width = breakable.map(|line| block.length(line)).max().unwrap_or(0);
        block.is_traced = block.lines.iter().any(|line| text[line.words.clone()].starts_with("Traceback"));
        block.is_folded = block.lines.windows(2).filter(|pair| block.is_full(&pair[0], &pair[1])).count() >= MANY;
        block
    }

    fn words(&self, line: &Line) -> &'a str {
        &self.text[line.words.clone()]
    }

    fn length(&self, line: &Line) -> usize {
        self.text[line.whole.start..line.words.end].chars().count()
    }

    /// Whether the line had no room for the first word of the next.
    fn is_full(&self, line: &Line, next: &Line) -> bool {
        let first = self.words(next).split_whitespace().next().unwrap_or("");
        self.length(line) + 1 + first.chars().count() > self.width
    }

    /// Adds the folds, and sets `at` to where to go on if that is not the end.
    fn folds(&self, claimed: impl Fn(Range<usize>) -> Option<usize>, folds: &mut Vec<Range<usize>>, at: &mut usize) {
        if self.is_traced || self.lines.len() < 2 || !WIDTHS.contains(&self.width) {
            return;
        }
        let mut so_far = Statement::new(self, 0);
        for index in 1..=self.lines.len() {
            if index - 1 == so_far.first
                && let Some(end) = claimed(self.lines[so_far.first].whole.clone())
            {
                *at = end.max(scan::next_line(self.text, self.lines[so_far.first].whole.end));
                return;
            }
            let Some(next) = self.lines.get(index) else { return };
            let last = &self.lines[index - 1];
            if so_far.goes_on(last, next) {
                folds.push(last.words.end..next.words.start);
            } else {
                so_far = Statement::new(self, index);
            }
        }
    }
}

/// A line and those that belong to it.
struct Statement<'a> {
    block: &'a Block<'a>,
    first: usize,
    is_record: bool,
}

impl<'a> Statement<'a> {
    fn new(block: &'a Block<'a>, first: usize) -> Self {
        let line = block.lines[first].words.clone();
        let is_record = framing::is_framed(block.text, line.clone()) || postfix::is_delivery(&block.text[line]);
        Statement { block, first, is_record }
    }

    fn goes_on(&self, last: &Line, next: &Line) -> bool {
        let block = self.block;
        let (before, words) = (block.words(last), block.words(next));
        let breaks_off = self.is_record && (is_open(before) || before.ends_with(';'));
        let apart = is_apart(block.text, next) || !self.is_record && is_address_line(words);
        if last.level != next.level || apart || !(breaks_off || block.is_full(last, next)) {
            return false;
        }
        let so_far = &block.text[block.lines[self.first].words.start..last.words.end];
        if so_far.len() > LONGEST {
            return false;
        }
        if self.is_record {
            return !is_complete(so_far);
        }
        let goes_on = is_open(before) || block.is_folded || leads_on(before, words);
        let is_next = words.get(..3).is_some_and(|code| so_far.starts_with(code));
        is_enclosed(so_far) && !is_next || goes_on && !is_new_item(so_far, words)
    }
}

/// Whether a line is one that no other goes on in.
fn is_apart(text: &str, line: &Line) -> bool {
    const STARTS: [&str; 10] = ["* ", "• ", "```", "---", "===", "|", "{", "}", "</", "On "];
    let words = &text[line.words.clone()];
    let trace = is_trace(words) && !["in ", "at http"].iter().any(|start| words.starts_with(start));
    STARTS.iter().any(|start| words.starts_with(start))
        || framing::is_framed(text, line.words.clone())
        || is_dialogue(words)
        || is_dialogue(&text[line.whole.clone()])
        || trace
}

/// Whether a record says all that its form has: its brackets are closed, or the client's name stands last.
fn is_complete(record: &str) -> bool {
    let closed = record.ends_with(')') && record.matches('(').count() == record.matches(')').count();
    closed && ["status=", "(in reply to"].iter().any(|mark| record.contains(mark))
        || record.rsplit(' ').next().is_some_and(|last| last.starts_with("helo=<") && last.ends_with('>'))
}

/// Whether a bracket or a quotation is still open.
fn is_enclosed(words: &str) -> bool {
    let count = |mark| words.matches(mark).count();
    count('(') > count(')') || count('"') % 2 == 1
}

/// Whether a line of prose begins something of its own: a reply, a field, or another of the same kind.
fn is_new_item(begins: &str, words: &str) -> bool {
    let is_reply = |line: &str| scan::begins_reply(line.as_bytes(), 0, line.len());
    let first = words.split_whitespace().next().unwrap_or("");
    let field = first.ends_with(':')
        && (first.starts_with(char::is_uppercase) || first.contains('.') && !first.starts_with('<'))
        && !is_reply(begins);
    let again = begins.split_whitespace().next() == Some(first) && first.len() > 2;
    let coded = is_reply(words) && !(ends_with_code(begins) && ReplyCode::at_start(words.as_bytes()).is_none());
    let client =
        ["2", "3"].iter().any(|class| words.starts_with(class)) && ReplyCode::at_start(words.as_bytes()).is_some();
    field || again || coded || client
}

/// Whether a line ends in the middle: with a code, or with what announces more.
fn is_open(line: &str) -> bool {
    let status = EnhancedStatus::at_start(last_word(line).as_bytes());
    let ends_with_status = status.is_some_and(|(_, length)| length == last_word(line).len());
    ends_with_code(line) || ends_with_status || line.ends_with([':', ',', '(', '-'])
}

fn ends_with_code(line: &str) -> bool {
    let last = last_word(line);
    last.len() == 3 && ReplyCode::at_start(last.as_bytes()).is_some_and(ReplyCode::is_failure)
}

fn last_word(line: &str) -> &str {
    line.rsplit([' ', ';', '"', '\'', '(', ':']).next().unwrap_or("")
}

/// Whether a sentence that the line leaves unfinished goes on with `words`.
fn leads_on(line: &str, words: &str) -> bool {
    let ended = line.ends_with(['.', '!', '?', ';']);
    let closed = line.ends_with([')', '"', '\'', '>', '”', '»', ']', '}']);
    let first = words.chars().next().unwrap_or(' ');
    let acronym = words.chars().take_while(|letter| letter.is_ascii_uppercase()).count() >= MANY;
    let inside = matches!(first, '<' | '(' | '[') || first.is_ascii_digit() || acronym;
    words.starts_with("http") || !ended && (first.is_lowercase() || inside && !closed)
}
