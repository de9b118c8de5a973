//! Bounces: delivery status notifications (RFC 3464, RFC 6533), whole or in part, and bounces without a machine-readable part.

use std::ops::Range;

use super::{Context, Form, Incident, mime, reply, scan};
use crate::reply::{EnhancedStatus, Reply};
use crate::span::Excerpt;

/// Where a bounce's own words end and the returned message begins.
const RETURNED: [&str; 8] = [
    "--- Below this line is a copy of the message",
    "------ This is a copy of",
    "----- Original message -----",
    "----- Unsent message follows -----",
    "----- Original Message -----",
    "Original message headers:",
    "Below is a copy of the original message:",
    "--- The header of the original message",
];

/// How many bytes of a bounce's own words are looked through for what is said about each recipient.
const MAX_WORDS: usize = 64 << 10;
/// And of what stands before a delivery status that was pasted without its message.
const MAX_BEFORE: usize = 8 << 10;

/// What a mail tells, and where in it the first part begins that is not read.
pub(super) struct Message {
    pub incidents: Vec<Incident>,
    pub left_out: Option<usize>,
}

/// Reads a message from its header on.
pub(super) fn read_message(input: &Excerpt) -> Message {
    let text = input.as_str();
    let start = text.len() - text.trim_start().len();
    let header = mime::header(text, start..text.len());
    let (parts, left_out) = mime::parts(input, start..text.len());
    let human: Vec<&Excerpt> =
        parts.iter().filter(|part| part.kind.starts_with("text/")).map(|part| &part.content).collect();
    let human = human.first().copied();
    let reporter = reporter(text, human);
    let sender = mime::field(text, header.clone(), "to:").and_then(|value| address(input, value));
    let mut found = Vec::new();
    for report in parts.iter().filter(|part| part.kind.ends_with("delivery-status")) {
        let source = human.map(|human| (human, own_words(human.as_str())));
        found.extend(groups(&report.content, 0..report.content.len(), source));
    }
    if found.is_empty()
        && let Some(human) = human
    {
        found = human_only(human);
        let failed = mime::field(text, header, "x-failed-recipients:").and_then(|value| address(input, value));
        for incident in &mut found {
            incident.context.recipient = incident.context.recipient.take().or_else(|| failed.clone());
        }
    }
    for incident in &mut found {
        incident.reporter = incident.reporter.or(reporter);
        incident.context.sender = incident.context.sender.take().or_else(|| sender.clone());
    }
    Message { incidents: found, left_out }
}

fn own_words(text: &str) -> Range<usize> {
    let end = scan::boundary_before(text, MAX_WORDS);
    0..RETURNED.iter().filter_map(|mark| scan::find(text, 0..end, mark)).min().unwrap_or(end)
}

fn human_only(human: &Excerpt) -> Vec<Incident> {
    let range = own_words(human.as_str());
    let own = human.slice(range);
    let mut found = super::read_text(&own, 1);
    for incident in &mut found {
        incident.form = Form::Dsn;
    }
    found
}

/// The address inside a field's value.
fn address(input: &Excerpt, value: Range<usize>) -> Option<Excerpt> {
    let text = input.as_str();
    let inside = match scan::find(text, value.clone(), "<") {
        Some(open) => scan::token(text, open..value.end),
        None => scan::token(text, value),
    };
    text[inside.clone()].contains('@').then(|| input.slice(inside))
}

/// Marks that mail servers leave in the bounces that they write.
const MARKS: [(&str, &str); 10] = [
    ("X-Postfix-Queue-ID:", "postfix"),
    ("This is the mail system at host", "postfix"),
    ("eximdsn", "exim"),
    ("This message was created automatically by mail delivery software", "exim"),
    ("Transcript of session follows", "sendmail"),
    ("This is the MAILER-DAEMON, please DO NOT REPLY", "opensmtpd"),
    ("qmail-send program", "qmail"),
    ("Generating server:", "exchange"),
    ("X-MS-Exchange", "exchange"),
    ("Courier Mail Server", "courier"),
];

fn reporter(text: &str, human: Option<&Excerpt>) -> Option<&'static str> {
    let human = human.map_or("", Excerpt::as_str);
    MARKS
        .iter()
        .find(|(mark, _)| scan::find(text, 0..text.len(), mark).is_some() || human.contains(mark))
        .map(|(_, id)| *id)
}

/// Fields of a delivery status, RFC 3464 §2.2 and §2.3.
const FIELDS: [&str; 15] = [
    "final-recipient:",
    "original-recipient:",
    "action:",
    "status:",
    "diagnostic-code:",
    "remote-mta:",
    "reporting-mta:",
    "last-attempt-date:",
    "will-retry-until:",
    "arrival-date:",
    "final-log-id:",
    "received-from-mta:",
    "original-envelope-id:",
    "x-postfix-queue-id:",
    "x-postfix-sender:",
];

fn is_field(line: &str) -> bool {
    let line = line.trim_start();
    matches!(
        line.as_bytes().first().map(u8::to_ascii_lowercase),
        Some(b'f' | b'o' | b'a' | b's' | b'd' | b'r' | b'l' | b'w' | b'x')
    ) && FIELDS.iter().any(|name| scan::starts_any_case(line, name))
}

/// A delivery status pasted without the message around it.
pub(super) fn read_fields(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    if !is_field(&text[line.clone()]) || continues(text, line.start) {
        return None;
    }
    let mut end = line.end;
    let mut at = line.start;
    let mut diagnostic = false;
    while at < text.len() {
        let line = scan::line(text, at);
        let words = &text[line.clone()];
        if is_field(words) {
            diagnostic = scan::starts_any_case(words.trim_start(), "diagnostic-code:");
        }
        let unfolded = diagnostic && goes_on(text, end, words);
        let known = is_field(words) || is_extension(words) || unfolded;
        if !(words.trim().is_empty() || words.starts_with([' ', '\t']) || known) {
            break;
        }
        if !words.trim().is_empty() {
            end = line.end;
        }
        at = scan::line_end(text, at) + 1;
    }
    let before = scan::boundary_before(text, line.start.saturating_sub(MAX_BEFORE));
    let found = groups(input, line.start..end, Some((input, before..line.start)));
    if found.is_empty() {
        return None;
    }
    let after = scan::boundary_before(text, end + MAX_BEFORE);
    let reporter = reporter(&text[before..after], None);
    let found =
        found.into_iter().map(|incident| Incident { reporter: incident.reporter.or(reporter), ..incident }).collect();
    Some((found, scan::next_line(text, end)))
}

/// Whether a line goes on with the value that ends at `end`, although it has lost the blanks before it, as in forums.
fn goes_on(text: &str, end: usize, line: &str) -> bool {
    /// Shorter lines were not wrapped.
    const WRAPPED: usize = 50;
    let wrapped = end - text[..end].rfind('\n').map_or(0, |before| before + 1) >= WRAPPED;
    let coded = line.len() > 3 && line.as_bytes()[..3].iter().all(u8::is_ascii_digit);
    let other = line.trim().is_empty() || line.starts_with("--") || is_field(line) || mime::is_field(line);
    (wrapped || coded) && !other
}

/// The value of the diagnostic code, further lines and all.
fn diagnostic_code(text: &str, group: Range<usize>) -> Option<Range<usize>> {
    let mut value = mime::field(text, group.clone(), "diagnostic-code:")?;
    loop {
        let next = scan::next_line(text, value.end);
        let line = scan::line(text, next.min(text.len()));
        if next >= group.end || !goes_on(text, value.end, &text[line.clone()]) {
            return Some(value);
        }
        value.end = line.end;
    }
}

/// Whether a field stands before, with nothing between that ends its status: it has been read from there, and tells of no
/// failure.
fn continues(text: &str, at: usize) -> bool {
    let mut before = text[..at].trim_end();
    loop {
        let start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |offset| offset + 1);
        let line = &before[start..];
        if is_field(line) || !(is_extension(line) || line.starts_with([' ', '\t'])) {
            return is_field(line);
        }
        before = before[..start].trim_end();
    }
}

fn is_extension(line: &str) -> bool {
    scan::starts_any_case(line, "x-") && line.contains(':')
}

/// One incident for each recipient that was not delivered to.
fn groups(input: &Excerpt, range: Range<usize>, human: Option<(&Excerpt, Range<usize>)>) -> Vec<Incident> {
    let text = input.as_str();
    let mut found = Vec::new();
    let mut message: Option<Range<usize>> = None;
    let mut at = range.start;
    while at < range.end {
        let group = mime::header(text, at..range.end);
        let next = (scan::line_end(text, group.end) + 1).min(range.end).max(at + 1);
        if !text[group.clone()].trim().is_empty() {
            if let Some(incident) = group_incident(input, group.clone(), message.as_ref(), human.clone()) {
                found.push(incident);
            } else if message.is_none() {
                message = Some(group);
            }
        }
        at = next;
    }
    found
}

fn group_incident(
    input: &Excerpt,
    group: Range<usize>,
    message: Option<&Range<usize>>,
    human: Option<(&Excerpt, Range<usize>)>,
) -> Option<Incident> {
    let text = input.as_str();
    let field = |name| mime::field(text, group.clone(), name);
    let status = field("status:").and_then(|value| leading_status(&text[value]));
    let action = field("action:").map(|value| text[value].to_ascii_lowercase());
    let diagnostic = diagnostic_code(text, group.clone());
    if action.is_none() && status.is_none() && diagnostic.is_none() {
        return None;
    }
    let delivered = action
        .as_deref()
        .is_some_and(|action| ["delivered", "relayed", "expanded"].iter().any(|done| action.starts_with(done)));
    if delivered || status.is_some_and(|status| status.class == 2) {
        return None;
    }
    let mut incident = Incident::new(input, scan::trim(text, group.clone()), Form::Dsn, Reply::default())?;
    incident.given_up = action.as_deref().is_some_and(|action| action.starts_with("failed"));
    incident.context = context(input, group.clone(), message);
    let diagnostic =
        diagnostic.map(|value| after_type(text, value)).filter(|value| !text[value.clone()].trim().is_empty());
    let recipient = incident.context.recipient.as_ref().map(|address| address.as_str().to_owned());
    let mut parsed = match (diagnostic, human) {
        (Some(diagnostic), human) => {
            let mut parsed = reply::parse(input, diagnostic);
            parsed.command = parsed.command.or_else(|| human.and_then(|(human, range)| command(human.as_str(), range)));
            parsed
        }
        (None, Some((human, range))) => human_reason(human, range, recipient.as_deref())
            .map_or_else(Reply::default, |reason| reply::parse(human, reason)),
        (None, None) => Reply::default(),
    };
    if incident.context.remote_host.is_none()
        && let Some(peer) = scan::named_peer(text, group.clone())
    {
        incident.context.remote_host = peer.host.map(|host| input.slice(host));
        incident.context.remote_ip = peer.ip.map(|ip| input.slice(ip));
    }
    parsed.enhanced = parsed.enhanced.or(status);
    incident.reply = Some(parsed);
    Some(incident)
}

/// `5.1.1 (delivery failed)` as `Status:` may have it, RFC 3464 §2.3.4.
fn leading_status(value: &str) -> Option<EnhancedStatus> {
    EnhancedStatus::parse(value.split([' ', '(', '\n', ';']).next().unwrap_or(value))
}

/// What follows `smtp;`, `dns;`, `rfc822;`.
fn after_type(text: &str, value: Range<usize>) -> Range<usize> {
    let end = value.start
        + text[value.clone()]
            .bytes()
            .take(24)
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '))
            .count();
    let typed = text.as_bytes().get(end) == Some(&b';') && end < value.end;
    scan::trim(text, if typed { end + 1..value.end } else { value })
}

fn context(input: &Excerpt, group: Range<usize>, message: Option<&Range<usize>>) -> Context {
    let text = input.as_str();
    let value =
        |range: &Range<usize>, name| mime::field(text, range.clone(), name).map(|value| after_type(text, value));
    let excerpt = |range: Range<usize>| Some(input.slice(range)).filter(|excerpt| !excerpt.is_empty());
    let own = |name| value(&group, name).and_then(excerpt);
    let common = |name| message.and_then(|message| value(message, name)).and_then(excerpt);
    let remote = value(&group, "remote-mta:").and_then(|range| scan::peer(text, range));
    let dated = |range: &Range<usize>, name| mime::field(text, range.clone(), name).and_then(excerpt);
    Context {
        time: dated(&group, "last-attempt-date:")
            .or_else(|| message.and_then(|message| dated(message, "arrival-date:"))),
        queue_id: common("x-postfix-queue-id:").or_else(|| own("x-postfix-queue-id:")),
        sender: common("x-postfix-sender:"),
        recipient: own("final-recipient:").or_else(|| own("original-recipient:")).map(without_brackets),
        remote_host: remote
            .as_ref()
            .and_then(|peer| peer.host.clone())
            .map(|host| without_root(text, host))
            .and_then(excerpt),
        remote_ip: remote.and_then(|peer| peer.ip).and_then(excerpt),
        client_ip: None,
        reporting_mta: common("reporting-mta:").or_else(|| own("reporting-mta:")),
    }
}

fn without_root(text: &str, host: Range<usize>) -> Range<usize> {
    host.start..host.end - usize::from(text[host.clone()].ends_with('.'))
}

fn without_brackets(address: Excerpt) -> Excerpt {
    let inside = address.as_str().trim_start_matches('<').trim_end_matches('>');
    let start = address.len() - address.as_str().trim_start_matches('<').len();
    let end = start + inside.len();
    address.slice(start..end)
}

fn command(text: &str, range: Range<usize>) -> Option<String> {
    const MARK: &str = "(in reply";
    let start = scan::find(text, range.clone(), MARK)? + MARK.len();
    let end = scan::find(text, start..range.end, "command")?;
    let words: Vec<_> = text[start..end].split_whitespace().skip(1).collect();
    (words.len() <= 4).then(|| words.join(" "))
}

/// What the words for people say about this recipient, where the machine-readable part says nothing.
fn human_reason(human: &Excerpt, range: Range<usize>, recipient: Option<&str>) -> Option<Range<usize>> {
    let text = human.as_str();
    recipient.and_then(|recipient| beside_address(text, range.clone(), recipient)).or_else(|| transcript(text, range))
}

fn beside_address(text: &str, range: Range<usize>, recipient: &str) -> Option<Range<usize>> {
    let mut from = range.start;
    while let Some(at) = scan::find_any_case(text, from..range.end, &recipient.to_ascii_lowercase()) {
        let end = at + recipient.len();
        from = end;
        let rest = text[end..range.end].trim_start_matches('>');
        let start = range.end - rest.len();
        if rest.starts_with(": ") || rest.starts_with(":\n") {
            return Some(start + 1..paragraph_end(text, start, range.end));
        }
        if rest.starts_with("... ") {
            let line_start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |offset| offset + 1);
            let coded = scan::begins_reply(text.as_bytes(), line_start, range.end);
            let spoken = if coded { line_start } else { start + 4 };
            let quoted = scan::reply_start(text, spoken..scan::line_end(text, at)).unwrap_or(spoken);
            return Some(quoted..scan::line_end(text, at));
        }
        let alone = rest.starts_with(['\n', '\r']);
        if alone && let Some(block) = indented_block(text, at, range.end) {
            return Some(block);
        }
    }
    None
}

fn paragraph_end(text: &str, at: usize, end: usize) -> usize {
    let mut next = scan::line_end(text, at) + 1;
    let mut last = scan::line(text, at).end;
    while next < end {
        let line = scan::line(text, next);
        if line.is_empty() || !text[line.clone()].starts_with([' ', '\t']) {
            break;
        }
        last = line.end;
        next = scan::line_end(text, next) + 1;
    }
    last.min(end)
}

/// Exim's block under an address; the last of its words, after `SMTP error from … after …:`, are the server's.
fn indented_block(text: &str, address: usize, end: usize) -> Option<Range<usize>> {
    let start = scan::line_end(text, address) + 1;
    let first =
        start < end && text[start..end].starts_with([' ', '\t']) && !text[scan::line(text, start)].trim().is_empty();
    let block = first.then(|| start..paragraph_end(text, start, end))?;
    let reason = scan::after(text, block.clone(), "(reason: ")
        .map(|at| at..scan::rfind(text, at..block.end, ")").unwrap_or(block.end));
    if let Some(reason) = reason {
        return (!reason.is_empty()).then_some(reason);
    }
    let spoken = scan::reply_start(text, block.clone()).or_else(|| scan::after(text, block.clone(), "Delay reason: "));
    Some(spoken.unwrap_or(block.start)..block.end)
}

/// Sendmail's transcript: the first failure that the other side or Sendmail itself gave.
fn transcript(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let start = scan::after(text, range.clone(), "Transcript of session follows")?;
    let mut at = scan::line_end(text, start) + 1;
    while at < range.end {
        let line = scan::line(text, at);
        let words = text[line.clone()].trim_start_matches(['<', ' ']);
        let begins = line.end - words.len();
        if scan::begins_reply(text.as_bytes(), begins, line.end) {
            return Some(begins..line.end);
        }
        at = scan::line_end(text, at) + 1;
    }
    None
}
