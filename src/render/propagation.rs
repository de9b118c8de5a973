//! The text of `propagation`: has it arrived, when will it, who is behind.

use std::io::{self, Write};

use super::check::findings;
use super::layout::{self, hang};
use super::style::{Glyph, Role, Style, duration, visible};
use crate::dns::shown;
use crate::finding::Finding;
use crate::probe::propagation::{Propagation, Status, VantageView};

pub fn text(out: &mut dyn Write, propagation: &Propagation, style: &Style, verbose: bool) -> io::Result<()> {
    headline(out, propagation, style)?;
    writeln!(out)?;
    authoritative(out, propagation, style)?;
    for status in ORDER {
        group(out, propagation, status, style)?;
    }
    let all: Vec<&Finding> = propagation.findings.iter().collect();
    findings(out, &all, style, verbose)
}

/// One line: the name, the verdict, how many agree.
pub fn brief(out: &mut dyn Write, propagation: &Propagation) -> io::Result<()> {
    let verdict = match propagation.converged {
        Some(true) => "converged",
        Some(false) => "not converged",
        None => "unknown",
    };
    let agreement = propagation.agreement;
    let name = visible(&shown(&propagation.name));
    writeln!(out, "{name} {}: {verdict}: {} of {}", propagation.kind, agreement.matching, agreement.of)
}

fn headline(out: &mut dyn Write, propagation: &Propagation, style: &Style) -> io::Result<()> {
    let (glyph, role, text) = answer(propagation);
    layout::headline(out, style, glyph, role, &text)
}

/// The answer: has it arrived, and when will it?
pub(super) fn answer(propagation: &Propagation) -> (Glyph, Role, String) {
    let agreement = propagation.agreement;
    let what = format!("{} {}", shown(&propagation.name), propagation.kind);
    match (propagation.converged, propagation.converges_within) {
        (Some(true), _) => {
            let text = format!("{what}: all {} caches that answer have it", agreement.of);
            (Glyph::Good, Role::Good, text)
        }
        (Some(false), Some(seconds)) => {
            let wait = duration(seconds.into());
            let text = format!(
                "{what}: {} of {} caches have it. The last one expires in {wait}.",
                agreement.matching, agreement.of
            );
            (Glyph::Waiting, Role::Warning, text)
        }
        (Some(false), None) => (
            Glyph::Bad,
            Role::Bad,
            format!("{what}: not the same everywhere ({} of {})", agreement.matching, agreement.of),
        ),
        (None, _) => (Glyph::Unknown, Role::Warning, format!("{what}: too little answered to tell")),
    }
}

fn authoritative(out: &mut dyn Write, propagation: &Propagation, style: &Style) -> io::Result<()> {
    let mut before: Option<&[String]> = None;
    for view in &propagation.authoritative {
        let values = if before == Some(&view.values) { "the same".to_owned() } else { shown_values(&view.values) };
        before = Some(&view.values);
        let told = match view.status {
            Status::Match | Status::Differs => values,
            _ => view.outcome.to_string(),
        };
        let serial = view.serial.map(|serial| format!("  serial {serial}")).unwrap_or_default();
        let place = format!("{} {}", shown(&view.server), view.address);
        let lead = format!("  {} {place:<38} ", style.glyph(glyph(view.status)));
        hang(out, style, &lead, &lead, &visible(&format!("{told}{serial}")))?;
    }
    if !propagation.authoritative.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Most agreeable first.
const ORDER: [Status; 9] = [
    Status::Match,
    Status::Differs,
    Status::NoData,
    Status::NxDomain,
    Status::ServFail,
    Status::Refused,
    Status::Timeout,
    Status::Unreachable,
    Status::Malformed,
];

fn glyph(status: Status) -> Glyph {
    match status {
        Status::Match => Glyph::Good,
        Status::Differs | Status::NoData | Status::NxDomain => Glyph::Waiting,
        _ => Glyph::Unknown,
    }
}

fn group(out: &mut dyn Write, propagation: &Propagation, status: Status, style: &Style) -> io::Result<()> {
    let views: Vec<&VantageView> = propagation.vantages.iter().filter(|view| view.status == status).collect();
    if views.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = views.iter().map(|view| named(view)).collect();
    let lead = format!("  {} {:<11} {:>3}  ", style.glyph(glyph(status)), status.as_str(), views.len());
    hang(out, style, &lead, &lead, &visible(&names.join(", ")))
}

/// The operator, and what sets its answer apart: how long it keeps it, what it says is wrong, what it filters.
fn named(view: &VantageView) -> String {
    let name = view.vantage.operator.as_ref().unwrap_or(&view.vantage.name);
    let mut remarks = Vec::new();
    if matches!(view.status, Status::Differs | Status::NoData | Status::NxDomain) {
        remarks.extend(view.ttl.map(|ttl| duration(ttl.into())));
        remarks.extend((!view.values.is_empty()).then(|| shown_values(&view.values)));
    }
    remarks.extend(view.extended_errors.iter().map(ToString::to_string));
    remarks.extend(view.vantage.filters.as_ref().map(|filters| format!("filters: {filters}")));
    if remarks.is_empty() { name.clone() } else { format!("{name} ({})", remarks.join("; ")) }
}

fn shown_values(values: &[String]) -> String {
    if values.is_empty() { "no such record".to_owned() } else { values.join(" | ") }
}
