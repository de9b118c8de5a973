//! Findings as text, the same in every output: what to mend now and what later, each with its place in the record, its
//! help and its fix; then where to read more, and the sources.

use std::io::{self, Write};

use super::evidence;
use super::layout::{self, hang, labelled, labelled_indent, row};
use super::style::{Glyph, Role, Style, visible};
use crate::finding::{Finding, Severity};
use crate::knowledge::{Knowledge, Source};

/// How many findings of one kind are shown where not everything is asked for.
const SHOWN_ALIKE: usize = 3;

/// How findings are shown.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) style: &'a Style,
    pub(super) verbose: bool,
    /// A record that stands above with all its places marked.
    pub(super) marked: Option<&'a str>,
}

/// Findings, worst first, those of one severity together.
pub(super) fn findings(out: &mut dyn Write, findings: &[&Finding], shown: Shown) -> io::Result<()> {
    let mut before = None;
    for (index, finding) in findings.iter().enumerate() {
        let first = before.replace(finding.severity) != Some(finding.severity);
        if first {
            writeln!(out)?;
        }
        let label = if first { when(finding.severity) } else { "" };
        let alike = findings[..index].iter().filter(|before| before.id == finding.id).count();
        if shown.verbose || alike < SHOWN_ALIKE {
            one(out, label, finding, shown)?;
        } else if alike == SHOWN_ALIKE {
            let all = findings.iter().filter(|other| other.id == finding.id).count();
            let rest = format!("{}: {} more: -v", finding.id, all - SHOWN_ALIKE);
            row(out, shown.style, label, (Glyph::Ellipsis, Role::Muted), &rest)?;
        }
    }
    Ok(())
}

/// An error keeps mail from arriving now; a warning will, or does for some.
fn when(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "now",
        Severity::Warning => "later",
        Severity::Info => "note",
    }
}

pub(super) fn sign(severity: Severity) -> (Glyph, Role) {
    match severity {
        Severity::Error => (Glyph::Bad, Role::Bad),
        Severity::Warning => (Glyph::Warning, Role::Warning),
        Severity::Info => (Glyph::Note, Role::Muted),
    }
}

/// One finding behind a label. Of what is only noted, the sentence is enough unless everything is asked for.
pub(super) fn one(out: &mut dyn Write, label: &str, finding: &Finding, shown: Shown) -> io::Result<()> {
    const BEHIND_SIGN: usize = 2;
    let style = shown.style;
    row(out, style, label, sign(finding.severity), &format!("{}: {}", finding.id, finding.message))?;
    if finding.severity == Severity::Info && !shown.verbose {
        return Ok(());
    }
    let indent = labelled_indent(style).0 + BEHIND_SIGN;
    if let (Some(record), Some(span)) = (&finding.record, finding.span)
        && shown.marked != Some(record.as_str())
    {
        evidence::marked(out, record, [(span.range(), replacement(finding, style))], indent + BEHIND_SIGN, style)?;
    }
    let lead = " ".repeat(indent);
    if let Some(help) = &finding.help {
        hang(out, style, &lead, &lead, &format!("help: {help}"))?;
    }
    // Where something is to be taken out, the help says so; in a record, the mark says what to write.
    let fix = finding.fix.as_ref().filter(|fix| !fix.is_empty() && finding.span.is_none());
    if let Some(fix) = fix {
        hang(out, style, &lead, &lead, "publish:")?;
        // A record is copied whole: never wrapped.
        writeln!(out, "{lead}  {}", style.paint(Role::Command, &visible(fix)))?;
    }
    Ok(())
}

/// What to write in place of what a finding marks.
pub(super) fn replacement(finding: &Finding, style: &Style) -> String {
    match finding.fix.as_deref().map(str::trim_end) {
        None => String::new(),
        Some("") => "take out".to_owned(),
        Some(fix) => format!("{} {}", style.glyph(Glyph::Becomes), visible(fix)),
    }
}

/// Where to read more, and what the worst findings rest on.
pub(super) fn sources(out: &mut dyn Write, findings: &[&Finding], shown: Shown) -> io::Result<()> {
    let (ids, sources) = cited(findings, shown.verbose);
    if ids.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    labelled(out, shown.style, "more", &format!("smtpwhy explain {}", ids.join(" ")))?;
    layout::sources(out, shown.style, &sources, shown.verbose)
}

/// The ids and sources of the worst findings, or of all, each once.
pub(super) fn cited(findings: &[&Finding], all: bool) -> (Vec<&'static str>, Vec<Source>) {
    let (mut ids, mut sources): (Vec<&str>, Vec<Source>) = Default::default();
    let worst = findings.iter().map(|finding| finding.severity).max();
    for finding in findings.iter().filter(|finding| all || Some(finding.severity) == worst) {
        if !ids.contains(&finding.id) {
            ids.push(finding.id);
            let page = Knowledge::embedded().finding(finding.id);
            for source in page.iter().flat_map(|page| page.sources) {
                if !sources.iter().any(|known| known.cite == source.cite) {
                    sources.push(*source);
                }
            }
        }
    }
    (ids, sources)
}
