//! The same failure told twice: a log line and the bounce, the two log lines of one attempt, a library's dump.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Incident;

/// Keeps the first of those that say the same about the same message and recipient, as far as they name them.
pub(super) fn told_once(incidents: Vec<Incident>) -> Vec<Incident> {
    if incidents.len() < 2 {
        return incidents;
    }
    let mut seen = HashSet::new();
    let mut kept: Vec<Incident> = Vec::with_capacity(incidents.len());
    for incident in incidents {
        let said = said(&incident);
        let queue_id = incident.context.queue_id.as_ref().map(|id| hash(id.as_str()));
        let recipient = incident.context.recipient.as_ref().map(|address| hash(&address.as_str().to_ascii_lowercase()));
        if matching(queue_id).any(|id| matching(recipient).any(|to| seen.contains(&(said, id, to)))) {
            continue;
        }
        for id in [Told::Is(queue_id), Told::Anything] {
            seen.extend([Told::Is(recipient), Told::Anything].map(|to| (said, id, to)));
        }
        kept.push(incident);
    }
    kept
}

/// A fact as an earlier incident gave it, or leaving it open.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Told {
    Is(Option<u64>),
    Anything,
}

/// What an earlier incident may have told so that `fact` does not contradict it.
fn matching(fact: Option<u64>) -> impl Iterator<Item = Told> {
    let open = fact.is_none().then_some(Told::Anything);
    open.into_iter().chain(fact.map(|fact| Told::Is(Some(fact)))).chain(fact.map(|_| Told::Is(None)))
}

fn said(incident: &Incident) -> u64 {
    let Some(reply) = &incident.reply else { return hash(&incident.span) };
    let mut hasher = DefaultHasher::new();
    reply.code.hash(&mut hasher);
    for letter in reply.text.as_str().bytes().filter(u8::is_ascii_alphanumeric) {
        hasher.write_u8(letter.to_ascii_lowercase());
    }
    if !reply.text.as_str().is_ascii() {
        reply.text.as_str().hash(&mut hasher);
    }
    hasher.finish()
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
