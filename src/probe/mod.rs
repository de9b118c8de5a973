//! What a cause asks DNS: one file per probe, each with its findings.

pub mod delegation;
pub mod nameservers;
pub mod propagation;
mod rrset;

use crate::finding::{Finding, Severity};

/// The probes, by the names `data/causes/*.toml` calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    Spf,
    Dmarc,
    Dkim,
    Mx,
    Reverse,
    Delegation,
    Propagation,
    Blocklist,
    Dnssec,
}

impl Probe {
    pub fn as_str(self) -> &'static str {
        match self {
            Probe::Spf => "spf",
            Probe::Dmarc => "dmarc",
            Probe::Dkim => "dkim",
            Probe::Mx => "mx",
            Probe::Reverse => "reverse",
            Probe::Delegation => "delegation",
            Probe::Propagation => "propagation",
            Probe::Blocklist => "blocklist",
            Probe::Dnssec => "dnssec",
        }
    }
}

/// What a probe that ran tells about a suspicion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub probe: Probe,
    /// Every question the probe asks had a conclusive answer. Where not, finding nothing proves nothing.
    pub complete: bool,
    pub findings: Vec<Finding>,
    /// What was seen, in a sentence, whether or not anything is wrong.
    pub summary: String,
}

impl Observation {
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
