//! Is the zone served as its parent says? Every server named on either side is asked whether it has the zone.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::{join, join_all, join3};

use super::nameservers::{self, Lost, NameServer};
use super::propagation::{serial, serials_differ};
use super::{Observation, Probe};
use crate::dns::{Answer, Lookup, Name, Question, RData, RecordType, Server, Status, Transport, shown};
use crate::finding::Finding;

/// A zone's servers, as parent and zone name them, and what each says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delegation {
    /// The zone the domain is in; `None` where it could not be found.
    pub zone: Option<Name>,
    /// The servers the parent names; `None` where it did not tell.
    pub parent: Option<Vec<Name>>,
    /// The servers the zone names itself.
    pub own: Option<Vec<Name>>,
    /// One for each address of each server, by name.
    pub servers: Vec<ServerView>,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    complete: bool,
    /// Where the zone was searched for, if it was not found.
    lost: Option<Lost>,
}

/// What a server says of the zone, at one of its addresses.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerView {
    /// Its name.
    pub server: Name,
    /// `None` where its name has none.
    pub address: Option<IpAddr>,
    /// Whether it serves the zone.
    pub standing: Standing,
    /// The zone's serial there, [RFC 1982](https://www.rfc-editor.org/rfc/rfc1982).
    pub serial: Option<u32>,
    /// How long it took to answer.
    pub rtt: Option<Duration>,
    /// How the question for the SOA record ended over TCP, where UDP brought it.
    pub tcp: Option<Status>,
    names: Option<BTreeSet<Name>>,
}

/// How a server stands to the zone it should serve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It answers for the zone with the AA bit set.
    Authoritative,
    /// It has data of the zone, but not as an authority: its answer lacks the AA bit.
    NotAuthoritative,
    /// It answers otherwise than with the zone's data, or not at all.
    Failed(Status),
    /// Its name resolves to nothing.
    NoAddress,
    /// Nothing was learned: the query was never sent.
    NotAsked,
}

impl Standing {
    /// Its name in JSON, such as `not-authoritative`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Standing::Authoritative => "authoritative",
            Standing::NotAuthoritative => "not-authoritative",
            Standing::Failed(_) => "failed",
            Standing::NoAddress => "no-address",
            Standing::NotAsked => "not-asked",
        }
    }
}

/// Asks every server of the zone that `domain` is in.
pub async fn delegation(lookup: &dyn Lookup, domain: &Name) -> Delegation {
    let zone = match nameservers::zone_of(lookup, domain).await {
        Ok(zone) => zone,
        Err(lost) => return Delegation::unknown(lost),
    };
    let seen_by_resolver = zone.delegation.is_none();
    let (parent, own) = match zone.delegation {
        Some(known) => (Some(known), None),
        None => {
            let own = nameservers::own_servers(lookup, &zone.name);
            let (parent, own) = join(nameservers::delegation(lookup, &zone.name), own).await;
            (parent, own.ok())
        }
    };
    let (parent, glue) = parent.map(|found| (found.servers, found.glue)).unzip();
    let named: BTreeSet<Name> = parent.iter().chain(&own).flatten().cloned().collect();
    let named: Vec<Name> = named.into_iter().collect();
    let located = nameservers::located(lookup, &named, &glue.into_iter().flatten().collect::<Vec<_>>()).await;
    let servers = join_all(located.iter().map(|server| views(lookup, server, &zone.name))).await.concat();
    let own = servers.iter().find_map(|view| view.names.clone()).map(|names| names.into_iter().collect()).or(own);
    let mut delegation =
        Delegation { zone: Some(zone.name), parent, own, servers, findings: Vec::new(), complete: true, lost: None };
    delegation.complete = delegation.parent.is_some() && !delegation.is_cut_off(seen_by_resolver);
    delegation.findings = delegation.judge(&located, seen_by_resolver);
    delegation
}

async fn views(lookup: &dyn Lookup, server: &NameServer, zone: &Name) -> Vec<ServerView> {
    let [soa, ns] = &[RecordType::SOA, RecordType::NS].map(|kind| Question::new(zone.clone(), kind));
    let views = server.servers().map(|at| async move {
        let over_tcp = Server { transport: Transport::Tcp, ..at.clone() };
        let (soa, ns, tcp) = join3(lookup.query(&at, soa), lookup.query(&at, ns), lookup.query(&over_tcp, soa)).await;
        ServerView {
            server: server.name.clone(),
            address: Some(at.address.ip()),
            standing: standing(&soa),
            serial: serial(&soa),
            rtt: soa.rtt,
            tcp: (soa.status == Status::Answered).then_some(tcp.status),
            names: (ns.status == Status::Answered && ns.authoritative).then(|| names(&ns)),
        }
    });
    let views = join_all(views).await;
    if views.is_empty() { vec![ServerView::without_address(server)] } else { views }
}

fn standing(soa: &Answer) -> Standing {
    match &soa.status {
        Status::Answered if soa.authoritative => Standing::Authoritative,
        Status::Answered => Standing::NotAuthoritative,
        Status::NotAsked(_) => Standing::NotAsked,
        other => Standing::Failed(other.clone()),
    }
}

fn names(ns: &Answer) -> BTreeSet<Name> {
    let name = |data: &RData| match data {
        RData::NS(target) => Some(target.0.to_lowercase()),
        _ => None,
    };
    ns.data(RecordType::NS).filter_map(name).collect()
}

impl ServerView {
    fn without_address(server: &NameServer) -> Self {
        ServerView {
            server: server.name.clone(),
            address: None,
            standing: Standing::NoAddress,
            serial: None,
            rtt: None,
            tcp: None,
            names: None,
        }
    }

    fn title(&self) -> String {
        match self.address {
            Some(address) => format!("{} ({address})", shown(&self.server)),
            None => shown(&self.server),
        }
    }

    /// What is wrong with it as a server of the zone.
    fn lameness(&self) -> Option<String> {
        match &self.standing {
            Standing::Authoritative | Standing::NotAsked => None,
            Standing::NotAuthoritative => Some("answers, but not as an authority for the zone".to_owned()),
            Standing::NoAddress => Some("has no address".to_owned()),
            Standing::Failed(Status::NxDomain | Status::NoData | Status::Referral) => {
                Some("does not have the zone".to_owned())
            }
            Standing::Failed(Status::Timeout) => Some("does not answer".to_owned()),
            Standing::Failed(status) => Some(format!("does not serve the zone: {status}")),
        }
    }

    fn is_silent(&self) -> bool {
        matches!(self.standing, Standing::NotAsked | Standing::Failed(Status::Timeout | Status::Unreachable(_)))
    }
}

impl Delegation {
    fn unknown(lost: Lost) -> Self {
        let (servers, findings) = (Vec::new(), Vec::new());
        Delegation { zone: None, parent: None, own: None, servers, findings, complete: false, lost: Some(lost) }
    }

    /// The resolver gets answers about the zone and we get none, or none that is first-hand: it is this machine's
    /// network that keeps us from the servers, and says nothing about them.
    fn is_cut_off(&self, seen_by_resolver: bool) -> bool {
        let silent = self.servers.iter().all(ServerView::is_silent);
        let intercepted = self.servers.iter().all(|view| view.standing == Standing::NotAuthoritative);
        seen_by_resolver && (silent || intercepted)
    }

    fn judge(&self, located: &[NameServer], seen_by_resolver: bool) -> Vec<Finding> {
        let Some(zone) = &self.zone else { return Vec::new() };
        let lame = if self.is_cut_off(seen_by_resolver) { Vec::new() } else { self.lame() };
        let serials: Vec<(u32, String)> =
            self.servers.iter().filter_map(|view| Some((view.serial?, view.title()))).collect();
        let mut findings = lame;
        findings.extend(self.deaf_over_tcp());
        findings.extend(self.sides_differ(zone));
        findings.extend(self.servers_differ(zone));
        findings.extend(located.iter().filter_map(glue_differs));
        findings.extend(serials_differ(zone, &serials));
        findings.extend(self.single_network(zone));
        findings
    }

    /// RFC 7766 §5: a server speaks TCP. Where none of them does, it is more likely this machine's network.
    fn deaf_over_tcp(&self) -> Vec<Finding> {
        let failed = |view: &ServerView| matches!(view.tcp, Some(Status::Timeout | Status::Unreachable(_)));
        if !self.servers.iter().any(|view| view.tcp == Some(Status::Answered)) && self.servers.len() > 1 {
            return Vec::new();
        }
        let finding = |view: &ServerView| {
            let status = view.tcp.as_ref()?;
            let message = format!("{} answers over UDP, but over TCP: {status}", view.title());
            Some(Finding::warning("delegation-no-tcp", shown(&view.server), message).help(
                "Answers that do not fit one datagram, such as long SPF and DKIM records, cannot be had from it. Open TCP \
                 port 53 on the way to it.",
            ))
        };
        self.servers.iter().filter(|view| failed(view)).filter_map(finding).collect()
    }

    /// RFC 2182 §3.1: a failure of one network should not take the zone away.
    fn single_network(&self, zone: &Name) -> Option<Finding> {
        let addresses: Vec<IpAddr> = self.servers.iter().filter_map(|view| view.address).collect();
        let networks: BTreeSet<IpAddr> = addresses.iter().map(network).collect();
        let families = networks.iter().map(IpAddr::is_ipv4).collect::<BTreeSet<_>>().len();
        let message = match (addresses.as_slice(), networks.len() == families) {
            ([], _) | (_, false) => return None,
            ([only], _) => format!("{} has one name server address: {only}", shown(zone)),
            ([_, _], _) => format!("both name server addresses of {} are in one network", shown(zone)),
            (several, _) => {
                format!("all {} name server addresses of {} are in one network", several.len(), shown(zone))
            }
        };
        Some(Finding::info("delegation-single-network", shown(zone), message).help(
            "One outage takes the domain away. Add a name server at another provider, unless this network is announced \
             from many places (anycast).",
        ))
    }

    fn lame(&self) -> Vec<Finding> {
        let none_serves = !self.servers.iter().any(|view| view.standing == Standing::Authoritative);
        let found = self.servers.iter().filter_map(|view| Some((view, view.lameness()?)));
        let finding = |(view, why): (&ServerView, String)| {
            let message = format!("{} {why}", view.title());
            let subject = shown(&view.server);
            let finding = if none_serves {
                Finding::error("delegation-lame", subject, message)
            } else {
                Finding::warning("delegation-lame", subject, message)
            };
            finding.help(
                "Each resolver that tries this server loses time, and some give up: look-ups then fail now and then. Load \
                 the zone there, or take the name out of the delegation and of the zone's NS records.",
            )
        };
        found.map(finding).collect()
    }

    fn sides_differ(&self, zone: &Name) -> Option<Finding> {
        let parent: BTreeSet<&Name> = self.parent.as_ref()?.iter().collect();
        let own: BTreeSet<&Name> = self.own.as_ref()?.iter().collect();
        let only = |these: &BTreeSet<&Name>, those: &BTreeSet<&Name>| {
            these.difference(those).map(|name| shown(name)).collect::<Vec<_>>().join(", ")
        };
        let (above, below) = (only(&parent, &own), only(&own, &parent));
        let message = match (above.is_empty(), below.is_empty()) {
            (true, true) => return None,
            (false, true) => format!("the parent names {above}, which the zone itself does not"),
            (true, false) => format!("the zone names {below}, which the parent does not"),
            (false, false) => format!("the parent names {above}, the zone itself {below} instead"),
        };
        Some(Finding::warning("delegation-inconsistent", shown(zone), message).help(
            "Make the NS records in the zone and the name servers at the registrar the same. After a move to another \
             provider the old servers may still answer with the old records.",
        ))
    }

    fn servers_differ(&self, zone: &Name) -> Option<Finding> {
        let mut telling = self.servers.iter().filter_map(|view| Some((view, view.names.as_ref()?)));
        let (first, names) = telling.next()?;
        let (other, others) = telling.find(|(_, others)| *others != names)?;
        let list = |names: &BTreeSet<Name>| names.iter().map(shown).collect::<Vec<_>>().join(", ");
        let (one, two) = (list(names), list(others));
        let message = format!("{} names {one} as the zone's servers, {} names {two}", first.title(), other.title());
        Some(
            Finding::warning("delegation-inconsistent", shown(zone), message)
                .help("One of them has another version of the zone. See which one is not updated."),
        )
    }

    /// What the probe tells about a suspicion.
    pub fn observation(&self) -> Observation {
        let serving = self.servers.iter().filter(|view| view.standing == Standing::Authoritative).count();
        let (unasked, silent): (Vec<_>, Vec<_>) =
            self.servers.iter().filter(|view| view.is_silent()).partition(|view| view.standing == Standing::NotAsked);
        let told = |views: &[_], what: &str| match views.len() {
            0 => String::new(),
            number => format!("; {number} {what}"),
        };
        let silent = told(&silent, "did not answer") + &told(&unasked, "could not be asked");
        let summary = match (&self.zone, &self.lost) {
            (Some(zone), _) => {
                format!("{serving} of {} addresses serve the zone {}{silent}", self.servers.len(), shown(zone))
            }
            (None, Some(lost)) if lost.ended.is_some() => lost.to_string(),
            (None, _) => "which servers hold the zone is unknown: not answered".to_owned(),
        };
        Observation {
            probe: Probe::Delegation,
            answered: self.complete,
            complete: self.complete,
            findings: self.findings.clone(),
            summary,
        }
    }
}

fn glue_differs(server: &NameServer) -> Option<Finding> {
    let stray: Vec<String> = server
        .glue
        .iter()
        .filter(|address| {
            !server.resolved.contains(address) && server.resolved.iter().any(|own| same_family(own, address))
        })
        .map(ToString::to_string)
        .collect();
    if stray.is_empty() {
        return None;
    }
    let resolved: Vec<String> = server.resolved.iter().map(ToString::to_string).collect();
    let name = shown(&server.name);
    let message =
        format!("the parent gives {} as the address of {name}, which is {}", stray.join(", "), resolved.join(", "));
    Some(
        Finding::warning("delegation-inconsistent", name, message)
            .help("Change the name server's address (the glue or host record) at the registrar."),
    )
}

/// As much of an address as one site usually gets: /24, /48.
fn network(address: &IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => (v4 & std::net::Ipv4Addr::new(255, 255, 255, 0)).into(),
        IpAddr::V6(v6) => std::net::Ipv6Addr::from_bits(v6.to_bits() & !0 << 80).into(),
    }
}

fn same_family(a: &IpAddr, b: &IpAddr) -> bool {
    a.is_ipv4() == b.is_ipv4()
}
