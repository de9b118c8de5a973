//! Postfix: `mailq`, `postqueue -p` and `-j`; `postqueue(1)`.

use std::ops::Range;

use super::{Entry, Incident, framing, in_brackets, scan, words};
use crate::span::Excerpt;

/// `QUEUEID*  SIZE Day Mon dd hh:mm:ss  sender`, then `(reason)` before the recipients it holds for.
pub(super) fn listing(input: &Excerpt, at: usize) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let mut found = Vec::new();
    let mut head: Option<(Range<usize>, Range<usize>, Range<usize>)> = None;
    let mut reason = None;
    let mut end = at.saturating_sub(1);
    for line in scan::lines(text, at..text.len()) {
        let words = text[line.clone()].trim();
        if words.is_empty() {
            reason = None;
        } else if words.starts_with("-- ") {
            end = line.end;
            break;
        } else if let Some(inside) = in_brackets(text, line.clone()) {
            reason = Some(inside);
        } else if text.as_bytes()[line.start].is_ascii_alphanumeric() {
            let Some(entry) = entry_head(text, line.clone()) else { break };
            head = Some(entry);
            reason = None;
        } else if let (Some((queue_id, time, sender)), Some(reason)) = (&head, &reason) {
            let whole = queue_id.start.min(reason.start)..line.end;
            let (queue_id, time, sender) = (queue_id.clone(), Some(time.clone()), Some(sender.clone()));
            let recipient = Some(scan::trim(text, line.clone()));
            found.extend(
                Entry {
                    queue_id: Some(queue_id),
                    sender,
                    time,
                    recipient,
                    ..Entry::new(input, "postfix", whole).because(reason.clone())
                }
                .incident(),
            );
        }
        end = line.end;
    }
    (found, (scan::line_end(text, end) + 1).min(text.len()))
}

fn entry_head(text: &str, line: Range<usize>) -> Option<(Range<usize>, Range<usize>, Range<usize>)> {
    let words = words(text, line);
    let id = words.first()?.clone();
    let id = id.start..id.end - usize::from(text[id.clone()].ends_with(['*', '!']));
    Some((id, words.get(2)?.start..words.get(5)?.end, words.get(6)?.clone()))
}

/// One message a line: `{"queue_name": …, "recipients": [{"address": …, "delay_reason": …}]}`.
pub(super) fn json(input: &Excerpt, line: Range<usize>) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let mut found = Vec::new();
    let next = (scan::line_end(text, line.end) + 1).min(text.len());
    let Some(queue_id) = framing::json_string(text, line.clone(), "\"queue_id\"") else { return (found, next) };
    let sender = framing::json_string(text, line.clone(), "\"sender\"");
    let mut at = scan::after(text, line.clone(), "\"recipients\"").unwrap_or(line.end);
    while let Some(open) = scan::find(text, at..line.end, "{") {
        let Some(recipient) = framing::json_string(text, open..line.end, "\"address\"") else { break };
        let close = scan::find(text, recipient.end..line.end, "\"address\"").unwrap_or(line.end);
        if let Some(reason) = framing::json_string(text, recipient.end..close, "\"delay_reason\"") {
            let (queue_id, sender, recipient) = (queue_id.clone(), sender.clone(), Some(recipient.clone()));
            let entry = Entry {
                queue_id: Some(queue_id),
                sender,
                recipient,
                ..Entry::new(input, "postfix", line.clone()).because(reason)
            };
            found.extend(entry.incident());
        }
        at = if close == line.end { close } else { scan::rfind(text, recipient.end..close, "{").unwrap_or(close) };
    }
    (found, next)
}
