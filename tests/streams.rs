//! Streams, signals and exit statuses, as a terminal and a script meet them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::UdpSocket;
use std::process::{Child, Command, Output, Stdio};
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

/// Every command in each of its formats. `LOG` stands for a log.
const PRINTING: [&[&str]; 24] = [
    &["--offline", REPLY],
    &["--json", "--offline", REPLY],
    &["--format", "ndjson", "--offline", REPLY],
    &["--format", "html", "--offline", REPLY],
    &["check", "example.com", "--offline"],
    &["check", "example.com", "--offline", "--json"],
    &["check", "example.com", "--offline", "--format", "html"],
    &["spf", "example.com", "--offline"],
    &["spf", "example.com", "--offline", "--format", "sarif"],
    &["propagation", "example.com", "--offline"],
    &["propagation", "example.com", "--offline", "--json"],
    &["logs", "LOG"],
    &["logs", "--json", "LOG"],
    &["logs", "--format", "ndjson", "LOG"],
    &["logs", "--format", "html", "LOG"],
    &["logs", "--follow", "LOG"],
    &["explain", "greylisting"],
    &["explain", "--list"],
    &["explain", "--list", "--json"],
    &["schema"],
    &["completions", "bash"],
    &["--help"],
    &["--version"],
    &["man"],
];

/// Each of them, and what came of it with this for its standard output.
fn printing_to(output: impl Fn() -> Stdio) -> impl Iterator<Item = (&'static [&'static str], Output)> {
    let log = tempfile_directory().join("printing.log");
    fs::write(&log, LOGGED).unwrap();
    PRINTING.into_iter().map(move |arguments| {
        let placed = arguments.iter().map(|word| if *word == "LOG" { log.to_str().unwrap() } else { word });
        (arguments, run(smtpwhy(&placed.collect::<Vec<_>>()).stdout(output())))
    })
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    for (arguments, output) in printing_to(|| File::options().write(true).open("/dev/full").unwrap().into()) {
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.starts_with("smtpwhy: cannot write the output: No space left"), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn a_closed_pipe_is_no_error_and_silent() {
    let closed = || std::io::pipe().unwrap().1.into();
    for (arguments, output) in printing_to(closed) {
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
    }
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

/// Ends the program as Ctrl-C does. All these would last for a minute; how near to 100 ms they end depends on the machine.
#[cfg(unix)]
fn interrupted(child: Child) -> Output {
    let begun = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    // What does not end by itself is ended after two seconds, with nothing said.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("interrupted"), "{}", text(&output.stderr));
    output
}

#[cfg(unix)]
fn spawned(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_wait_with_what_is_known() {
    for (arguments, known) in [
        (&[REPLY][..], "spf-temperror"),
        (&["--json", REPLY], "\"spf-temperror\""),
        (&["check", "example.com", "--json"], "\"verdict\": \"incomplete\""),
        (&["spf", "example.com"], "example.com"),
        (&["propagation", "example.com", "--wait"], "too little answered to tell"),
    ] {
        let silent = Silent::new();
        let child = spawned(smtpwhy(arguments).args(silent.options()));
        silent.asked();
        let output = interrupted(child);
        let told = text(&output.stdout);
        assert!(told.contains(known), "{arguments:?}: {told}");
        let whole = serde_json::from_str::<serde_json::Value>(told).is_ok();
        assert_eq!(whole, arguments.contains(&"--json"), "{told}");
        assert_eq!(text(&output.stderr).lines().count(), 1, "no progress off a terminal: {}", text(&output.stderr));
    }
}

const LOGGED: &str = "Mar  3 08:00:00 mail postfix/smtp[1]: 4A00000001: to=<b@example.net>, \
    relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=4.2.2, status=deferred (host mx.example.net[192.0.2.1] said: \
    452 4.2.2 mailbox full)\n";

/// What a pipe has brought by then counts, while its other end stays open.
#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_reading_of_a_pipe_with_what_is_known() {
    let calls = [&["logs"][..], &["logs", "--json"], &["logs", "--format", "ndjson"], &["logs", "/dev/stdin"]];
    let started = calls.map(|arguments| {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(LOGGED.as_bytes()).unwrap();
        (spawned(smtpwhy(arguments).stdin(reader)), writer)
    });
    // Until it has been read, and a little longer.
    std::thread::sleep(Duration::from_millis(700));
    for (child, _writer) in started {
        let output = interrupted(child);
        assert!(text(&output.stdout).contains("mailbox-full"), "{}", text(&output.stdout));
    }
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_logs_that_have_no_end() {
    let log = tempfile_directory().join("followed.log");
    fs::write(&log, LOGGED).unwrap();
    let log = log.to_str().unwrap();
    let calls = [(&["logs", "--follow", log][..], "mailbox-full"), (&["logs", "/dev/zero"], "1 line read")];
    let started = calls.map(|(arguments, known)| (spawned(&mut smtpwhy(arguments)), known));
    std::thread::sleep(Duration::from_millis(700));
    for (child, known) in started {
        let output = interrupted(child);
        assert!(text(&output.stdout).contains(known), "{}", text(&output.stdout));
    }
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_a_stream_that_waits_for_its_next_line() {
    // Asking once takes the signal from the system's own handling.
    let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(LOGGED.as_bytes()).unwrap();
    let mut command = smtpwhy(&["--format", "ndjson", "--domain", "example.com", "--resolver"]);
    command.args([address.to_string(), "--vantage".to_owned(), format!("closed={address}")]);
    let mut child = spawned(command.stdin(reader));
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("mailbox-full"), "{first}");
    interrupted(child);
    drop(writer);
}

#[test]
#[cfg(target_os = "linux")]
fn several_pipes_are_read_whole() {
    let shell = format!("{} logs -q <(printf '{LOGGED}') <(printf '{LOGGED}')", env!("CARGO_BIN_EXE_smtpwhy"));
    let Ok(output) = Command::new("bash").args(["-c", &shell]).output() else {
        eprintln!("skipped: needs bash");
        return;
    };
    assert!(text(&output.stdout).contains("2 failures"), "{}{}", text(&output.stdout), text(&output.stderr));
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
    fs::remove_file(typescript).unwrap();
    assert!(shown.contains("waiting for "), "{shown:?}");
    let rest = shown.rsplit("\u{1b}[2K").next().unwrap();
    assert_eq!(rest.trim(), "", "the line of progress stays behind: {shown:?}");
}

fn tempfile_directory() -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("smtpwhy-streams-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    directory
}
