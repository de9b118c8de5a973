//! Finds a zone's name servers on both sides: as the parent delegates to them, and as the zone names them itself.

use std::fmt;
use std::net::IpAddr;
use std::pin::pin;

use futures_util::future::{Either, join, join_all, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::dns::{
    Answer, DNS_PORT, Lookup, Name, NotAsked, Question, RData, Record, RecordType, Server, Status, shown,
};

/// What the parent says of a zone: its servers' names, and addresses for those inside the zone (glue).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delegation {
    pub zone: Name,
    pub servers: Vec<Name>,
    pub glue: Vec<(Name, IpAddr)>,
}

/// A zone, found from a name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub name: Name,
    /// Where finding it took asking the parent.
    pub delegation: Option<Delegation>,
}

/// One server's name, and where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    pub name: Name,
    /// What its name resolves to.
    pub resolved: Vec<IpAddr>,
    /// What the parent gives for it.
    pub glue: Vec<IpAddr>,
}

/// As many of a zone's servers are asked, at once, where one that answers is enough.
const ASKED_AT_ONCE: usize = 2;
/// As many name servers of one zone are looked at; RFC 1912 §2.8 advises no more than seven.
const NAME_SERVERS_MAX: usize = 16;
/// As many addresses of one name server and family.
const ADDRESSES_MAX: usize = 4;

/// Where the search for a zone's servers ended without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub name: Name,
    /// The last zone found above it, and what became of the way down; nothing above was found either where there is none.
    pub ended: Option<(Name, DeadEnd)>,
}

/// Why there is no way further down from a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    /// None of its servers told anything.
    Silent,
    /// They answer, and do not refer.
    NoReferral(Status),
    /// They refer to a zone that does not lead to the name.
    Astray(Name),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the search for the servers of {}", shown(&self.name))?;
        let Some((zone, why)) = &self.ended else { return f.write_str(" ended at the resolver") };
        write!(f, " ended at {}, whose servers ", shown(zone))?;
        match why {
            DeadEnd::Silent => f.write_str("told nothing"),
            DeadEnd::NoReferral(status) => write!(f, "answer without a referral: {status}"),
            DeadEnd::Astray(other) => write!(f, "refer to {} instead", shown(other)),
        }
    }
}

/// The zone that `name` is in.
///
/// Asks the resolver; where that cannot tell, because it gets no answer from the zone, goes down from the nearest
/// zone above that it knows.
pub async fn zone_of(lookup: &dyn Lookup, name: &Name) -> Result<Zone, Lost> {
    if let Ok(name) = known_zone(lookup, name).await {
        return Ok(Zone { name, delegation: None });
    }
    let found = delegation_towards(lookup, name).await?;
    Ok(Zone { name: found.zone.clone(), delegation: Some(found) })
}

/// What the parent says of `zone`; `None` where no server of the parent tells, as when parent and zone share servers.
pub async fn delegation(lookup: &dyn Lookup, zone: &Name) -> Option<Delegation> {
    delegation_towards(lookup, zone).await.ok().filter(|delegation| delegation.zone == *zone)
}

/// The servers that the zone names itself, through the resolver.
pub async fn own_servers(lookup: &dyn Lookup, zone: &Name) -> Result<Vec<Name>, Status> {
    let answer = lookup.resolve(&Question::new(zone.clone(), RecordType::NS)).await;
    match answer.status {
        Status::Answered => Ok(targets(&answer.records)),
        failure => Err(failure),
    }
}

/// Runs `work`, which looks for the zone that `name` is in and for its servers one step after the other, while all
/// that it may want to know is asked at once. Nothing is asked twice where `lookup` remembers.
pub async fn asking_ahead<T>(lookup: &dyn Lookup, name: &Name, work: impl Future<Output = T>) -> T {
    let above = (1..=name.iter().count()).map(|labels| name.trim_to(labels));
    let ahead = join_all(above.map(|zone| async move {
        let soa = Question::new(zone.clone(), RecordType::SOA);
        let (_, servers) = join(lookup.resolve(&soa), own_servers(lookup, &zone)).await;
        // Of a top-level domain's servers few are asked, and only for the delegation.
        let most = if zone.num_labels() == 1 { ASKED_AT_ONCE } else { NAME_SERVERS_MAX };
        let servers = servers.unwrap_or_default();
        located(lookup, &servers[..servers.len().min(most)], &[]).await;
    }));
    match select(pin!(work), pin!(ahead)).await {
        Either::Left((done, _)) => done,
        Either::Right((_, work)) => work.await,
    }
}

/// Whether the resolver in use finds out anything about what lies above `name`. One that refuses what lies above, but not
/// `name`, has its reasons; one that refuses both answers nobody here.
pub async fn knows_above(lookup: &dyn Lookup, name: &Name) -> bool {
    let labels = name.iter().count();
    let asked = (0..=labels).map(|labels| Question::new(name.trim_to(labels), RecordType::SOA));
    let answers = join_all(asked.map(|question| async move { lookup.resolve(&question).await.status })).await;
    let own = &answers[labels];
    let telling = |status: &Status| status.is_conclusive() || *status == Status::Refused && own != status;
    answers[..labels].iter().any(telling)
}

/// Where each server is found.
pub async fn located(lookup: &dyn Lookup, names: &[Name], glue: &[(Name, IpAddr)]) -> Vec<NameServer> {
    let each = names.iter().take(NAME_SERVERS_MAX).map(|name| async move {
        let given = glue.iter().filter(|(owner, _)| owner == name).map(|(_, address)| *address).take(2 * ADDRESSES_MAX);
        NameServer { name: name.clone(), resolved: resolved_addresses(lookup, name).await, glue: given.collect() }
    });
    join_all(each).await
}

impl NameServer {
    /// Every address a resolver may ask it at: resolvers use what the parent gives and what the name resolves to.
    pub fn servers(&self) -> impl Iterator<Item = Server> + '_ {
        let only_glue = self.glue.iter().filter(|address| !self.resolved.contains(address));
        self.resolved.iter().chain(only_glue).map(|address| Server::authoritative((*address, DNS_PORT).into()))
    }
}

async fn resolved_addresses(lookup: &dyn Lookup, name: &Name) -> Vec<IpAddr> {
    let questions = [RecordType::A, RecordType::AAAA].map(|kind| Question::new(name.clone(), kind));
    let answers = join_all(questions.iter().map(|question| lookup.resolve(question))).await;
    let records = answers.iter().flat_map(|answer| answer.records.iter().take(ADDRESSES_MAX));
    records.filter_map(|record| record.data.ip_addr()).collect()
}

async fn known_zone(lookup: &dyn Lookup, name: &Name) -> Result<Name, Status> {
    let mut candidate = name.clone();
    loop {
        let answer = lookup.resolve(&Question::new(candidate.clone(), RecordType::SOA)).await;
        if !answer.status.is_conclusive() {
            return Err(answer.status);
        }
        match zone_in(&answer, &candidate) {
            Some(zone) => return Ok(zone),
            None if candidate.is_root() => return Err(answer.status),
            None => candidate = candidate.base_name(),
        }
    }
}

/// The zone that an answer about `name` comes from. Where `name` is an alias, the SOA is that of another name's zone.
pub(super) fn zone_in(answer: &Answer, name: &Name) -> Option<Name> {
    let here = |record: &&Record| record.record_type() == RecordType::SOA && record.name == *name;
    let own = answer.records.iter().find(here).map(|record| record.name.clone());
    let is_alias = answer.records.iter().any(|record| record.record_type() == RecordType::CNAME);
    let above = answer.zone.clone().filter(|zone| !is_alias && zone.zone_of(name));
    own.or(above)
}

/// The last cut above or at `name`, from referrals alone: starts at the nearest zone strictly above that resolves. Each
/// step leads down by a label at least, so there are no more of them than the name has labels.
async fn delegation_towards(lookup: &dyn Lookup, name: &Name) -> Result<Delegation, Lost> {
    let lost = |ended| Lost { name: name.clone(), ended };
    let (mut zone, mut servers) = zone_above(lookup, name).await.ok_or_else(|| lost(None))?;
    let question = Question::new(name.clone(), RecordType::NS);
    let mut last: Option<Delegation> = None;
    loop {
        let found = match step_down(first_conclusive(lookup, &servers, &question).await, &zone) {
            Ok(found) if found.zone == *name => return Ok(found),
            Ok(found) => found,
            Err(why) => return last.ok_or_else(|| lost(Some((zone, why)))),
        };
        servers = located(lookup, &found.servers, &found.glue).await;
        zone = found.zone.clone();
        last = Some(found);
    }
}

/// The cut that an answer of `zone`'s servers refers to. It must lie below, or servers that refer to each other would keep
/// us.
fn step_down(answer: Option<Answer>, zone: &Name) -> Result<Delegation, DeadEnd> {
    let answer = answer.ok_or(DeadEnd::Silent)?;
    let found = referral(&answer).ok_or(DeadEnd::NoReferral(answer.status))?;
    let is_below = found.zone != *zone && zone.zone_of(&found.zone);
    if is_below { Ok(found) } else { Err(DeadEnd::Astray(found.zone)) }
}

async fn zone_above(lookup: &dyn Lookup, name: &Name) -> Option<(Name, Vec<NameServer>)> {
    let mut above = name.clone();
    while !above.is_root() {
        above = above.base_name();
        let Ok(zone) = known_zone(lookup, &above).await else { continue };
        if let Ok(names) = own_servers(lookup, &zone).await {
            let few = &names[..names.len().min(ASKED_AT_ONCE)];
            return Some((zone, located(lookup, few, &[]).await));
        }
        above = zone;
    }
    None
}

/// Asks the first servers, each at one address, and takes the first answer that tells something.
async fn first_conclusive(lookup: &dyn Lookup, servers: &[NameServer], question: &Question) -> Option<Answer> {
    let tells = |answer: &Answer| answer.status == Status::Referral || answer.status.is_conclusive();
    let first = servers.iter().filter(|server| server.servers().next().is_some()).take(ASKED_AT_ONCE);
    let mut answers: FuturesUnordered<_> = first.map(|server| where_reachable(lookup, server, question)).collect();
    while let Some(answer) = answers.next().await {
        if let Some(answer) = answer.filter(tells) {
            return Some(answer);
        }
    }
    None
}

/// What a server says at the first of its addresses that this machine has a way to.
async fn where_reachable(lookup: &dyn Lookup, server: &NameServer, question: &Question) -> Option<Answer> {
    for at in server.servers() {
        let answer = lookup.query(&at, question).await;
        if answer.status != Status::NotAsked(NotAsked::NoRoute) {
            return Some(answer);
        }
    }
    None
}

fn referral(answer: &Answer) -> Option<Delegation> {
    let zone = answer.referral.iter().find(|record| record.record_type() == RecordType::NS)?.name.clone();
    let glue = |record: &Record| Some((record.name.clone(), record.data.ip_addr()?));
    Some(Delegation {
        zone,
        servers: targets(&answer.referral),
        glue: answer.referral.iter().filter_map(glue).collect(),
    })
}

/// The names that NS records point to, in canonical order and each once.
fn targets(records: &[Record]) -> Vec<Name> {
    let target = |record: &Record| match &record.data {
        RData::NS(target) => Some(target.0.to_lowercase()),
        _ => None,
    };
    let mut names: Vec<Name> = records.iter().filter_map(target).collect();
    names.sort();
    names.dedup();
    names
}
