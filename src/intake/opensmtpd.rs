//! OpenSMTPD's log: `smtp failed-command`, `mta delivery`, `mda delivery`, and the older `relay: TempFail for …`.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan, wrapped};

const REPORTER: &str = "opensmtpd";
/// An envelope's id begins with its message's.
pub(super) const MESSAGE_ID_LENGTH: usize = 8;

pub(super) fn read(record: &Record) -> Vec<Incident> {
    let body = record.body();
    if [" result=\"Ok\"", " result=Ok", " stat=\"250", "smtp message ", "smtp connected", "smtp disconnected"]
        .iter()
        .any(|ok| body.contains(ok))
    {
        return Vec::new();
    }
    let found = said(record).or_else(|| trouble(record));
    found.into_iter().collect()
}

fn said(record: &Record) -> Option<Incident> {
    let text = record.text();
    let body = record.body.clone();
    let inward = body.start..body.end;
    let spoken = quoted(text, inward.clone(), " stat=")
        .or_else(|| quoted(text, inward, " result=").filter(|range| !is_verdict(&text[range.clone()])))
        .or_else(|| mta_error(text, body.clone()))?;
    if text[spoken.clone()].is_empty() {
        return None;
    }
    let mut incident = record.incident(Form::OpensmtpdLog, REPORTER, reply::parse(record.input, spoken))?;
    context(record, &mut incident);
    Some(incident)
}

fn is_verdict(value: &str) -> bool {
    ["TempFail", "PermFail", "Ok", "Loop"].iter().any(|verdict| value.eq_ignore_ascii_case(verdict))
}

/// `mta error reason=BANNER rejected: 421 …`.
fn mta_error(text: &str, body: Range<usize>) -> Option<Range<usize>> {
    let start = scan::after(text, body.clone(), "mta error reason=")?;
    Some(scan::reply_start(text, start..body.end).unwrap_or(start)..body.end)
}

/// A field's value: to its closing quote; where it has no quotes to the next field, or to the end.
fn quoted(text: &str, range: Range<usize>, key: &str) -> Option<Range<usize>> {
    let start = scan::after(text, range.clone(), key)?;
    if text.as_bytes().get(start) != Some(&b'"') {
        let listed = key == " relay=";
        let end = scan::find(text, start..range.end, ", ").filter(|_| listed).unwrap_or(range.end);
        return Some(start..end);
    }
    let end = scan::rfind(text, start + 1..range.end, "\"").unwrap_or(range.end);
    let next_field = scan::find(text, start + 1..end, "\" ").unwrap_or(end);
    Some(start + 1..next_field)
}

fn context(record: &Record, incident: &mut Incident) {
    let text = record.text();
    let value = |key| scan::value(text, record.body.clone(), key).and_then(|range| record.slice(range));
    incident.context.client_ip = value("address=").filter(|ip| scan::is_address(ip.as_str()));
    incident.context.sender = value("from=");
    incident.context.recipient = value("to=");
    let told = || {
        scan::after(text, record.body.clone(), "Fail for ")
            .map(|at| at..scan::find(text, at..record.body.end, ":").unwrap_or(at))
    };
    let envelope =
        scan::value(text, record.body.clone(), "evpid=").or_else(told).filter(|id| id.len() > MESSAGE_ID_LENGTH);
    incident.context.queue_id =
        envelope.and_then(|id| record.slice(id.start..scan::boundary_before(text, id.start + MESSAGE_ID_LENGTH)));
    if let Some(relay) = quoted(text, record.body.clone(), " relay=") {
        let first = scan::token(text, relay.clone());
        let inside = scan::after(text, relay.clone(), "(")
            .map(|at| at..relay.end - usize::from(text[relay.clone()].ends_with(')')));
        let address = scan::is_address(&text[first.clone()]);
        incident.context.remote_ip = address.then(|| record.slice(first.clone())).flatten();
        incident.context.remote_host = inside.or((!address).then_some(first)).and_then(|range| record.slice(range));
    }
    let command = quoted(text, record.body.clone(), " command=").map(|range| text[range].to_owned());
    if let (Some(command), Some(reply)) = (command, &mut incident.reply) {
        let (verb, argument) = command.split_once(':').unwrap_or((&command, ""));
        if argument.starts_with('<') {
            let inside = scan::after(text, record.body.clone(), argument.split('>').next().unwrap_or(argument));
            let address =
                inside.and_then(|end| record.slice(end - argument.find('>').unwrap_or(argument.len()) + 1..end));
            let slot = if verb == "RCPT TO" { &mut incident.context.recipient } else { &mut incident.context.sender };
            *slot = address;
        }
        reply.command = Some(verb.to_owned());
    }
}

fn trouble(record: &Record) -> Option<Incident> {
    const WORDS: [&str; 7] = ["warn: ", "fail", "rror", "imeout", "refused", "disabled", "No valid route"];
    let body = record.body();
    if !WORDS.iter().any(|word| body.contains(word)) {
        return None;
    }
    let mut found = wrapped::read_as(record.input, record.body.clone(), Form::OpensmtpdLog);
    let mut incident = (!found.is_empty()).then(|| found.swap_remove(0))?;
    incident.reporter = Some(REPORTER);
    incident.context.time = record.time.clone().and_then(|range| record.slice(range));
    Some(incident)
}
