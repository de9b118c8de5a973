//! A log's triage: what needs somebody, on whose side, and whether it is getting better.

use std::io::{self, Write};

use super::diagnosis::table;
use super::{Html, document, verdict};
use crate::render::style::{Glyph, PLAIN, Role, duration};
use crate::render::triage::headline;
use crate::triage::clock::spelt;
use crate::triage::{Group, Need, Triage};

const HEADS: [&str; 9] = ["Cause", "Need", "Side", "Messages", "Later", "Waiting", "Failed", "Median", "Trend"];

/// Writes the triage of one or more logs.
pub fn triage(out: &mut dyn Write, triage: &Triage, made: &str) -> io::Result<()> {
    let worst = triage.groups.iter().map(|group| triage.need(group)).max().unwrap_or(Need::Nothing);
    let (glyph, role) = sign(worst);
    let sentence = headline(triage);
    let read = match triage.unrecognised {
        0 => format!("Lines read: {}.", triage.lines),
        some => format!("Lines read: {}. Lines that look like errors and could not be told: {some}.", triage.lines),
    };
    document(out, &sentence, made, |html| {
        html.element("article", &[], |html| {
            verdict(html, role, PLAIN.glyph(glyph), &sentence, &read, "h1");
            if triage.groups.is_empty() {
                return;
            }
            html.element("section", &[], |html| {
                html.leaf("h2", "", "Groups");
                table(html, &HEADS, |html| {
                    for group in &triage.groups {
                        html.element("tr", &[], |html| row(html, group, triage.need(group)));
                    }
                });
            });
            for group in &triage.groups {
                html.element("section", &[], |html| details(html, group));
            }
        });
    })
}

fn sign(need: Need) -> (Glyph, Role) {
    match need {
        Need::Nothing => (Glyph::Good, Role::Good),
        Need::Tell => (Glyph::Warning, Role::Warning),
        Need::Act => (Glyph::Bad, Role::Bad),
    }
}

fn row(html: &mut Html, group: &Group, need: Need) {
    let share = group.share_delivered().map(|share| format!("{:.0}%", share * 100.0));
    html.element("th", &[("scope", "row")], |html| html.text(&name(group)));
    html.element("td", &[], |html| {
        let (glyph, role) = sign(need);
        html.sign(role, PLAIN.glyph(glyph), "need");
        html.text(need.as_str());
    });
    let cells = [
        group.side.as_str().to_owned(),
        group.messages.to_string(),
        share.unwrap_or_default(),
        group.still_waiting.to_string(),
        group.failed.to_string(),
        group.median_delay.map(duration).unwrap_or_default(),
    ];
    for cell in cells {
        html.leaf("td", "number", &cell);
    }
    html.element("td", &[], |html| trend(html, &group.trend));
}

fn name(group: &Group) -> String {
    let whose = group.provider.map_or_else(String::new, |provider| format!(" at {}", provider.name));
    format!("{}{whose}", group.cause.id)
}

/// Failures over the time of the log, as bars.
fn trend(html: &mut Html, trend: &[u64]) {
    const WIDTH: usize = 5;
    const HEIGHT: u64 = 20;
    let most = trend.iter().copied().max().unwrap_or(0).max(1);
    let width = (trend.len() * WIDTH).to_string();
    let view = format!("0 0 {width} {HEIGHT}");
    let label = format!("{} failures, {} at most in a stretch", trend.iter().sum::<u64>(), most);
    let drawing = [
        ("viewBox", view.as_str()),
        ("width", "110"),
        ("class", "trend"),
        ("preserveAspectRatio", "none"),
        ("role", "img"),
        ("aria-label", &label),
    ];
    html.element("svg", &drawing, |html| {
        for (index, incidents) in trend.iter().enumerate() {
            let height = (incidents * HEIGHT).div_ceil(most);
            let (x, y, height) = ((index * WIDTH).to_string(), (HEIGHT - height).to_string(), height.to_string());
            html.element("rect", &[("x", &x), ("y", &y), ("width", "4"), ("height", &height)], |_| ());
        }
    });
}

fn details(html: &mut Html, group: &Group) {
    html.leaf("h2", "", &name(group)).leaf("p", "", group.cause.title);
    let time = |seconds: Option<i64>| seconds.and_then(spelt);
    let domains: Vec<String> =
        group.domains.iter().map(|domain| format!("{} {}", domain.name, domain.incidents)).collect();
    let facts = [
        ("Failures", Some(group.incidents.to_string())),
        ("First", time(group.first)),
        ("Last", time(group.last)),
        ("Recipients", Some(group.recipients.to_string())),
        ("Domains", (!domains.is_empty()).then(|| domains.join(", "))),
    ];
    html.facts(facts.into_iter().filter_map(|(label, fact)| Some((label, fact?))));
    html.leaf("pre", "said", &group.example);
}
