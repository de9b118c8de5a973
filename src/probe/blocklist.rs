//! Whether an address stands on DNS blocklists that answer anybody, RFC 5782.

use std::net::{IpAddr, Ipv4Addr};

use futures_util::future::join_all;

use super::{Observation, Probe, txt};
use crate::dns::{Answer, Lookup, Name, Question, RData, RecordType, Status};
use crate::finding::Finding;

/// A list to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocklist {
    /// What people call it.
    pub name: &'static str,
    /// Below which domain it answers.
    pub zone: &'static str,
}

/// What one list says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listing {
    /// Whose word it is.
    pub list: Blocklist,
    /// What it says of the address.
    pub verdict: Verdict,
    /// The list's own words (RFC 5782 §2.1: a TXT record tells why).
    pub reason: Option<String>,
}

/// What a list says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is on the list, with the address that the list answers, which often tells why.
    Listed(Ipv4Addr),
    /// It is not: NXDOMAIN or NODATA.
    NotListed,
    /// The list answers, but not to this resolver: 127.255.255.0/24, by custom of the large lists.
    Declined,
    /// The list did not answer.
    Unknown(Status),
}

/// Asks every list about `ip`.
pub async fn blocklist(lookup: &dyn Lookup, ip: IpAddr, lists: &[Blocklist]) -> (Vec<Listing>, Observation) {
    let listings = join_all(lists.iter().map(|list| ask(lookup, ip, *list))).await;
    let mut findings = Vec::new();
    for listing in &listings {
        if let Verdict::Listed(_) = listing.verdict {
            let reason = listing.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let message = format!("{ip} is listed by {} ({}){reason}", listing.list.name, listing.list.zone);
            findings.push(Finding::error("blocklist-listed", ip.to_string(), message));
        }
    }
    let told = listings.iter().filter(|l| matches!(l.verdict, Verdict::Listed(_) | Verdict::NotListed)).count();
    let declined: Vec<&str> = listings.iter().filter(|l| l.verdict == Verdict::Declined).map(|l| l.list.zone).collect();
    let but = match declined.as_slice() {
        [] => String::new(),
        zones => format!("; {} answers no public resolver: ask through one of your own", zones.join(", ")),
    };
    let summary = match findings.len() {
        0 if told == 0 => format!("whether {ip} is on a blocklist is unknown: none answered{but}"),
        0 => format!("{ip} is on none of the {told} blocklists that answered{but}"),
        listed => format!("{ip} is on {listed} of {told} blocklists that answered{but}"),
    };
    let answered = told > 0 || listings.is_empty();
    // There are always more lists than can be asked, so not being listed is never complete.
    (listings, Observation { probe: Probe::Blocklist, answered, complete: false, findings, summary })
}

async fn ask(lookup: &dyn Lookup, ip: IpAddr, list: Blocklist) -> Listing {
    let Some(name) = query_name(ip, list.zone) else {
        return Listing { list, verdict: Verdict::Unknown(Status::NxDomain), reason: None };
    };
    let question = Question::new(name.clone(), RecordType::A);
    let verdict = match verdict(&lookup.resolve(&question).await) {
        Verdict::Listed(_) if lists_everything(lookup, list.zone).await => Verdict::Unknown(Status::Answered),
        other => other,
    };
    let reason = match verdict {
        Verdict::Listed(_) => {
            let question = Question::new(name, RecordType::TXT);
            txt(&lookup.resolve(&question).await).next()
        }
        _ => None,
    };
    Listing { list, verdict, reason }
}

/// RFC 5782 §5: 127.0.0.1 is on no list; a list that has it is dead, and its name answers for anything.
async fn lists_everything(lookup: &dyn Lookup, zone: &str) -> bool {
    let Some(name) = query_name(Ipv4Addr::LOCALHOST.into(), zone) else { return false };
    let question = Question::new(name, RecordType::A);
    matches!(verdict(&lookup.resolve(&question).await), Verdict::Listed(_))
}

/// RFC 5782 §2.1 and §2.4: the address backwards, by octets or by nibbles, in front of the zone.
fn query_name(ip: IpAddr, zone: &str) -> Option<Name> {
    Name::from_ascii(format!("{}.{zone}", reversed(ip))).ok()
}

/// The address as lists are asked about it, RFC 5782 §2.1 and §2.4: `10.2.0.192`.
pub(crate) fn reversed(ip: IpAddr) -> String {
    let name = Name::from(ip).to_ascii();
    let end = name.find(".in-addr.arpa").or_else(|| name.find(".ip6.arpa")).unwrap_or(name.len());
    name[..end].to_owned()
}

fn verdict(answer: &Answer) -> Verdict {
    let address = answer.data(RecordType::A).find_map(|data| match data {
        RData::A(address) => Some(address.0),
        _ => None,
    });
    match (address.map(|address| address.octets()), &answer.status) {
        (Some([127, 255, 255, _]), _) => Verdict::Declined,
        (Some([127, a, b, c]), _) => Verdict::Listed(Ipv4Addr::new(127, a, b, c)),
        // Outside 127/8: a resolver that answers for names that do not exist, or a list that was sold.
        (Some(_), _) => Verdict::Unknown(Status::Answered),
        (None, status) if status.is_void() => Verdict::NotListed,
        (None, status) => Verdict::Unknown(status.clone()),
    }
}
