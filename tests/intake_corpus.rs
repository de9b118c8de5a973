//! What intake makes of texts as they are pasted: `tests/corpus/*.toml`, a text and the failures in it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use smtpwhy::intake::{self, Context, Incident};
use smtpwhy::span::Excerpt;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    #[serde(default)]
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    /// The text's own spelling differs from what is read: an encoding, an escape.
    #[serde(default)]
    decoded: bool,
    #[serde(default)]
    finds: Vec<Finds>,
}

/// One incident; what is left out is absent.
#[derive(Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
struct Finds {
    form: String,
    anchored: bool,
    reporter: Option<String>,
    code: Option<String>,
    enhanced: Option<String>,
    said: String,
    lines: usize,
    command: Option<String>,
    time: Option<String>,
    queue_id: Option<String>,
    sender: Option<String>,
    recipient: Option<String>,
    remote_host: Option<String>,
    remote_ip: Option<String>,
    client_ip: Option<String>,
    reporting_mta: Option<String>,
}

impl From<&Incident> for Finds {
    fn from(incident: &Incident) -> Self {
        let reply = incident.reply.clone().unwrap_or_default();
        let spelt = |fact: &Option<Excerpt>| fact.as_ref().map(|fact| fact.as_str().to_owned());
        let context = &incident.context;
        Finds {
            form: incident.form.as_str().to_owned(),
            anchored: incident.anchored,
            reporter: incident.reporter.map(str::to_owned),
            code: reply.code.map(|code| code.to_string()),
            enhanced: reply.enhanced.map(|status| status.to_string()),
            said: reply.text.as_str().to_owned(),
            lines: reply.lines.len(),
            command: reply.command,
            time: spelt(&context.time),
            queue_id: spelt(&context.queue_id),
            sender: spelt(&context.sender),
            recipient: spelt(&context.recipient),
            remote_host: spelt(&context.remote_host),
            remote_ip: spelt(&context.remote_ip),
            client_ip: spelt(&context.client_ip),
            reporting_mta: spelt(&context.reporting_mta),
        }
    }
}

fn facts(context: &Context) -> impl Iterator<Item = &Excerpt> {
    let Context { time, queue_id, sender, recipient, remote_host, remote_ip, client_ip, reporting_mta, .. } = context;
    [time, queue_id, sender, recipient, remote_host, remote_ip, client_ip, reporting_mta].into_iter().flatten()
}

fn files() -> impl Iterator<Item = PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())
}

fn cases() -> Vec<(String, Case)> {
    let mut cases = Vec::new();
    for path in files() {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let corpus: Corpus =
            toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|error| panic!("{file}: {error}"));
        cases.extend(corpus.case.into_iter().map(|case| (format!("{file}: {}", case.name), case)));
    }
    assert!(cases.len() > 100, "the corpus is there");
    cases
}

/// Writes what is found below each text, for a person to look at before it is committed.
fn write_anew(path: &Path) {
    let source = std::fs::read_to_string(path).unwrap();
    let mut written = source.split("[[case]]\n").next().unwrap().trim_end().to_owned();
    for block in source.split("[[case]]\n").skip(1) {
        let head = block.split("[[case.finds]]").next().unwrap().trim_end();
        let case: Case = toml::from_str(head).unwrap_or_else(|error| panic!("{head}: {error}"));
        written += &format!("\n\n[[case]]\n{head}\n");
        for found in read(&case.text).iter().map(Finds::from) {
            written += &format!("[[case.finds]]\n{}", toml::to_string(&found).unwrap());
        }
        written.truncate(written.trim_end().len());
    }
    std::fs::write(path, written + "\n").unwrap();
}

fn read(text: &str) -> Vec<Incident> {
    intake::read(&Excerpt::from_bytes(text.as_bytes())).incidents
}

#[test]
fn every_text_yields_its_failures_and_no_other() {
    if std::env::var_os("UPDATE").is_some() {
        files().for_each(|path| write_anew(&path));
    }
    let mut wrong = String::new();
    for (name, case) in cases() {
        let found: Vec<Finds> = read(&case.text).iter().map(Finds::from).collect();
        if found != case.finds {
            wrong += &format!("\n{name}\n  want {:#?}\n  got  {found:#?}", case.finds);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_fact_points_at_the_bytes_that_say_it() {
    for (name, case) in cases() {
        for incident in read(&case.text) {
            assert!(case.text.get(incident.span.range()).is_some(), "{name}: {:?}", incident.span);
            for fact in facts(&incident.context) {
                let span = fact.source().unwrap_or_else(|| panic!("{name}: {} has no place", fact.as_str()));
                assert!(case.decoded || &case.text[span.range()] == fact.as_str(), "{name}: {}", fact.as_str());
            }
        }
    }
}

#[test]
fn every_word_of_a_reply_points_at_itself() {
    for (name, case) in cases().into_iter().filter(|(_, case)| !case.decoded) {
        for reply in read(&case.text).into_iter().filter_map(|incident| incident.reply) {
            let mut from = 0;
            for word in reply.text.as_str().split_whitespace() {
                let start = from + reply.text.as_str()[from..].find(word).unwrap();
                from = start + word.len();
                let span = reply.text.source_span(start..from).unwrap_or_else(|| panic!("{name}: {word} has no place"));
                // What was added (a colon between two parts) has no place.
                assert!(word.starts_with(&case.text[span.range()]), "{name}: {word}");
            }
        }
    }
}

#[test]
fn lines_of_a_reply_lie_in_its_text_in_order() {
    for (name, case) in cases() {
        for reply in read(&case.text).into_iter().filter_map(|incident| incident.reply) {
            let mut end = 0;
            for line in &reply.lines {
                assert!(end <= line.start && reply.text.as_str().get(line.clone()).is_some(), "{name}: {line:?}");
                end = line.end;
            }
        }
    }
}

#[test]
fn any_text_cut_anywhere_is_read_without_a_panic() {
    for (_, case) in cases() {
        let bytes = case.text.as_bytes();
        for cut in (0..bytes.len()).step_by(31) {
            intake::read(&Excerpt::from_bytes(&bytes[..cut]));
            intake::read(&Excerpt::from_bytes(&bytes[cut..]));
        }
    }
}

#[test]
fn octets_that_are_no_utf8_do_no_harm() {
    for (_, case) in cases() {
        let mut bytes = case.text.into_bytes();
        for (index, byte) in bytes.iter_mut().enumerate() {
            if index % 11 == 5 {
                *byte = 0xe2;
            }
        }
        intake::read(&Excerpt::from_bytes(&bytes));
    }
}
