//! Evidence decides: what DNS shows confirms a suspicion, refutes it, or leaves it open, and the text says why.

use std::net::IpAddr;

use smtpwhy::diagnosis::{self, Diagnosis};
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Answer, ExtendedError, Lookup, Name, Offline, Server, Status};
use smtpwhy::knowledge::{Knowledge, Side};
use smtpwhy::probe::check::{Elsewhere, Target};
use smtpwhy::probe::propagation::Vantage;
use smtpwhy::rank::{RankedCause, Standing};
use smtpwhy::render::style::PLAIN;
use smtpwhy::render::text::{self, Detail};
use smtpwhy::span::Excerpt;

/// The sending domain is example.com, with two servers of its own, below a parent that refers to them.
const WORLD: &str = include_str!("zones/sender.zone");
const PARENT: &str = r"
com. SOA ns.nic.example. h.nic.example. 1 2 3 4 5
example.com. NS ns1.example.com.
example.com. NS ns2.example.com.
ns1.example.com. A 192.0.2.1
ns2.example.com. A 198.51.100.1
";
const CACHES: u8 = 17;

const POLICY_LOOKUP_FAILED: &str = "451 4.4.3 temporary DNS failure in a policy check";

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn world(zone: &str) -> ZoneLookup {
    ZoneLookup::parse(zone).unwrap().view("192.0.2.101".parse::<IpAddr>().unwrap(), PARENT).unwrap()
}

fn cache(number: u8) -> IpAddr {
    IpAddr::from([203, 0, 113, number])
}

fn elsewhere() -> Elsewhere {
    let vantage = |number| Vantage::new(format!("cache{number}"), Server::recursive((cache(number), 53).into()));
    let mut elsewhere = Elsewhere::default();
    elsewhere.vantages = (1..=CACHES).map(vantage).collect();
    elsewhere
}

async fn diagnose_for(lookup: &dyn Lookup, reply: &str, ip: Option<&str>) -> Diagnosis {
    let mut known = Target::of(name("example.com"));
    known.ip = ip.map(|ip| ip.parse().unwrap());
    let text = Excerpt::from_bytes(reply.as_bytes());
    let mut found = diagnosis::read(&text, Knowledge::embedded());
    diagnosis::ask(&mut found, lookup, &known, &elsewhere()).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

async fn diagnose(lookup: &dyn Lookup, reply: &str) -> Diagnosis {
    diagnose_for(lookup, reply, None).await
}

fn cause<'d>(diagnosis: &'d Diagnosis, id: &str) -> &'d RankedCause {
    diagnosis.causes.iter().find(|ranked| ranked.cause.id == id).unwrap_or_else(|| panic!("no {id}: {diagnosis:#?}"))
}

fn shown(diagnosis: &Diagnosis) -> String {
    let mut out = Vec::new();
    let mut style = PLAIN;
    (style.unicode, style.width) = (false, 100);
    text::diagnosis(&mut out, diagnosis, &style, Detail::default()).unwrap();
    // Line breaks depend on the width.
    String::from_utf8(out).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_broken_record_is_the_proof_that_the_fault_is_the_senders() {
    let broken = WORLD.replace("v=spf1 mx -all", "v=spf1 inlcude:mail.example -all");
    let found = diagnose(&world(&broken), POLICY_LOOKUP_FAILED).await;
    let first = &found.causes[0];
    assert_eq!(
        (first.cause.id, first.standing, first.side),
        ("policy-dns-failure", Standing::Confirmed, Side::SenderDns)
    );
    assert!(found.therefore.as_ref().unwrap().starts_with("it is on your side: "), "{:?}", found.therefore);
    let proof = first.because.iter().find(|because| because.text.contains("inlcude"));
    assert!(proof.is_some(), "{first:#?}");
    assert!(shown(&found).contains("policy-dns-failure, shown by DNS: your DNS"), "{}", shown(&found));
}

#[tokio::test]
async fn sound_dns_everywhere_leaves_the_fault_with_the_receiver() {
    let found = diagnose(&world(WORLD), POLICY_LOOKUP_FAILED).await;
    let first = &found.causes[0];
    assert_eq!(
        (first.cause.id, first.standing, first.side),
        ("policy-dns-failure", Standing::Likely, Side::ReceiverSystem)
    );
    let therefore =
        "your DNS answers right at 2 of 2 own servers and 17 of 17 caches: the lookups that fail are theirs; wait";
    assert_eq!(found.therefore.as_deref(), Some(therefore));
    assert!(shown(&found).contains(therefore), "{}", shown(&found));
}

#[tokio::test]
async fn what_could_not_be_checked_speaks_for_nobody() {
    let silent = world(WORLD).failing_at_resolver(&name("."), Status::Timeout);
    let before = diagnose(&Offline, POLICY_LOOKUP_FAILED).await;
    let after = diagnose(&silent, POLICY_LOOKUP_FAILED).await;
    let standing = |found: &Diagnosis| -> Vec<(&str, f64, Standing, Side)> {
        found.causes.iter().map(|c| (c.cause.id, c.confidence, c.standing, c.side)).collect()
    };
    assert_eq!(standing(&before), standing(&after));
    assert!(after.therefore.as_ref().unwrap().contains("not everything could be asked"), "{:?}", after.therefore);
}

#[tokio::test]
async fn half_an_answer_clears_nobody() {
    // The resolver answers; the zone's own servers and the caches do not.
    let mut lookup = world(WORLD);
    for address in (1..=CACHES).map(cache).chain(["192.0.2.1", "198.51.100.1"].map(|text| text.parse().unwrap())) {
        lookup = lookup.at(address, Answer::bare(Status::Timeout));
    }
    let found = diagnose(&lookup, POLICY_LOOKUP_FAILED).await;
    assert!(!found.therefore.as_ref().unwrap().contains("theirs"), "{:?}", found.therefore);
    assert_eq!(found.causes[0].standing, Standing::Likely);
}

#[tokio::test]
async fn a_zone_that_does_not_validate_is_the_proof() {
    let why = ExtendedError { code: 7, text: String::new() };
    let lookup = world(WORLD).bogus_at_resolver(&name("example.com"), why);
    let found = diagnose(&lookup, POLICY_LOOKUP_FAILED).await;
    let first = &found.causes[0];
    assert_eq!(
        (first.cause.id, first.standing, first.side),
        ("policy-dns-failure", Standing::Confirmed, Side::SenderDns)
    );
    let ids: Vec<&str> = found.check.as_ref().unwrap().findings().iter().map(|finding| finding.id).collect();
    assert!(ids.contains(&"dnssec-bogus"), "{ids:?}");
}

/// Claims of replies, the address they are about, and the cause they name; all are false of `WORLD`.
const FALSE_CLAIMS: [(&str, &str, &str, &str); 4] = [
    ("550 5.7.23 SPF fail for 192.0.2.25", "192.0.2.25", "spf-fail", "SPF permits that address now"),
    ("550 5.7.25 no PTR for 192.0.2.25", "192.0.2.25", "reverse-dns-missing", "the name leads back to it"),
    ("550 5.7.24 SPF permerror", "192.0.2.25", "spf-permerror", "valid and within its limits"),
    ("550 5.1.8 Sender domain does not exist", "192.0.2.25", "sender-domain-unresolvable", "exists now"),
];

#[tokio::test]
async fn a_claim_that_dns_refutes_moves_down_and_the_text_says_what_may_have_happened() {
    for (reply, ip, id, why) in FALSE_CLAIMS {
        let found = diagnose_for(&world(WORLD), reply, Some(ip)).await;
        let claimed = cause(&found, id);
        assert_eq!((claimed.standing, claimed.confidence), (Standing::RuledOut, 0.0), "{reply}: {claimed:#?}");
        assert_eq!(found.causes.last().unwrap().standing, Standing::RuledOut, "{reply}");
        assert!(found.causes[0].confidence < 0.5, "{reply}: what else it was stays open: {:#?}", found.causes[0]);
        let text = shown(&found);
        assert!(text.contains(why) && text.contains("What the reply says is not what DNS shows now"), "{text}");
    }
}

#[tokio::test]
async fn true_claims_are_confirmed() {
    for (reply, _, id, _) in &FALSE_CLAIMS[..2] {
        let found = diagnose_for(&world(WORLD), &reply.replace("192.0.2.25", "192.0.2.66"), Some("192.0.2.66")).await;
        assert_eq!((found.causes[0].cause.id, found.causes[0].standing), (*id, Standing::Confirmed), "{reply}");
    }
}

#[tokio::test]
async fn an_old_record_in_caches_explains_a_claim_that_is_no_longer_true() {
    let old = WORLD.replace("v=spf1 mx -all", "v=spf1 -all");
    let lookup = world(WORLD).view(cache(3), &old).unwrap().ttl(cache(3), 600);
    let found = diagnose_for(&lookup, "550 5.7.23 SPF fail for 192.0.2.25", Some("192.0.2.25")).await;
    let claimed = cause(&found, "spf-fail");
    assert_ne!(claimed.standing, Standing::RuledOut);
    assert!(claimed.because.iter().any(|because| because.text.contains("1 of 17")), "{claimed:#?}");
}

#[tokio::test]
async fn a_claim_about_dns_that_cannot_be_asked_stands() {
    for (reply, ip, id, _) in FALSE_CLAIMS {
        let silent = world(WORLD).failing_at_resolver(&name("."), Status::ServFail);
        let found = diagnose_for(&silent, reply, Some(ip)).await;
        let claimed = &found.causes[0];
        assert_eq!((claimed.cause.id, claimed.standing), (id, Standing::Likely), "{reply}");
    }
}

#[tokio::test]
async fn a_fault_elsewhere_in_dns_does_not_make_a_faint_suspicion_the_cause() {
    let bare = WORLD.replace("_dmarc TXT", "elsewhere TXT").replace("v=spf1 mx -all", "unrelated");
    let found = diagnose(&world(&bare), "452 4.2.2 Mailbox full").await;
    assert_eq!((found.causes[0].cause.id, found.causes[0].standing), ("mailbox-full", Standing::Likely));
}

#[tokio::test]
async fn the_selector_in_a_pasted_bounce_is_the_one_that_is_checked() {
    let bounce =
        "550 5.7.20 DKIM verification failed\n\nDKIM-Signature: v=1; d=example.com; s=gone; h=from; bh=x; b=y\n";
    let found = diagnose(&world(WORLD), bounce).await;
    assert_eq!((found.causes[0].cause.id, found.causes[0].standing), ("dkim-failure", Standing::Confirmed));
    assert!(found.causes[0].because.iter().any(|because| because.text.contains("gone._domainkey.example.com")));
}
