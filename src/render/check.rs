//! The text of `check`: a row for each probe, then what is wrong.

use std::io::{self, Write};

use super::evidence;
use super::layout::{self, hang};
use super::style::{Glyph, Role, Style, visible};
use crate::finding::{Finding, Severity};
use crate::probe::Observation;
use crate::probe::check::{Check, Verdict};

/// The verdict, what each probe saw, and every finding with its caret and its help; of many alike only the first few
/// unless `verbose`.
pub fn text(out: &mut dyn Write, check: &Check, style: &Style, verbose: bool) -> io::Result<()> {
    headline(out, check, style)?;
    writeln!(out)?;
    for observation in &check.observations {
        row(out, observation, style)?;
    }
    findings(out, &check.findings(), style, verbose)
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

fn headline(out: &mut dyn Write, check: &Check, style: &Style) -> io::Result<()> {
    let count = |severity| check.findings().iter().filter(|finding| finding.severity == severity).count();
    let subject = check.domain().unwrap_or_else(|| "the address".to_owned());
    let (glyph, role, text) = match check.verdict() {
        Verdict::Ok => match count(Severity::Warning) {
            0 => (Glyph::Good, Role::Good, format!("{subject}: nothing found wrong")),
            warnings => (Glyph::Good, Role::Good, format!("{subject}: no error, {}", counted(warnings, "warning"))),
        },
        Verdict::Problems => {
            let errors = counted(count(Severity::Error), "error");
            let warnings = counted(count(Severity::Warning), "warning");
            (Glyph::Bad, Role::Bad, format!("{subject}: {errors}, {warnings}"))
        }
        Verdict::Incomplete => {
            (Glyph::Unknown, Role::Warning, format!("{subject}: no error seen, but not everything could be asked"))
        }
    };
    layout::headline(out, style, glyph, role, &text)
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn row(out: &mut dyn Write, observation: &Observation, style: &Style) -> io::Result<()> {
    let (glyph, role) = match observation.worst() {
        Some(severity) if severity > Severity::Info => sign(severity),
        _ if observation.answered => (Glyph::Good, Role::Good),
        _ => (Glyph::Unknown, Role::Warning),
    };
    let name = observation.probe.as_str();
    // The worst finding follows below in full; the row names it.
    let worst = observation.findings.iter().min_by_key(|finding| std::cmp::Reverse(finding.severity));
    let told = worst.filter(|finding| finding.severity == Severity::Error).map_or(&observation.summary, |f| &f.message);
    let lead = format!("  {} {name:<13}", style.glyph(glyph));
    let painted = format!("  {} {name:<13}", style.paint(role, style.glyph(glyph)));
    hang(out, style, &lead, &painted, &visible(told))
}

pub(super) fn sign(severity: Severity) -> (Glyph, Role) {
    match severity {
        Severity::Error => (Glyph::Bad, Role::Bad),
        Severity::Warning => (Glyph::Warning, Role::Warning),
        Severity::Info => (Glyph::Note, Role::Muted),
    }
}

/// How many findings of one kind are shown where not everything is asked for.
const SHOWN_ALIKE: usize = 2;

/// Findings, worst first, each with its place in the record, its help and its fix.
pub(super) fn findings(out: &mut dyn Write, findings: &[&Finding], style: &Style, verbose: bool) -> io::Result<()> {
    for (index, finding) in findings.iter().enumerate() {
        let alike = findings[..index].iter().filter(|before| before.id == finding.id).count();
        if verbose || alike < SHOWN_ALIKE {
            self::finding(out, finding, style)?;
        } else if alike == SHOWN_ALIKE {
            let all = findings.iter().filter(|other| other.id == finding.id).count();
            writeln!(out, "\n{} {}  {} more: -v", style.glyph(Glyph::Ellipsis), finding.id, all - SHOWN_ALIKE)?;
        }
    }
    Ok(())
}

fn finding(out: &mut dyn Write, finding: &Finding, style: &Style) -> io::Result<()> {
    let (glyph, role) = sign(finding.severity);
    writeln!(out)?;
    let lead = format!("{} {}  ", style.glyph(glyph), finding.id);
    let painted = format!("{} {}  ", style.paint(role, style.glyph(glyph)), style.paint(Role::Heading, finding.id));
    hang_under(out, style, &lead, &painted, &visible(&finding.message))?;
    if let (Some(record), Some(span)) = (&finding.record, finding.span) {
        evidence::marked(out, record, [(span.range(), String::new())], style)?;
    }
    if let Some(help) = &finding.help {
        hang(out, style, "  help: ", "  help: ", &visible(help))?;
    }
    // Where something is to be taken out, the help says so.
    if let Some(fix) = finding.fix.as_ref().filter(|fix| !fix.is_empty()) {
        let place = if finding.span.is_some() { "  put there: " } else { "  publish: " };
        // A record is copied whole: never wrapped.
        writeln!(out, "{place}{}", style.paint(Role::Command, &visible(fix)))?;
    }
    Ok(())
}

/// Like `hang`, but later lines are indented by two only: ids are long.
fn hang_under(out: &mut dyn Write, style: &Style, lead: &str, painted: &str, text: &str) -> io::Result<()> {
    let first = textwrap::Options::new(style.width).initial_indent(lead).subsequent_indent("  ");
    let lines = textwrap::wrap(text, first);
    for (index, line) in lines.iter().enumerate() {
        let line = if index == 0 { line.replacen(lead, painted, 1) } else { line.to_string() };
        writeln!(out, "{line}")?;
    }
    Ok(())
}
