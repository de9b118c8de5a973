//! A stretch of a log → what its lines say about which message, each distinct wording diagnosed once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Range;
use std::sync::Arc;

use super::clock::{Clock, Seconds};
use super::frame::Line;
use super::journal;
use super::sort::{Failed, How, Sort, Sorter};
use crate::diagnosis::{self, Diagnosis};
use crate::intake::Context;
use crate::knowledge::{Cause, Knowledge, Provider, Side};
use crate::span::Excerpt;

/// A line is read up to here, in bytes. Syslog daemons stop at 8 KiB.
pub const LONGEST_LINE: usize = 16 << 10;

/// A mail is read up to here, in bytes.
pub const LONGEST_MAIL: usize = 8 << 20;

/// A line has this many bytes at least, or says nothing: a reply code has three digits.
const SHORTEST_LINE: usize = 3;

/// What is kept of a line as an example, in bytes.
const LONGEST_EXAMPLE: usize = 1000;
/// How many lines that were not understood are kept as examples.
pub(super) const MOST_EXAMPLES: usize = 5;
/// How many wordings are remembered with their diagnosis.
const MOST_REMEMBERED: usize = 1 << 15;

/// From when to when, `until` itself not included.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Window {
    /// The first second in it.
    pub since: Option<Seconds>,
    /// The first second after it.
    pub until: Option<Seconds>,
}

impl Window {
    /// An end that is `None` is open.
    pub fn new(since: Option<Seconds>, until: Option<Seconds>) -> Self {
        Window { since, until }
    }

    /// A line that tells no time is in no window but the open one.
    fn holds(self, time: Option<Seconds>) -> bool {
        match time {
            Some(time) => self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until),
            None => self.since.is_none() && self.until.is_none(),
        }
    }
}

/// What a stretch of a log said, in its order.
#[derive(Debug, Default)]
pub struct Scanned {
    pub(super) lines: u64,
    pub(super) sightings: Vec<Sighting>,
    /// Lines that look like errors and were not understood, and the first of them.
    pub(super) unrecognised: u64,
    pub(super) examples: Vec<String>,
    /// Lines longer than [`LONGEST_LINE`].
    pub(super) cut: u64,
    /// Mails of which not all was read.
    pub(super) partly_read: u64,
}

/// One thing that was said about one message.
#[derive(Debug)]
pub(super) struct Sighting {
    pub time: Option<Seconds>,
    /// Which message, as a hash; `None` where the line names none.
    pub message: Option<u64>,
    /// Which recipient, as a hash; `None` for all of them.
    pub recipient: Option<u64>,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Delivered,
    /// The queue has done with it.
    Gone,
    /// `message` stands for this message and the recipient from here on.
    Begins {
        message: u64,
        domain: Option<Box<str>>,
    },
    Failed {
        failing: Arc<Failing>,
        how: How,
    },
}

/// A failure as triage counts it.
#[derive(Debug)]
pub(super) struct Failing {
    pub cause: &'static Cause,
    pub side: Side,
    pub provider: Option<&'static Provider>,
    /// The recipient's, else the server's name.
    pub domain: Option<Box<str>>,
    /// The line.
    pub example: Box<str>,
    permanent: bool,
    /// A client of this server met it.
    refused: bool,
}

/// Looks like an error and is none that is known; whether another line said the same.
#[derive(Clone, Copy, Debug)]
struct NotUnderstood {
    before: bool,
}

/// Reads stretches of logs. Each thread has its own; what they share is `hasher`, so that their hashes agree.
pub struct Scanner {
    knowledge: &'static Knowledge,
    sorter: Sorter,
    hasher: RandomState,
    window: Window,
    known: HashMap<u64, Option<Arc<Failing>>>,
    normal: Vec<u8>,
}

impl Scanner {
    /// Scanners whose results go into one ledger take clones of one `hasher`.
    pub fn new(knowledge: &'static Knowledge, hasher: RandomState, window: Window) -> Self {
        let (sorter, known, normal) = (Sorter::default(), HashMap::new(), Vec::new());
        Scanner { knowledge, sorter, hasher, window, known, normal }
    }

    /// Reads whole lines; `clock` knows the time of the line before.
    pub fn lines(&mut self, text: &[u8], mut clock: Clock) -> Scanned {
        let mut scanned = Scanned::default();
        for line in lines(text) {
            scanned.lines += 1;
            if line.len() >= SHORTEST_LINE {
                self.line(&text[line], &mut clock, &mut scanned);
            }
        }
        scanned
    }

    fn line(&mut self, whole: &[u8], clock: &mut Clock, scanned: &mut Scanned) {
        scanned.cut += u64::from(whole.len() > LONGEST_LINE);
        let bytes = journal::plain(shortened(whole));
        let line = Line::read(&bytes, clock);
        let sort = self.sorter.sort(&line);
        if sort == Sort::Quiet || !self.window.holds(line.time) {
            return;
        }
        let says = |message, recipient, what| Sighting { time: line.time, message, recipient, what };
        match sort {
            Sort::Quiet => {}
            Sort::Gone { id } => scanned.sightings.push(says(self.message(&line, id), None, What::Gone)),
            Sort::Delivered { id, recipients } => {
                let message = self.message(&line, id);
                for recipient in listed(recipients) {
                    scanned.sightings.push(says(message, self.recipient(recipient), What::Delivered));
                }
            }
            Sort::Begins { delivery, id, recipient } => {
                let Some(message) = self.message(&line, id) else { return };
                let domain = domain_of(recipient).map(|domain| String::from_utf8_lossy(domain).to_lowercase().into());
                let begins = What::Begins { message, domain };
                scanned.sightings.push(says(self.message(&line, delivery), self.recipient(recipient), begins));
            }
            Sort::Failed(failed) => self.failed(&line, &bytes, &failed, scanned),
            Sort::Doubtful { said } => {
                if let Err(NotUnderstood { before }) = self.doubtful(&line, said, &bytes, scanned) {
                    scanned.not_understood(&bytes, before);
                }
            }
            Sort::Numbered { said } => drop(self.doubtful(&line, said, &bytes, scanned)),
        }
    }

    fn failed(&mut self, line: &Line, bytes: &[u8], failed: &Failed, scanned: &mut Scanned) {
        for recipient in listed(failed.recipients) {
            let domain = domain_of(recipient).unwrap_or_default();
            let failing = match self.failing(&[line.component(), domain], failed.said, bytes) {
                Ok(failing) => failing,
                Err(NotUnderstood { before }) => {
                    scanned.not_understood(bytes, before);
                    continue;
                }
            };
            let message = match failed.how {
                How::Trouble => None,
                How::Refused => Some(self.transaction(recipient, failed.said)),
                How::Deferred | How::Final => self.message(line, failed.id),
            };
            let what = What::Failed { failing, how: failed.how };
            let recipient = self.recipient(recipient);
            scanned.sightings.push(Sighting { time: line.time, message, recipient, what });
        }
    }

    fn doubtful(&mut self, line: &Line, said: &[u8], bytes: &[u8], scanned: &mut Scanned) -> Result<(), NotUnderstood> {
        let failing = self.failing(&[line.program], said, bytes)?;
        let how = if failing.refused { How::Refused } else { How::Trouble };
        let message = failing.refused.then(|| self.transaction(b"", said));
        let what = What::Failed { failing, how };
        scanned.sightings.push(Sighting { time: line.time, message, recipient: None, what });
        Ok(())
    }

    /// The diagnosis of a line, or that of one that says the same.
    fn failing(&mut self, apart: &[&[u8]], said: &[u8], line: &[u8]) -> Result<Arc<Failing>, NotUnderstood> {
        normalise(said, &mut self.normal);
        let mut hasher = self.hasher.build_hasher();
        apart.iter().for_each(|part| hash_part(&mut hasher, part));
        hash_part(&mut hasher, &self.normal);
        let key = hasher.finish();
        if let Some(known) = self.known.get(&key) {
            return known.clone().ok_or(NotUnderstood { before: true });
        }
        if self.known.len() >= MOST_REMEMBERED {
            self.known.clear();
        }
        let failing = diagnosis::read(&Excerpt::from_bytes(line), self.knowledge).into_iter().next();
        let failing = failing.and_then(|diagnosis| Failing::new(&diagnosis, line)).map(Arc::new);
        self.known.insert(key, failing.clone());
        failing.ok_or(NotUnderstood { before: false })
    }

    /// Reads one mail: a bounce, or nothing that matters. `place`, which file and where in it, tells bounces apart that name
    /// no message.
    pub fn mail(&mut self, text: &[u8], place: (usize, u64)) -> Scanned {
        let mut scanned = Scanned { lines: memchr::memchr_iter(b'\n', text).count() as u64, ..Scanned::default() };
        let mail = Excerpt::from_bytes(text);
        let read = diagnosis::read_first(&mail, usize::MAX, self.knowledge);
        scanned.partly_read = u64::from(text.len() >= LONGEST_MAIL || read.left_out.is_some());
        for diagnosis in read.diagnoses {
            let context = &diagnosis.incident.context;
            let time = context.time.as_ref().and_then(|time| mail_time(time.as_str()));
            let failing = Failing::new(&diagnosis, example(&diagnosis).as_bytes()).filter(|_| self.window.holds(time));
            let Some(failing) = failing.map(Arc::new) else { continue };
            let how = if failing.permanent { How::Final } else { How::Deferred };
            let message = match &context.queue_id {
                Some(id) => self.hasher.hash_one(id.as_str()),
                None => self.hasher.hash_one(place),
            };
            let recipient = context.recipient.as_ref().and_then(|address| self.recipient(address.as_str().as_bytes()));
            scanned.sightings.push(Sighting {
                time,
                message: Some(message),
                recipient,
                what: What::Failed { failing, how },
            });
        }
        scanned
    }

    fn message(&self, line: &Line, id: &[u8]) -> Option<u64> {
        if id.is_empty() {
            return None;
        }
        let mut hasher = self.hasher.build_hasher();
        hash_part(&mut hasher, line.host);
        hash_part(&mut hasher, id);
        Some(hasher.finish())
    }

    fn recipient(&self, address: &[u8]) -> Option<u64> {
        let address = address.trim_ascii();
        let lowered = address.to_ascii_lowercase();
        let address = lowered.strip_prefix(b"<").and_then(|inner| inner.strip_suffix(b">")).unwrap_or(&lowered);
        (!address.is_empty()).then(|| self.hasher.hash_one(address))
    }

    /// Sender, recipient and client of a refused transaction, which are the same when the client comes again.
    fn transaction(&self, recipient: &[u8], said: &[u8]) -> u64 {
        let parties = memchr::memmem::find(said, b"; from=<").map_or(said, |at| &said[at..]);
        let mut hasher = self.hasher.build_hasher();
        hash_part(&mut hasher, recipient);
        hash_part(&mut hasher, parties);
        hasher.finish()
    }
}

/// Every diagnosis of the lines in `text`, which stands at `offset` in its file.
#[cfg(feature = "cli")]
pub fn diagnose(text: &[u8], offset: usize, mut clock: Clock, window: Window, sorter: &Sorter) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    for line in lines(text).filter(|line| line.len() >= SHORTEST_LINE) {
        let whole = shortened(&text[line.clone()]);
        let bytes = journal::plain(whole);
        let read = Line::read(&bytes, &mut clock);
        if matches!(sorter.sort(&read), Sort::Failed(_) | Sort::Doubtful { .. } | Sort::Numbered { .. })
            && window.holds(read.time)
        {
            found.extend(diagnosis::read(&Excerpt::from_bytes_at(whole, offset + line.start), Knowledge::embedded()));
        }
    }
    found
}

/// Every diagnosis of one mail.
#[cfg(feature = "cli")]
pub fn diagnose_mail(text: &[u8], offset: usize, window: Window) -> Vec<Diagnosis> {
    let mut found = diagnosis::read(&Excerpt::from_bytes_at(text, offset), Knowledge::embedded());
    found.retain(|diagnosis| {
        let time = diagnosis.incident.context.time.as_ref();
        window.holds(time.and_then(|time| mail_time(time.as_str())))
    });
    found
}

impl Scanned {
    /// One example of each wording is enough.
    fn not_understood(&mut self, line: &[u8], before: bool) {
        self.unrecognised += 1;
        if !before && self.examples.len() < MOST_EXAMPLES {
            self.examples.push(kept(line));
        }
    }
}

impl Failing {
    fn new(diagnosis: &Diagnosis, example: &[u8]) -> Option<Self> {
        let first = diagnosis.causes.first()?;
        let context = &diagnosis.incident.context;
        Some(Failing {
            cause: first.cause,
            side: first.side,
            provider: diagnosis.provider,
            domain: domain(context).map(|name| name.to_lowercase().into()),
            example: kept(example).into(),
            permanent: diagnosis.retry.is_over,
            refused: context.client_ip.is_some(),
        })
    }
}

fn domain(context: &Context) -> Option<&str> {
    let of_recipient =
        context.recipient.as_ref().and_then(|address| address.as_str().rsplit_once('@')).map(|(_, domain)| domain);
    let host = || context.remote_host.as_ref().filter(|_| context.client_ip.is_none()).map(Excerpt::as_str);
    const LONGEST_NAME: usize = 255;
    of_recipient.or_else(host).filter(|name| (1..=LONGEST_NAME).contains(&name.len()))
}

/// What a bounce quotes; it has no line of its own.
fn example(diagnosis: &Diagnosis) -> String {
    let reply = diagnosis.incident.reply.as_ref();
    let code = reply.and_then(|reply| reply.code).map(|code| format!("{code} "));
    let enhanced = reply.and_then(|reply| reply.enhanced).map(|status| format!("{status} "));
    let text = reply.map_or("", |reply| reply.text.as_str());
    format!("{}{}{text}", code.unwrap_or_default(), enhanced.unwrap_or_default())
}

fn kept(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(LONGEST_EXAMPLE)]).into_owned()
}

fn shortened(line: &[u8]) -> &[u8] {
    &line[..line.len().min(LONGEST_LINE)]
}

/// The lines of `text` without their ends.
fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= text.len() {
            return None;
        }
        let start = at;
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |length| start + length);
        at = end + 1;
        let cut = end > start && text[end - 1] == b'\r';
        Some(start..end - usize::from(cut))
    })
}

/// The recipients in a list, at least one: nobody, where it is empty.
fn listed(recipients: &[u8]) -> impl Iterator<Item = &[u8]> {
    recipients.split(|byte| *byte == b',')
}

fn domain_of(address: &[u8]) -> Option<&[u8]> {
    let domain = &address[memchr::memrchr(b'@', address)? + 1..];
    Some(domain.strip_suffix(b">").unwrap_or(domain))
}

fn hash_part(hasher: &mut impl Hasher, part: &[u8]) {
    hasher.write_usize(part.len());
    hasher.write(part);
}

/// `Mon, 23 Nov 2026 19:33:34 +0000` (RFC 5322 §3.3).
fn mail_time(text: &str) -> Option<Seconds> {
    let zoned = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(zoned.timestamp().as_second())
}

/// The same words for what differs from one message to the next and decides nothing: local parts, addresses, ids. Numbers
/// stay, for they may be codes or limits.
fn normalise(said: &[u8], normal: &mut Vec<u8>) {
    normal.clear();
    let mut at = 0;
    while at < said.len() {
        let length = said[at..].iter().take_while(|byte| in_token(**byte)).count();
        let token = &said[at..at + length];
        normal.extend_from_slice(&plain_token(token));
        at += length;
        normal.extend(said.get(at));
        at += 1;
    }
}

fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'@' | b'_' | b'+' | b'-' | b'=' | b':' | b'/')
        || byte >= 0x80
}

fn plain_token(token: &[u8]) -> Cow<'_, [u8]> {
    /// Shorter ones are words such as `5.7.1-spf` or `rfc5321`.
    const SHORTEST_ID: usize = 10;
    if let Some(at) = memchr::memchr(b'@', token) {
        return Cow::Borrowed(&token[at..]);
    }
    let digits = token.iter().filter(|byte| byte.is_ascii_digit()).count();
    let joints = token.iter().filter(|byte| matches!(byte, b'.' | b':')).count();
    let address = joints >= 3 && token.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'));
    let id = token.len() >= SHORTEST_ID && digits >= 3 && joints == 0 && !token.contains(&b'/');
    let timing = token.starts_with(b"DT=") || token.starts_with(b"QT=");
    if address || id || timing { Cow::Borrowed(b"#") } else { Cow::Borrowed(token) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        let mut normal = Vec::new();
        normalise(text.as_bytes(), &mut normal);
        String::from_utf8(normal).unwrap()
    }

    #[test]
    fn what_decides_nothing_is_the_same_in_every_line() {
        assert_eq!(
            normal("450 4.1.8 <u+1@example.com> from [192.0.2.7] id d75a77b69052e-4f1a (after 297 seconds)"),
            "450 4.1.8 <@example.com> from [#] id # (after 297 seconds)"
        );
        assert_eq!(normal("[2001:db8::7] 5.7.1 DT=12s"), "[#] 5.7.1 #");
        assert_eq!(normal("see https://example.com/a?b=1"), "see https://example.com/a?b=1");
    }
}
