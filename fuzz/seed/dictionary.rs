//! Dictionaries of libFuzzer: the string literals of the sources that read what a target is about.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Which sources are a target's, below `src/`.
const SOURCES: [(&str, &[&str]); 9] = [
    ("intake", &["intake", "../data/foreign.toml"]),
    ("reply", &["intake/reply.rs", "../data/foreign.toml", "reply", "knowledge"]),
    ("dsn", &["intake/dsn.rs", "intake/mime.rs", "intake/bounce.rs", "intake/html.rs"]),
    ("spf_record", &["spf"]),
    ("spf_macro", &["spf/macros.rs"]),
    ("zone", &["dns/zone", "spf", "probe"]),
    ("lookup", &["probe", "spf"]),
    ("knowledge_source", &["knowledge/source.rs", "knowledge/filing.rs", "knowledge/words.rs"]),
    ("log", &["triage", "intake", "../data/foreign.toml"]),
];
/// What no literal says.
const FURTHER: [(&str, &[&[u8]]); 5] = [
    ("dns_message", DNS),
    ("lookup", DNS),
    ("spf_record", &[b"v=spf1", b"ip4:", b"ip6:", b"include:", b"redirect=", b"exists:", b"exp=", b"ptr", b"/24//64"]),
    (
        "spf_macro",
        &[
            b"%{s}", b"%{l1r-}", b"%{D2}", b"%{i}", b"%{p}", b"%{v}", b"%{h}", b"%{c}", b"%{r}", b"%{t}", b"%%", b"%_",
            b"%-",
        ],
    ),
    (
        "log",
        &[b"\x1f\x8b\x08", b"BZh9", b"1AY&SY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"\nFrom "],
    ),
];
const DNS: &[&[u8]] = &[
    b"\xc0\x0c",
    b"\x00\x01\x00\x01",
    b"\x00\x02\x00\x01",
    b"\x00\x05\x00\x01",
    b"\x00\x06\x00\x01",
    b"\x00\x0c\x00\x01",
    b"\x00\x0f\x00\x01",
    b"\x00\x10\x00\x01",
    b"\x00\x1c\x00\x01",
    b"\x00\x2b\x00\x01",
    b"\x00\x30\x00\x01",
    b"\x00\x63\x00\x01",
    b"\x00\x00\x29\x04\xd0",
    b"\x00\x0f\x00\x02\x00\x12",
    b"\x07example\x03com\x00",
    b"\x00\x00\x0e\x10",
    b"\x81\x80",
    b"\x81\x83",
    b"\x84\x00",
    b"\x83\x80",
];

pub fn write_all(root: &Path) -> io::Result<()> {
    fs::create_dir_all(root.join("dictionaries"))?;
    for target in SOURCES.iter().map(|(target, _)| target).chain([&"dns_message"]) {
        let mut words = BTreeSet::new();
        for place in SOURCES.iter().filter(|(of, _)| of == target).flat_map(|(_, places)| *places) {
            for file in rust_files(&root.join("../src").join(place))? {
                words.extend(literals(&fs::read_to_string(file)?));
            }
        }
        words.extend(
            FURTHER.iter().filter(|(of, _)| of == target).flat_map(|(_, words)| *words).map(|word| word.to_vec()),
        );
        let lines: String = words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect();
        fs::write(root.join("dictionaries").join(format!("{target}.dict")), lines)?;
    }
    Ok(())
}

fn rust_files(place: &Path) -> io::Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(place)? {
        files.extend(rust_files(&entry?.path())?);
    }
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")).collect())
}

/// The short string literals before a source's tests, but for those that are formats.
fn literals(source: &str) -> impl Iterator<Item = Vec<u8>> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted
        .filter(|text| (2..=40).contains(&text.len()) && !text.contains(['{', '\\']))
        .map(|text| text.as_bytes().to_vec())
}

fn escaped(word: &[u8]) -> String {
    word.iter()
        .map(|octet| match octet {
            b'"' | b'\\' => format!("\\{}", char::from(*octet)),
            0x20..=0x7e => char::from(*octet).to_string(),
            _ => format!("\\x{octet:02x}"),
        })
        .collect()
}
