//! The same failure told twice: a log line and the bounce, the two log lines of one attempt, a library's dump.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

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
        if kept.iter().rev().take(NEAR).any(|earlier| is_cut(earlier, &incident)) {
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

/// What the second telling adds. An unanchored first one gives way to it.
fn absorb(earlier: &mut Incident, mut later: Incident) {
    if later.anchored && !earlier.anchored {
        std::mem::swap(earlier, &mut later);
    }
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

/// Whether a library's dump has cut short what it has quoted before.
fn is_cut(earlier: &Incident, incident: &Incident) -> bool {
    let (Some(whole), Some(cut)) = (&earlier.reply, &incident.reply) else { return false };
    let letters = |text: &str| text.bytes().filter(u8::is_ascii_alphanumeric).collect::<Vec<_>>();
    let (whole_text, cut_text) = (whole.text.as_str(), cut.text.as_str());
    let comparable = incident.form == Form::Wrapped
        && earlier.form == Form::Wrapped
        && whole.code == cut.code
        && cut.enhanced == whole.enhanced;
    comparable
        && cut_text.is_ascii()
        && (MIN_CUT..whole_text.len()).contains(&cut_text.len())
        && letters(
            &whole_text[..crate::intake::scan::boundary_before(whole_text, cut_text.len() * 2).min(whole_text.len())],
        )
        .starts_with(&letters(cut_text))
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
