//! The pages of `smtpwhy explain`.

use std::io::{self, Write};

use super::diagnosis::steps;
use super::{Html, document};
use crate::diagnosis::Advice;
use crate::knowledge::{Cause, Knowledge, Page, Provider, Software, Wording};
use crate::render::explain::retry;
use crate::render::style::duration;

/// Writes the pages of several ids, one below the other.
pub fn pages(out: &mut dyn Write, pages: &[Page], knowledge: &Knowledge) -> io::Result<()> {
    let ids: Vec<String> = pages.iter().map(Page::id).collect();
    document(out, &format!("smtpwhy explain {}", ids.join(" ")), "", |html| {
        for page in pages {
            html.element("article", &[("id", &page.id())], |html| self::page(html, page, knowledge));
        }
    })
}

fn page(html: &mut Html, page: &Page, knowledge: &Knowledge) {
    html.leaf("p", "label", page.kind()).element("h1", &[], |html| {
        html.leaf("code", "", &page.id());
        html.text(" ");
        html.prose(page.title());
    });
    match page {
        Page::Cause(cause) => self::cause(html, cause),
        Page::ReplyCode(code) => {
            html.paragraphs(code.explain.as_str());
            shares(html, code.causes, knowledge);
        }
        Page::Status(status) => {
            html.facts(status.basic.map(|basic| ("Comes with", basic.to_owned())));
            html.paragraphs(status.explain.as_str());
            shares(html, status.causes, knowledge);
        }
        Page::Finding(finding) => {
            html.facts([("Severity", finding.severity.to_owned())]);
            html.paragraphs(finding.explain.as_str());
            html.leaf("h2", "", "What to change").paragraphs(finding.fix.as_str());
        }
        Page::Provider(provider) => self::provider(html, provider),
        Page::Software(software) => self::software(html, software),
        Page::Wording(wording) => self::wording(html, wording),
    }
    html.sources(page.sources());
}

fn cause(html: &mut Html, cause: &Cause) {
    let facts = [
        ("Side", Some(cause.side.as_str().to_owned())),
        ("Retry", Some(retry(cause.retry.worthwhile).to_owned())),
        ("Usually lasts", cause.retry.typical.map(str::to_owned)),
        ("Act after", cause.retry.escalate_after.map(duration)),
    ];
    html.facts(facts.into_iter().filter_map(|(label, fact)| Some((label, fact?))));
    html.element("p", &[], |html| html.prose(cause.waiting));
    html.paragraphs(cause.explain.as_str());
    if let Some(tell) = cause.tell {
        html.leaf("h2", "", "What tells it").paragraphs(tell);
    }
    html.of_class("div", "advice", |html| {
        for (title, list) in [("The sender", cause.sender), ("The receiving server's admin", cause.receiver)] {
            steps(html, title, &list.iter().map(Advice::general).collect::<Vec<_>>(), &[]);
        }
    });
    if !cause.related.is_empty() {
        html.leaf("p", "", &format!("See also {}.", cause.related.join(", ")));
    }
}

fn shares(html: &mut Html, causes: &[(u16, f32)], knowledge: &Knowledge) {
    if causes.is_empty() {
        return;
    }
    let mut ordered: Vec<_> =
        causes.iter().map(|(index, share)| (&knowledge.causes[usize::from(*index)], *share)).collect();
    ordered.sort_by(|a, b| b.1.total_cmp(&a.1));
    html.leaf("h2", "", "Where nothing else is known").of_class("ol", "causes", |html| {
        for (cause, share) in ordered {
            let share = format!("{:.0}%", share * 100.0);
            html.element("li", &[], |html| {
                html.of_class("div", "cause", |html| {
                    html.leaf("strong", "", cause.id);
                    html.element("span", &[("class", "bar"), ("style", &format!("--share:{share}"))], |html| {
                        html.element("span", &[("class", "muted")], |_| ());
                    });
                    html.leaf("span", "number", &share);
                });
                html.leaf("p", "", cause.title);
            });
        }
    });
}

fn provider(html: &mut Html, provider: &Provider) {
    let lists = [("Domains", provider.domains), ("Servers", provider.hosts)];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(label, list)| (label, list.join(", ")));
    html.facts([("Kind", provider.kind.to_owned())].into_iter().chain(lists));
    if provider.contacts.is_empty() {
        return;
    }
    html.leaf("h2", "", "Whom to write to").element("ul", &[], |html| {
        for contact in provider.contacts {
            html.element("li", &[], |html| {
                html.link(contact.text, contact.url);
                if !contact.causes.is_empty() {
                    html.leaf("span", "muted", &format!(" for {}", contact.causes.join(", ")));
                }
            });
        }
    });
}

fn software(html: &mut Html, software: &Software) {
    let facts = [
        ("Homepage", software.homepage),
        ("Logs", software.logs),
        ("Queue", software.queue),
        ("Retries", software.retries),
    ];
    html.facts(facts.into_iter().filter_map(|(label, fact)| Some((label, fact?.to_owned()))));
}

fn wording(html: &mut Html, wording: &Wording) {
    let facts = [
        ("Said by", wording.clue.provider().or(wording.clue.software())),
        ("Cause", Some(wording.cause.id)),
        ("Side", Some(wording.cause.side.as_str())),
        ("Example", Some(wording.clue.example())),
    ];
    html.facts(facts.into_iter().filter_map(|(label, fact)| Some((label, fact?.to_owned()))));
    html.element("p", &[], |html| html.prose(wording.cause.waiting));
}
