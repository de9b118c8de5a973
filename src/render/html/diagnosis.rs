//! A report: each failure's verdict, chain of evidence and advice.

use std::io::{self, Write};

use super::{Html, check, class_of, document, verdict};
use crate::diagnosis::{Advice, Diagnosis};
use crate::intake::Context;
use crate::probe::check::Check;
use crate::rank::{Because, Ground, RankedCause, Standing};
use crate::render::evidence::{self, Mark, Marked};
use crate::render::style::{Glyph, PLAIN, duration};
use crate::render::text::why_unchecked;
use crate::render::verdict::{self as verdicts, Verdict, alike};
use crate::span::Excerpt;

/// Writes all diagnoses and checks of a run.
pub fn report(
    out: &mut dyn Write,
    diagnoses: &[Diagnosis],
    checks: &[Check],
    receiver: bool,
    made: &str,
) -> io::Result<()> {
    let groups = alike(diagnoses);
    let title = match groups.as_slice() {
        [] => "No SMTP error found".to_owned(),
        [one] => Verdict::of(one[0], receiver).sentence(&PLAIN),
        _ => format!("{} failures of {} kinds", diagnoses.len(), groups.len()),
    };
    document(out, &title, made, |html| {
        if groups.len() > 1 {
            overview(html, &groups, &title, receiver);
        }
        for (index, group) in groups.iter().enumerate() {
            html.element("article", &[("id", &format!("failure-{}", index + 1))], |html| {
                article(html, group, receiver, if groups.len() > 1 { "h2" } else { "h1" });
            });
        }
        for check in checks {
            html.element("article", &[], |html| check::check(html, check, "h1"));
        }
        if diagnoses.is_empty() && checks.is_empty() {
            html.leaf("h1", "", &title);
        }
    })
}

fn overview(html: &mut Html, groups: &[Vec<&Diagnosis>], title: &str, receiver: bool) {
    html.leaf("h1", "", title);
    html.element("nav", &[("aria-label", "Failures")], |html| {
        html.of_class("ol", "overview", |html| {
            for (index, group) in groups.iter().enumerate() {
                let sentence = Verdict::of(group[0], receiver).sentence(&PLAIN);
                html.element("li", &[], |html| {
                    html.element("a", &[("href", &format!("#failure-{}", index + 1))], |html| html.text(&sentence));
                    html.text(&if group.len() > 1 { format!(" {} times", group.len()) } else { String::new() });
                });
            }
        });
    });
}

fn article(html: &mut Html, group: &[&Diagnosis], receiver: bool, heading: &'static str) {
    let diagnosis = group[0];
    let answer = Verdict::of(diagnosis, receiver);
    verdict(html, answer.role, PLAIN.glyph(answer.glyph), &answer.sentence(&PLAIN), &answer.waiting, heading);
    html.of_class("ol", "chain", |html| {
        link_of_chain(html, "Said", |html| said(html, diagnosis));
        link_of_chain(html, "Suspected", |html| suspected(html, diagnosis));
        if diagnosis.check.is_some() || diagnosis.unchecked.is_some() {
            link_of_chain(html, "Checked", |html| checked(html, diagnosis));
        }
        link_of_chain(html, "Therefore", |html| {
            html.leaf("p", "", &verdicts::therefore(diagnosis, receiver));
        });
    });
    if group.len() > 1 {
        occurrences(html, group);
    }
    advice(html, diagnosis, receiver);
    if let Some(first) = diagnosis.causes.first() {
        html.element("section", &[], |html| {
            html.leaf("h2", "", "Background").paragraphs(first.cause.explain.as_str());
            html.sources(first.cause.sources);
        });
    }
}

fn link_of_chain(html: &mut Html, title: &str, inside: impl FnOnce(&mut Html)) {
    html.element("li", &[], |html| {
        html.leaf("h2", "", title);
        inside(html);
    });
}

/// The text as it was pasted, the deciding words numbered as the causes are.
fn said(html: &mut Html, diagnosis: &Diagnosis) {
    let marks = evidence::marks(&diagnosis.causes);
    let marked = evidence::evidence(diagnosis, &marks, true);
    html.of_class("pre", "said", |html| quoted(html, &marked, &marks));
    let Context { time, queue_id, sender, recipient, remote_host, remote_ip, client_ip, reporting_mta } =
        &diagnosis.incident.context;
    let facts = [
        ("Time", time),
        ("From", sender),
        ("To", recipient),
        ("Server", remote_host),
        ("Its address", remote_ip),
        ("Client", client_ip),
        ("Queue id", queue_id),
        ("Told by", reporting_mta),
    ];
    let known = facts.into_iter().filter_map(|(label, fact)| Some((label, fact.as_ref()?.as_str().to_owned())));
    let provider = diagnosis.provider.map(|provider| ("Provider", provider.name.to_owned()));
    let software = diagnosis.software.map(|software| ("Software", software.name.to_owned()));
    let facts: Vec<_> = known.filter(|(_, value)| !value.is_empty()).chain(provider).chain(software).collect();
    if !facts.is_empty() {
        html.facts(facts);
    }
}

fn quoted(html: &mut Html, marked: &Marked, marks: &[Mark]) {
    let mut at = 0;
    for (range, mark) in &marked.places {
        let Some(before) = marked.text.get(at..range.start) else { continue };
        html.text(before);
        let numbers: Vec<String> = marks[*mark].causes.iter().map(|place| (place + 1).to_string()).collect();
        html.element("mark", &[("title", &marks[*mark].label)], |html| {
            html.text(&marked.text[range.clone()]);
            html.leaf("sup", "", &numbers.join(", "));
        });
        at = range.end;
    }
    html.text(&marked.text[at..]);
}

fn suspected(html: &mut Html, diagnosis: &Diagnosis) {
    html.of_class("ol", "causes", |html| {
        for ranked in verdicts::suspects(diagnosis, true) {
            html.element("li", &[], |html| cause(html, ranked));
        }
    });
    if let Some(hardly) = verdicts::hardly(diagnosis) {
        html.leaf("p", "muted", &hardly);
    }
}

fn cause(html: &mut Html, ranked: &RankedCause) {
    let share = format!("{:.0}%", ranked.confidence * 100.0);
    let class = match ranked.standing {
        Standing::Confirmed => "bad",
        Standing::Likely => "warning",
        Standing::Possible | Standing::RuledOut => "muted",
    };
    html.of_class("div", "cause", |html| {
        html.leaf("strong", "", ranked.cause.id);
        html.leaf("span", &format!("plate {class}"), ranked.standing.as_str());
        html.element("span", &[("class", "bar"), ("style", &format!("--share:{share}"))], |html| {
            html.element("span", &[("class", class)], |_| ());
        });
        html.leaf("span", "number", &share);
    });
    html.element("p", &[], |html| html.prose(&verdicts::told_apart(ranked.cause)));
    html.of_class("ul", "because", |html| {
        for because in verdicts::reasons(ranked) {
            html.element("li", &[], |html| reason(html, because));
        }
    });
}

fn reason(html: &mut Html, because: &Because) {
    match because.ground {
        Ground::Words(_) => {
            html.text("says “");
            html.text(&because.text);
            html.text("”");
        }
        Ground::Observation(id) => {
            html.text("DNS: ");
            html.text(&because.text);
            if let Some(id) = id {
                html.text(" ");
                html.leaf("code", "", id);
            }
        }
        Ground::Likeness(_) | Ground::Enhanced | Ground::Code | Ground::Class => html.text(&because.text),
    }
}

fn checked(html: &mut Html, diagnosis: &Diagnosis) {
    if let Some(check) = &diagnosis.check {
        check::probes(html, check);
    }
    if let Some(text) = verdicts::ruled_out(diagnosis) {
        html.leaf("p", "", &capital(&text));
    }
    if let Some(unchecked) = &diagnosis.unchecked {
        html.leaf("p", "open", &format!("{} {}", PLAIN.glyph(Glyph::Unknown), capital(&why_unchecked(unchecked))));
    }
    if let Some(check) = &diagnosis.check {
        check::details(html, check);
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The same failure, wherever it struck.
fn occurrences(html: &mut Html, group: &[&Diagnosis]) {
    let fact = |fact: &Option<Excerpt>| fact.as_ref().map_or_else(String::new, |fact| fact.as_str().to_owned());
    html.element("section", &[], |html| {
        html.leaf("h2", "", &format!("{} times", group.len()));
        table(html, &["Time", "Recipient", "Server", "Queue id"], |html| {
            for diagnosis in group {
                let context = &diagnosis.incident.context;
                html.element("tr", &[], |html| {
                    for cell in [&context.time, &context.recipient, &context.remote_host, &context.queue_id] {
                        html.leaf("td", "", &fact(cell));
                    }
                });
            }
        });
    });
}

pub(super) fn table(html: &mut Html, heads: &[&str], rows: impl FnOnce(&mut Html)) {
    html.element("div", &[("class", "wide"), ("tabindex", "0")], |html| {
        html.element("table", &[], |html| {
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    for head in heads {
                        html.element("th", &[("scope", "col")], |html| html.text(head));
                    }
                });
            });
            html.element("tbody", &[], rows);
        });
    });
}

fn advice(html: &mut Html, diagnosis: &Diagnosis, receiver: bool) {
    let sender = verdicts::sender_steps(diagnosis);
    let admin = verdicts::receiver_steps(diagnosis);
    html.of_class("div", "advice", |html| {
        if receiver {
            steps(html, "What the receiving server's admin does", &admin, &[]);
            steps(html, "What the sender does", &sender, &diagnosis.retry.contacts);
        } else {
            steps(html, "What you, the sender, do", &sender, &diagnosis.retry.contacts);
            steps(html, "What the receiving server's admin does", &admin, &[]);
        }
    });
}

pub(super) fn steps(html: &mut Html, title: &str, steps: &[Advice], contacts: &[String]) {
    if steps.is_empty() && contacts.is_empty() {
        return;
    }
    html.element("section", &[], |html| {
        html.leaf("h2", "", title);
        html.of_class("ol", "steps", |html| {
            for step in steps {
                html.element("li", &[], |html| self::step(html, step));
            }
            for contact in contacts {
                html.element("li", &[], |html| {
                    html.leaf("span", &format!("when {}", class_of(crate::render::style::Role::Muted)), "write to");
                    html.element("div", &[], |html| self::contact(html, contact));
                });
            }
        });
    });
}

fn step(html: &mut Html, Advice { step, command, .. }: &Advice) {
    let when = match (step.after, step.software) {
        (Some(seconds), _) if seconds > 0 => format!("after {}", duration(seconds)),
        (_, Some(software)) => software.to_owned(),
        _ => "now".to_owned(),
    };
    html.leaf("span", "when", &when).element("div", &[], |html| {
        html.element("p", &[], |html| html.prose(step.text));
        if let Some(command) = command {
            html.command(command);
        }
    });
}

/// A page with its address last, or a mailbox.
fn contact(html: &mut Html, contact: &str) {
    match contact.rsplit_once(' ') {
        Some((text, url)) => html.link(text, url),
        None => {
            html.leaf("code", "", contact);
        }
    }
}
