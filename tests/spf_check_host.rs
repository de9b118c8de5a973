//! RFC 7208 as cases: every file under `tests/rfc7208` is a zone and what `check_host()` makes of it.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use smtpwhy::dns::cache::Cached;
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Name, Status};
use smtpwhy::spf::evaluate::{Evaluation, Request, check_host};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    zone: String,
    /// Names whose servers do not answer, or answer SERVFAIL.
    #[serde(default)]
    timeout: Vec<String>,
    #[serde(default)]
    servfail: Vec<String>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The rule and its section.
    rule: String,
    sender: String,
    #[serde(default = "helo")]
    helo: String,
    #[serde(default = "ip")]
    ip: String,
    result: String,
    /// The explanation; `"-"` where there must be none.
    explanation: Option<String>,
    matched: Option<String>,
}

fn helo() -> String {
    "mail.example.net".to_owned()
}

fn ip() -> String {
    "192.0.2.1".to_owned()
}

fn files() -> BTreeMap<String, File> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rfc7208");
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let file = toml::from_str(&std::fs::read_to_string(&path).unwrap());
            (name.clone(), file.unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect()
}

fn lookup(file: &File) -> ZoneLookup {
    let zones = ZoneLookup::parse(&file.zone).unwrap_or_else(|error| panic!("{error}"));
    let failing =
        |zones: ZoneLookup, (name, status): (&String, Status)| zones.failing(&Name::from_ascii(name).unwrap(), status);
    let failures = file.timeout.iter().map(|name| (name, Status::Timeout));
    failures.chain(file.servfail.iter().map(|name| (name, Status::ServFail))).fold(zones, failing)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn evaluate(file: &File, case: &Case) -> Evaluation {
    let request = Request::new(case.ip.parse().unwrap(), case.sender.as_str(), case.helo.as_str());
    run(check_host(&Cached::new(lookup(file), 200), &request))
}

#[test]
fn every_case_comes_out_as_its_section_says() {
    let mut wrong = Vec::new();
    for (name, file) in files() {
        for case in &file.case {
            let evaluation = evaluate(&file, case);
            let explanation = evaluation.explanation.as_deref().unwrap_or("-");
            let matched = evaluation.matched.as_ref().map(|matched| matched.term.as_str());
            let as_said = evaluation.result.as_str() == case.result
                && case.explanation.as_deref().is_none_or(|wanted| wanted == explanation)
                && case.matched.as_deref().is_none_or(|wanted| Some(wanted) == matched);
            if !as_said {
                wrong.push(format!(
                    "{name}: {}\n  {} from {}: wanted {}, got {} ({explanation}, {matched:?}, {:?})",
                    case.rule, case.sender, case.ip, case.result, evaluation.result, evaluation.failure
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_question_costs_two_queries_however_often_it_is_needed() {
    for (name, file) in files() {
        for case in &file.case {
            let cached = Cached::new(lookup(&file), 200);
            let request = Request::new(case.ip.parse().unwrap(), case.sender.as_str(), case.helo.as_str());
            run(check_host(&cached, &request));
            let asked = cached.lookup().asked();
            for (index, one) in asked.iter().enumerate() {
                assert!(!asked[..index].contains(one), "{name}: {}: {one:?} asked twice", case.rule);
            }
        }
    }
}

#[test]
fn a_clock_before_1970_tells_the_time_as_zero() {
    let zone = "
example.com. 300 IN SOA ns.example.com. root.example.com. 1 1 1 1 60
example.com. 300 IN TXT \"v=spf1 -all exp=why.example.com\"
why.example.com. 300 IN TXT \"at %{t}\"
";
    let mut request = Request::new("192.0.2.1".parse().unwrap(), "a@example.com", helo());
    request.time = UNIX_EPOCH - Duration::from_secs(1);
    let evaluation = run(check_host(&ZoneLookup::parse(zone).unwrap(), &request));
    assert_eq!(evaluation.explanation.as_deref(), Some("at 0"));
}

#[test]
fn the_trace_tells_the_way_to_the_verdict() {
    let zone = "
example.com. 300 IN SOA ns.example.com. root.example.com. 1 1 1 1 60
example.com. 300 IN TXT \"v=spf1 ip4:198.51.100.0/24 include:_spf.example.com -all\"
_spf.example.com. 300 IN TXT \"v=spf1 a:mail.example.com ~all\"
mail.example.com. 300 IN A 203.0.113.7
";
    let request = Request::new("192.0.2.1".parse().unwrap(), "someone@example.com", "mail.example.com");
    let evaluation = run(check_host(&ZoneLookup::parse(zone).unwrap(), &request));
    let told: Vec<String> =
        evaluation.trace.iter().map(|step| format!("{} {} {}", step.depth, step.term, step.outcome)).collect();
    assert_eq!(
        told,
        [
            "0 ip4:198.51.100.0/24 no match",
            "0 include:_spf.example.com enters _spf.example.com",
            "1 a:mail.example.com no match",
            "1 ~all match",
            "0 include:_spf.example.com came to softfail",
            "0 -all match",
        ]
    );
    assert_eq!((evaluation.lookups, evaluation.void), (2, 0));
}

#[test]
fn more_than_ten_reverse_names_are_said_to_be_chance() {
    let names: String = (0..11).map(|n| format!("1.2.0.192.in-addr.arpa. 300 IN PTR host{n}.example.org.\n")).collect();
    let zone = format!(
        "example.com. 300 IN SOA ns.example.com. root.example.com. 1 1 1 1 60
example.com. 300 IN TXT \"v=spf1 ptr -all\"
2.0.192.in-addr.arpa. 300 IN SOA ns.example.com. root.example.com. 1 1 1 1 60
{names}"
    );
    let request = Request::new("192.0.2.1".parse().unwrap(), "someone@example.com", "mail.example.com");
    let evaluation = run(check_host(&ZoneLookup::parse(&zone).unwrap(), &request));
    let ids: Vec<&str> = evaluation.findings.iter().map(|finding| finding.id).collect();
    assert_eq!(ids, ["spf-ptr-limit"]);
}
