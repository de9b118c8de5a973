//! Sendmail's log (sendmail, sm-mta): the Installation and Operation Guide, section 2.1.1.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};
use crate::reply::EnhancedStatus;

const REPORTER: &str = "sendmail";

pub(super) fn read(record: &Record) -> Vec<Incident> {
    let found = refusal(record).or_else(|| delivery(record)).or_else(|| trouble(record));
    found
        .map(|mut incident| {
            incident.context.queue_id = queue_id(record).and_then(|range| record.slice(range));
            incident
        })
        .into_iter()
        .collect()
}

/// Fourteen letters and digits before the first colon.
fn queue_id(record: &Record) -> Option<Range<usize>> {
    let bytes = record.body().as_bytes();
    let length = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let shaped = (8..=16).contains(&length) && bytes[..length].iter().any(u8::is_ascii_digit);
    (shaped && bytes.get(length) == Some(&b':')).then(|| record.body.start..record.body.start + length)
}

/// `ruleset=check_rcpt, arg1=<…>, relay=host [192.0.2.1], reject=550 5.7.1 …`, and a milter's `Milter: …, reject=…`.
fn refusal(record: &Record) -> Option<Incident> {
    let text = record.text();
    let start = scan::after(text, record.body.clone(), "reject=")?;
    let mut incident =
        record.incident(Form::SendmailLog, REPORTER, reply::parse(record.input, start..record.body.end))?;
    let before = record.body.start..start;
    let argument = scan::value(text, before.clone(), "arg1=").and_then(|range| record.slice(range));
    let ruleset = scan::value(text, before.clone(), "ruleset=");
    let command = match ruleset.clone().map(|range| &text[range]) {
        Some("check_rcpt") => Some("RCPT TO"),
        Some("check_mail") => Some("MAIL FROM"),
        Some("check_relay") => Some("CONNECT"),
        None if text[before.clone()].contains("Milter: data") => Some("DATA"),
        _ => None,
    };
    if let Some(reply) = &mut incident.reply {
        reply.command = command.map(str::to_owned);
        // What TLS lacks for Sendmail's own rules it words as a reply, `454 4.7.0 authentication failed`: the ruleset's name tells
        // it from one that a server gave.
        if let Some(name) = ruleset.filter(|range| text[range.clone()].starts_with("tls_")) {
            reply.set_only_line(record.input.slice(name.start - "ruleset=".len()..record.body.end));
        }
    }
    match command {
        Some("RCPT TO") => incident.context.recipient = argument,
        Some("MAIL FROM") => incident.context.sender = argument,
        _ => {}
    }
    let value = |key| scan::value(text, before.clone(), key).and_then(|range| record.slice(range));
    incident.context.recipient = incident.context.recipient.take().or_else(|| value("to="));
    incident.context.sender = incident.context.sender.take().or_else(|| value("from="));
    let relay = scan::after(text, before.clone(), "relay=").and_then(|at| scan::peer(text, at..before.end));
    incident.context.client_ip = relay.and_then(|peer| peer.ip).and_then(|range| record.slice(range));
    Some(incident)
}

/// `to=…, relay=host. [192.0.2.1], dsn=4.7.1, reply=451 …, stat=Deferred: …`.
fn delivery(record: &Record) -> Option<Incident> {
    let text = record.text();
    let body = record.body.clone();
    let status = scan::after(text, body.clone(), ", stat=").or_else(|| scan::after(text, body.clone(), ",\n stat="))?;
    let fields = body.start..status;
    if text[status..body.end].starts_with("Sent") || text[status..body.end].starts_with("queued") {
        return None;
    }
    let quoted = scan::after(text, fields.clone(), " reply=").map(|start| {
        let end = scan::rfind(text, start..status, ", stat=").unwrap_or(status);
        start..end
    });
    let spoken = quoted.unwrap_or_else(|| deferred_reply(text, status..body.end));
    let mut incident = record.incident(Form::SendmailLog, REPORTER, reply::parse(record.input, spoken))?;
    let enhanced = scan::value(text, fields.clone(), "dsn=").and_then(|dsn| EnhancedStatus::parse(&text[dsn]));
    if let Some(reply) = &mut incident.reply {
        reply.enhanced = reply.enhanced.or(enhanced);
    }
    let value = |key| scan::value(text, fields.clone(), key).and_then(|range| record.slice(range));
    incident.context.recipient = value("to=");
    incident.context.sender = value("ctladdr=").filter(|address| address.as_str().contains('@'));
    if let Some(at) = scan::after(text, fields.clone(), "relay=")
        && let Some(peer) = scan::peer(text, at..fields.end)
    {
        incident.context.remote_host =
            peer.host.map(|host| without_root(text, host)).and_then(|range| record.slice(range));
        incident.context.remote_ip = peer.ip.and_then(|range| record.slice(range));
    }
    Some(incident)
}

fn without_root(text: &str, host: Range<usize>) -> Range<usize> {
    let dot = usize::from(text[host.clone()].ends_with('.'));
    host.start..host.end - dot
}

/// `Deferred: 451 4.7.1 …` holds the reply, `Deferred: Connection refused by …` Sendmail's own words.
fn deferred_reply(text: &str, range: Range<usize>) -> Range<usize> {
    let start = scan::reply_start(text, range.clone()).unwrap_or(range.start);
    start..range.end
}

/// What else Sendmail complains of, to be judged by its words.
fn trouble(record: &Record) -> Option<Incident> {
    const WORDS: [&str; 15] = [
        "SYSERR",
        "rror",
        "ailed",
        "imeout",
        "timed out",
        "rejecting connections",
        "lost input channel",
        "Milter",
        "milter_",
        "cannot",
        "deferred",
        "NOQUEUE",
        "refused",
        "not enough",
        "warning",
    ];
    let body = record.body();
    if !WORDS.iter().any(|word| body.contains(word)) || body.contains("did not issue MAIL") {
        return None;
    }
    let start = queue_id(record).map_or(record.body.start, |id| id.end + 1);
    let reply = reply::parse(record.input, start..record.body.end);
    Some(record.incident(Form::SendmailLog, REPORTER, reply)?.loose())
}
