//! Replies in prose: libraries' exceptions, webmail notices, session transcripts, forum posts, in any language around them.
//!
//! A reply is known by its shape and by what introduces it. Where only a clue could tell, the text goes on unanchored.

use std::cell::Cell;
use std::ops::Range;

use super::{Form, Incident, bounce, foreign, framing, reply, scan};
use crate::reply::{EnhancedStatus, Reply, ReplyCode};
use crate::span::Excerpt;

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
    if range.is_empty() || foreign::is_other_protocol(text, range.clone()) {
        return Vec::new();
    }
    let mut prose = Prose {
        input,
        text,
        form,
        about_mail: None,
        counts_otherwise: false,
        range: range.clone(),
        line: Cell::default(),
    };
    let mut found: Vec<Incident> = Vec::new();
    for paragraph in paragraphs(text, range.clone()) {
        prose.replies(paragraph, &mut found);
    }
    if !found.is_empty() || prose.counts_otherwise {
        return found;
    }
    paragraphs(text, range).filter_map(|paragraph| prose.loose(paragraph)).collect()
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
    /// It has HTTP's status codes, or numbers of things.
    counts_otherwise: bool,
    range: Range<usize>,
    /// From where to where the line last asked for has no line break: one line may hold many candidates.
    line: Cell<(usize, usize)>,
}

/// Where a reply may begin.
#[derive(Debug)]
struct Candidate {
    start: usize,
    code: Option<ReplyCode>,
    /// An enhanced status code stands next to it.
    enhanced: bool,
    place: Place,
    /// Its shape or what surrounds it leaves no doubt.
    sure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// First on its line, but for quotation marks and the like.
    LineStart,
    /// After something that announces a reply.
    Introduced,
}

/// How far before a reply its introduction, its server and its recipient are looked for.
const MAX_LEAD: usize = 1024;
/// How far a quotation or a bracket that opens before a reply may reach.
const MAX_QUOTATION: usize = 8192;
/// How many earlier incidents a code without a text may belong to.
const MAX_BEFORE: usize = 8;
/// A line that names a library and is shorter than this leaves the telling to the lines around it.
const MIN_TOLD: usize = 24;
/// The longest text that is handed on without an anchor.
const MAX_LOOSE: usize = 4096;
/// How far a reply may be repeated after its code alone: `code "550", with message "550 …"`.
const MAX_GLUE: usize = 28;

impl Prose<'_> {
    fn form_around(&self) -> Form {
        if self.form == Form::Reply { Form::Wrapped } else { self.form }
    }

    fn about_mail(&mut self) -> bool {
        const WORDS: [&str; 32] = [
            "expected response code",
            "data end",
            "smtp",
            "mail",
            "rcpt",
            "recipient",
            "sender",
            "helo",
            "ehlo",
            "relay",
            "spam",
            "dkim",
            "spf",
            "dmarc",
            "inbox",
            "greylist",
            "starttls",
            "postfix",
            "exim",
            "@",
            "correo",
            "correio",
            "courriel",
            "posta",
            "empfänger",
            "邮",
            "郵",
            "信",
            "メール",
            "메일",
            "почт",
            "письм",
        ];
        let (text, range) = (self.text, self.range.clone());
        *self.about_mail.get_or_insert_with(|| WORDS.iter().any(|word| scan::has_any_case(&text[range.clone()], word)))
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

    /// The next candidate in `range`.
    fn next(&mut self, range: Range<usize>, paragraph: usize) -> Option<Candidate> {
        let bytes = self.text.as_bytes();
        let mut from = range.start;
        // A reply may have gone on beyond the paragraph.
        let found = |from| memchr::memchr2(b'4', b'5', bytes.get(from..range.end)?);
        while let Some(offset) = found(from) {
            let start = from + offset;
            from = start + 1;
            if let Some(candidate) = self.candidate(start..range.end, paragraph) {
                return Some(candidate);
            }
            while from < range.end && bytes[from].is_ascii_digit() {
                from += 1;
            }
        }
        None
    }

    fn candidate(&mut self, range: Range<usize>, paragraph: usize) -> Option<Candidate> {
        let bytes = &self.text.as_bytes()[range.clone()];
        let code = ReplyCode::at_start(bytes);
        let lone = code.is_none().then(|| EnhancedStatus::at_start(bytes)).flatten();
        if code.is_none() && lone.is_none() || !self.is_free_before(range.start, paragraph) {
            return None;
        }
        let length = lone.map_or(3, |(_, length)| length);
        let rest = &self.text[range.start + length..range.end];
        if lone.is_some() && precedes_reply(rest) {
            return None;
        }
        let enhanced = lone.is_some() || enhanced_follows(rest);
        if !enhanced && !ends_code(rest) {
            return None;
        }
        if code.is_some_and(|code| !enhanced && foreign::is_port(code)) {
            return None;
        }
        if code.is_some_and(|code| !enhanced && foreign::is_no_reply(code, rest)) {
            self.counts_otherwise = true;
            return None;
        }
        let paired = code.is_some() && enhanced;
        let place = self.place(range.start).or(paired.then_some(Place::Introduced))?;
        let sure = match place {
            Place::LineStart if lone.is_some() => self.is_statement(range.start, rest),
            Place::LineStart => {
                !rest.trim_start().is_empty() && ![": \"", ": '"].iter().any(|value| rest.starts_with(value))
            }
            Place::Introduced => {
                paired || code.is_some() && self.opens_quotation(range.start) && rest.starts_with([' ', '-'])
            }
        };
        let sure = sure || self.about_mail();
        (sure || code.is_some()).then_some(Candidate { start: range.start, code, enhanced, place, sure })
    }

    /// Whether an enhanced status code that begins the text has words behind it, as no heading's number has.
    fn is_statement(&self, start: usize, rest: &str) -> bool {
        let first = self.text[self.range.start..start].trim_start_matches(|letter: char| !letter.is_alphanumeric());
        let line = rest.lines().next().unwrap_or("");
        first.is_empty()
            && rest.starts_with([' ', ':'])
            && !rest.starts_with(" (")
            && line.split_whitespace().count() > 1
    }

    /// Whether what stands directly before leaves a number free to be a reply code.
    fn is_free_before(&self, at: usize, paragraph: usize) -> bool {
        let before = &self.text.as_bytes()[paragraph.min(at)..at];
        let second = before.len().checked_sub(2).map(|index| before[index]);
        match before.last() {
            None
            | Some(
                b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'(' | b'[' | b'<' | b'>' | b';' | b'|' | b'`' | b'*'
                | b'{',
            ) => true,
            Some(b':') => !is_port(before),
            Some(b',') => !second.is_some_and(|byte| byte.is_ascii_digit()),
            Some(b'=') => {
                second.is_some_and(|byte| byte.is_ascii_alphabetic())
                    && !before[before.len().saturating_sub(MAX_LEAD)..].contains(&b'?')
            }
            Some(b'#' | b'_' | b'-') => {
                second.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'<' | b'(' | b'*'))
            }
            Some(b'n' | b'r') => second == Some(b'\\'),
            Some(byte) => *byte >= 0x80,
        }
    }

    /// `from`, or as far before `at` as is looked at.
    fn near(&self, from: usize, at: usize) -> usize {
        scan::boundary_before(self.text, from.max(at.saturating_sub(MAX_LEAD)).min(at)).max(from)
    }

    fn opens_quotation(&self, at: usize) -> bool {
        self.text[..at].ends_with(['"', '\'', '“', '«', '‘', '「', '„'])
    }

    fn place(&self, at: usize) -> Option<Place> {
        let line = self.line_start(at);
        let near = self.near(line, at);
        let lead = &self.text[near..at];
        if near == line && is_decoration(lead) {
            return Some(Place::LineStart);
        }
        let lead = lead.trim_end_matches([' ', '\t']);
        if ends_with_label(lead) {
            return None;
        }
        let marked = lead.ends_with([
            ':', '=', '"', '\'', '(', '[', '{', ';', '>', '<', ',', '|', '`', '-', '#', '*', '«', '“', '‘', '„', '–',
            '—', '：', '（', '【', '「', '、', '，', '。',
        ]);
        (marked
            || ends_with_cue(lead)
            || !lead.is_ascii() && lead.chars().next_back().is_some_and(|letter| !letter.is_ascii()))
        .then_some(Place::Introduced)
    }

    /// The extent of the reply, or of its repetition where the candidate is a code that announces it.
    fn whole_extent(&self, candidate: &Candidate, end: usize) -> Range<usize> {
        let extent = self.extent(candidate, end);
        match self.restated(candidate, extent.clone(), end) {
            Some(start) => self.extent(&Candidate { start, ..*candidate }, end),
            None => extent,
        }
    }

    /// How far the reply goes that begins at the candidate.
    fn extent(&self, candidate: &Candidate, end: usize) -> Range<usize> {
        let (text, start) = (self.text, candidate.start);
        let after = start + if candidate.code.is_some() { 3 } else { 0 };
        let before = without_type(&text[..start]).chars().next_back();
        let near = scan::boundary_before(text, end.min(after + MAX_QUOTATION));
        if let Some(range) = tuple(text, after..near) {
            return start..range.end;
        }
        if let Some(quote) = ["\\\"", "\\'"].iter().find(|quote| text[..start].ends_with(**quote))
            && let Some(close) = escaped_end(text, after..near, quote)
        {
            return start..close;
        }
        if let Some(quote) = before.filter(|letter| matches!(letter, '"' | '\''))
            && text[after..near].trim_start_matches(['-', ' ']).starts_with(quote)
            && let Some(close) = scan::find(text, after + 2..near, &format!("{quote}{quote}"))
        {
            return start..close + 1;
        }
        if let Some(close) = before.and_then(closing) {
            let immediate = text[after..end].starts_with(close) && candidate.code.is_some();
            if !immediate && let Some(close) = closes(text, after..near, close) {
                return start..close;
            }
        }
        if candidate.code.is_some() && text.as_bytes().get(after) == Some(&b'-') {
            return start..self.multi_line_end(start, end);
        }
        if before == Some('\t')
            && candidate.place != Place::LineStart
            && let Some(tab) = scan::find(text, after..self.line(after).end.min(near), "\t")
        {
            return start..tab;
        }
        start..self.statement_end(start, end)
    }

    /// Lines up to the one that has the code without a hyphen, whatever stands on the lines between.
    fn multi_line_end(&self, start: usize, end: usize) -> usize {
        let text = self.text;
        let code = &text[start..start + 3];
        let mut at = self.line_end(start) + 1;
        let mut last = self.line(start).end.min(end);
        let mut open = true;
        while at < end {
            let line = self.line(at);
            let words = undecorated(&text[line.clone()]);
            let coded = words.strip_prefix(code);
            match coded {
                Some(rest) if rest.starts_with('-') => open = true,
                Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => {
                    return self.statement_end(line.end - words.len(), end);
                }
                _ if !open || is_dialogue(words) || words.is_empty() => break,
                _ => {}
            }
            last = line.end.min(end);
            at = self.line_end(at) + 1;
        }
        last
    }

    /// The end of the line, or of the lines over which a mail program has folded it.
    fn statement_end(&self, start: usize, end: usize) -> usize {
        const MAX_LINES: usize = 12;
        let text = self.text;
        let first = self.line_start(start);
        let indent = indent(&text[first..end]);
        let mut line = start..self.line(start).end.min(end);
        for _ in 0..MAX_LINES {
            let next = self.line_end(line.end) + 1;
            if next >= end {
                break;
            }
            let following = self.line(next);
            let words = &text[following.clone()];
            if !continues(&text[first..line.end], words, indent) && !self.repeats_status(start, words) {
                break;
            }
            line = first..following.end.min(end);
        }
        line.end
    }

    /// Whether a line has lost its code and kept the enhanced status code of the reply that starts at `start`.
    fn repeats_status(&self, start: usize, line: &str) -> bool {
        let bytes = self.text.as_bytes();
        let status = |at: usize| EnhancedStatus::at_start(&bytes[at.min(bytes.len())..]).map(|(status, _)| status);
        let coded = ReplyCode::at_start(&bytes[start..]).is_some();
        let repeated = EnhancedStatus::at_start(line.trim_start().as_bytes());
        coded && repeated.is_some_and(|(repeated, _)| status(start + 4) == Some(repeated))
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
        if !candidate.enhanced && is_listed(&text[after..extent.end]) {
            return reply::parse(self.input, extent.start..after);
        }
        reply::parse(self.input, unclosed(text, extent))
    }

    /// Where the same code comes again with the text: `code "550", with message "550 5.7.1 …"`, `554 Server Response: 554 …`.
    fn restated(&self, candidate: &Candidate, extent: Range<usize>, end: usize) -> Option<usize> {
        candidate.code?;
        let (text, after) = (self.text, candidate.start + 3);
        if candidate.enhanced || text.as_bytes().get(after) == Some(&b'-') {
            return None;
        }
        if let Some(at) = self.quoted_message(after..extent.end, &text[candidate.start..after]) {
            return Some(at);
        }
        let near = scan::boundary_before(text, (after + MAX_GLUE).min(end).max(extent.start));
        let at = scan::find(text, after..near.max(after), &text[candidate.start..after])?;
        let introduced = text[..at].ends_with(['"', '\'', ' ', '“', '«', '(']);
        let follows = matches!(text.as_bytes().get(at + 3), Some(b' ' | b'-'));
        (introduced && follows).then_some(at)
    }

    /// Symfony and Swift Mailer quote the reply after the code that they got: `…, with message "550-5.7.26 …"`.
    fn quoted_message(&self, range: Range<usize>, code: &str) -> Option<usize> {
        let range = range.start.min(range.end)..range.end;
        let message = scan::after(self.text, range.clone(), "with message ")?;
        let quoted = &self.text[message..range.end];
        let start = range.end - quoted.trim_start_matches(['\\', '"', '\'']).len();
        self.text[start..range.end].starts_with(code).then_some(start)
    }

    /// The words of the line before a code that stands last: `exceeded hour limit" code=550`.
    fn said_before(&self, at: usize) -> Excerpt {
        let text = self.text;
        let line = self.near(self.line_start(at), at)..at;
        let lead = text[line.clone()].trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let cue = ["SMTP code", "status code", "error code", "code", "SMTP error", "error"]
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

    /// The command that was answered, in a transcript or in the words of the sending server.
    fn answered(&self, incident: &mut Incident, before: Range<usize>) {
        let text = self.text;
        let upper = text[before.clone()].to_ascii_uppercase();
        let commands = [("RCPT TO", "RCPT TO:<"), ("MAIL FROM", "MAIL FROM:<")];
        let last = commands.iter().filter_map(|entry| Some((before.start + upper.rfind(entry.1)?, entry))).max();
        let Some((at, (command, verb))) = last else { return };
        let address = Some(self.input.slice(scan::token(text, at + verb.len() - 1..before.end)))
            .filter(|address| !address.is_empty());
        match *command {
            "RCPT TO" => incident.context.recipient = address,
            _ => incident.context.sender = address,
        }
        let next = text[at..before.end].matches('\n').count() <= 1;
        if let Some(reply) = incident.reply.as_mut().filter(|_| next) {
            reply.command = reply.command.take().or_else(|| Some((*command).to_owned()));
        }
    }

    /// Who said it to whom, where the words before it tell.
    fn surroundings(&self, incident: &mut Incident, before: Range<usize>) {
        let text = self.text;
        self.answered(incident, before.clone());
        let excerpt =
            |range: Range<usize>| Some(self.input.slice(scan::trim(text, range))).filter(|excerpt| !excerpt.is_empty());
        if let Some(at) = scan::rfind(text, before.clone(), "host").filter(|at| !text[..*at].ends_with("Remote ")) {
            let at = at + 4 + (text[at + 4..before.end].len() - text[at + 4..before.end].trim_start().len());
            let tail = text[at..before.end].trim_end();
            let attributed = tail.ends_with("said:")
                || tail.ends_with("talk to me:")
                || tail.contains("SMTP error from remote mail server");
            let head_end = text[at..before.end].find(char::is_whitespace).map_or(before.end, |offset| at + offset);
            let joined = text[head_end..before.end].trim_start();
            if attributed && let Some(peer) = scan::peer(text, at..before.end) {
                incident.context.remote_host = peer.host.and_then(excerpt);
                incident.context.remote_ip = peer.ip.and_then(excerpt);
                if incident.context.remote_ip.is_none() && joined.starts_with(['(', '[']) {
                    let open = before.end - joined.len() + 1;
                    let close = text[open..before.end].find([')', ']']).map(|offset| open + offset);
                    incident.context.remote_ip = close
                        .filter(|close| scan::is_address(&text[open..*close]))
                        .and_then(|close| excerpt(open..close));
                }
                if self.form == Form::Reply {
                    let exim = tail.contains("SMTP error from remote mail server");
                    incident.form = Form::Dsn;
                    incident.reporter = Some(if exim { "exim" } else { "postfix" });
                }
            }
        }
        if incident.context.recipient.is_none() && incident.context.sender.is_none() {
            incident.context.recipient = address_above(text, before.clone()).and_then(excerpt);
        }
        if incident.context.recipient.is_none()
            && let Some(key) = dictionary_key(text, before.clone())
        {
            incident.context.recipient = excerpt(key);
        }
        let known = incident.context.recipient.is_some() || incident.context.sender.is_some();
        incident.context.recipient =
            incident.context.recipient.take().or_else(|| addressee(text, before).filter(|_| !known).and_then(excerpt));
    }

    /// A bounce's `<bob@example.com>: Host or domain name not found. …`, which may be a failure's text.
    fn beside_address(&self, paragraph: Range<usize>) -> Option<Incident> {
        let text = self.text;
        let whole = scan::trim(text, paragraph);
        let address = scan::token(text, whole.clone());
        let named = text[whole.clone()].starts_with('<') && text[address.clone()].contains('@');
        let start = address.end + text[address.end..whole.end].strip_prefix(">: ").map(|_| 3).filter(|_| named)?;
        let mut incident =
            Incident::new(self.input, whole.clone(), Form::Dsn, reply::parse(self.input, start..whole.end))?.loose();
        incident.context.recipient = Some(self.input.slice(address));
        Some(incident)
    }

    /// Exceptions that are SMTP's by their wording and quote no code.
    fn codeless(&self, paragraph: Range<usize>) -> Option<Incident> {
        const FAILED: [&str; 2] = ["server response was: ", "recipients failed: "];
        const NAMES: [&str; 66] = [
            "SMTP Error",
            "SMTP error",
            // Roundcube's label for them, in its translations.
            "SMTP 错误",
            "SMTP错误",
            "SMTP錯誤",
            "SMTP エラー",
            "SMTP 에러",
            "SMTP Erreur",
            "SMTP помилка",
            "Помилка SMTP",
            "Chyba SMTP",
            "SMTP hiba",
            "SMTP-hiba",
            "SMTP-fel",
            "SMTP-feil",
            "SMTP-fejl",
            "SMTP-virhe",
            "Eroare SMTP",
            "Greška SMTP",
            "Napaka SMTP",
            "SMTP klaida",
            "Lỗi SMTP",
            "خطأ SMTP",
            "SMTP Hatası",
            "Σφάλμα SMTP",
            "but got empty code",
            "Greeting never received",
            "command: 'CONN'",
            "SMTPConnection.",
            "MailConnectException",
            "org.springframework.mail",
            "org.eclipse.angus.mail",
            "(SMTP) ",
            "Send-MailMessage",
            "SmtpClient",
            "gen_smtp",
            ":permanent_failure",
            ":temporary_failure",
            "Cannot Send Mail",
            "SMTP 錯誤",
            "SMTPエラー",
            "SMTP 오류",
            "SMTP ошибка",
            "Ошибка SMTP",
            "SMTP Fehler",
            "SMTP-Fehler",
            "Erreur SMTP",
            "Error SMTP",
            "Erro SMTP",
            "Errore SMTP",
            "Błąd SMTP",
            "SMTP-fout",
            "SMTP sorunu",
            "SMTP hatası",
            "SMTP connect() failed",
            "smtplib.SMTP",
            "SMTPServerDisconnected",
            "Net::SMTP",
            "System.Net.Mail.SmtpException",
            "MailKit.Net.Smtp",
            "Swift_TransportException",
            "com.sun.mail.",
            "javax.mail.",
            "jakarta.mail.",
            "but got code \"\"",
            "Connection could not be established with host",
        ];
        let text = self.text;
        let after = |words: &&str| scan::find_any_case(text, paragraph.clone(), words).map(|at| at + words.len());
        let named = || NAMES.iter().find_map(|name| scan::find(text, paragraph.clone(), name));
        let start = FAILED.iter().find_map(after).or_else(|| Some(self.line_start(named()?).max(paragraph.start)))?;
        let statement = start..self.statement_end(start, paragraph.end);
        let spoken = if statement.len() < MIN_TOLD { self.bounded(paragraph.clone()) } else { statement };
        let reply = reply::parse(self.input, unclosed(text, spoken));
        Incident::new(self.input, scan::trim(text, paragraph), self.form_around(), reply)
    }

    fn bounded(&self, paragraph: Range<usize>) -> Range<usize> {
        paragraph.start..scan::boundary_before(self.text, paragraph.end.min(paragraph.start + MAX_LOOSE))
    }

    /// A paragraph that might be a failure's text, for a clue to tell.
    fn loose(&self, paragraph: Range<usize>) -> Option<Incident> {
        let text = self.text;
        let whole = scan::trim(text, self.bounded(paragraph));
        let lead = &text[whole.clone()];
        let decorated = lead.len() - lead.trim_start_matches(['"', '\'', '>', '*', '`', '“', ' ', '-', '|']).len();
        let spoken = unclosed(text, whole.start + decorated..whole.end);
        let accepted = text[spoken.clone()].contains("250 2.") || text[spoken.clone()].starts_with("250 ");
        if accepted || !text[spoken.clone()].chars().any(char::is_alphabetic) {
            return None;
        }
        let mut words = Excerpt::default();
        words.push_line(self.input, spoken);
        let mut reply = Reply { enhanced: reply::enhanced_within(words.as_str()), ..Reply::default() };
        reply.set_only_line(words);
        let mut incident = Incident::new(self.input, whole, self.form_around(), reply)?;
        incident.anchored = false;
        Some(incident)
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
    (1..=MAX_NAME).contains(&length) && after.starts_with([':', '=']) && !name[..length].contains("message")
}

/// Whether the colon at the end stands between a host and its port, or inside a time.
fn is_port(before: &[u8]) -> bool {
    let host = before[..before.len() - 1]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b']'));
    let host: Vec<_> = host.collect();
    host.first().is_some_and(|byte| byte.is_ascii_digit() || **byte == b']') || host.contains(&&b'.')
}

/// Whether a status of its own stands before the server's reply on the same line: `#5.1.1 smtp;550 5.1.1 …`,
/// `Status: 5.1.1, …, Reason: 550 …`, `5.1.1 (bad destination),smtp;550 …`.
fn precedes_reply(rest: &str) -> bool {
    const MAX_BETWEEN: usize = 200;
    let near = scan::boundary_before(rest, rest.len().min(MAX_BETWEEN));
    let line = &rest[scan::line(&rest[..near], 0)];
    ["smtp;", "SMTP;", "Reason: "].iter().any(|mark| {
        let spoken = scan::after(line, 0..line.len(), mark).map(|at| line[at..].trim_start());
        spoken.is_some_and(|spoken| ReplyCode::at_start(spoken.as_bytes()).is_some_and(ReplyCode::is_failure))
    })
}

/// Whether an enhanced status code comes next, over the separators that programs put between the two.
fn enhanced_follows(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    let gap = bytes
        .iter()
        .take(6)
        .take_while(|byte| {
            matches!(byte, b' ' | b'-' | b'#' | b'(' | b'"' | b'\'' | b',' | b'.' | b'[' | b':' | b';' | b')' | b']')
        })
        .count();
    gap > 0 && EnhancedStatus::at_start(&bytes[gap..]).is_some()
}

/// Whether what follows leaves a three-digit number a reply code: no unit, no fraction, no range.
fn ends_code(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    if rest.strip_prefix(',').is_some_and(|rest| rest.trim_start().starts_with(|letter: char| letter.is_ascii_digit()))
    {
        return false;
    }
    match bytes.first() {
        None => true,
        Some(b'-' | b'.' | b':' | b'/' | b',') => !bytes.get(1).is_some_and(u8::is_ascii_digit) && bytes[0] != b'/',
        Some(
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b')' | b']' | b';' | b'|' | b'>' | b'<' | b'*' | b'`' | b'\\'
            | b'_' | b'}' | b'!' | b'&' | b'=',
        ) => true,
        Some(byte) => *byte >= 0x80,
    }
}

/// Marks that quote, list or number a line, and the names that transcripts give to the server.
fn is_decoration(lead: &str) -> bool {
    undecorated(lead).is_empty()
}

fn undecorated(line: &str) -> &str {
    const SERVER: [&str; 10] = ["S: ", "Out: ", "Server: ", "R: ", "<-", "<<<", "<**", "SMTP: ", "RECV: ", "<~*"];
    let mut rest = line;
    loop {
        let before = rest.len();
        rest = rest.trim_start_matches([
            ' ', '\t', '>', '"', '\'', '*', '|', '`', '_', '(', '[', '#', '“', '«', '‘', '„', '•', '·', '-', '–',
        ]);
        for mark in SERVER {
            rest = rest.strip_prefix(mark).unwrap_or(rest);
        }
        if scan::starts_any_case(rest, "smtp;") {
            rest = &rest[5..];
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let process_id = (1..=7).contains(&digits) && (digits != 3 || !matches!(rest.as_bytes()[0], b'2'..=b'5'));
        if process_id && rest[digits..].starts_with(' ') {
            rest = &rest[digits..];
        }
        if rest.len() == before {
            return rest;
        }
    }
}

/// A client's line of a transcript.
fn is_client_line(lead: &str) -> bool {
    let lead = lead.trim_start();
    ["-> ", " -> ", "CLIENT -> SERVER:", "C: ", "In: ", "In:  ", ">>> ", "~> ", "=> ", "Client: ", "SEND: "]
        .iter()
        .any(|mark| lead.starts_with(mark))
}

fn is_dialogue(words: &str) -> bool {
    const MARKS: [&str; 14] =
        ["In:", "Out:", "C:", "S:", ">>>", "<<<", "->", "<-", "In: ", "Client:", "Server:", "CLIENT", "SERVER", "~>"];
    let words = words.trim_start();
    MARKS.iter().any(|mark| words.starts_with(mark))
}

/// Words after which a number is a reply code, in the languages that webmail speaks.
fn ends_with_cue(lead: &str) -> bool {
    const CUES: [&str; 40] = [
        "error",
        "code",
        "said",
        "reply",
        "response",
        "returned",
        "returns",
        "return",
        "answered",
        "answer",
        "responded",
        "replied",
        "with",
        "status",
        "smtp",
        "server",
        "message",
        "reason",
        "rejected",
        "failed",
        "got",
        "a",
        "erro",
        "errore",
        "fehler",
        "fehlercode",
        "erreur",
        "fout",
        "fel",
        "feil",
        "błąd",
        "chyba",
        "hata",
        "ошибка",
        "ошибку",
        "код",
        "помилка",
        "fejl",
        "virhe",
        "hiba",
    ];
    let word = lead.rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    !word.is_empty() && CUES.iter().any(|cue| word.eq_ignore_ascii_case(cue) || word.to_lowercase() == *cue)
}

/// Names of other numbers: `port: 465`.
fn ends_with_label(lead: &str) -> bool {
    const LABELS: [&str; 18] = [
        "port", "line", "size", "pid", "id", "uid", "gid", "length", "duration", "time", "timeout", "delay", "count",
        "total", "bytes", "attempt", "room", "page",
    ];
    let lead = lead.trim_end_matches([':', '=', ' ', '"', '\'']);
    let word = lead.rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or("");
    LABELS.iter().any(|label| word.eq_ignore_ascii_case(label))
}

/// The address that a bounce names before its reason: `<bob@example.com>: …`, `<bob@example.com> (expanded from …`.
fn addressee(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    let open = scan::find(text, before.clone(), "<").filter(|open| text[*open..before.end].contains('@'))?;
    let inside = scan::token(text, open..before.end);
    let address = &text[inside.clone()];
    let follows = text[inside.end..before.end].strip_prefix('>')?;
    let named = [":", " (expanded from", " failed"].iter().any(|mark| follows.starts_with(mark));
    (named && address.contains('@') && !address.contains(char::is_whitespace)).then_some(inside)
}

/// The address on a line of its own before the reason: `bob@example.com`, `'bob@example.com' on 3/3/2026`.
fn address_above(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    const MAX_LINES: usize = 6;
    let mut end = before.end;
    for _ in 0..MAX_LINES {
        let start = memchr::memrchr(b'\n', &text.as_bytes()[before.start..end]).map(|offset| before.start + offset)?;
        let first = memchr::memrchr(b'\n', &text.as_bytes()[before.start..start]);
        let line = scan::trim(text, first.map_or(before.start, |offset| before.start + offset + 1)..start);
        if is_address_line(&text[line.clone()]) {
            let lead = text[line.clone()].len() - text[line.clone()].trim_start_matches(is_bracket).len();
            let length = text[line.start + lead..line.end].find(|letter: char| is_bracket(letter) || letter == ' ');
            return Some(line.start + lead..length.map_or(line.end, |length| line.start + lead + length));
        }
        end = start;
    }
    None
}

fn is_bracket(letter: char) -> bool {
    matches!(letter, '\'' | '"' | '<' | '>' | ':' | '(' | ')')
}

/// Whether a line is a mail address and nothing else but when.
fn is_address_line(line: &str) -> bool {
    let line = line.trim().split(" on ").next().unwrap_or(line);
    let address = line.trim_matches(is_bracket);
    address.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        && !address.contains(|letter: char| letter.is_whitespace() || letter == ',')
}

/// The address in `{'bob@example.com': (550, …`.
fn dictionary_key(text: &str, before: Range<usize>) -> Option<Range<usize>> {
    let lead = text[before.clone()].strip_suffix(": (")?;
    let quote = lead.chars().next_back().filter(|letter| matches!(letter, '\'' | '"'))?;
    let inside = &lead[..lead.len() - 1];
    let start = before.start + inside.rfind(quote)? + 1;
    let key = start..before.start + inside.len();
    text[key.clone()].contains('@').then_some(key)
}

/// Python's `(550, b'…')`: the rest up to the closing quotation mark.
fn tuple(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[range.clone()];
    // Odoo prints the parts on lines of their own.
    let on_next_line = || rest.strip_prefix('\n').filter(|rest| rest.starts_with("b'") || rest.starts_with("b\""));
    let after = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(',')).or_else(on_next_line)?;
    let after = named_text(after).unwrap_or(after);
    let after = after.strip_prefix(['b', 'u', 'B', 'U']).filter(|rest| rest.starts_with(['"', '\''])).unwrap_or(after);
    let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let inside = range.end - after.len() + 1;
    // `421, "4.4.5", Server busy` quotes the enhanced status code alone.
    if EnhancedStatus::at_start(&text.as_bytes()[inside..range.end])
        .is_some_and(|(_, length)| text[inside + length..].starts_with(quote))
    {
        return None;
    }
    let close = closes(text, inside..range.end, quote).unwrap_or(range.end);
    let names_a_value = text[close..range.end].trim_start_matches(quote).trim_start().starts_with(':');
    (!names_a_value).then_some(inside..close)
}

/// Where the quotation ends that an escaped mark has opened, which may begin with another one.
fn escaped_end(text: &str, range: Range<usize>, quote: &str) -> Option<usize> {
    let close = scan::find(text, range.clone(), quote)?;
    if !text[range.start..close].trim().is_empty() {
        return Some(close);
    }
    scan::find(text, close + quote.len()..range.end, &quote.repeat(2)).map(|double| double + quote.len())
}

/// `Msg:"…"`, `details = "…"` beside a code: the quotation.
fn named_text(item: &str) -> Option<&str> {
    const NAMES: [&str; 6] = ["msg", "message", "details", "text", "response", "reason"];
    let name = NAMES.iter().find(|name| scan::starts_any_case(item, name))?;
    let value = item[name.len()..].trim_start().strip_prefix([':', '='])?.trim_start();
    value.starts_with(['"', '\'']).then_some(value)
}

fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '(' => Some(')'),
        '[' => Some(']'),
        '<' => Some('>'),
        '“' => Some('”'),
        '„' => Some('“'),
        '«' => Some('»'),
        '‘' => Some('’'),
        '「' => Some('」'),
        '（' => Some('）'),
        _ => None,
    }
}

/// Where `close` closes what was opened before `range`, over what opens and closes inside.
fn closes(text: &str, range: Range<usize>, close: char) -> Option<usize> {
    let quote = matches!(close, '"' | '\'' | '`');
    let mut depth = 0usize;
    let mut before = ' ';
    let mut letters = text[range.clone()].char_indices().peekable();
    while let Some((offset, letter)) = letters.next() {
        let next = letters.peek().map_or(' ', |(_, next)| *next);
        if letter == close && before != '\\' {
            let opens = quote && before.is_whitespace() && next.is_alphanumeric();
            let word = close == '\'' && before.is_alphanumeric() && next.is_alphanumeric();
            if opens {
                depth += 1;
            } else if !word && depth == 0 {
                return Some(range.start + offset);
            } else if !word {
                depth -= 1;
            }
        } else if !quote && closing(letter) == Some(close) {
            depth += 1;
        }
        before = letter;
    }
    None
}

/// How many marks are taken from the end of a reply: each takes a look at the whole of it.
const MAX_MARKS: usize = 32;

/// `range` without the marks at its end that close what was opened before it.
fn unclosed(text: &str, range: Range<usize>) -> Range<usize> {
    let mut range = scan::trim(text, range);
    for mark in [" #SMTP#", " ##", "##rfc822;"] {
        range.end = scan::find(text, range.clone(), mark).unwrap_or(range.end);
    }
    for escape in ["\\n", "\\r"] {
        if let Some(rest) = text[range.clone()].strip_suffix(escape) {
            range.end = range.start + rest.len();
        }
    }
    for _ in 0..MAX_MARKS {
        let Some(last) = text[range.clone()].chars().next_back() else { break };
        let inside = &text[range.clone()];
        // The bracket of `Error (450): …` was opened before the code.
        let inside = inside.get(3..).and_then(|rest| rest.strip_prefix(')')).unwrap_or(inside);
        if last == '.' && closes_a_sentence(inside) {
            range.end -= 1;
            continue;
        }
        let count = |letter: char| inside.matches(letter).count();
        let surplus = match last {
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '>' => count('>') > count('<'),
            '}' => count('}') > count('{'),
            '”' => count('”') > count('“') + count('„'),
            '»' => count('»') > count('«'),
            '"' => count('"') % 2 == 1,
            '\'' | '`' => count(last) == 1,
            '_' | '*' | '\\' => true,
            ',' | ';' => true,
            _ => false,
        };
        if !surplus {
            break;
        }
        range = scan::trim(text, range.start..range.end - last.len_utf8());
    }
    range
}

/// `….”.` and `…).`, where the bracket or the quotation mark was opened before.
fn closes_a_sentence(text: &str) -> bool {
    let Some(before) = text.strip_suffix('.') else { return false };
    let count = |letter: char| before.matches(letter).count();
    before.ends_with('”') && count('”') > count('“') + count('„') || before.ends_with(')') && count(')') > count('(')
}

/// What stands before a diagnostic type, RFC 3464 §2.3.6: `"smtp; 550 …"`.
fn without_type(lead: &str) -> &str {
    let trimmed = lead.trim_end_matches(' ');
    let kept = trimmed.len().saturating_sub("smtp;".len());
    if trimmed.is_char_boundary(kept) && trimmed[kept..].eq_ignore_ascii_case("smtp;") {
        &trimmed[..kept]
    } else {
        lead
    }
}

fn indent(line: &str) -> usize {
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'|')).count()
}

/// Whether `line` goes on with what `so_far` says.
fn continues(so_far: &str, line: &str, indent_before: usize) -> bool {
    const MIN_FOLDED: usize = 40;
    let words = line.trim_start_matches([' ', '\t', '>', '|']).trim_end();
    let Some(first) = words.chars().next() else { return false };
    if is_dialogue(words)
        || is_frame(words)
        || is_address_line(words)
        || scan::begins_reply(words.as_bytes(), 0, words.len())
    {
        return false;
    }
    let spoken = so_far.trim_end();
    let last_line = spoken.rsplit('\n').next().unwrap_or(spoken);
    let open = spoken.matches('(').count() > spoken.matches(')').count() && last_line.len() >= MIN_FOLDED;
    let begins_word = first.is_alphanumeric() || matches!(first, '(' | '<' | '[' | '"' | '\'' | '-' | '#' | '/');
    let indented = indent(line) > indent_before && begins_word;
    let ended = spoken.ends_with(['.', '!', '?', ')', '"', '\'', ';', '。', '>', '”', '»', ']', '}']);
    let folded = last_line.len() >= MIN_FOLDED
        && !ended
        && (first.is_lowercase() || words.starts_with("http"))
        && !has_label(words);
    open || indented && (!ended || last_line.len() >= MIN_FOLDED) || folded
}

/// `msmtp: could not send mail` starts something of its own.
fn has_label(words: &str) -> bool {
    words.split_whitespace().next().is_some_and(|word| word.ends_with(':'))
}

/// Lines of a stack trace or a dump.
fn is_frame(words: &str) -> bool {
    const STARTS: [&str; 12] = [
        "at ",
        "File ",
        "Traceback",
        "Caused by",
        "nested exception",
        "code: ",
        "response: ",
        "responseCode",
        "command: ",
        "#0",
        "in ",
        "from /",
    ];
    STARTS.iter().any(|start| words.starts_with(start))
}
