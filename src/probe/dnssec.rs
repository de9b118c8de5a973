//! Does the zone validate (RFC 4035 §4.3)? A validating resolver that answers only when told not to validate shows that
//! it does not; DS records that none of the zone's keys fits show it to any resolver.

use std::collections::BTreeSet;

use futures_util::future::join;

use super::nameservers::zone_in;
use super::{Observation, Probe};
use crate::dns::{Answer, ExtendedError, Lookup, Name, Question, RData, RecordType, Status, shown};
use crate::finding::Finding;

/// How a zone stands to DNSSEC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dnssec {
    /// No DS record: nothing is promised.
    Unsigned,
    /// The resolver in use validated it (the AD bit).
    Valid,
    /// Signed, and keys and DS records fit; the resolver in use does not say whether the signatures hold.
    Signed,
    /// Signed, and the signatures or the DS records do not hold: validating receivers see no answer at all.
    Bogus,
    /// It could not be asked.
    Unknown,
}

impl Dnssec {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Dnssec::Unsigned => "unsigned",
            Dnssec::Valid => "valid",
            Dnssec::Signed => "signed",
            Dnssec::Bogus => "bogus",
            Dnssec::Unknown => "unknown",
        }
    }
}

/// Asks the resolver in use, with and without validation.
pub async fn dnssec(lookup: &dyn Lookup, domain: &Name) -> (Dnssec, Observation) {
    let question = Question::new(domain.clone(), RecordType::SOA);
    let validated = lookup.resolve(&question).await;
    let plain = match validated.status {
        Status::ServFail => lookup.resolve(&question.unvalidated()).await,
        _ => validated.clone(),
    };
    let Some(zone) = zone_in(&plain, domain) else { return observe(Dnssec::Unknown, domain, None) };
    if !validated.status.is_conclusive() {
        let message = unvalidated(&zone, &validated.extended_errors);
        return observe(Dnssec::Bogus, &zone, Some(message));
    }
    let (standing, message) = keys(lookup, &zone, validated.authentic).await;
    observe(standing, &zone, message)
}

fn unvalidated(zone: &Name, errors: &[ExtendedError]) -> String {
    let why = errors.iter().find(|error| error.is_bogus()).or(errors.first());
    let why = why.map(|error| format!(" ({error})")).unwrap_or_default();
    format!(
        "DNSSEC validation of {} fails: the resolver in use answers SERVFAIL{why}, and answers when told not to validate",
        shown(zone)
    )
}

async fn keys(lookup: &dyn Lookup, zone: &Name, authentic: bool) -> (Dnssec, Option<String>) {
    let [ds, dnskey] =
        &[RecordType::DS, RecordType::DNSKEY].map(|kind| Question::new(zone.clone(), kind).unvalidated());
    let (ds, dnskey) = join(lookup.resolve(ds), lookup.resolve(dnskey)).await;
    let promised: BTreeSet<Key> = rdata(&ds, RecordType::DS).filter_map(promised).collect();
    let held: BTreeSet<Key> = rdata(&dnskey, RecordType::DNSKEY).filter_map(held).collect();
    let bogus = |why: String| (Dnssec::Bogus, Some(why));
    match (&ds.status, &dnskey.status) {
        (status, _) if status.is_void() => (Dnssec::Unsigned, None),
        (Status::Answered, status) if status.is_void() => {
            bogus(format!("the parent has DS records for {}, and the zone has no DNSKEY", shown(zone)))
        }
        (Status::Answered, Status::Answered) if promised.is_disjoint(&held) => bogus(format!(
            "none of the DNSKEY records of {} fits a DS record at its parent (DS key tag {})",
            shown(zone),
            promised.iter().map(|key| key.tag.to_string()).collect::<Vec<_>>().join(", ")
        )),
        (Status::Answered, Status::Answered) if authentic => (Dnssec::Valid, None),
        (Status::Answered, Status::Answered) => (Dnssec::Signed, None),
        _ => (Dnssec::Unknown, None),
    }
}

/// What a DS record names its key by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    tag: u16,
    algorithm: u8,
}

fn rdata(answer: &Answer, kind: RecordType) -> impl Iterator<Item = &[u8]> {
    answer.data(kind).filter_map(|data| match data {
        RData::Unknown { rdata, .. } => Some(rdata.anything.as_slice()),
        _ => None,
    })
}

/// RFC 4034 §5.1.
fn promised(ds: &[u8]) -> Option<Key> {
    let [high, low, algorithm, ..] = *ds else { return None };
    Some(Key { tag: u16::from_be_bytes([high, low]), algorithm })
}

/// RFC 4034 §2.1; the key tag by its appendix B.
fn held(dnskey: &[u8]) -> Option<Key> {
    let [_, _, _, algorithm, ..] = *dnskey else { return None };
    let sum: u32 =
        dnskey.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |low| u32::from(*low))).sum();
    let [.., high, low] = (sum + (sum >> 16)).to_be_bytes();
    Some(Key { tag: u16::from_be_bytes([high, low]), algorithm })
}

fn observe(standing: Dnssec, zone: &Name, message: Option<String>) -> (Dnssec, Observation) {
    let zone = shown(zone);
    let summary = match standing {
        Dnssec::Unsigned => format!("{zone} is not signed"),
        Dnssec::Valid => format!("{zone} is signed and validates"),
        Dnssec::Signed => format!("{zone} is signed, and its keys fit the DS at its parent"),
        Dnssec::Bogus => format!("{zone} does not validate"),
        Dnssec::Unknown => format!("whether {zone} is signed is unknown: not answered"),
    };
    let finding = message.map(|message| {
        Finding::error("dnssec-bogus", zone, message).help(
            "Receivers that validate see no answer at all. Compare the DS record at the registrar with the zone's DNSKEY, \
             and see that the signatures are renewed; if in doubt, take the DS record out and wait for its TTL.",
        )
    });
    let observation = Observation {
        probe: Probe::Dnssec,
        answered: standing != Dnssec::Unknown,
        complete: matches!(standing, Dnssec::Unsigned | Dnssec::Valid | Dnssec::Bogus),
        findings: finding.into_iter().collect(),
        summary,
    };
    (standing, observation)
}
