//! What a comparison of all answers is worth saying.

use super::judge::newest;
use super::{AuthoritativeView, Propagation, Status, VantageView};
use crate::dns::{Name, shown};
use crate::finding::Finding;
use crate::probe::nameservers::Lost;

pub(super) fn findings(propagation: &Propagation) -> Vec<Finding> {
    let found = [
        servers_differ(propagation),
        serials_differ(&propagation.name, &serials(&propagation.authoritative)),
        unpublished(propagation),
        incomplete(propagation),
        bogus(propagation),
        failing(propagation),
    ];
    found.into_iter().flatten().collect()
}

/// Where no zone above is found either, it is the resolver that fails, which is told as such.
pub(super) fn zone_not_found(lost: &Lost) -> Option<Finding> {
    lost.ended.as_ref()?;
    Some(Finding::info("zone-not-found", shown(&lost.name), lost.to_string()).help(
        "Without the zone's own servers nothing says what the caches should hold. A network that lets no DNS but its own \
         resolver's through looks the same: ask from another one.",
    ))
}

fn servers_differ(propagation: &Propagation) -> Option<Finding> {
    let answered = || propagation.authoritative.iter().filter(|view| view.outcome.is_conclusive());
    let mut groups: Vec<(&[String], Vec<String>)> = Vec::new();
    for view in answered() {
        let who = format!("{} ({})", shown(&view.server), view.address);
        match groups.iter_mut().find(|(values, _)| *values == view.values.as_slice()) {
            Some((_, servers)) => servers.push(who),
            None => groups.push((&view.values, vec![who])),
        }
    }
    if groups.len() < 2 {
        return None;
    }
    let Propagation { name, kind, .. } = propagation;
    let told: Vec<String> =
        groups.iter().map(|(values, servers)| format!("{}: {}", servers.join(", "), quoted(values))).collect();
    let spf =
        |values: &[String]| values.iter().filter(|value| value.starts_with("v=spf1")).cloned().collect::<Vec<_>>();
    let spf_differs = groups.iter().any(|(values, _)| spf(values) != spf(groups[0].0));
    let what = if spf_differs { "the SPF record".to_owned() } else { kind.to_string() };
    let message = format!("the zone's own servers differ about {what} of {}. {}", shown(name), told.join("; "));
    Some(Finding::error("rrset-differs-between-servers", shown(name), message).help(
        "Which record a receiver sees depends on the server it asks. Compare the serials: a server with an older one \
         has not transferred the zone; with equal ones, the servers are fed from different sources.",
    ))
}

fn quoted(values: &[String]) -> String {
    if values.is_empty() {
        return "no such record".to_owned();
    }
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ")
}

pub(super) fn serials(views: &[AuthoritativeView]) -> Vec<(u32, String)> {
    let label = |view: &AuthoritativeView| Some((view.serial?, format!("{} ({})", shown(&view.server), view.address)));
    views.iter().filter_map(label).collect()
}

/// `known`: serials, each with the server it was heard from.
pub(in crate::probe) fn serials_differ(zone: &Name, known: &[(u32, String)]) -> Option<Finding> {
    let newest = newest(known.iter().map(|(serial, _)| Some(*serial)))?;
    let behind: Vec<String> = known
        .iter()
        .filter(|(serial, _)| *serial != newest)
        .map(|(serial, server)| format!("{server} has {serial}"))
        .collect();
    if behind.is_empty() {
        return None;
    }
    let message = format!("the newest serial of the zone is {newest}, but {}", behind.join(", "));
    Some(Finding::warning("zone-serial-mismatch", shown(zone), message).help(
        "For a few minutes after a change that is normal. If it lasts, see whether the server gets the NOTIFY and may \
         transfer the zone. Some providers number each server's copy by itself; then only the records' equality counts.",
    ))
}

/// Only where the user expects something: otherwise the zone's servers set the expectation.
fn unpublished(propagation: &Propagation) -> Option<Finding> {
    let Propagation { name, kind, expected, authoritative, .. } = propagation;
    let mut answered = authoritative.iter().filter(|view| view.outcome.is_conclusive()).peekable();
    answered.peek()?;
    if !answered.all(|view| view.status == Status::Differs) {
        return None;
    }
    let expected = quoted(expected.as_ref()?);
    let message = format!("none of the zone's own servers has the expected {kind} of {}: {expected}", shown(name));
    Some(Finding::error("propagation-incomplete", shown(name), message).help(
        "Caches cannot get what the zone does not serve. See whether the change was saved and the zone reloaded, and whether it was made at the provider the domain is delegated to.",
    ))
}

fn incomplete(propagation: &Propagation) -> Option<Finding> {
    let behind: Vec<&VantageView> = propagation.vantages.iter().filter(|view| view.is_behind()).collect();
    if behind.is_empty() || propagation.expected.is_none() {
        return None;
    }
    let Propagation { name, kind, agreement, .. } = propagation;
    let who: Vec<String> = behind.iter().map(|view| view.title()).collect();
    let until =
        propagation.converges_within.map(|seconds| format!("; the last of them forgets it in {}", human(seconds)));
    let message = format!(
        "{} of {} public resolvers do not have the expected {kind} of {} yet: {}{}",
        behind.len(),
        agreement.of,
        shown(name),
        who.join(", "),
        until.unwrap_or_default(),
    );
    let pages: Vec<&str> = behind.iter().filter_map(|view| view.vantage.flush.as_deref()).collect();
    let finding = Finding::warning("propagation-incomplete", shown(name), message);
    Some(if pages.is_empty() {
        finding.help("Wait until the old record's TTL has run out; nothing you change now makes it faster.")
    } else {
        finding
            .help(format!("Wait until the old record's TTL has run out, or have it dropped at {}", pages.join(" and ")))
    })
}

fn bogus(propagation: &Propagation) -> Option<Finding> {
    let bogus: Vec<&VantageView> = propagation.vantages.iter().filter(|view| view.is_bogus()).collect();
    let first = bogus.first()?;
    let why = first.extended_errors.iter().find(|error| error.is_bogus())?;
    let who: Vec<String> = bogus.iter().map(|view| view.title()).collect();
    let name = shown(&propagation.name);
    let message = format!("DNSSEC validation of {name} fails at {}: {why}", who.join(", "));
    Some(Finding::error("dnssec-bogus", name, message).help(
        "Receivers that validate see no answer at all. Compare the DS record at the registrar with the zone's DNSKEY, and \
         see that the signatures are renewed; if in doubt, take the DS record out and wait for its TTL.",
    ))
}

fn failing(propagation: &Propagation) -> Option<Finding> {
    let failing: Vec<&VantageView> =
        propagation.vantages.iter().filter(|view| view.has_failed() && !view.is_bogus()).collect();
    if failing.is_empty() {
        return None;
    }
    let name = shown(&propagation.name);
    let message = format!("no answer about {name} from {}", by_reason(&failing).join("; "));
    let finding = if failing.len() * 2 > propagation.vantages.len() {
        Finding::warning("resolver-failure", name, message)
    } else {
        Finding::info("resolver-failure", name, message)
    };
    Some(finding.help("A resolver that does not answer says nothing about your zone; it is not counted as behind."))
}

/// Those who failed, with why; those who failed alike together.
fn by_reason(failing: &[&VantageView]) -> Vec<String> {
    let why = |view: &VantageView| match view.extended_errors.first() {
        Some(error) => format!("{}, {error}", view.outcome),
        None => view.outcome.to_string(),
    };
    let mut alike: Vec<(String, Vec<String>)> = Vec::new();
    for view in failing {
        let why = why(view);
        match alike.iter_mut().find(|(known, _)| *known == why) {
            Some((_, who)) => who.push(view.title()),
            None => alike.push((why, vec![view.title()])),
        }
    }
    alike.into_iter().map(|(why, who)| format!("{}: {why}", who.join(", "))).collect()
}

fn human(seconds: u32) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}
