//! Many failures, and what became of their messages → groups of a cause, worst first. Pure: stretches of logs come in as
//! bytes.
//!
//! ```
//! use smtpwhy::knowledge::Knowledge;
//! use smtpwhy::triage::{Clock, Ledger, Scanner, Window};
//!
//! let log = b"2026-01-05T10:11:12Z mx postfix/smtp[7]: 4F2A1: to=<u@example.com>, relay=mx.example.com[192.0.2.1]:25, \
//!     dsn=4.2.2, status=deferred (host mx.example.com[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command))
//! 2026-01-05T10:41:12Z mx postfix/smtp[7]: 4F2A1: to=<u@example.com>, relay=mx.example.com[192.0.2.1]:25, \
//!     dsn=2.0.0, status=sent (250 2.0.0 Ok)
//! ";
//! let mut scanner = Scanner::new(Knowledge::embedded(), Default::default(), Window::default());
//! let mut ledger = Ledger::default();
//! ledger.add(scanner.lines(log, Clock::new(1_800_000_000)));
//! let group = &ledger.triage().groups[0];
//! assert_eq!((group.cause.id, group.delivered_later, group.median_delay), ("mailbox-full", 1, Some(1800)));
//! ```
//!
//! `logs::triage` does the same with whole files, on all cores.

pub(crate) mod clock;
mod distinct;
mod frame;
mod journal;
mod ledger;
mod scanner;
mod sort;
mod timeline;

use crate::knowledge::{Cause, Provider, Side};

pub use clock::{Clock, Seconds};
pub use ledger::Ledger;
pub use scanner::{LONGEST_LINE, LONGEST_MAIL, Scanned, Scanner, Window};
#[cfg(feature = "cli")]
pub(crate) use scanner::{diagnose, diagnose_mail};
#[cfg(feature = "cli")]
pub(crate) use sort::Sorter;

/// What a log comes to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Triage {
    /// As many as were read.
    pub lines: u64,
    /// Failures found, each try counted.
    pub incidents: u64,
    /// Lines that look like errors and were not understood, and some of them.
    pub unrecognised: u64,
    /// At most five of them, each wording once.
    pub examples: Vec<String>,
    /// Lines of which only the first [`LONGEST_LINE`] bytes were read.
    pub cut: u64,
    /// Mails of which not all was read: longer than [`LONGEST_MAIL`], or with parts nested too deep.
    pub partly_read: u64,
    /// Messages whose end was not awaited, because too many were open at once.
    pub forgotten: u64,
    /// The first and the last failure.
    pub first: Option<Seconds>,
    /// The last failure.
    pub last: Option<Seconds>,
    /// Messages that met a failure, by their fate, however many groups they are in.
    /// Those that arrived after all.
    pub delivered_later: u64,
    /// Those of which the log tells no end.
    pub still_waiting: u64,
    /// Those that were given up or refused for good.
    pub failed: u64,
    /// Worst first.
    pub groups: Vec<Group>,
}

/// The failures of one cause at one provider.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Group {
    /// What all of them have in common.
    pub cause: &'static Cause,
    /// Whose side it is on.
    pub side: Side,
    /// Whose servers said so, where that is known.
    pub provider: Option<&'static Provider>,
    /// Failures, each try counted.
    pub incidents: u64,
    /// Those among the incidents that this server gave to a client or met by itself.
    pub here: u64,
    /// Each has one of the four fates below.
    pub messages: u64,
    /// Different recipients; about as many, where there are very many.
    pub recipients: u64,
    /// The first failure.
    pub first: Option<Seconds>,
    /// The last failure.
    pub last: Option<Seconds>,
    /// Messages that arrived after all.
    pub delivered_later: u64,
    /// Messages of which the log tells no end.
    pub still_waiting: u64,
    /// Messages that were given up or refused for good.
    pub failed: u64,
    /// Refused to a client, whose own queue knows the rest.
    pub refused: u64,
    /// When the message that waits longest failed first.
    pub oldest_waiting: Option<Seconds>,
    /// Seconds from the first failure to delivery, of those delivered later.
    pub median_delay: Option<u64>,
    /// The same, of the slowest twentieth.
    pub p95_delay: Option<u64>,
    /// The recipients' domains, most incidents first.
    pub domains: Vec<Domain>,
    /// A line that belongs here.
    pub example: String,
    /// Incidents in stretches of equal length, from the log's first failure to its last.
    pub trend: Vec<u64>,
}

/// A recipients' domain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Domain {
    /// Its name, in lower case.
    pub name: String,
    /// Failures there.
    pub incidents: u64,
}

/// What a group asks of the postmaster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Need {
    /// Retries settle it, or nobody here can.
    Nothing,
    /// Recipients, or those who wrote to them, have to know.
    Tell,
    /// Something has to be mended, or somebody to be written to.
    Act,
}

impl Need {
    /// Its name in JSON: `nothing`, `tell` or `act`.
    pub fn as_str(self) -> &'static str {
        match self {
            Need::Nothing => "nothing",
            Need::Tell => "tell",
            Need::Act => "act",
        }
    }
}

/// A group is at rest while no more than one in so many of its messages is stuck.
const AT_REST: u64 = 10;

/// How long after the first failure waiting is no longer enough, where the cause does not say.
const PATIENCE: u64 = 4 * 3600;

impl Group {
    /// Messages that did not arrive, or have not yet.
    pub fn stuck(&self) -> u64 {
        self.still_waiting + self.failed
    }

    /// Messages whose fate this log tells.
    pub fn followed(&self) -> u64 {
        self.delivered_later + self.stuck()
    }

    /// The share of the followed messages that arrived after all.
    pub fn share_delivered(&self) -> Option<f64> {
        (self.followed() > 0).then(|| self.delivered_later as f64 / self.followed() as f64)
    }

    /// What it asks of whoever runs the server, at the time `now` of the log.
    pub fn need(&self, now: Option<Seconds>) -> Need {
        let own_fault = self.side == Side::ReceiverSystem && self.here > 0;
        let few_stuck = self.stuck() * AT_REST < self.followed() || self.stuck() == 0;
        let settles = self.cause.retry.worthwhile.always() != Some(false) && self.failed * AT_REST < self.followed();
        match self.side {
            _ if own_fault => Need::Act,
            _ if few_stuck => Need::Nothing,
            Side::Recipient => Need::Tell,
            _ if settles && !self.overdue(now) && !self.rising() => Need::Nothing,
            _ => Need::Act,
        }
    }

    fn overdue(&self, now: Option<Seconds>) -> bool {
        let waited = now.zip(self.oldest_waiting).map(|(now, since)| (now - since).max(0) as u64);
        waited.is_some_and(|waited| waited >= self.cause.retry.escalate_after.unwrap_or(PATIENCE))
    }

    /// Whether the last quarter of the time has more than its share, twice over.
    pub fn rising(&self) -> bool {
        const ENOUGH: u64 = 10;
        let (total, recent) = (self.trend.iter().sum::<u64>(), &self.trend[self.trend.len() - self.trend.len() / 4..]);
        total >= ENOUGH && !recent.is_empty() && recent.iter().sum::<u64>() * 2 > total
    }
}

impl Triage {
    fn order(&mut self) {
        let now = self.last;
        self.groups.sort_by(|a, b| {
            let weight = |group: &Group| (group.need(now), group.stuck(), group.incidents);
            weight(b).cmp(&weight(a)).then_with(|| (a.cause.id, provider(a)).cmp(&(b.cause.id, provider(b))))
        });
    }

    /// What a group asks of the postmaster, at the end of the log.
    pub fn need(&self, group: &Group) -> Need {
        group.need(self.last)
    }
}

fn provider(group: &Group) -> &str {
    group.provider.map_or("", |provider| provider.id)
}
