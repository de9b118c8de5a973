//! End to end through a real authoritative server (NSD) and a real resolver (Unbound) on the loopback interface.
//!
//! Skipped, with a word, where they are not installed.

mod pair;
mod servers;

use std::net::IpAddr;
use std::time::Duration;

use servers::{Lab, NSD, UNBOUND};
use smtpwhy::dns::live::Live;
use smtpwhy::dns::{Answering, Lookup, Name, Question, RecordType, Server, Status as Outcome};
use smtpwhy::probe::propagation::{Agreement, Options, Status, Vantage, propagation};

const ZONE: &str = r#"
$ORIGIN example.com.
$TTL 300
@    SOA ns1 hostmaster 1 7200 900 1209600 60
     NS  ns1
     TXT "v=spf1 mx" " -all"
ns1  A   192.0.2.1
long TXT ( "k=rsa; p=0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
           "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" )
"#;

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn question(text: &str) -> Question {
    Question::new(name(text), RecordType::TXT)
}

/// The lab's servers have ports of their own; the zone can only give addresses.
struct Rerouted {
    live: Live,
    routes: Vec<(IpAddr, Server)>,
}

impl Lookup for Rerouted {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        self.live.resolve(question)
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        let route = self.routes.iter().find(|(from, _)| *from == server.address.ip());
        self.live.query(route.map_or(server, |(_, to)| to), question)
    }
}

#[tokio::test]
async fn a_change_is_followed_from_the_authority_into_a_cache() {
    if let Some(missing) = servers::missing([NSD, UNBOUND]) {
        println!("skipped: {missing} is not installed");
        return;
    }
    let mut lab = Lab::new("change");
    let authority = lab.nsd("example.com", ZONE);
    let resolver = lab.unbound("example.com", authority, "");
    let lookup = Rerouted {
        live: Live::with_resolver(Server::recursive(resolver), Duration::from_secs(3)),
        routes: vec![(IpAddr::from([192, 0, 2, 1]), Server::authoritative(authority))],
    };
    lab.wait_until_up(&lookup, &question("example.com")).await;
    let options = Options::new(vec![Vantage::new("lab", Server::recursive(resolver))]);

    let before = propagation(&lookup, &name("example.com"), RecordType::TXT, &options).await;
    assert_eq!((before.converged, before.expected), (Some(true), Some(vec!["v=spf1 mx -all".to_owned()])));
    assert_eq!(before.authoritative[0].serial, Some(1));

    let changed = ZONE.replace("hostmaster 1 ", "hostmaster 2 ").replace("mx\"", "a\"");
    lab.change_zone("example.com", &changed);
    lab.wait_for_serial(&lookup, &Server::authoritative(authority), &name("example.com"), 2).await;

    let after = propagation(&lookup, &name("example.com"), RecordType::TXT, &options).await;
    assert_eq!(after.expected, Some(vec!["v=spf1 a -all".to_owned()]));
    assert_eq!((after.vantages[0].status, after.agreement), (Status::Differs, Agreement { matching: 0, of: 1 }));
    assert_eq!(after.converged, Some(false));
    assert!((280..=300).contains(&after.converges_within.unwrap()), "{:?}", after.converges_within);
}

#[tokio::test]
async fn real_servers_tell_nodata_nxdomain_and_foreign_zones_apart() {
    if let Some(missing) = servers::missing([NSD, UNBOUND]) {
        println!("skipped: {missing} is not installed");
        return;
    }
    let mut lab = Lab::new("kinds");
    let authority = lab.nsd("example.com", ZONE);
    let resolver = lab.unbound("example.com", authority, "");
    let live = Live::with_resolver(Server::recursive(resolver), Duration::from_secs(3));
    lab.wait_until_up(&live, &question("example.com")).await;

    let nodata = live.resolve(&question("ns1.example.com")).await;
    assert_eq!((nodata.status, nodata.zone), (Outcome::NoData, Some(name("example.com"))));
    assert!(nodata.negative_ttl.is_some_and(|ttl| ttl <= 60));
    assert_eq!(live.resolve(&question("nothere.example.com")).await.status, Outcome::NxDomain);
    let own = live.query(&Server::authoritative(authority), &question("long.example.com")).await;
    assert_eq!((own.status, own.authoritative), (Outcome::Answered, true));
    assert_eq!(own.nsid.as_deref(), Some("lab-authority"));
    let foreign = live.query(&Server::authoritative(authority), &question("example.org")).await;
    assert_eq!(foreign.status, Outcome::Refused);
}

#[tokio::test]
async fn a_real_validator_says_why_it_calls_a_zone_bogus() {
    if let Some(missing) = servers::missing([NSD, UNBOUND]) {
        println!("skipped: {missing} is not installed");
        return;
    }
    let mut lab = Lab::new("bogus");
    let authority = lab.nsd("example.com", ZONE);
    // The parent promises signatures; the zone has none.
    let anchor = "trust-anchor: \"example.com. DS 12345 13 2 \
                  0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"\n";
    let resolver = lab.unbound("example.com", authority, anchor);
    let lookup = Rerouted {
        live: Live::with_resolver(Server::recursive(resolver), Duration::from_secs(3)),
        routes: vec![(IpAddr::from([192, 0, 2, 1]), Server::authoritative(authority))],
    };
    lab.wait_until_up(&lookup, &question("example.com")).await;
    let options = Options::new(vec![Vantage::new("lab", Server::recursive(resolver))]);
    let found = propagation(&lookup, &name("example.com"), RecordType::TXT, &options).await;
    assert_eq!(found.vantages[0].status, Status::ServFail);
    assert_eq!(found.findings.first().map(|finding| finding.id), Some("dnssec-bogus"), "{found:#?}");
}
