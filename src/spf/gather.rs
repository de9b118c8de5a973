//! Asks DNS for a whole tree at once: each answer's own questions go out the moment it arrives, and none twice.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::dns::{Answer, Answering, Lookup, NotAsked, Question, RData, RecordType, Server, Status};

use super::limits;
use super::macros::{Letter, target_name};
use super::name;
use super::published;
use super::record::{self, DomainSpec, Mechanism, Record};
use super::select::{self, Selected};

/// The answers of a tree. As a lookup, it answers from them and asks nobody.
#[derive(Clone, Debug, Default)]
pub(super) struct Gathered {
    answers: HashMap<Question, Answer>,
}

/// What a letter stands for in a record of this domain; `None` where that is not known yet.
pub(super) type Value<'a> = dyn Fn(Letter, &str) -> Option<String> + Send + Sync + 'a;

/// What to follow.
pub(super) struct Scope<'a> {
    pub value: &'a Value<'a>,
    /// Address records wanted of `a` and `mx`.
    pub families: &'a [RecordType],
    /// The client, for `ptr`.
    pub ip: Option<IpAddr>,
    /// No more questions than this.
    pub questions: usize,
    /// Terms that certainly come after so many that cost a lookup are not followed.
    pub lookups: usize,
}

/// What an answer is good for.
enum Purpose {
    /// The record of this domain, reached after at least so many lookups.
    Record(String, usize),
    Exchanges,
    ReverseNames,
    Nothing,
}

impl Scope<'_> {
    /// Everything the record of `domain` leads to.
    pub async fn gather(&self, lookup: &dyn Lookup, domain: &str) -> Gathered {
        let first = name::question(domain, RecordType::TXT).map(|txt| (txt, Purpose::Record(domain.to_owned(), 0)));
        self.follow_all(lookup, first.into_iter().collect()).await
    }

    /// Everything that a record leads to which is at hand.
    pub async fn gather_from(&self, lookup: &dyn Lookup, domain: &str, record: &Record) -> Gathered {
        self.follow_all(lookup, self.of_record(domain, record, 0)).await
    }

    async fn follow_all(&self, lookup: &dyn Lookup, first: Vec<(Question, Purpose)>) -> Gathered {
        let mut gathered = Gathered::default();
        let mut asked = HashSet::new();
        let mut pending = FuturesUnordered::new();
        let mut next = first;
        loop {
            for (question, purpose) in next.drain(..) {
                if asked.len() < self.questions && asked.insert(question.clone()) {
                    pending.push(async move {
                        let answer = lookup.resolve(&question).await;
                        (question, purpose, answer)
                    });
                }
            }
            let Some((question, purpose, answer)) = pending.next().await else { return gathered };
            next = self.follow(purpose, &answer);
            gathered.answers.insert(question, answer);
        }
    }

    fn follow(&self, purpose: Purpose, answer: &Answer) -> Vec<(Question, Purpose)> {
        match purpose {
            Purpose::Record(domain, before) => match select::select(answer) {
                Selected::One(text) => self.of_record(&domain, &record::parse(&text.text()).readable, before),
                _ => Vec::new(),
            },
            Purpose::Exchanges => {
                exchanges(answer).iter().take(limits::MX_NAMES).flat_map(|host| self.addresses(host)).collect()
            }
            Purpose::ReverseNames => {
                reverse_names(answer).iter().take(limits::PTR_NAMES).flat_map(|host| self.addresses(host)).collect()
            }
            Purpose::Nothing => Vec::new(),
        }
    }

    fn of_record(&self, domain: &str, record: &Record, before: usize) -> Vec<(Question, Purpose)> {
        let mut questions = Vec::new();
        let mut position = before;
        for (_, directive) in record.directives() {
            if directive.mechanism == Mechanism::All {
                return questions;
            }
            position += usize::from(directive.mechanism.costs_lookup());
            if position > self.lookups {
                return questions;
            }
            questions.extend(self.of_mechanism(domain, &directive.mechanism, position));
        }
        if let Some((_, target)) = record.redirect().filter(|_| position < self.lookups) {
            questions.extend(self.record_of(target, domain, position + 1));
        }
        questions
    }

    fn of_mechanism(&self, domain: &str, mechanism: &Mechanism, position: usize) -> Vec<(Question, Purpose)> {
        let at = |target: &Option<DomainSpec>| match target {
            Some(target) => self.target(target, domain),
            None => Some(domain.to_owned()),
        };
        let one =
            |question: Option<Question>, purpose| question.map(|question| (question, purpose)).into_iter().collect();
        match mechanism {
            Mechanism::Include(target) => self.record_of(target, domain, position).into_iter().collect(),
            Mechanism::A { domain: target, .. } => {
                at(target).map(|target| self.addresses(&target).collect()).unwrap_or_default()
            }
            Mechanism::Mx { domain: target, .. } => {
                let question = at(target).and_then(|target| name::question(&target, RecordType::MX));
                one(question, Purpose::Exchanges)
            }
            Mechanism::Exists(target) => {
                let question = self.target(target, domain).and_then(|name| name::question(&name, RecordType::A));
                one(question, Purpose::Nothing)
            }
            Mechanism::Ptr(_) => {
                let question = self.ip.map(|ip| Question::new(name::reverse(ip), RecordType::PTR));
                one(question, Purpose::ReverseNames)
            }
            Mechanism::All | Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. } => Vec::new(),
        }
    }

    fn record_of(&self, target: &DomainSpec, domain: &str, position: usize) -> Option<(Question, Purpose)> {
        let target = self.target(target, domain)?;
        let question = name::question(&target, RecordType::TXT)?;
        Some((question, Purpose::Record(target, position)))
    }

    fn target(&self, target: &DomainSpec, domain: &str) -> Option<String> {
        let expanded = target.0.expand(|letter| (self.value)(letter, domain))?;
        Some(target_name(&expanded).to_owned())
    }

    fn addresses(&self, host: &str) -> impl Iterator<Item = (Question, Purpose)> {
        let name = name::dns_name(host);
        let families = self.families.iter();
        families.filter_map(move |kind| Some((Question::new(name.clone()?, *kind), Purpose::Nothing)))
    }
}

/// The mail exchangers of an answer, most preferred first. A null MX, RFC 7505, names none.
pub(super) fn exchanges(answer: &Answer) -> Vec<String> {
    let mut exchanges: Vec<(u16, String)> = answer
        .data(RecordType::MX)
        .filter_map(|data| match data {
            RData::MX(mx) if !mx.exchange.is_root() => Some((mx.preference, name::text(&mx.exchange))),
            _ => None,
        })
        .collect();
    exchanges.sort();
    exchanges.into_iter().map(|(_, exchange)| exchange).collect()
}

pub(super) fn reverse_names(answer: &Answer) -> Vec<String> {
    answer
        .data(RecordType::PTR)
        .filter_map(|data| match data {
            RData::PTR(ptr) => Some(name::text(&ptr.0)),
            _ => None,
        })
        .collect()
}

/// The A and AAAA records of an answer.
pub(super) fn addresses(answer: &Answer) -> Vec<IpAddr> {
    answer
        .records
        .iter()
        .filter_map(|record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
        .collect()
}

impl Gathered {
    /// Lets `domain` publish this record.
    pub fn publish(&mut self, domain: &str, record: &str) {
        if let Some(question) = name::question(domain, RecordType::TXT) {
            let answer = published::answer(&question, record);
            self.answers.insert(question, answer);
        }
    }

    pub fn knows(&self, question: &Question) -> bool {
        self.answers.contains_key(question)
    }

    pub fn get(&self, question: &Question) -> Answer {
        let unasked = || Answer::bare(Status::NotAsked(NotAsked::QueryLimit));
        self.answers.get(question).cloned().unwrap_or_else(unasked)
    }
}

impl Lookup for Gathered {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(std::future::ready(self.get(question)))
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }
}
