//! Stalwart's log: `TIME LEVEL Message (event.id) key = value, …`: <https://stalw.art/docs/telemetry/events>.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};
use crate::reply::{EnhancedStatus, Reply, ReplyCode};

const REPORTER: &str = "stalwart";
const LEVELS: [&str; 5] = ["ERROR ", "WARN ", "INFO ", "DEBUG ", "TRACE "];
/// Events by which a delivery or a session fails, and parts of their names.
const FAILURES: [&str; 7] = ["fail", "reject", "error", "timeout", "limit", "denied", "unavailable"];

pub(super) fn is_stalwart(body: &str) -> bool {
    LEVELS.iter().any(|level| body.starts_with(level)) && event(body).is_some()
}

/// The event's id, as in `(delivery.rcpt-to-rejected)`.
fn event(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once(" (")?;
    let (id, _) = rest.split_once(')')?;
    let named =
        id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    (named && id.contains('.')).then_some(id)
}

pub(super) fn read(record: &Record) -> Vec<Incident> {
    let failed = event(record.body()).is_some_and(|id| FAILURES.iter().any(|word| id.contains(word)));
    let coded = field(record, "code").is_some();
    let found = (failed || coded).then(|| incident(record)).flatten();
    found.into_iter().collect()
}

fn incident(record: &Record) -> Option<Incident> {
    let text = record.text();
    let code = field(record, "code").and_then(|range| ReplyCode::parse(&text[range]));
    let spoken = field(record, "details").or_else(|| field(record, "reason")).unwrap_or_else(|| record.body.clone());
    let label = if text[spoken.clone()].starts_with("Code: ") { "Code: ".len() } else { 0 };
    let parsed = reply::parse(record.input, spoken.start + label..spoken.end);
    let status = field(record, "reason").and_then(|range| EnhancedStatus::parse(&text[range]));
    let parsed = Reply { code: parsed.code.or(code), enhanced: parsed.enhanced.or(status), ..parsed };
    let mut incident = record.incident(Form::Wrapped, REPORTER, parsed)?;
    incident.anchored = incident.reply.as_ref().is_some_and(|reply| reply.code.is_some());
    let value = |key| field(record, key).and_then(|range| record.slice(range));
    let context = &mut incident.context;
    context.queue_id = value("queueId");
    context.sender = value("from");
    context.recipient = value("to");
    context.remote_host = value("hostname");
    let address = value("remoteIp").filter(|ip| scan::is_address(ip.as_str()));
    let outward = event(record.body()).is_some_and(|id| id.starts_with("delivery."));
    *if outward { &mut context.remote_ip } else { &mut context.client_ip } = address;
    Some(incident)
}

/// The value of `key = value` or `key = "value"`.
fn field(record: &Record, key: &str) -> Option<Range<usize>> {
    let text = record.text();
    let mut from = record.body.start;
    while let Some(at) = scan::after(text, from..record.body.end, key) {
        from = at;
        let starts = text[..at - key.len()].ends_with([' ', '(', '{', ',']);
        if let Some(rest) = text[at..record.body.end].strip_prefix(" = ").filter(|_| starts) {
            let value = record.body.end - rest.len();
            return Some(scan::token(text, value..record.body.end)).filter(|range| !range.is_empty());
        }
    }
    None
}
