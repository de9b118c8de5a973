//! A record that means the same and needs fewer lookups.
//!
//! Steps are taken from the harmless to the last resort, until the limits of RFC 7208 §4.6.4 are kept. What comes out is
//! compared with the record it replaces at every address where either changes its result.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::rr::rdata::TXT;

use crate::dns::{Answer, Answering, Lookup, Question, RData, Record as DnsRecord, RecordType, Server, Status};

use super::address::AddressSet;
use super::evaluate::{Request, check_host};
use super::gather::Gathered;
use super::limits::{self, Limits};
use super::name;
use super::partition::{Chart, Partition};
use super::record::{self, Directive, Mechanism, Modifier, Qualifier, Record, Term, TermKind};
use super::survey::{Lookups, Node, Survey, survey_at_hand};

/// A record in place of one that needs too many lookups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub record: String,
    pub lookups: Lookups,
    /// What was changed, in the order in which it was done.
    pub changes: Vec<Change>,
    /// At so many addresses, all where a result can change, both records were evaluated to the same result.
    pub compared: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Change {
    #[error("`{0}` goes: it stands behind `all` and is never looked at")]
    Unreachable(String),
    #[error("`{0}` goes: it stands in the record before")]
    Duplicate(String),
    #[error("`{0}` goes: its name leads to nothing")]
    FindsNothing(String),
    #[error("`{0}` goes: an earlier include brings it along")]
    ReachedBefore(String),
    #[error("`{0}` is written as its addresses; change them here when the host moves")]
    Addresses(String),
    #[error("`{0}` is written as its networks; they go stale when the service changes them, so check them every month")]
    Flattened(String),
}

impl Change {
    /// Does the record need looking after from now on?
    pub fn goes_stale(&self) -> bool {
        matches!(self, Change::Addresses(_) | Change::Flattened(_))
    }
}

/// `None` where the record's meaning is not fully known, or no such record was found.
pub(super) async fn propose(gathered: &Gathered, survey: &Survey) -> Option<Proposal> {
    let text = survey.record.as_ref()?;
    let parsed = record::parse(text);
    let record = parsed.record()?;
    let meaning = Chart::new(gathered, &survey.domain).of(&survey.domain, record);
    if meaning.partial {
        return None;
    }
    let mut draft = Draft { gathered, domain: &survey.domain, record: record.clone(), changes: Vec::new() };
    let lookups = draft.shrink(survey.tree.as_ref()?)?;
    let proposed = draft.record.to_string();
    let compared = compare(gathered, &survey.domain, [text, &proposed], &meaning).await?;
    Some(Proposal { record: proposed, lookups, changes: draft.changes, compared })
}

struct Draft<'a> {
    gathered: &'a Gathered,
    domain: &'a str,
    record: Record,
    changes: Vec<Change>,
}

impl Draft<'_> {
    /// What the draft costs once it keeps the limits.
    fn shrink(&mut self, tree: &Node) -> Option<Lookups> {
        self.drop_unreachable();
        self.drop_duplicates();
        self.drop_what_finds_nothing();
        if self.within_limits().is_none() {
            self.drop_reached_before(tree);
        }
        while self.within_limits().is_none() {
            if !(self.replace_first_host() || self.flatten_one()) {
                return None;
            }
        }
        self.within_limits()
    }

    fn within_limits(&self) -> Option<Lookups> {
        let lookups = survey_at_hand(self.gathered, self.domain, &self.record.to_string()).lookups;
        (lookups.total <= lookups.limit && lookups.void <= lookups.void_limit).then_some(lookups)
    }

    /// Keeps the terms that `drop` has nothing against.
    fn drop_terms(&mut self, mut drop: impl FnMut(&Term) -> Option<Change>) {
        let changes = &mut self.changes;
        self.record.terms.retain(|term| {
            let change = drop(term);
            let keep = change.is_none();
            changes.extend(change);
            keep
        });
    }

    fn drop_unreachable(&mut self) {
        let mut ended = false;
        let has_all = self.record.all().is_some();
        self.drop_terms(|term| {
            let unreachable = match &term.kind {
                TermKind::Directive(_) => ended,
                TermKind::Modifier(Modifier::Redirect(_)) => has_all,
                TermKind::Modifier(_) => false,
            };
            ended |= is_all(term);
            unreachable.then(|| Change::Unreachable(term.kind.to_string()))
        });
    }

    fn drop_duplicates(&mut self) {
        let mut seen = HashSet::new();
        self.drop_terms(|term| {
            let TermKind::Directive(directive) = &term.kind else { return None };
            let new = seen.insert(directive.mechanism.to_string().to_ascii_lowercase());
            (!new).then(|| Change::Duplicate(directive.to_string()))
        });
    }

    fn drop_what_finds_nothing(&mut self) {
        let mut chart = Chart::new(self.gathered, self.domain);
        let domain = self.domain;
        self.drop_terms(|term| {
            let TermKind::Directive(directive) = &term.kind else { return None };
            if !matches!(directive.mechanism, Mechanism::A { .. } | Mechanism::Mx { .. }) {
                return None;
            }
            let mut partial = false;
            let empty = chart.matched(&directive.mechanism, domain, &mut partial).is_empty();
            (empty && !partial).then(|| Change::FindsNothing(directive.to_string()))
        });
    }

    /// Includes that bring nothing which an earlier include did not bring.
    fn drop_reached_before(&mut self, tree: &Node) {
        let mut brought = BTreeSet::new();
        let mut again = BTreeSet::new();
        for child in &tree.children {
            if brought.contains(&child.domain.to_ascii_lowercase()) && child.record.is_some() {
                again.insert(child.term.to_ascii_lowercase());
            }
            domains(child, &mut brought);
        }
        self.drop_terms(|term| match &term.kind {
            TermKind::Directive(Directive { mechanism: Mechanism::Include(_), .. }) => {
                let printed = term.kind.to_string();
                again.contains(&printed.to_ascii_lowercase()).then_some(Change::ReachedBefore(printed))
            }
            _ => None,
        });
    }

    /// Writes the first `a` or `mx` as its addresses.
    fn replace_first_host(&mut self) -> bool {
        let hosts = |mechanism: &Mechanism| matches!(mechanism, Mechanism::A { .. } | Mechanism::Mx { .. });
        self.replace(hosts, Change::Addresses)
    }

    /// Writes as its networks the include that has the fewest of them.
    fn flatten_one(&mut self) -> bool {
        self.replace(|mechanism| matches!(mechanism, Mechanism::Include(_)), Change::Flattened)
    }

    fn replace(&mut self, which: impl Fn(&Mechanism) -> bool, change: fn(String) -> Change) -> bool {
        let mut chart = Chart::new(self.gathered, self.domain);
        let candidates = self.record.terms.iter().enumerate().filter_map(|(index, term)| {
            let TermKind::Directive(directive) = &term.kind else { return None };
            let mut partial = false;
            let set = which(&directive.mechanism)
                .then(|| chart.matched(&directive.mechanism, self.domain, &mut partial))
                .filter(|set| !set.is_empty())?;
            let terms = network_terms(&set, directive.qualifier);
            (!partial && terms.len() <= limits::PROPOSED_NETWORKS).then_some((index, terms))
        });
        let Some((index, terms)) = candidates.min_by_key(|(_, terms)| terms.len()) else { return false };
        self.changes.push(change(self.record.terms[index].kind.to_string()));
        self.record.terms.splice(index..=index, terms);
        true
    }
}

fn is_all(term: &Term) -> bool {
    matches!(&term.kind, TermKind::Directive(directive) if directive.mechanism == Mechanism::All)
}

fn domains(node: &Node, brought: &mut BTreeSet<String>) {
    if node.record.is_some() {
        brought.insert(node.domain.to_ascii_lowercase());
    }
    node.children.iter().for_each(|child| domains(child, brought));
}

fn network_terms(set: &AddressSet, qualifier: Qualifier) -> Vec<Term> {
    let networks = set.ranges().iter().rev().flat_map(|range| range.networks());
    networks
        .map(|network| {
            let mechanism = match network.address {
                IpAddr::V4(address) => Mechanism::Ip4 { address, prefix: network.prefix },
                IpAddr::V6(address) => Mechanism::Ip6 { address, prefix: network.prefix },
            };
            let kind = TermKind::Directive(Directive { qualifier, mechanism });
            Term { kind, span: crate::span::Span::new(0, 0) }
        })
        .collect()
}

/// Evaluates both records at every address where either changes its result; how many, if they agree at all of them.
async fn compare(gathered: &Gathered, domain: &str, records: [&str; 2], meaning: &Partition) -> Option<usize> {
    let proposed = record::parse(records[1]);
    let other = Chart::new(gathered, domain).of(domain, proposed.record()?);
    let ends = meaning.boundaries().chain(other.boundaries());
    let addresses: BTreeSet<IpAddr> = ends.flat_map(|ip| [Some(ip), before(ip), after(ip)]).flatten().collect();
    if addresses.len() > limits::PROOF_ADDRESSES {
        return None;
    }
    let [old, new] = records.map(|text| Instead { gathered, domain, text });
    for ip in &addresses {
        let request = Request::new(*ip, format!("postmaster@{domain}"), domain).limits(Limits::LIFTED);
        if check_host(&old, &request).await.result != check_host(&new, &request).await.result {
            return None;
        }
    }
    Some(addresses.len())
}

fn before(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).checked_sub(1).map(|number| Ipv4Addr::from(number).into()),
        IpAddr::V6(ip) => u128::from(ip).checked_sub(1).map(|number| Ipv6Addr::from(number).into()),
    }
}

fn after(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => u32::from(ip).checked_add(1).map(|number| Ipv4Addr::from(number).into()),
        IpAddr::V6(ip) => u128::from(ip).checked_add(1).map(|number| Ipv6Addr::from(number).into()),
    }
}

/// Answers at hand, with another record in the domain's place.
struct Instead<'a> {
    gathered: &'a Gathered,
    domain: &'a str,
    text: &'a str,
}

impl Instead<'_> {
    fn answer(&self, question: &Question) -> Answer {
        let own = name::question(self.domain, RecordType::TXT);
        if own.as_ref() != Some(question) {
            return self.gathered.get(question);
        }
        let strings = self.text.as_bytes().chunks(limits::STRING_OCTETS).collect();
        let data = RData::TXT(TXT::from_bytes(strings));
        let record = DnsRecord::from_rdata(question.name.clone(), 0, data);
        Answer { records: vec![record], ..Answer::bare(Status::Answered) }
    }
}

impl Lookup for Instead<'_> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(std::future::ready(self.answer(question)))
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }
}
