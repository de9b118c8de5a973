//! Propagation judged from what servers and caches say, without a socket.

use std::net::IpAddr;
use std::time::{Duration, Instant, SystemTime};

use smtpwhy::dns::cache::{Cached, MAX_QUERIES};
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Answer, ExtendedError, Lookup, Name, RecordType, Server, Status as Outcome};
use smtpwhy::finding::{Finding, Severity};
use smtpwhy::probe::propagation::{Agreement, Options, Propagation, Sighting, Status, Vantage, propagation, watched};
use smtpwhy::render::propagation as render;
use smtpwhy::render::style::PLAIN;

/// The root, a parent and the zone, whose servers are 192.0.2.1, 192.0.2.2 and 2001:db8::2.
const WORLD: &str = r"
. SOA a.root.example. h.root.example. 1 2 3 4 5
. NS a.root.example.
a.root.example. A 192.0.2.100
com. SOA ns.nic.example. h.nic.example. 1 2 3 4 5
com. NS ns.nic.example.
ns.nic.example. A 192.0.2.101
$ORIGIN example.com.
$TTL 300
@   SOA ns1 h 7 7200 900 1209600 120
    NS ns1
    NS ns2
    TXT v=spf1\032-all
    TXT other
ns1 A 192.0.2.1
ns2 A 192.0.2.2
ns2 AAAA 2001:db8::2
www CNAME host.example.net.
";

/// What the server of `com` says.
const PARENT: &str = r"
com. SOA ns.nic.example. h.nic.example. 1 2 3 4 5
example.com. NS ns1.example.com.
example.com. NS ns2.example.com.
ns1.example.com. A 192.0.2.1
ns2.example.com. A 192.0.2.2
";

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn at(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn world() -> ZoneLookup {
    ZoneLookup::parse(WORLD).unwrap().view(at("192.0.2.101"), PARENT).unwrap()
}

fn old_world() -> String {
    WORLD.replace(r"v=spf1\032-all", r"v=spf1\032~all").replace("h 7 7200", "h 6 7200")
}

fn cache(number: u8) -> Vantage {
    let server = Server::recursive((IpAddr::from([198, 51, 100, number]), 53).into());
    let mut vantage = Vantage::new(format!("cache{number}"), server);
    vantage.operator = Some(format!("Operator {number}"));
    vantage
}

fn caches(count: u8) -> Options {
    Options::new((1..=count).map(cache).collect())
}

async fn look(lookup: &dyn Lookup, options: &Options) -> Propagation {
    propagation(lookup, &name("example.com"), RecordType::TXT, options).await
}

fn ids(found: &Propagation) -> Vec<&'static str> {
    found.findings.iter().map(|finding| finding.id).collect()
}

fn finding<'a>(found: &'a Propagation, id: &str) -> &'a Finding {
    found.findings.iter().find(|finding| finding.id == id).unwrap_or_else(|| panic!("no {id}: {found:#?}"))
}

#[tokio::test]
async fn where_all_say_the_same_it_has_arrived() {
    let found = look(&world(), &caches(3)).await;
    let addresses: Vec<String> = found.authoritative.iter().map(|view| view.address.to_string()).collect();
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.2", "2001:db8::2"]);
    assert!(found.authoritative.iter().all(|view| view.status == Status::Match && view.serial == Some(7)));
    assert_eq!(found.expected.as_deref(), Some(["other".to_owned(), "v=spf1 -all".to_owned()].as_slice()));
    assert_eq!(found.agreement, Agreement { matching: 3, of: 3 });
    assert_eq!((found.converged, found.converges_within, ids(&found)), (Some(true), Some(0), vec![]));
    assert!(found.observation().complete);
}

#[tokio::test]
async fn a_stale_majority_is_not_the_truth_and_the_slowest_ttl_sets_the_time() {
    let old = old_world();
    let mut lookup = world();
    for (number, ttl) in [(1, 40), (2, 2460), (3, 7)] {
        lookup =
            lookup.view(cache(number).server.address.ip(), &old).unwrap().ttl(cache(number).server.address.ip(), ttl);
    }
    let found = look(&lookup, &caches(4)).await;
    assert_eq!(found.agreement, Agreement { matching: 1, of: 4 });
    assert_eq!((found.converged, found.converges_within), (Some(false), Some(2460)));
    assert_eq!(
        found.vantages.iter().map(|view| view.status).collect::<Vec<_>>()[2..],
        [Status::Differs, Status::Match]
    );
    let incomplete = finding(&found, "propagation-incomplete");
    assert!(incomplete.message.contains("3 of 4"), "{}", incomplete.message);
    assert!(incomplete.message.contains("Operator 2 (198.51.100.2)"), "{}", incomplete.message);
    assert!(incomplete.message.contains("41 min"), "{}", incomplete.message);
}

#[tokio::test]
async fn a_cached_absence_lasts_as_long_as_the_soa_says() {
    let empty = "example.com. SOA ns1.example.com. h.example.com. 6 2 3 4 900";
    let lookup = world().view(at("198.51.100.1"), empty).unwrap().ttl(at("198.51.100.1"), 55);
    let found = look(&lookup, &caches(2)).await;
    assert_eq!((found.vantages[0].status, found.vantages[0].ttl), (Status::NoData, Some(55)));
    assert_eq!((found.converged, found.converges_within), (Some(false), Some(55)));
}

#[tokio::test]
async fn a_lagging_secondary_is_the_finding_and_no_time_is_promised() {
    let lookup = world().view(at("192.0.2.2"), &old_world()).unwrap().view(at("198.51.100.1"), &old_world()).unwrap();
    let found = look(&lookup, &caches(2)).await;
    assert_eq!(found.expected, None);
    let statuses: Vec<Status> = found.authoritative.iter().map(|view| view.status).collect();
    assert_eq!(statuses, [Status::Match, Status::Differs, Status::Match]);
    assert_eq!((found.converged, found.converges_within), (Some(false), None));
    assert_eq!(ids(&found), ["rrset-differs-between-servers", "zone-serial-mismatch"]);
    let serials = finding(&found, "zone-serial-mismatch");
    assert!(serials.message.contains("ns2.example.com (192.0.2.2) has 6"), "{}", serials.message);
}

#[tokio::test]
async fn serials_wrap_around() {
    let before = WORLD.replace("h 7 7200", "h 4294967290 7200");
    let lookup = world().view(at("192.0.2.2"), &before).unwrap();
    let found = look(&lookup, &caches(1)).await;
    assert!(finding(&found, "zone-serial-mismatch").message.contains("newest serial of the zone is 7"));
    assert_eq!(found.converged, Some(true), "the records are the same on all of them");
}

#[tokio::test]
async fn order_ttl_string_boundaries_and_case_make_no_difference() {
    let other = r#"
$ORIGIN EXAMPLE.com.
@   SOA ns1 h 7 7200 900 1209600 120
@   9 TXT other
@   TXT "v=spf1" " -all"
"#;
    let lookup = world().view(at("192.0.2.2"), other).unwrap().view(at("198.51.100.1"), other).unwrap();
    assert_eq!(look(&lookup, &caches(2)).await.converged, Some(true));
}

#[tokio::test]
async fn what_the_user_expects_outranks_what_the_servers_say() {
    let expecting = |value: &str| caches(2).expecting(vec![value.to_owned()]);
    let found = look(&world(), &expecting(r#""v=spf1" " -all""#)).await;
    assert_eq!((found.converged, found.authoritative[0].status), (Some(true), Status::Match));
    let found = look(&world(), &expecting("v=spf1 mx -all")).await;
    assert_eq!((found.converged, found.agreement), (Some(false), Agreement { matching: 0, of: 2 }));
    let unpublished = &found.findings[0];
    assert!(unpublished.message.contains("none of the zone's own servers"), "{}", unpublished.message);
    assert_eq!(unpublished.severity, Severity::Error);
}

#[tokio::test]
async fn resolvers_that_fail_alike_are_told_together() {
    let silent = |lookup: ZoneLookup, number: &str| lookup.at(at(number), Answer::bare(Outcome::Timeout));
    let lookup = ["198.51.100.1", "198.51.100.3"].into_iter().fold(world(), silent);
    let found = look(&lookup.at(at("198.51.100.2"), Answer::bare(Outcome::Refused)), &caches(4)).await;
    let told = &finding(&found, "resolver-failure").message;
    assert_eq!(
        told,
        "no answer about example.com from Operator 1 (198.51.100.1), Operator 3 (198.51.100.3): no answer in time; \
         Operator 2 (198.51.100.2): refused (REFUSED)"
    );
}

#[tokio::test]
async fn failing_and_filtering_resolvers_are_not_behind() {
    let mut options = caches(5);
    options.vantages[3].filters = Some("malware".to_owned());
    let lookup = world()
        .at(at("198.51.100.1"), Answer::bare(Outcome::Timeout))
        .at(at("198.51.100.2"), Answer::bare(Outcome::Refused))
        .at(at("198.51.100.4"), Answer::bare(Outcome::NxDomain));
    let found = look(&lookup, &options).await;
    assert_eq!(found.agreement, Agreement { matching: 2, of: 2 });
    assert_eq!((found.converged, ids(&found)), (Some(true), vec!["resolver-failure"]));
    let failure = finding(&found, "resolver-failure");
    assert_eq!(failure.severity, Severity::Info);
    assert!(failure.message.contains("Operator 2 (198.51.100.2): refused"), "{}", failure.message);
    assert!(!failure.message.contains("Operator 4"), "{}", failure.message);
}

#[tokio::test]
async fn a_filtering_resolver_with_the_old_record_is_behind_like_any_other() {
    let mut options = caches(2);
    options.vantages[0].filters = Some("malware".to_owned());
    options.vantages[0].flush = Some("https://cache.example/flush".to_owned());
    let lookup = world().view(at("198.51.100.1"), &old_world()).unwrap();
    let found = look(&lookup, &options).await;
    assert_eq!(found.converged, Some(false));
    let help = finding(&found, "propagation-incomplete").help.as_deref().unwrap();
    assert!(help.contains("https://cache.example/flush"), "{help}");
}

#[tokio::test]
async fn a_validating_resolver_that_calls_it_bogus_is_heard() {
    let error = ExtendedError { code: 7, text: "expired 3 days ago".to_owned() };
    let mut bogus = Answer::bare(Outcome::ServFail);
    bogus.extended_errors = vec![error];
    let found = look(&world().at(at("198.51.100.2"), bogus), &caches(3)).await;
    let finding = finding(&found, "dnssec-bogus");
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.message.ends_with("Operator 2 (198.51.100.2): Signature Expired (EDE 7): expired 3 days ago"));
    assert_eq!((found.vantages[1].status, found.converged), (Status::ServFail, Some(true)));
}

#[tokio::test]
async fn without_the_zones_own_word_agreeing_caches_prove_nothing() {
    let mut lookup = world();
    for address in ["192.0.2.1", "192.0.2.2", "2001:db8::2"] {
        lookup = lookup.at(at(address), Answer::bare(Outcome::Timeout));
    }
    let found = look(&lookup, &caches(2)).await;
    assert_eq!((found.converged, found.expected.as_ref(), found.vantages[0].status), (None, None, Status::Match));
    let lookup = lookup.view(at("198.51.100.1"), &old_world()).unwrap();
    assert_eq!(look(&lookup, &caches(3)).await.converged, Some(false), "caches that differ are proof");
}

#[tokio::test]
async fn where_nobody_answers_nothing_is_said() {
    let offline = smtpwhy::dns::Offline;
    let found = propagation(&offline, &name("example.com"), RecordType::TXT, &caches(2)).await;
    assert_eq!((found.converged, found.converges_within, found.agreement.of), (None, None, 0));
    assert!(found.findings.is_empty() && !found.observation().complete);
}

#[tokio::test]
async fn an_answer_that_is_not_authoritative_sets_no_expectation() {
    let mut stale = Answer::bare(Outcome::NoData);
    stale.authoritative = false;
    let found = look(&world().at(at("192.0.2.2"), stale), &caches(1)).await;
    assert_eq!(found.authoritative[1].status, Status::Malformed);
    assert_eq!(found.converged, Some(true));
}

#[tokio::test]
async fn servers_that_only_the_parent_names_are_asked_too() {
    let parent = format!("{PARENT}example.com. NS ns9.example.com.\nns9.example.com. A 192.0.2.9");
    let lookup = ZoneLookup::parse(WORLD).unwrap().view(at("192.0.2.101"), &parent).unwrap();
    let found = look(&lookup.view(at("192.0.2.9"), &old_world()).unwrap(), &caches(1)).await;
    assert!(found.authoritative.iter().any(|view| view.address == at("192.0.2.9") && view.status == Status::Differs));
    assert_eq!(found.converged, Some(false));
}

#[tokio::test]
async fn a_zone_that_the_resolver_cannot_resolve_is_found_from_above() {
    let lookup = world().failing_at_resolver(&name("example.com"), Outcome::ServFail);
    let found = look(&lookup, &caches(1)).await;
    assert_eq!(found.authoritative.len(), 2, "glue is all there is: {found:#?}");
    assert_eq!(found.authoritative[0].status, Status::Match);
}

#[tokio::test]
async fn an_alias_out_of_the_zone_compares_as_an_alias() {
    let found = propagation(&world(), &name("www.example.com"), RecordType::TXT, &caches(1)).await;
    assert_eq!(found.expected.as_deref(), Some(["CNAME host.example.net.".to_owned()].as_slice()));
    assert_eq!((found.converged, found.vantages[0].status), (Some(true), Status::Match));
}

#[tokio::test]
async fn everything_is_asked_at_once_and_within_the_budget() {
    let mut lookup = world();
    for number in 1..=20 {
        lookup = lookup.delay(cache(number).server.address.ip(), Duration::from_millis(100));
    }
    for address in ["192.0.2.1", "192.0.2.2", "2001:db8::2"] {
        lookup = lookup.delay(at(address), Duration::from_millis(80));
    }
    let begun = Instant::now();
    look(&Cached::new(&lookup, MAX_QUERIES), &caches(20)).await;
    assert!(begun.elapsed() < Duration::from_millis(170), "{:?}", begun.elapsed());
    assert!(lookup.count() <= 45, "{} questions", lookup.count());
}

#[tokio::test]
async fn the_next_look_is_when_the_first_of_those_behind_forgets() {
    let old = old_world();
    let mut lookup = world();
    for (number, ttl) in [(1, 2460), (2, 40)] {
        let address = cache(number).server.address.ip();
        lookup = lookup.view(address, &old).unwrap().ttl(address, ttl);
    }
    assert_eq!(look(&lookup, &caches(3)).await.look_again_after(), Duration::from_secs(41));
    let lagging = lookup.view(at("192.0.2.2"), &old).unwrap();
    let after = look(&lagging, &caches(1)).await.look_again_after();
    assert_eq!(after, Duration::from_secs(30), "a lagging server has no TTL to wait for");
}

#[tokio::test]
async fn each_answer_is_told_as_it_comes_and_the_report_names_the_hour() {
    let address = cache(1).server.address.ip();
    let slow = cache(2).server.address.ip();
    let lookup = world().view(address, &old_world()).unwrap().ttl(address, 2460).delay(slow, Duration::from_millis(60));
    let rows = std::sync::Mutex::new(Vec::new());
    let mut style = PLAIN;
    (style.unicode, style.width) = (false, 100);
    let onlooker = |sighting: &Sighting<'_>| rows.lock().unwrap().push(render::sighting(sighting, &style));
    let mut found = watched(&lookup, &name("example.com"), RecordType::TXT, &caches(2), &onlooker).await;
    let rows = rows.into_inner().unwrap();
    assert_eq!(rows.len(), 5, "{rows:#?}");
    assert!(rows[4].contains("Operator 2 198.51.100.2") && rows[4].contains("TTL 5 min"), "{rows:#?}");
    let told = |found: &Propagation| {
        let mut out = Vec::new();
        render::text(&mut out, found, &style, false).unwrap();
        String::from_utf8(out).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    // 2026-11-23 13:51:00 UTC, and shortly before midnight.
    found.asked_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_441_860);
    let text = told(&found);
    assert!(text.contains("1 of 2 caches have it; all of them will have it by 14:32 UTC (in 41 min)"), "{text}");
    assert!(text.contains("anycast"), "{text}");
    found.asked_at += Duration::from_secs(36_000);
    assert!(told(&found).contains("by 2026-11-24 00:32 UTC (in 41 min)"), "{}", told(&found));
}
