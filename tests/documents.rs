//! Every document is what `smtpwhy schema` says it is, and what scripts rely on: names that stay, text that is exact and
//! harmless, failures that are told inside too.

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jsonschema::Validator;
use serde::Serialize;
use serde_json::Value;
use smtpwhy::diagnosis;
use smtpwhy::dns::Name;
use smtpwhy::dns::RecordType;
use smtpwhy::dns::zone::{self, ZoneLookup};
use smtpwhy::knowledge::Knowledge;
use smtpwhy::probe::Probe;
use smtpwhy::probe::blocklist::Blocklist;
use smtpwhy::probe::check::{Elsewhere, Target, check};
use smtpwhy::probe::propagation::{Options, Vantage, propagation};
use smtpwhy::render::json::check::{CheckV1, PropagationV1, SpfV1};
use smtpwhy::render::json::page::{PageV1, PagesV1};
use smtpwhy::render::json::{self, DiagnosisV1, ReportV1};
use smtpwhy::render::style::acts_on_terminal;
use smtpwhy::span::Excerpt;
use smtpwhy::spf::evaluate::{Request, check_host};
use smtpwhy::spf::survey::survey;

fn validator(kind: &str) -> Validator {
    let schema = json::schema::schema(Some(kind)).expect(kind);
    jsonschema::draft202012::new(&schema).expect(kind)
}

/// The document as it is printed, after its text was found harmless and its shape right.
fn checked(document: &impl Serialize, schema: &Validator, what: &str) -> Value {
    let mut printed = Vec::new();
    json::write_line(document, &mut printed).unwrap();
    let text = String::from_utf8(printed).unwrap();
    assert!(!text.trim_end_matches('\n').contains(|c| c == '\n' || acts_on_terminal(c)), "{what}: {text}");
    let value: Value = serde_json::from_str(&text).expect(what);
    let faults: Vec<String> =
        schema.iter_errors(&value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert!(faults.is_empty(), "{what}:\n{}", faults.join("\n"));
    value
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The texts of `tests/corpus/`, and the examples of some clues of every kind.
fn texts() -> Vec<String> {
    let mut texts = Vec::new();
    for file in files("corpus", "toml") {
        let corpus: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        let cases = corpus["case"].as_array().unwrap().iter();
        texts.extend(cases.filter_map(|case| Some(case.get("text")?.as_str()?.to_owned())));
    }
    assert!(texts.len() > 100, "{}", texts.len());
    texts.extend(Knowledge::embedded().clues().iter().step_by(16).map(|clue| clue.example().to_owned()));
    texts
}

#[test]
fn every_diagnosis_of_the_corpus_is_as_described() {
    let knowledge = Knowledge::embedded();
    let reports = validator("report");
    for text in texts() {
        let diagnoses = diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), knowledge);
        let report = checked(&ReportV1::new(&diagnoses, &[], &[], false, knowledge), &reports, &text);
        let told = report["diagnoses"].as_array().unwrap();
        assert_eq!(told.len(), diagnoses.len());
        for (told, diagnosis) in told.iter().zip(&diagnoses) {
            let mut line = Vec::new();
            json::write_line(&DiagnosisV1::new(diagnosis, false, knowledge), &mut line).unwrap();
            assert_eq!(*told, serde_json::from_slice::<Value>(&line).unwrap());
            let span: [usize; 2] = serde_json::from_value(told["input"]["span"].clone()).unwrap();
            assert!(text.get(span[0]..span[1]).is_some_and(|part| !part.is_empty()), "{span:?} of {text}");
        }
    }
}

/// The zones of a file, by the owners of its SOA records, and its lookup.
fn zones(file: &Path) -> (Vec<Name>, ZoneLookup) {
    let text = fs::read_to_string(file).unwrap();
    let records = zone::records(&text, None).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
    let records = records.into_iter().map(|(_, record)| record);
    let owners = records.clone().map(|record| record.name).collect::<BTreeSet<_>>();
    (owners.into_iter().collect(), ZoneLookup::of(records))
}

#[tokio::test]
async fn every_check_of_the_zones_is_as_described() {
    let knowledge = Knowledge::embedded();
    let (checks, spfs, propagations) = (validator("check"), validator("spf"), validator("propagation"));
    let mut elsewhere = Elsewhere::default();
    elsewhere.vantages.push(Vantage::new("here", "192.0.2.53".parse().unwrap()));
    elsewhere.blocklists.push(Blocklist { name: "Example list", zone: "bl.example" });
    let mut seen = 0;
    for file in files("zones", "zone") {
        let (names, lookup) = zones(&file);
        for name in names {
            let what = format!("{}: {name}", file.display());
            let ip: IpAddr = "192.0.2.25".parse().unwrap();
            let target = Target::of(name.clone()).sent_from(ip);
            let found = check(&lookup, &target, &Probe::ALL.into_iter().collect(), &elsewhere).await;
            checked(&CheckV1::new(&found, knowledge), &checks, &what);
            let survey = survey(&lookup, &name.to_utf8()).await;
            let request = Request::new(ip, format!("u@{name}"), "mx.example.com".to_owned());
            let evaluation = check_host(&lookup, &request).await;
            checked(&SpfV1::new(&survey, Some(&evaluation), knowledge), &spfs, &what);
            let options = Options::new(elsewhere.vantages.clone());
            let spread = propagation(&lookup, &name, RecordType::TXT, &options).await;
            checked(&PropagationV1::new(&spread, knowledge), &propagations, &what);
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn every_page_is_as_described() {
    let knowledge = Knowledge::embedded();
    let schema = validator("explain");
    for page in knowledge.pages() {
        checked(&PageV1::new(&page, knowledge), &schema, &page.id());
    }
    checked(&PagesV1::list(knowledge), &validator("pages"), "the list");
}

/// The names that scripts rely on. They may get company; they never go.
const KEPT: [(&str, &[&str]); 17] = [
    ("ReportV1", &["schema", "kind", "tool", "diagnoses", "checks", "errors"]),
    ("ToolV1", &["name", "version"]),
    ("DiagnosisV1", &["input", "reply", "context", "software", "provider", "causes", "retry", "check"]),
    ("InputV1", &["form", "span"]),
    ("ReplyV1", &["code", "enhanced", "text", "lines", "command"]),
    (
        "ContextV1",
        &["time", "queue_id", "sender", "recipient", "remote_host", "remote_ip", "client_ip", "reporting_mta"],
    ),
    ("CauseV1", &["id", "title", "side", "confidence", "standing", "because", "advice", "sources"]),
    ("BecauseV1", &["kind", "text", "span", "finding"]),
    ("AdviceV1", &["for", "text", "command", "after"]),
    ("RetryV1", &["worthwhile", "class", "escalate_after", "contacts", "note"]),
    (
        "CheckV1",
        &["domain", "verdict", "findings", "spf", "dmarc", "dkim", "mx", "reverse", "delegation", "propagation"],
    ),
    ("FindingV1", &["id", "severity", "subject", "message", "record", "span", "help", "fix", "sources"]),
    (
        "SpfV1",
        &["schema", "kind", "domain", "record", "result", "explanation", "matched", "lookups", "tree", "findings"],
    ),
    ("LookupsV1", &["total", "limit", "void", "void_limit"]),
    ("NodeV1", &["term", "domain", "record", "lookups", "children", "error"]),
    (
        "PropagationV1",
        &[
            "schema",
            "kind",
            "name",
            "type",
            "expected",
            "authoritative",
            "vantages",
            "agreement",
            "converged",
            "converges_within",
            "findings",
        ],
    ),
    ("VantageV1", &["name", "address", "operator", "status", "values", "ttl", "rtt_ms", "extended_error"]),
];

#[test]
fn kept_names_are_always_there() {
    let schema = json::schema::schema(None).unwrap();
    for (kind, names) in KEPT {
        let required = &schema["$defs"][kind]["required"];
        let required: BTreeSet<&str> = required.as_array().expect(kind).iter().filter_map(Value::as_str).collect();
        let gone: Vec<_> = names.iter().filter(|name| !required.contains(**name)).collect();
        assert!(gone.is_empty(), "{kind} lost {gone:?}");
    }
}

#[test]
fn a_triage_and_the_diagnoses_of_a_log_are_as_described() {
    let folder = tempfile("triage");
    let log = folder.join("mail.log");
    fs::write(&log, DEFERRED.repeat(3)).unwrap();
    let missing = folder.join("missing.log");
    let triage = document(&smtpwhy(&["logs", "--json", log.to_str().unwrap()], b""));
    let schema = validator("triage");
    let faults: Vec<String> = schema.iter_errors(&triage).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(triage["groups"][0]["cause"], "mailbox-full");
    let output = smtpwhy(&["logs", "--json", missing.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(document(&output)["errors"][0]["message"].as_str().unwrap().contains("missing.log"));
    let lines = smtpwhy(&["logs", "--format", "ndjson", log.to_str().unwrap()], b"");
    let schema = validator("logged");
    for line in String::from_utf8(lines.stdout).unwrap().lines() {
        assert!(schema.is_valid(&serde_json::from_str(line).unwrap()), "{line}");
    }
}

#[test]
fn a_document_that_lacks_a_fact_is_refused() {
    let schema = validator("error");
    assert!(schema.is_valid(&serde_json::json!({"schema": 1, "kind": "error", "message": "x"})));
    assert!(!schema.is_valid(&serde_json::json!({"schema": 1, "kind": "error"})));
    assert!(!schema.is_valid(&serde_json::json!({"schema": 2, "kind": "error", "message": "x"})));
}

fn smtpwhy(args: &[&str], input: &[u8]) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .args(args)
        .env("SMTPWHY_CONFIG", "")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|fault| panic!("{fault}: {output:?}"))
}

#[test]
fn hostile_text_is_exact_and_harmless() {
    let said = "451 4.7.1 \u{1b}]0;x\u{7} \u{7f}\u{9b}31m try \u{202e}again\u{200b} later\u{e0041}";
    let output = smtpwhy(&["--offline", "--json"], said.as_bytes());
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!printed.contains(|c| c != '\n' && acts_on_terminal(c)), "{printed:?}");
    assert!(printed.contains("\\u009b") && printed.contains("\\udb40\\udc41"), "{printed:?}");
    let report = document(&output);
    assert!(validator("report").is_valid(&report));
    // What a terminal hides (its own commands, marks of direction, zero-width blanks) is no part of the text.
    assert_eq!(report["diagnoses"][0]["reply"]["text"], "\u{7f}\u{9b}31m try again later\u{e0041}");
}

#[test]
fn what_could_not_be_read_is_told_inside_and_the_rest_is_done() {
    let folder = tempfile("unreadable");
    let good = folder.join("good.txt");
    fs::write(&good, "450 4.2.2 mailbox full").unwrap();
    let missing = folder.join("missing.txt");
    let output = smtpwhy(&["--offline", "--json", good.to_str().unwrap(), missing.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(2));
    let report = document(&output);
    assert!(validator("report").is_valid(&report));
    assert_eq!(report["diagnoses"].as_array().unwrap().len(), 1);
    assert!(report["errors"][0]["message"].as_str().unwrap().contains("missing.txt"));
    let output = smtpwhy(&["spf", "example.com", "--json", "--zone", missing.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(document(&output)["errors"][0]["message"].as_str().unwrap().contains("missing.txt"));
}

fn tempfile(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

const DEFERRED: &str = "Nov 27 10:00:01 mx postfix/smtp[123]: 4F1A2B3C4D: to=<u@example.net>, \
    relay=mx.example.net[192.0.2.1]:25, delay=1, delays=0/0/1/0, dsn=4.2.2, status=deferred (host \
    mx.example.net[192.0.2.1] said: 452 4.2.2 mailbox full (in reply to RCPT TO command))\n";

#[test]
fn ndjson_answers_a_line_before_the_next_comes() {
    use std::io::{BufRead, BufReader, Write};
    let mut child = Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .args(["--offline", "--format", "ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let schema = validator("diagnosis");
    for round in 0..3 {
        input.write_all(DEFERRED.as_bytes()).unwrap();
        let mut line = String::new();
        // Comes while the input is still open, or never.
        output.read_line(&mut line).unwrap();
        let diagnosis: Value = serde_json::from_str(&line).unwrap();
        assert!(schema.is_valid(&diagnosis), "{line}");
        assert_eq!(diagnosis["input"]["form"], "postfix-log");
        assert_eq!(diagnosis["input"]["span"][0], round * DEFERRED.len());
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn ndjson_takes_a_text_that_is_no_log_whole() {
    let output = smtpwhy(&["--offline", "--format", "ndjson"], b"550-5.7.1 two\n550 5.7.1 lines\n");
    let diagnosis = document(&output);
    assert_eq!(diagnosis["reply"]["lines"].as_array().unwrap().len(), 2);
}

const ZONE: &str = "\
$TTL 3600
@ SOA ns1 hostmaster 1 3600 600 604800 300
  NS ns1
ns1 A 192.0.2.53
@ MX 10 mx
@ TXT \"v=spf1 inlcude:_spf.example.net -all\"
mx A 192.0.2.25
sub TXT \"v=spf1 ptr ~all\"
";

#[test]
fn sarif_names_the_zone_file_and_the_line() {
    let folder = tempfile("sarif zone");
    let file = folder.join("example.com.zone");
    fs::write(&file, ZONE).unwrap();
    let run = |domain: &str| {
        let output = smtpwhy(&["spf", domain, "--format", "sarif", "--zone", file.to_str().unwrap()], b"");
        document(&output)
    };
    let root = run("example.com");
    assert_eq!(root["version"], "2.1.0");
    let driver = &root["runs"][0]["tool"]["driver"];
    for result in root["runs"][0]["results"].as_array().unwrap() {
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let rule = &driver["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!rule["fullDescription"]["text"].as_str().unwrap().is_empty());
    }
    let first = &root["runs"][0]["results"][0];
    assert_eq!(first["ruleId"], "spf-syntax");
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 6);
    let uri = place["artifactLocation"]["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///") && uri.ends_with("/sarif%20zone/example.com.zone"), "{uri}");
    assert_eq!(first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "example.com");

    // The zone is the one that the file is of; a name below it is found at its own line.
    fs::write(&file, ZONE.replace("$TTL 3600", "$ORIGIN example.com.\n$TTL 3600")).unwrap();
    let below = run("sub.example.com");
    let place = &below["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 9);
}

#[test]
fn a_zone_that_cannot_be_read_is_told_in_sarif_too() {
    let folder = tempfile("sarif-broken");
    let file = folder.join("broken.zone");
    fs::write(&file, "@ SOA ns1 hostmaster 1 3600 600 604800 300\n@ MX ten mx\n").unwrap();
    let output = smtpwhy(&["spf", "example.com", "--format", "sarif", "--zone", file.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(2));
    let invocation = &document(&output)["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let message = invocation["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(message.contains("line 2"), "{message}");
}

#[test]
fn several_pages_are_one_document() {
    let one = document(&smtpwhy(&["explain", "greylisting", "--json"], b""));
    let several = document(&smtpwhy(&["explain", "greylisting", "451", "--json"], b""));
    assert_eq!((&several["kind"], &several["pages"][0]), (&"pages".into(), &one));
    let schema = validator("pages");
    let faults: Vec<String> = schema.iter_errors(&several).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let lines = smtpwhy(&["explain", "greylisting", "451", "--format", "ndjson"], b"");
    assert_eq!(String::from_utf8(lines.stdout).unwrap().lines().count(), 2);
}
