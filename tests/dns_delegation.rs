//! Delegations judged from what parent and zone say, without a socket.

use std::net::IpAddr;

use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Answer, Name, Status};
use smtpwhy::finding::{Finding, Severity};
use smtpwhy::probe::delegation::{Delegation, Standing, delegation};

const WORLD: &str = r"
. SOA a.root.example. h.root.example. 1 2 3 4 5
com. SOA ns.nic.example. h.nic.example. 1 2 3 4 5
com. NS ns.nic.example.
ns.nic.example. A 192.0.2.101
$ORIGIN example.com.
@   SOA ns1 h 7 7200 900 1209600 120
    NS ns1
    NS ns2
ns1 A 192.0.2.1
ns2 A 198.51.100.2
";

const PARENT: &str = r"
com. SOA ns.nic.example. h.nic.example. 1 2 3 4 5
example.com. NS ns1.example.com.
example.com. NS ns2.example.com.
ns1.example.com. A 192.0.2.1
ns2.example.com. A 198.51.100.2
";

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn at(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn world(parent: &str) -> ZoneLookup {
    ZoneLookup::parse(WORLD).unwrap().view(at("192.0.2.101"), parent).unwrap()
}

async fn check(lookup: &ZoneLookup) -> Delegation {
    delegation(lookup, &name("mail.example.com")).await
}

fn only(found: &Delegation) -> &Finding {
    let [finding] = found.findings.as_slice() else { panic!("{:#?}", found.findings) };
    finding
}

#[tokio::test]
async fn a_sound_delegation_has_nothing_to_report() {
    let lookup = world(PARENT);
    let found = check(&lookup).await;
    assert_eq!(found.zone, Some(name("example.com")));
    assert_eq!(found.parent, Some(vec![name("ns1.example.com"), name("ns2.example.com")]));
    assert_eq!(found.parent, found.own);
    assert!(found.findings.is_empty() && found.observation().complete, "{:#?}", found.findings);
    assert_eq!(found.observation().summary, "2 of 2 addresses serve the zone example.com");
    assert!(lookup.count() <= 22, "{} questions", lookup.count());
}

#[tokio::test]
async fn a_server_without_the_zone_is_lame() {
    for (answer, why) in [
        (Answer::bare(Status::Refused), "does not serve the zone: refused (REFUSED)"),
        (Answer::bare(Status::Referral), "does not have the zone"),
        (Answer::bare(Status::Timeout), "does not answer"),
    ] {
        let found = check(&world(PARENT).at(at("198.51.100.2"), answer)).await;
        let finding = only(&found);
        assert_eq!((finding.id, finding.severity), ("delegation-lame", Severity::Warning));
        assert_eq!(finding.message, format!("ns2.example.com (198.51.100.2) {why}"));
    }
}

#[tokio::test]
async fn a_server_name_without_an_address_is_lame() {
    let parent = format!("{PARENT}example.com. NS ns.gone.example.");
    let found = check(&world(&parent)).await;
    let messages: Vec<&str> = found.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        ["ns.gone.example has no address", "the parent names ns.gone.example, which the zone itself does not"]
    );
}

#[tokio::test]
async fn where_no_server_has_the_zone_it_is_an_error() {
    let lookup = world(PARENT)
        .failing_at_resolver(&name("example.com"), Status::ServFail)
        .at(at("192.0.2.1"), Answer::bare(Status::Refused))
        .at(at("198.51.100.2"), Answer::bare(Status::Timeout));
    let found = check(&lookup).await;
    assert_eq!(found.findings.len(), 2, "{:#?}", found.findings);
    assert!(found.findings.iter().all(|finding| finding.severity == Severity::Error));
    assert!(found.observation().complete);
}

#[tokio::test]
async fn silence_on_our_side_alone_accuses_nobody() {
    let silent = Answer::bare(Status::Timeout);
    let lookup = world(PARENT).at(at("192.0.2.1"), silent.clone()).at(at("198.51.100.2"), silent);
    let found = check(&lookup).await;
    assert!(found.findings.is_empty() && !found.observation().complete, "{:#?}", found.findings);
}

#[tokio::test]
async fn parent_and_zone_that_name_other_servers_are_told_apart() {
    let parent = PARENT.replace("NS ns2.example.com.", "NS ns3.example.com.") + "ns3.example.com. A 198.51.100.2";
    let found = check(&world(&parent)).await;
    let finding = only(&found);
    assert_eq!(finding.id, "delegation-inconsistent");
    assert_eq!(finding.message, "the parent names ns3.example.com, the zone itself ns2.example.com instead");
}

#[tokio::test]
async fn an_old_address_at_the_parent_is_found() {
    let parent = PARENT.replace("ns2.example.com. A 198.51.100.2", "ns2.example.com. A 192.0.2.99");
    let lookup = world(&parent).at(at("192.0.2.99"), Answer::bare(Status::Timeout));
    let found = check(&lookup).await;
    let messages: Vec<&str> = found.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "ns2.example.com (192.0.2.99) does not answer",
            "the parent gives 192.0.2.99 as the address of ns2.example.com, which is 198.51.100.2"
        ]
    );
}

#[tokio::test]
async fn a_server_with_an_older_copy_is_found() {
    let old = WORLD.replace("h 7 7200", "h 6 7200").replace("    NS ns2\n", "    NS ns4\n");
    let found = check(&world(PARENT).view(at("198.51.100.2"), &old).unwrap()).await;
    let ids: Vec<&str> = found.findings.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["delegation-inconsistent", "zone-serial-mismatch"]);
    assert_eq!(
        found.findings[0].message,
        "ns1.example.com (192.0.2.1) names ns1.example.com, ns2.example.com as the zone's servers, \
         ns2.example.com (198.51.100.2) names ns1.example.com, ns4.example.com"
    );
}

#[tokio::test]
async fn an_answer_without_the_aa_bit_is_not_an_authoritys() {
    let soa = "example.com. SOA ns1.example.com. h.example.com. 7 2 3 4 5";
    let cache = ZoneLookup::parse(soa).unwrap();
    let question = smtpwhy::dns::Question::new(name("example.com"), smtpwhy::dns::RecordType::SOA);
    let cached = smtpwhy::dns::Lookup::resolve(&cache, &question).await;
    let found = check(&world(PARENT).at(at("198.51.100.2"), cached)).await;
    assert_eq!(found.servers[1].standing, Standing::NotAuthoritative);
    assert!(only(&found).message.ends_with("answers, but not as an authority for the zone"));
}

#[tokio::test]
async fn without_any_answer_nothing_is_claimed() {
    let found = delegation(&smtpwhy::dns::Offline, &name("example.com")).await;
    assert!(found.zone.is_none() && found.findings.is_empty() && !found.observation().complete);
}

#[tokio::test]
async fn a_server_that_answers_over_udp_alone_is_found() {
    let deaf = world(PARENT).over_tcp(at("198.51.100.2"), Answer::bare(Status::Timeout));
    let found = check(&deaf).await;
    let finding = only(&found);
    assert_eq!((finding.id, finding.severity), ("delegation-no-tcp", Severity::Warning));
    assert_eq!(finding.message, "ns2.example.com (198.51.100.2) answers over UDP, but over TCP: no answer in time");
}

#[tokio::test]
async fn tcp_that_reaches_no_server_at_all_is_our_own_firewall() {
    let silent = || Answer::bare(Status::Timeout);
    let lookup = world(PARENT).over_tcp(at("198.51.100.2"), silent()).over_tcp(at("192.0.2.1"), silent());
    assert!(check(&lookup).await.findings.is_empty());
}

#[tokio::test]
async fn servers_in_one_network_are_a_risk() {
    let near = |text: &str| text.replace("198.51.100.2", "192.0.2.2");
    let lookup = ZoneLookup::parse(&near(WORLD)).unwrap().view(at("192.0.2.101"), &near(PARENT)).unwrap();
    let found = check(&lookup).await;
    let finding = only(&found);
    assert_eq!((finding.id, finding.severity), ("delegation-single-network", Severity::Info));
}
