//! What the README shows is what the program prints today.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

const FENCE: &str = "```console\n";

/// The words of a command line in which only `'` quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn printed(command: &str) -> String {
    let words = words(command.strip_prefix("$ smtpwhy ").expect("a console block begins with `$ smtpwhy`"));
    let output = Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("HOME", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_session_shown_is_real() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let shown = fs::read_to_string(&path).unwrap();
    let mut blocks = shown.split(FENCE);
    let mut real = blocks.next().unwrap().to_owned();
    let mut sessions = 0;
    for block in blocks {
        let (session, rest) = block.split_once("```").expect("every block ends");
        let command = session.lines().next().unwrap();
        write!(real, "{FENCE}{command}\n{}```{rest}", printed(command)).unwrap();
        sessions += 1;
    }
    assert!(sessions > 0, "the README shows no session");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &real).unwrap();
    }
    let shown = fs::read_to_string(&path).unwrap();
    assert!(shown == real, "README.md has drifted; write it anew with UPDATE=1 cargo test --test readme");
}
