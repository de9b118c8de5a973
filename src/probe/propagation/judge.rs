//! Holds every answer against what is expected.

use std::time::SystemTime;

use super::findings::findings;
use super::own::Heard;
use super::{Agreement, AuthoritativeView, Options, Propagation, Status, Vantage, VantageView, kept_for};
use crate::dns::{Answer, ExtendedError, Question};
use crate::probe::rrset::Rrset;

pub(super) fn judge(
    question: &Question,
    options: &Options,
    heard: Vec<Heard>,
    at_vantages: Vec<(Vantage, Answer)>,
) -> Propagation {
    let Question { name, kind, .. } = question;
    let reference = Reference::new(&heard, &at_vantages, question, &options.expect);
    let views = at_vantages.into_iter();
    let vantages: Vec<VantageView> =
        views.map(|(vantage, answer)| view(vantage, answer, question, &reference)).collect();
    let authoritative: Vec<AuthoritativeView> =
        heard.into_iter().map(|heard| authoritative_view(heard, question, &reference)).collect();
    let agreement = agreement(&vantages);
    let converged = converged(&reference, &authoritative, agreement, vantages.is_empty());
    let converges_within = converges_within(converged, &authoritative, &vantages);
    let mut propagation = Propagation {
        name: name.clone(),
        kind: *kind,
        expected: reference.expected().map(Rrset::values),
        authoritative,
        vantages,
        agreement,
        converged,
        converges_within,
        asked_at: SystemTime::now(),
        findings: Vec::new(),
    };
    propagation.findings = findings(&propagation);
    propagation
}

/// What answers are held against.
pub(super) enum Reference {
    /// The user's word: values that must be there, among others.
    Expected(Rrset),
    /// The zone's servers agree.
    Agreed(Rrset),
    /// They differ: what most of those with the newest serial have.
    Disputed(Rrset),
    /// None of them answered. What most caches have may still be the old record.
    Caches(Rrset),
}

impl Reference {
    fn new(heard: &[Heard], at_vantages: &[(Vantage, Answer)], question: &Question, expect: &[String]) -> Self {
        if !expect.is_empty() {
            return Reference::Expected(Rrset::expected(expect, question.kind));
        }
        let rrset = |answer: &Answer| Rrset::of(answer, &question.name, question.kind);
        let conclusive = || heard.iter().filter(|heard| heard.answer.status.is_conclusive());
        let mut all = distinct(conclusive().map(|heard| rrset(&heard.answer)));
        match all.len() {
            0 => Reference::Caches(commonest(
                at_vantages.iter().map(|(_, answer)| answer).filter(|answer| answer.status.is_conclusive()).map(rrset),
            )),
            1 => Reference::Agreed(all.remove(0)),
            _ => {
                let newest = newest(conclusive().map(|heard| heard.serial));
                let up_to_date = conclusive().filter(|heard| newest.is_none() || heard.serial == newest);
                Reference::Disputed(commonest(up_to_date.map(|heard| rrset(&heard.answer))))
            }
        }
    }

    fn matches(&self, rrset: &Rrset) -> bool {
        match self {
            Reference::Expected(expected) => rrset.contains(expected),
            Reference::Agreed(expected) | Reference::Disputed(expected) | Reference::Caches(expected) => {
                rrset == expected
            }
        }
    }

    fn expected(&self) -> Option<&Rrset> {
        match self {
            Reference::Expected(expected) | Reference::Agreed(expected) => Some(expected),
            Reference::Disputed(_) | Reference::Caches(_) => None,
        }
    }
}

pub(super) fn commonest(rrsets: impl Iterator<Item = Rrset> + Clone) -> Rrset {
    let count = |wanted: &Rrset| rrsets.clone().filter(|rrset| rrset == wanted).count();
    distinct(rrsets.clone()).into_iter().max_by_key(count).unwrap_or_default()
}

pub(super) fn distinct(rrsets: impl Iterator<Item = Rrset>) -> Vec<Rrset> {
    let mut distinct = Vec::new();
    for rrset in rrsets {
        if !distinct.contains(&rrset) {
            distinct.push(rrset);
        }
    }
    distinct
}

/// The newest of the serials, where all are known; RFC 1982 §3.2 compares them.
pub(super) fn newest(serials: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let newer = |a: u32, b: u32| if b.wrapping_sub(a) < 1 << 31 { b } else { a };
    serials.collect::<Option<Vec<u32>>>()?.into_iter().reduce(newer)
}

fn authoritative_view(heard: Heard, question: &Question, reference: &Reference) -> AuthoritativeView {
    let rrset = Rrset::of(&heard.answer, &question.name, question.kind);
    let status = match Status::of(&heard.answer.status, reference.matches(&rrset)) {
        behind if behind.is_behind() => Status::Differs,
        other => other,
    };
    AuthoritativeView {
        server: heard.server,
        address: heard.address,
        status,
        ttl: kept_for(&heard.answer, &question.name),
        outcome: heard.answer.status,
        serial: heard.serial,
        values: rrset.values(),
        rtt: heard.answer.rtt,
    }
}

pub(super) fn view(vantage: Vantage, answer: Answer, question: &Question, reference: &Reference) -> VantageView {
    let rrset = Rrset::of(&answer, &question.name, question.kind);
    VantageView {
        vantage,
        status: Status::of(&answer.status, reference.matches(&rrset)),
        ttl: kept_for(&answer, &question.name),
        outcome: answer.status,
        values: rrset.values(),
        rtt: answer.rtt,
        extended_errors: answer.extended_errors,
    }
}

pub(super) fn agreement(vantages: &[VantageView]) -> Agreement {
    let counting = || vantages.iter().filter(|view| view.counts());
    Agreement { matching: counting().filter(|view| view.status == Status::Match).count(), of: counting().count() }
}

pub(super) fn converged(
    reference: &Reference,
    authoritative: &[AuthoritativeView],
    agreement: Agreement,
    no_vantages: bool,
) -> Option<bool> {
    let answered = || authoritative.iter().filter(|view| view.outcome.is_conclusive());
    let all_match = agreement.matching == agreement.of && answered().all(|view| view.status == Status::Match);
    let enough = agreement.of > 0 || (no_vantages && answered().count() > 0);
    match reference {
        Reference::Disputed(_) => Some(false),
        _ if !all_match => Some(false),
        // Caches that agree prove nothing as long as nobody says what they should hold.
        Reference::Caches(_) => None,
        Reference::Expected(_) | Reference::Agreed(_) => enough.then_some(true),
    }
}

pub(super) fn converges_within(
    converged: Option<bool>,
    authoritative: &[AuthoritativeView],
    vantages: &[VantageView],
) -> Option<u32> {
    // While one of the zone's own servers is behind, caches may fetch the old record anew.
    let server_behind = authoritative.iter().any(|view| view.status == Status::Differs);
    let behind = || vantages.iter().filter(|view| view.is_behind());
    let served_stale = behind().any(|view| view.extended_errors.iter().any(ExtendedError::is_served_stale));
    match converged {
        Some(true) => Some(0),
        Some(false) if !server_behind && !served_stale => {
            behind().map(|view| view.ttl).collect::<Option<Vec<u32>>>()?.into_iter().max()
        }
        _ => None,
    }
}
