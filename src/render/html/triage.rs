//! A log's triage: one row a group, worst first.

use std::io::{self, Write};

use super::diagnosis::table;
use super::{Html, class_of, document, verdict};
use crate::render::style::{PLAIN, Role, duration};
use crate::render::triage::{headline, median, number, place, share, sign, sparkline};
use crate::triage::{Group, Need, Triage};

/// Writes what a log comes to.
pub fn triage(out: &mut dyn Write, triage: &Triage, made: &str) -> io::Result<()> {
    let sentence = headline(triage);
    let worst = triage.groups.iter().map(|group| triage.need(group)).max().unwrap_or(Need::Nothing);
    let (role, glyph) = sign(worst);
    let read = format!("{} lines read, {} not understood.", number(triage.lines), number(triage.unrecognised));
    document(out, &sentence, made, |html| {
        html.element("article", &[], |html| {
            verdict(html, role, PLAIN.glyph(glyph), &sentence, &read, "h1");
            html.element("section", &[], |html| {
                html.leaf("h2", "", "Causes, worst first");
                groups(html, triage);
            });
        });
    })
}

fn groups(html: &mut Html, triage: &Triage) {
    const HEADS: [&str; 10] =
        ["Cause", "Where", "Messages", "Later", "Waiting", "Failed", "Refused here", "Median, 95 %", "Trend", "Need"];
    table(html, &HEADS, |html| {
        for group in &triage.groups {
            html.element("tr", &[], |html| row(html, group, triage.need(group)));
        }
    });
}

fn row(html: &mut Html, group: &Group, need: Need) {
    const TREND: usize = 12;
    const PLACES: usize = 5;
    html.leaf("th", "", group.cause.id).leaf("td", "", &place(group, PLACES));
    let delays = match group.p95_delay {
        Some(p95) => format!("{}, {}", median(group), duration(p95)),
        None => "-".to_owned(),
    };
    let numbers = [group.still_waiting, group.failed, group.refused].map(number);
    html.leaf("td", "number", &number(group.messages)).leaf("td", "number", &share(group));
    for number in &numbers {
        html.leaf("td", "number", number);
    }
    html.leaf("td", "number", &delays).leaf("td", "", &sparkline(&group.trend, TREND, &PLAIN));
    let (role, _) = sign(need);
    let said = if need == Need::Nothing { "" } else { need.as_str() };
    html.leaf("td", if role == Role::Muted { "" } else { class_of(role) }, said);
}
