//! The text of `spf`: the verdict, the record, the tree with its counts, and what is wrong.

use std::io::{self, Write};

use super::check::findings;
use super::evidence;
use super::layout::{hang, paragraph};
use super::style::{Glyph, Role, Style, visible};
use crate::finding::{Finding, Severity};
use crate::spf::SpfResult;
use crate::spf::evaluate::Evaluation;
use crate::spf::survey::{Node, Survey};

pub fn text(
    out: &mut dyn Write,
    survey: &Survey,
    evaluation: Option<&Evaluation>,
    style: &Style,
    verbose: bool,
) -> io::Result<()> {
    headline(out, survey, style)?;
    if let Some(record) = &survey.record {
        writeln!(out)?;
        evidence::marked(out, record, marks(survey, record), style)?;
    }
    if let Some(tree) = survey.tree.as_ref().filter(|tree| !tree.children.is_empty()) {
        writeln!(out)?;
        self::tree(out, tree, survey, style)?;
    }
    if let Some(evaluation) = evaluation {
        writeln!(out)?;
        self::evaluation(out, evaluation, style, verbose)?;
    }
    let further = evaluation.iter().flat_map(|evaluation| &evaluation.findings);
    let all: Vec<&Finding> = survey.findings.iter().chain(further).collect();
    findings(out, &all, style, verbose)
}

/// One line: the domain, its state, the ids of what is wrong.
pub fn brief(out: &mut dyn Write, survey: &Survey, evaluation: Option<&Evaluation>) -> io::Result<()> {
    let result = evaluation.map(|evaluation| evaluation.result).or(survey.result);
    let state = result.map_or_else(|| counts(survey), |result| result.to_string());
    let ids: Vec<&str> = survey.findings.iter().map(|finding| finding.id).collect();
    writeln!(out, "{}: {state}: {}", survey.domain, if ids.is_empty() { "-".into() } else { ids.join(", ") })
}

fn counts(survey: &Survey) -> String {
    format!("{} of {} lookups", survey.lookups.total, survey.lookups.limit)
}

fn headline(out: &mut dyn Write, survey: &Survey, style: &Style) -> io::Result<()> {
    let broken = survey.findings.iter().any(|finding| finding.severity == Severity::Error);
    let domain = &survey.domain;
    let (glyph, role, text) = match (&survey.record, survey.result) {
        (_, Some(SpfResult::TempError)) => {
            (Glyph::Unknown, Role::Warning, format!("The SPF record of {domain} could not be asked for"))
        }
        (None, _) => (Glyph::Bad, Role::Bad, format!("{domain} has no SPF record")),
        (Some(_), Some(SpfResult::PermError)) => {
            (Glyph::Bad, Role::Bad, format!("SPF of {domain} is broken: receivers come to permerror"))
        }
        (Some(_), _) if broken => (Glyph::Bad, Role::Bad, format!("SPF of {domain} is broken: {}", counts(survey))),
        (Some(_), _) if !survey.complete => {
            (Glyph::Unknown, Role::Warning, format!("SPF of {domain}: not everything could be asked"))
        }
        (Some(_), _) => (Glyph::Good, Role::Good, format!("SPF of {domain} is sound: {}", counts(survey))),
    };
    writeln!(out, "{} {}", style.paint(role, style.glyph(glyph)), style.paint(Role::Heading, &visible(&text)))
}

/// Where the findings point in the domain's own record, none twice.
fn marks(survey: &Survey, record: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut marks: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let own = survey.findings.iter().filter(|finding| finding.record.as_deref() == Some(record));
    for finding in own.filter(|finding| finding.severity > Severity::Info) {
        let Some(span) = finding.span else { continue };
        let taken = marks.iter().any(|(range, _)| range.start < span.end && span.start < range.end);
        if !taken && span.range() != (0..record.len()) {
            marks.push((span.range(), finding.id.to_owned()));
        }
    }
    marks
}

/// The branches that cost lookups, with what each costs with all below it.
fn tree(out: &mut dyn Write, root: &Node, survey: &Survey, style: &Style) -> io::Result<()> {
    let total = format!("{}/{}", survey.lookups.total, survey.lookups.limit);
    writeln!(out, "  {}", aligned(&visible(&survey.domain), &total, style))?;
    branches(out, &root.children, "", style)
}

fn branches(out: &mut dyn Write, nodes: &[Node], stem: &str, style: &Style) -> io::Result<()> {
    for (index, node) in nodes.iter().enumerate() {
        let last = index + 1 == nodes.len();
        let branch = style.glyph(if last { Glyph::LastBranch } else { Glyph::Branch });
        let label = format!("{stem}{branch}{}", visible(&node.term));
        writeln!(out, "  {}", aligned(&label, &node.lookups.to_string(), style))?;
        let below = format!("{stem}{}", if last { "   " } else { style.glyph(Glyph::Stem) });
        if let Some(error) = &node.error {
            let lead = format!("  {below}");
            let painted = format!("{lead}{} ", style.paint(Role::Bad, style.glyph(Glyph::Bad)));
            hang(out, style, &format!("{lead}{} ", style.glyph(Glyph::Bad)), &painted, &visible(error))?;
        }
        branches(out, &node.children, &below, style)?;
    }
    Ok(())
}

fn aligned(label: &str, count: &str, style: &Style) -> String {
    const COLUMN: usize = 60;
    let width = textwrap::core::display_width(label);
    let gap = COLUMN.min(style.width.saturating_sub(8)).saturating_sub(width).max(2);
    format!("{label}{}{count:>5}", " ".repeat(gap))
}

fn evaluation(out: &mut dyn Write, evaluation: &Evaluation, style: &Style, verbose: bool) -> io::Result<()> {
    let role = match evaluation.result {
        SpfResult::Pass => Role::Good,
        SpfResult::Fail | SpfResult::PermError => Role::Bad,
        _ => Role::Warning,
    };
    let by = evaluation.matched.as_ref().map(|matched| format!("  by {} of {}", matched.term, matched.domain));
    let by = visible(&by.unwrap_or_default());
    writeln!(out, "  result  {}{by}", style.paint(role, evaluation.result.as_str()))?;
    if let Some(failure) = &evaluation.failure {
        paragraph(out, style, "", &visible(&failure.to_string()))?;
    }
    if let Some(explanation) = &evaluation.explanation {
        paragraph(out, style, "they say: ", &visible(explanation))?;
    }
    let shown = if verbose { evaluation.trace.len() } else { evaluation.trace.len().min(12) };
    for step in &evaluation.trace[..shown] {
        let indent = "  ".repeat(step.depth + 2);
        writeln!(
            out,
            "{indent}{}  {}",
            visible(&step.term),
            style.paint(Role::Muted, &visible(&step.outcome.to_string()))
        )?;
    }
    if shown < evaluation.trace.len() {
        writeln!(out, "    {} more: -v", evaluation.trace.len() - shown)?;
    }
    Ok(())
}
