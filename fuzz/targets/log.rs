//! A file among logs: plain or packed, a log or mails.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use smtpwhy::knowledge::Knowledge;
use smtpwhy::logs::triage;
use smtpwhy::triage::Window;

static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("smtpwhy-fuzz-{}.log", std::process::id())));

fuzz_target!(|input: &[u8]| {
    fs::write(&*FILE, input).expect("a place for temporary files");
    let report = triage(&[FILE.clone()], Knowledge::embedded(), Window::default()).expect("the file is there");
    let told: u64 = report.triage.groups.iter().map(|group| group.incidents).sum();
    assert!(told <= report.triage.incidents);
});
