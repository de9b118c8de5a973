//! OpenSMTPD: `smtpctl show queue` and `show hoststats`; `smtpctl(8)`.

use std::ops::Range;

use super::{Entry, Incident, scan};
use crate::intake::opensmtpd::MESSAGE_ID_LENGTH;
use crate::span::Excerpt;

/// `evpid|…|type|flags|from|to|rcpt|created|expires|last try|tries|state|next|error`: `smtpctl(8)`, show queue.
pub(super) fn queue(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
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
    let next = scan::next_line(text, line.end);
    let reason = start..line.end;
    let queue_id = envelope.start..envelope.start + MESSAGE_ID_LENGTH;
    let (sender, recipient) = (Some(fields[4].clone()), Some(fields[5].clone()));
    let entry = Entry {
        queue_id: Some(queue_id),
        sender,
        recipient,
        reason: Some(reason).filter(|reason| !reason.is_empty()).map(|reason| input.slice(reason)),
        ..Entry::new(input, "opensmtpd", line)
    };
    Some((entry.incident().into_iter().collect(), next))
}

/// `host|time|the last thing it said`: `smtpctl(8)`, show hoststats.
pub(super) fn hoststats(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    const DIGITS_OF_A_TIME: usize = 10;
    let text = input.as_str();
    let line = scan::trim(text, line);
    let host = line.start..scan::find(text, line.clone(), "|")?;
    let time = host.end + 1..scan::find(text, host.end + 1..line.end, "|")?;
    let is_time = time.len() == DIGITS_OF_A_TIME && text[time.clone()].bytes().all(|byte| byte.is_ascii_digit());
    if !is_time {
        return None;
    }
    let next = scan::next_line(text, line.end);
    if text[time.end + 1..].starts_with('2') {
        return Some((Vec::new(), next));
    }
    let entry = Entry::new(input, "opensmtpd", line.clone()).because(input.slice(time.end + 1..line.end));
    let mut found = entry.incident()?;
    found.context.remote_host = Some(input.slice(host));
    Some((vec![found], next))
}
