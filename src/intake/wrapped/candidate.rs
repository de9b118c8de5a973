//! Where a reply may begin: a number that its surroundings leave free to be a code.

use std::ops::Range;

use super::transcript::is_decoration;
use super::{MAX_LEAD, Prose};
use crate::intake::{foreign, scan};
use crate::reply::{EnhancedStatus, ReplyCode};

/// Where a reply may begin.
#[derive(Debug)]
pub(super) struct Candidate {
    pub start: usize,
    pub code: Option<ReplyCode>,
    /// An enhanced status code stands next to it.
    pub enhanced: bool,
    pub place: Place,
    /// Its shape or what surrounds it leaves no doubt.
    pub sure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// First on its line, but for quotation marks and the like.
    LineStart,
    /// After something that announces a reply.
    Introduced,
}

impl Prose<'_> {
    /// The next candidate in `range`.
    pub(super) fn next(&mut self, range: Range<usize>, paragraph: usize) -> Option<Candidate> {
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

    pub(super) fn candidate(&mut self, range: Range<usize>, paragraph: usize) -> Option<Candidate> {
        let bytes = &self.text.as_bytes()[range.clone()];
        let code = ReplyCode::at_start(bytes);
        let lone = code.is_none().then(|| EnhancedStatus::at_start(bytes)).flatten();
        if code.is_none() && lone.is_none() || !self.is_free_before(range.start, paragraph) {
            return None;
        }
        let length = lone.map_or(3, |(_, length)| length);
        let rest = &self.text[range.start + length..range.end];
        if lone.is_some() && precedes_reply(&self.text[range.start..range.start + length], rest) {
            return None;
        }
        let enhanced = lone.is_some() || enhanced_follows(rest);
        if !enhanced && !ends_code(rest) {
            return None;
        }
        if self.is_literal(range.start) {
            self.counts_otherwise = true;
            return None;
        }
        if let Some(code) = code.filter(|_| !enhanced) {
            let lead = &self.text[self.near(self.line_start(range.start), range.start)..range.start];
            if foreign::is_port(code) || is_argument(lead, rest) || is_counted_on(lead) {
                return None;
            }
            let counts = foreign::is_no_reply(code, rest)
                || foreign::follows_reason(code, lead)
                || self.is_column(range.start, rest);
            if counts && !self.is_quoted(range.start) {
                self.counts_otherwise = true;
                return None;
            }
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

    /// Whether it is a string in a program.
    fn is_literal(&self, start: usize) -> bool {
        let quoted = self.text[..start].ends_with(['"', '\'', '`']);
        let is_key = matches!(self.text[start..].get(3..6), Some(": \"" | ": {" | " =>" | "..="));
        let lead = self.near(self.line_start(start), start);
        foreign::code::is_thrown(&self.text[lead..start])
            || (quoted || is_key) && {
                let end = self.line(start).end;
                let after = (start + 3).min(end);
                foreign::code::is_literal(&self.text[lead..start], &self.text[start..after], &self.text[after..end])
            }
    }

    /// Whether a bounce says that the mail server answered so, whatever it is.
    fn is_quoted(&self, start: usize) -> bool {
        const BEFORE: [&str; 2] = ["other server returned was:", "remote server was:"];
        let lead = self.text[self.near(self.range.start, start)..start].trim_end();
        BEFORE.iter().any(|words| lead.ends_with(words))
    }

    /// Whether the number is the first column of a table: `450,mail server,1200`.
    fn is_column(&self, start: usize, rest: &str) -> bool {
        if self.line_start(start) != start {
            return false;
        }
        let row = rest.lines().next().unwrap_or("");
        let worded = |row: &str| row.starts_with(|letter: char| letter.is_ascii_alphabetic());
        let numbered = |row: &str| row.split(';').skip(1).any(|field| field.trim().parse::<f64>().is_ok());
        row.strip_prefix(',').is_some_and(worded)
            || row.strip_prefix(';').is_some_and(|row| worded(row) && numbered(row))
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
                second.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b']')
                    && !before[before.len().saturating_sub(MAX_LEAD)..].contains(&b'?')
            }
            Some(b'!') => second.is_some_and(|byte| byte.is_ascii_alphabetic()),
            Some(b'#' | b'_' | b'-') => {
                second.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'<' | b'(' | b'*'))
            }
            Some(b'n' | b'r') => second == Some(b'\\'),
            Some(byte) => *byte >= 0x80,
        }
    }

    fn opens_quotation(&self, at: usize) -> bool {
        self.text[..at].ends_with(['"', '\'', '“', '«', '‘', '「', '„'])
    }

    /// Whether the code stands after another sentence, with words of its own: `Sending failed. 535 Incorrect …`.
    fn begins_sentence(&self, at: usize) -> bool {
        let lead = self.text[..at].trim_end_matches(' ');
        let ended = lead.ends_with('…')
            || lead.strip_suffix(['.', '!', '?']).is_some_and(|lead| lead.ends_with(char::is_alphabetic));
        let words = self.text.get(at + 3..).and_then(|rest| rest.strip_prefix(' '));
        ended
            && words
                .is_some_and(|words| words.starts_with(char::is_uppercase) || lead.ends_with('!') && lead.len() == at)
    }

    pub(super) fn place(&self, at: usize) -> Option<Place> {
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
        let marked = self.text[..at].ends_with('\t')
            || lead.ends_with([
                ':', '=', '"', '\'', '(', '[', '{', ';', '>', '<', ',', '|', '`', '-', '#', '*', '«', '“', '‘', '„',
                '–', '—', '：', '（', '【', '「', '、', '，', '。',
            ]);
        (marked
            || ends_with_cue(lead)
            || self.begins_sentence(at)
            || !lead.is_ascii() && lead.chars().next_back().is_some_and(|letter| !letter.is_ascii()))
        .then_some(Place::Introduced)
    }
}

/// Whether the colon at the end stands between a host and its port, or inside a time. After `mx.example.com:25:` it does not.
fn is_port(before: &[u8]) -> bool {
    let (host, lead) = host_before(before);
    let named = |host: &[u8]| host.contains(&b'.');
    let is_number = !host.is_empty() && host.iter().all(u8::is_ascii_digit);
    let after_port = is_number && lead.ends_with(b":") && named(host_before(lead).0);
    !after_port && (host.last().is_some_and(|byte| byte.is_ascii_digit() || *byte == b']') || named(host))
}

/// What may be a host's name before the colon at the end, and what is before that.
fn host_before(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.len() - 1;
    let is_host = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b']');
    let start = end - text[..end].iter().rev().take_while(is_host).count();
    (&text[start..end], &text[..start])
}

/// Whether the number is all that a word has in brackets, an issue's, or compared: `io.c(451)`, `VARCHAR(452)`, `(#538)`,
/// `code == 550`.
fn is_argument(lead: &str, rest: &str) -> bool {
    let called = lead.strip_suffix('(').filter(|_| rest.starts_with(')'));
    let issue = lead.ends_with("(#") && rest.starts_with(')');
    let named = called
        .is_some_and(|word| word.ends_with(|letter: char| letter.is_ascii_alphanumeric()) && !ends_with_cue(word));
    // Sidekiq's process and thread; `fail2ban.actions [552]: NOTICE`.
    let process =
        rest.starts_with(" TID-") || rest.starts_with("]: ") && !ends_with_cue(lead.trim_end_matches([' ', '[']));
    // nginx numbers its connections: `551#0: *552 open() …`.
    let connection =
        lead.strip_suffix(": *").is_some_and(|lead| lead.rsplit(' ').next().is_some_and(|it| it.contains('#')));
    let of_web = lead.ends_with("(status ") && lead.contains("://");
    named || issue || process || connection || of_web || lead.trim_end().ends_with("==")
}

/// Whether the number goes on with a count: `450 paintings, 552 drawings`, `450 units in May, 421 in June`.
fn is_counted_on(lead: &str) -> bool {
    const NEAR: usize = 4;
    let Some(before) = lead.trim_end().strip_suffix(',') else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.chars().all(char::is_alphabetic);
    let things = before.rsplit(' ').take_while(is_word).take(NEAR).count();
    let count = before.rsplit(' ').nth(things).unwrap_or("");
    things > 0 && !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// Whether a status of its own stands before the server's reply on the same line: `#5.1.1 smtp;550 5.1.1 …`,
/// `Status: 5.1.1, …, Reason: 550 …`, `5.1.1 (bad destination),smtp;550 …`, `5.1.0 - Unknown address error 550-'5.1.1 …'`, `Status: 5.1.1 550 5.1.1 …`.
fn precedes_reply(status: &str, rest: &str) -> bool {
    const MAX_BETWEEN: usize = 200;
    let near = scan::boundary_before(rest, MAX_BETWEEN);
    let line = &rest[scan::line(&rest[..near], 0)];
    let is_reply = |spoken: &str| ReplyCode::at_start(spoken.as_bytes()).is_some_and(ReplyCode::is_failure);
    let quoted = line.find("-'").and_then(|at| line.get(at.checked_sub(3)?..));
    let repeated = line
        .find(status)
        .and_then(|at| line[..at].strip_suffix([' ', '-']))
        .and_then(|lead| lead.get(lead.len().checked_sub(3)?..));
    quoted.is_some_and(is_reply)
        || repeated.is_some_and(is_reply)
        || ["smtp;", "SMTP;", "Reason: "]
            .iter()
            .any(|mark| scan::after(line, 0..line.len(), mark).is_some_and(|at| is_reply(line[at..].trim_start())))
}

/// Whether an enhanced status code comes next, over the separators that programs put between the two.
fn enhanced_follows(rest: &str) -> bool {
    let bytes = rest.strip_prefix(", Enhanced code").unwrap_or(rest).as_bytes();
    let gap = bytes
        .iter()
        .take(6)
        .take_while(|byte| {
            matches!(
                byte,
                b' ' | b'-' | b'#' | b'(' | b'"' | b'\'' | b',' | b'.' | b'[' | b':' | b';' | b')' | b']' | b'/'
            )
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
    // `(555) 450-1212`, Dovecot's `<551><session>`, a regular expression, and `550|551)` of a shell.
    let alternative = rest.strip_prefix('|').and_then(|rest| ReplyCode::at_start(rest.as_bytes()));
    if is_phone_number(rest) || rest.starts_with("><") || rest.starts_with("\\s") || alternative.is_some() {
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

fn is_phone_number(rest: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    rest.strip_prefix(") ")
        .is_some_and(|rest| digits(rest) == 3 && rest[3..].starts_with('-') && digits(&rest[4..]) > 0)
}

/// Words after which a number is a reply code, in the languages that webmail speaks.
fn ends_with_cue(lead: &str) -> bool {
    const CUES: [&str; 41] = [
        "err",
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
    lead.ends_with("due to")
        || !word.is_empty() && CUES.iter().any(|cue| word.eq_ignore_ascii_case(cue) || word.to_lowercase() == *cue)
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
