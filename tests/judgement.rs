//! What replies mean: `tests/judgement/replies.toml`, each with its first cause and whether a retry is worthwhile; and
//! `refused.toml`, what is no failed mail.

use serde::Deserialize;
use smtpwhy::diagnosis;
use smtpwhy::knowledge::Knowledge;
use smtpwhy::span::Excerpt;

#[derive(Deserialize)]
struct Replies {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    cause: String,
    /// Left out where it is open.
    retry: Option<bool>,
    source: String,
}

fn cases() -> Vec<Case> {
    toml::from_str::<Replies>(include_str!("judgement/replies.toml")).expect("is a list of cases").case
}

/// What is wrong with the diagnosis of a case.
fn fault_in(case: &Case) -> Option<String> {
    let text = Excerpt::from_bytes(case.text.as_bytes());
    let Some(found) = diagnosis::read(&text, Knowledge::embedded()).into_iter().next() else {
        return Some(format!("{}: nothing found, not {}", case.name, case.cause));
    };
    let first = found.causes[0].cause.id;
    let retry = found.retry.worthwhile;
    let right = first == case.cause && (case.retry.is_none() || retry == case.retry);
    (!right).then(|| format!("{}: {first}, retry {retry:?}; not {}, retry {:?}", case.name, case.cause, case.retry))
}

#[test]
fn replies_are_judged_as_an_experienced_postmaster_would() {
    let faults: Vec<String> = cases().iter().filter_map(fault_in).collect();
    assert!(faults.is_empty(), "{} judged wrongly:\n{}", faults.len(), faults.join("\n"));
}

#[derive(Deserialize)]
struct Refused {
    case: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    name: String,
    text: String,
}

#[test]
fn what_tells_of_no_failed_mail_is_refused() {
    let refused: Refused = toml::from_str(include_str!("judgement/refused.toml")).expect("is a list of texts");
    for Text { name, text } in refused.case {
        let found = diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), Knowledge::embedded());
        assert!(found.is_empty(), "{name}: taken for {}", found[0].causes[0].cause.id);
    }
}

#[test]
fn every_case_says_where_its_words_are_from() {
    for case in cases() {
        assert!(case.source.starts_with("http"), "{} names no source", case.name);
    }
}
