//! An SPF record: its verdict, its budget, and the tree of what spends it.

use std::io::{self, Write};

use super::{Html, check, document, verdict};
use crate::finding::Finding;
use crate::render::spf::{answer, authorised};
use crate::render::style::{Glyph, PLAIN};
use crate::spf::evaluate::Evaluation;
use crate::spf::fix::Proposal;
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
            repairs(html, survey);
        });
    })
}

/// The record, the budget and the tree.
pub(super) fn picture(html: &mut Html, survey: &Survey) {
    if let Some(record) = &survey.record {
        html.leaf("pre", "said", record);
    }
    budget(html, survey.lookups);
    if survey.addresses.v4 > 0 || survey.addresses.v6 > 0 {
        html.leaf("p", "", &authorised(&survey.addresses));
    }
    if let Some(root) = survey.tree.as_ref().filter(|root| !root.children.is_empty()) {
        html.of_class("ul", "tree", |html| {
            html.element("li", &[], |html| {
                label(html, &survey.domain, root, survey.lookups);
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
                label(html, &child.term, child, lookups);
                if let Some(error) = &child.error {
                    html.leaf("p", "bad", &format!("{} {error}", PLAIN.glyph(Glyph::Bad)));
                } else if let Some(open) = &child.open {
                    html.leaf("p", "muted", open);
                }
                branches(html, child, lookups);
            });
        }
    });
}

/// A term with its part of what the whole record spends; red from where receivers have given up.
fn label(html: &mut Html, term: &str, node: &Node, lookups: Lookups) {
    let share = format!("--share:{}%", node.lookups * 100 / lookups.total.max(lookups.limit).max(1));
    let class = if node.spent > lookups.limit { "bad" } else { "good" };
    html.of_class("span", "term", |html| {
        html.leaf("code", "", term);
        html.element("span", &[("class", "bar"), ("style", &share)], |html| {
            html.element("span", &[("class", class)], |_| ());
        });
        html.leaf("span", "number", &node.lookups.to_string());
        let spent = format!("{}/{}", node.spent, lookups.limit);
        html.element("span", &[("class", &format!("number spent {class}")), ("title", "spent by then")], |html| {
            html.text(&spent);
        });
    });
}

/// Records to publish.
fn repairs(html: &mut Html, survey: &Survey) {
    if survey.mended.is_none() && survey.proposal.is_none() {
        return;
    }
    html.element("section", &[], |html| {
        html.leaf("h2", "", "Fix");
        if let Some(mended) = &survey.mended {
            html.leaf("p", "", "The record with all of this mended:").command(mended);
        }
        if let Some(proposal) = &survey.proposal {
            self::proposal(html, proposal, survey);
        }
    });
}

fn proposal(html: &mut Html, proposal: &Proposal, survey: &Survey) {
    let (lookups, before) = (proposal.lookups.total, survey.lookups.total);
    let text = format!("{lookups} lookups in place of {before} for the same senders:");
    html.leaf("p", "", &text);
    for own in &proposal.own {
        html.leaf("p", "label", &format!("First publish, at {}", own.domain)).command(&own.record);
    }
    if !proposal.own.is_empty() {
        html.leaf("p", "label", &format!("Then, at {}", survey.domain));
    }
    html.command(&proposal.record);
    html.of_class("ul", "because", |html| {
        for change in &proposal.changes {
            html.element("li", &[], |html| html.prose(&change.to_string()));
        }
    });
    let compared = format!("Both records give the same result at all {} boundary addresses.", proposal.compared);
    html.leaf("p", "", &compared);
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
