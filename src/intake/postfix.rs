//! Postfix's log: <https://www.postfix.org/postconf.5.html>, `smtpd(8)`, `smtp(8)`, `postscreen(8)`, `cleanup(8)`, `local(8)`.

use std::ops::Range;

use super::framing::Record;
use super::scan::{self, Peer};
use super::{Form, Incident, reply};
use crate::reply::{EnhancedStatus, Reply};

const REPORTER: &str = "postfix";

/// Actions of smtpd, postscreen and cleanup that refuse something.
const VERDICTS: [&str; 6] =
    ["reject: ", "milter-reject: ", "proxy-reject: ", "reject_warning: ", "milter-hold: ", "discard: "];

pub(super) fn is_verdict(body: &str) -> bool {
    body.starts_with("NOQUEUE: ") || VERDICTS.iter().any(|verdict| body.starts_with(verdict))
}

/// Whether a line without a frame is the report of a delivery: `4XyZ: to=<…>, … status=…`, `4XyZ: host … said: …`.
pub(super) fn is_delivery(body: &str) -> bool {
    const STARTS: [&str; 8] = [
        "to=<",
        "host ",
        "reject: ",
        "milter-reject: ",
        "status=deferred (",
        "status=bounced (",
        "conversation with ",
        "lost connection with ",
    ];
    let length = body.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let identified = (6..=20).contains(&length) && body[..length].bytes().any(|byte| byte.is_ascii_digit());
    match body[length..].strip_prefix(": ") {
        Some(rest) if identified => STARTS.iter().any(|start| rest.starts_with(start)),
        _ => body.starts_with("status=deferred (") || body.starts_with("status=bounced ("),
    }
}

/// What a record tells; `component` is the daemon's name without `postfix/`.
pub(super) fn read(record: &Record, component: &str) -> Vec<Incident> {
    let queue_id = queue_id(record);
    let rest = queue_id.as_ref().map_or(record.body.start, |id| id.end + 2)..record.body.end;
    let found = delivery(record, rest.clone())
        .or_else(|| refusal(record, rest.clone()))
        .or_else(|| conversation(record, rest.clone()))
        .or_else(|| trouble(record, rest, component));
    let Some(mut incident) = found else { return Vec::new() };
    incident.context.queue_id = queue_id.and_then(|range| record.slice(range));
    vec![incident]
}

/// `ABCDEF0123: ` or a long queue id before the rest.
fn queue_id(record: &Record) -> Option<Range<usize>> {
    let bytes = record.body().as_bytes();
    let length = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let shaped = length >= 5 && bytes[..length].iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    let noqueue = &bytes[..length] == b"NOQUEUE";
    let ends = bytes.get(length) == Some(&b':') && matches!(bytes.get(length + 1), Some(b' ' | b'\n'));
    (shaped && ends && !noqueue).then(|| record.body.start..record.body.start + length)
}

/// `to=<…>, relay=…, dsn=…, status=deferred (…)`.
fn delivery(record: &Record, range: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let status = scan::value(text, range.clone(), "status=")?;
    if matches!(&text[status.clone()], "sent" | "deliverable" | "delivered" | "expanded" | "relayed") {
        return None;
    }
    let given_up = matches!(&text[status.clone()], "bounced" | "expired");
    let reason = reason(text, status.end..range.end).unwrap_or(status.start..range.end);
    let mut incident = Incident { given_up, ..said(record, reason)? };
    let enhanced = scan::value(text, range.clone(), "dsn=").and_then(|dsn| EnhancedStatus::parse(&text[dsn]));
    if let Some(reply) = &mut incident.reply {
        reply.enhanced = reply.enhanced.or(enhanced);
    }
    let context = &mut incident.context;
    context.recipient = scan::value(text, range.clone(), "to=").and_then(|range| record.slice(range));
    context.sender = scan::value(text, range.clone(), "from=").and_then(|range| record.slice(range));
    let relay = scan::value(text, range.clone(), "relay=");
    incident.delivered_here = relay.as_ref().is_some_and(|relay| is_here(&text[relay.clone()]));
    if context.remote_host.is_none()
        && let Some(relay) = relay.filter(|relay| text[relay.clone()].contains('['))
    {
        remote(record, &mut incident, scan::peer(text, relay));
    }
    Some(incident)
}

/// A program of this host (`local`, `dovecot`) or its socket (`mail.example.com[private/dovecot-lmtp]`).
fn is_here(relay: &str) -> bool {
    match relay.split_once('[') {
        Some((_, peer)) => peer.contains('/'),
        None => relay != "none" && !relay.is_empty(),
    }
}

/// What stands in the brackets after the status.
fn reason(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let open = scan::find(text, range.clone(), "(")? + 1;
    if !text[range.start..open - 1].trim().is_empty() {
        return None;
    }
    let close = scan::rfind(text, open..range.end, ")").unwrap_or(range.end);
    Some(open..close)
}

/// `host H[IP] said: …`, `host H[IP] refused to talk to me: …`, or Postfix's own words about the attempt.
fn said(record: &Record, reason: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let quoted = ["] said: ", "] said:\n", "] refused to talk to me: ", "] refused to talk to me:\n"];
    let found =
        quoted.iter().find_map(|words| scan::find(text, reason.clone(), words).map(|at| (at, at + words.len())));
    let spoken = found.map_or(reason.clone(), |(_, start)| start..reason.end);
    let greeted = found.is_some_and(|(at, _)| text[at..].starts_with("] refused"));
    let mut answer = reply::parse(record.input, spoken);
    if greeted {
        reply::greets(&mut answer);
    }
    let mut incident = record.incident(Form::PostfixLog, REPORTER, answer)?;
    for words in ["host ", "connect to ", "connection with ", "conversation with ", "of server "] {
        let Some(at) = scan::after(text, reason.clone(), words) else { continue };
        if let Some(peer) = scan::peer(text, at..reason.end).filter(|peer| peer.ip.is_some() || found.is_some()) {
            remote(record, &mut incident, Some(peer));
            break;
        }
    }
    Some(incident)
}

fn remote(record: &Record, incident: &mut Incident, peer: Option<Peer>) {
    let Some(peer) = peer else { return };
    incident.context.remote_host = peer.host.and_then(|range| record.slice(range));
    incident.context.remote_ip = peer.ip.and_then(|range| record.slice(range));
}

/// `reject: RCPT from client[192.0.2.1]: 450 4.7.1 …; from=<…> to=<…> proto=ESMTP helo=<…>`.
fn refusal(record: &Record, range: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let start = VERDICTS.iter().find_map(|verdict| {
        let here = scan::find(text, range.start..range.end.min(range.start + 64), verdict)?;
        let at_start = here == range.start || text.as_bytes()[here - 1] == b' ';
        at_start.then_some(here + verdict.len())
    })?;
    let warned = text[range.start..start].ends_with("reject_warning: ");
    let facts =
        ["; from=<", "; proto=", "; to=<"].iter().filter_map(|mark| scan::find(text, start..range.end, mark)).min();
    let facts = facts.unwrap_or(range.end);
    let content = content_text(text, facts..range.end);
    let spoken = content.unwrap_or_else(|| spoken(text, start..facts));
    let mut incident = record.incident(Form::PostfixLog, REPORTER, reply::parse(record.input, spoken))?;
    incident.anchored = !warned;
    let stage = scan::token(text, start..facts);
    if let Some(reply) = &mut incident.reply {
        reply.command = command(text[stage.clone()].trim_end_matches(':'));
    }
    if let Some(client) = scan::after(text, start..facts, " from ").and_then(|at| scan::peer(text, at..facts)) {
        incident.context.client_ip = client.ip.and_then(|range| record.slice(range));
    }
    let value = |key| scan::value(text, facts..range.end, key).and_then(|range| record.slice(range));
    incident.context.sender = value("from=");
    incident.context.recipient = value("to=");
    Some(incident)
}

/// cleanup(8) puts the text of header and body checks last: `… proto=ESMTP helo=<…>: 5.7.1 …`.
fn content_text(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let start = scan::after(text, range.clone(), ">: ")?;
    Some(start..range.end)
}

fn spoken(text: &str, range: Range<usize>) -> Range<usize> {
    let start = scan::reply_start(text, range.clone())
        .or_else(|| scan::after(text, range.clone(), "]: "))
        .or_else(|| scan::after(text, range.clone(), ": "));
    start.unwrap_or(range.start)..range.end
}

/// The command that a stage of the log stands for, RFC 5321 §4.1.1.
fn command(stage: &str) -> Option<String> {
    let command = match stage {
        "RCPT" => "RCPT TO",
        "MAIL" => "MAIL FROM",
        "END-OF-MESSAGE" => "end of DATA",
        "CONNECT" | "EHLO" | "HELO" | "DATA" | "VRFY" | "ETRN" | "STARTTLS" | "AUTH" | "BDAT" => stage,
        _ => return None,
    };
    Some(command.to_owned())
}

/// `host H[IP] said: …`, `lost connection with H[IP] while …`: the delivery goes on with the next server.
fn conversation(record: &Record, range: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let body = &text[range.clone()];
    if body.starts_with("lost connection with ") || body.starts_with("conversation with ") {
        return said(record, range);
    }
    if !body.starts_with("host ") {
        return None;
    }
    let head = range.start..range.end;
    let speaks = scan::find(text, head.clone(), " said:").or_else(|| scan::find(text, head, " refused to talk to me:"));
    speaks.and_then(|_| said(record, range))
}

/// Ways in which daemons begin to tell of trouble.
const TROUBLE: [&str; 5] = ["warning: ", "error: ", "fatal: ", "panic: ", "connect to "];
/// What the servers notice about a client without refusing anything.
const NOTICES: [&str; 18] = [
    "timeout after ",
    "lost connection after ",
    "too many errors after ",
    "improper command pipelining after ",
    "SSL_accept error ",
    "TLS handshake failed ",
    "certificate verification failed ",
    "server certificate verification failed ",
    // postscreen(8) and its dnsblog(8).
    "PREGREET ",
    "COMMAND PIPELINING ",
    "COMMAND TIME LIMIT ",
    "NON-SMTP COMMAND ",
    "BARE NEWLINE ",
    "SMTPS wrappermode ",
    "DENYLISTED ",
    "BLACKLISTED ",
    "DNSBL rank ",
    "addr ",
];

/// Trouble that needs a clue to become a diagnosis.
fn trouble(record: &Record, range: Range<usize>, component: &str) -> Option<Incident> {
    let body = &record.text()[range.clone()];
    let told = TROUBLE.iter().find(|start| body.starts_with(**start));
    if told.is_none() && !NOTICES.iter().any(|start| body.starts_with(start)) {
        return None;
    }
    let skipped = told.filter(|start| start.ends_with(": ")).map_or(0, |start| start.len());
    let spoken = range.start + skipped..range.end;
    let reply = Reply { text: one_line(record, spoken.clone()), ..reply::parse(record.input, spoken.clone()) };
    let mut incident = record.incident(Form::PostfixLog, REPORTER, reply)?.loose();
    let text = record.text();
    let outward = matches!(component, "smtp" | "lmtp");
    let from = scan::after(text, spoken.clone(), " from ").unwrap_or(spoken.start);
    let start = if outward { scan::after(text, spoken.clone(), "connect to ") } else { Some(from) };
    let named = start.and_then(|at| scan::peer(text, at..spoken.end)).filter(|peer| peer.ip.is_some());
    match named {
        Some(peer) if outward => remote(record, &mut incident, Some(peer)),
        Some(peer) => incident.context.client_ip = peer.ip.and_then(|range| record.slice(range)),
        None => {}
    }
    Some(incident)
}

fn one_line(record: &Record, range: Range<usize>) -> crate::span::Excerpt {
    let mut line = crate::span::Excerpt::default();
    line.push_line(record.input, range);
    line
}
