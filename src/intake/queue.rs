//! Queue listings: what servers print of the messages that wait, and why.

mod exim;
pub(super) mod json;
mod postfix;
mod reasonless;
mod sendmail;
mod smtpctl;

use std::ops::Range;

use super::{Context, Form, Incident, reply, scan};
use crate::reply::Reply;
use crate::span::Excerpt;

/// The listing that starts with this line, and where it ends.
pub(super) fn read(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let words = text[line.clone()].trim_start();
    let first = *words.as_bytes().first()?;
    match first {
        b'-' if words.starts_with("-Queue ID-") => Some(postfix::listing(input, scan::line_end(text, line.end) + 1)),
        b'-' if words.starts_with("-----Q-ID-----") => {
            Some(sendmail::listing(input, scan::line_end(text, line.end) + 1))
        }
        b'0'..=b'9' | b'a'..=b'f' if words.matches('|').count() >= 12 => smtpctl::queue(input, line),
        b'R' | b'T' if words.starts_with("Route: ") || words.starts_with("Transport: ") => exim::exinext(input, line),
        b'0'..=b'9' | b'a'..=b'z' if words.matches('|').count() == 2 => smtpctl::hoststats(input, line),
        b'R' | b'T' if words[1..].starts_with(':') => exim::dumped(input, line),
        b'V' => sendmail::control_file(input, line),
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
            let listed = exim::listing(input, line.clone()).or_else(|| headless(input, line.clone()));
            listed.or_else(|| reasonless::listing(input, line))
        }
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
    sendmail::status(text, scan::line(text, next.min(text.len())))?;
    let fields = words(text, line.clone());
    let clock = text[fields.get(5)?.clone()].matches(':').count();
    match (fields.len(), clock) {
        (7, 2) => Some(postfix::listing(input, line.start)),
        (7, 1) => Some(sendmail::listing(input, line.start)),
        _ => None,
    }
}

/// What a listing tells of one recipient.
struct Entry<'a> {
    input: &'a Excerpt,
    whole: Range<usize>,
    reporter: &'static str,
    queue_id: Option<Range<usize>>,
    sender: Option<Range<usize>>,
    time: Option<Range<usize>>,
    recipient: Option<Range<usize>>,
    /// The reason, as the listing gives it.
    reason: Option<Excerpt>,
    /// How many bytes of a reason the listing has room for, where that is limited.
    room: Option<usize>,
}

impl<'a> Entry<'a> {
    fn new(input: &'a Excerpt, reporter: &'static str, whole: Range<usize>) -> Self {
        Entry {
            input,
            whole,
            reporter,
            queue_id: None,
            sender: None,
            time: None,
            recipient: None,
            reason: None,
            room: None,
        }
    }

    fn because(self, reason: Excerpt) -> Self {
        Entry { reason: Some(reason), ..self }
    }

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
            queue_id: self.queue_id.as_ref().and_then(excerpt),
            sender: self.sender.as_ref().and_then(address),
            recipient: self.recipient.as_ref().and_then(address),
            time: self.time.as_ref().and_then(excerpt),
            ..Context::default()
        };
        let reply = self.reason.as_ref().map(|reason| self.spoken(reason, &mut context));
        Some(Incident {
            form: Form::QueueListing,
            span,
            reply,
            context,
            reporter: Some(self.reporter),
            anchored: true,
            given_up: false,
            delivered_here: false,
        })
    }

    /// The reply in `host H[IP] said: …`, `Deferred: …`, or the words as they are.
    fn spoken(&self, reason: &Excerpt, context: &mut Context) -> Reply {
        let text = reason.as_str();
        let whole = 0..text.len();
        let greeted = scan::after(text, whole.clone(), "] refused to talk to me: ");
        let said = scan::after(text, whole.clone(), "] said: ").or(greeted);
        if let Some(peer) = scan::named_peer(text, whole.clone()) {
            context.remote_host = peer.host.map(|range| reason.slice(range));
            context.remote_ip = peer.ip.map(|range| reason.slice(range));
        }
        let start = said.or_else(|| scan::reply_start(text, whole.clone())).unwrap_or(0);
        let mut answer = Reply { cut: self.is_cut(reason), ..reply::parse(reason, start..whole.end) };
        if greeted == Some(start) {
            reply::greets(&mut answer);
        }
        answer
    }

    /// Whether the reason fills the room that the listing has for it, in bytes as it stands in the source.
    fn is_cut(&self, reason: &Excerpt) -> bool {
        let length = reason.source().map_or(0, |span| span.range().len());
        self.room.is_some_and(|room| length >= room)
    }
}

fn in_brackets(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let inside = scan::trim(text, line);
    let words = &text[inside.clone()];
    (words.starts_with('(') && words.len() > 1)
        .then(|| inside.start + 1..inside.end - usize::from(words.ends_with(')')))
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
