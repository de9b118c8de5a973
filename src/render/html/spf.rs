//! An SPF record: its verdict, its budget, and the tree of what spends it.

use std::io::{self, Write};

use super::{Html, check, document, verdict};
use crate::finding::{Finding, Severity};
use crate::render::style::{Glyph, PLAIN, Role};
use crate::spf::SpfResult;
use crate::spf::evaluate::Evaluation;
use crate::spf::survey::{Lookups, Node, Survey};

/// Writes what a domain publishes, and what it means for one message.
pub fn spf(out: &mut dyn Write, survey: &Survey, evaluation: Option<&Evaluation>, made: &str) -> io::Result<()> {
    let (glyph, role, sentence) = answer(survey);
    document(out, &sentence, made, |html| {
        html.element("article", &[], |html| {
            verdict(html, role, PLAIN.glyph(glyph), &sentence, "", "h1");
            html.element("section", &[], |html| {
                html.leaf("h2", "", "Record");
                picture(html, survey);
            });
            if let Some(evaluation) = evaluation {
                html.element("section", &[], |html| self::evaluation(html, evaluation));
            }
            let further = evaluation.iter().flat_map(|evaluation| &evaluation.findings);
            let all: Vec<&Finding> = survey.findings.iter().chain(further).collect();
            check::findings(html, &all);
        });
    })
}

fn answer(survey: &Survey) -> (Glyph, Role, String) {
    let broken = survey.findings.iter().any(|finding| finding.severity == Severity::Error);
    let Survey { domain, lookups: Lookups { total, limit, .. }, .. } = survey;
    match (&survey.record, survey.result) {
        (_, Some(SpfResult::TempError)) => {
            (Glyph::Unknown, Role::Warning, format!("The SPF record of {domain} could not be asked for"))
        }
        (None, _) => (Glyph::Bad, Role::Bad, format!("{domain} has no SPF record")),
        (Some(_), Some(SpfResult::PermError)) => {
            (Glyph::Bad, Role::Bad, format!("SPF of {domain} is broken: receivers come to permerror"))
        }
        (Some(_), _) if broken => {
            (Glyph::Bad, Role::Bad, format!("SPF of {domain} is broken: {total} of {limit} lookups"))
        }
        (Some(_), _) if !survey.complete => {
            (Glyph::Unknown, Role::Warning, format!("SPF of {domain}: not everything could be asked"))
        }
        (Some(_), _) => (Glyph::Good, Role::Good, format!("SPF of {domain} is sound: {total} of {limit} lookups")),
    }
}

/// The record, the budget and the tree.
pub(super) fn picture(html: &mut Html, survey: &Survey) {
    if let Some(record) = &survey.record {
        html.leaf("pre", "said", record);
    }
    budget(html, survey.lookups);
    if let Some(root) = survey.tree.as_ref().filter(|root| !root.children.is_empty()) {
        html.of_class("ul", "tree", |html| {
            html.element("li", &[], |html| {
                label(html, &survey.domain, survey.lookups.total, survey.lookups);
                branches(html, root, survey.lookups);
            });
        });
    }
}

/// A cell for each lookup; those beyond the limit stand behind a line.
fn budget(html: &mut Html, lookups: Lookups) {
    const STEP: usize = 22;
    const MOST: usize = 40;
    let Lookups { total, limit, void, void_limit } = lookups;
    let cells = total.max(limit).min(MOST);
    let name = format!("{total} of {limit} lookups");
    html.of_class("figure", "budget", |html| {
        let view = format!("0 0 {} 24", cells * STEP + 8);
        let width = (cells * STEP + 8).to_string();
        html.element("svg", &[("viewBox", &view), ("width", &width), ("role", "img"), ("aria-label", &name)], |html| {
            for cell in 0..cells {
                let class = match cell {
                    _ if cell >= total => "free",
                    _ if cell >= limit => "over",
                    _ => "spent",
                };
                let x = (cell * STEP + if cell >= limit { 8 } else { 0 }).to_string();
                let place =
                    [("x", x.as_str()), ("y", "2"), ("width", "18"), ("height", "20"), ("rx", "3"), ("class", class)];
                html.element("rect", &place, |_| ());
            }
            if total > limit {
                let x = (limit * STEP + 2).to_string();
                html.element("line", &[("x1", &x), ("x2", &x), ("y1", "0"), ("y2", "24"), ("class", "limit")], |_| ());
            }
        });
        html.element("figcaption", &[], |html| {
            html.leaf("strong", "", &name);
            html.text(&format!(", {void} of {void_limit} void"));
        });
    });
}

fn branches(html: &mut Html, node: &Node, lookups: Lookups) {
    if node.children.is_empty() {
        return;
    }
    html.element("ul", &[], |html| {
        for child in &node.children {
            html.element("li", &[], |html| {
                label(html, &child.term, child.lookups, lookups);
                if let Some(error) = &child.error {
                    html.leaf("p", "bad", &format!("{} {error}", PLAIN.glyph(Glyph::Bad)));
                }
                branches(html, child, lookups);
            });
        }
    });
}

/// A term with its part of what the whole record spends.
fn label(html: &mut Html, term: &str, spent: usize, lookups: Lookups) {
    let share = format!("--share:{}%", spent * 100 / lookups.total.max(lookups.limit).max(1));
    let class = if lookups.total > lookups.limit { "bad" } else { "good" };
    html.of_class("span", "term", |html| {
        html.leaf("code", "", term);
        html.element("span", &[("class", "bar"), ("style", &share)], |html| {
            html.element("span", &[("class", class)], |_| ());
        });
        html.leaf("span", "number", &spent.to_string());
    });
}

fn evaluation(html: &mut Html, evaluation: &Evaluation) {
    html.element("h2", &[], |html| {
        html.text("Result: ");
        html.text(evaluation.result.as_str());
    });
    if let Some(matched) = &evaluation.matched {
        html.element("p", &[], |html| {
            html.text("By ");
            html.leaf("code", "", &matched.term);
            html.text(" of ");
            html.text(&matched.domain);
        });
    }
    if let Some(failure) = &evaluation.failure {
        html.leaf("p", "", &failure.to_string());
    }
    if let Some(explanation) = &evaluation.explanation {
        html.leaf("p", "label", "They say").leaf("pre", "said", explanation);
    }
    html.of_class("ol", "trace", |html| {
        for step in &evaluation.trace {
            html.element("li", &[("style", &format!("--depth:{}", step.depth))], |html| {
                html.leaf("code", "", &step.term);
                html.text(" ");
                html.leaf("span", "muted", &step.outcome.to_string());
            });
        }
    });
}
