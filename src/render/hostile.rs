//! Whatever stands in a reply, a log or DNS: no renderer lets it act on a terminal or a browser.

use crate::diagnosis::{self, Diagnosis};
use crate::dns::{ExtendedError, Name, Offline, RecordType, Server, Status as DnsStatus};
use crate::finding::Finding;
use crate::knowledge::Knowledge;
use crate::probe::check::{Check, Target};
use crate::probe::propagation::{Agreement, AuthoritativeView, Propagation, Status, Vantage, VantageView};
use crate::probe::{Observation, Probe};
use crate::render::style::{PLAIN, Style, acts_on_terminal};
use crate::render::text::{self, Detail};
use crate::render::{check, html, json, propagation, spf, triage as triage_text};
use crate::span::{Excerpt, Span};
use crate::spf::survey::{Node, survey_record};
use crate::triage::{Clock, Domain, Group, Ledger, Scanner, Triage, Window};
use proptest::prelude::*;
use std::hash::RandomState;

/// Text as an attacker would write it, among text as servers do.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{1b}]0;title\u{7}".to_owned()),
        Just("\u{1b}]8;;https://example.com\u{1b}\\".to_owned()),
        Just("\u{9b}31m".to_owned()),
        Just("\u{202e}\u{200b}\u{2066}\u{feff}".to_owned()),
        Just("</code><script>alert(1)</script>".to_owned()),
        Just("\" onmouseover='x' & &lt;".to_owned()),
        Just("mailbox is full\r\n550 5.2.2 over quota\t\0\u{8}".to_owned()),
        Just("try again later".to_owned()),
        any::<String>(),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.join(" "))
}

fn details() -> impl Iterator<Item = Detail> {
    [false, true]
        .into_iter()
        .flat_map(|verbose| [false, true].into_iter().map(move |receiver_first| Detail { verbose, receiver_first }))
}

fn styles() -> [Style; 2] {
    [Style { width: 30, unicode: false, ..PLAIN }, PLAIN]
}

fn printed(print: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn assert_harmless(shown: &str) {
    let acting: Vec<char> = shown.chars().filter(|letter| *letter == '\r' || acts_on_terminal(*letter)).collect();
    assert!(acting.is_empty(), "{acting:?} reached the terminal in {shown:?}");
}

fn assert_page(page: &str) {
    assert_harmless(page);
    let document = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let tree = roxmltree::Document::parse(document).unwrap_or_else(|error| panic!("{error}: {page}"));
    for element in tree.descendants().filter(roxmltree::Node::is_element) {
        let name = element.tag_name().name();
        assert!(!["script", "img", "iframe", "link", "object", "form", "base"].contains(&name), "{name} in {page}");
        for attribute in element.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(!key.starts_with("on") && key != "src", "{key} in {page}");
            assert!(key != "href" || value.starts_with("https://") || value.starts_with('#'), "{value} in {page}");
            assert!(key != "style" || value.starts_with("--"), "{value} in {page}");
        }
    }
    assert!(tree.descendants().any(|element| element.tag_name().name() == "h1"), "no heading in {page}");
    assert!(!page.contains("url(") && !page.contains("@import"));
}

fn assert_diagnoses_are_harmless(diagnoses: &[Diagnosis], checks: &[Check]) {
    for style in styles() {
        for detail in details() {
            assert_harmless(&printed(|out| text::diagnoses(out, diagnoses, &style, detail)));
        }
    }
    for diagnosis in diagnoses {
        let brief = printed(|out| text::brief(out, diagnosis));
        assert_harmless(&brief);
        assert_eq!(brief.lines().count(), 1, "{brief:?}");
        if let Some(draft) = &diagnosis.retry.draft {
            assert_harmless(&printed(|out| text::draft(out, draft)));
        }
    }
    assert_page(&printed(|out| html::report(out, diagnoses, checks, false, "")));
    let document = json::ReportV1::new(diagnoses, checks, &[], false, Knowledge::embedded());
    assert_harmless(&printed(|out| json::write_pretty(&document, out)));
}

fn checked(said: &str) -> Check {
    let finding = Finding::error("spf-syntax", said, said).in_record(said, Some(Span::new(0, said.len())));
    let observation = Observation {
        probe: Probe::Spf,
        answered: true,
        complete: true,
        findings: vec![finding.help(said).fix(said)],
        summary: said.to_owned(),
    };
    Check {
        target: Target {
            domain: Name::from_labels([said.as_bytes().get(..9).unwrap_or(b"example")]).ok(),
            ..Target::default()
        },
        observations: vec![observation],
        propagation: vec![propagated(said)],
        ..Check::default()
    }
}

fn propagated(said: &str) -> Propagation {
    let name = Name::from_labels([b"\x1b[31m".as_slice(), b"<b>"]).unwrap();
    let values = vec![said.to_owned()];
    Propagation {
        kind: RecordType::TXT,
        expected: Some(values.clone()),
        authoritative: vec![AuthoritativeView {
            server: name.clone(),
            address: [192, 0, 2, 53].into(),
            status: Status::Malformed,
            outcome: DnsStatus::Malformed(said.to_owned()),
            serial: Some(1),
            values: values.clone(),
            ttl: Some(60),
            rtt: None,
        }],
        vantages: vec![VantageView {
            vantage: Vantage::new(said, Server::recursive(([192, 0, 2, 53], 53).into())),
            status: Status::Differs,
            outcome: DnsStatus::Answered,
            values,
            ttl: Some(60),
            rtt: None,
            extended_errors: vec![ExtendedError { code: 6, text: said.to_owned() }],
        }],
        agreement: Agreement { matching: 0, of: 1 },
        converged: Some(false),
        converges_within: None,
        asked_at: std::time::SystemTime::UNIX_EPOCH,
        findings: vec![Finding::warning("propagation-incomplete", said, said)],
        name,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn what_was_pasted_acts_on_nothing(bytes in prop_oneof![
        hostile().prop_map(|text| format!("550 5.7.1 {text}").into_bytes()),
        hostile().prop_map(|text| format!("Jan  5 10:11:12 mx postfix/smtp[1]: 4F2A1: to=<{text}@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=5, dsn=4.2.2, status=deferred (host mx.example.com[192.0.2.1] said: 452 4.2.2 {text} (in reply to RCPT TO command))\n451 {text}").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..64).prop_map(|mut noise| { noise.splice(0..0, *b"451 4.3.0 "); noise }),
    ]) {
        let diagnoses = diagnosis::read(&Excerpt::from_bytes(&bytes), Knowledge::embedded());
        assert_diagnoses_are_harmless(&diagnoses, &[]);
    }

    #[test]
    fn what_dns_says_acts_on_nothing(said in hostile()) {
        let check = checked(&said);
        let mut diagnoses = diagnosis::read(&Excerpt::from_bytes(b"550 5.7.23 SPF validation failed"), Knowledge::embedded());
        crate::rank::reconsider(&mut diagnoses[0].causes, &check.observations);
        diagnoses[0].check = Some(check.clone());
        diagnoses[0].retry.note = said.clone();
        diagnoses[0].retry.contacts = vec![said.clone(), format!("{said} https://example.com/{said}")];
        assert_diagnoses_are_harmless(&diagnoses, std::slice::from_ref(&check));
        let found = propagated(&said);
        for style in styles() {
            assert_harmless(&printed(|out| check::text(out, &check, &style, true)));
            assert_harmless(&printed(|out| propagation::text(out, &found, &style, true)));
        }
        assert_harmless(&printed(|out| check::brief(out, &check)));
        assert_harmless(&printed(|out| propagation::brief(out, &found)));
        assert_page(&printed(|out| html::propagation(out, &found, "")));
    }

    #[test]
    fn what_a_log_says_acts_on_nothing(said in hostile()) {
        let delivery = format!(
            "Jan  5 10:11:12 mx postfix/smtp[1]: 4F2A1: to=<b@{said}.example.com>, relay=mx.example.com[192.0.2.1]:25, delay=5, \
             dsn=4.2.2, status=deferred (host mx.example.com[192.0.2.1] said: 452 4.2.2 mailbox is full {said} (in reply))\n"
        );
        let log = format!("{delivery}Jan  5 10:11:12 mx postfix/smtpd[1]: error: {said}\n");
        let mut ledger = Ledger::default();
        let mut scanner = Scanner::new(Knowledge::embedded(), RandomState::new(), Window::default());
        ledger.add(scanner.lines(log.as_bytes(), Clock::new(0)));
        let triage = ledger.triage();
        for style in styles() {
            assert_harmless(&printed(|out| triage_text::text(out, &triage, &style, true)));
        }
        assert_harmless(&printed(|out| triage_text::brief(out, &triage)));
        assert_page(&printed(|out| html::triage(out, &triage, "")));
        assert_harmless(&printed(|out| json::write_pretty(&json::triage::TriageV1::new(&triage, &[]), out)));
    }

    #[test]
    fn an_spf_record_acts_on_nothing(said in hostile()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut survey = runtime.block_on(survey_record(&Offline, "example.com", &format!("v=spf1 {said} -all")));
        let leaf = Node {
            term: said.clone(),
            domain: said.clone(),
            record: None,
            lookups: 1,
            spent: 1,
            children: Vec::new(),
            error: Some(said.clone()),
            open: Some(said.clone()),
        };
        survey.mended = Some(said.clone());
        survey.tree = Some(Node { children: vec![leaf.clone()], ..leaf });
        survey.domain = said.clone();
        for style in styles() {
            assert_harmless(&printed(|out| spf::text(out, &survey, None, &style, true)));
        }
        assert_harmless(&printed(|out| spf::brief(out, &survey, None)));
        assert_page(&printed(|out| html::spf(out, &survey, None, "")));
    }
}

/// Every text under `tests/corpus`.
fn corpus() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct File {
        case: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        text: String,
    }
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus")).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts.flat_map(|text| toml::from_str::<File>(&text).unwrap().case).map(|case| case.text).collect()
}

#[test]
fn what_people_paste_is_shown_as_it_stands() {
    for pasted in corpus() {
        let diagnoses = diagnosis::read(&Excerpt::from_bytes(pasted.as_bytes()), Knowledge::embedded());
        assert_diagnoses_are_harmless(&diagnoses, &[]);
        let [one] = diagnoses.as_slice() else { continue };
        assert!(pasted.contains(one.quoted.as_str()), "{:?} is no part of {pasted:?}", one.quoted.as_str());
    }
}

#[test]
fn a_triage_is_a_page() {
    let line = "Jan  5 10:11:12 mx postfix/smtp[1]: 4F2A1: to=<\u{202e}<b>@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=5, dsn=4.2.2, status=deferred (host mx.example.com[192.0.2.1] said: 452 4.2.2 mailbox is full </pre><script>\u{1b}[2J (in reply to RCPT TO command))\n";
    let found = diagnosis::read(&Excerpt::from_bytes(line.as_bytes()), Knowledge::embedded());
    let group = Group {
        cause: found[0].causes[0].cause,
        side: found[0].causes[0].side,
        provider: None,
        incidents: 3,
        here: 0,
        messages: 2,
        recipients: 1,
        first: Some(0),
        last: Some(60),
        delivered_later: 1,
        still_waiting: 1,
        failed: 0,
        refused: 0,
        oldest_waiting: Some(0),
        median_delay: Some(60),
        p95_delay: Some(60),
        domains: vec![Domain { name: "\u{202e}<b>".to_owned(), incidents: 3 }],
        example: line.to_owned(),
        trend: vec![0, 1, 2],
    };
    let triage = Triage {
        lines: 3,
        incidents: 3,
        unrecognised: 1,
        examples: Vec::new(),
        cut: 0,
        partly_read: 0,
        forgotten: 0,
        first: Some(0),
        last: Some(60),
        delivered_later: 1,
        still_waiting: 1,
        failed: 0,
        groups: vec![group],
    };
    let page = printed(|out| html::triage(out, &triage, ""));
    assert_page(&page);
    assert!(page.contains("mailbox-full") && page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn every_page_of_explain_is_well_formed() {
    let knowledge = Knowledge::embedded();
    let pages: Vec<_> = knowledge.pages().collect();
    assert_page(&printed(|out| html::pages(out, &pages, knowledge)));
}

#[test]
fn invalid_octets_are_shown_and_their_neighbours_kept() {
    let diagnoses = diagnosis::read(&Excerpt::from_bytes(b"552 5.2.2 caf\xe9 mailbox full"), Knowledge::embedded());
    let shown = printed(|out| text::diagnoses(out, &diagnoses, &PLAIN, Detail::default()));
    assert!(shown.contains("552 5.2.2 caf\u{fffd} mailbox full"), "{shown}");
}
