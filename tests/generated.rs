//! What is generated and committed is what the program prints today.

use std::fs;
use std::path::Path;
use std::process::Command;

fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_smtpwhy")).args(args).output().unwrap();
    assert!(output.status.success(), "smtpwhy {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn assert_committed(file: &str, args: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
    let now = printed(args);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "completions/{file} has drifted; write it anew with UPDATE=1 cargo test --test generated"
    );
}

#[test]
fn completions_are_current() {
    for (file, shell) in [
        ("smtpwhy.bash", "bash"),
        ("_smtpwhy", "zsh"),
        ("smtpwhy.fish", "fish"),
        ("_smtpwhy.ps1", "powershell"),
        ("smtpwhy.elv", "elvish"),
        ("smtpwhy.nu", "nushell"),
    ] {
        assert_committed(file, &["completions", shell]);
    }
}

#[test]
fn man_pages_are_current() {
    assert_committed("smtpwhy.1", &["man"]);
    for command in ["check", "spf", "propagation", "logs", "explain", "completions"] {
        assert_committed(&format!("smtpwhy-{command}.1"), &["man", command]);
    }
}
