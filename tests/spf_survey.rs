//! What a survey of a domain's SPF tree finds, and what it costs.

use std::future::Future;

use smtpwhy::dns::cache::Cached;
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Name, Offline, Status};
use smtpwhy::finding::{Finding, Severity};
use smtpwhy::spf::SpfResult;
use smtpwhy::spf::survey::{Node, Survey, survey, survey_record};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn zones(records: &str) -> ZoneLookup {
    let text = format!("$ORIGIN example.com.\n@ 300 IN SOA ns.example.com. root.example.com. 1 1 1 1 60\n{records}");
    ZoneLookup::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// A long record as TXT data: its strings part it anywhere.
fn strings(record: &str) -> String {
    let strings = record.as_bytes().chunks(200).map(|string| format!("\"{}\"", String::from_utf8_lossy(string)));
    strings.collect::<Vec<_>>().join(" ")
}

fn surveyed(records: &str) -> Survey {
    run(survey(&zones(records), "example.com"))
}

fn ids(survey: &Survey) -> Vec<&str> {
    let real = survey.findings.iter().filter(|finding| finding.id != "spf-reserved-address");
    real.map(|finding| finding.id).collect()
}

fn finding<'s>(survey: &'s Survey, id: &str) -> &'s Finding {
    let found = survey.findings.iter().find(|finding| finding.id == id);
    found.unwrap_or_else(|| panic!("no {id} in {:#?}", survey.findings))
}

/// The text that a finding points at.
fn marked(finding: &Finding) -> &str {
    &finding.record.as_ref().unwrap()[finding.span.unwrap().range()]
}

/// A tree in one line: `term=lookups(children)`, with `!` where there is an error and `?` where nothing can be said.
fn drawn(node: &Node) -> String {
    let children: Vec<String> = node.children.iter().map(drawn).collect();
    let below = if children.is_empty() { String::new() } else { format!("({})", children.join(" ")) };
    let error = if node.error.is_some() { "!" } else { "" };
    let open = if node.open.is_some() { "?" } else { "" };
    format!("{}={}{error}{open}{below}", node.term, node.lookups)
}

#[test]
fn a_sound_record_has_its_tree_and_no_findings() {
    let survey = surveyed(
        r#"
@ IN TXT "v=spf1 ip4:192.0.2.0/28 a:mail.example.com include:_spf.example.com -all"
mail IN A 198.51.100.1
mail IN AAAA 2001:db8::1
_spf IN TXT "v=spf1 mx:example.com ip4:203.0.113.0/24 ~all"
@ IN MX 10 mail.example.com.
"#,
    );
    assert_eq!(ids(&survey), [""; 0]);
    assert_eq!(
        drawn(&survey.tree.unwrap()),
        "v=spf1=3(a:mail.example.com=1 include:_spf.example.com=2(mx:example.com=1))"
    );
    assert_eq!((survey.lookups.total, survey.lookups.void), (3, 0));
    assert_eq!((survey.addresses.v4, survey.addresses.v6, survey.addresses.partial), (16 + 1 + 256, 1, false));
    assert_eq!(survey.result, None);
    assert!(survey.complete);
}

#[test]
fn each_finding_comes_from_its_fault_and_points_at_it() {
    for (id, mark, records) in [
        ("spf-redirect-ignored", "redirect=_spf.example.com", r#"@ IN TXT "v=spf1 redirect=_spf.example.com -all""#),
        ("spf-unreachable-term", "ip4:192.0.2.1", r#"@ IN TXT "v=spf1 -all ip4:192.0.2.1""#),
        ("spf-permissive-all", "+all", r#"@ IN TXT "v=spf1 +all""#),
        ("spf-permissive-all", "?all", r#"@ IN TXT "v=spf1 ?all""#),
        ("spf-deprecated-ptr", "ptr", r#"@ IN TXT "v=spf1 ptr -all""#),
        ("spf-deprecated-ptr", "exists:%{p}.example.com", r#"@ IN TXT "v=spf1 exists:%{p}.example.com -all""#),
        ("spf-duplicate-term", "IP4:192.0.2.1", r#"@ IN TXT "v=spf1 ip4:192.0.2.1 IP4:192.0.2.1 -all""#),
        ("spf-duplicate-term", "ip4:192.0.2.7", r#"@ IN TXT "v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.7 -all""#),
        ("spf-broad-network", "ip4:198.0.0.0/8", r#"@ IN TXT "v=spf1 ip4:198.0.0.0/8 -all""#),
        ("spf-broad-network", "ip6:2000::/3", r#"@ IN TXT "v=spf1 ip6:2000::/3 -all""#),
        ("spf-reserved-address", "ip4:10.1.2.3", r#"@ IN TXT "v=spf1 ip4:10.1.2.3 -all""#),
        ("spf-reserved-address", "ip6:fe80::1", r#"@ IN TXT "v=spf1 ip6:fe80::1 -all""#),
        ("spf-syntax", "inlcude", r#"@ IN TXT "v=spf1 inlcude:_spf.example.com -all""#),
        ("spf-include-missing", "include:gone.example.com", r#"@ IN TXT "v=spf1 include:gone.example.com -all""#),
        ("spf-include-missing", "redirect=gone.example.com", r#"@ IN TXT "v=spf1 redirect=gone.example.com""#),
        ("spf-include-loop", "include:example.com", r#"@ IN TXT "v=spf1 include:example.com -all""#),
        ("spf-include-loop", "redirect=example.com", r#"@ IN TXT "v=spf1 redirect=example.com""#),
        ("spf-void-lookup", "a:gone.example.com", r#"@ IN TXT "v=spf1 a:gone.example.com -all""#),
    ] {
        let survey = surveyed(records);
        assert_eq!(marked(finding(&survey, id)), mark, "{id}");
    }
}

#[test]
fn a_domain_without_a_record_is_told_from_one_that_does_not_exist() {
    let without = surveyed("@ IN TXT \"hello\"");
    assert_eq!((ids(&without), without.result), (vec!["spf-missing"], Some(SpfResult::None)));
    let nowhere = run(survey(&zones(""), "gone.example.com"));
    assert!(finding(&nowhere, "spf-missing").message.contains("NXDOMAIN"));
}

#[test]
fn a_record_nobody_reads_is_shown_with_its_repair_and_not_called_missing() {
    let survey = surveyed(r#"@ IN TXT "v=spf1include:_spf.example.com -all""#);
    assert_eq!(ids(&survey), ["spf-near-miss"]);
    let miss = finding(&survey, "spf-near-miss");
    assert_eq!((marked(miss), miss.fix.as_deref()), ("v=spf1", Some("v=spf1 ")));
    assert_eq!(survey.result, Some(SpfResult::None));
}

#[test]
fn a_near_miss_beside_a_good_record_only_warns() {
    let survey = surveyed("@ IN TXT \"v=spf1 -all\"\n@ IN TXT \"spf1 mx -all\"");
    assert_eq!(finding(&survey, "spf-near-miss").severity, Severity::Warning);
    assert_eq!(survey.result, None);
}

#[test]
fn strings_joined_without_the_blank_are_found_where_they_meet() {
    for (record, mark, fix) in [
        (
            r#""v=spf1 a:mail.example.com" "include:_spf.example.com -all""#,
            "a:mail.example.cominclude:_spf.example.com",
            "a:mail.example.com include:_spf.example.com",
        ),
        (r#""v=spf1 ip4:192.0.2.1" "-all""#, "ip4:192.0.2.1-all", "ip4:192.0.2.1 -all"),
        (r#""v=spf1 mx" "a -all""#, "mxa", "mx a"),
        (r#""v=spf1" "mx -all""#, "v=spf1", "v=spf1 "),
    ] {
        let survey = surveyed(&format!("@ IN TXT {record}"));
        assert_eq!(ids(&survey)[0], "spf-joined-strings", "{record}: {:#?}", survey.findings);
        let joined = finding(&survey, "spf-joined-strings");
        assert_eq!((marked(joined), joined.fix.as_deref()), (mark, Some(fix)));
        assert!(!ids(&survey).contains(&"spf-syntax"), "{record}");
    }
}

#[test]
fn strings_that_part_a_word_on_purpose_are_no_fault() {
    for record in [
        r#""v=spf1 ip4:192.0.2." "1 -all""#,
        r#""v=spf1 include:_spf.exa" "mple.com -all""#,
        r#""v=spf1 ip4:192.0.2.1 " "-all""#,
        r#""v=spf1 ip4:192.0.2.1" " -all""#,
        r#""v=spf1 ip4:192.0.2.0/2" "8 -all""#,
    ] {
        let survey = surveyed(&format!("@ IN TXT {record}\n_spf IN TXT \"v=spf1 ip4:203.0.113.1 -all\""));
        assert_eq!(ids(&survey), [""; 0], "{record}");
    }
}

#[test]
fn two_records_are_both_shown() {
    let survey = surveyed("@ IN TXT \"v=spf1 mx -all\"\n@ IN TXT \"v=spf1 a -all\"");
    let help = finding(&survey, "spf-multiple-records").help.as_deref().unwrap();
    assert!(help.contains("`v=spf1 mx -all`") && help.contains("`v=spf1 a -all`"), "{help}");
    assert_eq!(survey.result, Some(SpfResult::PermError));
}

#[test]
fn every_time_a_term_is_reached_it_counts_and_beyond_the_limit_too() {
    let survey = surveyed(
        r#"
@ IN TXT "v=spf1 include:one.example.com include:two.example.com mx a a:host.example.com -all mx:late.example.com"
@ IN A 192.0.2.1
@ IN MX 10 host.example.com.
host IN A 192.0.2.2
one IN TXT "v=spf1 include:three.example.com a:host.example.com -all"
two IN TXT "v=spf1 include:three.example.com a:host.example.com redirect=three.example.com"
three IN TXT "v=spf1 a:host.example.com exists:%{i}.example.com -all"
"#,
    );
    let tree = survey.tree.as_ref().unwrap();
    assert_eq!(
        drawn(tree),
        "v=spf1=16(include:one.example.com=5(include:three.example.com=3(a:host.example.com=1 exists:%{i}.example.com=1?) \
         a:host.example.com=1) include:two.example.com=8(include:three.example.com=3(a:host.example.com=1 \
         exists:%{i}.example.com=1?) a:host.example.com=1 redirect=three.example.com=3(a:host.example.com=1 \
         exists:%{i}.example.com=1?)) mx=1 a=1 a:host.example.com=1)"
    );
    assert_eq!(survey.lookups.total, 16);
    let over = finding(&survey, "spf-lookup-limit");
    assert_eq!((over.severity, marked(over)), (Severity::Error, "include:two.example.com"));
    assert!(over.help.as_deref().unwrap().contains("`include:two.example.com` (8) and `include:one.example.com` (5)"));
    let twice = finding(&survey, "spf-duplicate-term");
    assert!(twice.message.starts_with("three.example.com is reached 3 times"), "{}", twice.message);
    assert!(survey.addresses.partial);
}

#[test]
fn nine_and_ten_lookups_are_near_the_limit() {
    let hosts = |count: usize| (0..count).map(|n| format!("a:h{n}.example.com ")).collect::<String>();
    let addresses: String = (0..11).map(|n| format!("h{n} IN A 192.0.2.{n}\n")).collect();
    let of = |count: usize| surveyed(&format!("@ IN TXT \"v=spf1 {}-all\"\n{addresses}", hosts(count)));
    assert_eq!(ids(&of(8)), [""; 0]);
    assert_eq!(ids(&of(9)), ["spf-lookups-near-limit"]);
    assert_eq!(ids(&of(10)), ["spf-lookups-near-limit"]);
    assert_eq!(ids(&of(11)), ["spf-lookup-limit"]);
}

#[test]
fn loops_are_cut_and_named_with_their_path() {
    let survey = surveyed(
        r#"
@ IN TXT "v=spf1 include:a.example.com -all"
a IN TXT "v=spf1 include:b.example.com -all"
b IN TXT "v=spf1 redirect=A.example.com"
"#,
    );
    let circle = finding(&survey, "spf-include-loop");
    assert!(circle.message.ends_with("a.example.com -> b.example.com -> A.example.com"), "{}", circle.message);
    assert_eq!(circle.subject, "b.example.com");
    assert_eq!(survey.lookups.total, 3);
}

#[test]
fn a_failing_server_is_never_called_a_missing_record() {
    for status in [Status::ServFail, Status::Timeout, Status::Refused, Status::OtherCode(4)] {
        let zones = zones("@ IN TXT \"v=spf1 include:down.example.com a:down.example.com -all\"");
        let zones = zones.failing(&Name::from_ascii("down.example.com.").unwrap(), status.clone());
        let survey = run(survey(&zones, "example.com"));
        let found = ids(&survey);
        assert!(found.iter().all(|id| *id == "spf-dns-failure"), "{status}: {found:?}");
        assert!(finding(&survey, "spf-dns-failure").message.contains(&status.to_string()));
        assert_eq!((survey.lookups.void, survey.complete), (0, false));
    }
}

#[test]
fn a_domain_whose_servers_fail_gets_no_verdict_on_its_record() {
    let zones = zones("").failing(&Name::from_ascii("example.com.").unwrap(), Status::ServFail);
    let survey = run(survey(&zones, "example.com"));
    assert_eq!((ids(&survey), survey.result), (vec!["spf-dns-failure"], Some(SpfResult::TempError)));
}

#[test]
fn three_lookups_that_find_nothing_are_an_error() {
    let survey = surveyed(r#"@ IN TXT "v=spf1 a:x.example.com mx:y.example.com exists:z.example.com -all""#);
    assert_eq!(survey.lookups.void, 3);
    assert_eq!(finding(&survey, "spf-void-lookup-limit").severity, Severity::Error);
}

#[test]
fn an_address_of_one_family_is_no_void_lookup() {
    let survey = surveyed(
        "@ IN TXT \"v=spf1 a:v4.example.com a:v6.example.com -all\"\nv4 IN A 192.0.2.1\nv6 IN AAAA 2001:db8::1",
    );
    assert_eq!((survey.lookups.void, ids(&survey)), (0, vec![]));
}

#[test]
fn eleven_exchangers_are_too_many() {
    let exchangers: String =
        (0..11).map(|n| format!("@ IN MX {n} h{n}.example.com.\nh{n} IN A 192.0.2.{n}\n")).collect();
    let survey = surveyed(&format!("@ IN TXT \"v=spf1 mx -all\"\n{exchangers}"));
    assert_eq!(ids(&survey), ["spf-mx-limit"]);
}

#[test]
fn a_record_without_an_end_is_told_unless_it_redirects() {
    assert_eq!(ids(&surveyed("@ IN TXT \"v=spf1 ip4:192.0.2.1\"")), ["spf-no-all"]);
    let redirected = "@ IN TXT \"v=spf1 redirect=_spf.example.com\"\n_spf IN TXT \"v=spf1 ip4:192.0.2.1 -all\"";
    assert_eq!(ids(&surveyed(redirected)), [""; 0]);
    let included = "@ IN TXT \"v=spf1 include:_spf.example.com -all\"\n_spf IN TXT \"v=spf1 ip4:192.0.2.1\"";
    assert_eq!(ids(&surveyed(included)), [""; 0]);
}

#[test]
fn a_record_of_type_99_is_an_error_only_where_it_is_alone() {
    let rdata = "TYPE99 \\# 12 0b763d73706631202d616c6c";
    let beside = surveyed(&format!("@ IN TXT \"v=spf1 -all\"\n@ IN {rdata}"));
    assert_eq!(finding(&beside, "spf-type99").severity, Severity::Info);
    let alone = surveyed(&format!("@ IN {rdata}"));
    assert_eq!(finding(&alone, "spf-type99").severity, Severity::Error);
}

#[test]
fn large_txt_answers_are_told_with_their_size() {
    let filler = |count: usize| (0..count).map(|n| format!("@ IN TXT \"{n:0200}\"\n")).collect::<String>();
    let small = surveyed(&format!("@ IN TXT \"v=spf1 -all\"\n{}", filler(2)));
    assert_eq!(ids(&small), [""; 0]);
    let large = surveyed(&format!("@ IN TXT \"v=spf1 -all\"\n{}", filler(3)));
    assert_eq!(finding(&large, "spf-record-size").severity, Severity::Info);
    let huge = surveyed(&format!("@ IN TXT \"v=spf1 -all\"\n{}", filler(7)));
    assert_eq!(finding(&huge, "spf-record-size").severity, Severity::Warning);
}

#[test]
fn a_syntax_error_in_an_include_is_told_there() {
    let survey = surveyed(
        "@ IN TXT \"v=spf1 include:x.example.org -all\"\nx.example.org. IN TXT \"v=spf1 ip4:192.0.2.0/33 ptr -all\"",
    );
    let syntax = finding(&survey, "spf-syntax");
    assert_eq!((syntax.subject.as_str(), marked(syntax)), ("x.example.org", "/33"));
    assert_eq!(ids(&survey), ["spf-syntax"], "what others' records could do better is not ours to say");
}

#[test]
fn a_record_can_be_checked_offline_before_it_is_published() {
    let text = "v=spf1 include:_spf.example.com a mx ip4:192.0.2.0/33 -all";
    let survey = run(survey_record(&Offline, "example.com", text));
    assert_eq!(ids(&survey), ["spf-syntax"]);
    assert_eq!((survey.lookups.total, survey.lookups.void, survey.complete), (3, 0, false));
    let open: Vec<Option<&str>> = survey.tree.as_ref().unwrap().children.iter().map(|n| n.open.as_deref()).collect();
    assert_eq!(open, [Some("not asked: offline"); 3]);
    assert_eq!(survey.result, Some(SpfResult::PermError));
}

#[test]
fn a_record_given_by_hand_is_followed_into_dns() {
    let zones = zones("_spf IN TXT \"v=spf1 a:h.example.com -all\"\nh IN A 192.0.2.1");
    let survey = run(survey_record(&zones, "example.com", "v=spf1 include:_spf.example.com -all"));
    assert_eq!((survey.lookups.total, survey.addresses.v4, ids(&survey).len()), (2, 1, 0));
    let near = run(survey_record(&zones, "example.com", "spf1 inlcude:_spf.example.com -all"));
    assert_eq!(ids(&near), ["spf-near-miss", "spf-syntax"], "all errors at once");
    assert_eq!(near.mended.as_deref(), Some("v=spf1 include:_spf.example.com -all"));
    assert_eq!(near.result, Some(SpfResult::None));
}

#[test]
fn no_question_is_asked_twice() {
    let zones = zones(
        r#"
@ IN TXT "v=spf1 include:a.example.com include:b.example.com a a mx -all"
a IN TXT "v=spf1 include:b.example.com a:example.com -all"
b IN TXT "v=spf1 include:a.example.com a:example.com -all"
@ IN MX 10 example.com.
@ IN A 192.0.2.1
"#,
    );
    run(survey(&zones, "example.com"));
    let asked = zones.asked();
    for (index, one) in asked.iter().enumerate() {
        assert!(!asked[..index].contains(one), "{one:?}");
    }
}

#[test]
fn a_hostile_tree_costs_a_bounded_number_of_queries_and_says_where_it_stopped() {
    let includes = |level: &str| (0..30).map(|n| format!("include:{level}{n}.example.com ")).collect::<String>();
    let mut records = format!("@ IN TXT {}\n", strings(&format!("v=spf1 {}-all", includes("a"))));
    for n in 0..30 {
        records += &format!("a{n} IN TXT {}\n", strings(&format!("v=spf1 {}-all", includes(&format!("b{n}x")))));
        for m in 0..30 {
            records += &format!("b{n}x{m} IN TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
        }
    }
    let cached = Cached::new(zones(&records), 200);
    let survey = run(survey(&cached, "example.com"));
    assert!(cached.lookup().count() <= 200);
    assert!(
        finding(&survey, "spf-tree-incomplete").message.contains("the bound on DNS queries was reached at `include:")
    );
    assert!(ids(&survey).contains(&"spf-lookup-limit"));
    assert!(!survey.complete);
}

#[test]
fn a_tree_that_reaches_the_same_names_over_and_over_stays_small() {
    let record =
        |next: String| strings(&format!("v=spf1 {}", vec![format!("include:{next}.example.com"); 12].join(" ")));
    let mut records = format!("@ IN TXT {}\nl8 IN TXT \"v=spf1 -all\"\n", record("l0".to_owned()));
    for n in 0..8 {
        records += &format!("l{n} IN TXT {}\n", record(format!("l{}", n + 1)));
    }
    let survey = surveyed(&records);
    assert_eq!(survey.lookups.total, 1000);
    assert!(ids(&survey).contains(&"spf-tree-incomplete"));
}

const CROWDED: &str = r#"
@ IN TXT "v=spf1 a mx include:s1.example.org include:s2.example.org include:s3.example.org a:gone.example.com a include:s4.example.org -all ip4:198.51.100.9 redirect=s1.example.org"
@ IN A 192.0.2.1
@ IN MX 10 mail.example.com.
mail IN A 192.0.2.2
mail IN AAAA 2001:db8::2
s1.example.org. IN TXT "v=spf1 a:h1.example.org include:s4.example.org ~all"
s2.example.org. IN TXT "v=spf1 a:h2.example.org a:h3.example.org ~all"
s3.example.org. IN TXT "v=spf1 ip4:203.0.113.0/24 a:h3.example.org ~all"
s4.example.org. IN TXT "v=spf1 ip4:198.51.100.128/25 ~all"
h1.example.org. IN A 198.51.100.1
h2.example.org. IN A 198.51.100.2
h3.example.org. IN A 198.51.100.3
"#;

#[test]
fn a_record_over_the_limit_gets_one_that_means_the_same_within_it() {
    let survey = surveyed(CROWDED);
    assert_eq!(survey.lookups.total, 13);
    let proposal = survey.proposal.expect("everything is known");
    assert_eq!(
        proposal.record,
        "v=spf1 a mx include:s1.example.org include:s2.example.org include:s3.example.org -all"
    );
    assert_eq!((proposal.lookups.total, proposal.lookups.void), (10, 0));
    assert!(proposal.compared > 20, "{}", proposal.compared);
    assert!(proposal.changes.iter().all(|change| !change.goes_stale()));
}

#[test]
fn own_hosts_are_written_out_before_services_are() {
    let records = CROWDED.replace("a:h2.example.org", "a:h2.example.org a:h1.example.org");
    let proposal = surveyed(&records).proposal.expect("everything is known");
    assert!(proposal.record.starts_with("v=spf1 ip4:192.0.2.1 mx include:s1.example.org"), "{}", proposal.record);
    let more = records.replace("a:h3.example.org ~all", "a:h3.example.org a:h1.example.org a:h2.example.org ~all");
    let proposal = surveyed(&more).proposal.expect("everything is known");
    assert!(proposal.changes.last().unwrap().to_string().contains("go stale"), "{:?}", proposal.changes);
    assert!(proposal.lookups.total <= 10);
}

#[test]
fn terms_that_depend_on_the_message_stay_in_a_proposed_record() {
    let records = CROWDED.replace("v=spf1 a mx include:s1", "v=spf1 a mx exists:%{i}.example.org include:s1");
    let records = records.replace("a:h2.example.org a:h3", "exists:%{l}.example.org a:h3");
    let proposal = surveyed(&records).proposal.expect("the rest can be rewritten");
    assert!(proposal.record.contains(" exists:%{i}.example.org include:s1"), "{}", proposal.record);
    assert!(proposal.record.contains(" include:s2.example.org "), "{}", proposal.record);
    assert!(proposal.lookups.total <= 10);
}

#[test]
fn a_host_inside_an_earlier_network_is_dropped_first() {
    let records = CROWDED.replace("v=spf1 a mx", "v=spf1 ip4:192.0.2.0/24 a:mx.example.com a mx") + "mx IN A 192.0.2.9";
    let proposal = surveyed(&records).proposal.expect("everything is known");
    assert!(proposal.record.starts_with("v=spf1 ip4:192.0.2.0/24 a mx include:s1.example.org"), "{}", proposal.record);
    assert!(proposal.changes.iter().any(|change| change.to_string().contains("match an earlier term")));
}

#[test]
fn networks_that_would_make_the_record_too_long_go_into_records_of_its_own() {
    let many = |from: usize| (from..from + 40).map(|n| format!("ip4:100.{n}.0.0/17 ")).collect::<String>();
    let mut records = String::from("@ IN TXT \"v=spf1 ");
    for service in ["s1", "s2", "s3"] {
        records += &format!("include:{service}.example.org ");
    }
    records += "-all\"\n";
    for (index, service) in ["s1", "s2", "s3"].iter().enumerate() {
        let includes: String = (0..3).map(|n| format!("include:{service}-{n}.example.org ")).collect();
        records += &format!(
            "{service}.example.org. IN TXT {}\n",
            strings(&format!("v=spf1 {includes}{}~all", many(index * 40)))
        );
        for n in 0..3 {
            records += &format!("{service}-{n}.example.org. IN TXT \"v=spf1 ip4:198.51.100.{n} ~all\"\n");
        }
    }
    let survey = surveyed(&records);
    assert_eq!(survey.lookups.total, 12);
    let proposal = survey.proposal.expect("everything is known");
    assert_eq!(
        proposal.record,
        "v=spf1 include:_spf1.example.com include:_spf2.example.com include:s2.example.org include:s3.example.org -all"
    );
    assert_eq!(proposal.lookups.total, 10);
    assert!(proposal.own.iter().all(|own| own.record.len() + own.domain.len() <= 450), "{:?}", proposal.own);
    assert!(proposal.changes[0].to_string().contains("_spf1.example.com, _spf2.example.com"));
}

#[test]
fn no_record_is_proposed_where_the_meaning_is_not_known() {
    let failing = zones(CROWDED).failing(&Name::from_ascii("h2.example.org.").unwrap(), Status::ServFail);
    assert_eq!(run(survey(&failing, "example.com")).proposal, None);
    for fault in ["include:gone.example.com", "include:example.com"] {
        let records = CROWDED.replace("v=spf1 a mx", &format!("v=spf1 {fault} a mx"));
        assert_eq!(surveyed(&records).proposal, None, "{fault} is to be mended first");
    }
}

/// Every finding of SPF that has a page, and a zone that brings it about.
#[test]
fn every_spf_finding_with_a_page_is_produced() {
    let many = |what: &str, count: usize| (0..count).map(|n| format!("{what}{n}.example.com ")).collect::<String>();
    let exchangers: String = (0..11).map(|n| format!("@ IN MX {n} h{n}\nh{n} IN A 192.0.2.{n}\n")).collect();
    let produced: Vec<(&str, String)> = vec![
        ("spf-missing", "@ IN TXT \"hello\"".into()),
        ("spf-multiple-records", "@ IN TXT \"v=spf1 -all\"\n@ IN TXT \"v=spf1 mx -all\"".into()),
        ("spf-syntax", "@ IN TXT \"v=spf1 foo -all\"".into()),
        ("spf-near-miss", "@ IN TXT \"v=spf1include:x.example.com -all\"".into()),
        ("spf-joined-strings", "@ IN TXT \"v=spf1 ip4:192.0.2.1\" \"ip4:192.0.2.2 -all\"".into()),
        ("spf-lookup-limit", format!("@ IN TXT \"v=spf1 {}-all\"", many("a:h", 11))),
        ("spf-lookups-near-limit", format!("@ IN TXT \"v=spf1 {}-all\"", many("a:h", 9))),
        ("spf-void-lookup", "@ IN TXT \"v=spf1 a:x.example.com -all\"".into()),
        ("spf-void-lookup-limit", format!("@ IN TXT \"v=spf1 {}-all\"", many("a:h", 3))),
        ("spf-mx-limit", format!("@ IN TXT \"v=spf1 mx -all\"\n{exchangers}")),
        ("spf-include-loop", "@ IN TXT \"v=spf1 redirect=example.com\"".into()),
        ("spf-include-missing", "@ IN TXT \"v=spf1 include:x.example.com -all\"".into()),
        ("spf-dns-failure", "@ IN TXT \"v=spf1 include:down.example.com -all\"".into()),
        ("spf-redirect-ignored", "@ IN TXT \"v=spf1 redirect=x.example.com -all\"".into()),
        ("spf-unreachable-term", "@ IN TXT \"v=spf1 -all mx\"".into()),
        ("spf-permissive-all", "@ IN TXT \"v=spf1 +all\"".into()),
        ("spf-no-all", "@ IN TXT \"v=spf1 ip4:192.0.2.1\"".into()),
        ("spf-deprecated-ptr", "@ IN TXT \"v=spf1 ptr -all\"".into()),
        ("spf-record-size", (0..4).map(|n| format!("@ IN TXT \"v=spf{n} {:0200}\"\n", 1)).collect()),
        ("spf-duplicate-term", "@ IN TXT \"v=spf1 mx mx -all\"".into()),
        ("spf-broad-network", "@ IN TXT \"v=spf1 ip4:198.0.0.0/7 -all\"".into()),
        ("spf-reserved-address", "@ IN TXT \"v=spf1 ip4:10.0.0.1 -all\"".into()),
        ("spf-type99", "@ IN TYPE99 \\# 12 0b763d73706631202d616c6c".into()),
        ("spf-tree-incomplete", format!("@ IN TXT {}", strings(&format!("v=spf1 {}-all", many("a:h", 700))))),
    ];
    for (id, records) in &produced {
        let zones = zones(records).failing(&Name::from_ascii("down.example.com.").unwrap(), Status::ServFail);
        let survey = run(survey(&Cached::new(zones, 200), "example.com"));
        finding(&survey, id);
    }
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data/findings")).unwrap();
    let stems = pages.map(|page| page.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    // Of one client: tests/spf_check_host.rs and tests/probes.rs produce them.
    let of_clients = ["spf-ptr-limit", "spf-not-authorised"];
    let missing: Vec<String> = stems
        .filter(|id| id.starts_with("spf-") && !of_clients.contains(&id.as_str()))
        .filter(|id| !produced.iter().any(|(made, _)| made == id))
        .collect();
    assert!(missing.is_empty(), "no test makes {missing:?}");
}
