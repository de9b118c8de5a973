//! Asks the zone's own servers: those it names, and those its parent delegates to.

use std::net::IpAddr;

use futures_util::future::{join, join_all};

use super::{Onlooker, Outcome, Sighting, serial};
use crate::dns::{Answer, Lookup, Name, Question, RecordType, shown};
use crate::probe::nameservers::{self, Lost, NameServer, Zone};

/// What one address of a server said: the RRset, and the serial of the zone it was taken from.
pub(super) struct Heard {
    pub server: Name,
    pub address: IpAddr,
    pub answer: Answer,
    pub serial: Option<u32>,
}

pub(super) async fn ask_zone(
    lookup: &dyn Lookup,
    question: &Question,
    onlooker: Onlooker<'_>,
) -> Result<Vec<Heard>, Lost> {
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

pub(super) async fn delegated(lookup: &dyn Lookup, zone: &Zone) -> Vec<NameServer> {
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
