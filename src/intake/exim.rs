//! Exim's main and reject log: the Exim specification, chapter 53, <https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html>.

use std::ops::Range;

use super::framing::Record;
use super::{Form, Incident, reply, scan};
use crate::reply::Completion;

const REPORTER: &str = "exim";

/// Whether the text after the date is Exim's.
pub(super) fn is_exim(body: &str) -> bool {
    let rest = after_queue_id(body);
    let names = [
        "H=",
        "== ",
        "** ",
        "=> ",
        "-> ",
        "<= ",
        "Completed",
        "SMTP ",
        "TLS error",
        "no host name",
        "Warning: ",
        "rejected ",
    ];
    rest.len() < body.len()
        || is_message_log(rest)
        || names.iter().any(|name| rest.starts_with(name))
        || rest.contains(" authenticator failed for ")
}

/// A line of a message's own log, as `exim -Mvl` prints it: `address R=… T=… defer (-44) H=…: …`,
/// `address routing defer (-52): …`, and how it was received.
fn is_message_log(body: &str) -> bool {
    let Some((word, rest)) = body.split_once(' ') else { return false };
    let routed = ["R=", "T=", "routing defer ", "<"].iter().any(|field| rest.starts_with(field));
    word.contains('@') && routed && rest.contains(" defer (")
        || body.starts_with("Received from ") && body.contains(" P=")
}

/// `1xVZZI-00000q-1s ` (up to 4.96) or `1xVa01-0000000000o-3fxQ ` (4.97 on), a process id in brackets before it or not.
fn after_queue_id(body: &str) -> &str {
    let body = without_process_id(body);
    queue_id_length(body.as_bytes()).map_or(body, |length| body[length..].trim_start())
}

fn without_process_id(body: &str) -> &str {
    let Some(rest) = body.strip_prefix('[') else { return body };
    match rest.split_once("] ") {
        Some((pid, rest)) if pid.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => body,
    }
}

/// How long the queue id at the start of a log line's message is.
pub fn queue_id_length(bytes: &[u8]) -> Option<usize> {
    let part = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let first = part(0);
    if first != 6 || bytes.get(6) != Some(&b'-') {
        return None;
    }
    let second = part(7);
    if !matches!(second, 6 | 11) || bytes.get(7 + second) != Some(&b'-') {
        return None;
    }
    let third = part(8 + second);
    matches!(third, 2 | 4).then_some(8 + second + third)
}

pub(super) fn read(record: &Record) -> Vec<Incident> {
    line(record).into_iter().collect()
}

fn line(record: &Record) -> Option<Incident> {
    let text = record.text();
    let mut body = record.body.clone();
    if let Some((time, _)) = super::framing::time_at(text, body.clone()) {
        body.start = scan::skip_blanks(text, time.end, body.end);
    }
    let unframed = without_process_id(&text[body.clone()]);
    body.start = body.end - unframed.len();
    let id = queue_id_length(unframed.as_bytes()).map(|length| body.start..body.start + length);
    let rest = id.as_ref().map_or(body.start, |id| scan::skip_blanks(text, id.end, body.end))..body.end;
    let mut incident = match &text.as_bytes()[rest.clone()] {
        [b'=', b'=', b' ', ..] => delivery(record, rest.start + 3..rest.end),
        [b'*', b'*', b' ', ..] => {
            delivery(record, rest.start + 3..rest.end).map(|incident| Incident { given_up: true, ..incident })
        }
        [b'=', b'>', ..] | [b'-', b'>', ..] | [b'<', b'=', ..] | [b'>', b'>', ..] | [b'*', b'>', ..] => None,
        _ if is_message_log(&text[rest.clone()]) => {
            (!text[rest.clone()].starts_with("Received from ")).then(|| delivery(record, rest)).flatten()
        }
        _ => event(record, rest),
    }?;
    incident.context.queue_id = id.and_then(|range| record.slice(range));
    Some(incident)
}

/// `== address R=… T=… defer (-44) H=… DT=0s: …` and `** address R=… T=… H=…: …`.
fn delivery(record: &Record, rest: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let reason = reason(text, rest.clone());
    let spoken = without_time_taken(text, reason.clone());
    let start = scan::reply_start(text, spoken.clone()).filter(|start| is_quoted(text, spoken.start, *start));
    let command = command(text, spoken.start..start.unwrap_or(spoken.end));
    let mut reply = reply::parse(record.input, start.unwrap_or(spoken.start)..spoken.end);
    if start.is_none() {
        reply.code = None;
        reply.text = own_words(record, rest.start..reason.start, spoken);
    }
    reply.command = reply.command.or(command);
    let mut incident = record.incident(Form::EximLog, REPORTER, reply)?;
    incident.context.recipient = record.slice(address(text, rest.clone()));
    incident.context.sender = scan::value(text, rest.clone(), "F=").and_then(|range| record.slice(range));
    remote(record, &mut incident, rest.start..reason.start);
    in_reason(record, &mut incident, reason);
    Some(incident)
}

/// Older lines name the server where they quote it: `after MAIL FROM:<…> SIZE=…: host H [IP]: 421 …`.
fn in_reason(record: &Record, incident: &mut Incident, reason: Range<usize>) {
    let text = record.text();
    let context = &mut incident.context;
    if context.remote_host.is_none()
        && let Some(peer) = scan::named_peer(text, reason.clone())
    {
        context.remote_host = peer.host.and_then(|range| record.slice(range));
        context.remote_ip = peer.ip.and_then(|range| record.slice(range));
    }
    let sender = scan::after(text, reason.clone(), "MAIL FROM:").map(|at| scan::token(text, at..reason.end));
    context.sender = context.sender.take().or_else(|| sender.and_then(|range| record.slice(range)));
}

fn address(text: &str, rest: Range<usize>) -> Range<usize> {
    let word = scan::token(text, rest.clone());
    let word = word.start..word.end - usize::from(text[word.clone()].ends_with(':'));
    let fields = scan::find(text, word.end..rest.end, " R=").unwrap_or(rest.end);
    let original = scan::find(text, word.end..fields, " <").map(|at| scan::token(text, at + 1..rest.end));
    original.filter(|inside| text[inside.clone()].contains('@') && !text[word.clone()].contains('@')).unwrap_or(word)
}

/// Where the reason begins: after the last `key=value` field's colon.
fn reason(text: &str, rest: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut at = scan::token(text, rest.clone()).end;
    loop {
        let word = next_word(bytes, at..rest.end);
        if word.is_empty() {
            return at..rest.end;
        }
        let is_field = bytes[word.clone()].contains(&b'=')
            || bytes[word.start] == b'['
            || bytes[word.start] == b'<'
            || bytes[word.start] == b'(';
        let ends = bytes[word.end - 1] == b':';
        if &bytes[word.clone()] == b"defer" {
            at = word.end;
            continue;
        }
        if !is_field {
            return word.start..rest.end;
        }
        at = word.end;
        if ends {
            let has_more = scan::find(text, at..rest.end, " DT=").or_else(|| scan::find(text, at..rest.end, " H="));
            return match has_more.filter(|_| bytes[word.start] == b'(') {
                Some(_) => errno_reason(text, at..rest.end),
                None => at..rest.end,
            };
        }
    }
}

/// `defer (110): Connection timed out H=… DT=12s: SMTP timeout after DATA` has a reason on both sides of its fields.
fn errno_reason(text: &str, range: Range<usize>) -> Range<usize> {
    match scan::find(text, range.clone(), "s: ").filter(|_| scan::find(text, range.clone(), " H=").is_some()) {
        Some(at) => at + 3..range.end,
        None => range,
    }
}

fn next_word(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + bytes[range.clone()].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let length = bytes[start..range.end].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    start..start + length
}

/// Takes ` DT=0s` and ` QT=1s` off the end.
fn without_time_taken(text: &str, range: Range<usize>) -> Range<usize> {
    let mut range = scan::trim(text, range);
    while let Some(blank) = scan::rfind(text, range.clone(), " ") {
        let word = &text[blank + 1..range.end];
        if !(word.starts_with("DT=") || word.starts_with("QT=")) {
            break;
        }
        range.end = blank;
    }
    range
}

/// A number after `SMTP error from remote mail server after …:` is a reply; the `400` of an HTTP status line is none.
fn is_quoted(text: &str, from: usize, start: usize) -> bool {
    let before = &text[from..start];
    before.is_empty()
        || before.contains("SMTP error from remote mail server")
        || before.contains("authenticator failed")
        || before.contains("LMTP error")
        || before.ends_with(": ")
}

/// What Exim itself says where it quotes no reply: the words around the fields, and the error number's meaning.
fn own_words(record: &Record, fields: Range<usize>, spoken: Range<usize>) -> crate::span::Excerpt {
    let text = record.text();
    let mut words = crate::span::Excerpt::default();
    words.push_line(record.input, spoken);
    if let Some(errno) = scan::after(text, fields.clone(), "): ").map(|at| at..fields.end) {
        let end = scan::find(text, errno.clone(), " H=").unwrap_or(errno.end);
        let errno = scan::trim(text, errno.start..end);
        if !errno.is_empty() {
            words.push_added(": ");
            words.push_line(record.input, errno);
        }
    }
    words
}

/// The command in `after pipelined RCPT TO:<…>` or `in response to EHLO …`.
fn command(text: &str, range: Range<usize>) -> Option<String> {
    let start =
        scan::after(text, range.clone(), " after ").or_else(|| scan::after(text, range.clone(), " in response to "))?;
    let words = text[start..range.end].trim_start_matches("pipelined ");
    let verbs = [
        "MAIL FROM",
        "RCPT TO",
        "end of data",
        "initial connection",
        "sending data block",
        "EHLO",
        "HELO",
        "STARTTLS",
        "DATA",
        "AUTH",
        "BDAT",
        "RSET",
        "QUIT",
    ];
    verbs.iter().find(|verb| words.starts_with(**verb)).map(|verb| (*verb).to_owned())
}

fn remote(record: &Record, incident: &mut Incident, range: Range<usize>) {
    let text = record.text();
    let Some(start) = scan::after(text, range.clone(), "H=") else { return };
    let Some(peer) = peer_with_helo(text, start..range.end) else { return };
    incident.context.remote_host = peer.host.and_then(|range| record.slice(range));
    incident.context.remote_ip = peer.ip.and_then(|range| record.slice(range));
}

/// `H=host (helo) [192.0.2.1]:1234`: the name that the client gave itself may stand in brackets between.
fn peer_with_helo(text: &str, range: Range<usize>) -> Option<scan::Peer> {
    let peer = scan::peer(text, range.clone());
    if peer.as_ref().is_some_and(|peer| peer.ip.is_some()) {
        return peer;
    }
    let open = scan::find(text, range.start..range.end.min(range.start + 300), "[")?;
    let inside = scan::peer(text, open..range.end)?;
    Some(scan::Peer { host: peer.and_then(|peer| peer.host), ..inside })
}

/// What follows `H=host [192.0.2.1]:25: `.
fn after_host(body: &str) -> Option<&str> {
    let rest = body.strip_prefix("H=")?;
    let after = &rest[rest.find(']')? + 1..];
    after.find(' ').map(|blank| after[blank..].trim_start())
}

/// Lines about a session: an attempt that failed, a client that was refused, a lookup in error.
fn event(record: &Record, rest: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let body = &text[rest.clone()];
    let attempt = [
        "SMTP error from remote mail server after",
        "SMTP timeout after",
        "SMTP timeout while",
        "Remote host closed connection",
        "Malformed SMTP reply",
        "TLS error on connection",
        "TLS session: ",
        "Connection timed out",
        "Connection refused",
        "No route to host",
        "Network is unreachable",
        "LMTP error from",
    ];
    let outward = after_host(body).is_some_and(|words| {
        attempt.iter().any(|start| words.starts_with(start)) || words.contains(" authenticator failed H=")
    });
    let refused = [
        "rejected ",
        "temporarily rejected ",
        "sender verify ",
        "authenticator failed for ",
        "SMTP call from ",
        "SMTP syntax error",
        "SMTP protocol ",
        "dropped: ",
        "unexpected disconnection",
        "rejected connection",
        "rejected after DATA",
        "refused: ",
    ];
    if outward {
        return attempt_failed(record, rest);
    }
    if refused.iter().any(|words| body.contains(words)) {
        return client_refused(record, rest);
    }
    let skipped = [
        "Start queue run",
        "End queue run",
        "Completed",
        "no IP address found",
        "exim ",
        "Frozen",
        "Message is frozen",
        "daemon",
        "cwd=",
    ];
    if body.trim().is_empty() || skipped.iter().any(|words| body.starts_with(words)) {
        return None;
    }
    let mut reply = reply::parse(record.input, rest.clone());
    reply.code = None;
    Some(record.incident(Form::EximLog, REPORTER, reply)?.loose())
}

fn attempt_failed(record: &Record, rest: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let host_end = scan::find(text, rest.clone(), "] ").or_else(|| scan::find(text, rest.clone(), "]: "));
    let start = host_end.map_or(rest.start, |at| at + 1);
    let spoken = scan::trim(text, start + usize::from(text.as_bytes().get(start) == Some(&b':'))..rest.end);
    let bracketed =
        || scan::after(text, spoken.clone(), "] ").filter(|at| scan::begins_reply(text.as_bytes(), *at, spoken.end));
    let found = scan::reply_start(text, spoken.clone())
        .filter(|start| is_quoted(text, spoken.start, *start))
        .or_else(bracketed);
    let mut reply = reply::parse(record.input, found.unwrap_or(spoken.start)..spoken.end);
    reply.command = reply.command.or_else(|| command(text, spoken.start..found.unwrap_or(spoken.end)));
    let mut incident = record.incident(Form::EximLog, REPORTER, reply)?;
    remote(record, &mut incident, rest);
    Some(incident)
}

/// `H=… F=<…> temporarily rejected RCPT <…>: …`.
fn client_refused(record: &Record, rest: Range<usize>) -> Option<Incident> {
    let text = record.text();
    let verb = [
        "temporarily rejected ",
        "rejected ",
        "sender verify ",
        "authenticator failed",
        "dropped: ",
        "refused: ",
        "SMTP syntax",
        "SMTP protocol",
        "disconnection",
    ]
    .iter()
    .filter_map(|words| scan::find(text, rest.clone(), words))
    .min()
    .unwrap_or(rest.start);
    let spoken = scan::reply_start(text, verb..rest.end)
        .or_else(|| colon_outside_brackets(text, verb..rest.end))
        .map_or(verb..rest.end, |start| start..rest.end);
    let spoken = if spoken.is_empty() { verb..rest.end } else { spoken };
    let mut incident = record.incident(Form::EximLog, REPORTER, reply::parse(record.input, spoken))?;
    if let Some(reply) = &mut incident.reply {
        reply.class = match &text[verb..rest.end] {
            refused if refused.starts_with("temporarily ") => Some(Completion::Transient),
            refused if refused.starts_with("rejected ") => Some(Completion::Permanent),
            _ => None,
        };
        let rejected = scan::after(text, verb..rest.end, "rejected ").map(|at| scan::token(text, at..rest.end));
        reply.command = rejected.and_then(|word| match &text[word] {
            "RCPT" => Some("RCPT TO".to_owned()),
            "MAIL" => Some("MAIL FROM".to_owned()),
            "EHLO" | "HELO" => Some("EHLO".to_owned()),
            "after" => Some("end of data".to_owned()),
            _ => None,
        });
    }
    let client = ["H=", " from ", " for "].iter().find_map(|mark| scan::after(text, rest.clone(), mark));
    if let Some(peer) = client.and_then(|at| peer_with_helo(text, at..rest.end)) {
        incident.context.client_ip = peer.ip.and_then(|range| record.slice(range));
    }
    let verified = scan::after(text, rest.clone(), "sender verify fail for ").map(|at| scan::token(text, at..rest.end));
    let sender = scan::value(text, rest.clone(), "F=").or_else(|| verified.clone());
    incident.context.sender = sender.and_then(|range| record.slice(range));
    let recipient = scan::after(text, rest.clone(), "RCPT ").map(|at| scan::token(text, at..rest.end));
    incident.context.recipient = recipient.filter(|_| verified.is_none()).and_then(|range| record.slice(range));
    Some(incident)
}

fn colon_outside_brackets(text: &str, range: Range<usize>) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut angle = false;
    (range.start..range.end).find_map(|at| {
        match bytes[at] {
            b'<' => angle = true,
            b'>' => angle = false,
            b':' if !angle && bytes.get(at + 1) == Some(&b' ') => return Some(at + 2),
            _ => {}
        }
        None
    })
}
