//! A file of knowledge, as a contributor may write it: refused in words, never with a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code)]
#[path = "../../src/knowledge"]
mod knowledge {
    pub mod filing;
    pub mod index;
    pub mod source;
    pub mod words;
}

use knowledge::filing::Phrase;
use knowledge::source::{CauseFile, FindingFile, ProviderFile, SoftwareFile, seconds, status_pattern};

fuzz_target!(|text: &str| {
    let _ = toml::from_str::<CauseFile>(text);
    let _ = toml::from_str::<SoftwareFile>(text);
    let _ = toml::from_str::<ProviderFile>(text);
    let _ = toml::from_str::<FindingFile>(text);
    for line in text.lines() {
        let _ = Phrase::parse(line);
        let _ = (seconds(line), status_pattern(line));
    }
});
