//! Answers from zone text (RFC 1035 §5), so that logic is tested without a socket and records are checked before they
//! are published.

mod text;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

pub use text::{ZoneError, records};

use super::{
    Answer, Answering, ExtendedError, Lookup, Name, Question, RData, Record, RecordType, Server, Status, Transport,
};

/// Answers questions out of zones given as text.
///
/// One text may hold several zones: every SOA record starts one. Names outside all of them do not exist. Servers
/// asked by address answer from the same zones unless they were given a [`view`](ZoneLookup::view) of their own.
#[derive(Default)]
pub struct ZoneLookup {
    zones: Zones,
    servers: HashMap<IpAddr, View>,
    answers: HashMap<Question, Answer>,
    failures: HashMap<Name, Status>,
    unresolvable: HashMap<Name, Status>,
    bogus: HashMap<Name, ExtendedError>,
    asked: Mutex<Vec<Asked>>,
}

/// One question that was asked, and of whom: `None` for the recursive resolvers in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `None` for the recursive resolvers in use.
    pub server: Option<SocketAddr>,
    /// What it was asked.
    pub question: Question,
}

/// What one server does otherwise than all others.
#[derive(Default)]
struct View {
    zones: Option<Zones>,
    ttl: Option<u32>,
    answer: Option<Answer>,
    over_tcp: Option<Answer>,
    delay: Duration,
}

/// A zone that is not published yet, in front of what DNS says today.
pub struct ZoneFirst<L> {
    /// Answers for the names in its zones.
    pub zone: ZoneLookup,
    /// Answers for all others.
    pub beyond: L,
}

impl<L: Lookup> Lookup for ZoneFirst<L> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        if self.zone.holds(&question.name) { self.zone.resolve(question) } else { self.beyond.resolve(question) }
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        if self.zone.holds(&question.name) {
            self.zone.query(server, question)
        } else {
            self.beyond.query(server, question)
        }
    }
}

/// RFC 1034 §3.6.2 wants chains followed and loops found; resolvers give up at about this length.
const CNAME_CHAIN_MAX: usize = 16;

impl ZoneLookup {
    /// Reads zone text in which every name is absolute or has an `$ORIGIN` before it.
    pub fn parse(text: &str) -> Result<Self, ZoneError> {
        Ok(ZoneLookup { zones: Zones::of(text, None)?, ..ZoneLookup::default() })
    }

    /// Reads zone text whose relative names are below `origin` until it says otherwise.
    pub fn parse_below(origin: Name, text: &str) -> Result<Self, ZoneError> {
        Ok(ZoneLookup { zones: Zones::of(text, Some(origin))?, ..ZoneLookup::default() })
    }

    /// Answers from records already read.
    pub fn of(records: impl IntoIterator<Item = Record>) -> Self {
        let mut lookup = ZoneLookup::default();
        lookup.zones.extend(records);
        lookup
    }

    /// Is the answer for this name here, be it that the name does not exist?
    pub fn holds(&self, name: &Name) -> bool {
        let name = absolute(name);
        self.zones.exists(&name) || self.zones.apex(&name).is_some()
    }

    /// Lets the server at `address` answer from zones of its own.
    pub fn view(mut self, address: impl Into<IpAddr>, text: &str) -> Result<Self, ZoneError> {
        self.server(address).zones = Some(Zones::of(text, None)?);
        Ok(self)
    }

    /// Lets the server at `address` give this TTL on all its answers, as a cache does that has held them for a while.
    pub fn ttl(mut self, address: impl Into<IpAddr>, seconds: u32) -> Self {
        self.server(address).ttl = Some(seconds);
        self
    }

    /// Lets the server at `address` give this answer to whatever it is asked.
    pub fn at(mut self, address: impl Into<IpAddr>, answer: Answer) -> Self {
        self.server(address).answer = Some(answer);
        self
    }

    /// Lets the server at `address` give this answer to whatever it is asked over TCP.
    pub fn over_tcp(mut self, address: impl Into<IpAddr>, answer: Answer) -> Self {
        self.server(address).over_tcp = Some(answer);
        self
    }

    /// Lets the server at `address` take its time.
    pub fn delay(mut self, address: impl Into<IpAddr>, delay: Duration) -> Self {
        self.server(address).delay = delay;
        self
    }

    /// Lets every question for this very name end in `status`, whoever is asked.
    pub fn failing(mut self, name: &Name, status: Status) -> Self {
        self.failures.insert(absolute(name), status);
        self
    }

    /// Lets the recursive resolvers in use, and nobody else, fail for this name and all below it.
    pub fn failing_at_resolver(mut self, name: &Name, status: Status) -> Self {
        self.unresolvable.insert(absolute(name), status);
        self
    }

    /// Lets the recursive resolvers in use fail to validate this name and all below it, unless they are told not to.
    pub fn bogus_at_resolver(mut self, name: &Name, why: ExtendedError) -> Self {
        self.bogus.insert(absolute(name), why);
        self
    }

    /// Answers one question, whoever is asked, with `answer`.
    pub fn answering(mut self, question: Question, answer: Answer) -> Self {
        self.answers.insert(question, answer);
        self
    }

    /// How many questions were asked so far.
    pub fn count(&self) -> usize {
        self.log().len()
    }

    /// The questions asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.log().clone()
    }

    fn server(&mut self, address: impl Into<IpAddr>) -> &mut View {
        self.servers.entry(address.into()).or_default()
    }

    fn log(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().expect("nothing panics while it holds the log")
    }

    fn note(&self, server: Option<SocketAddr>, question: &Question) {
        self.log().push(Asked { server, question: question.clone() });
    }

    fn recursive(&self, zones: &Zones, question: &Question) -> Answer {
        let mut chain = Vec::new();
        let mut name = question.name.clone();
        for _ in 0..CNAME_CHAIN_MAX {
            if let Some(mut answer) = self.injected(&name, question.kind) {
                answer.records.splice(0..0, chain);
                return answer;
            }
            match zones.find(&name, question.kind) {
                Found::Alias(record, target) => {
                    chain.push(*record);
                    name = target;
                }
                found => return answer(found, chain, zones.soa(&name)),
            }
        }
        Answer { records: chain, ..Answer::bare(Status::ServFail) }
    }

    /// RFC 1034 §4.3.2: an authoritative server's answer.
    fn authoritative(&self, zones: &Zones, question: &Question) -> Answer {
        let Some(apex) = zones.apex(&question.name) else { return Answer::bare(Status::Refused) };
        if let Some(referral) = zones.referral(&apex, question) {
            return Answer { referral, ..Answer::bare(Status::Referral) };
        }
        let mut answer = self.recursive(zones, question);
        if answer.records.last().and_then(alias).is_some_and(|target| zones.apex(&target).is_none()) {
            answer = Answer { records: answer.records, ..Answer::bare(Status::Referral) };
        }
        Answer { authoritative: true, ..answer }
    }

    fn injected(&self, name: &Name, kind: RecordType) -> Option<Answer> {
        let failure = self.failures.get(name).map(|status| Answer::bare(status.clone()));
        failure.or_else(|| self.answers.get(&Question::new(name.clone(), kind)).cloned())
    }

    fn failure(&self, question: &Question) -> Option<Answer> {
        let mut names = ancestors(&question.name);
        names.find_map(|name| {
            let unresolvable = self.unresolvable.get(&name).map(|status| Answer::bare(status.clone()));
            let bogus = self
                .bogus
                .get(&name)
                .filter(|_| !question.unvalidated)
                .map(|why| Answer { extended_errors: vec![why.clone()], ..Answer::bare(Status::ServFail) });
            unresolvable.or(bogus)
        })
    }

    fn answer_of(&self, server: &Server, question: &Question) -> Answer {
        let view = self.servers.get(&server.address.ip());
        let fixed = view.and_then(|view| match server.transport {
            Transport::Tcp => view.over_tcp.clone().or_else(|| view.answer.clone()),
            _ => view.answer.clone(),
        });
        if let Some(answer) = fixed {
            return answer;
        }
        let zones = view.and_then(|view| view.zones.as_ref()).unwrap_or(&self.zones);
        let mut answer =
            if server.recursive { self.recursive(zones, question) } else { self.authoritative(zones, question) };
        if let Some(seconds) = view.and_then(|view| view.ttl) {
            answer.records.iter_mut().for_each(|record| record.ttl = seconds);
            answer.negative_ttl = answer.negative_ttl.map(|_| seconds);
        }
        answer
    }
}

impl Lookup for ZoneLookup {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        self.note(None, question);
        let question = question.absolute();
        let failure = self.failure(&question);
        Box::pin(async move { failure.unwrap_or_else(|| self.recursive(&self.zones, &question)) })
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        self.note(Some(server.address), question);
        let question = question.absolute();
        let delay = self.servers.get(&server.address.ip()).map_or(Duration::ZERO, |view| view.delay);
        Box::pin(async move {
            tokio::time::sleep(delay).await;
            Answer { server: Some(server.address), rtt: Some(delay), ..self.answer_of(server, &question) }
        })
    }
}

/// Records by owner, in canonical order (RFC 4034 §6.1): a name stands right before the names below it.
#[derive(Default)]
struct Zones {
    records: BTreeMap<Name, Vec<Record>>,
}

enum Found {
    Records(Vec<Record>),
    Alias(Box<Record>, Name),
    NoData,
    NxDomain,
}

impl Zones {
    fn of(text: &str, origin: Option<Name>) -> Result<Self, ZoneError> {
        let mut zones = Zones::default();
        zones.extend(text::records(text, origin)?.into_iter().map(|(_, record)| record));
        Ok(zones)
    }

    fn extend(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            self.records.entry(record.name.clone()).or_default().push(record);
        }
    }

    fn rrset(&self, name: &Name, kind: RecordType) -> Vec<Record> {
        let here = self.records.get(name).into_iter().flatten();
        here.filter(|record| record.record_type() == kind).cloned().collect()
    }

    fn find(&self, name: &Name, kind: RecordType) -> Found {
        let Some(source) = self.source(name) else { return Found::NxDomain };
        let owned = |record: Record| Record::from_rdata(name.clone(), record.ttl, record.data);
        let records: Vec<Record> = self.rrset(&source, kind).into_iter().map(owned).collect();
        if !records.is_empty() {
            return Found::Records(records);
        }
        let found = self.rrset(&source, RecordType::CNAME).into_iter().next().map(owned);
        match found.and_then(|record| alias(&record).map(|target| (record, target))) {
            Some((record, target)) => Found::Alias(Box::new(record), target),
            None => Found::NoData,
        }
    }

    /// The owner whose records answer for `name`: itself, or the wildcard at its closest encloser, RFC 4592 §3.3.1.
    fn source(&self, name: &Name) -> Option<Name> {
        if self.exists(name) {
            return Some(name.clone());
        }
        let encloser = ancestors(name).skip(1).find(|ancestor| self.exists(ancestor))?;
        let wildcard = encloser.prepend_label("*").ok()?;
        self.records.contains_key(&wildcard).then_some(wildcard)
    }

    /// Does the name own records, or lie above one that does (an empty non-terminal, RFC 4592 §2.2.2)?
    fn exists(&self, name: &Name) -> bool {
        self.records.range(name..).next().is_some_and(|(next, _)| name.zone_of(next))
    }

    fn apex(&self, name: &Name) -> Option<Name> {
        ancestors(name).find(|ancestor| !self.rrset(ancestor, RecordType::SOA).is_empty())
    }

    /// The zone a name is in, and how long its absence may be kept: the lesser of the SOA's TTL and MINIMUM, RFC 2308 §5.
    fn soa(&self, name: &Name) -> Option<(Name, u32)> {
        let soa = self.rrset(&self.apex(name)?, RecordType::SOA).into_iter().next()?;
        match &soa.data {
            RData::SOA(data) => Some((soa.name.clone(), soa.ttl.min(data.minimum))),
            _ => None,
        }
    }

    /// The NS records of the topmost cut between `apex` and the name, and their glue.
    fn referral(&self, apex: &Name, question: &Question) -> Option<Vec<Record>> {
        // RFC 4035 §3.1.4.1: DS records live above the cut.
        let skipped = usize::from(question.kind == RecordType::DS);
        let below_apex = ancestors(&question.name).take_while(|name| name != apex).skip(skipped);
        let mut servers =
            below_apex.map(|name| self.rrset(&name, RecordType::NS)).filter(|set| !set.is_empty()).last()?;
        let targets: Vec<Name> = servers.iter().filter_map(name_server).collect();
        for target in targets {
            servers.extend(self.rrset(&target, RecordType::A));
            servers.extend(self.rrset(&target, RecordType::AAAA));
        }
        Some(servers)
    }
}

fn answer(found: Found, mut chain: Vec<Record>, soa: Option<(Name, u32)>) -> Answer {
    let status = match found {
        Found::Records(records) => {
            chain.extend(records);
            return Answer { records: chain, ..Answer::bare(Status::Answered) };
        }
        Found::NxDomain => Status::NxDomain,
        Found::NoData | Found::Alias(..) => Status::NoData,
    };
    let (zone, negative_ttl) = soa.unzip();
    Answer { records: chain, negative_ttl, zone, ..Answer::bare(status) }
}

fn alias(record: &Record) -> Option<Name> {
    match &record.data {
        RData::CNAME(target) => Some(absolute(&target.0)),
        _ => None,
    }
}

fn name_server(record: &Record) -> Option<Name> {
    match &record.data {
        RData::NS(target) => Some(absolute(&target.0)),
        _ => None,
    }
}

/// The name and all above it, nearest first.
fn ancestors(name: &Name) -> impl Iterator<Item = Name> + '_ {
    (0..=name.iter().count()).rev().map(|labels| name.trim_to(labels))
}

fn absolute(name: &Name) -> Name {
    let mut name = name.clone();
    name.set_fqdn(true);
    name
}
