//! Text + knowledge + lookup → [`Diagnosis`]: the library's one verb.

use crate::intake::{self, Context, Incident};
use crate::knowledge::{Cause, Knowledge, Provider, Reading, Software, Strength};
use crate::rank::{self, RankedCause, Standing};
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
    /// Addresses and pages, best first.
    pub contacts: Vec<String>,
    pub note: String,
    /// What to write to the receiving side's postmaster, where its address is known.
    pub draft: Option<Draft>,
}

/// A mail to be looked over and sent by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub to: String,
    pub subject: String,
    pub body: String,
}

/// Finds every failure in `text` and ranks its causes by what was said alone.
pub fn read(text: &Excerpt, knowledge: &'static Knowledge) -> Vec<Diagnosis> {
    intake::read(text).into_iter().filter_map(|incident| diagnose_incident(incident, knowledge)).collect()
}

fn diagnose_incident(incident: Incident, knowledge: &'static Knowledge) -> Option<Diagnosis> {
    let empty = Reply::default();
    let reply = incident.reply.as_ref().unwrap_or(&empty);
    let reading = knowledge.read(reply);
    let telling = reading.clues.iter().any(|found| found.clue.strength > Strength::Weak);
    if !incident.anchored && !telling {
        return None;
    }
    let causes = rank::rank(knowledge, reply, &reading);
    let first = causes.first()?;
    let provider = provider(&incident.context, &reading, knowledge);
    let retry = Retry {
        worthwhile: worthwhile(&causes),
        class: reply.completion(),
        escalate_after: first.cause.retry.escalate_after,
        contacts: contacts(&incident.context, provider, first.cause),
        note: first.cause.waiting.to_owned(),
        draft: draft(&incident, first),
    };
    let software = software(&incident, &reading, knowledge);
    Some(Diagnosis { software, provider, causes, retry, incident })
}

/// The verdict of the causes, each counted with its share.
fn worthwhile(causes: &[RankedCause]) -> Option<bool> {
    /// As near to even as this is no verdict.
    const UNDECIDED: f64 = 0.1;
    let standing = || causes.iter().filter(|cause| cause.standing != Standing::RuledOut);
    let total: f64 = standing().map(|cause| cause.confidence).sum();
    let worthwhile: f64 = standing().filter(|cause| cause.retry).map(|cause| cause.confidence).sum();
    let share = if total > 0.0 { worthwhile / total } else { 0.5 };
    ((share - 0.5).abs() >= UNDECIDED).then_some(share > 0.5)
}

/// Who gave the reply: what it says of itself, then whose wording decided, then who wrote the line.
fn software(incident: &Incident, reading: &Reading, knowledge: &'static Knowledge) -> Option<&'static Software> {
    let strongest = reading.clues.iter().filter(|found| found.clue.software.is_some());
    let worded = strongest.max_by_key(|found| (found.clue.strength, found.range.len()));
    let reporter = || incident.context.client_ip.as_ref().and(incident.reporter);
    reading
        .software
        .or_else(|| worded.and_then(|found| found.clue.software).and_then(|id| knowledge.software(id)))
        .or_else(|| reporter().and_then(|id| knowledge.software(id)))
}

/// Whose server it was: what the reply says, then its host, then the recipient's domain, then whose wording decided.
fn provider(context: &Context, reading: &Reading, knowledge: &'static Knowledge) -> Option<&'static Provider> {
    let host = || context.remote_host.as_ref().and_then(|host| knowledge.provider_of_host(host.as_str()));
    let domain = || recipient_domain(context).and_then(|domain| knowledge.provider_of_domain(domain));
    let worded = || reading.clues.iter().find_map(|found| found.clue.provider).and_then(|id| knowledge.provider(id));
    reading.provider.or_else(host).or_else(domain).or_else(worded)
}

fn recipient_domain(context: &Context) -> Option<&str> {
    let (_, domain) = context.recipient.as_ref()?.as_str().rsplit_once('@')?;
    let domain = domain.trim_matches(|c: char| c == '>' || c.is_whitespace());
    (!domain.is_empty()).then_some(domain)
}

fn contacts(context: &Context, provider: Option<&Provider>, cause: &Cause) -> Vec<String> {
    let pages = provider.iter().flat_map(|provider| provider.contacts);
    let fitting = pages.filter(|contact| contact.causes.is_empty() || contact.causes.contains(&cause.id));
    let pages = fitting.map(|contact| format!("{} {}", contact.text, contact.url));
    // RFC 5321 §4.5.1 and RFC 2142 §5: every mail domain has these.
    let roles = recipient_domain(context).map(|domain| format!("postmaster@{domain}"));
    pages.chain(roles).collect()
}

/// What a postmaster needs to find the mail in the log, and nothing else.
fn draft(incident: &Incident, first: &RankedCause) -> Option<Draft> {
    let context = &incident.context;
    let domain = recipient_domain(context)?;
    let reply = incident.reply.as_ref()?;
    let said = said(reply);
    let fact =
        |label: &str, fact: &Option<Excerpt>| fact.as_ref().map(|fact| format!("  {label:<16}{}\n", fact.as_str()));
    let facts: String = [
        fact("Time:", &context.time),
        fact("Sender:", &context.sender),
        fact("Recipient:", &context.recipient),
        fact("Your server:", &context.remote_host),
        fact("Its address:", &context.remote_ip),
        fact("Our address:", &context.client_ip),
        fact("Our queue id:", &context.queue_id),
    ]
    .into_iter()
    .flatten()
    .collect();
    let body = format!(
        "Hello,\n\nyour mail server does not accept our mail. It answers:\n\n  {said}\n\n{facts}\n\
         By its wording this is: {} ({}).\n\nOur server keeps trying. Could you look into your log at that time and tell us \
         what to change, if it is on our side?\n\nThank you\n",
        first.cause.title, first.cause.id,
    );
    Some(Draft { to: format!("postmaster@{domain}"), subject: format!("Mail to {domain} fails: {said}"), body })
}

fn said(reply: &Reply) -> String {
    let code = reply.code.map(|code| format!("{code} "));
    let enhanced = reply.enhanced.map(|status| format!("{status} "));
    format!("{}{}{}", code.unwrap_or_default(), enhanced.unwrap_or_default(), reply.text.as_str())
}
