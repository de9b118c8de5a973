//! Large and deep input: it is read whole or cut with a word, and nothing recurses as deep as it does.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use smtpwhy::intake::{self, Incident};
use smtpwhy::span::Excerpt;

const REPLY: &str = "550 5.1.1 <bob@example.com>: Recipient address rejected: User unknown";
const MIB: usize = 1 << 20;

fn read(text: &str) -> Vec<Incident> {
    intake::read(&Excerpt::from_bytes(text.as_bytes())).incidents
}

fn finds_the_reply(text: &str) -> bool {
    let replies: Vec<_> = read(text).into_iter().filter_map(|incident| incident.reply).collect();
    matches!(replies.as_slice(), [reply] if reply.text.as_str().contains("User unknown"))
}

fn pasted(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .args(["--offline"])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // It may close its end before all is written.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

#[test]
fn a_paste_is_capped_with_a_word_and_in_json_with_the_place() {
    let mut long = format!("{REPLY}\n").into_bytes();
    long.resize(16 * MIB, b'\n');
    let whole = pasted(&["--json"], &long);
    assert_eq!((whole.status.code(), whole.stderr.len()), (Some(0), 0), "16 MiB are no more than is read");
    long.extend_from_slice(format!("\n{REPLY}\n").replace("bob", "carol").as_bytes());
    let cut = pasted(&["--json"], &long);
    let report: Value = serde_json::from_slice(&cut.stdout).unwrap();
    assert_eq!((report["diagnoses"].as_array().unwrap().len(), &report["input_cut_at"]), (1, &(16 * MIB).into()));
    assert_eq!(
        String::from_utf8_lossy(&cut.stderr),
        "smtpwhy: read the first 16 MiB only; `smtpwhy logs` reads whole logs\n"
    );
}

#[test]
fn the_failures_of_a_paste_are_capped_with_a_word_and_in_json_with_the_place() {
    let line = |number: usize| format!("550 5.1.1 <u{number}@example.com>: User unknown\n");
    let text: String = (0..10_001).map(line).collect();
    let output = pasted(&["--json"], text.as_bytes());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["diagnoses"].as_array().unwrap().len(), 10_000);
    assert_eq!(report["input_cut_at"], text.len() - line(10_000).len());
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, "smtpwhy: told the first 10000 failures only; `smtpwhy logs` groups all of them\n");
}

#[test]
fn a_reply_is_found_however_deep_it_is_quoted() {
    assert!(finds_the_reply(&format!("{}{REPLY}", "> ".repeat(10_000))));
    assert!(finds_the_reply(&format!("{}{REPLY}", ">".repeat(10_000))));
    assert!(finds_the_reply(&format!("{}\"{REPLY}\"{}", r#"{"message":"#.repeat(10_000), "}".repeat(10_000))));
    assert!(finds_the_reply(&format!(
        "<html>{}{REPLY}{}",
        "<blockquote>".repeat(10_000),
        "</blockquote>".repeat(10_000)
    )));
}

/// A multipart in a multipart …, the reply in the innermost.
fn nested(depth: usize) -> String {
    let head = "From: MAILER-DAEMON@mx.example.org\nTo: alice@example.org\nSubject: x\nMIME-Version: 1.0\n";
    let open: String =
        (0..depth).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}.\n\n--b{n}.\n")).collect();
    let close: String = (0..depth).rev().map(|n| format!("--b{n}.--\n")).collect();
    format!("{head}{open}Content-Type: text/plain\n\nThe server said: {REPLY}\n{close}")
}

#[test]
fn mime_is_followed_as_deep_as_people_nest_it_and_no_deeper() {
    assert!(finds_the_reply(&nested(1)) && finds_the_reply(&nested(4)));
    for depth in [100, 1000, 10_000] {
        assert!(read(&nested(depth)).len() <= 1);
        let messages =
            "Content-Type: message/rfc822\n\nFrom: x@example.com\nTo: y@example.com\nSubject: z\n".repeat(depth);
        assert!(read(&format!("From: x@example.com\nTo: y@example.com\n{messages}\n{REPLY}\n")).len() <= 1);
    }
}

#[test]
fn parts_that_are_not_read_are_told_with_the_place() {
    let whole = pasted(&["--json"], nested(8).as_bytes());
    let report: Value = serde_json::from_slice(&whole.stdout).unwrap();
    assert_eq!((&report["input_cut_at"], whole.stderr.as_slice()), (&Value::Null, &b""[..]));
    let deep = nested(9);
    let many =
        format!("{}Content-Type: text/plain\n\nx\n", nested(1).split_once("Content-Type: text/plain").unwrap().0);
    let many = many + &"--b0.\nContent-Type: text/plain\n\nx\n".repeat(63) + "--b0.\n\nthe last\n--b0.--\n";
    for (mail, first_left) in [(&deep, deep.find("Content-Type: text/plain")), (&many, many.find("\nthe last"))] {
        let output = pasted(&["--json"], mail.as_bytes());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["input_cut_at"].as_u64(), first_left.map(|at| at as u64));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.starts_with("smtpwhy: the mail's parts are nested too deep, or too many, to read all"), "{told}");
    }
}

#[test]
fn what_opens_and_never_closes_is_read() {
    for open in
        ["{\"a\":", "[", "(", "<", "<div>", "\"", "'", "{'", "b'", "--b\n", "=?utf-8?B?", "&#", "\\", "\\u", "\u{0}"]
    {
        let depth = MIB / 8 / open.len();
        read(&open.repeat(depth));
        let text = format!("{}\n\n{REPLY}\n", open.repeat(depth));
        assert!(read(&text).len() <= 1, "{open:?}");
    }
}

#[test]
fn a_message_that_lies_about_itself_is_read_as_far_as_it_goes() {
    let head = "From: MAILER-DAEMON@mx.example.org\nTo: alice@example.org\nSubject: x\nMIME-Version: 1.0\n";
    for (fields, told) in [
        ("Content-Type: text/plain; charset=no-such-charset\n", true),
        ("Content-Type: text/plain; charset=utf-8\n", true),
        ("Content-Type: text/plain; charset=\"\n", true),
        ("Content-Transfer-Encoding: x-unheard-of\n", true),
        ("Content-Type: multipart/report; boundary=nowhere\n", true),
        ("Content-Type: multipart/report\n", true),
        ("Content-Type: multipart/report; boundary=\"\"\n", true),
        // Not in the charset or encoding that it says: what comes of it is no reply.
        ("Content-Type: text/plain; charset=utf-16\n", false),
        ("Content-Transfer-Encoding: base64\n", false),
    ] {
        let found = finds_the_reply(&format!("{head}{fields}\nThe server said: {REPLY}\n"));
        assert!(found || !told, "{fields}");
    }
}
