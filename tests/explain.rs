//! `smtpwhy explain`, run as a user runs it.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;
use smtpwhy::knowledge::Knowledge;

const WIDTH: usize = 80;

fn explain(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command.arg("explain").args(arguments).env("COLUMNS", WIDTH.to_string()).env("NO_COLOR", "1");
    command.output().expect("the program runs")
}

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("text is UTF-8")
}

fn pages(arguments: &[&str]) -> Vec<Value> {
    let output = explain(&[arguments, &["--format", "ndjson"]].concat());
    said(&output).lines().map(|line| serde_json::from_str(line).expect("each line is a document")).collect()
}

fn ids() -> Vec<String> {
    pages(&["--list"]).iter().map(|entry| entry["id"].as_str().expect("each has an id").to_owned()).collect()
}

/// The interface's finding ids and causes: scripts rely on them.
const KEPT: &str = "
    spf-missing spf-multiple-records spf-syntax spf-near-miss spf-joined-strings spf-lookup-limit spf-lookups-near-limit
    spf-void-lookup-limit spf-mx-limit spf-ptr-limit spf-include-loop spf-include-missing spf-dns-failure
    spf-redirect-ignored spf-unreachable-term spf-permissive-all spf-no-all spf-deprecated-ptr spf-record-size
    spf-duplicate-term spf-broad-network spf-reserved-address spf-type99
    dmarc-missing dmarc-syntax dmarc-multiple-records dmarc-report-unauthorised
    dkim-key-missing dkim-key-revoked dkim-key-weak dkim-key-syntax
    mx-missing mx-null mx-unresolvable mx-cname mx-address-literal reverse-missing reverse-mismatch reverse-generic
    delegation-lame delegation-inconsistent zone-serial-mismatch rrset-differs-between-servers propagation-incomplete
    resolver-failure dnssec-bogus tlsrpt-syntax mtasts-syntax blocklist-listed

    content-filter-unavailable policy-dns-failure directory-lookup-failure spool-write-failure insufficient-storage
    system-overloaded service-shutting-down server-misconfigured downstream-unavailable authentication-backend-failure
    tls-unavailable local-error
    greylisting rate-limited connection-limit recipient-rate-limited too-many-recipients session-limit sender-reputation
    blocklisted content-rejected malware-detected message-malformed policy-deferred policy-rejected relay-denied
    sender-not-allowed recipient-restricted authentication-required authentication-failed sender-account-disabled
    tls-required protocol-violation helo-rejected message-too-large mail-loop address-verification
    spf-fail spf-permerror spf-temperror dkim-failure dmarc-failure unauthenticated-mail sender-domain-unresolvable
    reverse-dns-missing
    mailbox-full mailbox-unavailable mailbox-not-found mailbox-disabled recipient-domain-not-found address-syntax
    connection-refused connection-timeout connection-lost network-unreachable host-lookup-failure tls-handshake-failure
    tls-policy-failure message-expired";

#[test]
fn every_kept_id_has_a_page() {
    let known: BTreeSet<String> = ids().into_iter().collect();
    let missing: Vec<&str> = KEPT.split_whitespace().filter(|id| !known.contains(*id)).collect();
    assert!(missing.is_empty(), "no page: {}", missing.join(", "));
}

/// Links and commands are to be copied, and may be longer.
fn may_be_long(line: &str, commands: &BTreeSet<&str>) -> bool {
    line.contains("https://") || commands.contains(line.trim())
}

#[test]
fn every_page_fits_the_terminal() {
    let steps = Knowledge::embedded().causes.iter().flat_map(|cause| cause.sender.iter().chain(cause.receiver));
    let commands: BTreeSet<&str> = steps.filter_map(|step| step.command).flat_map(str::lines).map(str::trim).collect();
    let ids = ids();
    let arguments: Vec<&str> = ids.iter().map(String::as_str).chain(["-v"]).collect();
    let output = explain(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wide: Vec<&str> = said(&output)
        .lines()
        .filter(|line| textwrap::core::display_width(line) > WIDTH && !may_be_long(line, &commands))
        .collect();
    assert!(wide.is_empty(), "{} lines are wider than {WIDTH} columns:\n{}", wide.len(), wide.join("\n"));
}

#[test]
fn several_ids_are_several_pages() {
    let found = pages(&["451", "4.7.24", "greylisting", "spf-lookup-limit", "google", "postfix", "spamhaus"]);
    let kinds: Vec<&str> = found.iter().filter_map(|page| page["page"].as_str()).collect();
    let expected = ["reply code", "enhanced status code", "cause", "finding", "provider", "software", "provider"];
    assert_eq!(kinds, expected);
}

#[test]
fn a_domain_leads_to_its_provider_and_a_token_to_what_it_means() {
    let found = pages(&["gmail.com", "S3150"]);
    assert_eq!(found[0]["id"], "google");
    assert_eq!(found[1]["page"], "wording");
    assert_eq!(found[1]["wordings"][0]["cause"], "blocklisted");
    assert_eq!(found[1]["wordings"][0]["provider"], "microsoft-consumer");
}

#[test]
fn json_has_what_the_text_has() {
    let page = &pages(&["greylisting"])[0];
    for part in ["sender", "receiver", "related", "wordings", "sources"] {
        assert!(page[part].as_array().is_some_and(|list| !list.is_empty()), "{part} is empty");
    }
    assert_eq!(page["retry"]["worthwhile"], true);
    assert!(page["fix"].is_null(), "absent facts are null");
    let text = explain(&["greylisting"]);
    let flat = said(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    for step in page["receiver"].as_array().into_iter().flatten() {
        let told = step["text"].as_str().unwrap_or_default();
        assert!(flat.contains(told), "not in the text: {told}");
    }
}

#[test]
fn an_unknown_id_names_its_neighbours_and_prints_nothing_else() {
    for (typed, meant) in [("greylist", "greylisting"), ("spf-lookup-limits", "spf-lookup-limit"), ("gmail", "google")]
    {
        let output = explain(&["451", typed]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{typed}");
        assert!(output.stdout.is_empty(), "{typed}: half an answer");
        assert!(complaint.contains(meant) && complaint.lines().count() == 1, "{typed}: {complaint}");
    }
}
