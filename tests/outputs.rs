//! Text, HTML and JSON say the same: each sentence that JSON has stands in the others, word for word.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde_json::Value;
use smtpwhy::diagnosis::{self, Diagnosis};
use smtpwhy::dns::zone::{self, ZoneLookup};
use smtpwhy::dns::{Answer, Answering, Lookup, Name, Question, RecordType, Server, Status};
use smtpwhy::knowledge::Knowledge;
use smtpwhy::probe::Probe;
use smtpwhy::probe::blocklist::Blocklist;
use smtpwhy::probe::check::{Elsewhere, Target, check};
use smtpwhy::probe::propagation::{Options, Vantage, propagation};
use smtpwhy::render::json::check::{CheckV1, PropagationV1, SpfV1};
use smtpwhy::render::json::{self, DiagnosisV1};
use smtpwhy::render::sarif::Sarif;
use smtpwhy::render::style::{PLAIN, Style, visible};
use smtpwhy::render::text::{self, Detail};
use smtpwhy::render::{check as check_text, html, propagation as propagation_text, spf as spf_text};
use smtpwhy::span::Excerpt;
use smtpwhy::spf::survey::survey;

/// So wide that nothing is wrapped.
fn wide() -> Style {
    let mut style = PLAIN;
    style.width = 100_000;
    style
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    assert!(!files.is_empty());
    files
}

fn corpus() -> Vec<String> {
    let cases = |file: PathBuf| fs::read_to_string(file).unwrap().parse::<toml::Table>().unwrap()["case"].clone();
    let cases = files("corpus", "toml").into_iter().flat_map(|file| cases(file).as_array().unwrap().clone());
    cases.filter_map(|case| Some(case.get("text")?.as_str()?.to_owned())).collect()
}

fn document(document: &impl Serialize) -> Value {
    let mut printed = Vec::new();
    json::write_line(document, &mut printed).unwrap();
    serde_json::from_slice(&printed).unwrap()
}

fn printed(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut printed = Vec::new();
    write(&mut printed).unwrap();
    String::from_utf8(printed).unwrap()
}

/// A page's text, with nothing between the words but what is read.
fn read_aloud(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let text: String = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(text, |text, (entity, character)| text.replace(entity, character))
}

/// Backticks are code in a page.
fn assert_said(sentence: &str, text: &str, page: &str, what: &str) {
    let sentence = visible(sentence);
    assert!(text.contains(sentence.trim()), "not in text: {sentence:?}\n{what}\n{text}");
    let unmarked = |text: &str| text.replace('`', "");
    assert!(unmarked(page).contains(unmarked(&sentence).trim()), "not in the page: {sentence:?}\n{what}\n{page}");
}

fn told<'a>(value: &'a Value, of: &str) -> &'a str {
    value[of].as_str().unwrap_or_else(|| panic!("no {of}: {value}"))
}

fn assert_same(diagnosis: &Diagnosis, receiver_first: bool, what: &str) {
    let json = document(&DiagnosisV1::new(diagnosis, receiver_first, Knowledge::embedded()));
    let mut detail = Detail::default();
    (detail.verbose, detail.receiver_first) = (true, receiver_first);
    let text = printed(|out| text::diagnosis(out, diagnosis, &wide(), detail));
    let one = std::slice::from_ref(diagnosis);
    let page = read_aloud(&printed(|out| html::report(out, one, &[], receiver_first, "")));
    for sentence in ["answer", "waiting", "therefore"] {
        assert_said(told(&json, sentence), &text, &page, what);
    }
    let contacts = json["retry"]["contacts"].as_array().unwrap();
    for contact in contacts.iter().filter(|_| !receiver_first) {
        let address = contact.as_str().unwrap().rsplit(' ').next().unwrap();
        assert!(text.contains(address), "{address} in {text}");
    }
    let causes = json["causes"].as_array().unwrap();
    for advice in causes[0]["advice"].as_array().unwrap().iter().filter(|advice| advice["for"] == "sender") {
        assert_said(told(advice, "text"), &text, &page, what);
        for line in advice["command"].as_str().into_iter().flat_map(str::lines) {
            assert_said(line, &text, &page, what);
        }
    }
    for cause in causes {
        assert!(text.contains(told(cause, "id")) && page.contains(told(cause, "id")), "{cause} in {text}");
    }
}

#[test]
fn a_diagnosis_is_the_same_in_every_output() {
    let texts = corpus();
    assert!(texts.len() > 100);
    for text in texts {
        for diagnosis in &diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), Knowledge::embedded()) {
            assert_same(diagnosis, false, &text);
            assert_same(diagnosis, true, &text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Pastes as they come: some texts, whole or torn, one after the other.
    #[test]
    fn a_mixture_is_the_same_in_every_output(torn in prop::collection::vec((any::<Index>(), any::<Index>(), any::<bool>()), 1..5)) {
        static TEXTS: LazyLock<Vec<String>> = LazyLock::new(corpus);
        let piece = |(text, end, whole): &(Index, Index, bool)| {
            let text = text.get(&TEXTS);
            let end = if *whole { text.len() } else { end.index(text.len() + 1) };
            &text.as_bytes()[..end]
        };
        let mixture = torn.iter().map(piece).collect::<Vec<_>>().join(&b"\n"[..]);
        let what = String::from_utf8_lossy(&mixture);
        for diagnosis in &diagnosis::read(&Excerpt::from_bytes(&mixture), Knowledge::embedded()) {
            assert_same(diagnosis, false, &what);
        }
    }
}

/// The owners of a zone file's names, and its answers.
fn zone(file: &Path) -> (BTreeSet<Name>, ZoneLookup) {
    let records = zone::records(&fs::read_to_string(file).unwrap(), None).unwrap();
    let records = records.into_iter().map(|(_, record)| record);
    (records.clone().map(|record| record.name).collect(), ZoneLookup::of(records))
}

fn elsewhere() -> Elsewhere {
    let mut elsewhere = Elsewhere::default();
    elsewhere.vantages.push(Vantage::new("here", "192.0.2.53".parse().unwrap()));
    elsewhere.blocklists.push(Blocklist { name: "Example list", zone: "bl.example" });
    elsewhere
}

#[tokio::test]
async fn what_dns_shows_is_the_same_in_every_output() {
    let knowledge = Knowledge::embedded();
    for file in files("zones", "zone") {
        let (names, lookup) = zone(&file);
        for name in names {
            let what = name.to_string();
            let target = Target::of(name.clone()).sent_from("192.0.2.25".parse().unwrap());
            let found = check(&lookup, &target, &Probe::ALL.into_iter().collect(), &elsewhere()).await;
            let json = document(&CheckV1::new(&found, knowledge));
            let text = printed(|out| check_text::text(out, &found, &wide(), true));
            let page = read_aloud(&printed(|out| html::checks(out, std::slice::from_ref(&found), "")));
            assert_said(told(&json, "answer"), &text, &page, &what);
            for observation in json["observations"].as_array().unwrap() {
                assert_said(told(observation, "summary"), &text, &page, &what);
            }
            for finding in json["findings"].as_array().unwrap() {
                assert_said(told(finding, "message"), &text, &page, &what);
            }

            let survey = survey(&lookup, &name.to_utf8()).await;
            let json = document(&SpfV1::new(&survey, None, knowledge));
            let text = printed(|out| spf_text::text(out, &survey, None, &wide(), true));
            let page = read_aloud(&printed(|out| html::spf(out, &survey, None, "")));
            assert_said(told(&json, "answer"), &text, &page, &what);

            let mut options = Options::default();
            options.vantages = elsewhere().vantages;
            let spread = propagation(&lookup, &name, RecordType::TXT, &options).await;
            let json = document(&PropagationV1::new(&spread, knowledge));
            let text = printed(|out| propagation_text::text(out, &spread, &wide(), true));
            let page = read_aloud(&printed(|out| html::propagation(out, &spread, "")));
            assert_said(told(&json, "answer"), &text, &page, &what);
        }
    }
}

#[tokio::test]
async fn a_diagnosis_that_asked_dns_is_the_same_in_every_output() {
    let texts = [
        "550 5.7.23 SPF validation failed",
        "451 4.4.3 temporary DNS failure checking SPF",
        "450 4.1.8 <u@example.com>: Sender address rejected: Domain not found",
        "550 5.7.1 DKIM verification failed",
        "550 5.7.25 no reverse DNS for 192.0.2.25",
    ];
    for file in files("zones", "zone") {
        let (names, lookup) = zone(&file);
        for name in names {
            let known = Target::of(name).sent_from("192.0.2.25".parse().unwrap());
            for text in texts {
                let mut diagnoses = diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), Knowledge::embedded());
                diagnosis::ask(&mut diagnoses, &lookup, &known, &elsewhere()).await;
                diagnoses.iter().for_each(|diagnosis| assert_same(diagnosis, false, text));
            }
        }
    }
}

/// A resolver that has no answer to anything.
struct Silent(Status);

impl Lookup for Silent {
    fn resolve<'a>(&'a self, _: &'a Question) -> Answering<'a> {
        Box::pin(std::future::ready(Answer::bare(self.0.clone())))
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }
}

#[tokio::test]
async fn what_was_not_answered_is_unknown_in_every_output() {
    const FACTS: [&str; 8] =
        ["has no ", "have no ", "does not exist", "not be found", "no such", "is on none", "is sound", "not signed"];
    let knowledge = Knowledge::embedded();
    let silences = [Status::ServFail, Status::Refused, Status::Timeout, Status::Unreachable("no route".to_owned())];
    for lookup in silences.map(Silent) {
        let domain = Name::from_utf8("example.com.").ok();
        let mut target = Target::default().sent_from("192.0.2.25".parse().unwrap());
        target.domain = domain;
        let found = check(&lookup, &target, &Probe::ALL.into_iter().collect(), &elsewhere()).await;
        let survey = found.spf.as_ref().unwrap();
        let one = std::slice::from_ref(&found);
        let json = document(&CheckV1::new(&found, knowledge));
        let shown = [
            printed(|out| check_text::text(out, &found, &wide(), false)),
            printed(|out| check_text::brief(out, &found)),
            printed(|out| spf_text::text(out, survey, None, &wide(), false)),
            printed(|out| spf_text::brief(out, survey, None)),
            read_aloud(&printed(|out| html::checks(out, one, ""))),
            json.to_string(),
        ];
        for text in shown {
            let fact = FACTS.iter().find(|fact| text.contains(**fact));
            assert!(fact.is_none(), "{:?}: {fact:?} in {text}", lookup.0);
        }
        assert_eq!(json["verdict"], "incomplete", "{json}");
        for observation in json["observations"].as_array().unwrap() {
            assert_eq!(
                (observation["answered"].as_bool(), told(observation, "summary").contains("unknown")),
                (Some(false), true),
                "{observation}"
            );
        }
        let sarif = document(&Sarif::new(found.findings(), None, knowledge).incomplete(["unknown".to_owned()]));
        assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        assert!(results.iter().all(|result| result["level"] != "error"), "{sarif}");
    }
}
