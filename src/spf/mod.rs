//! SPF, RFC 7208: what a record says, what a receiver makes of it, and what is wrong with it.
//!
//! [`record`] reads one record and names all its errors at once; [`evaluate`] is `check_host()`; [`survey`] walks the
//! whole tree of a domain and finds what somebody should mend; [`fix`] proposes a record that needs fewer lookups;
//! [`published`] tries a record before it is published.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use smtpwhy::dns::zone::ZoneLookup;
//! use smtpwhy::spf::{SpfResult, evaluate::{Request, check_host}, survey::survey};
//!
//! let zone = ZoneLookup::parse("
//! example.com.      TXT \"v=spf1 include:_spf.example.net ip4:198.51.100.0/24 -all\"
//! _spf.example.net. TXT \"v=spf1 ip4:192.0.2.0/24 ~all\"
//! ")?;
//! let request = Request::new("192.0.2.25".parse()?, "user@example.com", "mail.example.net");
//! let evaluation = check_host(&zone, &request).await;
//! assert_eq!(evaluation.result, SpfResult::Pass);
//! assert_eq!(evaluation.trace.last().unwrap().term, "include:_spf.example.net");
//!
//! let survey = survey(&zone, "example.com").await;
//! assert_eq!((survey.lookups.total, survey.lookups.limit, survey.addresses.v4), (1, 10, 512));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Sections (§) are those of [RFC 7208](https://www.rfc-editor.org/rfc/rfc7208) where no other document is named.

mod address;
pub mod evaluate;
pub mod fix;
mod gather;
pub(crate) mod limits;
mod lint;
mod macros;
mod name;
mod near_miss;
mod partition;
pub mod published;
pub mod record;
mod repair;
mod select;
pub mod survey;
mod syntax;

pub use limits::Limits;
#[cfg(fuzzing)]
pub use macros::{MacroString, target_name};

use std::fmt;

/// What `check_host()` returns, RFC 7208 §2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpfResult {
    /// No record, or no domain that could have one, §2.6.1.
    None,
    /// The domain states nothing about this address, §2.6.2.
    Neutral,
    /// The address may send for the domain, §2.6.3.
    Pass,
    /// The address may not, §2.6.4.
    Fail,
    /// The address probably may not, §2.6.5.
    SoftFail,
    /// DNS did not answer: the same may succeed later, §2.6.6.
    TempError,
    /// The record cannot be followed until somebody mends it, §2.6.7.
    PermError,
}

impl SpfResult {
    /// As it stands in `Received-SPF` (§9.1) and `Authentication-Results`: `softfail`, say.
    pub fn as_str(self) -> &'static str {
        match self {
            SpfResult::None => "none",
            SpfResult::Neutral => "neutral",
            SpfResult::Pass => "pass",
            SpfResult::Fail => "fail",
            SpfResult::SoftFail => "softfail",
            SpfResult::TempError => "temperror",
            SpfResult::PermError => "permerror",
        }
    }
}

impl fmt::Display for SpfResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
