//! Clues and observations → ordered causes with their reasons. Pure: it never sees a socket.
//!
//! The reply's text outranks its enhanced status code, which outranks its reply code: the codes give a prior share for
//! each cause, the clues in the text multiply it, and what DNS shows has the last word.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::knowledge::{Cause, ClueMatch, Knowledge, Otherwise, Reading, Side, Strength};
use crate::probe::Observation;
use crate::reply::{Completion, EnhancedStatus, Reply};

/// A cause with what speaks for and against it.
#[derive(Clone, Debug)]
pub struct RankedCause {
    pub cause: &'static Cause,
    /// The cause's own, unless evidence moved it.
    pub side: Side,
    /// Between 0 and 1; over all that are not ruled out at most 1 together.
    pub confidence: f64,
    pub standing: Standing,
    pub because: Vec<Because>,
    /// Whether a retry is worthwhile, if this is the cause.
    pub retry: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// What DNS shows proves it.
    Confirmed,
    Likely,
    Possible,
    /// What DNS shows refutes it.
    RuledOut,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Confirmed => "confirmed",
            Standing::Likely => "likely",
            Standing::Possible => "possible",
            Standing::RuledOut => "ruled-out",
        }
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    pub ground: Ground,
    /// The deciding words, the code with its title, or what DNS shows.
    pub text: String,
}

/// What a reason rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// These words of the reply's text.
    Words(Range<usize>),
    Enhanced,
    Code,
    /// The first digit alone.
    Class,
    /// What a probe saw, with the finding that says it.
    Observation(Option<&'static str>),
}

/// How many causes a diagnosis names at most.
pub const MOST: usize = 8;

/// A cause below this share is not worth naming.
const LEAST_SHARE: f64 = 0.01;

/// The prior of a cause that no code speaks for.
const FAINT: f64 = 0.005;

/// How much of the prior the enhanced status code has, where the registry or use gives it a meaning.
const ENHANCED_SHARE: f64 = 0.85;

/// No text is proof.
const MOST_CERTAIN: f64 = 0.97;

/// Orders the causes of a reply by what was said, best first. Empty where nothing at all is known.
pub fn rank(knowledge: &'static Knowledge, reply: &Reply, reading: &Reading) -> Vec<RankedCause> {
    let mut suspects = Suspects::new(knowledge, reply);
    suspects.hear(reply, reading);
    let mut ranked = suspects.ranked();
    settle(&mut ranked);
    ranked
}

/// Orders them anew by what DNS shows. A probe that lacks an answer changes nothing.
pub fn reconsider(ranked: &mut [RankedCause], observations: &[Observation]) {
    for cause in ranked.iter_mut() {
        weigh(cause, observations);
    }
    settle(ranked);
}

struct Suspects {
    knowledge: &'static Knowledge,
    by_cause: BTreeMap<u16, Suspect>,
    /// The strongest word of any clue.
    strongest: Option<Strength>,
}

#[derive(Default)]
struct Suspect {
    prior: f64,
    likelihood: f64,
    because: Vec<Because>,
    retry: Option<bool>,
}

impl Suspects {
    fn new(knowledge: &'static Knowledge, reply: &Reply) -> Self {
        let mut suspects = Suspects { knowledge, by_cause: BTreeMap::new(), strongest: None };
        let status = reply.enhanced.and_then(|status| knowledge.status(status)).filter(|page| !page.causes.is_empty());
        let code = reply.code.and_then(|code| knowledge.reply_code(code)).filter(|page| !page.causes.is_empty());
        let status_share = match (status, code) {
            (Some(_), Some(_)) => ENHANCED_SHARE,
            (Some(_), None) => 1.0,
            (None, _) => 0.0,
        };
        if let (Some(page), Some(status)) = (status, reply.enhanced) {
            suspects.add_prior(page.causes, status_share, Ground::Enhanced, || format!("{status}: {}", page.title));
        }
        if let Some(page) = code {
            suspects
                .add_prior(page.causes, 1.0 - status_share, Ground::Code, || format!("{}: {}", page.code, page.title));
        }
        if status.is_none() && code.is_none() {
            suspects.add_class_prior(reply);
        }
        suspects
    }

    /// Where no code says anything, its class still does: X.0.0 is "other undefined status", RFC 3463 §3.1.
    fn add_class_prior(&mut self, reply: &Reply) {
        let class = if reply.completion() == Some(Completion::Permanent) { 5 } else { 4 };
        let undefined = EnhancedStatus { class, subject: 0, detail: 0 };
        if let Some(page) = self.knowledge.status(undefined) {
            self.add_prior(page.causes, 1.0, Ground::Class, || "the reply names no reason".to_owned());
        }
    }

    fn add_prior(&mut self, causes: &[(u16, f32)], share: f64, ground: Ground, say: impl Fn() -> String) {
        for (cause, part) in causes {
            let suspect = self.by_cause.entry(*cause).or_default();
            suspect.prior += share * f64::from(*part);
            suspect.likelihood = 1.0;
            suspect.because.push(Because { ground: ground.clone(), text: say() });
        }
    }

    fn hear(&mut self, reply: &Reply, reading: &Reading) {
        let specific = |found: &&ClueMatch| !self.knowledge.causes[found.clue.cause as usize].catch_all;
        let told = reading.clues.iter().filter(specific).map(|found| found.clue.strength).max();
        self.strongest = reading.clues.iter().map(|found| found.clue.strength).max();
        for found in &reading.clues {
            let catch_all = self.knowledge.causes[found.clue.cause as usize].catch_all;
            let strength = match found.clue.strength {
                strength if !catch_all || told < Some(Strength::Strong) => strength,
                Strength::Conclusive => Strength::Strong,
                Strength::Strong | Strength::Weak => Strength::Weak,
            };
            let suspect = self.by_cause.entry(found.clue.cause).or_default();
            // The same thing said twice is not twice as true.
            suspect.likelihood = suspect.likelihood.max(weight(found, strength, reading));
            suspect.retry = suspect.retry.or(found.clue.retry);
            let words = &reply.text.as_str()[found.range.clone()];
            let because = Because { ground: Ground::Words(found.range.clone()), text: words.to_owned() };
            suspect.because.insert(0, because);
        }
    }

    /// How much the codes still count beside what the text says.
    fn deference(&self) -> f64 {
        match self.strongest {
            None => 1.0,
            Some(Strength::Weak) => 0.8,
            Some(Strength::Strong | Strength::Conclusive) => 0.5,
        }
    }

    fn ranked(self) -> Vec<RankedCause> {
        let knowledge = self.knowledge;
        let deference = self.deference();
        let score = |suspect: &Suspect| (suspect.prior + FAINT).powf(deference) * suspect.likelihood;
        let total: f64 = self.by_cause.values().map(score).sum();
        let mut ranked: Vec<RankedCause> = self
            .by_cause
            .into_iter()
            .map(|(index, suspect)| {
                let cause = &knowledge.causes[index as usize];
                RankedCause {
                    cause,
                    side: cause.side,
                    confidence: (score(&suspect) / total).min(MOST_CERTAIN),
                    standing: Standing::Possible,
                    retry: suspect.retry.unwrap_or(cause.retry.worthwhile),
                    because: suspect.because,
                }
            })
            .filter(|ranked| ranked.confidence >= LEAST_SHARE)
            .collect();
        ranked.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        ranked.truncate(MOST);
        ranked
    }
}

/// How many times likelier a reply with these words makes the cause. Longer wordings are chosen with more care, and a
/// provider's own wording says more in its own reply than one that anybody uses.
fn weight(found: &ClueMatch, strength: Strength, reading: &Reading) -> f64 {
    const OWN_WORDING: f64 = 4.0;
    let by_strength = match strength {
        Strength::Conclusive => 10000.0,
        Strength::Strong => 400.0,
        Strength::Weak => 12.0,
    };
    let by_length = 1.0 + found.range.len().min(60) as f64 / 60.0;
    let own = found.clue.provider.is_some() && found.clue.provider == reading.provider.map(|provider| provider.id);
    by_strength * by_length * if own { OWN_WORDING } else { 1.0 }
}

/// What the observations do to one suspicion.
fn weigh(ranked: &mut RankedCause, observations: &[Observation]) {
    for ask in ranked.cause.probes {
        let Some(observation) = observations.iter().find(|observation| observation.probe.as_str() == ask.run) else {
            continue;
        };
        let proof = observation.findings.iter().find(|finding| ask.confirmed_by.contains(&finding.id));
        if let Some(finding) = proof {
            ranked.standing = Standing::Confirmed;
            ranked.side = ask.then_side.unwrap_or(ranked.side);
            let ground = Ground::Observation(Some(finding.id));
            ranked.because.retain(|because| !matches!(because.ground, Ground::Observation(_)));
            ranked.because.push(Because { ground, text: finding.message.clone() });
            return;
        }
        if observation.complete {
            clear(ranked, ask.otherwise, ask.otherwise_side, ask.otherwise_text.unwrap_or(&observation.summary));
        }
    }
}

/// A probe answered in full and found nothing that confirms.
fn clear(ranked: &mut RankedCause, otherwise: Otherwise, side: Option<Side>, text: &str) {
    match otherwise {
        Otherwise::LeavesOpen => {}
        Otherwise::Weakens => ranked.confidence /= 2.0,
        Otherwise::RulesOut => ranked.standing = Standing::RuledOut,
    }
    ranked.side = side.unwrap_or(ranked.side);
    ranked.because.push(Because { ground: Ground::Observation(None), text: text.to_owned() });
}

/// Confirmed causes first, ruled-out ones last; the shares of what is left sum to what they summed to before.
fn settle(ranked: &mut [RankedCause]) {
    const CONFIRMED_SHARE: f64 = 0.97;
    let confirmed = ranked.iter().any(|cause| cause.standing == Standing::Confirmed);
    let before: f64 = ranked.iter().map(|cause| cause.confidence).sum();
    for cause in ranked.iter_mut() {
        match cause.standing {
            Standing::RuledOut => cause.confidence = 0.0,
            Standing::Confirmed => cause.confidence = cause.confidence.max(CONFIRMED_SHARE),
            _ if confirmed => cause.confidence *= 1.0 - CONFIRMED_SHARE,
            _ => {}
        }
    }
    let after: f64 = ranked.iter().map(|cause| cause.confidence).sum();
    if after > 0.0 && (after - before).abs() > f64::EPSILON {
        let scale = before.clamp(0.0, MOST_CERTAIN) / after;
        ranked.iter_mut().for_each(|cause| cause.confidence = (cause.confidence * scale).min(MOST_CERTAIN));
    }
    for cause in ranked.iter_mut().filter(|cause| cause.standing == Standing::Possible) {
        if cause.confidence >= 0.5 {
            cause.standing = Standing::Likely;
        }
    }
    ranked.sort_by(|a, b| {
        let last = |cause: &RankedCause| cause.standing == Standing::RuledOut;
        last(a).cmp(&last(b)).then(b.confidence.total_cmp(&a.confidence))
    });
}
