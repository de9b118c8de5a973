//! What a user sees: each `tests/cli/*.txt` is a session, its first line the command, the rest what it prints.
//! `UPDATE=1 cargo test --test cli` writes them anew; look at the difference before you commit it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

/// The words of a command line as a shell splits it; single quotes only.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut begun) = (Vec::new(), String::new(), false, false);
    for letter in line.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                begun = true;
            }
            ' ' if !quoted => {
                words.extend((begun || !word.is_empty()).then(|| std::mem::take(&mut word)));
                begun = false;
            }
            _ => word.push(letter),
        }
    }
    words.extend((begun || !word.is_empty()).then_some(word));
    words
}

/// Runs `[NAME=VALUE ...] smtpwhy ARGUMENTS [< FILE]` in `tests/cli` and returns what a terminal of 80 columns would show.
fn session(line: &str) -> String {
    let words = words(line.strip_prefix("$ ").expect("a session begins with `$ `"));
    let program = words.iter().position(|word| word == "smtpwhy").expect("a session runs smtpwhy");
    let (arguments, input) = match words.iter().position(|word| word == "<") {
        Some(place) => {
            (&words[program + 1..place], fs::File::open(directory().join(&words[place + 1])).unwrap().into())
        }
        None => (&words[program + 1..], Stdio::null()),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command
        .args(arguments)
        .stdin(input)
        .current_dir(directory())
        .env_clear()
        .env("LANG", "C.UTF-8")
        .env("COLUMNS", "80");
    command.envs(words[..program].iter().map(|setting| setting.split_once('=').unwrap()));
    let output = command.output().unwrap();
    let mut shown = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => {}
        code => shown.push_str(&format!("[exit {}]\n", code.expect("it ends by itself"))),
    }
    shown.replace('\u{1b}', "␛")
}

#[test]
fn sessions_show_what_they_did() {
    let mut drifted = Vec::new();
    let mut paths: Vec<PathBuf> = fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    assert!(paths.len() >= 12);
    for path in paths {
        let committed = fs::read_to_string(&path).unwrap();
        let command = committed.lines().next().unwrap();
        let now = format!("{command}\n{}", session(command));
        if committed != now {
            if std::env::var_os("UPDATE").is_some() {
                fs::write(&path, &now).unwrap();
            }
            drifted.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert!(
        drifted.is_empty() || std::env::var_os("UPDATE").is_some(),
        "drifted: {}; write them anew with UPDATE=1 cargo test --test cli",
        drifted.join(", ")
    );
}

/// Lines for a script, mail, terms of an SPF tree, which stay whole, and colour, which takes no columns.
const UNWRAPPED: [&str; 4] = [" -q ", "--draft-mail", " spf ", "--color"];

#[test]
fn text_fits_the_width_but_for_what_is_copied_whole() {
    for width in ["40", "80", "100"] {
        for path in fs::read_dir(directory()).unwrap().map(|entry| entry.unwrap().path()) {
            let committed = fs::read_to_string(&path).unwrap_or_default();
            let command = committed.lines().next().unwrap_or_default();
            if !command.starts_with("$ smtpwhy --offline") || UNWRAPPED.iter().any(|word| command.contains(word)) {
                continue;
            }
            let shown = session(&command.replace("$ ", &format!("$ COLUMNS={width} ")));
            for line in shown.lines() {
                let columns = textwrap::core::display_width(line);
                // A word is never split, nor a record or a line of conversation wrapped.
                let unbroken = words(line.trim()).len() <= 2 || line.starts_with("smtpwhy: ");
                assert!(columns <= width.parse().unwrap() || unbroken, "{command} at {width}: {line}");
            }
        }
    }
}
