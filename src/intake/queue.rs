//! Queue listings: `mailq`, `postqueue -p` and `-j`, `exim -bp`, `exinext`, Sendmail's `mailq`, `smtpctl show queue` and
//! `show hoststats`.

use std::ops::Range;

use super::opensmtpd::MESSAGE_ID_LENGTH;
use super::{Context, Form, Incident, exim, framing, reply, scan};
use crate::reply::Reply;
use crate::span::Excerpt;

/// The listing that starts with this line, and where it ends.
pub(super) fn read(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let words = text[line.clone()].trim_start();
    let first = *words.as_bytes().first()?;
    match first {
        b'-' if words.starts_with("-Queue ID-") => Some(postfix(input, scan::line_end(text, line.end) + 1)),
        b'-' if words.starts_with("-----Q-ID-----") => Some(sendmail(input, scan::line_end(text, line.end) + 1)),
        b'{' if words.contains("\"queue_id\"") && words.contains("\"recipients\"") => Some(postfix_json(input, line)),
        b'0'..=b'9' | b'a'..=b'f' if words.matches('|').count() >= 12 => smtpctl(input, line),
        b'R' | b'T' if words.starts_with("Route: ") || words.starts_with("Transport: ") => exinext(input, line),
        b'0'..=b'9' | b'a'..=b'z' if words.matches('|').count() == 2 => hoststats(input, line),
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => exim(input, line.clone()).or_else(|| headless(input, line)),
        _ => None,
    }
}

/// An entry of Postfix's or Sendmail's listing pasted without the listing's header: `ID SIZE Day Mon dd hh:mm[:ss] sender`,
/// a reason in brackets on the next line.
fn headless(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let id = text[line.clone()].bytes().take_while(u8::is_ascii_alphanumeric).count();
    let sized = text[line.start + id..line.end].trim_start_matches(['*', '!', '-', 'X']).trim_start();
    if !(6..=20).contains(&id) || !sized.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let next = scan::line_end(text, line.end) + 1;
    status(text, scan::line(text, next.min(text.len())))?;
    let fields = words(text, line.clone());
    let clock = text[fields.get(5)?.clone()].matches(':').count();
    match (fields.len(), clock) {
        (7, 2) => Some(postfix(input, line.start)),
        (7, 1) => Some(sendmail(input, line.start)),
        _ => None,
    }
}

struct Entry<'a> {
    input: &'a Excerpt,
    whole: Range<usize>,
    reporter: &'static str,
    queue_id: Range<usize>,
    sender: Option<Range<usize>>,
    time: Option<Range<usize>>,
    recipient: Option<Range<usize>>,
    /// The reason, as the listing gives it.
    reason: Option<Range<usize>>,
}

impl Entry<'_> {
    fn incident(&self) -> Option<Incident> {
        let text = self.input.as_str();
        let excerpt = |range: &Range<usize>| {
            Some(self.input.slice(scan::trim(text, range.clone()))).filter(|part| !part.is_empty())
        };
        let address = |range: &Range<usize>| {
            let bracketed = text[range.clone()].starts_with('<') && text[range.clone()].ends_with('>');
            excerpt(&if bracketed { range.start + 1..range.end - 1 } else { range.clone() })
        };
        let span = self.input.source_span(scan::trim(text, self.whole.clone()))?;
        let mut context = Context {
            queue_id: excerpt(&self.queue_id),
            sender: self.sender.as_ref().and_then(address),
            recipient: self.recipient.as_ref().and_then(address),
            time: self.time.as_ref().and_then(excerpt),
            ..Context::default()
        };
        let reply = self.reason.clone().map(|reason| self.spoken(reason, &mut context));
        Some(Incident {
            form: Form::QueueListing,
            span,
            reply,
            context,
            reporter: Some(self.reporter),
            anchored: true,
            given_up: false,
        })
    }

    /// The reply in `host H[IP] said: …`, `Deferred: …`, or the words as they are.
    fn spoken(&self, reason: Range<usize>, context: &mut Context) -> Reply {
        let text = self.input.as_str();
        let said =
            ["] said: ", "] refused to talk to me: "].iter().find_map(|words| scan::after(text, reason.clone(), words));
        let peer = scan::named_peer(text, reason.clone());
        if let Some(peer) = peer {
            context.remote_host = peer.host.map(|range| self.input.slice(range));
            context.remote_ip = peer.ip.map(|range| self.input.slice(range));
        }
        let start = said.or_else(|| scan::reply_start(text, reason.clone())).unwrap_or(reason.start);
        reply::parse(self.input, start..reason.end)
    }
}

fn in_brackets(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let inside = scan::trim(text, line);
    let words = &text[inside.clone()];
    (words.starts_with('(') && words.len() > 1)
        .then(|| inside.start + 1..inside.end - usize::from(words.ends_with(')')))
}

/// Sendmail's `(reason)`, after the body's type (RFC 6152) where the message has one: `8BITMIME   (reason)`.
fn status(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let inside = scan::trim(text, line);
    let typed = ["8BITMIME ", "7BIT "].iter().find(|body| text[inside.clone()].starts_with(**body));
    in_brackets(text, inside.start + typed.map_or(0, |body| body.len())..inside.end)
}

/// `QUEUEID*  SIZE Day Mon dd hh:mm:ss  sender`, then `(reason)` before the recipients it holds for.
fn postfix(input: &Excerpt, at: usize) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let mut found = Vec::new();
    let mut head: Option<(Range<usize>, Range<usize>, Range<usize>)> = None;
    let mut reason = None;
    let mut end = at.saturating_sub(1);
    for line in scan::lines(text, at..text.len()) {
        let words = text[line.clone()].trim();
        if words.is_empty() {
            reason = None;
        } else if words.starts_with("-- ") {
            end = line.end;
            break;
        } else if let Some(inside) = in_brackets(text, line.clone()) {
            reason = Some(inside);
        } else if text.as_bytes()[line.start].is_ascii_alphanumeric() {
            let Some(entry) = postfix_head(text, line.clone()) else { break };
            head = Some(entry);
            reason = None;
        } else if let (Some((queue_id, time, sender)), Some(reason)) = (&head, &reason) {
            let whole = queue_id.start.min(reason.start)..line.end;
            let (queue_id, time, sender) = (queue_id.clone(), Some(time.clone()), Some(sender.clone()));
            let recipient = Some(scan::trim(text, line.clone()));
            found.extend(
                Entry {
                    input,
                    whole,
                    reporter: "postfix",
                    queue_id,
                    sender,
                    time,
                    recipient,
                    reason: Some(reason.clone()),
                }
                .incident(),
            );
        }
        end = line.end;
    }
    (found, (scan::line_end(text, end) + 1).min(text.len()))
}

fn postfix_head(text: &str, line: Range<usize>) -> Option<(Range<usize>, Range<usize>, Range<usize>)> {
    let words = words(text, line);
    let id = words.first()?.clone();
    let id = id.start..id.end - usize::from(text[id.clone()].ends_with(['*', '!']));
    Some((id, words.get(2)?.start..words.get(5)?.end, words.get(6)?.clone()))
}

fn words(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = line.start;
    for word in text[line].split_inclusive(char::is_whitespace) {
        let end = at + word.trim_end().len();
        if end > at {
            words.push(at..end);
        }
        at += word.len();
    }
    words
}

/// One message a line: `{"queue_name": …, "recipients": [{"address": …, "delay_reason": …}]}`.
fn postfix_json(input: &Excerpt, line: Range<usize>) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let mut found = Vec::new();
    let next = (scan::line_end(text, line.end) + 1).min(text.len());
    let Some(queue_id) = framing::json_string(text, line.clone(), "\"queue_id\"") else { return (found, next) };
    let sender = framing::json_string(text, line.clone(), "\"sender\"");
    let mut at = scan::after(text, line.clone(), "\"recipients\"").unwrap_or(line.end);
    while let Some(open) = scan::find(text, at..line.end, "{") {
        let Some(recipient) = framing::json_string(text, open..line.end, "\"address\"") else { break };
        let close = scan::find(text, recipient.end..line.end, "\"address\"").unwrap_or(line.end);
        if let Some(reason) = framing::json_string(text, recipient.end..close, "\"delay_reason\"") {
            let (queue_id, sender, recipient) = (queue_id.clone(), sender.clone(), Some(recipient.clone()));
            let entry = Entry {
                input,
                whole: line.clone(),
                reporter: "postfix",
                queue_id,
                sender,
                time: None,
                recipient,
                reason: Some(reason),
            };
            found.extend(entry.incident());
        }
        at = if close == line.end { close } else { scan::rfind(text, recipient.end..close, "{").unwrap_or(close) };
    }
    (found, next)
}

/// `QUEUEID  SIZE Day Mon dd hh:mm sender`, `(reason)`, recipients.
fn sendmail(input: &Excerpt, at: usize) -> (Vec<Incident>, usize) {
    let text = input.as_str();
    let mut found = Vec::new();
    let mut head: Option<Vec<Range<usize>>> = None;
    let mut reason = None;
    let mut told = false;
    let mut end = at.saturating_sub(1);
    for line in scan::lines(text, at..text.len()) {
        let content = text[line.clone()].trim();
        if content.starts_with("Total requests") || content.is_empty() {
            end = line.end;
            break;
        } else if let Some(inside) = status(text, line.clone()) {
            reason = Some(inside);
        } else if text.as_bytes()[line.start].is_ascii_alphanumeric() {
            head = Some(words(text, line.clone()));
            (reason, told) = (None, false);
        } else if let (Some(head), Some(reason), false) = (&head, &reason, told)
            && let (Some(id), Some(sender)) = (head.first(), head.last())
        {
            let queue_id = id.start
                ..id.end - usize::from(text[id.clone()].ends_with(['*', '-', 'X']) && text[id.clone()].len() > 14);
            let time = (head.len() > 6).then(|| head[2].start..head[5].end);
            let recipient = Some(scan::trim(text, line.clone()));
            let whole = id.start..line.end;
            let entry = Entry {
                input,
                whole,
                reporter: "sendmail",
                queue_id,
                sender: Some(sender.clone()),
                time,
                recipient,
                reason: Some(reason.clone()),
            };
            found.extend(entry.incident());
            told = true;
        }
        end = line.end;
    }
    (found, (scan::line_end(text, end) + 1).min(text.len()))
}

/// `evpid|…|type|flags|from|to|rcpt|created|expires|last try|tries|state|next|error`: `smtpctl(8)`, show queue.
fn smtpctl(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let line = scan::trim(text, line);
    let mut fields = Vec::with_capacity(14);
    let mut start = line.start;
    while fields.len() < 13 {
        let end = scan::find(text, start..line.end, "|")?;
        fields.push(start..end);
        start = end + 1;
    }
    let envelope = fields[0].clone();
    let hexadecimal = text[envelope.clone()].bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hexadecimal || envelope.len() != 16 {
        return None;
    }
    let next = (scan::line_end(text, line.end) + 1).min(text.len());
    let reason = start..line.end;
    if reason.is_empty() {
        return Some((Vec::new(), next));
    }
    let queue_id = envelope.start..envelope.start + MESSAGE_ID_LENGTH;
    let (sender, recipient) = (Some(fields[4].clone()), Some(fields[5].clone()));
    let entry = Entry {
        input,
        whole: line,
        reporter: "opensmtpd",
        queue_id,
        sender,
        time: None,
        recipient,
        reason: Some(reason),
    };
    Some((entry.incident().into_iter().collect(), next))
}

/// ` 3h  2.4K 1xVZn9-00000t-0t <sender>`, then the recipients. Exim's listing gives no reasons.
fn exim(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let head = words(text, line.clone());
    let [age, size, id, sender, ..] = head.as_slice() else { return None };
    let aged = text[age.clone()].ends_with(['m', 'h', 'd'])
        && text[size.clone()].starts_with(|letter: char| letter.is_ascii_digit());
    let identified = exim::queue_id_length(&text.as_bytes()[id.clone()]) == Some(id.len());
    if !aged || !identified {
        return None;
    }
    let sender = scan::token(text, sender.clone());
    let mut end = line.end;
    let mut waiting = None;
    for line in scan::lines(text, scan::line_end(text, line.end) + 1..text.len()) {
        let words = text[line.clone()].trim();
        if words.is_empty()
            || !text.as_bytes()[line.start].is_ascii_whitespace()
            || !words.contains('@')
            || words.contains(" <")
        {
            break;
        }
        if !words.starts_with("D ") {
            waiting = waiting.or(Some(scan::trim(text, line.clone())));
        }
        end = line.end;
    }
    let whole = line.start..end;
    let entry = Entry {
        input,
        whole,
        reporter: "exim",
        queue_id: id.clone(),
        sender: Some(sender),
        time: None,
        recipient: waiting,
        reason: None,
    };
    Some((entry.incident().into_iter().collect(), (scan::line_end(text, end) + 1).min(text.len())))
}

/// `Route: recipient[:<sender>] error N: reason`, `Transport: host [IP/…] error N: reason`, then three lines of times:
/// `exinext(8)`.
fn exinext(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    const MAX_NAME: usize = 1024;
    let text = input.as_str();
    let name = line.start..scan::boundary_before(text, line.end.min(line.start + MAX_NAME));
    let error = scan::after(text, name.clone(), " error ")?;
    let reason = scan::after(text, error..line.end, ": ")?;
    let number = text[error..reason].trim_end_matches(": ").trim_start_matches('-');
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let route = text[line.clone()].starts_with("Route: ").then(|| line.start + "Route: ".len());
    let address = route.map(|start| start..scan::find(text, start..error, ":<").unwrap_or(error - " error ".len()));
    let mut end = line.end;
    for times in scan::lines(text, scan::line_end(text, line.end) + 1..text.len()) {
        const TIMES: [&str; 4] = ["first failed:", "last tried:", "next try at:", "past final cutoff time"];
        if !TIMES.iter().any(|label| text[times.clone()].trim_start().starts_with(label)) {
            break;
        }
        end = times.end;
    }
    let entry = Entry {
        input,
        whole: line.start..end,
        reporter: "exim",
        queue_id: line.start..line.start,
        sender: None,
        time: None,
        recipient: address.filter(|range| text[range.clone()].contains('@')),
        reason: Some(reason..line.end),
    };
    Some((entry.incident().into_iter().collect(), (scan::line_end(text, end) + 1).min(text.len())))
}

/// `host|time|the last thing it said`: `smtpctl(8)`, show hoststats.
fn hoststats(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    const DIGITS_OF_A_TIME: usize = 10;
    let text = input.as_str();
    let line = scan::trim(text, line);
    let host = line.start..scan::find(text, line.clone(), "|")?;
    let time = host.end + 1..scan::find(text, host.end + 1..line.end, "|")?;
    let is_time = time.len() == DIGITS_OF_A_TIME && text[time.clone()].bytes().all(|byte| byte.is_ascii_digit());
    if !is_time {
        return None;
    }
    let next = (scan::line_end(text, line.end) + 1).min(text.len());
    if text[time.end + 1..].starts_with('2') {
        return Some((Vec::new(), next));
    }
    let entry = Entry {
        input,
        whole: line.clone(),
        reporter: "opensmtpd",
        queue_id: line.start..line.start,
        sender: None,
        time: None,
        recipient: None,
        reason: Some(time.end + 1..line.end),
    };
    let mut found = entry.incident()?;
    found.context.remote_host = Some(input.slice(host));
    Some((vec![found], next))
}
