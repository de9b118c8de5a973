//! Writes the fuzzers' first corpora from what the tests read, and their dictionaries from the words that the sources look
//! for: `cargo run --package smtpwhy-fuzz-seed`.

mod dictionary;
mod message;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the fuzzers' folder");
    for path in files(&root.join("../tests/corpus"), "toml")? {
        for (index, text) in texts(&fs::read_to_string(&path)?).iter().enumerate() {
            let name = format!("{}-{index}", path.file_stem().unwrap_or_default().display());
            plant(root, "intake", &name, text.as_bytes())?;
            plant(root, "log", &name, text.as_bytes())?;
            plant(root, "reply", &name, text.as_bytes())?;
            for kind in 0..6 {
                plant(root, "dsn", &format!("{name}-{kind}"), &[&[kind], text.as_bytes()].concat())?;
            }
        }
    }
    let zones = files(&root.join("../tests/zones"), "zone")?;
    for path in zones.into_iter().chain(files(&root.join("../tests/rfc7208"), "toml")?) {
        for (index, record) in records(&fs::read_to_string(&path)?).enumerate() {
            let name = format!("{}-{index}", path.file_stem().unwrap_or_default().display());
            plant(root, "spf_record", &name, record.as_bytes())?;
            plant(root, "spf_macro", &name, record.as_bytes())?;
        }
    }
    plant(root, "spf_macro", "letters", b"%{s} %{l1r-} %{D2} %{i}._spf.%{d}%%%_%-alice@example.org")?;
    for path in files(&root.join("../tests/rfc7208"), "toml")? {
        let name = path.file_stem().unwrap_or_default().display().to_string();
        plant(root, "zone", &name, zone_in(&fs::read_to_string(&path)?).as_bytes())?;
    }
    for path in files(&root.join("../tests/zones"), "zone")? {
        let name = path.file_stem().unwrap_or_default().display().to_string();
        plant(root, "zone", &name, &fs::read(&path)?)?;
    }
    for (name, answer) in message::answers() {
        plant(root, "dns_message", name, &answer)?;
    }
    plant(root, "lookup", "each", &message::conversation())?;
    for (name, packed) in message::packed() {
        plant(root, "log", name, &packed)?;
    }
    for folder in ["causes", "software", "providers", "findings"] {
        for path in files(&root.join("../data").join(folder), "toml")? {
            let name = path.file_stem().unwrap_or_default().display().to_string();
            plant(root, "knowledge_source", &name, &fs::read(&path)?)?;
        }
    }
    dictionary::write_all(root)
}

fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    paths.filter(|path| path.as_ref().map_or(true, |path| path.extension().is_some_and(|e| e == extension))).collect()
}

/// The SPF records quoted in a text.
fn records(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("v=spf1").map(|(start, _)| text[start..].split(['"', '\'', '\n']).next().unwrap_or_default())
}

/// The zone of a file of cases.
fn zone_in(cases: &str) -> String {
    let parsed: toml::Table = toml::from_str(cases).unwrap_or_default();
    parsed.get("zone").and_then(|zone| zone.as_str()).unwrap_or_default().to_owned()
}

fn texts(corpus: &str) -> Vec<String> {
    let parsed: toml::Table = toml::from_str(corpus).unwrap_or_default();
    let cases = parsed.get("case").and_then(|cases| cases.as_array()).cloned().unwrap_or_default();
    cases.iter().filter_map(|case| case.get("text")?.as_str().map(str::to_owned)).collect()
}

fn plant(root: &Path, target: &str, name: &str, seed: &[u8]) -> io::Result<()> {
    let folder = root.join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), seed)
}
