//! The text of `check`: the answer, a row for each probe, then what to mend now and what later.

use std::io::{self, Write};

use super::finding::{self, Shown, findings, sources};
use super::layout::{self, row};
use super::style::{Glyph, Role, Style, visible};
use crate::dns::Status;
use crate::finding::Severity;
use crate::probe::Observation;
use crate::probe::check::{Check, Verdict};

/// The verdict, what each probe saw, and every finding with its caret and its help; of many alike only the first few
/// unless `verbose`.
pub fn text(out: &mut dyn Write, check: &Check, style: &Style, verbose: bool) -> io::Result<()> {
    let (glyph, role, sentence) = answer(check);
    layout::headline(out, style, glyph, role, &sentence)?;
    writeln!(out)?;
    for observation in &check.observations {
        row(out, style, observation.probe.as_str(), sign(observation), &observation.summary)?;
    }
    let shown = Shown { style, verbose, marked: None };
    findings(out, &check.findings(), shown)?;
    sources(out, &check.findings(), shown)
}

/// One line: the domain, the verdict, the ids of what is wrong.
pub fn brief(out: &mut dyn Write, check: &Check) -> io::Result<()> {
    let ids: Vec<&str> = check.findings().iter().map(|finding| finding.id).collect();
    let subject = visible(&check.domain().unwrap_or_default());
    writeln!(
        out,
        "{subject}: {}: {}",
        check.verdict().as_str(),
        if ids.is_empty() { "-".into() } else { ids.join(", ") }
    )
}

/// The answer: is anything wrong?
pub(crate) fn answer(check: &Check) -> (Glyph, Role, String) {
    let count = |severity| check.findings().iter().filter(|finding| finding.severity == severity).count();
    let subject = check.domain().unwrap_or_else(|| "the address".to_owned());
    match check.verdict() {
        Verdict::Ok => match count(Severity::Warning) {
            0 => (Glyph::Good, Role::Good, format!("{subject}: nothing found wrong.")),
            warnings => {
                (Glyph::Good, Role::Good, format!("{subject}: nothing is broken; {}.", counted(warnings, "warning")))
            }
        },
        Verdict::Problems if check.mx.as_ref().is_some_and(|mx| mx.status == Status::NxDomain) => {
            let text = format!("{subject} does not exist in DNS (NXDOMAIN): see that it is spelt right.");
            (Glyph::Bad, Role::Bad, text)
        }
        Verdict::Problems => {
            let errors = counted(count(Severity::Error), "error");
            let warnings = counted(count(Severity::Warning), "warning");
            let rest = if count(Severity::Warning) > 0 { format!(", {warnings}") } else { String::new() };
            (Glyph::Bad, Role::Bad, format!("{subject}: {errors}{rest} on your side; waiting does not help."))
        }
        Verdict::Incomplete if check.observations.iter().all(|observation| !observation.answered) => {
            (Glyph::Unknown, Role::Warning, format!("{subject}: unknown. {}", silence(check)))
        }
        Verdict::Incomplete => (
            Glyph::Unknown,
            Role::Warning,
            format!("{subject}: unknown in part. DNS did not answer everything; nothing is broken in what it did."),
        ),
    }
}

/// Why nothing is known.
fn silence(check: &Check) -> &'static str {
    let asked = check.spf.as_ref().is_none_or(|survey| survey.result.is_some());
    if asked { "DNS did not answer: see that this machine can ask it." } else { "DNS was not asked." }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What stands for a probe's observation.
pub(super) fn sign(observation: &Observation) -> (Glyph, Role) {
    match observation.worst() {
        Some(severity) if severity > Severity::Info => finding::sign(severity),
        _ if observation.complete => (Glyph::Good, Role::Good),
        // What was seen proves nothing.
        _ if observation.answered => (Glyph::Note, Role::Muted),
        _ => (Glyph::Unknown, Role::Warning),
    }
}
