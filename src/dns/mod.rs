//! How everything asks DNS: one small trait, and answers that keep their kinds of failure apart (RFC 9499 terms).
//!
//! [`live`] asks real servers, [`zone`] answers from zone text, for tests and for records that are not published yet, and
//! [`cache`] stands before either. Nothing above this module knows which of them it talks to.
//!
//! A resolver of one's own is a [`Lookup`]:
//!
//! ```
//! use smtpwhy::dns::{Answer, Answering, Lookup, Question, Server, Status};
//!
//! /// Answers what it is told to, and knows no other server.
//! struct Mine(fn(&Question) -> Answer);
//!
//! impl Lookup for Mine {
//!     fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
//!         Box::pin(async { (self.0)(question) })
//!     }
//!
//!     fn query<'a>(&'a self, _: &'a Server, _: &'a Question) -> Answering<'a> {
//!         Box::pin(async { Answer::bare(Status::Unreachable("it is not asked".to_owned())) })
//!     }
//! }
//!
//! let nothing = Mine(|_| Answer::bare(Status::NxDomain));
//! # let _: &dyn Lookup = &nothing;
//! ```

pub mod budget;
pub mod cache;
#[cfg(feature = "encrypted")]
mod encrypted;
mod extended_error;
pub mod live;
mod message;
#[cfg(fuzzing)]
pub use message::answer_from;
mod server;
pub mod zone;

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

pub use extended_error::ExtendedError;
pub use server::NoServer;

/// The types of `hickory-proto` that stand in this interface: names, record types, records and their data.
pub use hickory_proto::rr::{Name, RData, Record, RecordType};

/// The SPF record type, 99: withdrawn by RFC 7208 §3.1, still found in zones.
pub const SPF: RecordType = RecordType::Unknown(99);

/// RFC 1035 §4.2.
pub const DNS_PORT: u16 = 53;

/// A name as people write it: no final dot, internationalised labels in their own script.
pub fn shown(name: &Name) -> String {
    let text = name.to_utf8();
    match text.strip_suffix('.') {
        Some(bare) if !bare.is_empty() => bare.to_owned(),
        _ => text,
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Question {
    /// Whose records, absolute.
    pub name: Name,
    /// Which RRset.
    pub kind: RecordType,
    /// Asked with the CD bit: a validating resolver hands out what it takes for bogus too, RFC 4035 §3.2.2.
    pub unvalidated: bool,
}

impl Question {
    /// Names in questions are absolute.
    pub fn new(mut name: Name, kind: RecordType) -> Self {
        name.set_fqdn(true);
        Question { name, kind, unvalidated: false }
    }

    /// The same with the CD bit set.
    pub fn unvalidated(self) -> Self {
        Question { unvalidated: true, ..self }
    }

    /// With its name absolute, however it was made.
    fn absolute(&self) -> Self {
        Question { unvalidated: self.unvalidated, ..Question::new(self.name.clone(), self.kind) }
    }
}

/// A server to be asked by address, past the system's resolvers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Server {
    /// Where it listens, port included.
    pub address: SocketAddr,
    /// How the messages get there.
    pub transport: Transport,
    /// Asked as a recursive resolver (RD set), or as an authoritative server (RD clear).
    pub recursive: bool,
}

/// How DNS messages travel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// UDP with a fall back to TCP on truncation, RFC 1035 §4.2 and RFC 7766.
    Udp,
    /// TCP from the first octet on.
    Tcp,
    /// DNS over TLS, [RFC 7858](https://www.rfc-editor.org/rfc/rfc7858). Needs the feature `encrypted`.
    Tls {
        /// The name or address the certificate must carry.
        name: String,
    },
    /// DNS over HTTPS, [RFC 8484](https://www.rfc-editor.org/rfc/rfc8484). Needs the feature `encrypted`.
    Https {
        /// The name or address the certificate must carry.
        name: String,
        /// The path of the URI template, `/dns-query` at most servers.
        path: String,
    },
}

impl Server {
    /// A resolver asked over UDP; set [`Server::transport`] for another way.
    pub fn recursive(address: SocketAddr) -> Self {
        Server { address, transport: Transport::Udp, recursive: true }
    }

    /// One of a zone's own servers, asked over UDP and not for recursion.
    pub fn authoritative(address: SocketAddr) -> Self {
        Server { address, transport: Transport::Udp, recursive: false }
    }
}

/// How the question ended. Only `Answered`, `NoData` and `NxDomain` say anything about the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// NOERROR, with records of the type asked at the end of any CNAME chain.
    Answered,
    /// NOERROR without such a record, RFC 2308 §2.2.
    NoData,
    /// NXDOMAIN: there is no such name, and none below it, [RFC 8020](https://www.rfc-editor.org/rfc/rfc8020).
    NxDomain,
    /// NOERROR and nothing but a pointer elsewhere, RFC 1034 §4.3.1: to other servers, or an alias that leads out of
    /// the server's zones. Only servers asked by address, and not for recursion, answer so.
    Referral,
    /// SERVFAIL: the server could not find out, or what it found did not validate.
    ServFail,
    /// REFUSED: the server does not answer this question, or not for us.
    Refused,
    /// Any other response code.
    OtherCode(u16),
    /// Nothing came back in time, repetitions included.
    Timeout,
    /// Could not be sent: no route, connection refused.
    Unreachable(String),
    /// Something came back that is no DNS answer to the question.
    Malformed(String),
    /// Not asked: offline, the bound on queries was reached, or the user ended the wait.
    NotAsked(NotAsked),
}

/// Why a question was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotAsked {
    /// The lookup answers nothing: [`struct@Offline`].
    Offline,
    /// The [`Budget`](budget::Budget) was spent.
    QueryLimit,
    /// The user had enough.
    Interrupted,
    /// This machine cannot reach addresses of that kind: no IPv6, say.
    NoRoute,
}

impl Status {
    /// The name was found to hold records, none of the type, or nothing at all.
    pub fn is_conclusive(&self) -> bool {
        matches!(self, Status::Answered | Status::NoData | Status::NxDomain)
    }

    /// NXDOMAIN or NODATA: what RFC 7208 §4.6.4 calls a void lookup.
    pub fn is_void(&self) -> bool {
        matches!(self, Status::NoData | Status::NxDomain)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Answered => f.write_str("answered"),
            Status::NoData => f.write_str("no such record (NODATA)"),
            Status::NxDomain => f.write_str("no such name (NXDOMAIN)"),
            Status::Referral => f.write_str("referred to other servers"),
            Status::ServFail => f.write_str("server failure (SERVFAIL)"),
            Status::Refused => f.write_str("refused (REFUSED)"),
            Status::OtherCode(code) => write!(f, "response code {code}"),
            Status::Timeout => f.write_str("no answer in time"),
            Status::Unreachable(why) => write!(f, "unreachable: {why}"),
            Status::Malformed(why) => write!(f, "malformed answer: {why}"),
            Status::NotAsked(NotAsked::Offline) => f.write_str("not asked: offline"),
            Status::NotAsked(NotAsked::QueryLimit) => f.write_str("not asked: query limit reached"),
            Status::NotAsked(NotAsked::Interrupted) => f.write_str("not asked: interrupted"),
            Status::NotAsked(NotAsked::NoRoute) => f.write_str("not asked: no route from this machine"),
        }
    }
}

/// An answer, with everything the reports need of it. A [`Lookup`] of one's own begins with [`Answer::bare`] and sets what
/// it knows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// How the question ended.
    pub status: Status,
    /// The answer section: the records asked for and the CNAMEs that lead to them.
    pub records: Vec<Record>,
    /// How long, in seconds, a resolver may keep a negative answer: the lesser of the SOA's TTL and MINIMUM, RFC 2308 §5.
    pub negative_ttl: Option<u32>,
    /// The zone a negative answer comes from: the owner of the SOA record it carries.
    pub zone: Option<Name>,
    /// The AA bit.
    pub authoritative: bool,
    /// The AD bit: the resolver validated it, RFC 4035 §3.2.3.
    pub authentic: bool,
    /// Why it answered as it did, [RFC 8914](https://www.rfc-editor.org/rfc/rfc8914).
    pub extended_errors: Vec<ExtendedError>,
    /// Which server behind the address it was, [RFC 5001](https://www.rfc-editor.org/rfc/rfc5001), as text where it is text.
    pub nsid: Option<String>,
    /// NS records of a referral's authority section, and their glue from the additional section.
    pub referral: Vec<Record>,
    /// Who answered; `None` where nobody was asked.
    pub server: Option<SocketAddr>,
    /// From the question to its answer, repetitions included; `None` where nobody was asked.
    pub rtt: Option<Duration>,
}

impl Answer {
    /// An answer that carries nothing but its status.
    pub fn bare(status: Status) -> Self {
        Answer {
            status,
            records: Vec::new(),
            negative_ttl: None,
            zone: None,
            authoritative: false,
            authentic: false,
            extended_errors: Vec::new(),
            nsid: None,
            referral: Vec::new(),
            server: None,
            rtt: None,
        }
    }

    /// The data of the records of `kind`, in the order they came.
    pub fn data(&self, kind: RecordType) -> impl Iterator<Item = &RData> {
        self.records.iter().filter(move |record| record.record_type() == kind).map(|record| &record.data)
    }

    /// The least TTL of the answer's records, in seconds.
    pub fn ttl(&self) -> Option<u32> {
        self.records.iter().map(|record| record.ttl).min()
    }
}

/// What `Lookup` hands back: an answer to come.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Anything that answers DNS questions.
///
/// A lookup never fails as such: what went wrong is the answer's [`Status`].
pub trait Lookup: Send + Sync {
    /// Asks the recursive resolvers in use (the system's, or `--resolver`).
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a>;

    /// Asks one server, and no other.
    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a>;

    /// The recursive resolver in use, where it is one.
    fn resolver(&self) -> Option<&Server> {
        None
    }

    /// Where it stopped asking, if the queries it may send are bounded.
    fn stopped(&self) -> Option<budget::Stopped> {
        None
    }
}

impl<L: Lookup + ?Sized> Lookup for &L {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        (**self).resolve(question)
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        (**self).query(server, question)
    }

    fn resolver(&self) -> Option<&Server> {
        (**self).resolver()
    }

    fn stopped(&self) -> Option<budget::Stopped> {
        (**self).stopped()
    }
}

impl<L: Lookup + ?Sized> Lookup for Box<L> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        (**self).resolve(question)
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        (**self).query(server, question)
    }

    fn resolver(&self) -> Option<&Server> {
        (**self).resolver()
    }

    fn stopped(&self) -> Option<budget::Stopped> {
        (**self).stopped()
    }
}

/// Answers nothing: what `--offline` asks.
pub struct Offline;

impl Lookup for Offline {
    fn resolve<'a>(&'a self, _: &'a Question) -> Answering<'a> {
        Box::pin(std::future::ready(Answer::bare(Status::NotAsked(NotAsked::Offline))))
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }
}
