//! What a diagnosis comes to, in the words that text and HTML share.

use super::style::{Glyph, Role, Style, duration};
use crate::diagnosis::{Advice, Diagnosis, Retry};
use crate::knowledge::{Cause, Side};
use crate::rank::{Because, Ground, RankedCause, Standing};

/// Below this share the headline names no cause.
const TELLING: f64 = 0.4;

/// A cause below this share is shown only where all are asked for.
pub(super) const FAINT: f64 = 0.05;

/// The answer: what happened, whose side, does waiting help.
pub(super) struct Verdict {
    pub(super) glyph: Glyph,
    pub(super) role: Role,
    pub(super) title: String,
    /// Whose side it is, to whom the answer speaks.
    pub(super) whose: &'static str,
    pub(super) retry: &'static str,
    /// A sentence or two on waiting.
    pub(super) waiting: String,
    /// No cause stands out.
    pub(super) vague: bool,
}

impl Verdict {
    pub(super) fn of(diagnosis: &Diagnosis, receiver: bool) -> Self {
        let first = diagnosis.causes.first();
        let vague = first.is_none_or(is_vague);
        let retry = retry(diagnosis);
        let (glyph, role) = match diagnosis.retry.worthwhile {
            Some(false) => (Glyph::Bad, Role::Bad),
            _ if is_proved(diagnosis) => (Glyph::Bad, Role::Bad),
            _ => (Glyph::Warning, Role::Warning),
        };
        let title = match first {
            Some(_) if diagnosis.refuted().is_some() => "What the reply says is not what DNS shows now".to_owned(),
            Some(first) if !vague => first.cause.title.to_owned(),
            _ if diagnosis.incident.reply.is_none() => "The listing does not say why the message waits".to_owned(),
            _ => "The reply does not say which of several causes it is".to_owned(),
        };
        let whose =
            shared_side(&diagnosis.causes).map_or("more than one side in question", |side| whose(side, receiver));
        let mut waiting = match vague {
            true if diagnosis.refuted().is_none() => undecided(&diagnosis.retry),
            _ => without_verdict(&diagnosis.retry.note, retry),
        };
        if let Some(seconds) = diagnosis.retry.after {
            waiting.push_str(&format!(" The reply asks to wait {}.", duration(seconds)));
        }
        Verdict { glyph, role, title, whose, retry, waiting, vague }
    }

    pub(super) fn sentence(&self, style: &Style) -> String {
        format!("{} {} {}, {}.", self.title, style.glyph(Glyph::Dash), self.whose, self.retry)
    }
}

fn is_vague(first: &RankedCause) -> bool {
    first.confidence < TELLING && first.standing != Standing::Confirmed
}

fn is_proved(diagnosis: &Diagnosis) -> bool {
    diagnosis.causes.first().is_some_and(RankedCause::is_proved)
}

fn retry(diagnosis: &Diagnosis) -> &'static str {
    if is_proved(diagnosis) {
        return "waiting helps only once that is mended";
    }
    match diagnosis.retry.worthwhile {
        Some(true) if diagnosis.retry.is_over => "sending it again later helps",
        Some(true) => "waiting helps",
        Some(false) => "waiting does not help",
        None => "waiting may help",
    }
}

pub(super) fn whose(side: Side, receiver: bool) -> &'static str {
    match (side, receiver) {
        (Side::ReceiverSystem, false) => "a fault on their side",
        (Side::ReceiverSystem, true) => "a fault on your side",
        (Side::ReceiverPolicy, false) => "a rule of theirs",
        (Side::ReceiverPolicy, true) => "a rule of yours",
        (Side::SenderDns, false) => "your DNS",
        (Side::SenderDns, true) => "the sender's DNS",
        (Side::Recipient, _) => "the recipient's side",
        (Side::Network, _) => "the network",
    }
}

/// The side on which all likely causes lie; `None` where they differ.
fn shared_side(causes: &[RankedCause]) -> Option<Side> {
    let first = causes.first()?;
    let alone = !is_vague(first) || causes.iter().take(3).all(|cause| cause.is_remote() || cause.side == first.side);
    alone.then_some(first.side)
}

fn undecided(retry: &Retry) -> String {
    match retry.worthwhile {
        Some(true) if retry.is_over => {
            "Most of the causes below pass, but nothing retries any more: send it again later."
        }
        Some(true) => "Most of the causes below pass: your server retries by itself.",
        Some(false) => "Most of the causes below do not pass by themselves.",
        None => "Some of the causes below pass by themselves, others do not.",
    }
    .to_owned()
}

/// The note without the verdict that the headline gives already.
fn without_verdict(note: &str, verdict: &str) -> String {
    let repeated = note.get(..verdict.len()).is_some_and(|start| start.eq_ignore_ascii_case(verdict));
    let rest = repeated.then(|| note[verdict.len()..].strip_prefix([':', '.'])).flatten().map(str::trim_start);
    let Some(rest) = rest.filter(|rest| !rest.is_empty()) else { return note.to_owned() };
    let mut letters = rest.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The causes that are not ruled out, best first; without the faint ones where not all are asked for.
pub(super) fn suspects(diagnosis: &Diagnosis, all: bool) -> Vec<&RankedCause> {
    const SHOWN: usize = 4;
    let named = diagnosis.causes.iter().filter(|ranked| !ranked.is_remote());
    let standing = named.filter(|ranked| ranked.standing != Standing::RuledOut);
    let (first, rest) = (standing.clone().take(1), standing.skip(1));
    let rest = rest.filter(|ranked| all || ranked.confidence >= FAINT).take(if all { usize::MAX } else { SHOWN - 1 });
    first.chain(rest).collect()
}

/// What else it can be, though hardly.
pub(super) fn hardly(diagnosis: &Diagnosis) -> Option<String> {
    let remote = diagnosis.causes.iter().filter(|ranked| ranked.is_remote());
    let ids: Vec<&str> = remote.map(|ranked| ranked.cause.id).collect();
    (!ids.is_empty()).then(|| format!("hardly {}", ids.join(", ")))
}

/// What a cause is, and what sets it apart from those that look like it.
pub(super) fn told_apart(cause: &Cause) -> String {
    match cause.tell {
        Some(tell) => format!("{}. {tell}", cause.title),
        None => cause.title.to_owned(),
    }
}

/// What speaks for a cause, the same words once.
pub(super) fn reasons(ranked: &RankedCause) -> Vec<&Because> {
    let mut told: Vec<&Because> = Vec::new();
    for because in &ranked.because {
        if !told.iter().any(|known| known.text == because.text) {
            told.push(because);
        }
    }
    told
}

/// The end of the chain: the cause, its side, and how long to wait.
pub(super) fn therefore(diagnosis: &Diagnosis, receiver: bool) -> String {
    let Some(first) = diagnosis.causes.first() else { return String::new() };
    let cause = match first.standing {
        Standing::Confirmed => format!("{}, shown by DNS", first.cause.id),
        _ if is_vague(first) => "open; most likely ".to_owned() + first.cause.id,
        _ => first.cause.id.to_owned(),
    };
    let wait = match (diagnosis.retry.worthwhile, diagnosis.retry.escalate_after) {
        _ if is_proved(diagnosis) => "mend it now".to_owned(),
        (Some(false), _) => "act now".to_owned(),
        _ if diagnosis.retry.is_over => "send it again".to_owned(),
        (_, Some(seconds)) => format!("act if it lasts longer than {}", duration(seconds)),
        (Some(true), None) => "let it retry".to_owned(),
        (None, None) => "one retry, then act".to_owned(),
    };
    let side = shared_side(&diagnosis.causes).map_or("side open", |side| whose(side, receiver));
    let verdict = format!("{cause}: {side}; {wait}");
    match &diagnosis.therefore {
        // The proof follows in full.
        Some(shown) if first.standing != Standing::Confirmed => format!("{shown}. {verdict}"),
        _ => verdict,
    }
}

/// What DNS rules out, each reason once; `None` where nothing is ruled out.
pub(super) fn ruled_out(diagnosis: &Diagnosis) -> Option<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for ranked in diagnosis.causes.iter().filter(|ranked| ranked.standing == Standing::RuledOut) {
        let because = ranked.because.iter().find(|because| matches!(because.ground, Ground::Observation(_)));
        let reason = because.map_or("", |because| because.text.as_str());
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(ranked.cause.id),
            None => reasons.push((reason, vec![ranked.cause.id])),
        }
    }
    let told = reasons.iter().map(|(reason, ids)| format!("{}: {reason}", ids.join(", ")));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("ruled out: {}", told.join("; ")))
}

/// The steps of those to whom the answer speaks.
pub(super) fn own_steps(diagnosis: &Diagnosis, receiver: bool) -> Vec<Advice> {
    if receiver { receiver_steps(diagnosis) } else { sender_steps(diagnosis) }
}

/// Where nothing at all is said, the reason is looked up before anything else.
pub(super) fn sender_steps(diagnosis: &Diagnosis) -> Vec<Advice> {
    let steps = || diagnosis.causes.first().map_or_else(Vec::new, |first| diagnosis.sender_steps(first.cause));
    match diagnosis.look_up() {
        Some(step) if diagnosis.incident.reply.is_none() => vec![step],
        step => step.into_iter().chain(steps()).collect(),
    }
}

/// The receiving side's steps, without those for other software than theirs.
pub(super) fn receiver_steps(diagnosis: &Diagnosis) -> Vec<Advice> {
    let software = diagnosis.software.map(|software| software.id);
    let fits = |advice: &Advice| [None, software].contains(&advice.step.software) || software.is_none();
    let first = diagnosis.causes.first();
    first.map_or_else(Vec::new, |first| diagnosis.advice(first.cause.receiver).into_iter().filter(fits).collect())
}

/// Diagnoses that come to the same, together, in the order in which the first of each stands.
pub(super) fn alike(all: &[Diagnosis]) -> Vec<Vec<&Diagnosis>> {
    let same = |a: &Diagnosis, b: &Diagnosis| {
        let key = |d: &Diagnosis| d.causes.first().map(|first| (first.cause.id, first.side, is_vague(first)));
        key(a) == key(b) && a.retry.worthwhile == b.retry.worthwhile && a.retry.class == b.retry.class
    };
    let mut groups: Vec<Vec<&Diagnosis>> = Vec::new();
    for diagnosis in all {
        match groups.iter_mut().find(|group| same(group[0], diagnosis)) {
            Some(group) => group.push(diagnosis),
            None => groups.push(vec![diagnosis]),
        }
    }
    groups
}
