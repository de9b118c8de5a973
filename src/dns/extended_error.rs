//! Extended DNS Errors, RFC 8914.

use std::fmt;

/// Why a resolver answered as it did, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExtendedError {
    /// The INFO-CODE of RFC 8914 §2.
    pub code: u16,
    /// The EXTRA-TEXT, often empty.
    pub text: String,
}

impl ExtendedError {
    /// The resolver validated, and the zone's signatures did not hold: codes 6 to 12, RFC 8914 §4.7 to §4.13.
    pub fn is_bogus(&self) -> bool {
        (6..=12).contains(&self.code)
    }

    /// The name is withheld on purpose: Blocked, Censored, Filtered, Prohibited, RFC 8914 §4.16 to §4.19.
    pub fn is_withheld(&self) -> bool {
        (15..=18).contains(&self.code)
    }

    /// The resolver could not reach the zone's servers and gave what it had kept, RFC 8767.
    pub fn is_served_stale(&self) -> bool {
        matches!(self.code, 3 | 19)
    }

    /// The name of the code in the IANA registry.
    pub fn purpose(&self) -> Option<&'static str> {
        PURPOSES.get(usize::from(self.code)).copied()
    }
}

impl fmt::Display for ExtendedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.purpose() {
            Some(purpose) => write!(f, "{purpose} (EDE {})", self.code)?,
            None => write!(f, "EDE {}", self.code)?,
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, ": {}", self.text) }
    }
}

/// In the order of their codes, from 0:
/// <https://www.iana.org/assignments/dns-parameters/dns-parameters.xhtml#extended-dns-error-codes>
const PURPOSES: [&str; 25] = [
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
];
