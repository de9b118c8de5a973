//! Text + knowledge + lookup → [`Diagnosis`]: the library's one verb.

use crate::intake::{self, Incident};
use crate::knowledge::{Knowledge, Provider, Software};
use crate::rank::{self, RankedCause};
use crate::reply::{Completion, Reply};
use crate::span::Excerpt;

/// Why one mail failed: what was said, who said it, the causes in order, and what to do.
#[derive(Debug)]
pub struct Diagnosis {
    pub incident: Incident,
    /// The software that gave the reply.
    pub software: Option<&'static Software>,
    pub provider: Option<&'static Provider>,
    /// Best first; at least one.
    pub causes: Vec<RankedCause>,
    pub retry: Retry,
}

#[derive(Debug, PartialEq)]
pub struct Retry {
    /// `None` where the causes in question differ about it.
    pub worthwhile: Option<bool>,
    /// What the reply itself claims.
    pub class: Option<Completion>,
    /// Seconds after the first failure at which waiting is no longer enough.
    pub escalate_after: Option<u64>,
    pub contacts: Vec<String>,
    pub note: String,
}

/// Finds every failure in `text` and ranks its causes by what was said alone.
pub fn read(text: &Excerpt, knowledge: &'static Knowledge) -> Vec<Diagnosis> {
    intake::read(text).into_iter().filter_map(|incident| diagnose_incident(incident, knowledge)).collect()
}

fn diagnose_incident(incident: Incident, knowledge: &'static Knowledge) -> Option<Diagnosis> {
    let empty = Reply::default();
    let reply = incident.reply.as_ref().unwrap_or(&empty);
    let reading = knowledge.read(reply);
    if !incident.anchored && reading.clues.is_empty() {
        return None;
    }
    let causes = rank::rank(knowledge, reply, &reading, &[]);
    let first = causes.first()?;
    let retry = Retry {
        worthwhile: Some(first.retry),
        class: reply.completion(),
        escalate_after: first.cause.retry.escalate_after,
        contacts: Vec::new(),
        note: first.cause.waiting.to_owned(),
    };
    Some(Diagnosis { software: reading.software, provider: reading.provider, causes, retry, incident })
}
