//! The text of `propagation`: has it arrived, when will it, who is behind.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;

use super::finding::{Shown, findings, sources};
use super::layout::{self, labelled, row};
use super::style::{Glyph, Role, Style, duration, visible};
use crate::dns::{Status as Outcome, shown};
use crate::finding::{Finding, Severity};
use crate::probe::propagation::{Agreement, Propagation, Sighting, Status, VantageView};

/// The answer, a row for each server, and every finding; of many alike only the first few unless
/// `verbose`.
pub fn text(out: &mut dyn Write, propagation: &Propagation, style: &Style, verbose: bool) -> io::Result<()> {
    headline(out, propagation, style)?;
    writeln!(out)?;
    authoritative(out, propagation, style)?;
    if !propagation.authoritative.is_empty() && !propagation.vantages.is_empty() {
        writeln!(out)?;
    }
    for status in ORDER {
        group(out, propagation, status, style)?;
    }
    let all: Vec<&Finding> = propagation.findings.iter().collect();
    let shown = Shown { style, verbose, marked: None };
    findings(out, &all, shown)?;
    if !propagation.vantages.is_empty() {
        writeln!(out)?;
        labelled(out, style, "asked", SAMPLED)?;
    }
    sources(out, &all, shown)
}

/// A public resolver is many machines behind one address, and most keep a cache each.
const SAMPLED: &str = "One cache of each resolver was asked: the one that answers here. Others behind the same address \
                       (anycast) may hold something else, for no longer than the record's TTL.";

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
pub(crate) fn answer(propagation: &Propagation) -> (Glyph, Role, String) {
    let Agreement { matching, of } = propagation.agreement;
    let what = format!("{} {}", shown(&propagation.name), propagation.kind);
    let absent = propagation.expected.as_ref().is_some_and(Vec::is_empty);
    let (glyph, role, told) = match (propagation.converged, propagation.converges_within) {
        (Some(true), _) if absent => (Glyph::Warning, Role::Warning, format!("{}.", absence(propagation))),
        (Some(true), _) if of == 0 => (Glyph::Good, Role::Good, "the zone's own servers agree.".to_owned()),
        (Some(true), _) => (Glyph::Good, Role::Good, format!("all {of} caches that answer have it.")),
        (Some(false), Some(seconds)) => {
            let by = by(propagation, seconds);
            let text = format!("{matching} of {of} caches have it; all of them will have it by {by}.");
            (Glyph::Waiting, Role::Warning, text)
        }
        (Some(false), None) => (Glyph::Bad, Role::Bad, never(propagation)),
        (None, _) => (Glyph::Unknown, Role::Warning, "unknown: too little answered to tell.".to_owned()),
    };
    (glyph, role, format!("{what}: {told}"))
}

/// What all say that answer.
fn absence(propagation: &Propagation) -> String {
    let own = propagation.authoritative.iter().map(|view| &view.outcome);
    let mut told = own.chain(propagation.vantages.iter().map(|view| &view.outcome)).filter(|told| told.is_conclusive());
    let nowhere = told.all(|told| *told == Outcome::NxDomain);
    let what = if nowhere { "the name does not exist (NXDOMAIN)" } else { "there is no such record (NODATA)" };
    match propagation.agreement.of {
        0 => format!("{what}, the zone's own servers say"),
        of => format!("{what}, say all {of} caches that answer"),
    }
}

/// Why waiting does not bring it everywhere, as far as is known.
fn never(propagation: &Propagation) -> String {
    let Agreement { matching, of } = propagation.agreement;
    let found =
        |id: &str| propagation.findings.iter().any(|finding| finding.id == id && finding.severity == Severity::Error);
    match () {
        () if found("rrset-differs-between-servers") => {
            "the zone's own servers differ. Mend that first: waiting does not help.".to_owned()
        }
        () if found("propagation-incomplete") => {
            "none of the zone's own servers has it. Publish it first: waiting does not help.".to_owned()
        }
        () => format!("{matching} of {of} caches have it; when the others will is unknown."),
    }
}

/// When the last old answer has left the caches.
pub(super) fn converged_by(propagation: &Propagation) -> Option<Timestamp> {
    let left = Duration::from_secs(propagation.converges_within?.into());
    Timestamp::try_from(propagation.asked_at + left).ok()
}

/// `14:32 UTC (in 41 min)`, with the day where it is not today.
fn by(propagation: &Propagation, seconds: u32) -> String {
    const MINUTE: Duration = Duration::from_secs(60);
    let wait = format!("in {}", at_most(seconds));
    let now = Timestamp::try_from(propagation.asked_at).ok();
    let then = converged_by(propagation).map(|then| then + (MINUTE - Duration::from_secs(1)));
    let (Some(now), Some(then)) = (now, then) else { return wait };
    let day = |time: Timestamp| time.strftime("%Y-%m-%d ").to_string();
    let day = if day(now) == day(then) { String::new() } else { day(then) };
    format!("{day}{} UTC ({wait})", then.strftime("%H:%M"))
}

/// Rounded up: nobody comes back to find the old record still there.
fn at_most(seconds: u32) -> String {
    let unit = match seconds {
        0..=119 => 1,
        120..=7199 => 60,
        _ => 3600,
    };
    duration(u64::from(seconds.next_multiple_of(unit)))
}

/// One answer while others are still out.
pub fn sighting(sighting: &Sighting, style: &Style) -> String {
    let Sighting { who, address, answer, values, ttl } = sighting;
    let told = match &answer.status {
        Outcome::Answered => shown_values(values),
        other => other.to_string(),
    };
    let facts = [
        ttl.map(|ttl| format!("TTL {}", duration(ttl.into()))),
        answer.rtt.map(|rtt| format!("{} ms", rtt.as_millis())),
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let sign = style.glyph(if answer.status.is_conclusive() { Glyph::Note } else { Glyph::Unknown });
    let row = visible(&format!("  {sign} {:<38} {facts:<20} {told}", format!("{who} {address}")));
    row.chars().take(style.width.saturating_sub(1)).collect()
}

fn authoritative(out: &mut dyn Write, propagation: &Propagation, style: &Style) -> io::Result<()> {
    let mut before: Option<&[String]> = None;
    for (index, view) in propagation.authoritative.iter().enumerate() {
        let same = before == Some(&view.values);
        before = Some(&view.values);
        let told = match view.status {
            Status::Match | Status::Differs if same => "the same".to_owned(),
            Status::Match | Status::Differs => shown_values(&view.values),
            _ => view.outcome.to_string(),
        };
        let serial = view.serial.map(|serial| format!("  serial {serial}")).unwrap_or_default();
        let text = format!("{} {}  {told}{serial}", shown(&view.server), view.address);
        row(out, style, if index == 0 { "own servers" } else { "" }, sign(view.status), &text)?;
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

fn sign(status: Status) -> (Glyph, Role) {
    match status {
        Status::Match => (Glyph::Good, Role::Good),
        Status::Differs | Status::NoData | Status::NxDomain => (Glyph::Waiting, Role::Warning),
        _ => (Glyph::Unknown, Role::Warning),
    }
}

fn group(out: &mut dyn Write, propagation: &Propagation, status: Status, style: &Style) -> io::Result<()> {
    let views: Vec<&VantageView> = propagation.vantages.iter().filter(|view| view.status == status).collect();
    if views.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = views.iter().map(|view| named(view)).collect();
    row(out, style, status.as_str(), sign(status), &format!("{}: {}", views.len(), names.join(", ")))
}

/// The operator, and what sets its answer apart: how long it keeps it, what it says is wrong, what it filters.
fn named(view: &VantageView) -> String {
    let name = view.vantage.operator.as_ref().unwrap_or(&view.vantage.name);
    let mut remarks = Vec::new();
    if matches!(view.status, Status::Differs | Status::NoData | Status::NxDomain) {
        remarks.extend(view.ttl.map(at_most));
        remarks.extend((!view.values.is_empty()).then(|| shown_values(&view.values)));
    }
    remarks.extend(view.extended_errors.iter().map(ToString::to_string));
    remarks.extend(view.vantage.filters.as_ref().map(|filters| format!("filters: {filters}")));
    if remarks.is_empty() { name.clone() } else { format!("{name} ({})", remarks.join("; ")) }
}

/// How much of an RRset is shown; JSON has all of it.
const SHOWN_VALUES: usize = 4;
const SHOWN_OCTETS: usize = 200;

fn shortened(value: &str) -> String {
    match value.char_indices().nth(SHOWN_OCTETS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

fn shown_values(values: &[String]) -> String {
    if values.is_empty() {
        return "no such record".to_owned();
    }
    let mut shown: Vec<String> = values.iter().take(SHOWN_VALUES).map(|value| shortened(value)).collect();
    if values.len() > SHOWN_VALUES {
        shown.push(format!("and {} more", values.len() - SHOWN_VALUES));
    }
    shown.join(" | ")
}
