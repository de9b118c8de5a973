//! Postfix: `mailq`, `postqueue -p`; `postqueue(1)`.

use std::ops::Range;

use super::{Entry, Incident, in_brackets, scan, words};
use crate::span::Excerpt;

/// `QUEUEID*  SIZE Day Mon dd hh:mm:ss  sender`, then `(reason)` before the recipients it holds for.
pub(super) fn listing(input: &Excerpt, at: usize) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let mut found = Vec::new();
    let mut head: Option<Head> = None;
    let mut reason: Option<(usize, Excerpt)> = None;
    let mut end = at.saturating_sub(1);
    for line in scan::lines(text, at..text.len()) {
        let words = text[line.clone()].trim();
        if line.end <= end {
            continue;
        }
        end = line.end;
        if words.is_empty() {
            reason = None;
        } else if words.starts_with("-- ") {
            break;
        } else if words.starts_with('(') {
            let (told, last) = bracketed(input, line.clone());
            reason = Some((line.start, told));
            end = last;
        } else if let (Some(head), true) = (&head, is_recipient(text, line.clone())) {
            let start = reason.as_ref().map_or(head.queue_id.start, |(start, _)| head.queue_id.start.min(*start));
            let entry =
                Entry { reason: reason.as_ref().map(|(_, told)| told.clone()), ..head.entry(input, start..line.end) };
            let recipient = Some(scan::trim(text, line.clone()));
            found.extend(Entry { recipient, ..entry }.incident());
        } else if let Some(next) = Head::read(text, line.clone()) {
            head = Some(next);
            reason = None;
        } else {
            end = line.start.saturating_sub(1);
            break;
        }
    }
    if let (true, Some(head), Some((_, told))) = (found.is_empty(), &head, reason) {
        let entry = head.entry(input, head.queue_id.start..end.min(text.len()));
        found.extend(Entry { reason: Some(told), ..entry }.incident());
    }
    (found, scan::next_line(text, end))
}

/// A reason and where its last line ends: a terminal or a mail program may have broken it off before its bracket closes.
fn bracketed(input: &Excerpt, line: Range<usize>) -> (Excerpt, usize) {
    const MAX_LINES: usize = 24;
    let text = input.as_str();
    let mut whole = Excerpt::default();
    let closed = |line: &Range<usize>| text[line.clone()].trim_end().ends_with(')');
    let rest = scan::lines(text, line.start..text.len()).take(MAX_LINES);
    let broken: Vec<_> =
        rest.scan(false, |done, line| (!std::mem::replace(done, closed(&line))).then_some(line)).collect();
    let lines = if broken.last().is_some_and(closed) { broken } else { vec![line] };
    for (place, line) in lines.iter().enumerate() {
        if place > 0 {
            whole.push_added(" ");
        }
        whole.push_line(input, scan::trim(text, line.clone()));
    }
    let inside = in_brackets(whole.as_str(), 0..whole.len()).unwrap_or(0..whole.len());
    (whole.slice(inside), lines.last().map_or(0, |line| line.end))
}

/// Recipients stand below their reason, indented unless somebody has taken the blanks away.
fn is_recipient(text: &str, line: Range<usize>) -> bool {
    let indented = text[line.clone()].starts_with([' ', '\t']);
    let words = text[line].trim();
    indented || words.contains('@') && !words.contains(char::is_whitespace)
}

struct Head {
    queue_id: Range<usize>,
    time: Range<usize>,
    sender: Range<usize>,
}

impl Head {
    fn read(text: &str, line: Range<usize>) -> Option<Self> {
        let words = words(text, line);
        let id = words.first()?.clone();
        let queue_id = id.start..id.end - usize::from(text[id.clone()].ends_with(['*', '!']));
        Some(Head { queue_id, time: words.get(2)?.start..words.get(5)?.end, sender: words.get(6)?.clone() })
    }

    fn entry<'a>(&self, input: &'a Excerpt, whole: Range<usize>) -> Entry<'a> {
        Entry {
            queue_id: Some(self.queue_id.clone()),
            time: Some(self.time.clone()),
            sender: Some(self.sender.clone()),
            ..Entry::new(input, "postfix", whole)
        }
    }
}
