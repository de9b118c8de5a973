//! The pages of `smtpwhy explain`, as text.

use std::io::{self, Write};

use super::layout::{hang, paragraph, paragraphs};
use super::style::{Glyph, Role, Style, duration, visible};
use crate::knowledge::{
    Ask, Cause, Clue, Contact, FindingPage, Knowledge, Page, Provider, ReplyCodePage, Software, Source, StatusPage,
    Step, Wording, Worthwhile,
};

/// Writes one page; `verbose` shows every known wording instead of a few.
pub fn text(
    out: &mut dyn Write,
    page: &Page,
    knowledge: &'static Knowledge,
    style: &Style,
    verbose: bool,
) -> io::Result<()> {
    let mut page_out = PageWriter { out, knowledge, style, verbose };
    match page {
        Page::Cause(cause) => page_out.cause(cause),
        Page::ReplyCode(code) => page_out.reply_code(code),
        Page::Status(status) => page_out.status(status),
        Page::Finding(finding) => page_out.finding(finding),
        Page::Provider(provider) => page_out.provider(provider),
        Page::Software(software) => page_out.software(software),
        Page::Wording(wording) => page_out.wording(wording),
    }
}

/// Writes the list of all pages, one a line: kind, id, title. Kinds stand together.
pub fn list(out: &mut dyn Write, knowledge: &Knowledge) -> io::Result<()> {
    const KIND: usize = 22;
    const ID: usize = 32;
    for page in knowledge.pages() {
        writeln!(out, "{:<KIND$}{:<ID$}{}", page.kind(), page.id(), page.title())?;
    }
    Ok(())
}

/// How many wordings a page shows of a cause, and of each cause a provider or a piece of software speaks of.
const OF_CAUSE: usize = 6;
const OF_SPEAKER: usize = 1;

struct PageWriter<'a> {
    out: &'a mut dyn Write,
    knowledge: &'static Knowledge,
    style: &'a Style,
    verbose: bool,
}

impl PageWriter<'_> {
    fn cause(&mut self, cause: &Cause) -> io::Result<()> {
        self.title(cause.id, cause.title)?;
        self.fact("side", cause.side.as_str())?;
        self.fact("retry", retry(cause.retry.worthwhile))?;
        self.maybe("usually lasts", cause.retry.typical)?;
        self.maybe("act after", cause.retry.escalate_after.map(duration).as_deref())?;
        self.maybe("what tells it", cause.tell)?;
        self.blank()?;
        self.paragraphs(cause.waiting)?;
        self.paragraphs(cause.explain.as_str())?;
        self.steps("The sender", cause.sender)?;
        self.steps("The receiving server's admin", cause.receiver)?;
        self.probes(cause.probes)?;
        self.wordings_of_cause(cause)?;
        if !cause.related.is_empty() {
            self.fact("see also", &cause.related.join(", "))?;
            self.blank()?;
        }
        self.sources(cause.sources)
    }

    fn reply_code(&mut self, page: &ReplyCodePage) -> io::Result<()> {
        self.title(&page.code.to_string(), page.title)?;
        self.paragraphs(page.explain.as_str())?;
        self.shares(page.causes)?;
        self.sources(std::slice::from_ref(&page.source))
    }

    fn status(&mut self, page: &StatusPage) -> io::Result<()> {
        self.title(page.code, page.title)?;
        if let Some(basic) = page.basic {
            self.fact("comes with", basic)?;
            self.blank()?;
        }
        self.paragraphs(page.explain.as_str())?;
        self.shares(page.causes)?;
        self.sources(std::slice::from_ref(&page.source))
    }

    fn finding(&mut self, page: &FindingPage) -> io::Result<()> {
        self.title(page.id, page.title)?;
        self.fact("severity", page.severity)?;
        self.blank()?;
        self.paragraphs(page.explain.as_str())?;
        self.heading("What to change")?;
        self.paragraphs(page.fix.as_str())?;
        self.sources(page.sources)
    }

    fn provider(&mut self, provider: &Provider) -> io::Result<()> {
        self.title(provider.id, provider.name)?;
        self.fact("kind", provider.kind)?;
        self.maybe("domains", Some(provider.domains.join(", ").as_str()).filter(|list| !list.is_empty()))?;
        self.maybe("servers", Some(provider.hosts.join(", ").as_str()).filter(|list| !list.is_empty()))?;
        self.maybe("DNS zone", provider.zone)?;
        self.blank()?;
        self.contacts(provider.contacts)?;
        self.wordings_of_speaker(|clue| clue.provider() == Some(provider.id))?;
        self.sources(provider.sources)
    }

    fn software(&mut self, software: &Software) -> io::Result<()> {
        self.title(software.id, software.name)?;
        self.maybe("homepage", software.homepage)?;
        self.maybe("logs", software.logs)?;
        self.maybe("queue", software.queue)?;
        self.maybe("retries", software.retries)?;
        self.blank()?;
        self.wordings_of_speaker(|clue| clue.software() == Some(software.id) && clue.provider().is_none())?;
        self.sources(software.sources)
    }

    fn wording(&mut self, wording: &Wording) -> io::Result<()> {
        self.title(wording.words, wording.cause.title)?;
        self.maybe("said by", wording.clue.provider().or(wording.clue.software()))?;
        self.fact("cause", wording.cause.id)?;
        self.fact("side", wording.cause.side.as_str())?;
        self.fact("example", &visible(wording.clue.example()))?;
        self.blank()?;
        self.paragraphs(wording.cause.waiting)?;
        let speaker = wording.clue.provider().or(wording.clue.software()).map(|id| format!(" {id}"));
        self.fact("more", &format!("smtpwhy explain {}{}", wording.cause.id, speaker.unwrap_or_default()))
    }

    fn title(&mut self, id: &str, title: &str) -> io::Result<()> {
        let painted = format!("{}  ", self.style.paint(Role::Heading, id));
        hang(self.out, self.style, &format!("{id}  "), &painted, title)?;
        self.blank()
    }

    fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    fn paragraphs(&mut self, text: &str) -> io::Result<()> {
        paragraphs(self.out, self.style, text)
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "  {}", self.style.paint(Role::Heading, text))
    }

    fn fact(&mut self, label: &str, text: &str) -> io::Result<()> {
        let lead = format!("  {label:<14}");
        hang(self.out, self.style, &lead, &self.style.paint(Role::Muted, &lead), text)
    }

    fn maybe(&mut self, label: &str, text: Option<&str>) -> io::Result<()> {
        text.map_or(Ok(()), |text| self.fact(label, text))
    }

    fn item(&mut self, text: &str) -> io::Result<()> {
        let lead = format!("    {} ", self.style.glyph(Glyph::Note));
        hang(self.out, self.style, &lead, &lead, text)
    }

    /// A name and where it leads, on one line where there is room.
    fn link(&mut self, text: &str, url: &str) -> io::Result<()> {
        let line = format!("{text}: {url}");
        if textwrap::core::display_width(&line) + 2 <= self.style.width {
            return writeln!(self.out, "  {line}");
        }
        paragraph(self.out, self.style, "", &format!("{text}:"))?;
        writeln!(self.out, "    {url}")
    }

    fn sources(&mut self, sources: &[Source]) -> io::Result<()> {
        if sources.is_empty() {
            return Ok(());
        }
        self.heading("Sources")?;
        sources.iter().try_for_each(|source| self.link(source.cite, source.url))
    }

    fn steps(&mut self, heading: &str, steps: &[Step]) -> io::Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        self.heading(heading)?;
        for step in steps {
            let after = step.after.map(|seconds| format!("after {}", duration(seconds)));
            let label = after.or(step.software.map(str::to_owned)).unwrap_or_default();
            self.fact(&label, step.text)?;
            for command in step.command.iter().flat_map(|command| command.lines()) {
                writeln!(self.out, "{:18}{}", "", self.style.paint(Role::Command, command))?;
            }
        }
        self.blank()
    }

    fn probes(&mut self, probes: &[Ask]) -> io::Result<()> {
        if probes.is_empty() {
            return Ok(());
        }
        self.heading("What DNS can show of it")?;
        for ask in probes {
            self.fact(ask.run, &format!("proof: {}", ask.confirmed_by.join(", ")))?;
        }
        self.blank()
    }

    fn contacts(&mut self, contacts: &[Contact]) -> io::Result<()> {
        if contacts.is_empty() {
            return Ok(());
        }
        self.heading("Whom to write to")?;
        for contact in contacts {
            self.link(contact.text, contact.url)?;
            if !contact.causes.is_empty() {
                paragraph(self.out, self.style, "  ", &format!("for {}", contact.causes.join(", ")))?;
            }
        }
        self.blank()
    }

    fn shares(&mut self, causes: &[(u16, f32)]) -> io::Result<()> {
        if causes.is_empty() {
            return Ok(());
        }
        self.heading("Where nothing else is known")?;
        let cause = |index: u16| &self.knowledge.causes[index as usize];
        let mut ordered: Vec<_> = causes.iter().map(|(index, share)| (cause(*index), *share)).collect();
        ordered.sort_by(|a, b| b.1.total_cmp(&a.1));
        for (cause, share) in ordered {
            self.fact(&format!("{:3.0}%", share * 100.0), &format!("{}: {}", cause.id, cause.title))?;
        }
        self.blank()
    }

    /// Of a cause: one wording of each who words it in its own way, the surest first.
    fn wordings_of_cause(&mut self, cause: &Cause) -> io::Result<()> {
        let mut clues: Vec<&Clue> =
            self.knowledge.clues().iter().filter(|clue| self.cause_of(clue).id == cause.id).collect();
        clues.sort_by_key(|clue| std::cmp::Reverse(clue.strength));
        let all = clues.len();
        if !self.verbose {
            let mut speakers = Vec::new();
            clues.retain(|clue| {
                let speaker = (clue.provider(), clue.software());
                !speakers.contains(&speaker) && {
                    speakers.push(speaker);
                    true
                }
            });
            clues.truncate(OF_CAUSE);
        }
        if clues.is_empty() {
            return Ok(());
        }
        self.heading("As servers say it")?;
        clues.iter().try_for_each(|clue| self.item(&visible(clue.example())))?;
        self.more(all - clues.len())?;
        self.blank()
    }

    /// Of a provider or a piece of software: what it says, by what it means.
    fn wordings_of_speaker(&mut self, speaks: impl Fn(&Clue) -> bool) -> io::Result<()> {
        let clues: Vec<&Clue> = self.knowledge.clues().iter().filter(|clue| speaks(clue)).collect();
        if clues.is_empty() {
            return Ok(());
        }
        let most = if self.verbose { usize::MAX } else { OF_SPEAKER };
        let mut shown = 0;
        self.heading("What it says, and what that means")?;
        for cause in self.knowledge.causes {
            let mut examples: Vec<&str> =
                clues.iter().filter(|clue| self.cause_of(clue).id == cause.id).map(|clue| clue.example()).collect();
            examples.dedup();
            if examples.is_empty() {
                continue;
            }
            writeln!(self.out, "  {}", cause.id)?;
            examples.iter().take(most).try_for_each(|example| self.item(&visible(example)))?;
            shown += examples.len().min(most);
        }
        self.more(clues.len().saturating_sub(shown))?;
        self.blank()
    }

    fn more(&mut self, left: usize) -> io::Result<()> {
        if left == 0 || self.verbose {
            return Ok(());
        }
        paragraph(self.out, self.style, "", &format!("({left} more with -v)"))
    }

    fn cause_of(&self, clue: &Clue) -> &'static Cause {
        &self.knowledge.causes[clue.cause as usize]
    }
}

pub(super) fn retry(worthwhile: Worthwhile) -> &'static str {
    match worthwhile {
        Worthwhile::Yes => "worthwhile",
        Worthwhile::No => "no use as it is",
        Worthwhile::UnlessPermanent => "worthwhile after a 4xx; a 5xx is final",
        Worthwhile::IfTransient => "worthwhile after a 4xx only",
    }
}
