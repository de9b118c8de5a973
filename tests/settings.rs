//! Options go before the environment, the environment before the configuration file; every failure is one line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs with a configuration directory of the test's own and nothing else of the machine's.
fn smtpwhy(config: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_smtpwhy"))
        .args(args)
        .env_clear()
        .env("XDG_CONFIG_HOME", config)
        .envs(variables.iter().copied())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn config(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("smtpwhy")).unwrap();
    fs::write(folder.join("smtpwhy/config.toml"), text).unwrap();
    folder
}

fn shown(output: &Output, key: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.trim_start_matches("# ").starts_with(key));
    line.unwrap_or_else(|| panic!("{key}: {output:?}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_nearer_setting_wins_and_says_where_it_stands() {
    let config =
        config("precedence", "role = 'receiver'\ntimeout = '9s'\n\nmax-queries = 50\nvantage = ['a=192.0.2.1']\n");
    let output =
        smtpwhy(&config, &[("SMTPWHY_TIMEOUT", "7s"), ("SMTPWHY_ROLE", "")], &["--show-config", "--timeout=5s"]);
    assert_eq!(shown(&output, "timeout"), "timeout = \"5s\" # option");
    let output = smtpwhy(&config, &[("SMTPWHY_TIMEOUT", "7s")], &["check", "example.com", "--show-config"]);
    assert_eq!(shown(&output, "timeout"), "timeout = \"7s\" # SMTPWHY_TIMEOUT");
    assert_eq!(shown(&output, "domain"), "# domain # not set");
    let at = |line: u32| format!("{}:{line}", config.join("smtpwhy/config.toml").display());
    assert_eq!(shown(&output, "role"), format!("role = \"receiver\" # {}", at(1)));
    assert_eq!(shown(&output, "max-queries"), format!("max-queries = 50 # {}", at(4)));
    assert_eq!(shown(&output, "vantage"), format!("vantage = [\"a=192.0.2.1\"] # {}", at(5)));
}

#[test]
fn what_is_shown_is_a_configuration() {
    let first = config("shown-first", "ascii = true\nrole = 'receiver'\nselector = ['a', 'b']\n");
    let output = smtpwhy(&first, &[], &["--show-config"]);
    let second = config("shown-second", &String::from_utf8(output.stdout.clone()).unwrap());
    let again = smtpwhy(&second, &[], &["--show-config"]);
    for key in ["ascii", "role", "selector", "timeout", "max-queries"] {
        let value = |output: &Output| shown(output, key).split(" # ").next().map(str::to_owned);
        assert_eq!(value(&output), value(&again));
    }
}

#[test]
fn a_setting_does_what_its_option_does() {
    let config = config("effect", "format = 'json'\noffline = true\n");
    let output = smtpwhy(&config, &[], &["451 4.7.1 Greylisted"]);
    assert!(output.stdout.starts_with(b"{"), "{output:?}");
    let output = smtpwhy(&config, &[], &["--format=text", "451 4.7.1 Greylisted"]);
    assert!(!output.stdout.starts_with(b"{"));
}

#[test]
fn no_color_goes_before_the_file() {
    let config = config("colour", "color = 'always'\noffline = true\n");
    let coloured =
        |variables: &[(&str, &str)]| smtpwhy(&config, variables, &["451 4.7.1 Greylisted"]).stdout.contains(&0x1b);
    assert!(coloured(&[]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
    assert!(coloured(&[("NO_COLOR", "")]));
}

#[test]
fn without_a_home_there_is_no_file_and_no_complaint() {
    let run = |home: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
        command.env_clear().args(["--offline", "-q", "451 4.7.1 Greylisted"]);
        home.map(|home| command.env("HOME", home));
        command.output().unwrap()
    };
    for home in [None, Some("/nonexistent"), Some("/dev/null"), Some("relative")] {
        let output = run(home);
        assert!(output.status.success() && output.stderr.is_empty(), "{home:?}: {output:?}");
    }
}

#[test]
fn failures_are_one_line_and_exit_2() {
    let broken = config("broken", "ascii = true\nresolvr = '192.0.2.53'\n");
    let bad = config("bad", "role = 'sender'\ntimeout = 'soon'\n");
    let none = Path::new("/nonexistent");
    for (config, variables, args, told) in [
        (broken.as_path(), vec![], vec!["x"], "config.toml:2: no setting \"resolvr\"; did you mean resolver?"),
        (&bad, vec![], vec!["x"], "config.toml:2: invalid value 'soon'"),
        (none, vec![("SMTPWHY_RESOLVER", "nowhere")], vec!["x"], "SMTPWHY_RESOLVER: invalid value 'nowhere'"),
        (none, vec![("SMTPWHY_OFFLINE", "perhaps")], vec!["x"], "SMTPWHY_OFFLINE: offline takes true or false"),
        (none, vec![("SMTPWHY_CONFIG", "/nonexistent/c.toml")], vec!["x"], "/nonexistent/c.toml: No such file"),
        (none, vec![], vec!["--jsno", "x"], "a similar argument exists: '--json'"),
        (none, vec![], vec!["chekc", "example.com"], "did you mean check?"),
        (none, vec![], vec!["explain", "greylistin"], "did you mean greylisting?"),
        (none, vec![], vec!["man", "propagaton"], "did you mean propagation?"),
        (none, vec![], vec!["completions", "bsh"], "a similar value exists: 'bash'"),
        (none, vec![], vec!["spf"], "usage: smtpwhy spf"),
        (none, vec![], vec!["--timeout", "9999999999999999999s", "x"], "a hundred years is the longest"),
        (none, vec![], vec!["logs", "--since", "9999999999999999999s"], "no time; write"),
    ] {
        let output = smtpwhy(config, &variables, &args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {error}");
        assert!(error.starts_with("smtpwhy: ") && error.contains(told), "{args:?}: {error}");
        assert_eq!(error.matches('\n').count(), 1, "{error}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_text_without_an_error_is_no_misspelt_command() {
    for text in ["the weather is fine", "hello"] {
        assert_eq!(smtpwhy(Path::new("/nonexistent"), &[], &["--offline", text]).status.code(), Some(3), "{text}");
    }
}
