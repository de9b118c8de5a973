//! Has a change arrived everywhere? Compares what the zone's own servers say with what public resolvers still hold.

mod findings;
mod judge;
mod own;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use futures_util::future::{join, join_all};

use super::nameservers;
use super::rrset::Rrset;
use super::{Observation, Probe};
use crate::dns::{
    Answer, DNS_PORT, ExtendedError, Lookup, Name, NotAsked, Question, RData, RecordType, Server, Status as Outcome,
};
use crate::finding::Finding;
use crate::knowledge::Resolver;
pub(super) use findings::serials_differ;
use findings::zone_not_found;
use judge::judge;
use own::ask_zone;

/// One RRset, everywhere it was looked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Propagation {
    /// Whose records.
    pub name: Name,
    /// Which RRset.
    pub kind: RecordType,
    /// What the zone's servers agree on, or what the user expects; empty where that is that there is no such record.
    pub expected: Option<Vec<String>>,
    /// Each address of each of the zone's servers, by name.
    pub authoritative: Vec<AuthoritativeView>,
    /// Each resolver asked, in the order given.
    pub vantages: Vec<VantageView>,
    /// How many resolvers have it.
    pub agreement: Agreement,
    /// `None` where too little answered to tell.
    pub converged: Option<bool>,
    /// Seconds until the last resolver that is behind has forgotten what it holds.
    pub converges_within: Option<u32>,
    /// When the answers were in: what the seconds count from.
    pub asked_at: SystemTime,
    /// What is wrong, or worth knowing.
    pub findings: Vec<Finding>,
}

/// A recursive resolver that the change is looked for at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vantage {
    /// What to call it.
    pub name: String,
    /// Who runs it.
    pub operator: Option<String>,
    /// Whom to ask.
    pub server: Server,
    /// Whom to ask where this machine has no way there: the same resolver in the other address family.
    pub otherwise: Option<Server>,
    /// What it withholds on purpose.
    pub filters: Option<String>,
    /// A page that empties its cache for a name.
    pub flush: Option<String>,
}

/// What to compare.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Resolvers whose caches are looked at.
    pub vantages: Vec<Vantage>,
    /// These values, whatever the zone's servers say.
    pub expect: Vec<String>,
}

/// What one address of one of the zone's servers says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthoritativeView {
    /// Its name.
    pub server: Name,
    /// Which of its addresses.
    pub address: IpAddr,
    /// How its answer stands to what is expected.
    pub status: Status,
    /// How the question ended.
    pub outcome: Outcome,
    /// The zone's serial there.
    pub serial: Option<u32>,
    /// The data of its RRset as text, sorted; of TXT records with the character-strings joined.
    pub values: Vec<String>,
    /// Seconds for which a resolver may keep that.
    pub ttl: Option<u32>,
    /// How long it took to answer.
    pub rtt: Option<Duration>,
}

/// What one resolver holds.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VantageView {
    /// Which one.
    pub vantage: Vantage,
    /// How its answer stands to what is expected.
    pub status: Status,
    /// How the question ended.
    pub outcome: Outcome,
    /// The data of its RRset as text, sorted; of TXT records with the character-strings joined.
    pub values: Vec<String>,
    /// How long it keeps that, be it records or their absence.
    pub ttl: Option<u32>,
    /// How long it took to answer.
    pub rtt: Option<Duration>,
    /// Why it answered so, [RFC 8914](https://www.rfc-editor.org/rfc/rfc8914).
    pub extended_errors: Vec<ExtendedError>,
}

/// How a server's answer stands to what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// It is what is expected.
    Match,
    /// It is another RRset.
    Differs,
    /// It says that there is no such name.
    NxDomain,
    /// It says that there is no such record.
    NoData,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// Nothing came back in time.
    Timeout,
    /// It could not be asked, or was not.
    Unreachable,
    /// What came back is no answer to the question.
    Malformed,
}

/// Of the resolvers whose answers count, how many have what is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Those that have what is expected.
    pub matching: usize,
    /// All that count.
    pub of: usize,
}

impl Status {
    /// Its name in JSON, such as `nxdomain`.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Match => "match",
            Status::Differs => "differs",
            Status::NxDomain => "nxdomain",
            Status::NoData => "nodata",
            Status::ServFail => "servfail",
            Status::Refused => "refused",
            Status::Timeout => "timeout",
            Status::Unreachable => "unreachable",
            Status::Malformed => "malformed",
        }
    }

    fn of(outcome: &Outcome, matches: bool) -> Self {
        match outcome {
            Outcome::Answered | Outcome::NoData | Outcome::NxDomain if matches => Status::Match,
            Outcome::Answered => Status::Differs,
            Outcome::NoData => Status::NoData,
            Outcome::NxDomain => Status::NxDomain,
            Outcome::ServFail => Status::ServFail,
            Outcome::Refused => Status::Refused,
            Outcome::Timeout => Status::Timeout,
            Outcome::Unreachable(_) | Outcome::NotAsked(_) => Status::Unreachable,
            Outcome::Malformed(_) | Outcome::Referral | Outcome::OtherCode(_) => Status::Malformed,
        }
    }

    /// It has an RRset, or its absence, that is not the expected one.
    fn is_behind(self) -> bool {
        matches!(self, Status::Differs | Status::NxDomain | Status::NoData)
    }
}

impl Vantage {
    /// A resolver the user named.
    pub fn new(name: impl Into<String>, server: Server) -> Self {
        Vantage { name: name.into(), operator: None, server, otherwise: None, filters: None, flush: None }
    }

    /// The resolvers built in, each at its first IPv4 address, or at its first IPv6 address from where there is no IPv4.
    pub fn built_in(resolvers: &[Resolver]) -> Vec<Vantage> {
        let server = |address: IpAddr| Server::recursive((address, DNS_PORT).into());
        let vantage = |resolver: &Resolver| {
            let [v4, v6] = [resolver.v4.first().map(|ip| (*ip).into()), resolver.v6.first().map(|ip| (*ip).into())];
            Some(Vantage {
                name: resolver.name.to_owned(),
                operator: Some(resolver.operator.to_owned()),
                server: server(v4.or(v6)?),
                otherwise: v6.map(server),
                filters: resolver.filters.map(str::to_owned),
                flush: resolver.flush.map(str::to_owned),
            })
        };
        resolvers.iter().filter_map(vantage).collect()
    }

    /// Its answer, and at which of its addresses.
    async fn ask<'v>(&'v self, lookup: &dyn Lookup, question: &Question) -> (&'v Server, Answer) {
        let answer = lookup.query(&self.server, question).await;
        match &self.otherwise {
            Some(otherwise) if answer.status == Outcome::NotAsked(NotAsked::NoRoute) => {
                (otherwise, lookup.query(otherwise, question).await)
            }
            _ => (&self.server, answer),
        }
    }
}

impl Options {
    /// Looks at the caches of `vantages`, and expects what the zone's own servers say.
    pub fn new(vantages: Vec<Vantage>) -> Self {
        Options { vantages, expect: Vec::new() }
    }

    /// Expects these records (`10 mx.example.com`, say, or the joined text of a TXT record) among others, whatever the zone's servers say.
    pub fn expecting(self, values: Vec<String>) -> Self {
        Options { expect: values, ..self }
    }
}

/// One answer, as it comes in.
#[non_exhaustive]
pub struct Sighting<'a> {
    /// The server's name, or the resolver's operator.
    pub who: &'a str,
    /// Which address answered.
    pub address: IpAddr,
    /// The answer as it came.
    pub answer: &'a Answer,
    /// The data of its RRset as text, sorted; of TXT records with the character-strings joined.
    pub values: Vec<String>,
    /// How long it is kept, be it records or their absence.
    pub ttl: Option<u32>,
}

/// Is told of each answer as it comes in.
pub type Onlooker<'a> = &'a (dyn Fn(&Sighting<'_>) + Send + Sync);

/// Looks for one RRset at every server of its zone and at every vantage, all at once.
pub async fn propagation(lookup: &dyn Lookup, name: &Name, kind: RecordType, options: &Options) -> Propagation {
    watched(lookup, name, kind, options, &|_| {}).await
}

/// The same, telling of each answer as it comes in.
pub async fn watched(
    lookup: &dyn Lookup,
    name: &Name,
    kind: RecordType,
    options: &Options,
    onlooker: Onlooker<'_>,
) -> Propagation {
    let question = &Question::new(name.clone(), kind);
    let at_vantages = join_all(options.vantages.iter().map(|vantage| async move {
        let (server, answer) = vantage.ask(lookup, question).await;
        let who = vantage.operator.as_ref().unwrap_or(&vantage.name);
        onlooker(&Sighting::new(who, server.address.ip(), &answer, question));
        (Vantage { server: server.clone(), ..vantage.clone() }, answer)
    }));
    let at_servers = nameservers::asking_ahead(lookup, &question.name, ask_zone(lookup, question, onlooker));
    let (at_servers, at_vantages) = join(at_servers, at_vantages).await;
    let (at_servers, lost) = match at_servers {
        Ok(heard) => (heard, None),
        Err(lost) => (Vec::new(), Some(lost)),
    };
    let mut propagation = judge(question, options, at_servers, at_vantages);
    propagation.findings.extend(lost.as_ref().and_then(zone_not_found));
    propagation
}

impl<'a> Sighting<'a> {
    fn new(who: &'a str, address: IpAddr, answer: &'a Answer, question: &Question) -> Self {
        let values = Rrset::of(answer, &question.name, question.kind).values();
        Sighting { who, address, answer, values, ttl: kept_for(answer, &question.name) }
    }
}

fn kept_for(answer: &Answer, name: &Name) -> Option<u32> {
    Rrset::ttl(answer, name).or(answer.negative_ttl)
}

pub(super) fn serial(answer: &Answer) -> Option<u32> {
    answer.data(RecordType::SOA).find_map(|data| match data {
        RData::SOA(soa) => Some(soa.serial),
        _ => None,
    })
}

impl VantageView {
    /// It has answered, and the answer is what its cache holds: nothing that it withholds on purpose.
    fn counts(&self) -> bool {
        self.outcome.is_conclusive() && !self.withholds()
    }

    fn is_behind(&self) -> bool {
        self.status.is_behind() && !self.withholds()
    }

    /// What a filter does: it says that there is nothing, says nothing, or gives an address of its own.
    fn withholds(&self) -> bool {
        let looks_filtered = match self.status {
            Status::NxDomain | Status::NoData | Status::Refused | Status::ServFail => true,
            Status::Differs => self.values.iter().any(|value| value.parse::<IpAddr>().is_ok()),
            _ => false,
        };
        let says_so = self.extended_errors.iter().any(ExtendedError::is_withheld);
        says_so || (looks_filtered && self.vantage.filters.is_some())
    }

    /// Failed where it should have answered; what was never asked is not its failure.
    fn has_failed(&self) -> bool {
        !self.outcome.is_conclusive() && !matches!(self.outcome, Outcome::NotAsked(_)) && !self.withholds()
    }

    fn is_bogus(&self) -> bool {
        self.outcome == Outcome::ServFail && self.extended_errors.iter().any(ExtendedError::is_bogus)
    }

    fn title(&self) -> String {
        let Vantage { name, operator, server, .. } = &self.vantage;
        format!("{} ({})", operator.as_ref().unwrap_or(name), server.address.ip())
    }
}

impl Propagation {
    /// What the probe tells about a suspicion.
    pub fn observation(&self) -> Observation {
        let serving = self.authoritative.iter().filter(|view| view.outcome.is_conclusive()).count();
        let summary = match (&self.expected, self.served()) {
            (_, Served { own: Agreement { of: 0, .. }, caches: Agreement { of: 0, .. } }) => {
                format!("{} is unknown: nobody answered", self.kind)
            }
            (_, Served { own: Agreement { matching: 0, .. }, caches: Agreement { of: 0, .. } }) => {
                format!("{} is unknown: neither own servers nor caches gave it", self.kind)
            }
            (Some(_), served) => format!("{} the same at {served}", self.kind),
            (None, Served { own: Agreement { of: 0, .. }, caches }) => {
                format!("{} at no own server, and alike at {} of {} caches", self.kind, caches.matching, caches.of)
            }
            (None, served) => format!("{} not the same everywhere: alike at {served}", self.kind),
        };
        Observation {
            probe: Probe::Propagation,
            // Public resolvers that cannot be reached leave the domain's own state known.
            answered: serving > 0 || self.converged.is_some(),
            complete: self.converged.is_some(),
            findings: self.findings.clone(),
            summary,
        }
    }
}

/// At how many places the expected RRset was found, of those that could tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Served {
    /// The zone's own servers, by name.
    pub own: Agreement,
    /// Public resolvers.
    pub caches: Agreement,
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Served { own, caches } = self;
        write!(f, "{} of {} own servers and {} of {} caches", own.matching, own.of, caches.matching, caches.of)
    }
}

impl Served {
    /// The lesser of both, for RRsets that are judged together.
    pub fn and(self, other: Served) -> Served {
        let lesser = |a: Agreement, b: Agreement| {
            if (b.of - b.matching, a.of) > (a.of - a.matching, b.of) { b } else { a }
        };
        Served { own: lesser(self.own, other.own), caches: lesser(self.caches, other.caches) }
    }
}

/// Looks that follow each other are this far apart at least, and at most.
const SOONEST_LOOK: Duration = Duration::from_secs(2);
const LATEST_LOOK: Duration = Duration::from_secs(900);
/// Where no TTL says when something can change: a secondary transfers the zone, a server comes back.
const USUAL_LOOK: Duration = Duration::from_secs(30);

impl Propagation {
    /// When another look can show something new: when the first of those behind forgets what it holds.
    pub fn look_again_after(&self) -> Duration {
        let behind = self.vantages.iter().filter(|view| view.is_behind());
        let server_behind = self.authoritative.iter().any(|view| view.status == Status::Differs);
        let soonest = behind.filter_map(|view| view.ttl).min();
        let forgets = soonest.map_or(USUAL_LOOK, |seconds| Duration::from_secs(u64::from(seconds) + 1));
        let look = if server_behind { forgets.min(USUAL_LOOK) } else { forgets };
        look.clamp(SOONEST_LOOK, LATEST_LOOK)
    }

    /// At how many places it is as expected.
    pub fn served(&self) -> Served {
        let mut own: BTreeMap<&Name, bool> = BTreeMap::new();
        for view in self.authoritative.iter().filter(|view| !matches!(view.outcome, Outcome::NotAsked(_))) {
            *own.entry(&view.server).or_insert(true) &= view.status == Status::Match;
        }
        let matching = own.values().filter(|matches| **matches).count();
        Served { own: Agreement { matching, of: own.len() }, caches: self.agreement }
    }
}
