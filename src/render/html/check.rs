//! A check: its verdict, a card for each probe, and what was found.

use std::io::{self, Write};

use super::{Html, verdict};
use crate::finding::{Finding, Severity};
use crate::probe::Observation;
use crate::probe::check::Check;
use crate::render::check::answer;
use crate::render::finding::cited;
use crate::render::style::{Glyph, PLAIN, Role};

/// Writes the checks of a run.
pub fn checks(out: &mut dyn Write, checks: &[Check], made: &str) -> io::Result<()> {
    super::report(out, &[], checks, false, made)
}

/// One check, whole.
pub(super) fn check(html: &mut Html, check: &Check, heading: &'static str) {
    let (glyph, role, sentence) = answer(check);
    verdict(html, role, PLAIN.glyph(glyph), &sentence, "", heading);
    html.element("section", &[], |html| {
        html.leaf("h2", "", "Asked");
        probes(html, check);
    });
    details(html, check);
}

/// What each probe saw, in a sentence.
pub(super) fn probes(html: &mut Html, check: &Check) {
    html.of_class("ul", "probes", |html| {
        for observation in &check.observations {
            let (glyph, role, meaning) = sign(observation);
            html.element("li", &[], |html| {
                html.sign(role, PLAIN.glyph(glyph), meaning);
                html.leaf("strong", "", observation.probe.as_str()).leaf("p", "", &observation.summary);
            });
        }
    });
}

fn sign(observation: &Observation) -> (Glyph, Role, &'static str) {
    match observation.worst() {
        Some(severity) if severity > Severity::Info => of_severity(severity),
        _ if observation.complete => (Glyph::Good, Role::Good, "good"),
        _ if observation.answered => (Glyph::Note, Role::Muted, "seen, and proves nothing"),
        _ => (Glyph::Unknown, Role::Warning, "not answered"),
    }
}

fn of_severity(severity: Severity) -> (Glyph, Role, &'static str) {
    match severity {
        Severity::Error => (Glyph::Bad, Role::Bad, "error"),
        Severity::Warning => (Glyph::Warning, Role::Warning, "warning"),
        Severity::Info => (Glyph::Note, Role::Muted, "note"),
    }
}

/// The pictures and the findings.
pub(super) fn details(html: &mut Html, check: &Check) {
    findings(html, &check.findings());
    if let Some(survey) = check.spf.as_ref().filter(|survey| survey.record.is_some()) {
        html.element("section", &[], |html| {
            html.leaf("h2", "", "SPF");
            super::spf::picture(html, survey);
        });
    }
    for propagation in check.propagation.iter().filter(|propagation| !propagation.vantages.is_empty()) {
        html.element("section", &[], |html| {
            html.leaf("h2", "", &format!("Propagation of {}", propagation.kind));
            super::propagation::matrix(html, propagation);
        });
    }
}

/// Findings, worst first, each with its place in the record, its help and its fix.
pub(super) fn findings(html: &mut Html, findings: &[&Finding]) {
    if findings.is_empty() {
        return;
    }
    html.element("section", &[], |html| {
        html.leaf("h2", "", "Findings").of_class("ul", "findings", |html| {
            for finding in findings {
                html.element("li", &[], |html| self::finding(html, finding));
            }
        });
        html.sources(&cited(findings, true).1);
    });
}

fn finding(html: &mut Html, finding: &Finding) {
    let (glyph, role, meaning) = of_severity(finding.severity);
    html.of_class("p", "what", |html| {
        html.sign(role, PLAIN.glyph(glyph), meaning);
        html.leaf("strong", "", finding.id);
        html.text(": ");
        html.prose(&finding.message);
    });
    if let Some(record) = &finding.record {
        html.of_class("pre", "said", |html| record_with_mark(html, record, finding));
    }
    if let Some(help) = &finding.help {
        html.element("p", &[], |html| html.prose(help));
    }
    if let Some(fix) = &finding.fix {
        html.leaf("p", "label", if finding.span.is_some() { "Put there" } else { "Publish" });
        html.command(fix);
    }
}

fn record_with_mark(html: &mut Html, record: &str, finding: &Finding) {
    let part = finding
        .span
        .map(|span| span.range())
        .and_then(|range| Some((record.get(..range.start)?, record.get(range.clone())?, record.get(range.end..)?)));
    let Some((before, marked, after)) = part else { return html.text(record) };
    html.text(before);
    html.leaf("mark", "", marked);
    html.text(after);
}
