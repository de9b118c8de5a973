//! What each exit status means, and that a wait ends: the program against a resolver on the loopback interface.

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record, RecordType};
use serde_json::Value;

const REPLY: &str = "451 4.7.24 SPF temporary error for example.com";

/// Answers on and on, given the query and how many for TXT came before it.
fn resolver(behaviour: impl Fn(&mut Message, usize) + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut buffer, mut asked) = ([0; 2048], 0);
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
            reply.add_query(query.queries[0].clone());
            behaviour(&mut reply, asked);
            asked += usize::from(query.queries[0].query_type() == RecordType::TXT);
            socket.send_to(&reply.to_vec().unwrap(), client).unwrap();
        }
    });
    address
}

/// Nobody listens there any more.
fn closed() -> SocketAddr {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn fails(reply: &mut Message, _: usize) {
    reply.metadata.response_code = ResponseCode::ServFail;
}

fn says(reply: &mut Message, text: &str, ttl: u32) {
    let asked = reply.queries[0].clone();
    if asked.query_type() == RecordType::TXT {
        let data = RData::TXT(TXT::new(vec![text.to_owned()]));
        reply.add_answer(Record::from_rdata(asked.name().clone(), ttl, data));
    }
}

fn smtpwhy(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command.args(arguments).env_clear().env("LANG", "C.UTF-8").stdin(Stdio::null());
    command
}

fn asking(server: SocketAddr, arguments: &[&str]) -> Output {
    let options = ["--resolver".to_owned(), server.to_string(), "--vantage".to_owned(), format!("here={server}")];
    smtpwhy(arguments).args(options).output().unwrap()
}

fn piped(arguments: &[&str], input: &str) -> Output {
    let mut child =
        smtpwhy(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn what_dns_did_not_answer_is_status_4() {
    for server in [closed(), resolver(fails)] {
        for arguments in [
            &["check", "example.com"][..],
            &["check", "example.com", "--json"],
            &["example.com"],
            &["spf", "example.com"],
            &["spf", "example.com", "--ip", "192.0.2.1"],
            &["propagation", "example.com"],
            &["propagation", "example.com", "MX", "--format", "ndjson"],
            &["--domain", "example.com", REPLY],
        ] {
            let output = asking(server, arguments);
            assert_eq!(output.status.code(), Some(4), "{arguments:?}: {}", said(&output));
            assert!(!output.stdout.is_empty());
        }
    }
}

#[test]
fn what_the_verdict_does_not_need_may_stay_unanswered() {
    for arguments in [
        // An error that is found outranks what is not answered.
        &["spf", "example.com", "--record", "v=spf1 inlcude:a.example include:b.example -all"][..],
        &["propagation", "example.com", "--expect", "v=spf1 -all"],
    ] {
        let output = asking(resolver(|reply, _| says(reply, "v=spf1 +all", 60)), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", said(&output));
    }
    for arguments in [&["--offline", REPLY][..], &["550 5.1.1 <u@example.com>: User unknown"]] {
        let output = asking(closed(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn what_is_no_smtp_error_is_status_3_in_every_way_in() {
    let corpus: toml::Table = include_str!("corpus/foreign.toml").parse().unwrap();
    let cases = corpus["case"].as_array().unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        // What a dialogue is of shows in its other lines, and a log is read line by line.
        let one_line = !text.trim().contains('\n');
        let calls = [&["--offline"][..], &["--offline", "--format", "ndjson"], &["logs"]];
        for arguments in &calls[..if one_line { 3 } else { 2 }] {
            let output = piped(arguments, text);
            assert_eq!(output.status.code(), Some(3), "{arguments:?}: {text}\n{}", said(&output));
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!((told.starts_with("smtpwhy: no SMTP error"), told.lines().count()), (true, 1), "{told}");
        }
    }
}

#[test]
fn a_wait_ends_when_the_record_has_arrived() {
    let server = resolver(|reply, asked| says(reply, if asked == 0 { "old" } else { "new" }, 1));
    let begun = Instant::now();
    let output = asking(server, &["propagation", "example.com", "--expect", "new", "--wait", "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let looks: Vec<Value> =
        output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let converged: Vec<&Value> = looks.iter().map(|look| &look["converged"]).collect();
    assert_eq!(converged, [&Value::Bool(false), &Value::Bool(true)]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("0 of 1 caches have it") && told.contains("Looking again in 2 s."), "{told}");
    assert!(begun.elapsed() >= Duration::from_secs(2), "not before the old record's time is up");
}

#[test]
fn a_wait_ends_at_its_deadline_with_what_is_known() {
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = looks.clone();
    let server = resolver(move |reply, _| {
        counted.fetch_add(usize::from(reply.queries[0].query_type() == RecordType::TXT), Ordering::SeqCst);
        says(reply, "old", 3600);
    });
    let output =
        asking(server, &["propagation", "example.com", "--expect", "new", "--wait", "--deadline", "1s", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&found["converged"], &found["vantages"][0]["values"][0]), (&false.into(), &"old".into()));
    assert_eq!(looks.load(Ordering::SeqCst), 2, "one look at once, one at the end");
}

#[test]
fn a_wait_without_dns_does_not_begin() {
    let output = smtpwhy(&["propagation", "example.com", "--wait", "--offline"]).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{}", said(&output));
}
