//! What one record alone shows to be unwise, with no question asked.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::finding::{Finding, Severity};
use crate::span::Span;

use super::address::{Network, Range};
use super::limits;
use super::macros::Letter;
use super::record::{Directive, DomainSpec, Mechanism, Modifier, Parsed, Qualifier, Record, Term, TermKind};

/// How a record was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The surveyed domain's, or one that it redirects to: its default counts.
    Own,
    /// Included, and in the surveyed domain's hands.
    OwnIncluded,
    /// Included, and somebody else's.
    Foreign,
}

/// A record to look at.
pub(super) struct Lint<'a> {
    pub domain: &'a str,
    pub text: &'a str,
    pub parsed: &'a Parsed,
    pub role: Role,
}

impl Lint<'_> {
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            self.parsed.problems.iter().map(|problem| problem.finding(self.domain, self.text)).collect();
        if self.role == Role::Foreign {
            findings.retain(|finding| finding.severity == Severity::Error);
        }
        findings.extend(self.permissive_all());
        findings.extend(self.networks());
        if self.role != Role::Foreign {
            findings.extend(self.after_all());
            findings.extend(self.ptr());
            findings.extend(self.duplicates());
        }
        findings.extend(self.default());
        findings
    }

    fn record(&self) -> &Record {
        &self.parsed.readable
    }

    fn about(&self, finding: Finding, span: Span) -> Finding {
        finding.in_record(self.text, Some(span))
    }

    /// `all` that lets everybody pass.
    fn permissive_all(&self) -> Option<Finding> {
        let (term, directive) = self.record().all()?;
        let finding = match (directive.qualifier, self.role) {
            (Qualifier::Pass, _) => Finding::error(
                "spf-permissive-all",
                self.domain,
                format!("`{}` lets every address on the Internet pass as {}", self.written(term), self.domain),
            )
            .help("end the record in `-all` or `~all` once the servers that send for the domain are listed"),
            (Qualifier::Neutral, Role::Own) => Finding::warning(
                "spf-permissive-all",
                self.domain,
                "`?all` says nothing about servers that are not listed: forged mail is as neutral as yours".to_owned(),
            )
            .help("use `~all` while you are finding out who sends for the domain, then `-all`"),
            _ => return None,
        };
        Some(self.about(finding, term.span))
    }

    fn written(&self, term: &Term) -> &str {
        self.text.get(term.span.range()).unwrap_or("all")
    }

    /// "Mechanisms after "all" will never be tested", "any "redirect" modifier MUST be ignored", RFC 7208 §5.1.
    fn after_all(&self) -> Vec<Finding> {
        let Some((all, _)) = self.record().all() else { return Vec::new() };
        let behind = self.record().directives().filter(|(term, _)| term.span.start > all.span.start);
        let unreachable = behind.map(|(term, _)| {
            let message = format!("`{}` stands behind `all` and is never looked at", self.written(term));
            let finding = Finding::warning("spf-unreachable-term", self.domain, message)
                .help("if it is wanted, move it in front of `all`; if not, take it out");
            self.about(finding, term.span)
        });
        let redirect = self.record().redirect().map(|(term, target)| {
            let message = format!("the redirect to {target} is ignored because the record has `all`");
            let finding = Finding::warning("spf-redirect-ignored", self.domain, message)
                .help("keep one of them: the redirect if that record is meant to decide, else `all`");
            self.about(finding, term.span)
        });
        unreachable.chain(redirect).collect()
    }

    /// "This mechanism SHOULD NOT be published", RFC 7208 §5.5.
    fn ptr(&self) -> Vec<Finding> {
        let terms = self.record().terms.iter().filter(|term| uses_reverse_names(&term.kind));
        terms
            .map(|term| {
                let message = format!("`{}` depends on reverse DNS, which is slow and often wrong", self.written(term));
                let finding = Finding::warning("spf-deprecated-ptr", self.domain, message).help(
                    "RFC 7208 §5.5 asks not to publish it, and some receivers skip it: list the addresses with ip4: \
                     and ip6: instead",
                );
                self.about(finding, term.span)
            })
            .collect()
    }

    fn duplicates(&self) -> Vec<Finding> {
        let mut seen: HashMap<String, ()> = HashMap::new();
        let mut networks: Vec<(Range, String)> = Vec::new();
        let mut findings = Vec::new();
        for (term, directive) in self.record().directives() {
            let printed = directive.mechanism.to_string().to_ascii_lowercase();
            let range = network(&directive.mechanism).map(Network::range);
            let cover = range.and_then(|range| networks.iter().find(|(wider, _)| holds(*wider, range)));
            if seen.insert(printed, ()).is_some() {
                findings.push(self.duplicate(term, format!("`{}` stands in the record twice", self.written(term))));
            } else if let Some((_, wider)) = cover {
                let message = format!("`{}` lies inside `{wider}`, which comes before it", self.written(term));
                findings.push(self.duplicate(term, message));
            }
            networks.extend(range.map(|range| (range, self.written(term).to_owned())));
        }
        findings
    }

    fn duplicate(&self, term: &Term, message: String) -> Finding {
        let finding = Finding::warning("spf-duplicate-term", self.domain, message)
            .help("take it out: the first one decides")
            .fix("");
        self.about(finding, term.span)
    }

    /// §4.7: without `all` and `redirect`, everybody else is neutral.
    fn default(&self) -> Option<Finding> {
        let open = self.record().all().is_none() && self.record().redirect().is_none();
        let broken = self.parsed.record().is_none();
        if !open || broken || self.role != Role::Own {
            return None;
        }
        let message =
            "the record has neither `all` nor `redirect`: servers that are not listed are neutral, not failed";
        let finding = Finding::warning("spf-no-all", self.domain, message)
            .help("end the record in `~all`, or in `-all` once all senders are listed");
        Some(finding.in_record(self.text, None))
    }

    fn networks(&self) -> Vec<Finding> {
        let passing = self.record().directives().filter(|(_, directive)| directive.qualifier == Qualifier::Pass);
        passing
            .flat_map(|(term, directive)| {
                let network = network(&directive.mechanism);
                let reserved = network.filter(|_| self.role != Role::Foreign).and_then(|n| self.reserved(term, n));
                [self.broad(term, directive), reserved]
            })
            .flatten()
            .collect()
    }

    fn broad(&self, term: &Term, directive: &Directive) -> Option<Finding> {
        let (v4, v6) = prefixes(&directive.mechanism)?;
        let (least_v4, least_v6) = match self.role {
            Role::Foreign => (limits::BROAD_FOREIGN_V4_PREFIX, limits::BROAD_FOREIGN_V6_PREFIX),
            _ => (limits::BROAD_V4_PREFIX, limits::BROAD_V6_PREFIX),
        };
        let severity = match (v4, v6) {
            (Some(0), _) | (_, Some(0)) => Severity::Error,
            _ if v4.is_some_and(|v4| v4 < least_v4) || v6.is_some_and(|v6| v6 < least_v6) => Severity::Warning,
            _ => return None,
        };
        let message = format!("`{}` authorises {}", self.written(term), amount(v4, v6));
        let finding = Finding::new("spf-broad-network", severity, self.domain, message)
            .help("name the networks that really send: everybody else in this one can pass as the domain");
        Some(self.about(finding, term.span))
    }

    fn reserved(&self, term: &Term, network: Network) -> Option<Finding> {
        let (what, severity) = reserved(network)?;
        let message = format!("`{}` {what}: no mail arrives from there", self.written(term));
        let finding = Finding::new("spf-reserved-address", severity, self.domain, message)
            .help("put in the public address that receivers see, or take the term out");
        Some(self.about(finding, term.span))
    }
}

fn uses_reverse_names(kind: &TermKind) -> bool {
    let macros = |target: &DomainSpec| target.0.uses(Letter::ValidatedName);
    match kind {
        TermKind::Directive(directive) => match &directive.mechanism {
            Mechanism::Ptr(_) => true,
            Mechanism::Include(target) | Mechanism::Exists(target) => macros(target),
            Mechanism::A { domain, .. } | Mechanism::Mx { domain, .. } => domain.as_ref().is_some_and(macros),
            Mechanism::All | Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. } => false,
        },
        TermKind::Modifier(Modifier::Redirect(target)) => macros(target),
        TermKind::Modifier(_) => false,
    }
}

pub(super) fn network(mechanism: &Mechanism) -> Option<Network> {
    match mechanism {
        Mechanism::Ip4 { address, prefix } => Some(Network::new(IpAddr::V4(*address), *prefix)),
        Mechanism::Ip6 { address, prefix } => Some(Network::new(IpAddr::V6(*address), *prefix)),
        _ => None,
    }
}

fn holds(wider: Range, range: Range) -> bool {
    wider.v4 == range.v4 && wider.first <= range.first && range.last <= wider.last
}

/// The lengths by which a mechanism spreads, for each family it speaks of.
fn prefixes(mechanism: &Mechanism) -> Option<(Option<u8>, Option<u8>)> {
    match mechanism {
        Mechanism::Ip4 { prefix, .. } => Some((Some(*prefix), None)),
        Mechanism::Ip6 { prefix, .. } => Some((None, Some(*prefix))),
        Mechanism::A { prefix, .. } | Mechanism::Mx { prefix, .. } => Some((Some(prefix.v4), Some(prefix.v6))),
        _ => None,
    }
}

fn amount(v4: Option<u8>, v6: Option<u8>) -> String {
    match (v4, v6) {
        (Some(0), _) => "every IPv4 address there is".to_owned(),
        (_, Some(0)) => "every IPv6 address there is".to_owned(),
        (Some(v4), _) if v4 < 32 => format!("{} IPv4 addresses", 1u64 << (32 - v4.min(32))),
        (_, Some(v6)) => format!("an IPv6 network of /{v6}"),
        _ => "one address".to_owned(),
    }
}

/// Networks that no mail comes from over the Internet, from the IANA registries of special-purpose addresses.
fn reserved(network: Network) -> Option<(&'static str, Severity)> {
    const PRIVATE: &str = "is a private address";
    const EXAMPLE: &str = "is an address for documentation";
    const OTHER: &str = "is an address for special use";
    const SPECIAL: [(&str, u8, &str, Severity); 19] = [
        ("10.0.0.0", 8, PRIVATE, Severity::Warning),
        ("172.16.0.0", 12, PRIVATE, Severity::Warning),
        ("192.168.0.0", 16, PRIVATE, Severity::Warning),
        ("fc00::", 7, PRIVATE, Severity::Warning),
        ("192.0.2.0", 24, EXAMPLE, Severity::Info),
        ("198.51.100.0", 24, EXAMPLE, Severity::Info),
        ("203.0.113.0", 24, EXAMPLE, Severity::Info),
        ("2001:db8::", 32, EXAMPLE, Severity::Info),
        ("3fff::", 20, EXAMPLE, Severity::Info),
        ("0.0.0.0", 8, OTHER, Severity::Warning),
        ("100.64.0.0", 10, "is an address shared behind a carrier's NAT", Severity::Warning),
        ("127.0.0.0", 8, "is a loopback address", Severity::Warning),
        ("::1", 128, "is a loopback address", Severity::Warning),
        ("169.254.0.0", 16, "is a link-local address", Severity::Warning),
        ("fe80::", 10, "is a link-local address", Severity::Warning),
        ("198.18.0.0", 15, "is an address for benchmarks", Severity::Warning),
        ("224.0.0.0", 4, "is a multicast address", Severity::Warning),
        ("240.0.0.0", 4, OTHER, Severity::Warning),
        ("ff00::", 8, "is a multicast address", Severity::Warning),
    ];
    let range = network.range();
    SPECIAL.iter().find_map(|(address, prefix, what, severity)| {
        let special = Network::new(address.parse().ok()?, *prefix).range();
        holds(special, range).then_some((*what, *severity))
    })
}
