//! TXT records that were meant as SPF and that no receiver reads as SPF.

use crate::span::Span;

use super::record;
use super::repair::{self, Source};

/// Why a text is no SPF record although it was meant to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The part of the text that is wrong.
    pub span: Span,
    /// What to put there, if sure.
    pub fix: Option<String>,
    pub why: Why,
    /// Where in the text the terms begin.
    pub terms: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    #[error("something stands before `v=spf1`")]
    Leading,
    #[error("the version is not spelt `v=spf1`")]
    Version,
    #[error("no blank follows `v=spf1`")]
    NoBlank,
    #[error("it does not begin with `v=spf1`")]
    NoVersion,
}

/// Looks at a TXT record that is not an SPF record; `None` where it was meant as something else.
pub fn near_miss(text: &str) -> Option<NearMiss> {
    if record::is_spf(text.as_bytes()) {
        return None;
    }
    let source = Source::clean(text);
    let start = source.text.len() - source.text.trim_start_matches(|c: char| " \"'\\(`".contains(c)).len();
    let start = start + introduction(&source.text[start..]);
    let Some(version) = version_length(&source.text[start..]) else { return without_version(text) };
    let (tag, rest) = source.text[start..].split_at(version);
    let exact = tag.eq_ignore_ascii_case(record::VERSION) && rest.starts_with([' ', ';', ',', ':', '"', '\'']);
    if !exact && !looks_like_terms(rest) {
        return None;
    }
    Some(place(text, &source, start, version))
}

/// `TXT "`, `SPF:`, `example.com. IN TXT "` and the like, copied along with the record.
fn introduction(text: &str) -> usize {
    const LONGEST: usize = 80;
    match text.to_ascii_lowercase().find("v=spf1") {
        Some(at) if at > 0 && at <= LONGEST => {
            let before = text[..at].trim_end_matches(|c: char| " \"'\\(".contains(c)).to_ascii_lowercase();
            let label = ["txt", "spf", "spf:", "txt:", "spf=", "txt=", "record:", "value:", "value="];
            if label.iter().any(|label| before.ends_with(label)) { at } else { 0 }
        }
        _ => 0,
    }
}

/// `include:_spf.example.com -all`: nothing but good terms, and an end that only SPF has.
fn without_version(text: &str) -> Option<NearMiss> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let ends = words.last()?.to_ascii_lowercase();
    let sure = words.len() > 1 && ["-all", "~all", "?all"].contains(&ends.as_str());
    if !sure || !words.iter().all(|word| record::reads_cleanly(word)) {
        return None;
    }
    let end = text.find(words[0])? + words[0].len();
    let fix = format!("{} {}", record::VERSION, words[0]);
    Some(NearMiss { span: Span::new(0, end), fix: Some(fix), why: Why::NoVersion, terms: 0 })
}

/// How much of the text is a try at `v=spf1`.
fn version_length(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("spf2.0/") {
        // Sender ID, RFC 4406.
        return None;
    }
    let tag = lower.strip_prefix('v').unwrap_or(&lower).trim_start_matches([' ', '=', ':', '-']);
    let number = ["spf", "sfp", "psf"].iter().find_map(|name| tag.strip_prefix(name))?;
    let spaced = number.strip_prefix(['-', '_', ' ', '=', 'v']).unwrap_or(number);
    match (digits(spaced), lower.starts_with("v=spf ") || lower == "v=spf") {
        (0, true) => Some("v=spf".len()),
        (0, false) => None,
        (digits, _) => Some(lower.len() - spaced.len() + digits),
    }
}

/// The length of a version number, or of the letter l in place of the digit.
fn digits(text: &str) -> usize {
    if text.starts_with('l') {
        return 1;
    }
    let whole = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text[whole..].strip_prefix(".0") {
        Some(_) if whole > 0 => whole + 2,
        _ => whole,
    }
}

/// Terms of a record, or nothing at all.
fn looks_like_terms(rest: &str) -> bool {
    let rest = rest.trim_matches(|c: char| " \"';,:".contains(c));
    rest.is_empty() || rest.split([' ', ';', ',']).any(is_known_term)
}

fn is_known_term(word: &str) -> bool {
    let word = word.trim_matches(|c: char| "\"'".contains(c));
    let bare = word.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
    repair::begins_term(word) || ["all", "mx", "a", "ptr"].contains(&bare.as_str())
}

fn place(text: &str, source: &Source, start: usize, version: usize) -> NearMiss {
    let rest = &source.text[start + version..];
    let gap = rest.len() - rest.trim_start_matches([' ', ';', ',', ':', '"', '\'']).len();
    let terminated = rest.is_empty() || rest.starts_with(' ');
    let written = source.span(Span::new(start, start + version));
    let good = text[written.range()].eq_ignore_ascii_case(record::VERSION);
    let whole = Span::new(0, source.span(Span::new(start, start + version + gap)).end.max(written.end));
    let why = match (good, terminated) {
        (false, _) => Why::Version,
        (true, false) => Why::NoBlank,
        (true, true) if written.start > 0 => Why::Leading,
        (true, true) => Why::NoBlank,
    };
    let (span, fix) = match why {
        Why::Leading => (Span::new(0, written.start), String::new()),
        _ if text.len() <= whole.end => (Span::new(0, text.len()), "v=spf1".to_owned()),
        _ => (whole, "v=spf1 ".to_owned()),
    };
    NearMiss { span, fix: Some(fix), why, terms: whole.end }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mended(text: &str) -> String {
        let miss = near_miss(text).unwrap_or_else(|| panic!("{text:?} is taken for something else"));
        let mut mended = text.to_owned();
        mended.replace_range(miss.span.range(), &miss.fix.unwrap());
        mended
    }

    #[test]
    fn records_that_were_meant_as_spf_are_told_with_their_repair() {
        for (text, why, record) in [
            ("v=spf1include:_spf.example.com -all", Why::NoBlank, "v=spf1 include:_spf.example.com -all"),
            ("v=spf1;include:_spf.example.com -all", Why::NoBlank, "v=spf1 include:_spf.example.com -all"),
            ("v=spf1, mx -all", Why::NoBlank, "v=spf1 mx -all"),
            ("v=spf1-all", Why::NoBlank, "v=spf1 -all"),
            ("v=spf1\tmx -all", Why::NoBlank, "v=spf1 mx -all"),
            ("v=spf1\u{a0}mx -all", Why::NoBlank, "v=spf1 mx -all"),
            ("spf1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("=spf1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v =spf1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v= spf1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v:spf1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v=spf 1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v=spf mx -all", Why::Version, "v=spf1 mx -all"),
            ("v=spfl mx -all", Why::Version, "v=spf1 mx -all"),
            ("v=spf2 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v=spf1.0 mx -all", Why::Version, "v=spf1 mx -all"),
            ("v=sfp1 mx -all", Why::Version, "v=spf1 mx -all"),
            (" v=spf1 mx -all", Why::Leading, "v=spf1 mx -all"),
            ("\"v=spf1 mx -all", Why::Leading, "v=spf1 mx -all"),
            ("\u{201c}v=spf1 mx -all", Why::Leading, "v=spf1 mx -all"),
            ("\u{feff}v=spf1 mx -all", Why::Leading, "v=spf1 mx -all"),
            ("TXT \"v=spf1 mx -all", Why::Leading, "v=spf1 mx -all"),
            ("SPF: v=spf1 mx -all", Why::Leading, "v=spf1 mx -all"),
            ("\u{ff56}=spf1 mx -all", Why::Version, "v=spf1 mx -all"),
            ("mx include:_spf.example.com ~all", Why::NoVersion, "v=spf1 mx include:_spf.example.com ~all"),
        ] {
            assert_eq!(near_miss(text).map(|miss| miss.why), Some(why), "{text:?}");
            assert_eq!(mended(text), record, "{text:?}");
        }
    }

    #[test]
    fn other_records_are_left_alone() {
        for text in [
            "v=spf1 -all",
            "v=spf1",
            "V=SPF1 -all",
            "spf2.0/pra mx -all",
            "v=DMARC1; p=none",
            "v=DKIM1; k=rsa; p=",
            "spf1-site-verification=0123456789",
            "example-site-verification=v=spf1",
            "google-site-verification=abc",
            "we have spf 1 record",
            "a mx",
            "tell them -all",
            "",
        ] {
            assert_eq!(near_miss(text), None, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn near_misses_have_their_place(text in prop_oneof![any::<String>(), "[vV\"' ]{0,3}=? ?spf1?.{0,20}"]) {
            if let Some(miss) = near_miss(&text) {
                prop_assert!(text.get(miss.span.range()).is_some());
            }
        }
    }
}
