//! The probes, asked of zone text.

use std::net::IpAddr;

use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Name, Status};
use smtpwhy::probe::Observation;
use smtpwhy::probe::blocklist::{Blocklist, Verdict, blocklist};
use smtpwhy::probe::dkim::{Algorithm, Selector, dkim, signatures};
use smtpwhy::probe::dmarc::dmarc;
use smtpwhy::probe::mx::mx;
use smtpwhy::probe::policy_txt::{mta_sts, tls_reporting};
use smtpwhy::probe::reverse::reverse;

fn zones() -> ZoneLookup {
    ZoneLookup::parse(include_str!("zones/probes.zone")).unwrap()
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn ids(observation: &Observation) -> Vec<&'static str> {
    observation.findings.iter().map(|finding| finding.id).collect()
}

#[tokio::test]
async fn a_sound_mx_has_nothing_to_say_against_it() {
    let (mx, observation) = mx(&zones(), &name("sound.example")).await;
    assert_eq!(mx.exchanges.len(), 1);
    assert_eq!(mx.exchanges[0].addresses, [ip("192.0.2.25"), ip("2001:db8::25")]);
    assert!(observation.complete);
    assert!(observation.findings.is_empty(), "{:?}", observation.findings);
}

#[tokio::test]
async fn every_fault_of_an_mx_is_told() {
    let (_, observation) = mx(&zones(), &name("broken.example")).await;
    assert_eq!(ids(&observation), ["mx-cname", "mx-unresolvable", "mx-address-literal"]);
}

#[tokio::test]
async fn null_mx_missing_mx_and_missing_domain_differ() {
    assert_eq!(ids(&mx(&zones(), &name("null.example")).await.1), ["mx-null"]);
    let (bare, observation) = mx(&zones(), &name("bare.example")).await;
    assert!(bare.implicit && observation.findings[0].message.contains("its own address"));
    let (gone, observation) = mx(&zones(), &name("gone.example")).await;
    assert_eq!(gone.status, Status::NxDomain);
    assert!(observation.findings[0].message.contains("NXDOMAIN"));
}

#[tokio::test]
async fn an_mx_that_cannot_be_asked_is_not_missing() {
    let zones = zones().failing(&name("sound.example"), Status::ServFail);
    let (_, observation) = mx(&zones, &name("sound.example")).await;
    assert!(!observation.complete);
    assert!(observation.findings.is_empty());
}

#[tokio::test]
async fn reverse_dns_is_confirmed_forward() {
    let (reverse, observation) = reverse(&zones(), ip("192.0.2.25")).await;
    assert!(reverse.names[0].confirmed);
    assert!(observation.complete && observation.findings.is_empty());
}

#[tokio::test]
async fn missing_mismatching_and_generic_reverse_dns_differ() {
    assert_eq!(ids(&reverse(&zones(), ip("192.0.2.99")).await.1), ["reverse-missing"]);
    assert_eq!(ids(&reverse(&zones(), ip("192.0.2.80")).await.1), ["reverse-mismatch"]);
    assert_eq!(ids(&reverse(&zones(), ip("192.0.2.77")).await.1), ["reverse-mismatch", "reverse-generic"]);
}

#[tokio::test]
async fn dmarc_governs_what_is_below_it() {
    let (own, observation) = dmarc(&zones(), &name("sound.example")).await;
    assert_eq!(own.policy.as_deref(), Some("quarantine"));
    assert!(observation.findings.is_empty(), "{:?}", observation.findings);
    let (below, _) = dmarc(&zones(), &name("news.sound.example")).await;
    assert_eq!(below.found_at, Some(name("sound.example.")));
    assert_eq!(below.policy.as_deref(), Some("reject"));
}

#[tokio::test]
async fn dmarc_faults_are_told_with_their_place() {
    let (_, observation) = dmarc(&zones(), &name("broken.example")).await;
    assert_eq!(ids(&observation), ["dmarc-syntax", "dmarc-syntax"]);
    let first = &observation.findings[0];
    let record = first.record.as_ref().unwrap();
    assert_eq!(record[first.span.unwrap().range()].trim(), "p=rejct");
    let (governing, observation) = dmarc(&zones(), &absolute("twice.broken.example")).await;
    assert_eq!(ids(&observation)[0], "dmarc-multiple-records");
    assert_eq!(governing.found_at, Some(absolute("broken.example")), "several records are none: the walk goes on");
    assert_eq!(ids(&dmarc(&zones(), &name("bare.example")).await.1), ["dmarc-missing"]);
}

#[tokio::test]
async fn reports_to_a_domain_that_did_not_agree_are_told() {
    let agreed = "sound.example._report._dmarc.reports.example.";
    let zones = ZoneLookup::parse(&include_str!("zones/probes.zone").replace("sound.example._report", "other._report"));
    let (_, observation) = dmarc(&zones.unwrap(), &name("sound.example")).await;
    assert_eq!(ids(&observation), ["dmarc-report-unauthorised"]);
    assert!(observation.findings[0].help.as_ref().unwrap().contains(agreed.trim_end_matches('.')));
}

#[tokio::test]
async fn dkim_keys_are_measured() {
    let selectors = ["good", "medium", "short", "revoked", "garbage", "none"].map(Selector::from);
    let (keys, observation) = dkim(&zones(), &name("sound.example"), &selectors).await;
    let sizes: Vec<_> = keys.iter().map(|key| key.algorithm).collect();
    let rsa = |bits| Some(Algorithm::Rsa { bits });
    assert_eq!(sizes, [rsa(2048), rsa(1024), rsa(768), Some(Algorithm::Revoked), None, None]);
    assert!(keys[1].testing);
    let expected = ["dkim-key-weak", "dkim-key-weak", "dkim-key-revoked", "dkim-key-syntax", "dkim-key-missing"];
    assert_eq!(ids(&observation), expected);
}

#[tokio::test]
async fn usual_selectors_that_are_not_there_prove_nothing() {
    let (keys, observation) = dkim(&zones(), &name("sound.example"), &[]).await;
    assert!(keys.is_empty() && observation.findings.is_empty() && !observation.complete);
}

#[tokio::test]
async fn a_list_that_declines_does_not_list() {
    let list = [Blocklist { name: "Example list", zone: "bl.example" }];
    let (listings, observation) = blocklist(&zones(), ip("192.0.2.25"), &list).await;
    assert!(matches!(listings[0].verdict, Verdict::Listed(_)));
    assert!(observation.findings[0].message.contains("spam seen"));
    let (listings, observation) = blocklist(&zones(), ip("192.0.2.80"), &list).await;
    assert_eq!(listings[0].verdict, Verdict::Declined);
    assert!(observation.findings.is_empty());
    let (listings, _) = blocklist(&zones(), ip("192.0.2.81"), &list).await;
    assert_eq!(listings[0].verdict, Verdict::NotListed);
}

#[tokio::test]
async fn transport_policies_are_read() {
    assert!(mta_sts(&zones(), &name("sound.example")).await.1.is_empty());
    let (_, findings) = tls_reporting(&zones(), &name("sound.example")).await;
    assert_eq!(findings[0].id, "tlsrpt-syntax");
}

fn published(zone: &str) -> ZoneLookup {
    ZoneLookup::parse(&format!(". SOA a. h. 1 2 3 4 5\n{zone}")).unwrap()
}

fn absolute(text: &str) -> Name {
    let mut name = name(text);
    name.set_fqdn(true);
    name
}

/// Records on the way up from a.b.c.example, and the policy and place that govern it.
#[tokio::test]
async fn the_tree_walk_finds_the_record_that_governs() {
    for (zone, domain, at, policy) in [
        // The topmost record is the organizational domain's; one in between counts for nothing.
        (
            "_dmarc.b.c.example. TXT \"v=DMARC1; p=none\"\n_dmarc.c.example. TXT \"v=DMARC1; p=reject\"",
            "a.b.c.example",
            "c.example",
            "reject",
        ),
        // Unless it says that it is one.
        (
            "_dmarc.b.c.example. TXT \"v=DMARC1; p=none; psd=n\"\n_dmarc.c.example. TXT \"v=DMARC1; p=reject\"",
            "a.b.c.example",
            "b.c.example",
            "none",
        ),
        // Below a public suffix the next name down is the organizational domain; the suffix's record is the last resort.
        (
            "_dmarc.b.c.example. TXT \"v=DMARC1; p=none\"\n_dmarc.c.example. TXT \"v=DMARC1; p=reject; psd=y\"",
            "a.b.c.example",
            "b.c.example",
            "none",
        ),
        ("_dmarc.c.example. TXT \"v=DMARC1; p=reject; psd=y\"", "a.b.c.example", "c.example", "reject"),
        // What exists below has sp, what does not has np.
        (
            "_dmarc.c.example. TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\"\nb.c.example. A 192.0.2.1",
            "b.c.example",
            "c.example",
            "quarantine",
        ),
        ("_dmarc.c.example. TXT \"v=DMARC1; p=none; sp=quarantine; np=reject\"", "b.c.example", "c.example", "reject"),
        // From a long name the walk goes straight to the last seven labels.
        (
            "_dmarc.4.5.6.7.8.c.example. TXT \"v=DMARC1; p=quarantine; psd=n\"\n_dmarc.3.4.5.6.7.8.c.example. TXT x",
            "1.2.3.4.5.6.7.8.c.example",
            "4.5.6.7.8.c.example",
            "quarantine",
        ),
    ] {
        let (found, observation) = dmarc(&published(zone), &absolute(domain)).await;
        assert_eq!(found.found_at, Some(absolute(at)), "{zone}");
        assert_eq!(found.policy.as_deref(), Some(policy), "{zone}");
        assert!(observation.findings.is_empty(), "{:?}", observation.findings);
    }
}

/// A record, and what is said of it: severity and a part of the message.
#[tokio::test]
async fn dmarc_records_are_judged_tag_by_tag() {
    use smtpwhy::finding::Severity::{Error, Info, Warning};
    for (record, severity, said) in [
        ("v=DMARC1; p=reject; np=maybe", Error, "np is one of"),
        ("v=DMARC1; p=reject; psd=x", Error, "psd is one of"),
        ("v=DMARC1; p=reject; t=yes", Error, "t is one of"),
        ("v=DMARC1; p=reject; fo=2", Error, "fo is made of"),
        ("v=DMARC1; p=reject; pct=50", Info, "RFC 9989 dropped pct"),
        ("v=DMARC1; rua=mailto:d@c.example", Warning, "counts as p=none"),
        ("v=DMARC1; sp=reject", Error, "receivers ignore it"),
        ("v=DMARC1; p=none; p=reject", Error, "stands twice"),
        ("v=dmarc1; p=none", Error, "must begin with v=DMARC1"),
    ] {
        let (_, observation) =
            dmarc(&published(&format!("_dmarc.c.example. TXT \"{record}\"")), &absolute("c.example")).await;
        let [finding] = observation.findings.as_slice() else { panic!("{record}: {:?}", observation.findings) };
        assert_eq!((finding.id, finding.severity), ("dmarc-syntax", severity), "{record}");
        assert!(finding.message.contains(said), "{record}: {}", finding.message);
    }
}

#[tokio::test]
async fn dmarc_in_test_mode_is_told() {
    let zone = published("_dmarc.c.example. TXT \"v=DMARC1; p=reject; t=y\"");
    let (found, observation) = dmarc(&zone, &absolute("c.example")).await;
    assert!(found.testing && observation.summary.contains("t=y"), "{}", observation.summary);
}

#[tokio::test]
async fn a_host_listed_twice_is_no_second_chance() {
    let zone = published("c.example. MX 10 m.c.example.\nc.example. MX 20 M.c.example.\nm.c.example. A 192.0.2.1");
    assert_eq!(ids(&mx(&zone, &absolute("c.example")).await.1), ["mx-duplicate"]);
}

#[tokio::test]
async fn keys_at_the_usual_selectors_are_read_but_nobody_says_they_are_in_use() {
    use smtpwhy::finding::Severity;
    let zone = published(
        "google._domainkey.c.example. TXT \"v=DKIM1; p=\"\n*._domainkey.c.example. TXT \"v=spf1 exp=x.example -all\"",
    );
    let (keys, observation) = dkim(&zone, &absolute("c.example"), &[]).await;
    assert_eq!(keys.len(), 1, "a wildcard's SPF record is no key: {keys:?}");
    assert_eq!((ids(&observation), observation.worst()), (vec!["dkim-key-revoked"], Some(Severity::Info)));
}

#[test]
fn the_keys_of_signatures_in_a_bounce_are_found() {
    let bounce = "Reporting-MTA: dns; mx.example.net\n\nDKIM-Signature: v=1; a=rsa-sha256; d=Example.com;\r\n\ts=S2026;\r\n\tbh=x; b=s=1; \
                  h=from\nSubject: DKIM-Signature: d=no.example; s=no\n> DKIM-Signature: d=esp.example; s=k1\n";
    let expected = [(absolute("example.com"), "s2026".to_owned()), (absolute("esp.example"), "k1".to_owned())];
    assert_eq!(signatures(bounce), expected);
    assert!(signatures("DKIM-Signature: d=example.com; s=\nDKIM-Signature: s=a b; d=example.com").is_empty());
}

#[tokio::test]
async fn a_dead_list_that_has_everybody_lists_nobody() {
    let list = [Blocklist { name: "Example list", zone: "dead.example" }];
    let zone = published("*.dead.example. A 127.0.0.2\ndead.example. NS ns.example.");
    let (listings, observation) = blocklist(&zone, ip("192.0.2.25"), &list).await;
    assert!(matches!(listings[0].verdict, Verdict::Unknown(_)), "{:?}", listings[0]);
    assert!(observation.findings.is_empty() && !observation.answered);
}

#[test]
fn the_lists_that_are_asked_are_known() {
    let zones: Vec<&str> =
        smtpwhy::knowledge::Knowledge::embedded().providers.iter().filter_map(|provider| provider.zone).collect();
    assert!(zones.len() >= 6 && zones.iter().all(|zone| zone.parse::<Name>().is_ok()), "{zones:?}");
}
