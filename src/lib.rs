//! Paste an SMTP error, get the cause, the proof and the fix.
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

pub mod cli;
pub mod diagnosis;
pub mod dns;
pub mod finding;
pub mod intake;
pub mod knowledge;
pub mod logs;
pub mod probe;
pub mod rank;
pub mod render;
pub mod reply;
pub mod span;
pub mod spf;
pub mod triage;
