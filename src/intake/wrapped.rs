//! Replies in prose: libraries' exceptions, webmail notices, session transcripts, forum posts, in any language around them.
//!
//! A reply is known by its shape and by what introduces it. Where only a clue could tell, the text goes on unanchored.

mod candidate;
mod codeless;
mod extent;
mod quotation;
mod surroundings;
mod transcript;

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use super::foreign::{Evidence, Shape};
use super::{Form, Incident, MAX_WEIGHED, bounce, foreign, framing, reply, scan};
use crate::reply::{EnhancedStatus, Reply};
use crate::span::Excerpt;
use candidate::{Candidate, Place};
use quotation::{tuple, unclosed};
use transcript::is_client_line;

pub(super) use surroundings::is_address_line;
pub(super) use transcript::{is_decoration, is_dialogue, undecorated};

/// What no form has claimed.
pub(super) fn read(input: &Excerpt, range: Range<usize>) -> Vec<Incident> {
    let found = read_as(input, range.clone(), Form::Reply);
    if found.is_empty() { found } else { bounce::as_bounce(input, range, found) }
}

/// The replies in `range`, as part of `form`. Of what was pasted as it is (`Form::Reply`) only that is a bare reply which
/// begins a line; the rest is wrapped.
pub(super) fn read_as(input: &Excerpt, range: Range<usize>, form: Form) -> Vec<Incident> {
    let text = input.as_str();
    let range = scan::trim(text, range);
    let mut prose = Prose::new(input, range.clone(), form);
    let mut found: Vec<Incident> = Vec::new();
    let mut outweighed = false;
    for paragraph in paragraphs(text, range.clone()) {
        let before = found.len();
        prose.replies(paragraph.clone(), &mut found);
        outweighed |= prose.weigh(paragraph, before, &mut found);
    }
    if !found.is_empty() || outweighed || prose.counts_otherwise {
        return found;
    }
    for paragraph in paragraphs(text, range) {
        let before = found.len();
        found.extend(prose.loose(paragraph.clone()));
        prose.weigh(paragraph, before, &mut found);
    }
    found
}

/// What `range` says in words, for a clue to tell, whatever numbers and other protocols' names stand in it.
pub(super) fn read_words(input: &Excerpt, range: Range<usize>, form: Form) -> Vec<Incident> {
    let range = scan::trim(input.as_str(), range);
    let prose = Prose { is_mails: true, ..Prose::new(input, range.clone(), form) };
    paragraphs(input.as_str(), range).filter_map(|paragraph| prose.loose(paragraph)).collect()
}

/// Stretches between blank lines.
fn paragraphs(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        let mut start = None;
        while at < range.end {
            let line = scan::line(text, at);
            let blank = text[line.start..line.end.min(range.end)].trim().is_empty();
            match (start, blank) {
                (None, false) => start = Some(at),
                (Some(start), true) => return Some(start..at),
                _ => {}
            }
            at = (scan::line_end(text, at) + 1).min(range.end);
        }
        start.map(|start| start..range.end)
    })
}

struct Prose<'a> {
    input: &'a Excerpt,
    text: &'a str,
    form: Form,
    /// Whether the whole of it speaks of mail; found out when first needed.
    about_mail: Option<bool>,
    /// A program that has to do with mail alone wrote it.
    is_mails: bool,
    /// It has HTTP's status codes, or numbers of things.
    counts_otherwise: bool,
    range: Range<usize>,
    /// Of a text that is weighed as a whole.
    evidence: OnceCell<Evidence>,
    /// From where to where the line last asked for has no line break: one line may hold many candidates.
    line: Cell<(usize, usize)>,
}

/// What PEAR's Net_SMTP puts between the code and the text of a reply: `(code: 554, response: 5.7.1 …)`.
const PEAR_TEXT: &str = ", response: ";
/// How far before a reply its introduction, its server and its recipient are looked for.
const MAX_LEAD: usize = 1024;
/// How many earlier incidents a code without a text may belong to.
const MAX_BEFORE: usize = 8;

impl<'a> Prose<'a> {
    fn new(input: &'a Excerpt, range: Range<usize>, form: Form) -> Self {
        Prose {
            input,
            text: input.as_str(),
            form,
            about_mail: None,
            is_mails: false,
            counts_otherwise: false,
            range,
            evidence: OnceCell::new(),
            line: Cell::default(),
        }
    }
}

impl Prose<'_> {
    fn form_around(&self) -> Form {
        if self.form == Form::Reply { Form::Wrapped } else { self.form }
    }

    /// Takes out what the text around it does not bear out, of the incidents from `first` on; whether there was any.
    fn weigh(&self, paragraph: Range<usize>, first: usize, found: &mut Vec<Incident>) -> bool {
        let weighed = found.split_off(first);
        let before = weighed.len();
        if before > 0 {
            let evidence = self.evidence(paragraph);
            found.extend(weighed.into_iter().filter(|it| it.form == Form::Dsn || evidence.bears_out(shape(it))));
        }
        found.len() - first < before
    }

    /// What the text shows: a short one as a whole, of a long one the paragraph.
    fn evidence(&self, paragraph: Range<usize>) -> Evidence {
        if self.range.len() > MAX_WEIGHED {
            return Evidence::of(self.around(paragraph));
        }
        *self.evidence.get_or_init(|| Evidence::of(self.around(self.range.clone())))
    }

    /// From the beginning of its first line, which names a record's program.
    fn around(&self, range: Range<usize>) -> &str {
        let start = memchr::memrchr(b'\n', &self.text.as_bytes()[..range.start]).map_or(0, |at| at + 1);
        let start = scan::boundary_before(self.text, start.max(range.start.saturating_sub(MAX_LEAD)));
        &self.text[start..scan::beginning(self.text, range, MAX_WEIGHED).end]
    }

    fn about_mail(&mut self) -> bool {
        let (text, range) = (self.text, self.range.clone());
        *self.about_mail.get_or_insert_with(|| {
            let text = &text[range];
            text.contains('@') || foreign::speaks_of_mail(text)
        })
    }

    fn replies(&mut self, paragraph: Range<usize>, found: &mut Vec<Incident>) {
        let mut at = paragraph.start;
        let mut told = paragraph.start;
        if scan::find(self.text, paragraph.clone(), "recipients failed: ").is_some() {
            let first = self.line(paragraph.start).end.min(paragraph.end);
            found.extend(self.codeless(paragraph.start..first));
        }
        while let Some(candidate) = self.next(at..paragraph.end, paragraph.start) {
            let line = self.line_start(candidate.start);
            if is_client_line(&self.text[line..candidate.start]) {
                at = self.line_end(candidate.start);
                continue;
            }
            let extent = self.whole_extent(&candidate, paragraph.end);
            let lead = self.near(told.min(candidate.start), candidate.start)..candidate.start;
            at = extent.end.max(extent.start + 1);
            if let Some(mut incident) = self.incident(&candidate, extent, paragraph.clone(), found) {
                self.surroundings(&mut incident, lead);
                incident.anchored = candidate.sure;
                found.push(incident);
                told = at;
            }
        }
        if told == paragraph.start {
            found.extend(self.beside_address(paragraph.clone()));
        }
        if found.is_empty() {
            found.extend(self.codeless(paragraph));
        }
    }

    /// Where the line of `at` starts, or as far before as is looked at.
    fn line_start(&self, at: usize) -> usize {
        let first = scan::boundary_before(self.text, self.range.start.max(at.saturating_sub(2 * MAX_LEAD)));
        memchr::memrchr(b'\n', &self.text.as_bytes()[first..at]).map_or(first, |offset| first + offset + 1)
    }

    /// `scan::line_end`, which looks through each line once, however many candidates it has.
    fn line_end(&self, at: usize) -> usize {
        let (start, end) = self.line.get();
        if start < end && (start..=end).contains(&at) {
            return end;
        }
        let end = scan::line_end(self.text, at);
        self.line.set((at, end));
        end
    }

    /// `scan::line` in the same way.
    fn line(&self, at: usize) -> Range<usize> {
        let end = self.line_end(at);
        at..end - usize::from(self.text[at..end].ends_with('\r'))
    }

    /// `from`, or as far before `at` as is looked at.
    fn near(&self, from: usize, at: usize) -> usize {
        scan::boundary_before(self.text, from.max(at.saturating_sub(MAX_LEAD)).min(at)).max(from)
    }

    fn incident(
        &self,
        candidate: &Candidate,
        extent: Range<usize>,
        paragraph: Range<usize>,
        found: &[Incident],
    ) -> Option<Incident> {
        let text = self.text;
        let mut parsed = self.spoken(candidate, extent.clone());
        if parsed.text.is_empty() || !parsed.text.as_str().chars().any(char::is_alphanumeric) {
            let told = |incident: &Incident| incident.reply.as_ref().is_some_and(|reply| reply.code == parsed.code);
            if found.iter().rev().take(MAX_BEFORE).any(told) {
                return None;
            }
            parsed.set_only_line(self.said_before(candidate.start));
        }
        parsed.enhanced =
            parsed.enhanced.or_else(|| status_before(&text[self.line_start(candidate.start)..candidate.start]));
        self.additional(&mut parsed, candidate, paragraph.clone());
        let form = if candidate.place == Place::LineStart { self.form } else { self.form_around() };
        let line = self.line_start(candidate.start).max(paragraph.start);
        let whole = scan::trim(text, line..self.line(extent.end).end.min(paragraph.end).max(extent.end));
        Incident::new(self.input, whole, form, parsed)
    }

    /// The reply in `extent`: Python's tuple with its escapes undone, a code that has no text of its own, or plain.
    fn spoken(&self, candidate: &Candidate, extent: Range<usize>) -> Reply {
        let text = self.text;
        let after = (extent.start + 3).min(extent.end);
        if candidate.code.is_none() {
            return reply::parse(self.input, unclosed(text, extent));
        }
        if let Some(inside) = tuple(text, after..extent.end) {
            let mut plain = Excerpt::default();
            framing::push_unescaped(&mut plain, self.input, inside);
            return reply::parse_text(&plain, 0..plain.len(), candidate.code, false);
        }
        if text[after..extent.end].starts_with(PEAR_TEXT) {
            let said = unclosed(text, after + PEAR_TEXT.len()..extent.end);
            return reply::parse_text(self.input, said, candidate.code, false);
        }
        let closed = text[..extent.start].ends_with("(Code: ") && text[after..extent.end].starts_with(')');
        if !candidate.enhanced && (closed || is_listed(&text[after..extent.end])) {
            return reply::parse(self.input, extent.start..after);
        }
        reply::parse(self.input, unclosed(text, extent))
    }

    /// The words of the line before a code that stands last: `exceeded hour limit" code=550`.
    fn said_before(&self, at: usize) -> Excerpt {
        let text = self.text;
        let line = self.near(self.line_start(at), at)..at;
        let lead = text[line.clone()].trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let cue = ["SMTP code", "status code", "error code", "code", "(Code", "SMTP error", "error"]
            .iter()
            .find(|cue| lead.ends_with(**cue));
        let lead = cue.map_or(lead, |cue| &lead[..lead.len() - cue.len()]);
        let lead = lead.trim_end_matches(|letter: char| !letter.is_alphanumeric() && letter != '.' && letter != ')');
        let mut words = Excerpt::default();
        words.push_line(self.input, line.start..line.start + lead.len());
        words
    }

    /// PHPMailer's `Detail: … SMTP code: 550 Additional SMTP info: 5.7.1`.
    fn additional(&self, parsed: &mut Reply, candidate: &Candidate, paragraph: Range<usize>) {
        let text = self.text;
        let lead = self.near(paragraph.start, candidate.start)..candidate.start;
        if !text[lead.clone()].trim_end().ends_with("SMTP code:") {
            return;
        }
        let Some(detail) = scan::after(text, lead.clone(), "Detail: ") else { return };
        let end = scan::rfind(text, detail..lead.end, "SMTP code:").unwrap_or(lead.end);
        let mut words = Excerpt::default();
        words.push_line(self.input, detail..end);
        parsed.set_only_line(words);
    }
}

/// Whether a code is one item of a list, whose next item is no text of its: `server error: 550, error number: 0x800CCC79`,
/// `"responseCode":535,"command":…`.
fn is_listed(rest: &str) -> bool {
    const MAX_NAME: usize = 32;
    let Some(item) = rest.trim_start_matches(['"', '\'', ')']).strip_prefix(',') else { return false };
    let name = item.trim_start_matches([' ', '\n', '\t', '"', '\'']);
    let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_')).count();
    let after = name[length..].trim_start_matches(['"', '\'']);
    let says = name[..length].contains("message") || name.starts_with("SMTP server error");
    (1..=MAX_NAME).contains(&length) && after.starts_with([':', '=']) && !says
}

fn shape(incident: &Incident) -> Shape {
    match &incident.reply {
        Some(reply) if reply.enhanced.is_some() && incident.anchored => Shape::Status,
        Some(reply) if reply.code.is_some() && incident.form == Form::Wrapped => Shape::Quoted,
        Some(reply) if reply.code.is_some() => Shape::Reply,
        _ => Shape::Words,
    }
}

/// The status that stands right before a reply, as in `#5.1.1 smtp;550 no such user`.
fn status_before(lead: &str) -> Option<EnhancedStatus> {
    let lead = lead.trim_end();
    let marked = lead.strip_suffix("smtp;").or_else(|| lead.strip_suffix("SMTP;"))?.trim_end_matches([' ', '-', ':']);
    let word = marked.rsplit([' ', '#', '<', '(']).next()?;
    EnhancedStatus::at_start(word.as_bytes()).filter(|(_, len)| *len == word.len()).map(|(status, _)| status)
}
