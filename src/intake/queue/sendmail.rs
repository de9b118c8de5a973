//! Sendmail: `mailq`, `mailq -v`, and the control files of its queue; the Installation and Operation Guide, section 2.3.1
//! and appendix B.

use std::ops::Range;

use super::{Entry, Incident, in_brackets, scan, words};
use crate::span::Excerpt;

/// What the listing has room for, in bytes.
struct Room {
    reason: usize,
    recipient: usize,
}

/// As its own source has it: queue.c, `print_single_queue`.
const BRIEF: Room = Room { reason: 60, recipient: 38 };
const VERBOSE: Room = Room { reason: 100, recipient: 78 };

/// `(reason)`, after the body's type (RFC 6152) where the message has one: `8BITMIME   (reason)`.
pub(super) fn status(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let inside = scan::trim(text, line);
    let typed = ["8BITMIME ", "7BIT "].iter().find(|body| text[inside.clone()].starts_with(**body));
    in_brackets(text, inside.start + typed.map_or(0, |body| body.len())..inside.end)
}

/// `QUEUEID  SIZE Day Mon dd hh:mm sender`, `(reason)`, recipients; with `-v` a priority in the day's place, and each
/// further reason after the recipient it holds for.
pub(super) fn listing(input: &Excerpt, at: usize) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let header = scan::rfind(text, 0..at, "-----Q-ID-----").map_or("", |start| &text[start..at]);
    let room = if header.contains("-Priority-") { VERBOSE } else { BRIEF };
    let mut found = Vec::new();
    let mut message = Message::default();
    let mut end = at.saturating_sub(1);
    for line in scan::lines(text, at..text.len()) {
        let content = text[line.clone()].trim();
        if content.starts_with("Total requests") || content.is_empty() {
            end = line.end;
            break;
        } else if let Some(inside) = status(text, line.clone()) {
            let silent = text[inside.clone()].starts_with(WARNING);
            message.told(Some(inside).filter(|_| !silent));
        } else if text.as_bytes()[line.start].is_ascii_alphanumeric() {
            found.extend(std::mem::take(&mut message).incidents(input, &room));
            message.head = words(text, line.clone());
        } else {
            message.recipients.push((scan::trim(text, line.clone()), None));
        }
        end = line.end;
    }
    found.extend(message.incidents(input, &room));
    (found, scan::next_line(text, end))
}

/// What Sendmail writes in a reason's place once it has told the sender that the message waits: it says nothing of why.
const WARNING: &str = "Warning: could not send message for past ";

/// One message of the listing.
#[derive(Default)]
struct Message {
    head: Vec<Range<usize>>,
    reason: Option<Range<usize>>,
    /// Each with its own reason, where it has one.
    recipients: Vec<(Range<usize>, Option<Range<usize>>)>,
}

impl Message {
    fn told(&mut self, reason: Option<Range<usize>>) {
        match self.recipients.last_mut() {
            Some(recipient) => recipient.1 = reason,
            None => self.reason = reason,
        }
    }

    /// The message's own reason is its first recipient's.
    fn incidents(mut self, input: &Excerpt, room: &Room) -> Vec<Incident> {
        if let Some(first) = self.recipients.first_mut() {
            first.1 = first.1.take().or_else(|| self.reason.take());
        }
        let silent = self.recipients.iter().all(|(_, reason)| reason.is_none());
        let told = self.recipients.iter().filter(|(_, reason)| silent || reason.is_some());
        told.filter_map(|(address, reason)| self.entry(input, room, address, reason.clone())?.incident()).collect()
    }

    fn entry<'a>(
        &self,
        input: &'a Excerpt,
        room: &Room,
        address: &Range<usize>,
        reason: Option<Range<usize>>,
    ) -> Option<Entry<'a>> {
        let text = input.as_str();
        let (id, sender) = (self.head.first()?, self.head.last()?);
        let marked = text[id.clone()].ends_with(['*', '-', 'X']) && text[id.clone()].len() > 14;
        let month =
            if text[self.head.get(2)?.clone()].starts_with(|letter: char| letter.is_ascii_digit()) { 3 } else { 2 };
        Some(Entry {
            queue_id: Some(id.start..id.end - usize::from(marked)),
            sender: Some(sender.clone()),
            time: (self.head.len() > 6).then(|| self.head[month].start..self.head[5].end),
            // The end of a longer one is its domain's.
            recipient: (address.len() < room.recipient).then(|| address.clone()),
            room: Some(room.reason),
            reason: reason.clone().map(|reason| input.slice(reason)),
            ..Entry::new(input, "sendmail", id.start..reason.map_or(address.end, |reason| reason.end.max(address.end)))
        })
    }
}

/// A control file: `V8`, then a line for each fact by its first letter. `M` is why what follows it waits, `R` a recipient.
pub(super) fn control_file(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let is_number =
        |line: Range<usize>| line.len() > 1 && text[line.start + 1..line.end].bytes().all(|b| b.is_ascii_digit());
    let next = scan::line(text, scan::next_line(text, line.end));
    if !is_number(line.clone()) || !is_number(next.clone()) || !text[next].starts_with('T') {
        return None;
    }
    let mut found = Vec::new();
    let (mut reason, mut sender) = (None, None);
    let mut end = line.end;
    for fact in scan::lines(text, line.start..text.len()) {
        let value = fact.start + 1..fact.end;
        match text.as_bytes().get(fact.start) {
            None | Some(b'.' | b'\n' | b'\r') => break,
            Some(b'M') => reason = Some(value),
            Some(b'S') => sender = Some(value),
            Some(b'R') => {
                let entry = reason.take().filter(|reason| text[reason.clone()].contains(' ')).map(|reason| Entry {
                    sender: sender.clone(),
                    recipient: scan::after(text, value.clone(), ":").map(|start| start..value.end),
                    ..Entry::new(input, "sendmail", fact.clone()).because(input.slice(reason))
                });
                found.extend(entry.and_then(|entry| entry.incident()));
            }
            _ => {}
        }
        end = fact.end;
    }
    Some((found, scan::next_line(text, end)))
}
