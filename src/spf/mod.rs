//! SPF, RFC 7208: what a record says, what a receiver makes of it, and what is wrong with it.
//!
//! [`record`] reads one record and names all its errors at once; [`evaluate`] is `check_host()`; [`survey`] walks the
//! whole tree of a domain and finds what somebody should mend; [`fix`] proposes a record that needs fewer lookups.

pub mod address;
pub mod evaluate;
pub mod fix;
mod gather;
pub mod limits;
mod lint;
pub mod macros;
mod name;
pub mod near_miss;
pub mod partition;
pub mod published;
pub mod record;
mod repair;
mod select;
pub mod survey;
pub mod syntax;

use std::fmt;

/// What `check_host()` returns, RFC 7208 §2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpfResult {
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    TempError,
    PermError,
}

impl SpfResult {
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
