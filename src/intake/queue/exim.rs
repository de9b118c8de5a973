//! Exim: `exim -bp`, `exinext(8)`, `exim_dumpdb(8)`.

use std::ops::Range;

use super::{Entry, Incident, scan, words};
use crate::intake::exim;
use crate::span::Excerpt;

/// How much of a reason Exim keeps in its hints database, in bytes: `EXIM_DB_RLIMIT`.
const ROOM: usize = 150;

/// ` 3h  2.4K 1xVZn9-00000t-0t <sender>`, then the recipients. Exim's listing gives no reasons.
pub(super) fn listing(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let head = words(text, line.clone());
    let [age, size, id, sender, ..] = head.as_slice() else { return None };
    let aged = text[age.clone()].ends_with(['m', 'h', 'd'])
        && text[size.clone()].starts_with(|letter: char| letter.is_ascii_digit());
    let identified = exim::queue_id_length(&text.as_bytes()[id.clone()]) == Some(id.len());
    if !aged || !identified {
        return None;
    }
    let sender = scan::token(text, sender.clone());
    let mut end = line.end;
    let mut waiting = None;
    for line in scan::lines(text, scan::line_end(text, line.end) + 1..text.len()) {
        let words = text[line.clone()].trim();
        if words.is_empty()
            || !text.as_bytes()[line.start].is_ascii_whitespace()
            || !words.contains('@')
            || words.contains(" <")
        {
            break;
        }
        if !words.starts_with("D ") {
            waiting = waiting.or(Some(scan::trim(text, line.clone())));
        }
        end = line.end;
    }
    let whole = line.start..end;
    let entry = Entry {
        queue_id: Some(id.clone()),
        sender: Some(sender),
        recipient: waiting,
        ..Entry::new(input, "exim", whole)
    };
    Some((entry.incident().into_iter().collect(), scan::next_line(text, end)))
}

/// `Route: recipient[:<sender>] error N: reason`, `Transport: host [IP/…] error N: reason`, then three lines of times:
/// `exinext(8)`.
pub(super) fn exinext(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    const MAX_NAME: usize = 1024;
    let text = input.as_str();
    let name = scan::beginning(text, line.clone(), MAX_NAME);
    let error = scan::after(text, name.clone(), " error ")?;
    let reason = scan::after(text, error..line.end, ": ")?;
    let number = text[error..reason].trim_end_matches(": ").trim_start_matches('-');
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let route = text[line.clone()].starts_with("Route: ").then(|| line.start + "Route: ".len());
    let address = route.map(|start| start..scan::find(text, start..error, ":<").unwrap_or(error - " error ".len()));
    let mut end = line.end;
    for times in scan::lines(text, scan::line_end(text, line.end) + 1..text.len()) {
        const TIMES: [&str; 4] = ["first failed:", "last tried:", "next try at:", "past final cutoff time"];
        if !TIMES.iter().any(|label| text[times.clone()].trim_start().starts_with(label)) {
            break;
        }
        end = times.end;
    }
    let entry = Entry {
        recipient: address.filter(|range| text[range.clone()].contains('@')),
        room: Some(ROOM),
        ..Entry::new(input, "exim", line.start..end).because(input.slice(reason..line.end))
    };
    Some((entry.incident().into_iter().collect(), scan::next_line(text, end)))
}

/// `R:recipient[:<sender>] ERRNO MORE reason`, `T:host:IP[:…] ERRNO MORE reason`, then a line of times: `exim_dumpdb … retry`.
pub(super) fn dumped(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let words = words(text, line.clone());
    let is_number = |word: &Range<usize>| text[word.clone()].trim_start_matches('-').parse::<u32>().is_ok();
    let errno = words.windows(2).position(|pair| pair.iter().all(is_number)).filter(|place| *place > 0)?;
    let reason = words.get(errno + 2)?.start;
    let name = scan::trim(text, line.clone()).start + "R:".len();
    let address = name..scan::find(text, name..line.end, ":<").unwrap_or(words[0].end);
    let times = scan::line(text, scan::next_line(text, line.end));
    let timed = text[times.clone()].starts_with(|letter: char| letter.is_ascii_digit());
    let end = if timed { times.end } else { line.end };
    let entry = Entry {
        recipient: Some(address).filter(|range| text[range.clone()].contains('@')),
        room: Some(ROOM),
        ..Entry::new(input, "exim", line.start..end).because(input.slice(reason..line.end))
    };
    Some((entry.incident().into_iter().collect(), scan::next_line(text, end)))
}
