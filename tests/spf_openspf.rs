//! The openspf.org test suite for RFC 7208, kept word for word with its licence under `tests/openspf`.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, PTR, TXT};
use smtpwhy::dns::{Answer, Answering, Lookup, Name, Question, RData, Record, RecordType, SPF, Server, Status};
use smtpwhy::spf::evaluate::{Evaluation, Request, check_host};
use yaml_rust2::{Yaml, YamlLoader};

/// How many cases the release of 2014.04 holds, as the Python packages of SPF carry it.
const CASES: usize = 203;

/// The records of one scenario, by name.
struct Zone(HashMap<Name, Entries>);

#[derive(Default)]
struct Entries {
    records: Vec<(RecordType, RData)>,
    /// Whatever is not listed gets no answer.
    timeout: bool,
    /// A record of type TXT is listed, if only as `NONE`.
    has_txt: bool,
}

impl Entries {
    fn read(entries: &Yaml) -> Entries {
        let mut read = Entries::default();
        for entry in entries.as_vec().unwrap() {
            match entry.as_hash() {
                None => read.timeout |= entry.as_str() == Some("TIMEOUT"),
                Some(fields) => fields.iter().for_each(|(kind, value)| read.add(kind.as_str().unwrap(), value)),
            }
        }
        if !read.has_txt {
            read.publish_spf_as_txt();
        }
        read
    }

    fn add(&mut self, kind: &str, value: &Yaml) {
        let text = value.as_str().unwrap_or_default();
        let record = match kind {
            "SPF" => (SPF, RData::TXT(TXT::from_bytes(strings(value).iter().map(Vec::as_slice).collect()))),
            "TXT" => {
                self.has_txt = true;
                if text == "NONE" {
                    return;
                }
                (RecordType::TXT, RData::TXT(TXT::from_bytes(strings(value).iter().map(Vec::as_slice).collect())))
            }
            "A" => (RecordType::A, RData::A(A(text.parse().unwrap()))),
            "AAAA" => (RecordType::AAAA, RData::AAAA(AAAA(text.parse().unwrap()))),
            "PTR" => (RecordType::PTR, RData::PTR(PTR(name(text)))),
            "CNAME" => (RecordType::CNAME, RData::CNAME(CNAME(name(text)))),
            "MX" => {
                let preference = u16::try_from(value[0].as_i64().unwrap()).unwrap();
                (RecordType::MX, RData::MX(MX::new(preference, name(value[1].as_str().unwrap()))))
            }
            other => panic!("no record type {other}"),
        };
        self.records.push(record);
    }

    /// "Other sections rely on auto-magic duplication of SPF to TXT records (by test suite drivers)."
    fn publish_spf_as_txt(&mut self) {
        let copies: Vec<_> = self.records.iter().filter(|(kind, _)| *kind == SPF).cloned().collect();
        self.records.extend(copies.into_iter().map(|(_, data)| (RecordType::TXT, data)));
    }
}

/// The suite writes octets as characters of Latin-1.
fn strings(value: &Yaml) -> Vec<Vec<u8>> {
    let octets = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    match value.as_vec() {
        Some(strings) => strings.iter().map(|string| octets(string.as_str().unwrap())).collect(),
        None => vec![octets(value.as_str().unwrap())],
    }
}

fn name(text: &str) -> Name {
    let mut name = match text {
        "" => Name::root(),
        text => Name::from_labels(text.trim_end_matches('.').split('.').map(str::as_bytes)).unwrap(),
    };
    name.set_fqdn(true);
    name
}

impl Zone {
    fn answer(&self, question: &Question) -> Answer {
        let mut records = Vec::new();
        let mut owner = question.name.clone();
        for _ in 0..10 {
            let Some(entries) = self.0.get(&owner) else { return Answer::bare(Status::NxDomain) };
            let of = |kind| entries.records.iter().filter(move |(other, _)| *other == kind);
            records.extend(of(question.kind).map(|(_, data)| Record::from_rdata(owner.clone(), 0, data.clone())));
            if !records.is_empty() {
                let mut answer = Answer::bare(Status::Answered);
                answer.records = records;
                return answer;
            }
            match of(RecordType::CNAME).next() {
                Some((_, RData::CNAME(target))) => owner = target.0.clone(),
                _ if entries.timeout => return Answer::bare(Status::Timeout),
                _ => return Answer::bare(Status::NoData),
            }
        }
        Answer::bare(Status::ServFail)
    }
}

impl Lookup for Zone {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(std::future::ready(self.answer(question)))
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }
}

fn scenarios() -> Vec<Yaml> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openspf/rfc7208-tests.yml");
    YamlLoader::load_from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn zone(scenario: &Yaml) -> Zone {
    let records = scenario["zonedata"].as_hash().unwrap();
    Zone(records.iter().map(|(owner, entries)| (name(owner.as_str().unwrap()), Entries::read(entries))).collect())
}

fn evaluate(zone: &Zone, case: &Yaml) -> Evaluation {
    let text = |field: &str| case[field].as_str().unwrap();
    let ip: IpAddr = text("host").parse().unwrap();
    let request = Request::new(ip, text("mailfrom"), text("helo"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(check_host(zone, &request))
}

/// Some cases allow for several results.
fn as_wanted(case: &Yaml, evaluation: &Evaluation) -> bool {
    let result = evaluation.result.as_str();
    let allowed = match case["result"].as_vec() {
        Some(results) => results.iter().any(|wanted| wanted.as_str() == Some(result)),
        None => case["result"].as_str() == Some(result),
    };
    let explained = match case["explanation"].as_str() {
        // The receiver's own words, where the domain has none.
        Some("DEFAULT") => evaluation.explanation.is_none(),
        Some(wanted) => evaluation.explanation.as_deref() == Some(wanted),
        None => true,
    };
    allowed && explained
}

#[test]
fn all_cases_of_the_openspf_suite_come_out_as_it_says() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for scenario in scenarios() {
        let zone = zone(&scenario);
        for (id, case) in scenario["tests"].as_hash().unwrap() {
            cases += 1;
            let evaluation = evaluate(&zone, case);
            if !as_wanted(case, &evaluation) {
                wrong.push(format!(
                    "{} (RFC 7208 {}): wanted {:?} {:?}, got {} {:?} {:?}",
                    id.as_str().unwrap(),
                    case["spec"].as_str().unwrap_or("?"),
                    case["result"],
                    case["explanation"],
                    evaluation.result,
                    evaluation.explanation,
                    evaluation.failure,
                ));
            }
        }
    }
    assert_eq!(cases, CASES);
    assert!(wrong.is_empty(), "{} of {cases} right\n{}", cases - wrong.len(), wrong.join("\n"));
}
