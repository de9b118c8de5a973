//! Propagation: servers × answers, with the time that each stale answer has left.

use std::io::{self, Write};

use super::diagnosis::table;
use super::{Html, check, class_of, document, verdict};
use crate::dns::shown;
use crate::finding::Finding;
use crate::probe::propagation::{Propagation, Status};
use crate::render::propagation::answer;
use crate::render::style::{Glyph, PLAIN, Role, duration};

/// Writes one RRset, everywhere it was looked for.
pub fn propagation(out: &mut dyn Write, propagation: &Propagation, made: &str) -> io::Result<()> {
    let (glyph, role, sentence) = answer(propagation);
    document(out, &sentence, made, |html| {
        html.element("article", &[], |html| {
            verdict(html, role, PLAIN.glyph(glyph), &sentence, "", "h1");
            html.element("section", &[], |html| {
                html.leaf("h2", "", "Who says what");
                matrix(html, propagation);
            });
            let all: Vec<&Finding> = propagation.findings.iter().collect();
            check::findings(html, &all);
        });
    })
}

/// One server's answer, whichever kind of server it is.
struct Row {
    name: String,
    address: String,
    /// Its place in the list of answers.
    answer: usize,
    status: Status,
    left: Option<u32>,
    remarks: Vec<String>,
}

/// An answer that some servers give.
#[derive(PartialEq)]
struct Given<'a> {
    status: Status,
    values: &'a [String],
}

impl Given<'_> {
    fn text(&self) -> String {
        match self.status {
            Status::Match | Status::Differs if self.values.is_empty() => "no such record".to_owned(),
            Status::Match | Status::Differs => self.values.join("\n"),
            other => other.as_str().to_owned(),
        }
    }
}

pub(super) fn matrix(html: &mut Html, propagation: &Propagation) {
    let mut answers: Vec<Given> = Vec::new();
    let (own, public) = (own(propagation, &mut answers), public(propagation, &mut answers));
    let letters: Vec<String> = (0..answers.len()).map(letter).collect();
    html.of_class("dl", "answers", |html| {
        for (letter, answer) in letters.iter().zip(&answers) {
            html.leaf("dt", class_of(sign(answer.status).1), letter).element("dd", &[], |html| {
                html.leaf("code", "", &answer.text());
            });
        }
    });
    let mut heads = vec!["Server", "Address"];
    heads.extend(letters.iter().map(String::as_str));
    heads.extend(["Keeps it for", "Remarks"]);
    table(html, &heads, |html| {
        for (title, rows) in [("The zone's own servers", &own), ("Public resolvers", &public)] {
            if rows.is_empty() {
                continue;
            }
            html.of_class("tr", "group", |html| {
                let span = heads.len().to_string();
                html.element("th", &[("colspan", &span), ("scope", "colgroup")], |html| html.text(title));
            });
            for row in rows {
                html.element("tr", &[], |html| self::row(html, row, &letters));
            }
        }
    });
}

fn row(html: &mut Html, row: &Row, letters: &[String]) {
    html.element("th", &[("scope", "row")], |html| html.text(&row.name)).element("td", &[], |html| {
        html.leaf("code", "", &row.address);
    });
    for (index, letter) in letters.iter().enumerate() {
        html.of_class("td", "cell", |html| {
            if index == row.answer {
                let (glyph, role) = sign(row.status);
                html.sign(role, PLAIN.glyph(glyph), letter);
            }
        });
    }
    html.leaf("td", "number", &row.left.map(|seconds| duration(seconds.into())).unwrap_or_default());
    html.leaf("td", "muted", &row.remarks.join("; "));
}

fn sign(status: Status) -> (Glyph, Role) {
    match status {
        Status::Match => (Glyph::Good, Role::Good),
        Status::Differs | Status::NoData | Status::NxDomain => (Glyph::Waiting, Role::Warning),
        _ => (Glyph::Unknown, Role::Bad),
    }
}

/// `A`, `B`, … and beyond `Z` a number.
fn letter(index: usize) -> String {
    match u8::try_from(index) {
        Ok(small) if small < 26 => char::from(b'A' + small).to_string(),
        _ => (index + 1).to_string(),
    }
}

fn place<'a>(answers: &mut Vec<Given<'a>>, given: Given<'a>) -> usize {
    answers.iter().position(|known| *known == given).unwrap_or_else(|| {
        answers.push(given);
        answers.len() - 1
    })
}

fn own<'a>(propagation: &'a Propagation, answers: &mut Vec<Given<'a>>) -> Vec<Row> {
    let views = propagation.authoritative.iter();
    views
        .map(|view| Row {
            name: shown(&view.server),
            address: view.address.to_string(),
            answer: place(answers, Given { status: view.status, values: &view.values }),
            status: view.status,
            left: view.ttl,
            remarks: view.serial.map(|serial| format!("serial {serial}")).into_iter().collect(),
        })
        .collect()
}

fn public<'a>(propagation: &'a Propagation, answers: &mut Vec<Given<'a>>) -> Vec<Row> {
    let rows = propagation.vantages.iter().map(|view| Row {
        name: view.vantage.operator.clone().unwrap_or_else(|| view.vantage.name.clone()),
        address: view.vantage.server.address.ip().to_string(),
        answer: place(answers, Given { status: view.status, values: &view.values }),
        status: view.status,
        left: view.ttl,
        remarks: {
            let errors = view.extended_errors.iter().map(ToString::to_string);
            let filters = view.vantage.filters.as_ref().map(|filters| format!("filters {filters}"));
            errors.chain(filters).collect()
        },
    });
    let mut rows: Vec<Row> = rows.collect();
    rows.sort_by_key(|row| (row.answer, std::cmp::Reverse(row.left)));
    rows
}
