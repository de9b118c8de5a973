//! What is known of replies: causes, clues, software, providers, codes and findings, made from `data/` at build time.

#[cfg(test)]
mod filing;
mod index;
#[cfg(test)]
mod lessons;
mod tables;
mod vocabulary;
mod words;

use std::ops::Range;

use smallvec::SmallVec;

use crate::reply::{Completion, EnhancedStatus, Reply, ReplyCode, Stage};
use index::{Index, SEVERAL};
use vocabulary::{Known, Vocabulary};
pub(crate) use vocabulary::{Lean, MOST_CAUSES, factor};
use words::Normal;

/// All knowledge. There is one, built in: [`Knowledge::embedded`].
#[non_exhaustive]
pub struct Knowledge {
    /// All causes, by id.
    pub causes: &'static [Cause],
    /// All mail servers, clients and filters, by id.
    pub software: &'static [Software],
    /// All mailbox providers, filtering services and blocklists, by id.
    pub providers: &'static [Provider],
    /// The pages of all findings, by id.
    pub findings: &'static [FindingPage],
    /// The pages of reply codes, by number.
    pub reply_codes: &'static [ReplyCodePage],
    /// How often each cause is why a message waits, where nothing is said.
    pub(crate) waiting: &'static [(u16, f32)],
    /// The pages of enhanced status codes.
    pub statuses: &'static [StatusPage],
    /// The public resolvers that propagation is looked at from.
    pub resolvers: &'static [Resolver],
    /// Ids no longer used, with what took their place.
    pub retired: &'static [(&'static str, &'static str)],
    clues: &'static [Clue],
    /// What [`Clue::codes`], [`Clue::enhanced`] and [`Clue::unless`] are runs of.
    code_ranges: &'static [(u16, u16)],
    patterns: &'static [StatusPattern],
    taking_back: &'static [u16],
    index: Index<'static>,
    /// What each phrase of the index stands for, as [`Knowledge::name`] takes it; or [`SEVERAL`] and the place in `several` of
    /// what it stands for in `shared`.
    names: &'static [u16],
    several: &'static [Run],
    shared: &'static [u16],
    vocabulary: Vocabulary<'static>,
    /// Every enhanced status code that a page means, as [`code_number`] packs it, with the page that says most about it.
    status_pages: &'static [(u32, u16)],
}

/// Why a mail was refused, deferred or lost; `data/causes/<id>.toml`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Cause {
    /// The file's stem. Permanent.
    pub id: &'static str,
    /// What went wrong, in one sentence without a full stop.
    pub title: &'static str,
    /// Whose side it is on, unless DNS shows otherwise.
    pub side: Side,
    /// The first command in answer to which it can be said.
    pub not_before: Stage,
    /// Does waiting help, in a sentence.
    pub waiting: &'static str,
    /// What happens and why, in a paragraph or two.
    pub explain: Prose,
    /// What sets it apart where the reply does not.
    pub tell: Option<&'static str>,
    /// Ids of causes that are easily taken for it.
    pub related: &'static [&'static str],
    /// Whether and how long waiting helps.
    pub retry: Retry,
    /// What the sending side does, in order.
    pub sender: &'static [Step],
    /// What the receiving side does, in order.
    pub receiver: &'static [Step],
    /// Where all this is from.
    pub sources: &'static [Source],
    /// What DNS is asked to tell whether it is this.
    pub probes: &'static [Ask],
}

/// A text that only pages show. It is kept packed until one is asked for: most runs show none.
#[derive(Clone, Copy, Debug)]
pub struct Prose {
    start: u32,
    end: u32,
}

impl Prose {
    /// The text itself. The first call in a process unpacks those of all pages, in about a millisecond.
    pub fn as_str(self) -> &'static str {
        &tables::PROSE[self.start as usize..self.end as usize]
    }
}

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Side {
    /// Whoever runs the receiving server: something there is broken or full.
    ReceiverSystem,
    /// The receiving side's rules, which the sender can meet or ask to have changed.
    ReceiverPolicy,
    /// Whoever keeps the sending domain's DNS.
    SenderDns,
    /// The address or the mailbox written to.
    Recipient,
    /// The way between both.
    Network,
}

impl Side {
    /// Its name in JSON, such as `sender-dns`. Permanent.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::ReceiverSystem => "receiver-system",
            Side::ReceiverPolicy => "receiver-policy",
            Side::SenderDns => "sender-dns",
            Side::Recipient => "recipient",
            Side::Network => "network",
        }
    }
}

/// What waiting does to a cause.
#[derive(Debug)]
#[non_exhaustive]
pub struct Retry {
    /// Whether it helps.
    pub worthwhile: Worthwhile,
    /// How long it usually lasts, in words.
    pub typical: Option<&'static str>,
    /// Seconds after the first failure.
    pub escalate_after: Option<u64>,
}

/// Whether sending the same message again later has a chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Worthwhile {
    /// Even if the reply says that it is final.
    Yes,
    /// Not before something is changed.
    No,
    /// Where the reply itself does not say that it is final.
    UnlessPermanent,
    /// Only where the reply itself says that it is not final.
    IfTransient,
}

impl Worthwhile {
    /// The answer, where it does not depend on the reply.
    pub fn always(self) -> Option<bool> {
        match self {
            Worthwhile::Yes => Some(true),
            Worthwhile::No => Some(false),
            Worthwhile::UnlessPermanent | Worthwhile::IfTransient => None,
        }
    }

    /// The answer where the reply says `completion` of itself.
    pub fn after(self, completion: Option<Completion>) -> bool {
        match self {
            Worthwhile::Yes => true,
            Worthwhile::No => false,
            Worthwhile::UnlessPermanent => completion != Some(Completion::Permanent),
            Worthwhile::IfTransient => completion == Some(Completion::Transient),
        }
    }
}

/// One thing to do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Step {
    /// What to do, in a sentence or two.
    pub text: &'static str,
    /// A shell command that does it or looks at it.
    pub command: Option<&'static str>,
    /// Seconds after the first failure.
    pub after: Option<u64>,
    /// Only where this software runs.
    pub software: Option<&'static str>,
}

/// Where something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// Short, such as `RFC 5321 §4.2.3`.
    pub cite: &'static str,
    /// An https address.
    pub url: &'static str,
}

/// What a cause wants to know from DNS, and what the answer does to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ask {
    /// The probe's name.
    pub run: &'static str,
    /// Ids of findings that prove the cause.
    pub confirmed_by: &'static [&'static str],
    /// Findings by which it can have been true though DNS now answers otherwise: they keep it from being ruled out.
    pub explained_by: &'static [&'static str],
    /// The side it is on once proved, where that is another one.
    pub then_side: Option<Side>,
    /// What finding none of them means.
    pub otherwise: Otherwise,
    /// The side it is on then, where that is another one.
    pub otherwise_side: Option<Side>,
    /// What that means in a sentence.
    pub otherwise_text: Option<&'static str>,
}

/// What it means when a probe had all its answers and found nothing that confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Otherwise {
    /// It is less likely.
    Weakens,
    /// It is not this.
    RulesOut,
    /// DNS today says nothing about the moment of the reply.
    LeavesOpen,
}

/// Words that speak for a cause.
#[derive(Debug)]
#[non_exhaustive]
pub struct Clue {
    /// Its place in [`Knowledge::causes`].
    pub cause: u16,
    /// How much it counts.
    pub strength: Strength,
    /// Reply codes it is limited to, lowest and highest; empty: any.
    codes: Run,
    /// Enhanced status codes it is limited to; empty: any.
    enhanced: Run,
    /// The phrases that take it back, as [`Names::Unless`] numbers them.
    unless: Run,
    /// It is said beside a reason or in its wake, and yields to a strong clue of another cause.
    pub yields: bool,
    /// Whether a retry is worthwhile when this clue decides, where it differs from the cause.
    pub retry: Option<bool>,
    software: Option<u16>,
    provider: Option<u16>,
    example: Prose,
}

/// How much a clue counts, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Strength {
    /// It hints at its cause.
    Weak,
    /// Whoever says it usually means its cause.
    Strong,
    /// Whoever says it means its cause and nothing else.
    Conclusive,
}

/// A mail server, client or filter; `data/software/<id>.toml`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Software {
    /// The file's stem. Permanent.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// An https address.
    pub homepage: Option<&'static str>,
    /// Where its admin finds its log.
    pub logs: Option<&'static str>,
    /// Lists its queue.
    pub queue: Option<&'static str>,
    /// Its default retry schedule as a sender.
    pub retries: Option<&'static str>,
    /// How its admin sees why one message waits, where a listing of its queue does not say.
    pub waiting: &'static [Step],
    /// Where all this is from.
    pub sources: &'static [Source],
}

/// A mailbox provider, filtering service or blocklist; `data/providers/<id>.toml`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Provider {
    /// The file's stem. Permanent.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// `mailbox`, `filter`, `blocklist` or `sender`.
    pub kind: &'static str,
    /// Domains of its mailboxes.
    pub domains: &'static [&'static str],
    /// The ends of its servers' names.
    pub hosts: &'static [&'static str],
    /// Of a blocklist: the zone that anybody may ask (RFC 5782).
    pub zone: Option<&'static str>,
    /// Where a postmaster can turn.
    pub contacts: &'static [Contact],
    /// Where all this is from.
    pub sources: &'static [Source],
}

/// A postmaster page, delisting form or address.
#[derive(Debug)]
#[non_exhaustive]
pub struct Contact {
    /// What it is for.
    pub text: &'static str,
    /// An https or mailto address.
    pub url: &'static str,
    /// Only for these causes; empty: for any.
    pub causes: &'static [&'static str],
}

/// The page of a finding; `data/findings/<id>.toml`.
#[derive(Debug)]
#[non_exhaustive]
pub struct FindingPage {
    /// The file's stem. Permanent.
    pub id: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub title: &'static str,
    /// `error`, `warning` or `info`: what it usually is.
    pub severity: &'static str,
    /// Why it matters, in a paragraph or two.
    pub explain: Prose,
    /// What to do about it.
    pub fix: Prose,
    /// The standards and measurements behind it.
    pub sources: &'static [Source],
}

/// The page of a reply code, RFC 5321 §4.2.3.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReplyCodePage {
    /// Three digits.
    pub code: u16,
    /// What it means, in short.
    pub title: &'static str,
    /// What it means, and what it is used for.
    pub explain: Prose,
    /// How often each cause is behind it when nothing else is known.
    pub causes: &'static [(u16, f32)],
    /// Where it is defined.
    pub source: Source,
}

/// The lowest and highest class, subject and detail.
type StatusPattern = [(u16, u16); 3];

/// The page of an enhanced status code, or of a group of them.
#[derive(Debug)]
#[non_exhaustive]
pub struct StatusPage {
    /// As written in the registry: `X.7.1`, or `4.7.1` where the class matters.
    pub code: &'static str,
    pattern: StatusPattern,
    /// What it means, in short.
    pub title: &'static str,
    /// What it means, and what it is used for.
    pub explain: Prose,
    /// The reply codes it goes with.
    pub basic: Option<&'static str>,
    /// How often each cause is behind it when nothing else is known: the place in [`Knowledge::causes`], and a
    /// share.
    pub causes: &'static [(u16, f32)],
    /// Where it is defined.
    pub source: Source,
}

/// A public recursive resolver.
#[derive(Debug)]
#[non_exhaustive]
pub struct Resolver {
    /// What reports call it.
    pub name: &'static str,
    /// Who runs it.
    pub operator: &'static str,
    /// Its IPv4 addresses, the usual one first.
    pub v4: &'static [std::net::Ipv4Addr],
    /// Its IPv6 addresses, the usual one first.
    pub v6: &'static [std::net::Ipv6Addr],
    /// What it withholds on purpose.
    pub filters: Option<&'static str>,
    /// The name of its certificate, where it answers over TLS (RFC 7858).
    pub tls: Option<&'static str>,
    /// Where it answers over HTTPS (RFC 8484), if it does.
    pub https: Option<&'static str>,
    /// A page that empties its cache for a name.
    pub flush: Option<&'static str>,
    /// The country it serves first of all, as ISO 3166-1 writes it.
    pub region: Option<&'static str>,
}

/// Some neighbours in a table that clues share.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u16,
    end: u16,
}

impl Run {
    fn of<T>(self, table: &[T]) -> &[T] {
        &table[self.start as usize..self.end as usize]
    }
}

/// What a phrase stands for.
#[derive(Clone, Copy, Debug)]
enum Names {
    Clue(u16),
    /// Words that take clues back.
    Unless(u16),
    Software(u16),
    Provider(u16),
}

/// A clue found in a text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClueMatch {
    /// Which one.
    pub clue: &'static Clue,
    /// Where in the text.
    pub range: Range<usize>,
    /// How much it counts here: words that are cut off say less.
    pub strength: Strength,
}

/// Everything that phrases said about a text.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    pub(crate) clues: SmallVec<[ClueMatch; 8]>,
    /// The software that the text names, or whose own words it has.
    pub software: Option<&'static Software>,
    /// The provider that the text names, or whose own words it has.
    pub provider: Option<&'static Provider>,
    /// The words that say something one by one.
    pub(crate) known: Known,
}

/// Anything that has a page in `explain`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Page {
    /// `explain greylisting`
    Cause(&'static Cause),
    /// `explain 451`
    ReplyCode(&'static ReplyCodePage),
    /// `explain 4.7.1`
    Status(&'static StatusPage),
    /// `explain spf-lookup-limit`
    Finding(&'static FindingPage),
    /// `explain google`
    Provider(&'static Provider),
    /// `explain postfix`
    Software(&'static Software),
    /// `explain TSS04`
    Wording(Wording),
}

/// A token that is a clue by itself: `S3150`, `TSS04`, `HL:ICC`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Wording {
    /// The token.
    pub words: &'static str,
    /// What it says.
    pub clue: &'static Clue,
    /// What it speaks for.
    pub cause: &'static Cause,
}

impl Page {
    /// What `explain` takes: an id, a code or a token.
    pub fn id(&self) -> String {
        match self {
            Page::ReplyCode(page) => page.code.to_string(),
            Page::Status(page) => page.code.to_owned(),
            Page::Cause(Cause { id, .. })
            | Page::Finding(FindingPage { id, .. })
            | Page::Provider(Provider { id, .. })
            | Page::Software(Software { id, .. }) => (*id).to_owned(),
            Page::Wording(page) => page.words.to_owned(),
        }
    }

    /// What it is a page of, in words, as JSON has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Page::Cause(_) => "cause",
            Page::ReplyCode(_) => "reply code",
            Page::Status(_) => "enhanced status code",
            Page::Finding(_) => "finding",
            Page::Provider(_) => "provider",
            Page::Software(_) => "software",
            Page::Wording(_) => "wording",
        }
    }

    /// Its heading.
    pub fn title(&self) -> &'static str {
        match self {
            Page::Cause(page) => page.title,
            Page::ReplyCode(page) => page.title,
            Page::Status(page) => page.title,
            Page::Finding(page) => page.title,
            Page::Provider(page) => page.name,
            Page::Software(page) => page.name,
            Page::Wording(page) => page.cause.title,
        }
    }

    /// Where it is from.
    pub fn sources(&self) -> &'static [Source] {
        match self {
            Page::Cause(page) => page.sources,
            Page::ReplyCode(page) => std::slice::from_ref(&page.source),
            Page::Status(page) => std::slice::from_ref(&page.source),
            Page::Finding(page) => page.sources,
            Page::Provider(page) => page.sources,
            Page::Software(page) => page.sources,
            Page::Wording(page) => page.cause.sources,
        }
    }
}

impl Knowledge {
    /// The knowledge that is built in. Nothing is read or prepared for it.
    pub fn embedded() -> &'static Knowledge {
        &tables::KNOWLEDGE
    }

    /// The cause of this id; retired ids are [`Knowledge::retired`]'s.
    pub fn cause(&self, id: &str) -> Option<&'static Cause> {
        by_id(self.causes, id, |cause| cause.id)
    }

    /// The software of this id.
    pub fn software(&self, id: &str) -> Option<&'static Software> {
        by_id(self.software, id, |software| software.id)
    }

    /// The provider of this id.
    pub fn provider(&self, id: &str) -> Option<&'static Provider> {
        by_id(self.providers, id, |provider| provider.id)
    }

    /// The page of the finding of this id.
    pub fn finding(&self, id: &str) -> Option<&'static FindingPage> {
        by_id(self.findings, id, |finding| finding.id)
    }

    /// The page of a reply code.
    pub fn reply_code(&self, code: ReplyCode) -> Option<&'static ReplyCodePage> {
        let index = self.reply_codes.binary_search_by_key(&code.number(), |page| page.code).ok()?;
        Some(&self.reply_codes[index])
    }

    /// The page that says most about a code: the one that fits fewest others.
    pub fn status(&self, status: EnhancedStatus) -> Option<&'static StatusPage> {
        let number = code_number(status.class.into(), status.subject, status.detail);
        if let Ok(place) = self.status_pages.binary_search_by_key(&number, |entry| entry.0) {
            return Some(&self.statuses[self.status_pages[place].1 as usize]);
        }
        self.statuses.iter().filter(|page| fits_pattern(page.pattern, status)).min_by_key(|page| breadth(page.pattern))
    }

    /// The page of an id: a code, a cause, a finding, a provider (by its domain too) or a piece of software, retired ids
    /// included; or of a provider's token.
    pub fn page(&self, id: &str) -> Option<Page> {
        let id = id.to_lowercase();
        let id = self.retired.iter().find(|(old, _)| *old == id).map_or(id.as_str(), |(_, new)| new);
        let code = || ReplyCode::parse(id).and_then(|code| self.reply_code(code)).map(Page::ReplyCode);
        let as_written = || self.statuses.iter().find(|page| page.code.eq_ignore_ascii_case(id));
        let status = || as_written().or_else(|| EnhancedStatus::parse(id).and_then(|status| self.status(status)));
        (self.cause(id).map(Page::Cause))
            .or_else(|| self.finding(id).map(Page::Finding))
            .or_else(|| self.provider(id).map(Page::Provider))
            .or_else(|| self.software(id).map(Page::Software))
            .or_else(code)
            .or_else(|| status().map(Page::Status))
            .or_else(|| self.provider_of_domain(id).map(Page::Provider))
            .or_else(|| self.wording(id).map(Page::Wording))
    }

    /// The surest clue that is just this token. A plain word is none: it is misspelt, and has neighbours.
    fn wording(&self, token: &str) -> Option<Wording> {
        if token.chars().all(char::is_alphabetic) {
            return None;
        }
        let normal = Normal::of(token);
        let worded = (0..self.names.len()).filter(|phrase| self.index.phrase(*phrase) == normal.text);
        let clues = worded.flat_map(|phrase| self.clues_of(phrase).map(move |clue| (self.index.phrase(phrase), clue)));
        let (words, clue) = clues.max_by_key(|(_, clue)| clue.strength)?;
        Some(Wording { words, clue, cause: &self.causes[clue.cause as usize] })
    }

    /// Every page that has an id: codes, causes, findings, providers, software.
    pub fn pages(&self) -> impl Iterator<Item = Page> {
        (self.reply_codes.iter().map(Page::ReplyCode))
            .chain(self.statuses.iter().map(Page::Status))
            .chain(self.causes.iter().map(Page::Cause))
            .chain(self.findings.iter().map(Page::Finding))
            .chain(self.providers.iter().map(Page::Provider))
            .chain(self.software.iter().map(Page::Software))
    }

    /// Finds the clues in a reply, and who speaks.
    pub fn read(&self, reply: &Reply) -> Reading {
        let text = Normal::of(reply.text.as_str());
        let mut heard: SmallVec<[Heard; 16]> = SmallVec::new();
        let mut taken_back: SmallVec<[u16; 8]> = SmallVec::new();
        let mut reading = Reading::default();
        self.index.find(&text, |phrase, range| {
            self.named(phrase).for_each(|name| match name {
                Names::Clue(index) => {
                    let clue = &self.clues[index as usize];
                    if self.is_meant(clue, reply) {
                        heard.push(Heard::new(clue, &range, clue.strength));
                    }
                }
                Names::Unless(words) => taken_back.push(words),
                Names::Software(index) => reading.software = reading.software.or(Some(&self.software[index as usize])),
                Names::Provider(index) => reading.name(&self.providers[index as usize]),
            });
        });
        if reply.cut {
            heard.extend(self.cut_off(&text, reply, &heard));
        }
        if !taken_back.is_empty() {
            let stands = |words| !taken_back.contains(words);
            heard.retain(|one| one.clue.unless.of(self.taking_back).iter().all(stands));
        }
        for one in heard.iter().filter(|one| !heard.iter().fold(false, |silent, other| silent | other.silences(one))) {
            let range = text.original(one.start as usize..one.end as usize);
            reading.clues.push(ClueMatch { clue: one.clue, range, strength: one.strength });
        }
        reading.known = self.vocabulary.known(&text);
        reading
    }

    /// What the words say one by one, whichever wordings they are part of.
    pub(crate) fn lean(&self, reading: &Reading) -> Lean {
        self.vocabulary.lean(&reading.known)
    }

    /// Where in a reply's text the words stand that speak for a cause, the most telling first.
    pub(crate) fn telling(&self, text: &str, reading: &Reading, cause: u16) -> Vec<Range<usize>> {
        self.vocabulary.telling(text, &reading.known, cause)
    }

    /// What a phrase stands for.
    #[inline]
    fn named(&self, phrase: usize) -> impl Iterator<Item = Names> {
        let name = &self.names[phrase];
        let names = match name & SEVERAL {
            0 => std::slice::from_ref(name),
            _ => self.several[usize::from(name ^ SEVERAL)].of(self.shared),
        };
        names.iter().map(|name| self.name(*name))
    }

    fn clues_of(&self, phrase: usize) -> impl Iterator<Item = &'static Clue> {
        self.named(phrase).filter_map(|name| match name {
            Names::Clue(index) => Some(&self.clues[index as usize]),
            Names::Unless(_) | Names::Software(_) | Names::Provider(_) => None,
        })
    }

    /// Clues come first, then software, providers and what takes clues back.
    #[inline]
    fn name(&self, number: u16) -> Names {
        let number = usize::from(number);
        let (software, providers) = (self.clues.len(), self.clues.len() + self.software.len());
        let unless = providers + self.providers.len();
        match number {
            _ if number < software => Names::Clue(number as u16),
            _ if number < providers => Names::Software((number - software) as u16),
            _ if number < unless => Names::Provider((number - providers) as u16),
            _ => Names::Unless((number - unless) as u16),
        }
    }

    /// The clues whose words the end of the text cuts off. Half of the words says a little less than all of them where it leads
    /// to one cause. Where it could go on to a few, or is less, it hints, if nothing else is said or it says more than that.
    fn cut_off(&self, text: &Normal, reply: &Reply, whole: &[Heard]) -> Vec<Heard> {
        /// What could go on to more says nothing.
        const MOST_CAUSES: usize = 3;
        let Some((range, seen, phrases)) = self.index.find_cut(text) else { return Vec::new() };
        let clues = phrases.iter().flat_map(|phrase| {
            let half = seen * 2 >= self.index.phrase(*phrase).len();
            self.clues_of(*phrase).map(move |clue| (clue, half))
        });
        let meant: Vec<(&'static Clue, bool)> = clues.filter(|(clue, _)| self.is_meant(clue, reply)).collect();
        let mut causes: Vec<u16> = meant.iter().map(|(clue, _)| clue.cause).collect();
        causes.sort_unstable();
        causes.dedup();
        let hints = whole.iter().all(|heard| range.start <= heard.start as usize);
        let heard = |(clue, half): &(&'static Clue, bool)| {
            let leads = *half && causes.len() == 1;
            let strength = if leads { clue.strength.lower() } else { Strength::Weak };
            (leads || hints && causes.len() <= MOST_CAUSES).then(|| Heard::new(clue, &range, strength))
        };
        meant.iter().filter_map(heard).collect()
    }

    /// The provider that a mail server's name belongs to.
    pub fn provider_of_host(&self, host: &str) -> Option<&'static Provider> {
        self.providers.iter().find(|provider| provider.hosts.iter().any(|end| is_under(host, end)))
    }

    /// The provider that a recipient's domain belongs to.
    pub fn provider_of_domain(&self, domain: &str) -> Option<&'static Provider> {
        self.providers.iter().find(|provider| provider.domains.iter().any(|name| domain.eq_ignore_ascii_case(name)))
    }

    /// Every clue, for checks of the knowledge itself.
    pub fn clues(&self) -> &'static [Clue] {
        self.clues
    }

    /// Whether the reply's codes are among those that a clue is limited to.
    fn is_meant(&self, clue: &Clue, reply: &Reply) -> bool {
        let (codes, enhanced) = (clue.codes.of(self.code_ranges), clue.enhanced.of(self.patterns));
        let has_code =
            |code: ReplyCode| codes.iter().any(|(lowest, highest)| (*lowest..=*highest).contains(&code.number()));
        let has_status = |status| enhanced.iter().any(|pattern| fits_pattern(*pattern, status));
        (codes.is_empty() || reply.code.is_some_and(has_code))
            && (enhanced.is_empty() || reply.enhanced.is_some_and(has_status))
    }
}

/// A clue's words in a text in its normal form.
struct Heard {
    start: u32,
    end: u32,
    clue: &'static Clue,
    strength: Strength,
    own: bool,
}

impl Heard {
    #[inline]
    fn new(clue: &'static Clue, range: &Range<usize>, strength: Strength) -> Self {
        Heard { start: range.start as u32, end: range.end as u32, clue, strength, own: clue.is_own() }
    }

    /// Longer words say more: `dns temporary lookup failure` silences `temporary lookup failure`. Of the same words, a
    /// server's or provider's own meaning silences the general one.
    fn silences(&self, other: &Heard) -> bool {
        let covers = (self.start <= other.start) & (other.end <= self.end);
        covers & ((self.end - self.start > other.end - other.start) | self.own & !other.own)
    }
}

impl Strength {
    fn lower(self) -> Self {
        match self {
            Strength::Conclusive => Strength::Strong,
            Strength::Strong | Strength::Weak => Strength::Weak,
        }
    }
}

impl Clue {
    /// The id of the software whose words they are, where they are one's own.
    pub fn software(&self) -> Option<&'static str> {
        self.software.map(|index| Knowledge::embedded().software[index as usize].id)
    }

    /// The id of the provider whose words they are.
    pub fn provider(&self) -> Option<&'static str> {
        self.provider.map(|index| Knowledge::embedded().providers[index as usize].id)
    }

    /// A real reply in which it decides.
    pub fn example(&self) -> &'static str {
        self.example.as_str()
    }

    /// Whether it is one server's or provider's wording, not anybody's.
    pub fn is_own(&self) -> bool {
        self.software.is_some() || self.provider.is_some()
    }
}

impl Reading {
    /// The clues found. None of them lies within a longer one.
    pub fn clues(&self) -> &[ClueMatch] {
        &self.clues
    }

    /// The strongest words that do not yield.
    pub(crate) fn told(&self) -> Option<Strength> {
        self.clues.iter().filter(|found| !found.clue.yields).map(|found| found.strength).max()
    }

    /// A mailbox provider speaks for itself; the filter or list it mentions does not. Otherwise the first one named.
    fn name(&mut self, provider: &'static Provider) {
        let is_mailbox = |provider: &Provider| provider.kind == "mailbox";
        if self.provider.is_none_or(|known| is_mailbox(provider) && !is_mailbox(known)) {
            self.provider = Some(provider);
        }
    }
}

fn fits_pattern(pattern: StatusPattern, status: EnhancedStatus) -> bool {
    let numbers = [status.class.into(), status.subject, status.detail];
    pattern.iter().zip(numbers).all(|((lowest, highest), number)| (*lowest..=*highest).contains(&number))
}

/// How many codes a pattern fits.
fn breadth(pattern: StatusPattern) -> u64 {
    pattern.iter().map(|(lowest, highest)| u64::from(highest - lowest) + 1).product()
}

/// `4.7.650` as 4007650.
const fn code_number(class: u16, subject: u16, detail: u16) -> u32 {
    class as u32 * 1_000_000 + subject as u32 * 1000 + detail as u32
}

fn is_under(host: &str, end: &str) -> bool {
    let host = host.trim_end_matches('.');
    let Some(start) = host.len().checked_sub(end.len()) else { return false };
    host.get(start..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
        && (start == 0 || host.as_bytes()[start - 1] == b'.')
}

fn by_id<T>(sorted: &'static [T], id: &str, id_of: impl Fn(&T) -> &'static str) -> Option<&'static T> {
    sorted.binary_search_by(|entry| id_of(entry).cmp(id)).ok().map(|index| &sorted[index])
}
