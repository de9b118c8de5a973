//! The pages of `smtpwhy explain`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::layout::{hang, paragraph};
use super::style::{Role, Style, duration};
use crate::knowledge::{
    Cause, FindingPage, Knowledge, Page, Provider, ReplyCodePage, Software, Source, StatusPage, Worthwhile,
};

/// Writes one page as text.
pub fn text(out: &mut dyn Write, page: &Page, knowledge: &Knowledge, style: &Style) -> io::Result<()> {
    match page {
        Page::Cause(cause) => self::cause(out, cause, style),
        Page::ReplyCode(code) => reply_code(out, code, knowledge, style),
        Page::Status(status) => self::status(out, status, knowledge, style),
        Page::Finding(finding) => self::finding(out, finding, style),
        Page::Provider(provider) => self::provider(out, provider, style),
        Page::Software(software) => self::software(out, software, style),
    }
}

/// One page as JSON.
#[derive(Serialize, JsonSchema)]
pub struct PageV1 {
    schema: u32,
    kind: &'static str,
    id: String,
    page: &'static str,
    title: &'static str,
    explain: &'static str,
    side: Option<&'static str>,
    worthwhile: Option<bool>,
    fix: Option<&'static str>,
    causes: Vec<(&'static str, f32)>,
    sources: Vec<CitationV1>,
}

#[derive(Serialize, JsonSchema)]
struct CitationV1 {
    cite: &'static str,
    url: &'static str,
}

impl PageV1 {
    pub fn new(page: &Page, knowledge: &Knowledge) -> Self {
        let mut document = PageV1 {
            schema: super::json::SCHEMA,
            kind: "page",
            id: page.id(),
            page: page.kind(),
            title: page.title(),
            explain: "",
            side: None,
            worthwhile: None,
            fix: None,
            causes: Vec::new(),
            sources: page.sources().iter().map(|source| CitationV1 { cite: source.cite, url: source.url }).collect(),
        };
        let shares = |causes: &[(u16, f32)]| {
            causes.iter().map(|(index, share)| (knowledge.causes[*index as usize].id, *share)).collect()
        };
        match page {
            Page::Cause(cause) => {
                document.explain = cause.explain;
                document.side = Some(cause.side.as_str());
                document.worthwhile = cause.retry.worthwhile.always();
            }
            Page::ReplyCode(code) => {
                document.explain = code.explain;
                document.causes = shares(code.causes);
            }
            Page::Status(status) => {
                document.explain = status.explain;
                document.causes = shares(status.causes);
            }
            Page::Finding(finding) => {
                document.explain = finding.explain;
                document.fix = Some(finding.fix);
            }
            Page::Provider(_) | Page::Software(_) => {}
        }
        document
    }
}

fn title(out: &mut dyn Write, id: &str, title: &str, style: &Style) -> io::Result<()> {
    hang(out, style, &format!("{id}  "), &format!("{}  ", style.paint(Role::Heading, id)), title)?;
    writeln!(out)
}

pub(super) fn paragraphs(out: &mut dyn Write, text: &str, style: &Style) -> io::Result<()> {
    for part in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
        let joined = part.split_whitespace().collect::<Vec<_>>().join(" ");
        paragraph(out, style, "", &joined)?;
        writeln!(out)?;
    }
    Ok(())
}

fn heading(out: &mut dyn Write, text: &str, style: &Style) -> io::Result<()> {
    writeln!(out, "  {}", style.paint(Role::Heading, text))
}

fn fact(out: &mut dyn Write, label: &str, text: &str, style: &Style) -> io::Result<()> {
    let lead = format!("  {label:<14}");
    hang(out, style, &lead, &style.paint(Role::Muted, &lead), text)
}

fn sources(out: &mut dyn Write, sources: &[Source], style: &Style) -> io::Result<()> {
    if sources.is_empty() {
        return Ok(());
    }
    heading(out, "Sources", style)?;
    for source in sources {
        writeln!(out, "  {}: {}", source.cite, source.url)?;
    }
    Ok(())
}

fn cause(out: &mut dyn Write, cause: &Cause, style: &Style) -> io::Result<()> {
    title(out, cause.id, cause.title, style)?;
    fact(out, "side", cause.side.as_str(), style)?;
    fact(out, "retry", retry(cause.retry.worthwhile), style)?;
    if let Some(typical) = cause.retry.typical {
        fact(out, "usually lasts", typical, style)?;
    }
    if let Some(seconds) = cause.retry.escalate_after {
        fact(out, "act after", &duration(seconds), style)?;
    }
    if let Some(tell) = cause.tell {
        fact(out, "what tells it", tell, style)?;
    }
    writeln!(out)?;
    paragraph(out, style, "", cause.waiting)?;
    writeln!(out)?;
    paragraphs(out, cause.explain, style)?;
    for (heading_text, steps) in [("The sender", cause.sender), ("The receiving server's admin", cause.receiver)] {
        if steps.is_empty() {
            continue;
        }
        heading(out, heading_text, style)?;
        for step in steps {
            let after = step.after.map(|seconds| format!("after {}", duration(seconds)));
            let label = after.or(step.software.map(str::to_owned)).unwrap_or_default();
            fact(out, &label, step.text, style)?;
            for command in step.command.iter().flat_map(|command| command.lines()) {
                writeln!(out, "{:18}{}", "", style.paint(Role::Command, command))?;
            }
        }
        writeln!(out)?;
    }
    if !cause.related.is_empty() {
        fact(out, "see also", &cause.related.join(", "), style)?;
        writeln!(out)?;
    }
    sources(out, cause.sources, style)
}

fn reply_code(out: &mut dyn Write, page: &ReplyCodePage, knowledge: &Knowledge, style: &Style) -> io::Result<()> {
    title(out, &page.code.to_string(), page.title, style)?;
    paragraphs(out, page.explain, style)?;
    shares(out, page.causes, knowledge, style)?;
    sources(out, std::slice::from_ref(&page.source), style)
}

fn status(out: &mut dyn Write, page: &StatusPage, knowledge: &Knowledge, style: &Style) -> io::Result<()> {
    title(out, page.code, page.title, style)?;
    if let Some(basic) = page.basic {
        fact(out, "comes with", basic, style)?;
        writeln!(out)?;
    }
    paragraphs(out, page.explain, style)?;
    shares(out, page.causes, knowledge, style)?;
    sources(out, std::slice::from_ref(&page.source), style)
}

fn shares(out: &mut dyn Write, causes: &[(u16, f32)], knowledge: &Knowledge, style: &Style) -> io::Result<()> {
    if causes.is_empty() {
        return Ok(());
    }
    heading(out, "Where nothing else is known", style)?;
    let mut ordered: Vec<_> =
        causes.iter().map(|(index, share)| (&knowledge.causes[*index as usize], *share)).collect();
    ordered.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (cause, share) in ordered {
        fact(out, &format!("{:3.0}%", share * 100.0), &format!("{}: {}", cause.id, cause.title), style)?;
    }
    writeln!(out)
}

fn finding(out: &mut dyn Write, page: &FindingPage, style: &Style) -> io::Result<()> {
    title(out, page.id, page.title, style)?;
    fact(out, "severity", page.severity, style)?;
    writeln!(out)?;
    paragraphs(out, page.explain, style)?;
    heading(out, "What to change", style)?;
    paragraphs(out, page.fix, style)?;
    sources(out, page.sources, style)
}

fn provider(out: &mut dyn Write, provider: &Provider, style: &Style) -> io::Result<()> {
    title(out, provider.id, provider.name, style)?;
    fact(out, "kind", provider.kind, style)?;
    for (label, list) in [("domains", provider.domains), ("servers", provider.hosts)] {
        if !list.is_empty() {
            fact(out, label, &list.join(", "), style)?;
        }
    }
    writeln!(out)?;
    if !provider.contacts.is_empty() {
        heading(out, "Whom to write to", style)?;
        for contact in provider.contacts {
            writeln!(out, "  {}: {}", contact.text, contact.url)?;
            if !contact.causes.is_empty() {
                paragraph(out, style, "  ", &format!("for {}", contact.causes.join(", ")))?;
            }
        }
        writeln!(out)?;
    }
    sources(out, provider.sources, style)
}

fn software(out: &mut dyn Write, software: &Software, style: &Style) -> io::Result<()> {
    title(out, software.id, software.name, style)?;
    let facts = [
        ("homepage", software.homepage),
        ("logs", software.logs),
        ("queue", software.queue),
        ("retries", software.retries),
    ];
    for (label, text) in facts {
        if let Some(text) = text {
            fact(out, label, text, style)?;
        }
    }
    writeln!(out)?;
    sources(out, software.sources, style)
}

pub(super) fn retry(worthwhile: Worthwhile) -> &'static str {
    match worthwhile {
        Worthwhile::Yes => "worthwhile",
        Worthwhile::No => "no use as it is",
        Worthwhile::UnlessPermanent => "worthwhile after a 4xx; a 5xx is final",
    }
}
