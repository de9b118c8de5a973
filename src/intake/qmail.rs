//! qmail-send's log: `delivery 7: deferral: …`, blanks written as `_` and line breaks as `/`;
//! <https://cr.yp.to/qmail/faq/incominghost.html>, `qmail-log(5)`.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};
use crate::span::Excerpt;

const REPORTER: &str = "qmail";

/// Whether qmail-send tells of its progress.
pub(super) fn is_progress(body: &str) -> bool {
    const STARTS: [&str; 6] =
        ["starting delivery ", "new msg ", "info msg ", "end msg ", "status: local ", "bounce msg "];
    STARTS.iter().any(|start| body.starts_with(start)) || body.starts_with("delivery ") && body.contains(": success: ")
}

/// Where the report of a delivery starts in a line, which may be all that was pasted of it.
pub(super) fn report(text: &str, line: Range<usize>) -> Option<usize> {
    let logged = ["deferral: ", "failure: "].iter().find_map(|verdict| {
        let at = scan::find(text, line.clone(), verdict)?;
        scan::find(text, line.start..at, "delivery ").map(|_| at + verdict.len())
    });
    logged.or_else(|| {
        let at = ["_does_not_like_recipient./", "./Remote_host_said:_4", "./Remote_host_said:_5"]
            .iter()
            .find_map(|words| scan::find(text, line.clone(), words))?;
        Some(text[line.start..at].rfind(char::is_whitespace).map_or(line.start, |blank| line.start + blank + 1))
    })
}

pub(super) fn read(record: &Record) -> Vec<Incident> {
    let text = record.text();
    let Some(start) = report(text, record.body.clone()) else { return Vec::new() };
    let plain = unescaped(record.input, start..record.body.end);
    incident(record, &plain).into_iter().collect()
}

fn incident(record: &Record, report: &Excerpt) -> Option<Incident> {
    let text = report.as_str();
    let end = scan::find(text, 0..text.len(), "\nGiving up on ").unwrap_or(text.len());
    let spoken = scan::after(text, 0..end, "said: ").unwrap_or(0)..end;
    let mut incident = record.incident(Form::QmailLog, REPORTER, reply::parse(report, spoken))?;
    let start = scan::after(text, 0..text.len(), "Connected to ").map_or(0, |at| at);
    let word = scan::token(text, start..text.len());
    if scan::is_address(&text[word.clone()]) {
        incident.context.remote_ip = Some(report.slice(word));
    }
    started(record, &mut incident);
    Some(incident)
}

/// `starting delivery 17: msg 4711 to remote bob@example.com`, which comes shortly before.
fn started(record: &Record, incident: &mut Incident) {
    const NEAR: usize = 4096;
    let text = record.text();
    let number = scan::after(text, record.body.clone(), "delivery ").map(|at| &text[at..]);
    let Some((number, _)) = number.and_then(|rest| rest.split_once(':')) else { return };
    let before = scan::boundary_before(text, record.whole.start.saturating_sub(NEAR))..record.whole.start;
    let start = format!("starting delivery {number}: msg ");
    let Some(at) = scan::rfind(text, before.clone(), &start).map(|at| at + start.len()) else { return };
    let line = at..scan::line(text, at).end;
    incident.context.queue_id = record.slice(scan::token(text, line.clone()));
    let recipient = [" to remote ", " to local "].iter().find_map(|words| scan::after(text, line.clone(), words));
    incident.context.recipient = recipient.and_then(|at| record.slice(at..line.end));
}

/// `_` back to a blank and `/` back to a line break, which stands here as a blank too.
fn unescaped(input: &Excerpt, range: Range<usize>) -> Excerpt {
    let text = input.as_str();
    let mut plain = Excerpt::default();
    let mut from = range.start;
    for at in memchr::memchr2_iter(b'_', b'/', &text.as_bytes()[range.clone()]).map(|offset| range.start + offset) {
        let ends_line =
            text.as_bytes()[at] == b'/' && (at + 1 == range.end || text.as_bytes()[at + 1].is_ascii_uppercase());
        if text.as_bytes()[at] == b'_' || ends_line {
            plain.push_part(input, from..at);
            if let Some(span) = input.source_span(at..at + 1) {
                plain.push_decoded(if ends_line { "\n" } else { " " }, span);
            }
            from = at + 1;
        }
    }
    plain.push_part(input, from..range.end);
    plain
}
