//! The whole program for one pasted line, against a program that does nothing: what starting costs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LINE: &str = "451 4.7.1 <bob@example.com>: Recipient address rejected: Greylisted for 299 seconds\n";

/// The two take turns, so that what else the machine does meets both.
const ROUNDS: usize = 300;

fn main() {
    let empty = empty_program();
    let ours = Path::new(env!("CARGO_BIN_EXE_smtpwhy"));
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        times[0].push(run(&empty, &[]));
        times[1].push(run(ours, &["--offline", "-"]));
    }
    let [empty, ours] = times.map(median);
    let ratio = ours.as_secs_f64() / empty.as_secs_f64();
    println!("an empty program {empty:?}, smtpwhy for one line {ours:?} (medians of {ROUNDS}): {ratio:.2} times");
}

fn empty_program() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, program) = (folder.join("empty.rs"), folder.join("empty"));
    std::fs::write(&source, "fn main() {}\n").expect("the target folder is writable");
    let built = Command::new("rustc").args(["-O", "-o"]).arg(&program).arg(&source).status();
    assert!(built.is_ok_and(|status| status.success()), "rustc builds an empty program");
    program
}

fn run(program: &Path, arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
    let mut child = child.expect("the program starts");
    // The empty program may be gone before it is written to.
    let _ = child.stdin.take().expect("is piped").write_all(LINE.as_bytes());
    child.wait().expect("the program ends");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
