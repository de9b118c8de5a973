//! Haraka's log: `[NOTICE] [uuid] [core] disconnect … lr="550 …"`, and its outbound lines.

use super::framing::Record;
use super::{Form, Incident, reply, scan, wrapped};

const REPORTER: &str = "haraka";
const LEVELS: [&str; 10] = [
    "[DATA] ",
    "[PROTOCOL] ",
    "[DEBUG] ",
    "[INFO] ",
    "[NOTICE] ",
    "[WARN] ",
    "[ERROR] ",
    "[CRIT] ",
    "[ALERT] ",
    "[EMERG] ",
];

/// `[LEVEL] [connection] [plugin] …`; without a date where another program adds it.
pub(super) fn is_haraka(body: &str) -> bool {
    let rest = LEVELS.iter().find_map(|level| body.strip_prefix(level));
    rest.is_some_and(|rest| rest.starts_with('[') && rest.contains("] ["))
}

pub(super) fn read(record: &Record) -> Vec<Incident> {
    if let Some(incident) = last_reply(record).or_else(|| upstream(record)).or_else(|| filter(record)) {
        return vec![incident];
    }
    let mut found = wrapped::read_as(record.input, record.body.clone(), Form::HarakaLog);
    if found.iter().any(|incident| incident.anchored) {
        found.retain(|incident| incident.anchored);
    }
    for incident in &mut found {
        incident.reporter = Some(REPORTER);
        incident.context.time = record.time.clone().and_then(|range| record.slice(range));
        let value = |key| scan::value(record.text(), record.body.clone(), key).and_then(|range| record.slice(range));
        incident.context.remote_host = value("host=");
        incident.context.remote_ip = value("ip=").filter(|ip| scan::is_address(ip.as_str()));
    }
    found
}

/// `lr="…"` on disconnection: the last reply that Haraka gave, where it was a failure.
fn last_reply(record: &Record) -> Option<Incident> {
    let text = record.text();
    let start = scan::after(text, record.body.clone(), " lr=\"")?;
    let end = scan::find(text, start..record.body.end, "\" ").unwrap_or(record.body.end);
    if !scan::begins_reply(text.as_bytes(), start, end) {
        return None;
    }
    let mut incident = record.incident(Form::HarakaLog, REPORTER, reply::parse(record.input, start..end))?;
    let ip = scan::value(text, record.body.clone(), "ip=").filter(|range| scan::is_address(&text[range.clone()]));
    incident.context.client_ip = ip.and_then(|range| record.slice(range));
    Some(incident)
}

/// `Upstream error: 452 …` and `Unrecognized response from upstream server: …`, what the other server said in a delivery.
fn upstream(record: &Record) -> Option<Incident> {
    let text = record.text();
    let said = scan::after(text, record.body.clone(), " Upstream error: ")
        .filter(|start| scan::begins_reply(text.as_bytes(), *start, record.body.end));
    let start = said.or_else(|| scan::find(text, record.body.clone(), "Unrecognized response from upstream"))?;
    record.incident(Form::HarakaLog, REPORTER, reply::parse(record.input, start..record.body.end))
}

/// `[ERROR] [connection] [clamd] …`: a scanner in trouble, to be judged by its words.
fn filter(record: &Record) -> Option<Incident> {
    const SCANNERS: [&str; 3] = ["[clamd] ", "[spamassassin] ", "[rspamd] "];
    let text = record.text();
    let troubled = ["[ERROR] ", "[CRIT] ", "[WARN] "].iter().any(|level| record.body().starts_with(level));
    let start = SCANNERS.iter().find_map(|name| scan::find(text, record.body.clone(), name)).filter(|_| troubled)?;
    let words = reply::parse(record.input, start..record.body.end);
    Some(record.incident(Form::HarakaLog, REPORTER, words)?.loose())
}
