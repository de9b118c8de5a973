//! Paste an SMTP error, get the cause, the proof and the fix.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use smtpwhy::{diagnosis::diagnose, dns::Offline, knowledge::Knowledge};
//! let said = "451 4.7.1 <u@example.com>: Recipient address rejected: Greylisted";
//! let diagnoses = diagnose(said, Knowledge::embedded(), &Offline).await;
//! assert_eq!(diagnoses[0].causes[0].cause.id, "greylisting");
//! # })
//! ```
//!
//! [`dns::live::Live`] in place of [`dns::Offline`] asks DNS what the leading causes want to know; anything that is a
//! [`dns::Lookup`] may answer. Errors of DNS are part of the answers, never of the call.
//!
//! # Where to begin
//!
//! | to | call |
//! |---|---|
//! | diagnose a reply, log lines, a bounce, a queue listing | [`diagnosis::diagnose`]; [`diagnosis::read`] and [`diagnosis::ask`] in two steps |
//! | find replies in a text, with their places | [`intake::read`] |
//! | group whole logs by cause | [`logs::triage`]; [`triage`] for lines from elsewhere |
//! | evaluate SPF for one message | [`spf::evaluate::check_host`] |
//! | see what an SPF record costs, allows and gets wrong | [`spf::survey::survey()`]; [`spf::survey::survey_record`] before it is published |
//! | check SPF, DKIM, DMARC, MX, reverse DNS and the zone | [`probe::check::check`] |
//! | see whether a change has arrived everywhere | [`probe::propagation::propagation`] |
//! | look up a cause, a code or a finding | [`knowledge::Knowledge::page`] |
//! | print any of it | [`render`] |
//!
//! # DNS
//!
//! [`Live`](dns::live::Live) needs a tokio runtime with time and I/O; one thread is enough. Put it into
//! [`Cached`](dns::cache::Cached), which asks nothing twice and no more than it may: records of strangers decide what is
//! asked. [`ZoneLookup`](dns::zone::ZoneLookup) answers from zone text without a socket.
//!
//! # Features
//!
//! - `cli` (default): the program. `default-features = false` leaves clap and its like out.
//! - `render` (part of `cli`): [`render`], finished values as text, HTML, JSON and SARIF.
//! - `logs` (part of `render`): [`logs`] and [`triage`], whole logs in groups.
//! - `encrypted` (default): resolvers over TLS (RFC 7858) and HTTPS (RFC 8484).
//!
//! # What stays
//!
//! Ids of causes, findings, providers and software are permanent; one that is given up leads to what took its place
//! ([`knowledge::Knowledge::retired`]). Structs and enums that may grow are `non_exhaustive`. The words of titles, reasons
//! and advice, confidences, and which cause a reply is taken for may change with any release: match ids, not text. JSON
//! documents carry [`render::json::SCHEMA`].
//!
//! Of other crates, the interface holds hickory-proto's `Name`, `Record`, `RData` and `RecordType` (from [`dns`]), and
//! serde's `Serialize` on documents: a new major version of these is one here.
//!
//! # The map
//!
//! Arrows point down this list only; a test keeps it so.
//!
//! | module | what |
//! |---|---|
//! | [`cli`] | clap types and wiring: the only module that knows all others |
//! | [`render`] | text, JSON, HTML: each takes a finished value and a writer |
//! | [`logs`] | whole logs and bounce folders: files in time order, decompression, all cores, following |
//! | [`triage`] | pure: many failures and what became of their messages → groups |
//! | [`diagnosis`] | text + knowledge + lookup → [`Diagnosis`](diagnosis::Diagnosis): the library's one verb |
//! | [`rank`] | pure: clues and observations → ordered causes with their reasons; never sees a socket |
//! | [`probe`] | one file per probe; what a cause asks DNS |
//! | [`knowledge`] | causes, clues, providers: `data/`, built in, and its matching |
//! | [`spf`] | record (syntax with spans), evaluation (`check_host`), survey, limits, macros |
//! | [`dns`] | [`Lookup`](dns::Lookup), the small trait everything asks through; live and zone-text answers |
//! | [`finding`] | what a check found |
//! | [`intake`] | finds replies in what was pasted |
//! | [`reply`] | reply codes (RFC 5321) and enhanced status codes (RFC 3463) |
//! | [`span`] | text that remembers where it came from |
//!
//! One pasted line's way: `cli` hands it to `intake`, which finds replies and keeps their spans; `knowledge` finds the
//! clues in them; `rank` orders the causes, each with its because; `probe` asks DNS what the leading causes want to
//! know, and `rank` speaks again, because an observation confirms, weakens, rules out or leaves open. Then the
//! diagnosis is complete, all I/O is over, and `render` prints it.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnosis;
pub mod dns;
pub mod finding;
pub mod intake;
pub mod knowledge;
#[cfg(feature = "logs")]
pub mod logs;
pub mod probe;
pub mod rank;
#[cfg(feature = "render")]
pub mod render;
pub mod reply;
pub mod span;
pub mod spf;
#[cfg(feature = "logs")]
pub mod triage;
