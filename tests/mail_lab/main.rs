//! End to end through real mail servers (Postfix, Exim, Postgrey, ClamAV) on the loopback interface: a fault is injected, a mail
//! is sent, and what the servers log, list and send back, and what sending programs print, must lead to that fault.
//!
//! Skipped, with a word, where the servers are not installed or may not be started.

mod clamav;
mod clients;
mod exim;
mod lab;
mod postfix;
mod sink;

use std::collections::BTreeMap;
use std::process::Command;

use clamav::Clamav;
use clients::CLIENTS;
use exim::Exim;
use lab::{Folder, REMOTE, free_port};
use postfix::Postfix;
use serde_json::Value;
use sink::{Behaviour, Sink};
use smtpwhy::diagnosis::{self, Diagnosis};
use smtpwhy::knowledge::Knowledge;
use smtpwhy::span::Excerpt;

const SENDER: &str = "sender@example.org";
const RECIPIENT: &str = "user@example.com";

/// The first cause of each failure that the text tells of.
fn causes(text: &str) -> Vec<&'static str> {
    let found = diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), Knowledge::embedded());
    found.iter().map(|found| found.causes[0].cause.id).collect()
}

/// Every failure in the text has this first cause, and there is one.
#[track_caller]
fn assert_leads_to(expected: &str, text: &str) {
    let found = causes(text);
    assert!(
        !found.is_empty() && found.iter().all(|cause| *cause == expected),
        "{found:?}, not {expected}, in:\n{text}"
    );
}

/// Each failure in the text names this cause among others, and there is one.
#[track_caller]
fn assert_lists(expected: &str, text: &str) {
    let found = diagnosis::read(&Excerpt::from_bytes(text.as_bytes()), Knowledge::embedded());
    let lists = |found: &Diagnosis| found.causes.iter().any(|ranked| ranked.cause.id == expected);
    assert!(!found.is_empty() && found.iter().all(lists), "{expected} is not listed for:\n{text}");
}

/// A Postfix that has tried to send one mail to `port`, with the mails for the sender going to `bounces`.
fn sent_by_postfix(port: u16, bounces: u16) -> Postfix {
    let sender = Postfix::sending([("example.com".to_owned(), port), ("example.org".to_owned(), bounces)]);
    sender.submit(SENDER, RECIPIENT);
    sender.wait_for_log("status=");
    sender
}

/// Sends to a Postfix with this fault; what the sender logs and lists must lead to `expected`.
fn deferred_by_postfix(fault: &str, expected: &str) -> Postfix {
    let receiver = Postfix::receiving(fault);
    let sender = sent_by_postfix(receiver.port, free_port());
    assert_leads_to(expected, &sender.log_of("smtp"));
    assert_leads_to(expected, &sender.queue());
    receiver
}

macro_rules! require {
    ($server:ident) => {
        if let Some(why) = $server::missing() {
            println!("skipped: {why}");
            return;
        }
    };
}

#[test]
fn a_dead_milter_is_a_content_filter_that_is_down() {
    require!(postfix);
    let receiver = deferred_by_postfix(
        &format!("smtpd_milters = inet:{REMOTE}:{}\nmilter_default_action = tempfail\n", free_port()),
        "content-filter-unavailable",
    );
    assert_leads_to("content-filter-unavailable", &receiver.log_of("smtpd"));
}

#[test]
fn a_dead_table_is_a_directory_lookup_failure() {
    require!(postfix);
    let receiver = deferred_by_postfix("virtual_alias_maps = hash:/nowhere/aliases\n", "directory-lookup-failure");
    assert_leads_to("directory-lookup-failure", &receiver.log_of("smtpd"));
}

#[test]
fn a_full_disk_is_insufficient_storage() {
    require!(postfix);
    let Some(disk) = Folder::on_small_disk("1m") else {
        println!("skipped: no file system may be mounted here");
        return;
    };
    let receiver = Postfix::receiving_on(&disk, "");
    let sender = sent_by_postfix(receiver.port, free_port());
    assert_leads_to("insufficient-storage", &sender.log_of("smtp"));
    assert_leads_to("insufficient-storage", &sender.queue());
}

#[test]
fn postgreys_deferral_is_greylisting() {
    require!(postfix);
    let Some(policy) = postfix::Postgrey::start() else {
        println!("skipped: postgrey is not installed");
        return;
    };
    let restrictions = format!(
        "smtpd_recipient_restrictions = reject_unauth_destination, check_policy_service inet:{REMOTE}:{}\n",
        policy.port
    );
    deferred_by_postfix(&restrictions, "greylisting");
}

#[test]
fn a_virus_found_is_malware_and_a_scanner_that_ended_is_a_content_filter_that_is_down() {
    require!(postfix);
    let Some(mut clamav) = Clamav::start() else {
        println!("skipped: clamav-daemon and clamav-milter are not installed");
        return;
    };
    let milter = format!("smtpd_milters = inet:{REMOTE}:{}\nmilter_default_action = tempfail\n", clamav.port);
    let inbox = Sink::start(Behaviour::Accept);
    let receiver = Postfix::receiving(&milter);
    let sender = sent_by_postfix(receiver.port, inbox.port);
    assert_leads_to("malware-detected", &sender.log_of("smtp"));
    assert_leads_to("malware-detected", &receiver.log_of("cleanup"));
    assert_leads_to("malware-detected", &inbox.wait_for_mail());

    clamav.end_daemon();
    let receiver = deferred_by_postfix(&milter, "content-filter-unavailable");
    assert_leads_to("content-filter-unavailable", &receiver.log_of("cleanup"));
}

#[test]
fn an_unknown_user_comes_back_as_a_bounce_that_says_so() {
    require!(postfix);
    let receiver = Postfix::receiving("local_recipient_maps = inline:{ sender=1 }\n");
    let inbox = Sink::start(Behaviour::Accept);
    let sender = sent_by_postfix(receiver.port, inbox.port);
    assert_leads_to("mailbox-not-found", &sender.log_of("smtp"));
    assert_leads_to("mailbox-not-found", &receiver.log_of("smtpd"));
    assert_leads_to("mailbox-not-found", &inbox.wait_for_mail());
}

#[test]
fn a_closed_port_is_a_refused_connection() {
    require!(postfix);
    let sender = sent_by_postfix(free_port(), free_port());
    assert_leads_to("connection-refused", &sender.log_of("smtp"));
    assert_leads_to("connection-refused", &sender.queue());
}

#[test]
fn a_server_that_never_speaks_is_a_timeout() {
    require!(postfix);
    let silent = Sink::start(Behaviour::Silent);
    let sender = sent_by_postfix(silent.port, free_port());
    assert_leads_to("connection-timeout", &sender.log_of("smtp"));
    assert_leads_to("connection-timeout", &sender.queue());
}

#[test]
fn a_server_that_hangs_up_after_the_message_is_a_lost_connection() {
    require!(postfix);
    let rude = Sink::start(Behaviour::HangUpAfterData);
    let sender = sent_by_postfix(rude.port, free_port());
    assert_leads_to("connection-lost", &sender.log_of("smtp"));
    assert_leads_to("connection-lost", &sender.queue());
}

#[test]
fn an_unreadable_table_of_exim_shows_in_its_log_and_is_listed_for_its_vague_reply() {
    require!(postfix);
    require!(exim);
    let receiver = Exim::start("mx.example.com", exim::Fault::TableMissing, free_port());
    let sender = sent_by_postfix(receiver.port, free_port());
    // "Temporary local problem - please try later": 27 different faults say no more.
    assert_lists("directory-lookup-failure", &sender.log_of("smtp"));
    assert_leads_to("directory-lookup-failure", &receiver.log("main"));
}

#[test]
fn exim_as_sender_tells_a_refused_connection_and_an_unknown_user() {
    require!(postfix);
    require!(exim);
    let receiver = Postfix::receiving("local_recipient_maps = inline:{ sender=1 }\n");
    let refused = Exim::start("mail.example.net", exim::Fault::None, free_port());
    refused.submit(SENDER, RECIPIENT);
    assert_leads_to("connection-refused", &refused.wait_for_log(" == "));

    let unknown = Exim::start("mail.example.net", exim::Fault::None, receiver.port);
    unknown.submit(SENDER, RECIPIENT);
    assert_leads_to("mailbox-not-found", &unknown.wait_for_log(" ** "));
}

/// What a receiver may be told to do, and what the sender's own log must say of it first.
const RULES: [(&str, &str); 6] = [
    ("message_size_limit = 100", "message-too-large"),
    ("smtpd_sender_restrictions = check_sender_access inline:{ { sender@example.org = REJECT } }", "policy-rejected"),
    ("smtpd_sender_restrictions = check_sender_access inline:{ { sender@example.org = DEFER } }", "policy-deferred"),
    ("smtpd_helo_restrictions = check_helo_access inline:{ { mail.example.net = REJECT } }", "helo-rejected"),
    (
        "smtpd_recipient_restrictions = reject_unauth_destination, \
         check_recipient_access inline:{ { user@ = 452 4.2.2 Mailbox full } }",
        "mailbox-full",
    ),
    // Which Postfix calls a "Server configuration problem".
    (
        "smtpd_policy_service_try_limit = 1\nsmtpd_data_restrictions = check_policy_service inet:127.0.0.2:9",
        "content-filter-unavailable",
    ),
];

/// Faults that Postfix words as others do; the true one must be among the causes.
const VAGUE: [(&str, &str); 1] = [("smtpd_proxy_filter = 127.0.0.2:9", "content-filter-unavailable")];

/// The line that the sender logs for each of these options of a receiver.
fn lines_for(options: &[&str]) -> Vec<String> {
    let (_receiver, ports) = Postfix::receiving_with(options);
    let domain = |number: usize| format!("rule{number}.example.com");
    let sender = Postfix::sending(ports.iter().enumerate().map(|(number, port)| (domain(number), *port)));
    for number in 0..options.len() {
        sender.submit(SENDER, &format!("user@{}", domain(number)));
    }
    (0..options.len()).map(|number| sender.wait_for_line("postfix/smtp[", &domain(number))).collect()
}

#[test]
fn what_a_receiver_says_by_each_of_its_rules_leads_to_the_rule() {
    require!(postfix);
    for ((_, expected), line) in RULES.iter().zip(lines_for(&RULES.map(|(options, _)| options))) {
        assert_leads_to(expected, &line);
    }
}

#[test]
fn a_fault_worded_as_another_is_among_the_causes() {
    require!(postfix);
    for ((_, expected), line) in VAGUE.iter().zip(lines_for(&VAGUE.map(|(options, _)| options))) {
        assert_lists(expected, &line);
    }
}

/// What sending programs meet, where a server has nothing to do with it.
fn outages() -> [(u16, &'static str); 3] {
    let port = |behaviour| Sink::start(behaviour).port;
    [
        (free_port(), "connection-refused"),
        (port(Behaviour::Silent), "connection-timeout"),
        (port(Behaviour::HangUpAfterData), "connection-lost"),
    ]
}

#[test]
fn what_a_sending_program_prints_leads_to_the_outage() {
    let outages = outages();
    for client in &CLIENTS {
        if client.is_missing() {
            println!("skipped: no {}", client.name);
            continue;
        }
        for (port, expected) in outages {
            assert_leads_to(expected, &client.send(port));
        }
    }
}

/// How many incidents of each cause `smtpwhy logs` counts in the text.
fn sorted_account(log: &str) -> BTreeMap<String, u64> {
    let folder = Folder::new();
    let file = folder.write("mail.log", log);
    let output = Command::new(env!("CARGO_BIN_EXE_smtpwhy")).args(["logs", "--json"]).arg(file).output().unwrap();
    let account: Value = serde_json::from_slice(&output.stdout).unwrap();
    let group = |group: &Value| (group["cause"].as_str().unwrap().to_owned(), group["incidents"].as_u64().unwrap());
    account["groups"].as_array().unwrap().iter().map(group).collect()
}

#[test]
fn the_sorted_account_of_a_senders_log_counts_each_rule_once() {
    require!(postfix);
    let expected: BTreeMap<String, u64> = RULES.iter().map(|(_, cause)| ((*cause).to_owned(), 1)).collect();
    let lines = lines_for(&RULES.map(|(options, _)| options));
    assert_eq!(sorted_account(&lines.join("\n")), expected, "{lines:#?}");
}
