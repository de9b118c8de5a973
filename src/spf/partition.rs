//! What a record means for every address at once, as far as DNS tells today.

use std::net::IpAddr;

use crate::dns::RecordType;

use super::address::{AddressSet, Network};
use super::gather::{self, Gathered};
use super::lint;
use super::macros::{Letter, target_name};
use super::name;
use super::record::{self, DomainSpec, DualPrefix, Mechanism, Qualifier, Record};
use super::select::{self, Selected};

/// All addresses, by the result they get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    pub pass: AddressSet,
    pub fail: AddressSet,
    pub softfail: AddressSet,
    pub neutral: AddressSet,
    /// Terms that depend on the message, or on answers that could not be had, were passed over.
    pub partial: bool,
}

/// Works out partitions from answers at hand.
pub(super) struct Chart<'a> {
    pub gathered: &'a Gathered,
    /// The surveyed domain, for `%{o}`.
    pub root: &'a str,
    /// Names being worked out, so that a loop ends.
    path: Vec<String>,
}

impl<'a> Chart<'a> {
    pub fn new(gathered: &'a Gathered, root: &'a str) -> Self {
        Chart { gathered, root, path: Vec::new() }
    }

    pub fn of(&mut self, domain: &str, record: &Record) -> Partition {
        let mut partition = Partition::default();
        let mut left = AddressSet::all();
        for (_, directive) in record.directives() {
            let matched = left.intersection(&self.matched(&directive.mechanism, domain, &mut partition.partial));
            left = left.minus(&matched);
            let share = match directive.qualifier {
                Qualifier::Pass => &mut partition.pass,
                Qualifier::Fail => &mut partition.fail,
                Qualifier::SoftFail => &mut partition.softfail,
                Qualifier::Neutral => &mut partition.neutral,
            };
            *share = share.union(&matched);
        }
        match record.redirect() {
            Some((_, target)) => partition.rest_from(self.record_of(target, domain), &left),
            None => partition.neutral = partition.neutral.union(&left),
        }
        partition
    }

    fn record_of(&mut self, target: &DomainSpec, domain: &str) -> Option<Partition> {
        let target = target_of(target, domain, self.root)?;
        // Cheap against trees that reach the same names over and over, and against loops.
        if self.path.len() >= super::limits::LOOKUP_TERMS || self.path.iter().any(|seen| name::same(seen, &target)) {
            return None;
        }
        let answer = self.gathered.get(&name::question(&target, RecordType::TXT)?);
        let Selected::One(text) = select::select(&answer) else { return None };
        let parsed = record::parse(&text.text());
        let record = parsed.record()?;
        self.path.push(target.clone());
        let partition = self.of(&target, record);
        self.path.pop();
        Some(partition)
    }

    fn matched(&mut self, mechanism: &Mechanism, domain: &str, partial: &mut bool) -> AddressSet {
        let known = match mechanism {
            Mechanism::All => Some(AddressSet::all()),
            Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. } => {
                lint::network(mechanism).map(|n| [n].into_iter().collect())
            }
            Mechanism::Include(target) => self.record_of(target, domain).map(|included| {
                *partial |= included.partial;
                included.pass
            }),
            Mechanism::A { domain: target, prefix } => {
                self.host(target.as_ref(), domain).and_then(|host| self.addresses(&host, *prefix))
            }
            Mechanism::Mx { domain: target, prefix } => {
                self.host(target.as_ref(), domain).and_then(|host| self.exchanges(&host, *prefix))
            }
            Mechanism::Ptr(_) | Mechanism::Exists(_) => None,
        };
        *partial |= known.is_none();
        known.unwrap_or_default()
    }

    fn host(&self, target: Option<&DomainSpec>, domain: &str) -> Option<String> {
        match target {
            Some(target) => target_of(target, domain, self.root),
            None => Some(domain.to_owned()),
        }
    }

    fn addresses(&self, host: &str, prefix: DualPrefix) -> Option<AddressSet> {
        let mut networks = Vec::new();
        for kind in [RecordType::A, RecordType::AAAA] {
            let answer = self.gathered.get(&name::question(host, kind)?);
            if !answer.status.is_conclusive() {
                return None;
            }
            networks.extend(gather::addresses(&answer).into_iter().map(|address| spread(address, prefix)));
        }
        Some(networks.into_iter().collect())
    }

    fn exchanges(&self, host: &str, prefix: DualPrefix) -> Option<AddressSet> {
        let answer = self.gathered.get(&name::question(host, RecordType::MX)?);
        if !answer.status.is_conclusive() {
            return None;
        }
        let exchanges = gather::exchanges(&answer);
        let sets: Option<Vec<AddressSet>> = exchanges.iter().map(|exchange| self.addresses(exchange, prefix)).collect();
        Some(sets?.iter().fold(AddressSet::default(), |all, set| all.union(set)))
    }
}

fn spread(address: IpAddr, prefix: DualPrefix) -> Network {
    Network::new(address, if address.is_ipv4() { prefix.v4 } else { prefix.v6 })
}

impl Partition {
    /// Takes the results of the rest from the record redirected to.
    fn rest_from(&mut self, target: Option<Partition>, rest: &AddressSet) {
        let Some(target) = target else {
            self.partial = true;
            return;
        };
        self.pass = self.pass.union(&rest.intersection(&target.pass));
        self.fail = self.fail.union(&rest.intersection(&target.fail));
        self.softfail = self.softfail.union(&rest.intersection(&target.softfail));
        self.neutral = self.neutral.union(&rest.intersection(&target.neutral));
        self.partial |= target.partial;
    }

    /// The addresses at which a result can change: the ends of every range of each result.
    pub fn boundaries(&self) -> impl Iterator<Item = IpAddr> {
        let sets = [&self.pass, &self.fail, &self.softfail, &self.neutral];
        sets.into_iter().flat_map(|set| set.ranges().iter().flat_map(|range| range.ends()))
    }
}

/// The name that a domain-spec means where no message is at hand; `None` where it depends on one.
pub(super) fn target_of(target: &DomainSpec, domain: &str, root: &str) -> Option<String> {
    let expanded = target.0.expand(|letter| without_message(letter, domain, root))?;
    Some(target_name(&expanded).to_owned())
}

/// What a macro letter stands for in every message of the domain.
pub(super) fn without_message(letter: Letter, domain: &str, root: &str) -> Option<String> {
    match letter {
        Letter::Domain => Some(domain.to_owned()),
        Letter::SenderDomain => Some(root.to_owned()),
        _ => None,
    }
}
