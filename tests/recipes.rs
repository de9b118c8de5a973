//! The recipes of docs/recipes.md do what they say, where their tools are there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../benches/peers/log.rs"]
mod log;

const RECIPES: &str = include_str!("../docs/recipes.md");

/// The shell blocks that a tool runs, in order.
fn recipes(tool: &str) -> Vec<&'static str> {
    let mark = format!("<!-- recipe: {tool} -->\n```sh\n");
    RECIPES.split(mark.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

fn is_there(program: &str, args: &[&str]) -> bool {
    let there = Command::new(program).args(args).output().is_ok_and(|output| output.status.success());
    if !there {
        eprintln!("skipped: {program} {} does not run here", args.join(" "));
    }
    there
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder with a log in two files that ends an hour ago, and what it holds.
fn sample(name: &str) -> (Folder, log::Known) {
    const MESSAGES: u64 = 1500;
    let folder = Folder(std::env::temp_dir().join(format!("smtpwhy-{name}-{}", std::process::id())));
    fs::create_dir_all(&folder.0).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let mut text = Vec::new();
    let known = log::write(MESSAGES, now - 3600 - MESSAGES * 3, &mut text).unwrap();
    let middle = text.len() / 2 + text[text.len() / 2..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    fs::write(folder.0.join("mail.log.1"), &text[..middle]).unwrap();
    fs::write(folder.0.join("mail.log"), &text[middle..]).unwrap();
    (folder, known)
}

fn run(recipe: &str, folder: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_smtpwhy")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: OsString = std::env::join_paths([program].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let output = Command::new("sh")
        .args(["-euc", recipe])
        .current_dir(folder)
        .env("PATH", path)
        .env("EXAMPLES", examples)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(output.status.success(), "{recipe}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Lines of a number and a cause.
fn counted(printed: &str) -> BTreeMap<&str, u64> {
    printed
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(count, cause)| (cause, count.parse().unwrap()))
        .collect()
}

fn incidents(known: &log::Known) -> BTreeMap<&'static str, u64> {
    known.failures.iter().map(|(cause, failures)| (*cause, failures.incidents)).collect()
}

#[test]
fn with_jq() {
    if !is_there("jq", &["--version"]) {
        return;
    }
    let (folder, known) = sample("jq");
    let [counts, recipients, acts] = recipes("jq")[..] else { panic!("three recipes use jq") };
    assert_eq!(counted(&run(counts, &folder.0)), incidents(&known));
    let told = known.failures["mailbox-full"].incidents + known.failures["mailbox-not-found"].incidents;
    let lines = run(recipients, &folder.0);
    assert_eq!(lines.lines().count() as u64, told, "{lines}");
    assert!(lines.lines().all(|line| line.split('\t').count() == 3), "{lines}");
    let acts = run(acts, &folder.0);
    assert!(!acts.is_empty(), "a queue that lost messages needs somebody");
    for (cause, messages) in acts.lines().map(|line| line.split_once(' ').unwrap()) {
        assert_eq!(messages, known.failures[cause].messages.to_string(), "{cause}");
    }
}

#[test]
fn with_duckdb() {
    if !is_there("duckdb", &["--version"]) {
        return;
    }
    let (folder, known) = sample("duckdb");
    for recipe in recipes("duckdb") {
        assert_eq!(counted(&run(recipe, &folder.0)), incidents(&known));
    }
}

#[test]
fn with_spark() {
    if !(is_there("java", &["-version"]) && is_there("python3", &["-c", "import pyspark"])) {
        return;
    }
    let (folder, known) = sample("spark");
    for recipe in recipes("pyspark") {
        assert_eq!(counted(&run(recipe, &folder.0)), incidents(&known));
    }
}
