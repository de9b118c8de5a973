//! The sending address's name: PTR records, and whether they lead back (FCrDNS, RFC 8601 §2.7.3 iprev).

use std::net::IpAddr;

use futures_util::future::join_all;

use super::{Observation, Probe};
use crate::dns::{Lookup, Name, Question, RData, RecordType, Status, shown};
use crate::finding::Finding;

/// The names of an address.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reverse {
    /// The address.
    pub ip: IpAddr,
    /// How the question for the PTR RRset ended.
    pub status: Status,
    /// What its PTR records name, at most 10.
    pub names: Vec<ReverseName>,
}

/// One name of an address.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReverseName {
    /// As the PTR record has it.
    pub name: Name,
    /// The name has this address among its own.
    pub confirmed: bool,
    /// The status where the name could not be confirmed.
    pub status: Status,
}

/// RFC 8601 §2.7.3 asks for a bound; this is the one RFC 7208 §4.6.4 has.
const MOST_NAMES: usize = 10;

/// Asks for the names of `ip`, and whether they have it as an address.
pub async fn reverse(lookup: &dyn Lookup, ip: IpAddr) -> (Reverse, Observation) {
    let question = Question::new(Name::from(ip), RecordType::PTR);
    let answer = lookup.resolve(&question).await;
    let names: Vec<Name> = answer
        .data(RecordType::PTR)
        .filter_map(|data| match data {
            RData::PTR(name) => Some(name.0.clone()),
            _ => None,
        })
        .take(MOST_NAMES)
        .collect();
    let names = join_all(names.into_iter().map(|name| confirm(lookup, ip, name))).await;
    let reverse = Reverse { ip, status: answer.status, names };
    let observation = observe(&reverse);
    (reverse, observation)
}

async fn confirm(lookup: &dyn Lookup, ip: IpAddr, name: Name) -> ReverseName {
    let kind = if ip.is_ipv4() { RecordType::A } else { RecordType::AAAA };
    let question = Question::new(name, kind);
    let answer = lookup.resolve(&question).await;
    let confirmed = answer.records.iter().any(|record| match record.data {
        RData::A(address) => ip == IpAddr::V4(address.0),
        RData::AAAA(address) => ip == IpAddr::V6(address.0),
        _ => false,
    });
    ReverseName { name: question.name, confirmed, status: answer.status }
}

fn observe(reverse: &Reverse) -> Observation {
    let ip = reverse.ip;
    let mut findings = Vec::new();
    let confirmed = reverse.names.iter().find(|name| name.confirmed);
    let conclusive = reverse.names.iter().all(|name| name.status.is_conclusive());
    if reverse.status.is_void() {
        findings.push(Finding::error(
            "reverse-missing",
            ip.to_string(),
            format!("{ip} has no PTR record: {}", reverse.status),
        ));
    } else if let (Some(first), None, true) = (reverse.names.first(), confirmed, conclusive) {
        let message = format!("the PTR of {ip} is {}, which does not lead back to {ip}", shown(&first.name));
        findings.push(Finding::error("reverse-mismatch", ip.to_string(), message));
    }
    for generic in reverse.names.iter().filter(|name| is_generic(&name.name, ip)) {
        let message = format!("the PTR of {ip}, {}, looks like an access network's generic name", shown(&generic.name));
        findings.push(Finding::warning("reverse-generic", ip.to_string(), message));
    }
    let summary = match confirmed {
        Some(name) => format!("{ip} is {} and back", shown(&name.name)),
        None if reverse.status.is_void() => format!("PTR of {ip}: {}", reverse.status),
        None if !reverse.status.is_conclusive() => format!("the PTR of {ip} is unknown: {}", reverse.status),
        None => {
            let names: Vec<String> = reverse.names.iter().map(|name| shown(&name.name)).collect();
            let back = if conclusive { "which does not lead back" } else { "and whether that leads back is unknown" };
            format!("{ip} is {}, {back}", names.join(", "))
        }
    };
    let complete = reverse.status.is_conclusive() && (confirmed.is_some() || conclusive);
    Observation { probe: Probe::Reverse, answered: complete, complete, findings, summary }
}

/// A name made from the address, or one that says it is dynamic: many receivers take neither for a mail server.
fn is_generic(name: &Name, ip: IpAddr) -> bool {
    const ACCESS_WORDS: [&str; 12] =
        ["dynamic", "dyn", "dhcp", "dialup", "dial", "dsl", "adsl", "ppp", "pppoe", "pool", "broadband", "cable"];
    let text = name.to_string().to_lowercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| ACCESS_WORDS.contains(&word)) || spells_address(&text, ip)
}

/// All four octets, or the hexadecimal address, in the name: `203-0-113-7.example.net`, `cb007107.example.net`.
fn spells_address(name: &str, ip: IpAddr) -> bool {
    let IpAddr::V4(ip) = ip else { return false };
    let octets = ip.octets();
    let numbers: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let wanted: Vec<String> = octets.iter().map(u8::to_string).collect();
    let backwards: Vec<String> = wanted.iter().rev().cloned().collect();
    let hexadecimal = format!("{:08x}", ip.to_bits());
    numbers.windows(4).any(|window| window == wanted || window == backwards) || name.contains(&hexadecimal)
}
