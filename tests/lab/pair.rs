//! A zone on two programs' servers (NSD and Knot), one of them behind; and a signed zone, whole and tampered with, behind
//! a validating resolver.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use smtpwhy::dns::live::Live;
use smtpwhy::dns::{RecordType, Server};
use smtpwhy::probe::propagation::{Options, Propagation, Status, Vantage, propagation};

use crate::servers::{self, KNOT, Lab, NSD, UNBOUND};
use crate::{Rerouted, name, question};

const ZONE: &str = r#"
$ORIGIN example.com.
$TTL 300
@    SOA ns1 hostmaster 1 7200 900 1209600 60
     NS  ns1
     NS  ns2
     TXT "v=spf1 mx -all"
ns1  A   192.0.2.1
ns2  A   192.0.2.2
"#;

const FIRST: [u8; 4] = [192, 0, 2, 1];
const SECOND: [u8; 4] = [192, 0, 2, 2];

fn lookup(resolver: SocketAddr, routes: [([u8; 4], SocketAddr); 2]) -> Rerouted {
    Rerouted {
        live: Live::with_resolver(Server::recursive(resolver), Duration::from_secs(3)),
        routes: routes.map(|(from, to)| (IpAddr::from(from), Server::authoritative(to))).to_vec(),
    }
}

async fn spread(lookup: &Rerouted, resolver: SocketAddr) -> Propagation {
    let options = Options::new(vec![Vantage::new("lab", Server::recursive(resolver))]);
    propagation(lookup, &name("example.com"), RecordType::TXT, &options).await
}

#[tokio::test]
async fn a_secondary_that_lags_is_the_finding() {
    if let Some(missing) = servers::missing([NSD, KNOT, UNBOUND]) {
        println!("skipped: {missing} is not installed");
        return;
    }
    let (mut first, mut second, mut cache) = (Lab::new("first"), Lab::new("second"), Lab::new("cache"));
    let primary = first.nsd("example.com", ZONE);
    let resolver = cache.unbound("example.com", primary, "");
    let straight = lookup(resolver, [(FIRST, primary), (SECOND, primary)]);
    first.wait_until_up(&straight, &question("example.com")).await;
    let secondary = second.knot_secondary("example.com", primary);
    let lookup = lookup(resolver, [(FIRST, primary), (SECOND, secondary)]);
    second.wait_for_serial(&lookup, &Server::authoritative(secondary), &name("example.com"), 1).await;

    let before = spread(&lookup, resolver).await;
    assert_eq!(before.expected, Some(vec!["v=spf1 mx -all".to_owned()]), "{before:#?}");

    first.change_zone("example.com", &ZONE.replace("hostmaster 1 ", "hostmaster 2 ").replace("mx -all", "a -all"));
    first.wait_for_serial(&lookup, &Server::authoritative(primary), &name("example.com"), 2).await;

    let after = spread(&lookup, resolver).await;
    let ids: Vec<&str> = after.findings.iter().map(|finding| finding.id).collect();
    assert!(ids.contains(&"rrset-differs-between-servers") && ids.contains(&"zone-serial-mismatch"), "{ids:?}");
    assert_eq!(after.authoritative.iter().map(|row| row.serial).collect::<Vec<_>>(), [Some(2), Some(1)]);
}

#[tokio::test]
async fn a_validating_resolver_passes_a_signed_zone_and_fails_the_same_zone_tampered_with() {
    if let Some(missing) = servers::missing([NSD, KNOT, UNBOUND]) {
        println!("skipped: {missing} is not installed");
        return;
    }
    let mut signer = Lab::new("signer");
    signer.knot_signing("example.com", ZONE);
    let signed = signer.signed_zone().await;
    let key = signed.lines().find(|line| line.contains("\tDNSKEY\t257 ")).expect("a signed zone has its key");
    let (_, key) = key.split_once("DNSKEY").unwrap();
    let anchor = format!("trust-anchor: \"example.com. DNSKEY {key}\"\n");

    for (text, status, findings) in [
        (signed.clone(), Status::Match, vec![]),
        (signed.replace("v=spf1 mx -all", "v=spf1 +all"), Status::ServFail, vec!["dnssec-bogus"]),
    ] {
        let (mut authority, mut cache) = (Lab::new("signed"), Lab::new("validator"));
        let server = authority.nsd("example.com", &text);
        let resolver = cache.unbound("example.com", server, &anchor);
        let lookup = lookup(resolver, [(FIRST, server), (SECOND, server)]);
        cache.wait_until_up(&lookup, &question("example.com")).await;
        let found = spread(&lookup, resolver).await;
        let ids: Vec<&str> = found.findings.iter().map(|finding| finding.id).collect();
        assert_eq!((found.vantages[0].status, ids), (status, findings), "{found:#?}");
    }
}
