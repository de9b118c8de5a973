//! Listings that give no reasons: `qmail-qread(8)`, qmHandle's, Courier's `mailq`, `haraka --qlist`, `qshape(1)`.

use std::ops::Range;

use super::{Entry, Incident, scan, words};
use crate::span::Excerpt;

/// The message that starts with this line, and where it ends.
pub(super) fn listing(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let read = [qmail, qmhandle, courier, haraka, qshape];
    let (entry, end) = read.iter().find_map(|read| read(input, line.clone()))?;
    let next = scan::next_line(input.as_str(), end);
    Some((entry.incident().into_iter().collect(), next))
}

/// `27 Nov 2026 20:00:00 GMT  #4711  1234  <sender>`, then `remote` or `local` and an address, those that are `done` first.
fn qmail(input: &Excerpt, line: Range<usize>) -> Option<(Entry<'_>, usize)> {
    let text = input.as_str();
    let head = words(text, line.clone());
    let [day, _, _, _, zone, id, _, sender] = head.as_slice() else { return None };
    if &text[zone.clone()] != "GMT" || !text[id.clone()].starts_with('#') {
        return None;
    }
    let mut end = line.end;
    let mut waiting = None;
    for below in scan::lines(text, scan::next_line(text, end)..text.len()) {
        let fields = words(text, below.clone());
        let [.., way, address] = fields.as_slice() else { break };
        if !matches!(&text[way.clone()], "remote" | "local") {
            break;
        }
        let done = fields.len() > 2;
        waiting = waiting.or((!done).then(|| address.clone()));
        end = below.end;
    }
    let entry = Entry {
        queue_id: Some(id.start + 1..id.end),
        sender: Some(sender.clone()),
        time: Some(day.start..zone.end),
        recipient: waiting,
        ..Entry::new(input, "qmail", line.start..end)
    };
    Some((entry, end))
}

/// qmHandle's `29102 (10, R)`, then the message's header fields.
fn qmhandle(input: &Excerpt, line: Range<usize>) -> Option<(Entry<'_>, usize)> {
    let text = input.as_str();
    let head = words(text, line.clone());
    let [id, _, way] = head.as_slice() else { return None };
    if !matches!(&text[way.clone()], "L)" | "R)") {
        return None;
    }
    let fields = scan::lines(text, scan::next_line(text, line.end)..text.len())
        .take_while(|below| text[below.clone()].starts_with(' ') && text[below.clone()].contains(": "));
    let mut entry = Entry { queue_id: Some(id.clone()), ..Entry::new(input, "qmail", line) };
    for field in fields {
        entry.whole.end = field.end;
        let value = |key| scan::after(text, field.clone(), key).map(|at| at..field.end);
        entry.sender = entry.sender.or_else(|| value("  Return-path: "));
        entry.recipient = entry.recipient.or_else(|| value("  To: "));
        entry.time = entry.time.or_else(|| value("  Date: "));
    }
    let end = entry.whole.end;
    (end > entry.whole.start + id.len() && entry.sender.is_some()).then_some((entry, end))
}

/// A table of messages by domain and minutes of waiting, below `T  5 10 20 …`.
fn qshape(input: &Excerpt, line: Range<usize>) -> Option<(Entry<'_>, usize)> {
    let text = input.as_str();
    let columns = words(text, line.clone());
    let (first, last) = (columns.first()?, columns.last()?);
    if &text[first.clone()] != "T" || !text[last.clone()].ends_with('+') {
        return None;
    }
    let rows = scan::lines(text, scan::next_line(text, line.end)..text.len());
    let end = rows.take_while(|row| words(text, row.clone()).len() == columns.len() + 1).last()?.end;
    Some((Entry::new(input, "postfix", line.start..end), end))
}

/// `SIZE  QUEUEID  Mon dd hh:mm`, then the user with the sender, then recipients.
fn courier(input: &Excerpt, line: Range<usize>) -> Option<(Entry<'_>, usize)> {
    const GROUPS: [usize; 3] = [16, 16, 8];
    let text = input.as_str();
    let head = words(text, line.clone());
    let [size, id, month, _, clock] = head.as_slice() else { return None };
    let groups = text[id.clone()].split('.').map(|group| group.bytes().filter(u8::is_ascii_hexdigit).count());
    if !text[size.clone()].starts_with(|letter: char| letter.is_ascii_digit()) || !groups.eq(GROUPS) {
        return None;
    }
    let from = scan::line(text, scan::next_line(text, line.end));
    let to = scan::line(text, scan::next_line(text, from.end));
    let entry = Entry {
        queue_id: Some(id.clone()),
        sender: words(text, from.clone()).get(1).cloned(),
        time: Some(month.start..clock.end),
        recipient: words(text, to.clone()).last().cloned(),
        ..Entry::new(input, "courier", line.start..to.end)
    };
    Some((entry, to.end))
}

/// `Q: FILE rcpt:example.com from:<sender> size:1142`.
fn haraka(input: &Excerpt, line: Range<usize>) -> Option<(Entry<'_>, usize)> {
    let text = input.as_str();
    let head = words(text, line.clone());
    let [mark, file, rest @ ..] = head.as_slice() else { return None };
    let field = |key: &str| {
        rest.iter().find_map(|word| text[word.clone()].strip_prefix(key).map(|value| word.end - value.len()..word.end))
    };
    field("rcpt:").filter(|_| &text[mark.clone()] == "Q:")?;
    let entry =
        Entry { queue_id: Some(file.clone()), sender: field("from:"), ..Entry::new(input, "haraka", line.clone()) };
    Some((entry, line.end))
}
