//! Who said it to whom: what the words before a reply tell of the server, the command and the addresses.

use std::ops::Range;

use super::Prose;
use super::transcript::undecorated;
use crate::intake::{Form, Incident, reply, scan};

impl Prose<'_> {
    /// The command that was answered, in a transcript or in the words of the sending server.
    pub(super) fn answered(&self, incident: &mut Incident, before: Range<usize>) {
        let text = self.text;
        let upper = text[before.clone()].to_ascii_uppercase();
        let commands = [("RCPT TO", "RCPT TO:<"), ("MAIL FROM", "MAIL FROM:<")];
        let last = commands.iter().filter_map(|entry| Some((before.start + upper.rfind(entry.1)?, entry))).max();
        let Some((at, (command, verb))) = last else { return };
        let address = Some(self.input.slice(scan::token(text, at + verb.len() - 1..before.end)))
            .filter(|address| !address.is_empty());
        match *command {
            "RCPT TO" => incident.context.recipient = address,
            _ => incident.context.sender = address,
        }
        let next = text[at..before.end].matches('\n').count() <= 1;
        if let Some(reply) = incident.reply.as_mut().filter(|_| next) {
            reply.command = reply.command.take().or_else(|| Some((*command).to_owned()));
        }
    }

    /// Who said it to whom, where the words before it tell.
    pub(super) fn surroundings(&self, incident: &mut Incident, before: Range<usize>) {
        let text = self.text;
        self.answered(incident, before.clone());
        let excerpt =
            |range: Range<usize>| Some(self.input.slice(scan::trim(text, range))).filter(|excerpt| !excerpt.is_empty());
        if let Some(at) = scan::rfind(text, before.clone(), "host").filter(|at| !text[..*at].ends_with("Remote ")) {
            let at = at + 4 + (text[at + 4..before.end].len() - text[at + 4..before.end].trim_start().len());
            let tail = text[at..before.end].trim_end();
            let greeted = tail.ends_with("talk to me:");
            if let Some(said) = incident.reply.as_mut().filter(|_| greeted) {
                reply::greets(said);
            }
            let attributed = tail.ends_with("said:") || greeted || tail.contains("SMTP error from remote mail server");
            let head_end = text[at..before.end].find(char::is_whitespace).map_or(before.end, |offset| at + offset);
            let joined = text[head_end..before.end].trim_start();
            if attributed && let Some(peer) = scan::peer(text, at..before.end) {
                incident.context.remote_host = peer.host.and_then(excerpt);
                incident.context.remote_ip = peer.ip.and_then(excerpt);
                if incident.context.remote_ip.is_none() && joined.starts_with(['(', '[']) {
                    let open = before.end - joined.len() + 1;
                    let close = text[open..before.end].find([')', ']']).map(|offset| open + offset);
                    incident.context.remote_ip = close
                        .filter(|close| scan::is_address(&text[open..*close]))
                        .and_then(|close| excerpt(open..close));
                }
                if self.form == Form::Reply {
                    let exim = tail.contains("SMTP error from remote mail server");
                    incident.form = Form::Dsn;
                    incident.reporter = Some(if exim { "exim" } else { "postfix" });
                }
            }
        }
        if incident.context.remote_host.is_none() {
            incident.context.remote_host = talked_to(text, before.clone()).and_then(excerpt);
        }
        if incident.context.recipient.is_none() && incident.context.sender.is_none() {
            incident.context.recipient = address_above(text, before.clone()).and_then(excerpt);
        }
        if incident.context.recipient.is_none()
            && let Some(key) = dictionary_key(text, before.clone())
        {
            incident.context.recipient = excerpt(key);
        }
        let known = incident.context.recipient.is_some() || incident.context.sender.is_some();
        incident.context.recipient =
            incident.context.recipient.take().or_else(|| addressee(text, before).filter(|_| !known).and_then(excerpt));
    }
}

/// The server of a transcript: `... while talking to mx.example.com.:`, or its greeting, `220 mx.example.com ESMTP`.
fn talked_to(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    const TALK: &str = "while talking to ";
    let named = match scan::rfind(text, before.clone(), TALK) {
        Some(at) => at + TALK.len()..before.end,
        None => greeting(text, before)?,
    };
    let words = &text[named.clone()];
    let host = words.split(char::is_whitespace).next()?.trim_end_matches([':', '.']);
    let shaped = host.contains('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    (shaped && !scan::is_address(host)).then(|| named.start..named.start + host.len())
}

/// What follows the code in the line with which a server greets.
fn greeting(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    let mut at = before.start;
    while at < before.end {
        let line = scan::line(text, at);
        let words = undecorated(&text[at..line.end.min(before.end)]);
        let greets = words.strip_prefix("220 ").or_else(|| words.strip_prefix("220-"));
        if let Some(rest) = greets.filter(|rest| rest.contains("SMTP")) {
            return Some(at + (line.end.min(before.end) - at - rest.len())..line.end.min(before.end));
        }
        at = scan::line_end(text, at) + 1;
    }
    None
}

/// The address that a bounce names before its reason: `<bob@example.com>: …`, `<bob@example.com> (expanded from …`.
fn addressee(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    let open = scan::find(text, before.clone(), "<").filter(|open| text[*open..before.end].contains('@'))?;
    let inside = scan::token(text, open..before.end);
    let address = &text[inside.clone()];
    let follows = text[inside.end..before.end].strip_prefix('>')?;
    let named = [":", " (expanded from", " failed"].iter().any(|mark| follows.starts_with(mark));
    (named && address.contains('@') && !address.contains(char::is_whitespace)).then_some(inside)
}

/// The address on a line of its own before the reason: `bob@example.com`, `'bob@example.com' on 3/3/2026`.
fn address_above(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    const MAX_LINES: usize = 6;
    let mut end = before.end;
    for _ in 0..MAX_LINES {
        let start = memchr::memrchr(b'\n', &text.as_bytes()[before.start..end]).map(|offset| before.start + offset)?;
        let first = memchr::memrchr(b'\n', &text.as_bytes()[before.start..start]);
        let line = scan::trim(text, first.map_or(before.start, |offset| before.start + offset + 1)..start);
        if is_address_line(&text[line.clone()]) {
            let lead = text[line.clone()].len() - text[line.clone()].trim_start_matches(is_bracket).len();
            let length = text[line.start + lead..line.end].find(|letter: char| is_bracket(letter) || letter == ' ');
            return Some(line.start + lead..length.map_or(line.end, |length| line.start + lead + length));
        }
        end = start;
    }
    None
}

fn is_bracket(letter: char) -> bool {
    matches!(letter, '\'' | '"' | '<' | '>' | ':' | '(' | ')')
}

/// Whether a line is a mail address and nothing else but when.
pub(in crate::intake) fn is_address_line(line: &str) -> bool {
    let line = line.trim().split(" on ").next().unwrap_or(line);
    let address = line.trim_matches(is_bracket);
    address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        && !address.contains(|letter: char| letter.is_whitespace() || letter == ',')
}

/// The address in `{'bob@example.com': (550, …`.
fn dictionary_key(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    let lead = text[before.clone()].strip_suffix(": (")?;
    let quote = lead.chars().next_back().filter(|letter| matches!(letter, '\'' | '"'))?;
    let inside = &lead[..lead.len() - 1];
    let start = before.start + inside.rfind(quote)? + 1;
    let key = start..before.start + inside.len();
    text[key.clone()].contains('@').then_some(key)
}
