//! A record that means the same and needs fewer lookups.
//!
//! Steps are taken from the harmless to the last resort, until the limits of RFC 7208 §4.6.4 are kept. What comes out is
//! compared with the record it replaces at every address where either changes its result.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::rr::rdata::A;

use crate::dns::{Answer, Answering, Lookup, Question, RData, Record as DnsRecord, RecordType, Server, Status};
use crate::span::Span;

use super::address::AddressSet;
use super::evaluate::{Request, results};
use super::gather::Gathered;
use super::limits::{self, Limits};
use super::macros::{MacroString, Part};
use super::name;
use super::partition::{Chart, Partition};
use super::published::Published;
use super::record::{self, Directive, DomainSpec, Mechanism, Modifier, Qualifier, Record, Term, TermKind};
use super::survey::{Lookups, Node, Survey, survey_at_hand};

/// A record in place of one that needs too many lookups.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proposal {
    /// To be published in place of the domain's.
    pub record: String,
    /// Records of the domain's own that it includes, to be published first.
    pub own: Vec<OwnRecord>,
    /// What it costs.
    pub lookups: Lookups,
    /// What was changed, in the order in which it was done.
    pub changes: Vec<Change>,
    /// At so many addresses, all where a result can change, both records were evaluated to the same result.
    pub compared: usize,
}

/// A record of the domain's own that another one includes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnRecord {
    /// Where to publish it.
    pub domain: String,
    /// What to publish.
    pub record: String,
}

/// One step from the record to the proposal. Each holds the term as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Change {
    /// Taken out: behind `all`.
    #[error("`{0}` goes: it stands behind `all` and is never looked at")]
    Unreachable(String),
    /// Taken out: said before.
    #[error("`{0}` goes: it stands in the record before")]
    Duplicate(String),
    /// Taken out: authorises nobody.
    #[error("`{0}` goes: nobody passes by it")]
    FindsNothing(String),
    /// Taken out: an earlier include leads there too.
    #[error("`{0}` goes: an earlier include brings it along")]
    ReachedBefore(String),
    /// Taken out: earlier terms have all its addresses today.
    #[error("`{0}` goes: all its addresses match an earlier term")]
    Covered(String),
    /// `a` or `mx` of the domain's own, written as the addresses it has today.
    #[error("`{0}` is written as its addresses; change them here when the host moves")]
    Addresses(String),
    /// A service's include, written as the networks it has today.
    #[error("`{0}` is written as its networks; they go stale when the service changes them, so check them every month")]
    Flattened(String),
    #[error(
        "`{0}` is written as its networks in records of your own ({1}); they go stale when the service changes them, \
         so check them every month"
    )]
    /// The same, where the networks take records of their own: the term, and where they go.
    Split(String, String),
}

impl Change {
    /// Does the record need looking after from now on?
    pub fn goes_stale(&self) -> bool {
        matches!(self, Change::Covered(_) | Change::Addresses(_) | Change::Flattened(_) | Change::Split(..))
    }
}

/// `None` where not everything was answered, or no such record was found. Terms that depend on the message stay as they
/// are.
pub(super) async fn propose(gathered: &Gathered, survey: &Survey) -> Option<Proposal> {
    let text = survey.record.as_ref()?;
    let parsed = record::parse(text);
    let record = parsed.record()?;
    let meaning = Chart::new(gathered, &survey.domain).of(&survey.domain, record);
    let (gathered, domain) = (gathered.clone(), survey.domain.as_str());
    let mut draft = Draft { gathered, domain, record: record.clone(), own: Vec::new(), changes: Vec::new() };
    let lookups = draft.shrink(survey.tree.as_ref()?)?;
    let proposed = draft.record.to_string();
    let compared = compare(&draft.gathered, domain, [text, &proposed], &meaning).await?;
    Some(Proposal { record: proposed, own: draft.own, lookups, changes: draft.changes, compared })
}

struct Draft<'a> {
    /// The answers at hand, and the draft's own records.
    gathered: Gathered,
    domain: &'a str,
    record: Record,
    own: Vec<OwnRecord>,
    changes: Vec<Change>,
}

/// A term in other words.
struct Rewriting {
    index: usize,
    terms: Vec<Term>,
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
            if !(self.drop_covered() || self.replace_first_host() || self.flatten_one()) {
                return None;
            }
        }
        self.within_limits()
    }

    fn lookups(&self) -> Lookups {
        survey_at_hand(&self.gathered, self.domain, &self.record.to_string()).lookups
    }

    fn within_limits(&self) -> Option<Lookups> {
        let lookups = self.lookups();
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
        let gathered = self.gathered.clone();
        let mut chart = Chart::new(&gathered, self.domain);
        let domain = self.domain;
        self.drop_terms(|term| {
            let TermKind::Directive(directive) = &term.kind else { return None };
            let asks =
                matches!(directive.mechanism, Mechanism::A { .. } | Mechanism::Mx { .. } | Mechanism::Include(_));
            let mut partial = false;
            let empty = asks && chart.matched(&directive.mechanism, domain, &mut partial).is_empty();
            (empty && !partial).then(|| Change::FindsNothing(directive.to_string()))
        });
    }

    /// Takes out the first term that asks for addresses which earlier terms have matched already.
    fn drop_covered(&mut self) -> bool {
        let mut chart = Chart::new(&self.gathered, self.domain);
        let mut before = AddressSet::default();
        let covered = self.record.directives().find_map(|(term, directive)| {
            let mut partial = false;
            let set = chart.matched(&directive.mechanism, self.domain, &mut partial);
            let inside = set.minus(&before).is_empty() && !partial && directive.mechanism.costs_lookup();
            before = before.union(&set);
            inside.then(|| term.clone())
        });
        let Some(covered) = covered else { return false };
        self.drop_terms(|term| (*term == covered).then(|| Change::Covered(term.kind.to_string())));
        true
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

    /// Writes as its addresses the `a` or `mx` that has the fewest of them.
    fn replace_first_host(&mut self) -> bool {
        let host = |mechanism: &Mechanism| matches!(mechanism, Mechanism::A { .. } | Mechanism::Mx { .. });
        let Some(Rewriting { index, terms }) = self.rewriting(host) else { return false };
        self.changes.push(Change::Addresses(self.record.terms[index].kind.to_string()));
        self.record.terms.splice(index..=index, terms);
        true
    }

    /// Writes as its networks the include that has the fewest of them.
    fn flatten_one(&mut self) -> bool {
        let include = |mechanism: &Mechanism| matches!(mechanism, Mechanism::Include(_));
        let Some(Rewriting { index, terms }) = self.rewriting(include) else { return false };
        let written = self.record.terms[index].kind.to_string();
        let before = self.lookups().total;
        let mut longer = self.record.clone();
        longer.terms.splice(index..=index, terms.iter().cloned());
        if longer.to_string().len() + self.domain.len() <= limits::TXT_OCTETS {
            self.record = longer;
            self.changes.push(Change::Flattened(written));
            return true;
        }
        self.split(index, terms, written);
        self.lookups().total < before
    }

    /// Moves networks that would make the record too long, §3.4, into records of the domain's own.
    fn split(&mut self, index: usize, terms: Vec<Term>, written: String) {
        let TermKind::Directive(Directive { qualifier, .. }) = self.record.terms[index].kind else { return };
        let records = parts(terms);
        let names: Vec<String> = self.free_names().take(records.len()).collect();
        let includes = names.iter().map(|name| include(name, qualifier)).collect::<Vec<_>>();
        for (name, record) in names.iter().zip(&records) {
            self.gathered.publish(name, record);
            self.own.push(OwnRecord { domain: name.clone(), record: record.clone() });
        }
        self.record.terms.splice(index..=index, includes);
        self.changes.push(Change::Split(written, names.join(", ")));
    }

    fn free_names(&self) -> impl Iterator<Item = String> {
        let names = (1..).map(|number| format!("_spf{number}.{}", self.domain));
        names.filter(|name| {
            name::question(name, RecordType::TXT).is_some_and(|question| !self.gathered.knows(&question))
        })
    }

    /// Of the terms wanted, the one that takes the fewest networks.
    fn rewriting(&self, wanted: impl Fn(&Mechanism) -> bool) -> Option<Rewriting> {
        let mut chart = Chart::new(&self.gathered, self.domain);
        let rewritings = self.record.terms.iter().enumerate().filter_map(|(index, term)| {
            let TermKind::Directive(directive) = &term.kind else { return None };
            if !wanted(&directive.mechanism) || self.is_own(&directive.mechanism) {
                return None;
            }
            let mut partial = false;
            let set = chart.matched(&directive.mechanism, self.domain, &mut partial);
            // Within a record of its own, what is listed passes: the include has the qualifier.
            let terms = network_terms(&set, directive.qualifier);
            (!partial && !set.is_empty() && terms.len() <= limits::PROPOSED_NETWORKS)
                .then_some(Rewriting { index, terms })
        });
        rewritings.min_by_key(|rewriting| rewriting.terms.len())
    }

    fn is_own(&self, mechanism: &Mechanism) -> bool {
        let Mechanism::Include(target) = mechanism else { return false };
        self.own.iter().any(|own| own.domain == target.to_string())
    }
}

/// Records that hold these networks, none longer than fits every answer, §3.4.
fn parts(terms: Vec<Term>) -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    for term in terms {
        let TermKind::Directive(directive) = term.kind else { continue };
        let network = Directive { qualifier: Qualifier::Pass, ..directive }.to_string();
        match records.last_mut().filter(|record| record.len() + network.len() < limits::OWN_RECORD_OCTETS) {
            Some(record) => *record = format!("{record} {network}"),
            None => records.push(format!("{} {network}", record::VERSION)),
        }
    }
    records.into_iter().map(|record| format!("{record} ~all")).collect()
}

fn include(domain: &str, qualifier: Qualifier) -> Term {
    let target = DomainSpec(MacroString { parts: vec![Part::Literal(domain.to_owned())] });
    directive(Directive { qualifier, mechanism: Mechanism::Include(target) })
}

/// A term that stands nowhere yet.
fn directive(directive: Directive) -> Term {
    Term { kind: TermKind::Directive(directive), span: Span::new(0, 0) }
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
            directive(Directive { qualifier, mechanism })
        })
        .collect()
}

/// Evaluates both records at every address where either changes its result; how many, if they agree at all of them.
async fn compare(gathered: &Gathered, domain: &str, records: [&str; 2], meaning: &Partition) -> Option<usize> {
    let proposed = record::parse(records[1]);
    let other = Chart::new(gathered, domain).of(domain, proposed.record()?);
    // The ranges of all results together are all addresses: what lies beside an end is another end.
    let addresses: BTreeSet<IpAddr> = meaning.boundaries().chain(other.boundaries()).collect();
    if addresses.len() > limits::PROOF_ADDRESSES {
        return None;
    }
    let depends = meaning.partial || other.partial;
    for exists in if depends { &[false, true][..] } else { &[false] } {
        let supposed = Supposed { gathered, exists: *exists };
        let [old, new] = records.map(|record| Published { lookup: &supposed, domain, record });
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let request = Request::new(any, format!("postmaster@{domain}"), domain).limits(Limits::LIFTED);
        let before = results(&old, &request, addresses.iter().copied()).await;
        if before != results(&new, &request, addresses.iter().copied()).await {
            return None;
        }
    }
    Some(addresses.len())
}

/// Answers at hand, and a supposition on the names that depend on the message: that they exist, or that they do not.
struct Supposed<'a> {
    gathered: &'a Gathered,
    exists: bool,
}

impl Supposed<'_> {
    fn answer(&self, question: &Question) -> Answer {
        if self.gathered.knows(question) {
            return self.gathered.get(question);
        }
        if !self.exists || question.kind != RecordType::A {
            return Answer::bare(Status::NxDomain);
        }
        let record = DnsRecord::from_rdata(question.name.clone(), 0, RData::A(A(Ipv4Addr::LOCALHOST)));
        Answer { records: vec![record], ..Answer::bare(Status::Answered) }
    }
}

impl Lookup for Supposed<'_> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(std::future::ready(self.answer(question)))
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }
}
