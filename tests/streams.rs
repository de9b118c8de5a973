//! Streams, signals and exit statuses, as a terminal and a script meet them.

use std::fs::{self, File};
use std::io::Read;
use std::net::UdpSocket;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const REPLY: &str = "451 4.7.24 SPF temporary error for example.com";

fn smtpwhy(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command.args(arguments).env_clear().env("LANG", "C.UTF-8").stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn colour_heeds_the_option_then_the_environment_then_the_stream() {
    let coloured = |arguments: &[&str], settings: &[(&str, &str)]| {
        let mut command = smtpwhy(&["--offline", REPLY]);
        command.args(arguments).envs(settings.iter().copied());
        run(&mut command).stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "no terminal, no colour");
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")]), "an empty NO_COLOR says nothing");
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--color=never", "--help"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn links_need_a_terminal() {
    let shown = run(smtpwhy(&["--offline", "--color", "always", REPLY]).env("TERM", "xterm-256color")).stdout;
    assert!(!text(&shown).contains("\u{1b}]8"), "a pipe has no links");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    for arguments in
        [&["--offline", REPLY][..], &["--json", "--offline", REPLY], &["completions", "bash"], &["--help"], &["man"]]
    {
        let output = run(smtpwhy(arguments).stdout(File::options().write(true).open("/dev/full").unwrap()));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.starts_with("smtpwhy: cannot write the output: No space left"), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = run(smtpwhy(&["explain", "--list"]).stdout(writer));
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[test]
fn nothing_and_nothing_known_are_status_3_with_a_hint() {
    for arguments in [&["--offline"][..], &["--offline", "-"], &["--offline", "all is well"]] {
        let output = run(&mut smtpwhy(arguments));
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        assert!(text(&output.stderr).contains("451 4.7.1 try again later"), "{arguments:?}");
    }
}

#[test]
fn an_argument_cannot_act_on_the_terminal() {
    for arguments in [&["--ip", "\u{1b}]0;x\u{7}"][..], &["explain", "\u{9b}31m"], &["/no/\u{1b}[2J.log"]] {
        let output = run(&mut smtpwhy(arguments));
        assert_eq!(output.status.code(), Some(2));
        let told = text(&output.stderr);
        assert!(
            !told.contains(|letter| letter != '\n' && smtpwhy::render::style::acts_on_terminal(letter)),
            "{told:?}"
        );
    }
}

/// A resolver that never answers, and the options to ask it and nobody else.
struct Silent(UdpSocket);

impl Silent {
    fn new() -> Self {
        Silent(UdpSocket::bind("127.0.0.1:0").unwrap())
    }

    fn options(&self) -> Vec<String> {
        let address = self.0.local_addr().unwrap();
        let vantage = format!("silent={address}");
        ["--resolver", &address.to_string(), "--vantage", &vantage, "--timeout", "60s", "--domain", "example.com"]
            .map(String::from)
            .to_vec()
    }

    /// Waits until somebody has asked.
    fn asked(&self) {
        self.0.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        self.0.recv_from(&mut [0; 512]).expect("somebody asks");
    }
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_wait_with_what_is_known() {
    let silent = Silent::new();
    let mut command = smtpwhy(&[REPLY]);
    let child = command.args(silent.options()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    silent.asked();
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    // The wait would take a minute; how near to 100 ms it is depends on the machine.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("spf-temperror"), "{}", text(&output.stdout));
    assert_eq!(text(&output.stderr).lines().count(), 1, "no progress off a terminal: {}", text(&output.stderr));
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_sees_whom_it_waits_for_and_nothing_of_it_afterwards() {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: needs script(1) for a terminal");
        return;
    }
    let silent = Silent::new();
    let program = env!("CARGO_BIN_EXE_smtpwhy");
    let line = format!("{program} '{REPLY}' {} >/dev/null", silent.options().join(" ")).replace("60s", "600ms");
    let directory = tempfile_directory();
    let typescript = directory.join("typescript");
    let mut child = Command::new("script")
        .args(["-qec", &line, typescript.to_str().unwrap()])
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = String::new();
    child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
    child.wait().unwrap();
    fs::remove_dir_all(directory).unwrap();
    assert!(shown.contains("waiting for "), "{shown:?}");
    let rest = shown.rsplit("\u{1b}[2K").next().unwrap();
    assert_eq!(rest.trim(), "", "the line of progress stays behind: {shown:?}");
}

fn tempfile_directory() -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("smtpwhy-streams-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    directory
}
