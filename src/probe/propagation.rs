//! Has a change arrived everywhere? Compares what the zone's own servers say with what public resolvers still hold.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use futures_util::future::{join, join_all};

use super::nameservers::{self, Lost, NameServer, Zone};
use super::rrset::Rrset;
use super::{Observation, Probe};
use crate::dns::{Answer, ExtendedError, Lookup, Name, Question, RData, RecordType, Server, Status as Outcome, shown};
use crate::finding::Finding;
use crate::knowledge::Resolver;

/// One RRset, everywhere it was looked for.
#[derive(Clone, Debug)]
pub struct Propagation {
    pub name: Name,
    pub kind: RecordType,
    /// What the zone's servers agree on, or what the user expects; empty where that is that there is no such record.
    pub expected: Option<Vec<String>>,
    pub authoritative: Vec<AuthoritativeView>,
    pub vantages: Vec<VantageView>,
    pub agreement: Agreement,
    /// `None` where too little answered to tell.
    pub converged: Option<bool>,
    /// Seconds until the last resolver that is behind has forgotten what it holds.
    pub converges_within: Option<u32>,
    /// When the answers were in: what the seconds count from.
    pub asked_at: SystemTime,
    pub findings: Vec<Finding>,
}

/// A recursive resolver that the change is looked for at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vantage {
    pub name: String,
    pub operator: Option<String>,
    pub server: Server,
    /// What it withholds on purpose.
    pub filters: Option<String>,
    /// A page that empties its cache for a name.
    pub flush: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Options {
    pub vantages: Vec<Vantage>,
    /// These values, whatever the zone's servers say.
    pub expect: Vec<String>,
}

/// What one address of one of the zone's servers says.
#[derive(Clone, Debug)]
pub struct AuthoritativeView {
    pub server: Name,
    pub address: IpAddr,
    pub status: Status,
    pub outcome: Outcome,
    pub serial: Option<u32>,
    pub values: Vec<String>,
    pub ttl: Option<u32>,
    pub rtt: Option<Duration>,
}

/// What one resolver holds.
#[derive(Clone, Debug)]
pub struct VantageView {
    pub vantage: Vantage,
    pub status: Status,
    pub outcome: Outcome,
    pub values: Vec<String>,
    /// How long it keeps that, be it records or their absence.
    pub ttl: Option<u32>,
    pub rtt: Option<Duration>,
    pub extended_errors: Vec<ExtendedError>,
}

/// How a server's answer stands to what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    Match,
    Differs,
    NxDomain,
    NoData,
    ServFail,
    Refused,
    Timeout,
    Unreachable,
    Malformed,
}

/// Of the resolvers whose answers count, how many have what is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    pub matching: usize,
    pub of: usize,
}

impl Status {
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
        Vantage { name: name.into(), operator: None, server, filters: None, flush: None }
    }

    /// The first address of each resolver built in.
    pub fn built_in(resolvers: &[Resolver]) -> Vec<Vantage> {
        let with_address = resolvers.iter().filter_map(|resolver| Some((resolver, *resolver.v4.first()?)));
        let vantage = |(resolver, address): (&Resolver, std::net::Ipv4Addr)| Vantage {
            name: resolver.name.to_owned(),
            operator: Some(resolver.operator.to_owned()),
            server: Server::recursive((address, crate::dns::DNS_PORT).into()),
            filters: resolver.filters.map(str::to_owned),
            flush: resolver.flush.map(str::to_owned),
        };
        with_address.map(vantage).collect()
    }
}

/// One answer, as it comes in.
pub struct Sighting<'a> {
    pub who: &'a str,
    pub address: IpAddr,
    pub answer: &'a Answer,
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
        let answer = lookup.query(&vantage.server, question).await;
        let who = vantage.operator.as_ref().unwrap_or(&vantage.name);
        onlooker(&Sighting::new(who, vantage.server.address.ip(), &answer, question));
        answer
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

/// What one address of a server said: the RRset, and the serial of the zone it was taken from.
struct Heard {
    server: Name,
    address: IpAddr,
    answer: Answer,
    serial: Option<u32>,
}

async fn ask_zone(lookup: &dyn Lookup, question: &Question, onlooker: Onlooker<'_>) -> Result<Vec<Heard>, Lost> {
    let zone = nameservers::zone_of(lookup, &question.name).await?;
    let (mut heard, delegated) =
        join(ask_own_servers(lookup, &zone.name, question, onlooker), delegated(lookup, &zone)).await;
    let fresh = delegated.into_iter().map(|server| unheard(server, &heard)).collect::<Vec<_>>();
    heard.extend(ask_servers(lookup, &fresh, &zone.name, question, onlooker).await);
    heard.sort_by(|a, b| (&a.server, a.address).cmp(&(&b.server, b.address)));
    Ok(heard)
}

async fn ask_own_servers(lookup: &dyn Lookup, zone: &Name, question: &Question, onlooker: Onlooker<'_>) -> Vec<Heard> {
    let Ok(names) = nameservers::own_servers(lookup, zone).await else { return Vec::new() };
    let servers = nameservers::located(lookup, &names, &[]).await;
    ask_servers(lookup, &servers, zone, question, onlooker).await
}

async fn delegated(lookup: &dyn Lookup, zone: &Zone) -> Vec<NameServer> {
    let delegation = match &zone.delegation {
        Some(known) => Some(known.clone()),
        None => nameservers::delegation(lookup, &zone.name).await,
    };
    let Some(delegation) = delegation else { return Vec::new() };
    nameservers::located(lookup, &delegation.servers, &delegation.glue).await
}

fn unheard(mut server: NameServer, heard: &[Heard]) -> NameServer {
    let is_new = |address: &IpAddr| !heard.iter().any(|known| known.address == *address);
    server.resolved.retain(is_new);
    server.glue.retain(is_new);
    server
}

async fn ask_servers(
    lookup: &dyn Lookup,
    servers: &[NameServer],
    zone: &Name,
    question: &Question,
    onlooker: Onlooker<'_>,
) -> Vec<Heard> {
    let addressed = servers.iter().flat_map(|server| server.servers().map(move |at| (server.name.clone(), at)));
    let soa = &Question::new(zone.clone(), RecordType::SOA);
    join_all(addressed.map(|(server, at)| async move {
        let (answer, soa) = join(lookup.query(&at, question), lookup.query(&at, soa)).await;
        let answer = as_authority(answer, &question.name);
        onlooker(&Sighting::new(&shown(&server), at.address.ip(), &answer, question));
        Heard { server, address: at.address.ip(), answer, serial: serial(&soa) }
    }))
    .await
}

/// What an answer is worth coming from a server of the zone.
fn as_authority(mut answer: Answer, name: &Name) -> Answer {
    let is_alias =
        answer.records.iter().any(|record| record.name == *name && record.record_type() == RecordType::CNAME);
    if answer.status == Outcome::Referral && is_alias {
        // An alias is all there is at the name, wherever it leads.
        answer.status = Outcome::Answered;
    }
    if answer.status.is_conclusive() && !answer.authoritative {
        answer.status = Outcome::Malformed("it is not authoritative (no AA bit)".to_owned());
    }
    answer
}

pub(super) fn serial(answer: &Answer) -> Option<u32> {
    answer.data(RecordType::SOA).find_map(|data| match data {
        RData::SOA(soa) => Some(soa.serial),
        _ => None,
    })
}

fn judge(question: &Question, options: &Options, heard: Vec<Heard>, at_vantages: Vec<Answer>) -> Propagation {
    let Question { name, kind, .. } = question;
    let reference = Reference::new(&heard, &at_vantages, question, &options.expect);
    let views = options.vantages.iter().zip(at_vantages);
    let vantages: Vec<VantageView> =
        views.map(|(vantage, answer)| view(vantage, answer, question, &reference)).collect();
    let authoritative: Vec<AuthoritativeView> =
        heard.into_iter().map(|heard| authoritative_view(heard, question, &reference)).collect();
    let agreement = agreement(&vantages);
    let converged = converged(&reference, &authoritative, agreement, vantages.is_empty());
    let converges_within = converges_within(converged, &authoritative, &vantages);
    let mut propagation = Propagation {
        name: name.clone(),
        kind: *kind,
        expected: reference.expected().map(Rrset::values),
        authoritative,
        vantages,
        agreement,
        converged,
        converges_within,
        asked_at: SystemTime::now(),
        findings: Vec::new(),
    };
    propagation.findings = findings(&propagation);
    propagation
}

/// What answers are held against.
enum Reference {
    /// The user's word: values that must be there, among others.
    Expected(Rrset),
    /// The zone's servers agree.
    Agreed(Rrset),
    /// They differ: what most of those with the newest serial have.
    Disputed(Rrset),
    /// None of them answered. What most caches have may still be the old record.
    Caches(Rrset),
}

impl Reference {
    fn new(heard: &[Heard], at_vantages: &[Answer], question: &Question, expect: &[String]) -> Self {
        if !expect.is_empty() {
            return Reference::Expected(Rrset::expected(expect, question.kind));
        }
        let rrset = |answer: &Answer| Rrset::of(answer, &question.name, question.kind);
        let conclusive = || heard.iter().filter(|heard| heard.answer.status.is_conclusive());
        let mut all = distinct(conclusive().map(|heard| rrset(&heard.answer)));
        match all.len() {
            0 => Reference::Caches(commonest(
                at_vantages.iter().filter(|answer| answer.status.is_conclusive()).map(rrset),
            )),
            1 => Reference::Agreed(all.remove(0)),
            _ => {
                let newest = newest(conclusive().map(|heard| heard.serial));
                let up_to_date = conclusive().filter(|heard| newest.is_none() || heard.serial == newest);
                Reference::Disputed(commonest(up_to_date.map(|heard| rrset(&heard.answer))))
            }
        }
    }

    fn matches(&self, rrset: &Rrset) -> bool {
        match self {
            Reference::Expected(expected) => rrset.contains(expected),
            Reference::Agreed(expected) | Reference::Disputed(expected) | Reference::Caches(expected) => {
                rrset == expected
            }
        }
    }

    fn expected(&self) -> Option<&Rrset> {
        match self {
            Reference::Expected(expected) | Reference::Agreed(expected) => Some(expected),
            Reference::Disputed(_) | Reference::Caches(_) => None,
        }
    }
}

fn commonest(rrsets: impl Iterator<Item = Rrset> + Clone) -> Rrset {
    let count = |wanted: &Rrset| rrsets.clone().filter(|rrset| rrset == wanted).count();
    distinct(rrsets.clone()).into_iter().max_by_key(count).unwrap_or_default()
}

fn distinct(rrsets: impl Iterator<Item = Rrset>) -> Vec<Rrset> {
    let mut distinct = Vec::new();
    for rrset in rrsets {
        if !distinct.contains(&rrset) {
            distinct.push(rrset);
        }
    }
    distinct
}

/// The newest of the serials, where all are known; RFC 1982 §3.2 compares them.
fn newest(serials: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let newer = |a: u32, b: u32| if b.wrapping_sub(a) < 1 << 31 { b } else { a };
    serials.collect::<Option<Vec<u32>>>()?.into_iter().reduce(newer)
}

fn authoritative_view(heard: Heard, question: &Question, reference: &Reference) -> AuthoritativeView {
    let rrset = Rrset::of(&heard.answer, &question.name, question.kind);
    let status = match Status::of(&heard.answer.status, reference.matches(&rrset)) {
        behind if behind.is_behind() => Status::Differs,
        other => other,
    };
    AuthoritativeView {
        server: heard.server,
        address: heard.address,
        status,
        ttl: kept_for(&heard.answer, &question.name),
        outcome: heard.answer.status,
        serial: heard.serial,
        values: rrset.values(),
        rtt: heard.answer.rtt,
    }
}

fn view(vantage: &Vantage, answer: Answer, question: &Question, reference: &Reference) -> VantageView {
    let rrset = Rrset::of(&answer, &question.name, question.kind);
    VantageView {
        vantage: vantage.clone(),
        status: Status::of(&answer.status, reference.matches(&rrset)),
        ttl: kept_for(&answer, &question.name),
        outcome: answer.status,
        values: rrset.values(),
        rtt: answer.rtt,
        extended_errors: answer.extended_errors,
    }
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

fn agreement(vantages: &[VantageView]) -> Agreement {
    let counting = || vantages.iter().filter(|view| view.counts());
    Agreement { matching: counting().filter(|view| view.status == Status::Match).count(), of: counting().count() }
}

fn converged(
    reference: &Reference,
    authoritative: &[AuthoritativeView],
    agreement: Agreement,
    no_vantages: bool,
) -> Option<bool> {
    let answered = || authoritative.iter().filter(|view| view.outcome.is_conclusive());
    let all_match = agreement.matching == agreement.of && answered().all(|view| view.status == Status::Match);
    let enough = agreement.of > 0 || (no_vantages && answered().count() > 0);
    match reference {
        Reference::Disputed(_) => Some(false),
        _ if !all_match => Some(false),
        // Caches that agree prove nothing as long as nobody says what they should hold.
        Reference::Caches(_) => None,
        Reference::Expected(_) | Reference::Agreed(_) => enough.then_some(true),
    }
}

fn converges_within(
    converged: Option<bool>,
    authoritative: &[AuthoritativeView],
    vantages: &[VantageView],
) -> Option<u32> {
    // While one of the zone's own servers is behind, caches may fetch the old record anew.
    let server_behind = authoritative.iter().any(|view| view.status == Status::Differs);
    let behind = || vantages.iter().filter(|view| view.is_behind());
    let served_stale = behind().any(|view| view.extended_errors.iter().any(ExtendedError::is_served_stale));
    match converged {
        Some(true) => Some(0),
        Some(false) if !server_behind && !served_stale => {
            behind().map(|view| view.ttl).collect::<Option<Vec<u32>>>()?.into_iter().max()
        }
        _ => None,
    }
}

fn findings(propagation: &Propagation) -> Vec<Finding> {
    let found = [
        servers_differ(propagation),
        serials_differ(&propagation.name, &serials(&propagation.authoritative)),
        unpublished(propagation),
        incomplete(propagation),
        bogus(propagation),
        failing(propagation),
    ];
    found.into_iter().flatten().collect()
}

/// Where no zone above is found either, it is the resolver that fails, which is told as such.
fn zone_not_found(lost: &Lost) -> Option<Finding> {
    lost.ended.as_ref()?;
    Some(Finding::info("zone-not-found", shown(&lost.name), lost.to_string()).help(
        "Without the zone's own servers nothing says what the caches should hold. A network that lets no DNS but its own \
         resolver's through looks the same: ask from another one.",
    ))
}

fn servers_differ(propagation: &Propagation) -> Option<Finding> {
    let answered = || propagation.authoritative.iter().filter(|view| view.outcome.is_conclusive());
    let mut groups: Vec<(&[String], Vec<String>)> = Vec::new();
    for view in answered() {
        let who = format!("{} ({})", shown(&view.server), view.address);
        match groups.iter_mut().find(|(values, _)| *values == view.values.as_slice()) {
            Some((_, servers)) => servers.push(who),
            None => groups.push((&view.values, vec![who])),
        }
    }
    if groups.len() < 2 {
        return None;
    }
    let Propagation { name, kind, .. } = propagation;
    let told: Vec<String> =
        groups.iter().map(|(values, servers)| format!("{}: {}", servers.join(", "), quoted(values))).collect();
    let spf =
        |values: &[String]| values.iter().filter(|value| value.starts_with("v=spf1")).cloned().collect::<Vec<_>>();
    let spf_differs = groups.iter().any(|(values, _)| spf(values) != spf(groups[0].0));
    let what = if spf_differs { "the SPF record".to_owned() } else { kind.to_string() };
    let message = format!("the zone's own servers differ about {what} of {}. {}", shown(name), told.join("; "));
    Some(Finding::error("rrset-differs-between-servers", shown(name), message).help(
        "Which record a receiver sees depends on the server it asks. Compare the serials: a server with an older one \
         has not transferred the zone; with equal ones, the servers are fed from different sources.",
    ))
}

fn quoted(values: &[String]) -> String {
    if values.is_empty() {
        return "no such record".to_owned();
    }
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ")
}

fn serials(views: &[AuthoritativeView]) -> Vec<(u32, String)> {
    let label = |view: &AuthoritativeView| Some((view.serial?, format!("{} ({})", shown(&view.server), view.address)));
    views.iter().filter_map(label).collect()
}

/// `known`: serials, each with the server it was heard from.
pub(super) fn serials_differ(zone: &Name, known: &[(u32, String)]) -> Option<Finding> {
    let newest = newest(known.iter().map(|(serial, _)| Some(*serial)))?;
    let behind: Vec<String> = known
        .iter()
        .filter(|(serial, _)| *serial != newest)
        .map(|(serial, server)| format!("{server} has {serial}"))
        .collect();
    if behind.is_empty() {
        return None;
    }
    let message = format!("the newest serial of the zone is {newest}, but {}", behind.join(", "));
    Some(Finding::warning("zone-serial-mismatch", shown(zone), message).help(
        "For a few minutes after a change that is normal. If it lasts, see whether the server gets the NOTIFY and may \
         transfer the zone. Some providers number each server's copy by itself; then only the records' equality counts.",
    ))
}

/// Only where the user expects something: otherwise the zone's servers set the expectation.
fn unpublished(propagation: &Propagation) -> Option<Finding> {
    let Propagation { name, kind, expected, authoritative, .. } = propagation;
    let mut answered = authoritative.iter().filter(|view| view.outcome.is_conclusive()).peekable();
    answered.peek()?;
    if !answered.all(|view| view.status == Status::Differs) {
        return None;
    }
    let expected = quoted(expected.as_ref()?);
    let message = format!("none of the zone's own servers has the expected {kind} of {}: {expected}", shown(name));
    Some(Finding::error("propagation-incomplete", shown(name), message).help(
        "Caches cannot get what the zone does not serve. See whether the change was saved and the zone reloaded, and whether it was made at the provider the domain is delegated to.",
    ))
}

fn incomplete(propagation: &Propagation) -> Option<Finding> {
    let behind: Vec<&VantageView> = propagation.vantages.iter().filter(|view| view.is_behind()).collect();
    if behind.is_empty() || propagation.expected.is_none() {
        return None;
    }
    let Propagation { name, kind, agreement, .. } = propagation;
    let who: Vec<String> = behind.iter().map(|view| view.title()).collect();
    let until =
        propagation.converges_within.map(|seconds| format!("; the last of them forgets it in {}", human(seconds)));
    let message = format!(
        "{} of {} public resolvers do not have the expected {kind} of {} yet: {}{}",
        behind.len(),
        agreement.of,
        shown(name),
        who.join(", "),
        until.unwrap_or_default(),
    );
    let pages: Vec<&str> = behind.iter().filter_map(|view| view.vantage.flush.as_deref()).collect();
    let finding = Finding::warning("propagation-incomplete", shown(name), message);
    Some(if pages.is_empty() {
        finding.help("Wait until the old record's TTL has run out; nothing you change now makes it faster.")
    } else {
        finding
            .help(format!("Wait until the old record's TTL has run out, or have it dropped at {}", pages.join(" and ")))
    })
}

fn bogus(propagation: &Propagation) -> Option<Finding> {
    let bogus: Vec<&VantageView> = propagation.vantages.iter().filter(|view| view.is_bogus()).collect();
    let first = bogus.first()?;
    let why = first.extended_errors.iter().find(|error| error.is_bogus())?;
    let who: Vec<String> = bogus.iter().map(|view| view.title()).collect();
    let name = shown(&propagation.name);
    let message = format!("DNSSEC validation of {name} fails at {}: {why}", who.join(", "));
    Some(Finding::error("dnssec-bogus", name, message).help(
        "Receivers that validate see no answer at all. Compare the DS record at the registrar with the zone's DNSKEY, and \
         see that the signatures are renewed; if in doubt, take the DS record out and wait for its TTL.",
    ))
}

fn failing(propagation: &Propagation) -> Option<Finding> {
    let failing: Vec<&VantageView> =
        propagation.vantages.iter().filter(|view| view.has_failed() && !view.is_bogus()).collect();
    if failing.is_empty() {
        return None;
    }
    let told = |view: &&VantageView| match view.extended_errors.first() {
        Some(error) => format!("{} {}, {error}", view.title(), view.outcome),
        None => format!("{} {}", view.title(), view.outcome),
    };
    let who: Vec<String> = failing.iter().map(told).collect();
    let name = shown(&propagation.name);
    let message = format!("no answer about {name} from {}", who.join("; "));
    let finding = if failing.len() * 2 > propagation.vantages.len() {
        Finding::warning("resolver-failure", name, message)
    } else {
        Finding::info("resolver-failure", name, message)
    };
    Some(finding.help("A resolver that does not answer says nothing about your zone; it is not counted as behind."))
}

impl Propagation {
    /// What the probe tells about a suspicion.
    pub fn observation(&self) -> Observation {
        let serving = self.authoritative.iter().filter(|view| view.outcome.is_conclusive()).count();
        let summary = match (&self.expected, self.served()) {
            (_, Served { own: Agreement { of: 0, .. }, caches: Agreement { of: 0, .. } }) => {
                format!("{} could be asked nowhere", self.kind)
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

    pub fn served(&self) -> Served {
        let mut own: BTreeMap<&Name, bool> = BTreeMap::new();
        for view in self.authoritative.iter().filter(|view| !matches!(view.outcome, Outcome::NotAsked(_))) {
            *own.entry(&view.server).or_insert(true) &= view.status == Status::Match;
        }
        let matching = own.values().filter(|matches| **matches).count();
        Served { own: Agreement { matching, of: own.len() }, caches: self.agreement }
    }
}

fn human(seconds: u32) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}
