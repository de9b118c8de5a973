//! The log of Windows Server's SMTP service, W3C extended: blanks in a field are written as `+`.
//! <https://www.w3.org/TR/WD-logfile.html>.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};
use crate::reply::{Reply, ReplyCode};
use crate::span::Excerpt;

const REPORTER: &str = "exchange";

/// `c-ip cs-username SMTPSVC1 …` after the date and the time.
pub(super) fn is_iis(body: &str) -> bool {
    body.split(' ').nth(2).is_some_and(|service| service.starts_with("SMTPSVC"))
}

pub(super) fn read(record: &Record) -> Option<Incident> {
    let fields = fields(record);
    let outward = fields.get(1).is_some_and(|user| record.text()[user.clone()].starts_with("OutboundConnection"));
    let parsed = replied(record, &fields).or_else(|| refused(record, &fields))?;
    let mut incident = record.incident(Form::ExchangeLog, REPORTER, parsed)?;
    let address = fields.first().filter(|ip| scan::is_address(&record.text()[(*ip).clone()]));
    let slot = if outward { &mut incident.context.remote_ip } else { &mut incident.context.client_ip };
    *slot = address.and_then(|ip| record.slice(ip.clone()));
    Some(incident)
}

fn fields(record: &Record) -> Vec<Range<usize>> {
    let mut at = record.body.start;
    let words = record.body().split(' ').map(|word| {
        let start = at;
        at += word.len() + 1;
        start..start + word.len()
    });
    words.collect()
}

/// `550+5.7.1+Unable+to+relay`, what the other server said.
fn replied(record: &Record, fields: &[Range<usize>]) -> Option<Reply> {
    let text = record.text();
    let is_reply = |field: &&Range<usize>| {
        let bytes = &text.as_bytes()[(*field).clone()];
        ReplyCode::at_start(bytes).is_some_and(ReplyCode::is_failure) && matches!(bytes.get(3), Some(b'+' | b'-'))
    };
    let field = fields.iter().find(is_reply)?;
    let mut plain = Excerpt::default();
    let mut at = field.start;
    for word in text[field.clone()].split('+') {
        if at > field.start {
            plain.push_added(" ");
        }
        plain.push_part(record.input, at..at + word.len());
        at += word.len() + 1;
    }
    Some(reply::parse(&plain, 0..plain.len()))
}

/// `RCPT - +TO:<bob@example.com> 550 0 …`, which the service itself refused.
fn refused(record: &Record, fields: &[Range<usize>]) -> Option<Reply> {
    const COMMANDS: [&str; 9] = ["HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "AUTH", "STARTTLS", "VRFY"];
    let text = |field: &Range<usize>| &record.text()[field.clone()];
    let at = fields.iter().position(|field| COMMANDS.contains(&text(field)))?;
    let code = fields[at..].iter().find_map(|field| ReplyCode::parse(text(field)).filter(|code| code.is_failure()))?;
    let command = Some(text(&fields[at]).to_owned());
    Some(Reply { code: Some(code), command, ..Reply::default() })
}
