//! Exchange's SMTP protocol log and message tracking log, both CSV that begins with the date:
//! <https://learn.microsoft.com/exchange/mail-flow/connectors/protocol-logging>.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};
use crate::span::Excerpt;

const REPORTER: &str = "exchange";

pub(super) fn is_exchange(body: &str) -> bool {
    body.starts_with(',') && body.bytes().filter(|byte| *byte == b',').count() >= 7
}

pub(super) fn read(record: &Record) -> Vec<Incident> {
    let whole = record.whole.clone();
    let found = last_error(record.input, whole).map(|incident| framed(record, incident)).or_else(|| tracked(record));
    found.or_else(|| protocol(record)).into_iter().collect()
}

fn framed(record: &Record, mut incident: Incident) -> Incident {
    incident.context.time = record.time.clone().and_then(|range| record.slice(range));
    parties(record, &mut incident);
    incident
}

/// `LastError    : 451 …` of a list that the Exchange Management Shell prints, or another property that quotes such an error:
/// with the lines that it goes on over, and where it ends.
pub(super) fn property(input: &Excerpt, line: Range<usize>) -> Option<(Incident, usize)> {
    let text = input.as_str();
    let name = text[line.clone()].bytes().take_while(u8::is_ascii_alphabetic).count();
    let value = scan::skip_blanks(text, line.start + name, line.end);
    let listed = name > 0 && text[value..line.end].starts_with(": ");
    if !listed {
        return last_error(input, line.clone()).map(|incident| (incident, line.end));
    }
    let (whole, end) = unwrapped(input, value + 2..line.end, value + 2 - line.start);
    if let Some(incident) = last_error(&whole, 0..whole.len()) {
        return Some((incident, end));
    }
    if &text[line.start..line.start + name] != "LastError" || whole.as_str().trim().is_empty() {
        return None;
    }
    let incident = Incident::new(input, line.start..end, Form::ExchangeLog, reply::parse(&whole, 0..whole.len()))?;
    Some((incident.reported_by(REPORTER), end))
}

/// A value with what follows it indented to its column.
fn unwrapped(input: &Excerpt, value: Range<usize>, column: usize) -> (Excerpt, usize) {
    let text = input.as_str();
    let mut whole = input.slice(value.clone());
    let mut end = value.end;
    for line in scan::lines(text, scan::next_line(text, end)..text.len()) {
        let words = scan::trim(text, line.clone());
        if words.is_empty() || words.start - line.start < column {
            break;
        }
        whole.push_added(" ");
        whole.push_line(input, words);
        end = line.end;
    }
    (whole, end)
}

/// `[{LRT=…};{LED=451 4.4.0 …};{MSG=…};{FQDN=…};{IP=…}]`: the last error detail, in a log or quoted from a queue.
pub(super) fn last_error(input: &Excerpt, line: Range<usize>) -> Option<Incident> {
    let text = input.as_str();
    let inside = |key| {
        let start = scan::after(text, line.clone(), key)?;
        let end = ["};{", "}]", "}"].iter().find_map(|close| scan::find(text, start..line.end, close));
        let range = scan::trim(text, start..end.unwrap_or(line.end));
        (!range.is_empty()).then_some(range)
    };
    let detail = inside("{LED=").or_else(|| inside("{MSG="))?;
    let mut incident =
        Incident::new(input, scan::trim(text, line.clone()), Form::ExchangeLog, reply::parse(input, detail))?;
    incident.reporter = Some(REPORTER);
    let excerpt = |range: Range<usize>| input.slice(range);
    incident.context.remote_host = inside("{FQDN=").map(excerpt);
    incident.context.remote_ip = inside("{IP=").filter(|ip| scan::is_address(&text[ip.clone()])).map(excerpt);
    Some(incident)
}

/// Columns of the message tracking log after its date:
/// <https://learn.microsoft.com/exchange/mail-flow/transport-logs/message-tracking>.
mod column {
    pub const SERVER_IP: usize = 2;
    pub const SERVER_HOSTNAME: usize = 3;
    pub const EVENT_ID: usize = 7;
    pub const INTERNAL_MESSAGE_ID: usize = 8;
    pub const RECIPIENT_ADDRESS: usize = 11;
    pub const RECIPIENT_STATUS: usize = 12;
    pub const SENDER_ADDRESS: usize = 18;
}

fn columns(record: &Record) -> Vec<Range<usize>> {
    let mut columns = Vec::with_capacity(column::SENDER_ADDRESS + 1);
    let mut at = record.body.start + 1;
    while columns.len() <= column::SENDER_ADDRESS && at <= record.body.end {
        let field = scan::token_csv(record.text(), at..record.body.end);
        let quoted = usize::from(field.start > at);
        at = field.end + quoted + 1;
        columns.push(field);
    }
    columns
}

/// A recipient that failed, of the message tracking log.
fn tracked(record: &Record) -> Option<Incident> {
    let text = record.text();
    let columns = columns(record);
    let event = &text[columns.get(column::EVENT_ID)?.clone()];
    if !(event.ends_with("FAIL") || matches!(event, "DEFER" | "BADMAIL")) {
        return None;
    }
    let status = columns.get(column::RECIPIENT_STATUS)?.clone();
    let quotes = text[status.clone()].len() - text[status.clone()].trim_matches('\'').len();
    let status = status.start + quotes / 2..status.end - quotes / 2;
    let mut incident = record.incident(Form::ExchangeLog, REPORTER, reply::parse(record.input, status))?;
    parties(record, &mut incident);
    Some(incident)
}

/// Who sent what to whom, by the columns of the message tracking log.
fn parties(record: &Record, incident: &mut Incident) {
    let text = record.text();
    let columns = columns(record);
    let column = |index: usize, fits: fn(&str) -> bool| {
        let range = columns.get(index).cloned().filter(|range| fits(&text[range.clone()]))?;
        record.slice(range)
    };
    let is_mailbox = |value: &str| value.contains('@');
    let Some(recipient) = column(column::RECIPIENT_ADDRESS, is_mailbox) else { return };
    let context = &mut incident.context;
    context.recipient = Some(recipient);
    context.sender = column(column::SENDER_ADDRESS, is_mailbox);
    context.queue_id = column(column::INTERNAL_MESSAGE_ID, |id| !id.is_empty());
    let known = context.remote_host.is_some() || context.remote_ip.is_some();
    if !known {
        context.remote_ip = column(column::SERVER_IP, scan::is_address);
        context.remote_host = column(column::SERVER_HOSTNAME, |name| name.contains('.'));
    }
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
