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
    for command in ["check", "spf", "propagation", "logs", "explain", "completions", "man", "schema"] {
        assert_committed(&format!("smtpwhy-{command}.1"), &["man", command]);
    }
}

/// What a shell is told on Tab after these words.
fn offered(words: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .env("SMTPWHY_COMPLETE", "fish")
        .arg("--")
        .args(words)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

#[test]
fn shells_are_offered_what_is_known() {
    for (words, value) in [
        (&["smtpwhy", "chec"][..], "check"),
        (&["smtpwhy", "explain", "greylist"], "greylisting"),
        (&["smtpwhy", "explain", "451", "spf-lookup-l"], "spf-lookup-limit"),
        (&["smtpwhy", "explain", "goo"], "google"),
        (&["smtpwhy", "--vantage", "cloud"], "cloudflare=1.1.1.1"),
        (&["smtpwhy", "--resolver", "1.1"], "1.1.1.1"),
        (&["smtpwhy", "propagation", "example.com", "M"], "MX"),
        (&["smtpwhy", "schema", "prop"], "propagation"),
        (&["smtpwhy", "man", "prop"], "propagation"),
        (&["smtpwhy", "completions", "nu"], "nushell"),
    ] {
        assert!(offered(words).iter().any(|offered| offered == value), "{words:?}: {:?}", offered(words));
    }
}

/// Shells that are not installed are left out; bash is everywhere that this is built.
#[test]
fn shells_load_their_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (shell, file) in [("bash", "smtpwhy.bash"), ("zsh", "_smtpwhy"), ("fish", "smtpwhy.fish")] {
        let Ok(output) = Command::new(shell).arg("-n").arg(folder.join(file)).output() else { continue };
        assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
    }
}

/// The scripts themselves, in the shells that are installed: from the Tab key to a value that only the program knows.
#[test]
fn shells_complete_what_the_program_knows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    let program = Path::new(env!("CARGO_BIN_EXE_smtpwhy")).parent().unwrap();
    let fish = "source $argv[1]; complete -C 'smtpwhy explain greylist'";
    let bash = "source \"$1\"; COMP_WORDS=(smtpwhy explain greylist) COMP_CWORD=2 COMP_TYPE=9; \
                _clap_complete_smtpwhy smtpwhy greylist explain; echo \"${COMPREPLY[@]}\"";
    for (shell, arguments, file) in [
        ("fish", &["--no-config", "-c", fish][..], "smtpwhy.fish"),
        ("bash", &["--norc", "-c", bash, "bash"], "smtpwhy.bash"),
    ] {
        let search = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(shell);
        command.args(arguments).arg(folder.join(file)).env("PATH", format!("{}:{search}", program.display()));
        let Ok(output) = command.output() else { continue };
        let offered = String::from_utf8_lossy(&output.stdout);
        assert!(offered.split_whitespace().any(|word| word == "greylisting"), "{shell}: {output:?}");
    }
}
