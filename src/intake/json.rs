//! JSON around failures: the records of containers, journald and log shippers, and the events that sending services post.

use std::collections::HashMap;
use std::ops::Range;

use super::{Form, Incident, foreign, framing, reply, scan};
use crate::reply::{EnhancedStatus, ReplyCode};
use crate::span::Excerpt;

/// How deep values may nest; what lies deeper is passed over.
const MAX_NESTING: usize = 64;

/// Keys under which services give the server's reply, the most exact first.
const REPLIES: [&str; 17] = [
    "diagnosticCode",
    "diagnostic_code",
    "dsnDiag",
    "smtpResponse",
    "smtp_response",
    "raw_reason",
    "bounce_text",
    "response",
    "content",
    "Details",
    "reason",
    "message",
    "msg",
    "description",
    "comment",
    "error",
    "dsnStatus",
];
/// Keys under which services say what happened, and parts of the names of failures.
const EVENTS: [&str; 6] = ["event", "event_type", "eventType", "notificationType", "RecordType", "dsnAction"];
const FAILURES: [&str; 7] = ["fail", "bounce", "dropped", "deferred", "delayed", "rejected", "blocked"];
const CODES: [&str; 6] = ["responseCode", "code", "error_code", "smtp_code", "smtpCode", "status_code"];
const STATUSES: [&str; 4] = ["enhanced-code", "enhanced_code", "enhancedStatus", "status"];
const RECIPIENTS: [&str; 9] =
    ["recipient", "emailAddress", "raw_rcpt_to", "rcpt_to", "rcpt", "email", "Email", "Recipient", "to"];
const SENDERS: [&str; 8] = ["sender", "mailfrom", "return_path", "from", "From", "source", "envelope", "orig"];
const TIMES: [&str; 10] = [
    "BouncedAt",
    "timestamp",
    "@timestamp",
    "time",
    "ts",
    "date",
    "asctime",
    "timeLogged",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
];
const REMOTE_HOSTS: [&str; 6] = ["mx-host", "mx_host", "mx_hostname", "mx", "mta", "dsnMta"];
const REMOTE_ADDRESSES: [&str; 8] =
    ["remoteMtaIp", "mx-ip", "mx_ip", "remote_ip", "ip_address", "dlvDestinationIp", "addr", "to"];
const OUR_ADDRESSES: [&str; 6] = ["sending-ip", "sending_ip", "sendingIp", "dlvSourceIp", "from", "ip"];
const REPORTERS: [&str; 2] = ["reportingMTA", "reporting_mta"];
const HOSTS: [&str; 2] = ["_HOSTNAME", "hostname"];

/// A string or a number with its key. One of an array has the array's.
pub(super) struct Leaf {
    key: Range<usize>,
    /// Without the quotation marks.
    pub value: Range<usize>,
    object: usize,
}

/// What is open where the reader stands: an object by its number, or an array by its object and its key.
struct Open {
    object: usize,
    key: Option<Range<usize>>,
}

/// A JSON value, as far as failures are told by strings and numbers with a key.
pub(super) struct Document<'a> {
    input: &'a Excerpt,
    /// Those of one object next to each other.
    leaves: Vec<Leaf>,
    /// For each object the one that it stands in.
    parents: Vec<usize>,
    whole: Range<usize>,
}

/// Reads the JSON value at the start of `range`; `None` where none starts there or it does not end there.
pub(super) fn document(input: &Excerpt, range: Range<usize>) -> Option<Document<'_>> {
    let bytes = &input.as_str().as_bytes()[..range.end];
    if !matches!(bytes.get(range.start), Some(b'{' | b'[')) {
        return None;
    }
    let mut leaves: Vec<Leaf> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut parents = vec![0];
    let mut key: Option<Range<usize>> = None;
    let mut at = range.start;
    loop {
        match *bytes.get(at)? {
            b'{' => {
                parents.push(open.last().map_or(0, |outer| outer.object));
                open.push(Open { object: parents.len() - 1, key: None });
                key = None;
            }
            b'[' => {
                let object = open.last().map_or(0, |outer| outer.object);
                open.push(Open { object, key: key.take() });
            }
            b'}' | b']' => {
                open.pop();
                key = None;
                if open.is_empty() {
                    leaves.sort_by_key(|leaf| leaf.object);
                    return Some(Document { input, leaves, parents, whole: range.start..at + 1 });
                }
            }
            b'"' => {
                let close = string_end(bytes, at + 1)?;
                let next = skip_space(bytes, close + 1);
                if bytes.get(next) == Some(&b':') {
                    key = Some(at + 1..close);
                    at = next + 1;
                    continue;
                }
                push_leaf(&mut leaves, &mut key, at + 1..close, &open);
                at = close;
            }
            b'0'..=b'9' | b'-' => {
                let length = bytes[at..].iter().take_while(|byte| !b",]} \r\n\t\"".contains(byte)).count();
                push_leaf(&mut leaves, &mut key, at..at + length, &open);
                at += length.max(1) - 1;
            }
            byte if byte.is_ascii_whitespace() || byte.is_ascii_alphabetic() || matches!(byte, b',' | b':') => {}
            _ => return None,
        }
        at += 1;
    }
}

fn push_leaf(leaves: &mut Vec<Leaf>, key: &mut Option<Range<usize>>, value: Range<usize>, open: &[Open]) {
    let Some(inner) = open.last().filter(|_| open.len() <= MAX_NESTING) else { return };
    if let Some(key) = key.take().or_else(|| inner.key.clone()) {
        leaves.push(Leaf { key, value, object: inner.object });
    }
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Where the string that starts at `at` is closed, RFC 8259 §7.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Whether the columns of a table have the replies to messages and their recipients.
pub(super) fn are_columns<'a>(names: impl Iterator<Item = &'a str> + Clone) -> bool {
    let has = |keys: &[&str]| names.clone().any(|name| keys.contains(&name));
    has(&REPLIES) && has(&RECIPIENTS)
}

impl<'a> Document<'a> {
    /// A row of a table, each cell with the name of its column.
    pub(super) fn of_row(
        input: &'a Excerpt,
        whole: Range<usize>,
        cells: impl Iterator<Item = (Range<usize>, Range<usize>)>,
    ) -> Self {
        let filled = cells.filter(|(_, value)| !value.is_empty());
        let leaves = filled.map(|(key, value)| Leaf { key, value, object: 0 }).collect();
        Document { input, leaves, parents: vec![0], whole }
    }
}

impl Document<'_> {
    pub(super) fn end(&self) -> usize {
        self.whole.end
    }

    /// One incident for each object that has a reply.
    pub(super) fn incidents(&self) -> Vec<Incident> {
        let mut common: HashMap<&str, &Leaf> = HashMap::new();
        for leaf in &self.leaves {
            common.entry(self.text(&leaf.key)).or_insert(leaf);
        }
        self.objects().filter_map(|own| self.incident(own, &common)).collect()
    }

    /// The leaves of each object that has any.
    pub(super) fn objects(&self) -> impl Iterator<Item = &[Leaf]> {
        self.leaves.chunk_by(|a, b| a.object == b.object)
    }

    /// The value of `key` in this object or in one around it.
    pub(super) fn around(&self, own: &[Leaf], key: &str) -> Option<Range<usize>> {
        let mut object = own.first()?.object;
        loop {
            let first = self.leaves.partition_point(|leaf| leaf.object < object);
            let mut leaves = self.leaves[first..].iter().take_while(|leaf| leaf.object == object);
            if let Some(leaf) = leaves.find(|leaf| self.text(&leaf.key) == key) {
                return Some(leaf.value.clone());
            }
            if object == 0 {
                return None;
            }
            object = self.parents[object];
        }
    }

    /// The values of `key` in this object alone.
    pub(super) fn values<'a>(&'a self, own: &'a [Leaf], key: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        own.iter().filter(move |leaf| self.text(&leaf.key) == key).map(|leaf| leaf.value.clone())
    }

    /// The string there, its escapes undone.
    pub(super) fn string(&self, value: Range<usize>) -> Excerpt {
        let mut plain = Excerpt::default();
        framing::push_unescaped(&mut plain, self.input, value);
        plain
    }

    pub(super) fn input(&self) -> &Excerpt {
        self.input
    }

    fn incident(&self, own: &[Leaf], common: &HashMap<&str, &Leaf>) -> Option<Incident> {
        let code = self.number(own);
        let status = self.status(own);
        let party = |key: &str| self.around(own, key).is_some();
        let of_mail = status.is_some() || party("recipient") && (party("sender") || party("envelope"));
        let quoted = REPLIES.iter().find_map(|key| self.reply(own, key, code, of_mail));
        let anchored = quoted.is_some();
        let plain = quoted.or_else(|| self.reason(own))?;
        let mut parsed = reply::parse(&plain, 0..plain.len());
        parsed.code = parsed.code.or(code);
        parsed.enhanced = parsed.enhanced.or(status);
        parsed.command = self.own(own, "command").map(|leaf| self.text(&leaf.value).to_owned());
        let mut incident = Incident::new(self.input, self.whole.clone(), Form::Wrapped, parsed)?;
        incident.anchored = anchored;
        let fact = |keys: &[&str], fits: &dyn Fn(&str) -> bool| {
            let near = keys.iter().filter_map(|key| self.own(own, key));
            let far = keys.iter().filter_map(|key| common.get(key).copied());
            let leaf = near.chain(far).find(|leaf| fits(self.text(&leaf.value)))?;
            let value = scan::trim(self.input.as_str(), leaf.value.clone());
            (!value.is_empty()).then(|| self.input.slice(value))
        };
        let context = &mut incident.context;
        context.time = fact(&TIMES, &|value| value.starts_with(|letter: char| letter.is_ascii_digit()));
        context.recipient = fact(&RECIPIENTS, &is_mailbox);
        context.sender = fact(&SENDERS, &is_mailbox);
        context.remote_host =
            fact(&REMOTE_HOSTS, &|value| value.contains('.') && !value.contains(": ")).map(first_word);
        context.remote_ip = fact(&REMOTE_ADDRESSES, &scan::is_address);
        context.client_ip = fact(&OUR_ADDRESSES, &scan::is_address);
        context.reporting_mta = fact(&REPORTERS, &|value| value.contains('.')).map(without_type);
        Some(incident)
    }

    /// What the event of a failure says, where it quotes no reply: `Not delivering to previously bounced address`.
    fn reason(&self, own: &[Leaf]) -> Option<Excerpt> {
        let failed = EVENTS.iter().any(|key| {
            self.around(own, key)
                .is_some_and(|event| FAILURES.iter().any(|name| scan::has_any_case(self.text(&event), name)))
        });
        let words = |key: &&str| {
            self.values(own, key).map(|value| self.string(value)).find(|words| words.as_str().contains(' '))
        };
        REPLIES.iter().find_map(words).filter(|_| failed)
    }

    fn text(&self, range: &Range<usize>) -> &str {
        &self.input.as_str()[range.clone()]
    }

    fn own<'a>(&self, own: &'a [Leaf], key: &str) -> Option<&'a Leaf> {
        own.iter().find(|leaf| self.text(&leaf.key) == key)
    }

    fn number(&self, own: &[Leaf]) -> Option<ReplyCode> {
        let parsed = |key| ReplyCode::parse(self.text(&self.own(own, key)?.value));
        CODES.iter().find_map(|key| parsed(key).filter(|code| code.is_failure()))
    }

    /// The enhanced status code: in one, or KumoMTA's `{"class": 4, "subject": 7, "detail": 1}`.
    fn status(&self, own: &[Leaf]) -> Option<EnhancedStatus> {
        let whole = STATUSES.iter().find_map(|key| EnhancedStatus::parse(self.text(&self.own(own, key)?.value)));
        whole.or_else(|| {
            let object = own.first()?.object;
            let inner = self.objects().find(|inner| self.parents[inner[0].object] == object)?;
            let part = |key| self.text(&self.own(inner, key)?.value).parse().ok();
            Some(EnhancedStatus { class: part("class")? as u8, subject: part("subject")?, detail: part("detail")? })
        })
    }

    /// The value of `key`, its escapes undone, where it is a reply; its code may stand apart.
    fn reply(&self, own: &[Leaf], key: &str, apart: Option<ReplyCode>, of_mail: bool) -> Option<Excerpt> {
        let leaf = self.own(own, key)?;
        let plain = without_type(self.string(leaf.value.clone()));
        let bytes = plain.as_str().as_bytes();
        let code = ReplyCode::at_start(bytes).filter(|code| code.is_failure());
        let status = EnhancedStatus::at_start(bytes).filter(|(status, _)| status.class != 2);
        let spoken = code.is_some_and(|code| !foreign::is_no_reply(code, &plain.as_str()[3..])) && bytes.len() > 3;
        let coded = apart.is_some_and(|code| {
            status.is_some()
                || of_mail && bytes.contains(&b' ') && !foreign::is_no_reply(code, &format!(" {}", plain.as_str()))
        });
        (spoken || coded).then_some(plain)
    }

    /// What the record around a message tells of it.
    pub(super) fn frame(&self, incident: &mut Incident) {
        let value = |keys: &[&str]| {
            let leaf = keys.iter().find_map(|key| self.own(&self.leaves, key))?;
            Some(self.input.slice(leaf.value.clone())).filter(|value| !value.is_empty())
        };
        let context = &mut incident.context;
        context.time = context.time.take().or_else(|| value(&TIMES));
        context.reporting_mta = context.reporting_mta.take().or_else(|| value(&HOSTS));
    }
}

/// `mx.example.com (192.0.2.25)` without its address.
fn first_word(value: Excerpt) -> Excerpt {
    let end = value.as_str().find(' ').unwrap_or(value.len());
    value.slice(0..end)
}

fn is_mailbox(value: &str) -> bool {
    value.contains('@') && !value.contains(char::is_whitespace)
}

/// What follows `smtp;` or `dns;`, RFC 3464 §2.3.6.
fn without_type(value: Excerpt) -> Excerpt {
    let text = value.as_str();
    let typed =
        ["smtp;", "dns;", "dsn;", "x-postfix;"].iter().find(|kind| scan::starts_any_case(text.trim_start(), kind));
    let start = typed.and_then(|_| scan::after(text, 0..text.len(), ";")).unwrap_or(0);
    let range = scan::trim(text, start..text.len());
    value.slice(range)
}
