//! Text + knowledge + lookup → [`Diagnosis`]: the library's one verb.

mod names;

use std::collections::BTreeSet;
use std::net::IpAddr;

pub use names::Advice;
pub(crate) use names::Names;

use crate::dns::{Lookup, Name};
use crate::intake::{self, Context, Form, Incident};
use crate::knowledge::{Cause, ClueMatch, Knowledge, Provider, Reading, Side, Software, Step, Strength};
use crate::probe::Probe;
use crate::probe::check::{Check, Elsewhere, Target, Verdict, check};
use crate::probe::dkim::{self, Selector};
use crate::rank::{self, Ground, RankedCause, Standing};
use crate::reply::{Completion, Reply};
use crate::span::{Excerpt, Span};

/// Why one mail failed: what was said, who said it, the causes in order, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What was found in the text.
    pub incident: Incident,
    /// The part of the input that tells of it, as it stands there.
    pub quoted: Excerpt,
    /// The software that gave the reply.
    pub software: Option<&'static Software>,
    /// Who runs the server that gave it.
    pub provider: Option<&'static Provider>,
    /// Best first; at least one.
    pub causes: Vec<RankedCause>,
    /// Whether waiting helps, and what to do when it does not.
    pub retry: Retry,
    /// What DNS was asked on behalf of the leading causes.
    pub check: Option<Check>,
    /// The DKIM keys that signatures in the same text name: signing domain and selector.
    pub signatures: Vec<(Name, String)>,
    /// What the words claimed before DNS was asked.
    pub claimed: Option<&'static Cause>,
    /// What follows from what was checked, in a sentence; `None` where nothing was.
    pub therefore: Option<String>,
    /// What the leading causes want to know from DNS and nobody could ask, and why.
    pub unchecked: Option<Unchecked>,
    /// What the caller knows beyond the text.
    known: Target,
}

/// Probes that did not run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unchecked {
    /// Which they are.
    pub probes: BTreeSet<Probe>,
    /// What kept them from running.
    pub why: NotRun,
}

/// Why probes did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotRun {
    /// DNS was not to be asked.
    Offline,
    /// Neither the text nor the user names a sending domain.
    NoDomain,
    /// Neither the text nor the user names the sending address.
    NoAddress,
}

/// Whether waiting helps, for how long, and whom to ask then.
#[derive(Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Retry {
    /// `None` where the causes in question differ about it; `false` too where DNS proves a fault that has to be mended first.
    pub worthwhile: Option<bool>,
    /// What the reply itself claims.
    pub class: Option<Completion>,
    /// Nothing retries any more: the reply is final, or the sending side has given up on the message.
    pub is_over: bool,
    /// Seconds after which the reply itself asks to try again.
    pub after: Option<u64>,
    /// Seconds after the first failure at which waiting is no longer enough.
    pub escalate_after: Option<u64>,
    /// Addresses and pages, best first.
    pub contacts: Vec<String>,
    /// The same in a sentence or two.
    pub note: String,
    /// What to write to the receiving side's postmaster, where its address is known.
    pub draft: Option<Draft>,
}

/// A mail to be looked over and sent by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Draft {
    /// Whom to write to.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// Plain text, each paragraph on one line.
    pub body: String,
}

/// Finds every failure in `text` and ranks its causes by what was said alone.
pub fn read(text: &Excerpt, knowledge: &'static Knowledge) -> Vec<Diagnosis> {
    read_first(text, usize::MAX, knowledge).diagnoses
}

/// What was made of a text.
#[derive(Debug)]
#[non_exhaustive]
pub struct Read {
    /// One for each failure.
    pub diagnoses: Vec<Diagnosis>,
    /// Where in the source those begin that are too many, if there are any.
    pub rest: Option<usize>,
    /// From the first part of a mail on that is not read.
    pub left_out: Option<Span>,
}

/// The same, of the first `most` failures.
pub fn read_first(text: &Excerpt, most: usize, knowledge: &'static Knowledge) -> Read {
    let mut diagnoses = Vec::new();
    let mut rest = None;
    let found = intake::read(text);
    for incident in found.incidents {
        if diagnoses.len() == most {
            rest = Some(incident.span.start);
            break;
        }
        diagnoses.extend(diagnose_incident(text, incident, knowledge));
    }
    if !diagnoses.is_empty() {
        let signatures = dkim::signatures(text.as_str());
        diagnoses.iter_mut().for_each(|diagnosis| diagnosis.signatures.clone_from(&signatures));
    }
    Read { diagnoses, rest, left_out: found.left_out }
}

/// Finds every failure in `text` (any octets: a reply, log lines, a bounce, a queue listing), asks DNS what the leading
/// causes want to know, and ranks the causes by both. Empty where the text tells of no failed mail.
///
/// What the sender's domain and address are is taken from the text, and public resolvers and blocklists are asked as
/// well as `lookup`. [`read`] and [`ask`] do the same in two steps, with what the caller knows beyond the text.
pub async fn diagnose(text: impl AsRef<[u8]>, knowledge: &'static Knowledge, lookup: &dyn Lookup) -> Vec<Diagnosis> {
    let mut diagnoses = read(&Excerpt::from_bytes(text.as_ref()), knowledge);
    ask(&mut diagnoses, lookup, &Target::default(), &Elsewhere::public(knowledge)).await;
    diagnoses
}

/// Asks DNS what the leading causes of each diagnosis want to know, and ranks them anew.
///
/// `known` is what the caller knows of the mail and goes before what the text says; what both leave open is listed in
/// [`Diagnosis::unchecked`]. A lookup that fails fails no diagnosis: it leaves the cause open.
pub async fn ask(diagnoses: &mut [Diagnosis], lookup: &dyn Lookup, known: &Target, elsewhere: &Elsewhere) {
    for diagnosis in diagnoses {
        diagnosis.ask(lookup, known, elsewhere).await;
    }
}

impl Diagnosis {
    async fn ask(&mut self, lookup: &dyn Lookup, known: &Target, elsewhere: &Elsewhere) {
        self.know(known.clone());
        let target = self.target();
        let possible = self.leave_open(&target);
        if possible.is_empty() {
            return;
        }
        let check = check(lookup, &target, &possible, elsewhere).await;
        self.claimed = self.causes.first().map(|ranked| ranked.cause);
        rank::reconsider(&mut self.causes, &check.observations);
        self.therefore = self.follow(&check);
        self.check = Some(check);
        self.conclude();
    }

    /// Notes what cannot be asked for want of a domain or an address, and returns what can.
    fn leave_open(&mut self, target: &Target) -> BTreeSet<Probe> {
        let (possible, impossible): (BTreeSet<Probe>, BTreeSet<Probe>) =
            wanted(&self.causes).into_iter().partition(|probe| target.allows(*probe));
        let why = if target.domain.is_none() { NotRun::NoDomain } else { NotRun::NoAddress };
        self.unchecked = (!impossible.is_empty()).then_some(Unchecked { probes: impossible, why });
        possible
    }

    /// What the caller knows of the mail goes before what the text says.
    pub fn know(&mut self, known: Target) {
        self.known = known;
    }

    fn target(&self) -> Target {
        target(&self.incident, &self.signatures, &self.known)
    }

    /// Steps of a cause, their commands with the names of this case.
    pub fn advice(&self, steps: &'static [Step]) -> Vec<Advice> {
        let names = self.names();
        steps.iter().map(|step| names.advise(step)).collect()
    }

    /// Where the reason is found, if a queue's listing keeps it back.
    pub fn look_up(&self) -> Option<Advice> {
        let told = self.incident.reply.as_ref().is_some_and(|reply| reply.code.is_some() || reply.enhanced.is_some());
        let vague = self.causes.first().is_none_or(|first| first.standing > Standing::Likely);
        let lister = self.incident.reporter.and_then(|id| Knowledge::embedded().software(id));
        if self.incident.form != Form::QueueListing || told || !vague {
            return None;
        }
        let of_one = |step: &&Step| step.command.is_some_and(|command| command.contains("QUEUE-ID"));
        let fits = |step: &&Step| of_one(step) == self.incident.context.queue_id.is_some();
        let steps = lister?.waiting;
        Some(self.names().advise(steps.iter().find(fits).or(steps.first())?))
    }

    /// The sending side's steps, without those for other software than theirs, where their own log or bounce shows it.
    pub fn sender_steps(&self, cause: &Cause) -> Vec<Advice> {
        let writer = self.incident.reporter.filter(|_| self.log_of_receiver() != Some(true));
        let fits = |advice: &Advice| writer.is_none() || [None, writer].contains(&advice.step.software);
        self.advice(cause.sender).into_iter().filter(fits).collect()
    }

    pub(crate) fn names(&self) -> Names {
        let said = self.incident.reply.as_ref().map_or("", |reply| reply.text.as_str());
        Names::of(&self.incident.context, &self.target()).listed(said, self.provider.and_then(|provider| provider.zone))
    }

    /// Which side wrote the log that was read, if it is evident: the receiving one logs whom it refused, and what its own
    /// programs would not store.
    pub fn log_of_receiver(&self) -> Option<bool> {
        let Incident { form, reporter, context, delivered_here, .. } = &self.incident;
        if *delivered_here {
            return Some(true);
        }
        let log = !matches!(form, Form::Reply | Form::Dsn | Form::QueueListing | Form::Wrapped) && reporter.is_some();
        let remote = context.remote_host.is_some() || context.remote_ip.is_some();
        match (context.client_ip.is_some(), remote) {
            (true, false) if log => Some(true),
            (false, true) if log => Some(false),
            _ => None,
        }
    }

    /// Whether DNS has anything to say for this one.
    pub fn can_ask(&self, known: &Target) -> bool {
        let target = target(&self.incident, &self.signatures, known);
        wanted(&self.causes).into_iter().any(|probe| target.allows(probe))
    }

    /// Says that DNS was not to be asked.
    pub fn offline(&mut self) {
        let probes = wanted(&self.causes);
        self.unchecked = (!probes.is_empty()).then_some(Unchecked { probes, why: NotRun::Offline });
    }

    /// What the words claimed, where DNS refutes it.
    pub fn refuted(&self) -> Option<&RankedCause> {
        let claimed = self.claimed?.id;
        self.causes.iter().find(|ranked| ranked.cause.id == claimed && ranked.standing == Standing::RuledOut)
    }

    fn follow(&self, check: &Check) -> Option<String> {
        let first = self.causes.first()?;
        let shown = first.because.iter().find(|because| matches!(because.ground, Ground::Observation(_)));
        let answered = check.observations.iter().all(|observation| observation.answered);
        Some(match (self.refuted(), first.standing, shown) {
            (Some(refuted), ..) => format!("DNS does not bear it out. {}", refuted.because.first()?.text),
            (None, Standing::Confirmed, Some(proof)) if first.side == Side::SenderDns => {
                format!("it is on your side: {}", proof.text)
            }
            (None, Standing::Confirmed, Some(proof)) => proof.text.clone(),
            _ if !answered => "not everything could be asked, so DNS neither proves nor clears it".to_owned(),
            _ if first.side == Side::ReceiverSystem && check.verdict() != Verdict::Problems => {
                let at = check.served().map(|served| format!(" at {served}")).unwrap_or_default();
                format!("your DNS answers right{at}: the lookups that fail are theirs; wait")
            }
            _ => "DNS neither proves nor clears it".to_owned(),
        })
    }

    /// Draws the verdict from the causes as they stand.
    fn conclude(&mut self) {
        let Some(first) = self.causes.first() else { return };
        let class = self.incident.reply.as_ref().and_then(Reply::completion);
        self.retry = Retry {
            worthwhile: if first.is_proved() { Some(false) } else { worthwhile(&self.causes) },
            class,
            is_over: self.incident.given_up || class == Some(Completion::Permanent),
            after: self.incident.reply.as_ref().and_then(Reply::retry_after),
            escalate_after: first.cause.retry.escalate_after,
            contacts: contacts(&self.incident.context, self.provider, first.cause),
            note: match self.refuted() {
                Some(_) => ONCE_MORE.to_owned(),
                None => note(first, class, self.incident.given_up),
            },
            draft: draft(&self.incident, first),
        };
    }
}

const ONCE_MORE: &str = "DNS does not bear out what the reply says. Send the message once more; if the same comes back, ask \
                         the receiving side which address and record they saw.";

/// How many of the leading causes may ask DNS, and how likely each must be.
const ASKING: usize = 3;
const ASKING_SHARE: f64 = 0.1;

/// What the leading causes want to know.
fn wanted(causes: &[RankedCause]) -> BTreeSet<Probe> {
    let leading = causes.iter().take(ASKING).filter(|cause| cause.confidence >= ASKING_SHARE);
    leading.flat_map(|cause| cause.cause.probes).filter_map(|ask| Probe::named(ask.run)).collect()
}

/// Whom the mail came from: what the user says before what the text says.
fn target(incident: &Incident, signatures: &[(Name, String)], known: &Target) -> Target {
    let signed = |(domain, name): &(Name, String)| Selector { name: name.clone(), domain: Some(domain.clone()) };
    let context = &incident.context;
    let sender = known.sender.clone().or_else(|| context.sender.as_ref().map(|sender| sender.as_str().to_owned()));
    let domain_of = |address: &String| Name::from_utf8(domain_of(address)?).ok();
    Target {
        domain: (known.domain.clone())
            .or_else(|| sender.as_ref().and_then(domain_of))
            .or_else(|| signatures.first().map(|(domain, _)| domain.clone()))
            .or_else(|| accused_domain(incident.reply.as_ref()?.text.as_str())),
        ip: known.ip.or_else(|| client_address(incident)),
        sender,
        helo: known.helo.clone(),
        selectors: match known.selectors.as_slice() {
            [] => signatures.iter().map(signed).collect(),
            given => given.to_vec(),
        },
    }
}

/// The address that the receiver saw: from the line around the reply, or the one that the reply itself names.
fn client_address(incident: &Incident) -> Option<IpAddr> {
    let parsed = |fact: &Option<Excerpt>| fact.as_ref().and_then(|fact| fact.as_str().parse::<IpAddr>().ok());
    let server = parsed(&incident.context.remote_ip);
    let named = || {
        let words =
            incident.reply.as_ref()?.text.as_str().split(|c: char| !(c.is_ascii_hexdigit() || ".:".contains(c)));
        words.filter_map(|word| word.trim_end_matches(['.', ':']).parse::<IpAddr>().ok()).find(|ip| Some(*ip) != server)
    };
    parsed(&incident.context.client_ip).or_else(named)
}

/// The sender's domain, where the reply itself accuses it: `Unauthenticated email from example.com is not accepted`.
fn accused_domain(text: &str) -> Option<Name> {
    const BEFORE: [&str; 6] = [
        "unauthenticated email from ",
        "sending domain ",
        "sender domain ",
        "spf [",
        "spf check of domain ",
        "dmarc policy of ",
    ];
    // A reply of several lines breaks between any two words.
    let text = text.replace('\n', " ");
    let lower = text.to_ascii_lowercase();
    let named = |before: &&str| {
        let rest = &text[lower.find(*before)? + before.len()..];
        let rest = rest.trim_start_matches(['[', '<', '\'', '"', '@']);
        let end = rest.find(|c: char| !(c.is_alphanumeric() || ".-_".contains(c))).unwrap_or(rest.len());
        let domain = rest[..end].trim_end_matches('.');
        domain.contains('.').then(|| Name::from_utf8(domain).ok())?
    };
    BEFORE.iter().find_map(named)
}

fn diagnose_incident(text: &Excerpt, incident: Incident, knowledge: &'static Knowledge) -> Option<Diagnosis> {
    let empty = Reply::default();
    let reply = incident.reply.as_ref().unwrap_or(&empty);
    let reading = knowledge.read(reply);
    if !incident.anchored && !reading.clues.iter().any(|found| is_telling(found, reply)) {
        return None;
    }
    let causes = rank::rank(knowledge, reply, &reading).causes(knowledge, reply, &reading);
    if causes.is_empty() {
        return None;
    }
    let provider = provider(&incident.context, &reading, knowledge);
    let software = software(&incident, &reading, knowledge);
    let quoted = text.locate(incident.span).map_or_else(Excerpt::default, |range| text.slice(range));
    let retry = Retry::default();
    let mut diagnosis = Diagnosis {
        software,
        provider,
        causes,
        retry,
        check: None,
        signatures: Vec::new(),
        claimed: None,
        therefore: None,
        unchecked: None,
        known: Target::default(),
        incident,
        quoted,
    };
    diagnosis.leave_open(&diagnosis.target());
    diagnosis.conclude();
    Some(diagnosis)
}

/// Whether the words make a text without any code a failed mail's. A single word among many does not (`postgrey` in a list of
/// users, `spam` in good advice), nor do anybody's words in a text that has nothing else to do with mail, nor what is said of
/// a case that may come, `if the mailbox is full`, or that there is none of.
fn is_telling(found: &ClueMatch, reply: &Reply) -> bool {
    /// How many times as long as the word.
    const LONG: usize = 6;
    const SHORT: usize = 120;
    let text = reply.text.as_str();
    let words = &text[found.range.clone()];
    let one_word = words.bytes().all(|byte| byte.is_ascii_alphabetic());
    let alone = text.len() <= SHORT.min(words.len() * LONG);
    let of_mail = || found.clue.is_own() || reply.enhanced.is_some() || intake::is_about_mail(text);
    let telling = alone || !one_word && of_mail();
    let (lead, told) = (&text[..found.range.start], &text[..found.range.end]);
    found.strength > Strength::Weak && telling && !is_supposed(told) && !is_denied(lead)
}

/// `No greylisting to be seen`.
fn is_denied(lead: &str) -> bool {
    let word = lead.trim_end().rsplit(|letter: char| !letter.is_alphabetic()).next().unwrap_or("");
    ["no", "without"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// Whether the sentence at the end supposes what it says.
fn is_supposed(told: &str) -> bool {
    let sentence = told.rsplit(['.', '!', '?', ':', ';', '\n']).next().unwrap_or(told);
    let mut words = sentence.split(|letter: char| !letter.is_alphabetic());
    words.any(|word| ["if", "unless", "whether", "wenn", "falls"].iter().any(|it| word.eq_ignore_ascii_case(it)))
}

/// Whether waiting helps; where DNS proves the cause, what it shows comes first.
fn note(first: &RankedCause, class: Option<Completion>, given_up: bool) -> String {
    const FINAL: &str =
        "The reply is final: your server has given up on this message. Send it again once the reason is gone.";
    const GIVEN_UP: &str = "Your server has given up on this message and does not retry any more. Send it again once the \
                            reason is gone.";
    let proof = first.because.iter().find(|because| matches!(because.ground, Ground::Observation(Some(_))));
    match proof {
        Some(proof) => format!("DNS shows it: {}. Mend that first; a retry before then fails again.", proof.text),
        None if class == Some(Completion::Permanent) && first.cause.retry.worthwhile.always().is_none() => {
            FINAL.to_owned()
        }
        None if given_up && first.retry => GIVEN_UP.to_owned(),
        None => first.cause.waiting.to_owned(),
    }
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
    /// Shorter wordings, `try again later` say, occur to many.
    const DISTINCT: usize = 24;
    let distinct = |found: &&ClueMatch| found.clue.software().is_some() && found.range.len() >= DISTINCT;
    let strongest = reading.clues.iter().filter(distinct);
    let worded = strongest.max_by_key(|found| (found.strength, found.range.len()));
    let reporter = || incident.context.client_ip.as_ref().and(incident.reporter);
    reading
        .software
        .or_else(|| worded.and_then(|found| found.clue.software()).and_then(|id| knowledge.software(id)))
        .or_else(|| reporter().and_then(|id| knowledge.software(id)))
}

/// Whose server it was: what the reply says, then its host, then the recipient's domain, then whose wording decided.
fn provider(context: &Context, reading: &Reading, knowledge: &'static Knowledge) -> Option<&'static Provider> {
    let host = || context.remote_host.as_ref().and_then(|host| knowledge.provider_of_host(host.as_str()));
    let domain = || recipient_domain(context).and_then(|domain| knowledge.provider_of_domain(domain));
    let worded = || reading.clues.iter().find_map(|found| found.clue.provider()).and_then(|id| knowledge.provider(id));
    reading.provider.or_else(host).or_else(domain).or_else(worded)
}

fn recipient_domain(context: &Context) -> Option<&str> {
    domain_of(context.recipient.as_ref()?.as_str())
}

fn domain_of(address: &str) -> Option<&str> {
    let (_, domain) = address.rsplit_once('@')?;
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
