//! Finds the SMTP failures in whatever was pasted: replies, log lines, bounces, queue listings, libraries' errors.

use crate::reply::Reply;
use crate::span::{Excerpt, Span};

/// One failure found in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    pub form: Form,
    /// Where in the input: the whole line, paragraph or recipient group it was read from.
    pub span: Span,
    /// `None` where the source tells of a failure and quotes nothing (a queue listing without a reason).
    pub reply: Option<Reply>,
    pub context: Context,
    /// The id under `data/software/` of the program that *wrote this line*, where the form shows it.
    pub reporter: Option<&'static str>,
    /// The shape alone shows that this is an SMTP failure. Where it is false, the text only might be one, and it takes a
    /// clue to tell.
    pub anchored: bool,
}

/// The shape an incident was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    Reply,
    PostfixLog,
    EximLog,
    SendmailLog,
    OpensmtpdLog,
    QmailLog,
    ExchangeLog,
    HarakaLog,
    Dsn,
    QueueListing,
    /// A library's, webmail's or other program's message around a reply.
    Wrapped,
}

impl Form {
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
pub struct Context {
    pub time: Option<Excerpt>,
    pub queue_id: Option<Excerpt>,
    pub sender: Option<Excerpt>,
    pub recipient: Option<Excerpt>,
    /// The server that gave the reply.
    pub remote_host: Option<Excerpt>,
    pub remote_ip: Option<Excerpt>,
    /// The address the mail came from, as the server that gave the reply saw it.
    pub client_ip: Option<Excerpt>,
    /// The host that wrote the log or the bounce (RFC 3464 §2.2.2).
    pub reporting_mta: Option<Excerpt>,
}

/// Finds all failures in `input`, in the order in which they stand there; one that is told twice comes once.
pub fn read(input: &Excerpt) -> Vec<Incident> {
    let _ = input;
    Vec::new()
}
