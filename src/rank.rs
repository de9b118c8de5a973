//! Clues and observations → ordered causes with their reasons. Pure: it never sees a socket.
//!
//! The reply's text outranks its enhanced status code, which outranks its reply code: the codes give a prior share for
//! each cause, the clues in the text multiply it, and what DNS shows has the last word.

use std::ops::Range;

use smallvec::SmallVec;

use crate::finding::{Finding, Severity};
use crate::knowledge::factor;
use crate::knowledge::{
    Ask, Cause, ClueMatch, Knowledge, Lean, MOST_CAUSES, Otherwise, Reading, ReplyCodePage, Side, StatusPage, Strength,
};
use crate::probe::Observation;
use crate::reply::{Completion, EnhancedStatus, Reply, Stage};

/// A cause with what speaks for and against it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RankedCause {
    /// The page of the cause.
    pub cause: &'static Cause,
    /// The cause's own, unless evidence moved it.
    pub side: Side,
    /// Between 0 and 1; over all that are not ruled out at most 1 together.
    pub confidence: f64,
    /// How far it is established.
    pub standing: Standing,
    /// Why it is here: words, then codes, then what DNS shows; a refutation comes first.
    pub because: Vec<Because>,
    /// Whether a retry is worthwhile, if this is the cause.
    pub retry: bool,
}

impl RankedCause {
    /// It has hardly a share: only who wants to know what else it can be is told of it.
    pub fn is_remote(&self) -> bool {
        self.standing != Standing::RuledOut && self.confidence < LEAST_SHARE.into()
    }

    /// DNS shows what is wrong: until that is mended a retry fails again.
    pub fn is_proved(&self) -> bool {
        let shown = self.because.iter().any(|because| matches!(because.ground, Ground::Observation(Some(_))));
        self.standing == Standing::Confirmed && shown
    }
}

/// How far a cause is established, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Standing {
    /// What DNS shows proves it.
    Confirmed,
    /// It has at least half of the confidence.
    Likely,
    /// It has less.
    Possible,
    /// What DNS shows refutes it.
    RuledOut,
}

impl Standing {
    /// Its name in JSON, such as `ruled-out`.
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
#[non_exhaustive]
pub struct Because {
    /// What it rests on.
    pub ground: Ground,
    /// The deciding words, the code with its title, or what DNS shows.
    pub text: String,
}

/// What a reason rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ground {
    /// These words of the reply's text.
    Words(Range<usize>),
    /// This word of the text and some others, which replies with this cause often have. No wording of it is known.
    Likeness(Range<usize>),
    /// The enhanced status code.
    Enhanced,
    /// The reply code.
    Code,
    /// The first digit alone.
    Class,
    /// What a probe saw, with the finding that says it.
    Observation(Option<&'static str>),
}

/// How many causes a diagnosis names at most.
pub const MOST: usize = 8;

/// A cause below this share is not worth naming, unless few have more.
const LEAST_SHARE: f32 = 0.01;

/// How many causes a diagnosis names though they have hardly a share: no wording is proof, and they are what else it can be.
const AT_LEAST: usize = 3;

/// The prior of a cause that no code speaks for.
const FAINT: f32 = 0.005;

/// How much of the prior the enhanced status code has, where the registry or use gives it a meaning.
const ENHANCED_SHARE: f32 = 0.85;

/// What is left of a cause that the reply came too early for: servers mix them up, and logs name the wrong command.
const TOO_EARLY: f32 = 0.02;

/// No text is proof.
const MOST_CERTAIN: f64 = 0.97;

/// How sure a cause can be by what was said: where the words one by one make it twice as likely as any other, and where they
/// do not. Measured on replies whose wordings nobody had told yet.
#[derive(Clone, Copy)]
struct Ceiling {
    borne_out: f64,
    alone: f64,
}

/// No known wording speaks for it.
const UNWORDED: Ceiling = Ceiling { borne_out: 0.92, alone: 0.8 };

/// After how many of three things speak for it besides: that the wording means nothing else, that it is long, and that a code
/// says the same.
const WORDED: [Ceiling; 4] = [
    Ceiling { borne_out: 0.87, alone: 0.6 },
    Ceiling { borne_out: 0.95, alone: 0.75 },
    Ceiling { borne_out: MOST_CERTAIN, alone: 0.92 },
    Ceiling { borne_out: MOST_CERTAIN, alone: 0.92 },
];

/// In bytes, about four words: what is shorter may stand in a sentence that means something else.
const LONG_WORDING: usize = 24;

/// Orders the causes of a reply by what was said, best first. Empty where nothing at all is known.
pub fn rank(knowledge: &'static Knowledge, reply: &Reply, reading: &Reading) -> Ranking {
    let codes = Codes::of(knowledge, reply);
    let told = reading.told();
    let evidence = Evidence::of(knowledge, &codes, reading, told);
    let shares = evidence.shares(knowledge, told, reply.stage());
    Ranking { suspects: evidence.conclude(shares), codes, lean: evidence.lean }
}

/// Orders them anew by what DNS shows. A probe that lacks an answer changes nothing.
pub fn reconsider(ranked: &mut [RankedCause], observations: &[Observation]) {
    let total = ranked.iter().map(|cause| cause.confidence).sum();
    for cause in ranked.iter_mut() {
        weigh(cause, observations);
    }
    share_out(ranked, total);
    settle(ranked);
}

/// The causes of a reply in order, without the words for their reasons: [`Ranking::causes`] finds those.
#[derive(Debug)]
pub struct Ranking {
    suspects: SmallVec<[Suspect; MOST]>,
    codes: Codes,
    lean: Lean,
}

/// A cause that something speaks for.
#[derive(Clone, Copy, Debug)]
pub struct Suspect {
    /// Its place in [`Knowledge::causes`].
    pub cause: u16,
    /// Its share of all suspects.
    pub confidence: f32,
    retry: Option<bool>,
}

/// What the reply's codes mean.
#[derive(Clone, Copy, Debug)]
struct Codes {
    status: Option<&'static StatusPage>,
    code: Option<&'static ReplyCodePage>,
    /// Where no code says anything, its class still does: X.0.0 is "other undefined status", RFC 3463 §3.1.
    class: Option<&'static StatusPage>,
    /// Where nothing at all is said, as in the listing of a queue.
    waiting: &'static [(u16, f32)],
}

impl Codes {
    fn of(knowledge: &'static Knowledge, reply: &Reply) -> Self {
        if reply.code.is_none() && reply.enhanced.is_none() && reply.text.is_empty() {
            return Codes { status: None, code: None, class: None, waiting: knowledge.waiting };
        }
        let status = reply.enhanced.and_then(|status| knowledge.status(status)).filter(|page| !page.causes.is_empty());
        let code = reply.code.and_then(|code| knowledge.reply_code(code)).filter(|page| !page.causes.is_empty());
        let undefined = || {
            let class = if reply.completion() == Some(Completion::Permanent) { 5 } else { 4 };
            knowledge.status(EnhancedStatus { class, subject: 0, detail: 0 })
        };
        let class = if status.is_none() && code.is_none() { undefined() } else { None };
        Codes { status, code, class, waiting: &[] }
    }

    /// Whether one of them has a meaning of its own that is, often or not, this cause.
    fn speak_for(&self, cause: u16) -> bool {
        let status = self.status.is_some_and(|page| speaks(page.causes, cause));
        status || self.code.is_some_and(|page| speaks(page.causes, cause))
    }

    /// Each with its part of the prior, most telling first.
    fn shares(&self) -> [(&'static [(u16, f32)], f32); 3] {
        let status_share = match (self.status, self.code) {
            (Some(_), Some(_)) => ENHANCED_SHARE,
            _ => 1.0,
        };
        let code_share = if self.status.is_some() { 1.0 - ENHANCED_SHARE } else { 1.0 };
        [
            (self.status.map_or(&[], |page| page.causes), status_share),
            (self.code.map_or(&[], |page| page.causes), code_share),
            (self.class.map_or(self.waiting, |page| page.causes), 1.0),
        ]
    }
}

impl Ranking {
    /// Best first.
    pub fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }
}

/// A set of causes, by their places in [`Knowledge::causes`].
#[derive(Clone, Copy, Default)]
struct Causes(u64);

impl Causes {
    fn insert(&mut self, cause: u16) {
        self.0 |= 1 << cause;
    }

    fn has(self, cause: u16) -> bool {
        self.0 & 1 << cause != 0
    }
}

impl Iterator for Causes {
    type Item = u16;

    #[inline]
    fn next(&mut self) -> Option<u16> {
        let first = self.0.trailing_zeros() as u16;
        self.0 &= self.0.checked_sub(1)?;
        Some(first)
    }
}

/// Suspects with what each has.
type Shares = SmallVec<[(f32, u16); MOST_CAUSES]>;

/// What was said of each cause, by its place in [`Knowledge::causes`].
struct Evidence {
    /// Those that anything speaks for.
    suspected: Causes,
    /// Those that a server's or provider's own wording tells of.
    own: Causes,
    /// What the codes say beyond [`FAINT`].
    prior: [f32; MOST_CAUSES],
    /// How many times likelier the best wording makes it; 0 without one.
    told: [f32; MOST_CAUSES],
    retry: [Option<bool>; MOST_CAUSES],
    /// What the words say one by one.
    lean: Lean,
}

impl Evidence {
    fn of(knowledge: &Knowledge, codes: &Codes, reading: &Reading, told: Option<Strength>) -> Self {
        let mut evidence = Evidence {
            suspected: Causes::default(),
            own: Causes::default(),
            prior: [0.0; MOST_CAUSES],
            told: [0.0; MOST_CAUSES],
            retry: [None; MOST_CAUSES],
            lean: knowledge.lean(reading),
        };
        evidence.suppose(codes);
        evidence.hear(reading, told);
        evidence.suspected.0 |= evidence.lean.leading();
        evidence
    }

    fn suppose(&mut self, codes: &Codes) {
        for (causes, part) in codes.shares() {
            for (cause, share) in causes {
                self.suspected.insert(*cause);
                self.prior[usize::from(*cause)] += part * share;
            }
        }
    }

    /// The known wordings.
    fn hear(&mut self, reading: &Reading, told: Option<Strength>) {
        for found in &reading.clues {
            let cause = found.clue.cause;
            self.suspected.insert(cause);
            if found.clue.is_own() {
                self.own.insert(cause);
            }
            // The same thing said twice is not twice as true.
            let best = &mut self.told[usize::from(cause)];
            *best = best.max(weight(found, told, reading));
            let retry = &mut self.retry[usize::from(cause)];
            *retry = retry.or(found.clue.retry);
        }
    }

    /// What each suspect has, in no measure yet.
    fn shares(&self, knowledge: &Knowledge, told: Option<Strength>, stage: Option<Stage>) -> Shares {
        let together = self.own.map(|cause| self.lean.steps(cause)).max();
        let share = |cause: u16| {
            let place = usize::from(cause);
            // Causes that a server's own wording tells of stand to each other as that server means it: words bear them out
            // together or not at all.
            let steps = together.filter(|_| self.own.has(cause)).unwrap_or(self.lean.steps(cause));
            // What a reply is about has been told before it: a recipient in `RCPT TO`, not in `MAIL FROM`.
            let early = stage.is_some_and(|stage| stage < knowledge.causes[place].not_before);
            let likelihood = self.told[place].max(1.0) * factor(steps) * if early { TOO_EARLY } else { 1.0 };
            beside(told, FAINT + self.prior[place]) * likelihood
        };
        self.suspected.map(|cause| (share(cause), cause)).collect()
    }

    /// Those worth naming, best first.
    fn conclude(&self, mut shares: Shares) -> SmallVec<[Suspect; MOST]> {
        let total: f32 = shares.iter().map(|(share, _)| share).sum();
        let better = |a: &(f32, u16), b: &(f32, u16)| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1));
        let mut named = SmallVec::new();
        while let Some(best) = (0..shares.len()).max_by(|a, b| better(&shares[*a], &shares[*b])) {
            let (share, cause) = shares.swap_remove(best);
            let confidence = share / total;
            if named.len() == MOST || named.len() >= AT_LEAST && confidence < LEAST_SHARE {
                break;
            }
            let retry = self.retry[usize::from(cause)];
            named.push(Suspect { cause, confidence, retry });
        }
        named
    }
}

impl Ranking {
    /// Words that make a cause less than thrice as likely are no reason for it.
    const LEAST_PULL: i16 = 12;

    /// The causes with their reasons, best first.
    pub fn causes(&self, knowledge: &'static Knowledge, reply: &Reply, reading: &Reading) -> Vec<RankedCause> {
        let outright = self.lean.outright();
        let mut causes: Vec<RankedCause> = self
            .suspects
            .iter()
            .map(|suspect| {
                let cause = &knowledge.causes[suspect.cause as usize];
                RankedCause {
                    cause,
                    side: cause.side,
                    confidence: f64::from(suspect.confidence).min(self.ceiling(suspect.cause, reading, outright)),
                    standing: Standing::Possible,
                    retry: suspect.retry.unwrap_or_else(|| cause.retry.worthwhile.after(reply.completion())),
                    because: self.reasons(suspect, knowledge, reply, reading),
                }
            })
            .collect();
        settle(&mut causes);
        causes
    }

    /// How sure a cause can be.
    fn ceiling(&self, cause: u16, reading: &Reading, outright: Option<u16>) -> f64 {
        let wordings =
            reading.clues.iter().filter(|found| found.clue.cause == cause && found.strength > Strength::Weak);
        let witnesses = |found: &ClueMatch| {
            usize::from(found.strength == Strength::Conclusive) + usize::from(found.range.len() >= LONG_WORDING)
        };
        let Ceiling { borne_out, alone } = match wordings.map(witnesses).max() {
            Some(witnesses) => WORDED[witnesses + usize::from(self.codes.speak_for(cause))],
            None if reading.known.is_empty() => return MOST_CERTAIN,
            None => UNWORDED,
        };
        if outright == Some(cause) { borne_out } else { alone }
    }

    /// The words first, then the codes.
    fn reasons(&self, suspect: &Suspect, knowledge: &Knowledge, reply: &Reply, reading: &Reading) -> Vec<Because> {
        let cause = suspect.cause;
        let words = reading.clues.iter().filter(|found| found.clue.cause == cause).rev().map(|found| {
            let text = reply.text.as_str()[found.range.clone()].to_owned();
            Because { ground: Ground::Words(found.range.clone()), text }
        });
        let like = || {
            let words = knowledge.telling(reply.text.as_str(), reading, cause);
            let shown = words.iter().take(3).map(|word| format!("\"{}\"", &reply.text.as_str()[word.clone()]));
            let what = if words.len() == 1 { "a word that is" } else { "words that are" };
            let text = format!("{what} usual for it: {}", shown.collect::<Vec<_>>().join(", "));
            Some(Because { ground: Ground::Likeness(words.first()?.clone()), text })
        };
        let is_worded = reading.clues.iter().any(|found| found.clue.cause == cause);
        let is_like = self.lean.steps(cause) >= Self::LEAST_PULL && !is_worded;
        let status = self
            .codes
            .status
            .filter(|page| speaks(page.causes, cause))
            .zip(reply.enhanced)
            .map(|(page, status)| Because { ground: Ground::Enhanced, text: format!("{status}: {}", page.title) });
        let code = self
            .codes
            .code
            .filter(|page| speaks(page.causes, cause))
            .map(|page| Because { ground: Ground::Code, text: format!("{}: {}", page.code, page.title) });
        let class = self
            .codes
            .class
            .filter(|page| speaks(page.causes, cause))
            .map(|_| Because { ground: Ground::Class, text: "the reply names no reason".to_owned() });
        let silent = speaks(self.codes.waiting, cause).then(|| Because {
            ground: Ground::Class,
            text: "the listing does not say why the message waits".to_owned(),
        });
        words.chain(is_like.then(like).flatten()).chain(status).chain(code).chain(class).chain(silent).collect()
    }
}

fn speaks(causes: &[(u16, f32)], cause: u16) -> bool {
    causes.iter().any(|(spoken, _)| *spoken == cause)
}

/// What a prior counts for beside what the text tells: the more the words say, the less the codes do.
fn beside(told: Option<Strength>, prior: f32) -> f32 {
    match told {
        None => prior,
        // To the power of 3/4.
        Some(Strength::Weak) => prior.sqrt() * prior.sqrt().sqrt(),
        Some(Strength::Strong | Strength::Conclusive) => prior.sqrt(),
    }
}

/// How many times likelier a reply with these words makes the cause. Longer wordings are chosen with more care, and a
/// provider's own wording says more in its own reply than one that anybody uses. Words that yield stand in many replies
/// that name their reason as well: they weigh less, unless they are a server's own for that, and less in any case where
/// another cause is named.
fn weight(found: &ClueMatch, told: Option<Strength>, reading: &Reading) -> f32 {
    const OWN_WORDING: f32 = 4.0;
    let outdone = told >= Some(Strength::Strong);
    let yields = found.clue.yields;
    let general = !found.clue.is_own();
    let by_strength = match found.strength {
        Strength::Conclusive if yields && (general || outdone) => 400.0,
        Strength::Conclusive => 10_000.0,
        Strength::Strong if yields && outdone => 12.0,
        Strength::Strong if yields => {
            if general {
                60.0
            } else {
                150.0
            }
        }
        Strength::Strong => 400.0,
        Strength::Weak if yields && general => 8.0,
        Strength::Weak => 12.0,
    };
    let by_length = 1.0 + found.range.len().min(60) as f32 / 60.0;
    let own = reading.provider.is_some_and(|provider| found.clue.provider() == Some(provider.id));
    by_strength * by_length * if own { OWN_WORDING } else { 1.0 }
}

/// What the observations do to one suspicion: a proof of any probe makes it likelier; what a probe does not find speaks
/// against it only where that probe had all its answers.
fn weigh(ranked: &mut RankedCause, observations: &[Observation]) {
    let of = |ask: &Ask| observations.iter().find(|observation| observation.probe.as_str() == ask.run);
    let heard: Vec<(&Ask, &Observation)> = ranked.cause.probes.iter().filter_map(|ask| Some((ask, of(ask)?))).collect();
    if let Some((ask, finding)) = heard
        .iter()
        .filter_map(|(ask, seen)| Some((ask, proof(ask, seen)?)))
        .max_by_key(|(_, finding)| finding.severity)
    {
        return ranked.prove(ask, finding);
    }
    let explanation = heard.iter().find_map(|(ask, seen)| among(ask.explained_by, seen));
    for (ask, seen) in heard.iter().filter(|(_, seen)| seen.complete) {
        let otherwise = if explanation.is_some() { Otherwise::LeavesOpen } else { ask.otherwise };
        ranked.clear(otherwise, ask.otherwise_text.unwrap_or(&seen.summary));
    }
    if let Some(finding) = explanation {
        ranked.show(Some(finding.id), &finding.message);
    }
    // On whose side it lies is only known when nothing that could lie on the other was left unasked.
    if heard.len() == ranked.cause.probes.len() && heard.iter().all(|(_, seen)| seen.complete) {
        ranked.side = heard.iter().find_map(|(ask, _)| ask.otherwise_side).unwrap_or(ranked.side);
    }
}

fn proof<'o>(ask: &Ask, seen: &'o Observation) -> Option<&'o Finding> {
    among(ask.confirmed_by, seen).filter(|finding| finding.severity > Severity::Info)
}

fn among<'o>(ids: &[&str], seen: &'o Observation) -> Option<&'o Finding> {
    let known = seen.findings.iter().filter(|finding| ids.contains(&finding.id));
    known.max_by_key(|finding| finding.severity)
}

impl RankedCause {
    /// How many times likelier a finding that can be the reason makes it.
    fn prove(&mut self, ask: &Ask, finding: &Finding) {
        self.confidence *= if finding.severity == Severity::Error { 40.0 } else { 8.0 };
        self.standing = Standing::Confirmed;
        self.side = ask.then_side.unwrap_or(self.side);
        self.show(Some(finding.id), &finding.message);
    }

    /// A probe answered in full and found nothing that confirms.
    fn clear(&mut self, otherwise: Otherwise, text: &str) {
        match otherwise {
            Otherwise::LeavesOpen => {}
            Otherwise::Weakens => self.confidence /= 2.0,
            Otherwise::RulesOut => self.standing = Standing::RuledOut,
        }
        let decides = otherwise == Otherwise::RulesOut;
        let at = if decides { 0 } else { self.because.len() };
        self.because.insert(at, Because { ground: Ground::Observation(None), text: text.to_owned() });
    }

    fn show(&mut self, finding: Option<&'static str>, text: &str) {
        self.because.push(Because { ground: Ground::Observation(finding), text: text.to_owned() });
    }
}

/// The rest share what the ruled-out causes had. Where the words name a cause that DNS refutes, most of its share stays
/// unexplained: they were hardly said for no reason.
fn share_out(ranked: &mut [RankedCause], total: f64) {
    const UNEXPLAINED: f64 = 0.7;
    let refuted = |cause: &RankedCause| cause.standing == Standing::RuledOut;
    let lost: f64 = ranked.iter().filter(|cause| refuted(cause)).map(|cause| cause.confidence).sum();
    ranked.iter_mut().filter(|cause| refuted(cause)).for_each(|cause| cause.confidence = 0.0);
    let left: f64 = ranked.iter().map(|cause| cause.confidence).sum();
    if left > 0.0 {
        let scale = (total - lost * UNEXPLAINED) / left;
        ranked.iter_mut().for_each(|cause| cause.confidence = (cause.confidence * scale).min(MOST_CERTAIN));
    }
}

/// What each cause's share makes of it; ruled-out causes last.
fn settle(ranked: &mut [RankedCause]) {
    let refuted = |cause: &RankedCause| cause.standing == Standing::RuledOut;
    for cause in ranked.iter_mut().filter(|cause| !refuted(cause)) {
        cause.standing = match (cause.standing, cause.confidence >= 0.5) {
            (Standing::Confirmed, true) => Standing::Confirmed,
            (_, true) => Standing::Likely,
            // Something is wrong there, and hardly the reason for this reply.
            (_, false) => Standing::Possible,
        };
    }
    ranked.sort_by(|a, b| refuted(a).cmp(&refuted(b)).then(b.confidence.total_cmp(&a.confidence)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::ReplyCode;
    use crate::span::Excerpt;

    fn ranked(code: &str, status: &str, text: &str) -> Vec<RankedCause> {
        let knowledge = Knowledge::embedded();
        let reply = Reply {
            code: ReplyCode::parse(code),
            enhanced: EnhancedStatus::parse(status),
            text: Excerpt::from_bytes(text.as_bytes()),
            ..Reply::default()
        };
        let reading = knowledge.read(&reply);
        rank(knowledge, &reply, &reading).causes(knowledge, &reply, &reading)
    }

    /// How sure the first cause of a reply is.
    fn surest(code: &str, status: &str, text: &str) -> (&'static str, f64) {
        let causes = ranked(code, status, text);
        (causes[0].cause.id, causes[0].confidence)
    }

    #[test]
    fn what_else_it_can_be_is_named_beside_a_sure_cause() {
        let causes = ranked("550", "5.1.1", "User unknown in virtual mailbox table");
        let remote: Vec<bool> = causes.iter().map(RankedCause::is_remote).collect();
        assert_eq!(remote, [false, true, true]);
    }

    #[test]
    fn a_code_that_says_the_same_makes_a_short_wording_sure() {
        assert_eq!(surest("", "", "Mailbox full"), ("mailbox-full", WORDED[1].borne_out));
        assert_eq!(surest("552", "5.2.2", "Mailbox full"), ("mailbox-full", MOST_CERTAIN));
        assert_eq!(surest("", "", "User unknown in virtual mailbox table").1, MOST_CERTAIN);
    }

    #[test]
    fn words_that_speak_for_another_cause_make_a_wording_less_sure() {
        let sure = |text: &str| surest("550", "", text).1;
        assert!(sure("Mailbox full") > sure("Mailbox full of spam from a blacklisted host"));
    }

    #[test]
    fn there_is_a_place_for_each_cause() {
        let causes = Knowledge::embedded().causes.len();
        assert!(causes <= MOST_CAUSES, "{causes} causes");
    }
}
