//! The whole tree of a domain's SPF record: who spends its lookups, what it authorises, and what should be mended.

mod cost;
mod texts;
mod walk;

use futures_util::future::join;

use crate::dns::{Answer, Lookup, RecordType, SPF};
use crate::finding::Finding;
use crate::span::Span;

use super::SpfResult;
use super::fix::{self, Proposal};
use super::gather::{self, Gathered, Scope};
use super::limits::{self, Limits};
use super::lint::Role;
use super::name;
use super::partition::{self, Chart};
use super::record;
use super::syntax::SyntaxError;
use walk::{Here, Walk};

/// What a domain publishes, and what is wrong with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Survey {
    /// Whose record, as it was asked for.
    pub domain: String,
    /// The record, its character-strings joined.
    pub record: Option<String>,
    /// What every message gets, where the record alone decides that: none, permerror or temperror.
    pub result: Option<SpfResult>,
    /// What the whole tree costs.
    pub lookups: Lookups,
    /// The record and all it leads to; `None` where there is no record.
    pub tree: Option<Node>,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// How many addresses pass, as far as DNS tells.
    pub addresses: Addresses,
    /// Every question had an answer.
    pub complete: bool,
    /// The record with its slips mended, where every one of them has a sure repair.
    pub mended: Option<String>,
    /// A record that means the same within the limits, where this one exceeds them.
    pub proposal: Option<Proposal>,
}

/// What the whole tree costs, beyond the limits too, §4.6.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lookups {
    /// Terms that cost a lookup.
    pub total: usize,
    /// How many of them receivers allow: 10.
    pub limit: usize,
    /// Lookups that find nothing.
    pub void: usize,
    /// How many of them receivers allow: 2.
    pub void_limit: usize,
}

/// A term that costs a lookup, and what lies behind it. The root is the record itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// As written.
    pub term: String,
    /// The name it asks for.
    pub domain: String,
    /// The record found there, if it leads to one.
    pub record: Option<String>,
    /// What this term and all below it cost.
    pub lookups: usize,
    /// What a receiver has spent once it is through with this term.
    pub spent: usize,
    /// The terms of its record that cost a lookup, in order.
    pub children: Vec<Node>,
    /// Why there is nothing here, or no more.
    pub error: Option<String>,
    /// Why nothing can be said of what is here.
    pub open: Option<String>,
}

/// How many addresses a record lets pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addresses {
    /// IPv4 addresses.
    pub v4: u64,
    /// IPv6 addresses; all of them read as one less than there are.
    pub v6: u128,
    /// Some terms depend on the message, or could not be looked up.
    pub partial: bool,
}

/// Surveys what `domain` publishes.
pub async fn survey(lookup: &dyn Lookup, domain: &str) -> Survey {
    let value = |letter, here: &str| partition::without_message(letter, here, domain);
    let type99 = async {
        match name::question(domain, SPF) {
            Some(question) => Some(lookup.resolve(&question).await),
            None => None,
        }
    };
    let (gathered, type99) = join(scope(&value).gather(lookup, domain), type99).await;
    let survey = Walk::new(&gathered, domain).published(type99.as_ref());
    with_proposal(survey, &gathered).await
}

/// Surveys a record before it is published at `domain`.
pub async fn survey_record(lookup: &dyn Lookup, domain: &str, text: &str) -> Survey {
    let value = |letter, here: &str| partition::without_message(letter, here, domain);
    let parsed = record::parse(text);
    let gathered = scope(&value).gather_from(lookup, domain, &parsed.readable).await;
    let survey = Walk::new(&gathered, domain).proposed(text);
    with_proposal(survey, &gathered).await
}

async fn with_proposal(survey: Survey, gathered: &Gathered) -> Survey {
    let Lookups { total, limit, void, void_limit } = survey.lookups;
    let sound = !survey.findings.iter().any(|finding| ENDS_ANYHOW.contains(&finding.id));
    if (total <= limit && void <= void_limit) || !survey.complete || !sound {
        return survey;
    }
    let proposal = fix::propose(gathered, &survey).await;
    Survey { proposal, ..survey }
}

/// Faults for which receivers come to permerror at any number of lookups: they are to be mended first.
const ENDS_ANYHOW: [&str; 6] = [
    "spf-syntax",
    "spf-near-miss",
    "spf-joined-strings",
    "spf-include-missing",
    "spf-include-loop",
    "spf-multiple-records",
];

/// What a record would cost and contain, from answers at hand.
pub(super) fn survey_at_hand(gathered: &Gathered, domain: &str, text: &str) -> Survey {
    Walk::new(gathered, domain).proposed(text)
}

fn scope<'a>(value: &'a gather::Value<'a>) -> Scope<'a> {
    Scope {
        value,
        families: &[RecordType::A, RecordType::AAAA],
        ip: None,
        questions: limits::SURVEY_QUESTIONS,
        lookups: usize::MAX,
    }
}

impl<'a> Walk<'a> {
    fn without_record(self, result: Option<SpfResult>) -> Survey {
        self.into_survey(None, None, result, Addresses::default())
    }

    fn into_survey(
        mut self,
        record: Option<String>,
        tree: Option<Node>,
        result: Option<SpfResult>,
        addresses: Addresses,
    ) -> Survey {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let Limits { lookups: limit, void: void_limit } = Limits::default();
        let total = tree.as_ref().map_or(0, |tree| tree.lookups);
        Survey {
            domain: self.domain.to_owned(),
            record,
            result,
            lookups: Lookups { total, limit, void: self.void, void_limit },
            tree,
            findings: self.findings,
            addresses,
            complete: self.complete,
            mended: None,
            proposal: None,
        }
    }

    /// The domain's one record.
    fn record(mut self, text: String, joined: &[Span]) -> Survey {
        let mut parsed = record::parse(&text);
        let mended = parsed.mended(&text).filter(|_| joined.is_empty());
        parsed.problems.retain(|problem| !joined.iter().any(|span| span.contains(problem.span)));
        if self.findings.iter().any(|finding| finding.id == "spf-near-miss") {
            parsed.problems.retain(|problem| problem.what != SyntaxError::NotSpf);
        }
        let broken = parsed.record().is_none() || !joined.is_empty();
        self.path.push(self.domain.to_owned());
        let children = self.walk_record(&Here { domain: self.domain, text: &text, depth: 0 }, &parsed, Role::Own);
        let lookups = children.iter().map(|child| child.lookups).sum();
        let root = Node {
            term: record::VERSION.to_owned(),
            domain: self.domain.to_owned(),
            record: Some(text.clone()),
            lookups,
            spent: lookups,
            children,
            error: None,
            open: None,
        };
        self.reached_twice();
        self.limits(&root, &text, &parsed);
        let partition = Chart::new(self.gathered, self.domain).of(self.domain, &parsed.readable);
        let (v4, v6) = (partition.pass.count_v4(), partition.pass.count_v6());
        let addresses = Addresses { v4, v6, partial: partition.partial };
        let result = match record::is_spf(text.as_bytes()) {
            true => broken.then_some(SpfResult::PermError),
            false => Some(SpfResult::None),
        };
        Survey { mended, ..self.into_survey(Some(text), Some(root), result, addresses) }
    }
}

/// How a question ended, with the resolver's reasons, RFC 8914.
fn ended(answer: &Answer) -> String {
    let reasons: String = answer.extended_errors.iter().map(|error| format!(": {error}")).collect();
    format!("{}{reasons}", answer.status)
}
