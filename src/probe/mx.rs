//! Where the domain takes mail: MX records (RFC 5321 §5.1), null MX (RFC 7505), and whether the exchanges resolve.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use futures_util::future::join_all;

use super::{Observation, Probe};
use crate::dns::{Answer, Lookup, Name, Question, RData, RecordType, Status, shown};
use crate::finding::Finding;

/// The mail exchanges of a domain, by preference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mx {
    /// As the records order them, the most preferred first; at most 24.
    pub exchanges: Vec<Exchange>,
    /// How the question for the MX RRset ended.
    pub status: Status,
    /// RFC 5321 §5.1: without MX records the domain itself is the exchange.
    pub implicit: bool,
}

/// A server that takes the domain's mail.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// Lower ones are tried first, [RFC 5321 §5.1](https://www.rfc-editor.org/rfc/rfc5321#section-5.1).
    pub preference: u16,
    /// The host's name.
    pub name: Name,
    /// What it resolves to.
    pub addresses: Vec<IpAddr>,
}

/// As many exchanges are looked up.
const MOST_EXCHANGES: usize = 24;

/// Asks for the MX records of `domain` and the addresses of what they name.
pub async fn mx(lookup: &dyn Lookup, domain: &Name) -> (Mx, Observation) {
    let question = Question::new(domain.clone(), RecordType::MX);
    let answer = lookup.resolve(&question).await;
    let mut seen = Seen {
        domain: domain.clone(),
        subject: shown(domain),
        complete: answer.status.is_conclusive(),
        findings: Vec::new(),
    };
    let listed: Vec<(u16, Name)> = answer
        .data(RecordType::MX)
        .filter_map(|data| match data {
            RData::MX(mx) => Some((mx.preference, mx.exchange.clone())),
            _ => None,
        })
        .collect();
    let mx = match answer.status {
        Status::NoData => seen.implicit(lookup).await,
        Status::NxDomain => {
            seen.error("mx-missing", format!("{} does not exist (NXDOMAIN)", seen.subject));
            Mx { exchanges: Vec::new(), status: Status::NxDomain, implicit: false }
        }
        status => Mx { exchanges: seen.exchanges(lookup, listed).await, status, implicit: false },
    };
    let observation = seen.observation(&mx);
    (mx, observation)
}

struct Seen {
    domain: Name,
    /// The domain as people write it.
    subject: String,
    complete: bool,
    findings: Vec<Finding>,
}

impl Seen {
    async fn implicit(&mut self, lookup: &dyn Lookup) -> Mx {
        let name = self.domain.clone();
        let domain = self.subject.clone();
        let addresses = self.addresses(lookup, &name).await;
        if addresses.is_empty() && self.complete {
            self.error(
                "mx-missing",
                format!("{domain} has neither MX nor address records: nobody can answer its mail"),
            );
        } else if !addresses.is_empty() {
            let message = format!("{domain} has no MX record; mail goes to its own address");
            self.findings.push(Finding::warning("mx-missing", domain, message));
        }
        let exchanges = vec![Exchange { preference: 0, name, addresses }];
        Mx { exchanges, status: Status::NoData, implicit: true }
    }

    async fn exchanges(&mut self, lookup: &dyn Lookup, mut listed: Vec<(u16, Name)>) -> Vec<Exchange> {
        listed.sort();
        let null = listed.iter().filter(|(_, name)| name.is_root()).count();
        if null > 0 {
            self.null(listed.len());
        }
        listed.retain(|(_, name)| !name.is_root());
        self.duplicates(&listed);
        listed.dedup_by(|a, b| a.1 == b.1);
        self.bound(&mut listed);
        let addresses = join_all(listed.iter().map(|(_, name)| addresses_of(lookup, name))).await;
        let mut exchanges = Vec::new();
        for ((preference, name), answers) in listed.into_iter().zip(addresses) {
            let addresses = self.judge(&name, &answers);
            exchanges.push(Exchange { preference, name, addresses });
        }
        exchanges
    }

    /// RFC 7505 §3: a null MX stands alone; §4.2: such a domain should not send mail either.
    fn null(&mut self, records: usize) {
        let domain = &self.subject;
        let message = match records {
            1 => format!("{domain} has a null MX: it declares that it takes no mail, so receivers refuse mail from it"),
            _ => format!("{domain} has a null MX beside other MX records, which RFC 7505 forbids"),
        };
        self.error("mx-null", message);
    }

    /// Nobody needs as many; a hostile zone is not to set us to work.
    fn bound(&mut self, listed: &mut Vec<(u16, Name)>) {
        if listed.len() > MOST_EXCHANGES {
            self.complete = false;
            listed.truncate(MOST_EXCHANGES);
        }
    }

    fn duplicates(&mut self, listed: &[(u16, Name)]) {
        let mut names: Vec<String> = listed.iter().map(|(_, name)| shown(&name.to_lowercase())).collect();
        names.sort();
        let twice: BTreeSet<&str> =
            names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].as_str()).collect();
        if !twice.is_empty() {
            let named = twice.into_iter().collect::<Vec<_>>().join(", ");
            let message = format!("{} lists the same MX more than once: {named}", self.subject);
            self.findings.push(Finding::info("mx-duplicate", self.subject.clone(), message).help(
                "A second entry is no second chance: senders try the same host again. Keep the one with the preference \
                 you mean.",
            ));
        }
    }

    async fn addresses(&mut self, lookup: &dyn Lookup, name: &Name) -> Vec<IpAddr> {
        let answers = addresses_of(lookup, name).await;
        self.complete &= answers.iter().all(|answer| answer.status.is_conclusive());
        answers.iter().flat_map(addresses_in).collect()
    }

    fn judge(&mut self, name: &Name, answers: &[Answer; 2]) -> Vec<IpAddr> {
        let addresses: Vec<IpAddr> = answers.iter().flat_map(addresses_in).collect();
        let conclusive = answers.iter().all(|answer| answer.status.is_conclusive());
        self.complete &= conclusive || !addresses.is_empty();
        let name = shown(name);
        // RFC 1035 §3.3.9: an exchange is a name. An address there is looked up as one, in vain.
        if name.parse::<Ipv4Addr>().is_ok() {
            self.error(
                "mx-address-literal",
                format!("the MX of {} is the address {name}, not a host name", self.subject),
            );
        } else if addresses.is_empty() && conclusive {
            let how = &answers[0].status;
            self.error("mx-unresolvable", format!("the MX {name} of {} has no address: {how}", self.subject));
        }
        // RFC 2181 §10.3 and RFC 5321 §5.1.
        if answers.iter().any(|answer| answer.data(RecordType::CNAME).next().is_some()) {
            let message = format!("the MX {name} of {} is an alias (CNAME)", self.subject);
            self.findings.push(Finding::warning("mx-cname", self.subject.clone(), message));
        }
        addresses
    }

    fn error(&mut self, id: &'static str, message: String) {
        self.findings.push(Finding::error(id, self.subject.clone(), message));
    }

    fn observation(self, mx: &Mx) -> Observation {
        let names: Vec<String> = mx.exchanges.iter().map(|exchange| shown(&exchange.name)).collect();
        let summary = match (&mx.status, names.len()) {
            (Status::Answered, 0) => format!("{} takes no mail", self.subject),
            (Status::Answered, _) => format!("MX of {}: {}", self.subject, names.join(", ")),
            (Status::NoData, _) if !self.complete => {
                format!("{} has no MX record; whether it has an address is unknown: not answered", self.subject)
            }
            (Status::NoData | Status::NxDomain, _) => format!("MX of {}: {}", self.subject, mx.status),
            (status, _) => format!("the MX of {} is unknown: {status}", self.subject),
        };
        Observation {
            probe: Probe::Mx,
            answered: self.complete,
            complete: self.complete,
            findings: self.findings,
            summary,
        }
    }
}

async fn addresses_of(lookup: &dyn Lookup, name: &Name) -> [Answer; 2] {
    let v4 = Question::new(name.clone(), RecordType::A);
    let v6 = Question::new(name.clone(), RecordType::AAAA);
    let (v4, v6) = futures_util::future::join(lookup.resolve(&v4), lookup.resolve(&v6)).await;
    [v4, v6]
}

fn addresses_in(answer: &Answer) -> impl Iterator<Item = IpAddr> {
    answer.records.iter().filter_map(|record| match record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    })
}
