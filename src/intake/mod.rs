//! Finds the SMTP failures in whatever was pasted: replies, log lines, bounces, queue listings, libraries' errors.
//!
//! ```
//! use smtpwhy::{intake, span::Excerpt};
//!
//! let pasted = b"smtplib.SMTPDataError: (552, b'5.2.2 Mailbox is full')";
//! let found = intake::read(&Excerpt::from_bytes(pasted));
//! let reply = found.incidents[0].reply.as_ref().unwrap();
//! assert_eq!((reply.code.unwrap().number(), reply.text.as_str()), (552, "Mailbox is full"));
//! assert_eq!(&pasted[reply.text.source().unwrap().range()], b"Mailbox is full");
//! ```

mod bounce;
mod csv;
mod dsn;
mod escapes;
mod exchange;
mod exim;
mod fold;
mod foreign;
mod frames;
mod framing;
mod haraka;
mod html;
mod iis;
mod json;
mod mime;
mod opensmtpd;
mod plain;
mod postfix;
mod programs;
mod qmail;
mod queue;
mod repeats;
mod reply;
mod rspamd;
mod scan;
mod sendmail;
mod session;
mod stalwart;
mod wrapped;

use std::borrow::Cow;
use std::ops::Range;

#[cfg(feature = "logs")]
pub(crate) use exim::queue_id_length as exim_id_length;
#[cfg(feature = "logs")]
pub(crate) use mime::is_message;

pub(crate) use foreign::is_about_mail;
use foreign::{Evidence, Shape};
pub use session::Session;

use crate::reply::Reply;
use crate::span::{Excerpt, Span};

/// One failure found in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incident {
    /// What the text around the reply looks like.
    pub form: Form,
    /// Where in the input: the whole line, paragraph or recipient group it was read from.
    pub span: Span,
    /// `None` where the source tells of a failure and quotes nothing (a queue listing without a reason).
    pub reply: Option<Reply>,
    /// Who sent what to whom, as far as the text tells.
    pub context: Context,
    /// The id under `data/software/` of the program that *wrote this line*, where the form shows it.
    pub reporter: Option<&'static str>,
    /// The shape alone shows that this is an SMTP failure. Where it is false, the text only might be one, and it takes a
    /// clue to tell.
    pub anchored: bool,
    /// The sending side has given up on the message, whatever the reply's code: Exim's `**`, Postfix's `status=bounced` and
    /// `status=expired`, a report's `Action: failed`.
    pub given_up: bool,
    /// The recipient's mail is stored by the host that wrote the log: one of its own programs, or a socket of it, was asked.
    pub delivered_here: bool,
}

/// The shape an incident was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// A reply as the server sent it, [RFC 5321 §4.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.2).
    Reply,
    /// A line of Postfix's log, <https://www.postfix.org/DEBUG_README.html>.
    PostfixLog,
    /// A line of Exim's main log,
    /// <https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html>.
    EximLog,
    /// A line of sendmail's log: `stat=…`.
    SendmailLog,
    /// A line of OpenSMTPD's log: `smtp delivery … result="TempFail" stat="…"`.
    OpensmtpdLog,
    /// A line of qmail-send's log: `delivery 1: deferral: …`, <https://cr.yp.to/qmail/var-qmail.html>.
    QmailLog,
    /// Protocol and message tracking logs and queue errors of Microsoft Exchange.
    ExchangeLog,
    /// A line of Haraka's log.
    HarakaLog,
    /// A bounce: a delivery status notification, [RFC 3464](https://www.rfc-editor.org/rfc/rfc3464), or one in
    /// prose.
    Dsn,
    /// What `mailq`, `postqueue -p`, `postqueue -j`, `exim -bp` and their like print.
    QueueListing,
    /// A library's, webmail's or other program's message around a reply.
    Wrapped,
}

impl Form {
    /// Its name in JSON, such as `postfix-log`. Permanent.
    pub fn as_str(self) -> &'static str {
        match self {
            Form::Reply => "reply",
            Form::PostfixLog => "postfix-log",
            Form::EximLog => "exim-log",
            Form::SendmailLog => "sendmail-log",
            Form::OpensmtpdLog => "opensmtpd-log",
            Form::QmailLog => "qmail-log",
            Form::ExchangeLog => "exchange-log",
            Form::HarakaLog => "haraka-log",
            Form::Dsn => "dsn",
            Form::QueueListing => "queue-listing",
            Form::Wrapped => "wrapped",
        }
    }
}

/// What stands around the reply. Each as the source spells it, with its span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// When it happened, as the log spells it.
    pub time: Option<Excerpt>,
    /// By which the server's own log knows the message.
    pub queue_id: Option<Excerpt>,
    /// The envelope sender, RFC 5321's reverse-path; empty for a bounce.
    pub sender: Option<Excerpt>,
    /// The envelope recipient, RFC 5321's forward-path.
    pub recipient: Option<Excerpt>,
    /// The server that gave the reply.
    pub remote_host: Option<Excerpt>,
    /// Its address.
    pub remote_ip: Option<Excerpt>,
    /// The address the mail came from, as the server that gave the reply saw it.
    pub client_ip: Option<Excerpt>,
    /// The host that wrote the log or the bounce (RFC 3464 §2.2.2).
    pub reporting_mta: Option<Excerpt>,
}

impl Incident {
    /// An incident read from `range`; `None` where none of it stands in the source, or its words are none.
    fn new(input: &Excerpt, range: Range<usize>, form: Form, reply: Reply) -> Option<Self> {
        let span = input.source_span(range).filter(|_| !is_binary(reply.text.as_str()))?;
        let reply = Some(reply);
        Some(Incident {
            form,
            span,
            reply,
            context: Context::default(),
            reporter: None,
            anchored: true,
            given_up: false,
            delivered_here: false,
        })
    }

    fn loose(mut self) -> Self {
        self.anchored = false;
        self
    }

    fn reported_by(mut self, reporter: &'static str) -> Self {
        self.reporter = Some(reporter);
        self
    }
}

/// What a text tells of. As an iterator it gives the failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The failures, in the order in which they stand there; one that is told twice comes once.
    pub incidents: Vec<Incident>,
    /// From the first part of a mail on that is not read, because it is nested too deep or there are too many.
    pub left_out: Option<Span>,
}

impl IntoIterator for Found {
    type Item = Incident;
    type IntoIter = std::vec::IntoIter<Incident>;

    fn into_iter(self) -> Self::IntoIter {
        self.incidents.into_iter()
    }
}

/// Finds all failures in `input`.
pub fn read(input: &Excerpt) -> Found {
    let input = &*plain::lines(plain::letters(Cow::Borrowed(input)));
    let text = input.as_str();
    let mut found = Found::default();
    found.incidents = if let Some(incident) = reply::bare(input) {
        vec![incident]
    } else if mime::is_message(text) {
        let message = dsn::read_message(input);
        found.left_out = message.left_out.and_then(|start| input.source_span(start..text.len()));
        repeats::told_once(message.incidents)
    } else if html::is_html(text) {
        let shown = plain::letters(Cow::Owned(html::text(input, 0..text.len())));
        repeats::told_once(read_text(&plain::lines(shown), 0))
    } else {
        repeats::told_once(read_text(input, 0))
    };
    found
}

/// Whether a line is the record of a log, and so complete by itself.
pub fn is_log_line(line: &Excerpt) -> bool {
    let range = scan::line(line.as_str(), 0);
    framing::record(line, range.clone()).is_some() || framing::json_message(line, range).is_some()
}

/// How much of a text around a failure is weighed.
const MAX_WEIGHED: usize = 4096;

/// How deep an input may wrap another: JSON around a log line around a quoted bounce is three.
const MAX_DEPTH: u8 = 4;

/// Reads a text of more than one line, what has been folded in it unfolded.
fn read_text(input: &Excerpt, depth: u8) -> Vec<Incident> {
    let claimed = |line| shaped(input, line).map(|(_, end)| end);
    let unfolded = if input.as_str().trim_end().contains('\n') { fold::undone(input, claimed) } else { None };
    read_lines(unfolded.as_ref().unwrap_or(input), depth)
}

/// Reads line by line: what a form claims is its own, and what no form claims is prose. Prose that only might tell of a
/// failure counts where nothing surer stands in the input.
fn read_lines(input: &Excerpt, depth: u8) -> Vec<Incident> {
    let text = input.as_str();
    let mut found = Gathered::default();
    let mut prose = 0..0;
    let mut at = 0;
    while at < text.len() {
        if let Some((incidents, next)) = claimed(input, at, depth) {
            found.prose(wrapped::read(input, prose));
            found.incidents.extend(incidents.into_iter().map(|incident| (incident, false)));
            prose = next..next;
            at = next;
        } else {
            at = scan::next_line(text, at);
            prose.end = at;
        }
    }
    found.prose(wrapped::read(input, prose));
    found.settled()
}

/// Incidents, each with whether it is prose without an anchor.
#[derive(Default)]
struct Gathered {
    incidents: Vec<(Incident, bool)>,
}

impl Gathered {
    fn prose(&mut self, incidents: Vec<Incident>) {
        self.incidents.extend(incidents.into_iter().map(|incident| {
            let doubtful = !incident.anchored && incident.form != Form::Dsn;
            (incident, doubtful)
        }));
    }

    /// Prose in doubt counts where nothing sure stands, and a message that waits for no stated reason where no reason stands.
    fn settled(self) -> Vec<Incident> {
        let sure = self.incidents.iter().any(|(incident, _)| incident.anchored);
        let told = self.incidents.iter().any(|(incident, _)| incident.anchored && incident.reply.is_some());
        let counts = |incident: &Incident, doubtful: bool| !(sure && doubtful || told && incident.reply.is_none());
        let all = self.incidents.into_iter();
        all.filter(|(incident, doubtful)| counts(incident, *doubtful)).map(|(incident, _)| incident).collect()
    }
}

/// What the JSON value that starts with the line tells: the whole input, or the line alone.
fn in_json(input: &Excerpt, line: Range<usize>, depth: u8) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let whole = text[..line.start].trim().is_empty();
    let document = json::document(input, line.start..if whole { text.len() } else { line.end })?;
    let next = scan::next_line(text, document.end());
    let waiting = queue::json::waiting(&document);
    let events = if waiting.is_empty() { document.incidents() } else { waiting };
    if !events.is_empty() {
        return Some((events, next));
    }
    let message = plain::letters(Cow::Owned(framing::json_message(input, line.start..document.end())?));
    let mut found = read_lines(&message, depth + 1);
    let around = &text[scan::beginning(text, line.start..document.end(), MAX_WEIGHED)];
    if !found.is_empty() && !Evidence::of(around).bears_out(Shape::Words) {
        found.retain(|incident| incident.anchored);
    }
    found.iter_mut().for_each(|incident| document.frame(incident));
    Some((found, next))
}

/// What a form tells whose lines are its own: a listing, a report's fields, a table.
fn shaped(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let listed = queue::read(input, line.clone()).or_else(|| dsn::read_fields(input, line.clone()));
    listed.or_else(|| csv::table(input, line))
}

/// What the form that starts with the line at `at` tells, and where it ends.
fn claimed(input: &Excerpt, at: usize, depth: u8) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let line = scan::line(text, at);
    if line.is_empty() {
        return None;
    }
    if let Some(found) = shaped(input, line.clone()) {
        return Some(found);
    }
    if depth < MAX_DEPTH
        && let Some(found) = in_json(input, line.clone(), depth)
    {
        return Some(found);
    }
    let Some(record) = framing::record(input, line.clone()) else {
        let (incident, end) = exchange::property(input, line.clone())?;
        return Some((vec![incident], scan::next_line(text, end)));
    };
    let next = scan::next_line(text, record.whole.end);
    Some((programs::read(&record), next))
}

/// Whether a text is a stretch of a picture or a program: letters of any charset come without control characters.
fn is_binary(text: &str) -> bool {
    const SOME: usize = 4;
    let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b);
    let controls = text.bytes().filter(is_control).count();
    controls >= SOME && controls * 20 > text.len()
}
