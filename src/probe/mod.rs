//! What a cause asks DNS: one file per probe, each with its findings.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use smtpwhy::dns::{Name, zone::ZoneLookup};
//! use smtpwhy::probe::{Probe, check::{Elsewhere, Target, Verdict, check}};
//!
//! let zone = ZoneLookup::parse("
//! example.com.        TXT \"v=spf1 ip4:192.0.2.0/24 ~all\"
//! _dmarc.example.com. TXT \"v=DMARC1; p=maybe\"
//! ")?;
//! let target = Target::of(Name::from_utf8("example.com")?);
//! let found = check(&zone, &target, &[Probe::Spf, Probe::Dmarc].into(), &Elsewhere::default()).await;
//! assert_eq!(found.verdict(), Verdict::Problems);
//! assert_eq!(found.findings()[0].id, "dmarc-syntax");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

pub mod blocklist;
pub mod check;
pub mod delegation;
pub mod dkim;
pub mod dmarc;
pub mod dnssec;
pub mod mx;
mod nameservers;
pub mod policy_txt;
pub mod propagation;
pub mod reverse;
mod rrset;

use crate::dns::{Answer, Lookup, Question, RData, RecordType, shown};
use crate::finding::{Finding, Severity};

/// The probes, by the names `data/causes/*.toml` calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Probe {
    /// The record and all it leads to: [`survey`](crate::spf::survey::survey()).
    Spf,
    /// `check_host()` for the address that sent, RFC 7208 §4.
    CheckHost,
    /// [RFC 9989](https://www.rfc-editor.org/rfc/rfc9989): [`dmarc::dmarc`].
    Dmarc,
    /// [RFC 6376](https://www.rfc-editor.org/rfc/rfc6376): [`dkim::dkim`].
    Dkim,
    /// Where the domain takes mail: [`mx::mx`].
    Mx,
    /// The sending address's name: [`reverse::reverse`].
    Reverse,
    /// The zone's own servers: [`delegation::delegation`].
    Delegation,
    /// What public resolvers hold: [`propagation::propagation`].
    Propagation,
    /// [RFC 9364](https://www.rfc-editor.org/rfc/rfc9364): [`dnssec::dnssec`].
    Dnssec,
    /// [RFC 5782](https://www.rfc-editor.org/rfc/rfc5782): [`blocklist::blocklist`].
    Blocklist,
    /// MTA-STS and TLS reporting. No cause asks for it.
    Transport,
}

impl Probe {
    /// All of them.
    pub const ALL: [Probe; 11] = [
        Probe::Spf,
        Probe::CheckHost,
        Probe::Dmarc,
        Probe::Dkim,
        Probe::Mx,
        Probe::Reverse,
        Probe::Delegation,
        Probe::Propagation,
        Probe::Dnssec,
        Probe::Blocklist,
        Probe::Transport,
    ];

    /// The probe that [`Probe::as_str`] calls so.
    pub fn named(name: &str) -> Option<Probe> {
        Probe::ALL.into_iter().find(|probe| probe.as_str() == name)
    }

    /// Its name in JSON and in `data/causes/*.toml`, such as `check-host`. Permanent.
    pub fn as_str(self) -> &'static str {
        match self {
            Probe::Spf => "spf",
            Probe::CheckHost => "check-host",
            Probe::Dmarc => "dmarc",
            Probe::Dkim => "dkim",
            Probe::Mx => "mx",
            Probe::Reverse => "reverse",
            Probe::Delegation => "delegation",
            Probe::Propagation => "propagation",
            Probe::Dnssec => "dnssec",
            Probe::Blocklist => "blocklist",
            Probe::Transport => "transport",
        }
    }
}

/// What a probe that ran tells about a suspicion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// Which one.
    pub probe: Probe,
    /// Every question it asked had a conclusive answer.
    pub answered: bool,
    /// Finding nothing proves that there is nothing: it was answered, and it asked all there is to ask.
    pub complete: bool,
    /// What is wrong, or worth knowing.
    pub findings: Vec<Finding>,
    /// What was seen, in a sentence, whether or not anything is wrong.
    pub summary: String,
}

impl Observation {
    /// The most severe of its findings; `None` where it has none.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// Where the bound on queries was reached.
pub fn query_limit(lookup: &dyn Lookup, subject: String) -> Option<Finding> {
    let stopped = lookup.stopped()?;
    let Question { name, kind, .. } = &stopped.first;
    let message = format!(
        "stopped after {} queries: {} more were not asked, the first for {kind} of {}",
        stopped.most,
        stopped.unasked,
        shown(name)
    );
    Some(
        Finding::warning("query-limit", subject, message)
            .help("raise the bound with --max-queries if you trust the zone"),
    )
}

/// The TXT records of an answer, each with its character-strings joined (RFC 7208 §3.3, RFC 6376 §3.6.2.2). Octets that
/// are no UTF-8 read as U+FFFD.
fn txt(answer: &Answer) -> impl Iterator<Item = String> {
    answer.data(RecordType::TXT).filter_map(|data| match data {
        RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => None,
    })
}
