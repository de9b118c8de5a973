//! Exchange's SMTP protocol log and message tracking log, both CSV that begins with the date:
//! <https://learn.microsoft.com/exchange/mail-flow/connectors/protocol-logging>.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};

const REPORTER: &str = "exchange";

pub(super) fn is_exchange(body: &str) -> bool {
    body.starts_with(',') && body.bytes().filter(|byte| *byte == b',').count() >= 7
}

pub(super) fn read(record: &Record) -> Vec<Incident> {
    let text = record.text();
    let detail = scan::after(text, record.body.clone(), "{LED=")
        .map(|start| start..scan::find(text, start..record.body.end, "}").unwrap_or(record.body.end));
    let found = match detail {
        Some(spoken) => tracked(record, spoken),
        None => protocol(record),
    };
    found.into_iter().collect()
}

/// `[{LRT=…};{LED=451 4.4.0 …};{FQDN=…};{IP=…}]`: the last error detail of a tracked event.
fn tracked(record: &Record, spoken: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let mut incident = record.incident(Form::ExchangeLog, REPORTER, reply::parse(record.input, spoken))?;
    let inside = |key| {
        let start = scan::after(text, record.body.clone(), key)?;
        record.slice(start..scan::find(text, start..record.body.end, "}").unwrap_or(record.body.end))
    };
    incident.context.remote_host = inside("{FQDN=");
    incident.context.remote_ip = inside("{IP=");
    Some(incident)
}

/// A line of the protocol log: date,connector,session,sequence,local,remote,event,data,context. `>` is what Exchange sent
/// (on a receive connector the reply), `<` what it was sent (on a send connector the reply).
fn protocol(record: &Record) -> Option<Incident> {
    let text = record.text();
    let event = [",<,", ",>,"].iter().filter_map(|mark| scan::find(text, record.body.clone(), mark)).min()?;
    let sent = text.as_bytes()[event + 1] == b'>';
    let data = scan::token_csv(text, event + 3..record.body.end);
    if !scan::begins_reply(text.as_bytes(), data.start, data.end) {
        return None;
    }
    let mut incident = record.incident(Form::ExchangeLog, REPORTER, reply::parse(record.input, data))?;
    let remote = text[record.body.start..event].rsplit(',').next().unwrap_or("");
    let start = event - remote.len();
    let address = start..start + remote.rfind(':').unwrap_or(remote.len());
    if scan::is_address(text[address.clone()].trim_matches(['[', ']'])) {
        let ip = record.slice(address);
        let slot = if sent { &mut incident.context.client_ip } else { &mut incident.context.remote_ip };
        *slot = ip;
    }
    Some(incident)
}
