//! The TXT records at the domain itself: the record among them, and what was meant as one.

use super::walk::Walk;
use super::{Survey, ended};
use crate::dns::{Answer, RecordType, SPF, Status};
use crate::finding::{Finding, Severity};
use crate::span::Span;
use crate::spf::near_miss::{self, Why};
use crate::spf::record::{self, reads_cleanly};
use crate::spf::select::{self, Selected, Text};
use crate::spf::syntax::SyntaxError;
use crate::spf::{SpfResult, limits, name, repair};

impl<'a> Walk<'a> {
    pub(super) fn published(mut self, type99: Option<&Answer>) -> Survey {
        let Some(question) = name::question(self.domain, RecordType::TXT) else {
            self.note(Finding::error("spf-missing", self.domain, "this is not a domain name that DNS can hold"));
            return self.without_record(Some(SpfResult::None));
        };
        let answer = self.gathered.get(&question);
        if !answer.status.is_conclusive() {
            return self.unanswered(&answer);
        }
        let selected = select::select(&answer);
        self.near_misses(&answer, matches!(selected, Selected::None));
        self.type99(type99, &selected);
        self.size(&answer, &selected);
        match selected {
            Selected::None => self.missing(&answer.status),
            Selected::Many(records) => {
                self.note(multiple(self.domain, &records));
                self.without_record(Some(SpfResult::PermError))
            }
            Selected::One(text) => {
                let joined = self.joined_strings(&text);
                self.record(text.text(), &joined)
            }
        }
    }

    pub(super) fn proposed(mut self, text: &str) -> Survey {
        let near_miss = near_miss_finding(self.domain, text, Severity::Error);
        near_miss.into_iter().for_each(|finding| self.note(finding));
        if text.len() > limits::STRING_OCTETS {
            let message =
                format!("the record has {} octets; one character-string of a TXT record holds 255", text.len());
            let help = "split it into several strings inside one TXT record; they are joined without a blank";
            self.note(Finding::info("spf-record-size", self.domain, message).in_record(text, None).help(help));
        }
        self.record(text.to_owned(), &[])
    }

    fn unanswered(mut self, answer: &Answer) -> Survey {
        self.complete = false;
        if let Status::NotAsked(_) = answer.status {
            return self.without_record(None);
        }
        let message = format!("the TXT records of {} could not be looked up: {}", self.domain, ended(answer));
        let help = "nothing can be said of the SPF record until its name servers answer: receivers defer mail \
                    (temperror) meanwhile";
        self.note(Finding::error("spf-dns-failure", self.domain, message).help(help));
        self.without_record(Some(SpfResult::TempError))
    }

    pub(super) fn missing(mut self, status: &Status) -> Survey {
        if !self.findings.iter().any(|finding| finding.severity == Severity::Error) {
            let message = match status {
                Status::NxDomain => {
                    format!("{} does not exist in DNS (NXDOMAIN), so it has no SPF record", self.domain)
                }
                _ => format!("{} has no SPF record", self.domain),
            };
            let help = format!(
                "publish a TXT record at {}: `v=spf1`, then the servers that send for it, then `~all`; \
                 `v=spf1 -all` if it sends no mail",
                self.domain
            );
            self.note(Finding::error("spf-missing", self.domain, message).help(help));
        }
        self.without_record(Some(SpfResult::None))
    }

    /// Texts beside the record that were meant as one.
    fn near_misses(&mut self, answer: &Answer, alone: bool) {
        let severity = if alone { Severity::Error } else { Severity::Warning };
        for text in select::texts(answer) {
            let torn = text.strings.len() > 1 && text.strings[0].eq_ignore_ascii_case(b"v=spf1");
            let finding = near_miss_finding(self.domain, &text.text(), severity);
            self.findings.extend(finding.map(|finding| match torn {
                true => joined_version(finding),
                false => finding,
            }));
            if alone && !torn {
                self.slips(&text.text());
            }
        }
    }

    /// What else is wrong with a text that was meant as a record.
    pub(super) fn slips(&mut self, text: &str) {
        let problems = record::parse(text).problems.into_iter().filter(|problem| problem.what != SyntaxError::NotSpf);
        problems.for_each(|problem| self.note(problem.finding(self.domain, text)));
    }

    /// Character-strings are joined without a blank, RFC 7208 §3.3: where one was meant, two terms become one.
    fn joined_strings(&mut self, text: &Text) -> Vec<Span> {
        let whole = text.text();
        let mut spans = Vec::new();
        let mut boundary = 0;
        for string in &text.strings[..text.strings.len().saturating_sub(1)] {
            boundary += String::from_utf8_lossy(string).len();
            let Some((span, fix)) = joined_terms(&whole, boundary) else { continue };
            let message = format!(
                "the record is stored in {} strings, and `{}` lies across two of them: they are joined without a blank",
                text.strings.len(),
                &whole[span.range()]
            );
            let help = format!("put a blank at the end of the first string, so that it reads `{fix}`");
            let finding = Finding::error("spf-joined-strings", self.domain, message).in_record(&whole, Some(span));
            self.note(finding.help(help).fix(fix));
            spans.push(span);
        }
        spans
    }

    pub(super) fn type99(&mut self, answer: Option<&Answer>, selected: &Selected) {
        if answer.is_none_or(|answer| answer.data(SPF).next().is_none()) {
            return;
        }
        let (severity, consequence) = match selected {
            Selected::None => (Severity::Error, "and no TXT record: receivers see no SPF at all"),
            _ => (Severity::Info, "beside its TXT record; receivers no longer ask for it"),
        };
        let message = format!("{} has a record of the withdrawn type SPF (99) {consequence}", self.domain);
        let help = "RFC 7208 §3.1 allows TXT records only: publish it as TXT and take the other out";
        self.note(Finding::new("spf-type99", severity, self.domain, message).help(help));
    }

    /// §3.4.
    fn size(&mut self, answer: &Answer, selected: &Selected) {
        let Selected::One(record) = selected else { return };
        let texts = select::texts(answer);
        let octets: usize = texts.iter().map(|text| text.octets().len()).sum::<usize>() + self.domain.len();
        if octets <= limits::TXT_OCTETS {
            return;
        }
        let severity = if octets <= limits::UDP_OCTETS { Severity::Info } else { Severity::Warning };
        let message = format!(
            "the TXT records of {} take {octets} octets together, the SPF record {} of them; up to {} fit every answer",
            self.domain,
            record.octets().len(),
            limits::TXT_OCTETS
        );
        let help = "larger answers need EDNS or TCP, which some firewalls break: remove TXT records that are no longer \
                    needed, or move parts of the record into an include of your own";
        self.note(
            Finding::new("spf-record-size", severity, self.domain, message).in_record(record.text(), None).help(help),
        );
    }
}

pub(super) fn multiple(domain: &str, records: &[Text]) -> Finding {
    let message =
        format!("{domain} has {} SPF records; receivers answer permerror unless there is exactly one", records.len());
    let shown: Vec<String> = records.iter().map(|record| format!("`{}`", record.text())).collect();
    let help = format!("join them into one record with one `v=spf1` and one `all`: {}", shown.join(" and "));
    let first = records.first().map(Text::text).unwrap_or_default();
    Finding::error("spf-multiple-records", domain, message).in_record(first, None).help(help)
}

pub(super) fn near_miss_finding(domain: &str, text: &str, severity: Severity) -> Option<Finding> {
    let miss = near_miss::near_miss(text)?;
    let message = format!("a TXT record of {domain} is meant as SPF, but no receiver reads it as SPF: {}", miss.why);
    let help = match miss.why {
        Why::Leading => "the record has to begin with `v=spf1`: take out what stands before it",
        Why::Version => "the record has to begin with exactly `v=spf1` and a blank",
        Why::NoBlank => "put one blank, and nothing else, behind `v=spf1`",
        Why::NoVersion => "put `v=spf1` and a blank in front",
    };
    let finding = Finding::new("spf-near-miss", severity, domain, message).in_record(text, Some(miss.span)).help(help);
    Some(match miss.fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// `"v=spf1" "mx -all"`.
fn joined_version(near_miss: Finding) -> Finding {
    let message = format!(
        "the strings of a TXT record of {} are joined without a blank after `v=spf1`, so no receiver reads it as SPF",
        near_miss.subject
    );
    let help = "put a blank at the end of the first string".to_owned();
    Finding { id: "spf-joined-strings", message, help: Some(help), ..near_miss }
}

/// If the word across this boundary was meant as two terms: its place, and the two.
fn joined_terms(text: &str, boundary: usize) -> Option<(Span, String)> {
    let (before, after) = (text.get(..boundary)?, text.get(boundary..)?);
    let start = before.rfind(' ').map_or(0, |blank| blank + 1);
    let end = boundary + after.find(' ').unwrap_or(after.len());
    let (left, right) = (&text[start..boundary], &text[boundary..end]);
    let two = start > 0 && reads_cleanly(left) && reads_cleanly(right);
    let sure = repair::begins_term(right) || !reads_cleanly(&text[start..end]);
    (two && sure).then(|| (Span::new(start, end), format!("{left} {right}")))
}
