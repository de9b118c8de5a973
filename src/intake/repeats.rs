//! The same failure told twice: a log line and the bounce, the two log lines of one attempt, a library's dump.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use memchr::memmem;

use super::{Form, Incident};

/// Keeps the first of those that say the same about the same message and recipient, as far as they name them, and gives it
/// what only the others know.
pub(super) fn told_once(incidents: Vec<Incident>) -> Vec<Incident> {
    if incidents.len() < 2 {
        return incidents;
    }
    let mut seen: HashMap<(u64, Told, Told), usize> = HashMap::new();
    let mut kept: Vec<Incident> = Vec::with_capacity(incidents.len());
    for incident in incidents {
        let said = said(&incident);
        let queue_id = incident.context.queue_id.as_ref().map(|id| hash(id.as_str()));
        let recipient = incident.context.recipient.as_ref().map(|address| hash(&address.as_str().to_ascii_lowercase()));
        let told = matching(queue_id).find_map(|id| matching(recipient).find_map(|to| seen.get(&(said, id, to))));
        if let Some(&earlier) = told {
            absorb(&mut kept[earlier], incident);
            continue;
        }
        if let Some(earlier) = kept.iter_mut().rev().take(NEAR).find(|earlier| is_cut(earlier, &incident)) {
            add_facts(earlier, incident);
            continue;
        }
        if let Some(earlier) = kept.last_mut().filter(|earlier| only_announces(earlier, &incident)) {
            let announced = std::mem::replace(earlier, incident);
            add_facts(earlier, announced);
            continue;
        }
        for id in [Told::Is(queue_id), Told::Anything] {
            for to in [Told::Is(recipient), Told::Anything] {
                seen.insert((said, id, to), kept.len());
            }
        }
        kept.push(incident);
    }
    kept
}

/// `Status code: 550 5.1.10` some lines before the same with its text.
fn only_announces(earlier: &Incident, incident: &Incident) -> bool {
    const MAX_LABEL: usize = 8;
    let (Some(announced), Some(told)) = (&earlier.reply, &incident.reply) else { return false };
    announced.code.is_some()
        && announced.enhanced.is_some()
        && (announced.code, announced.enhanced) == (told.code, told.enhanced)
        && letters(announced.text.as_str()).len() < MAX_LABEL.min(letters(told.text.as_str()).len())
}

/// What the second telling adds. An unanchored first one gives way to it.
fn absorb(earlier: &mut Incident, mut later: Incident) {
    if later.anchored && !earlier.anchored {
        std::mem::swap(earlier, &mut later);
    }
    add_facts(earlier, later);
}

fn add_facts(earlier: &mut Incident, later: Incident) {
    let (known, more) = (&mut earlier.context, later.context);
    known.time = known.time.take().or(more.time);
    known.queue_id = known.queue_id.take().or(more.queue_id);
    known.sender = known.sender.take().or(more.sender);
    known.recipient = known.recipient.take().or(more.recipient);
    known.client_ip = known.client_ip.take().or(more.client_ip);
    known.reporting_mta = known.reporting_mta.take().or(more.reporting_mta);
    if known.remote_host.is_none() && known.remote_ip.is_none() {
        (known.remote_host, known.remote_ip) = (more.remote_host, more.remote_ip);
    }
    if let (Some(reply), Some(more)) = (&mut earlier.reply, later.reply) {
        reply.enhanced = reply.enhanced.or(more.enhanced);
        reply.command = reply.command.take().or(more.command);
    }
    earlier.reporter = earlier.reporter.or(later.reporter);
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

/// How many incidents before are looked at for the uncut text.
const NEAR: usize = 4;
/// A shorter text may begin as another by chance.
const MIN_CUT: usize = 16;

/// Whether a library's dump says again, in part or with more around it, what it has quoted before.
fn is_cut(earlier: &Incident, incident: &Incident) -> bool {
    let (Some(whole), Some(part)) = (&earlier.reply, &incident.reply) else { return false };
    let plain = |form| matches!(form, Form::Wrapped | Form::Reply | Form::Dsn);
    let quoted = part.code == whole.code && part.enhanced == whole.enhanced;
    let reworded = part.code.is_none() && incident.form == Form::Wrapped;
    let comparable = plain(incident.form) && plain(earlier.form) && [incident.form, earlier.form] != [Form::Reply; 2];
    if !comparable || !(quoted || reworded) || !part.text.as_str().is_ascii() {
        return false;
    }
    let (whole, part) = (letters(whole.text.as_str()), letters(part.text.as_str()));
    let (inner, outer) = if quoted { (&part, &whole) } else { (&whole, &part) };
    let enough = if quoted && incident_has_status(incident) { MIN_CUT / 2 } else { MIN_CUT };
    inner.len() >= enough && (memmem::find(outer, inner).is_some() || quoted && memmem::find(inner, outer).is_some())
}

fn incident_has_status(incident: &Incident) -> bool {
    incident.reply.as_ref().is_some_and(|reply| reply.enhanced.is_some())
}

fn letters(text: &str) -> Vec<u8> {
    const MAX_COMPARED: usize = 2048;
    text.bytes().take(MAX_COMPARED).filter(u8::is_ascii_alphanumeric).collect()
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
