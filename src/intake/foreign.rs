//! What looks like an SMTP reply and is none: answers of other protocols, and numbers.

pub(super) mod code;
mod words;

use std::ops::Range;

use super::{reply, scan};
use crate::reply::ReplyCode;

/// Ports of mail and the web, which stand among other numbers: `smtp.example.com, 587; timeout 5000`.
const PORTS: [u16; 3] = [443, 465, 587];

/// Codes of HTTP (RFC 9110 §15) and FTP (RFC 959 §4.2) that no mail server is known to give.
fn is_foreign_code(code: ReplyCode) -> bool {
    matches!(code.number(), 401 | 403..=405 | 425)
}

/// Codes that mail servers hardly give: others of HTTP, FTP and NNTP (RFC 3977 §3.2), and all whose second digit RFC 5321
/// §4.2.1 does not provide for.
fn is_unusual_code(code: ReplyCode) -> bool {
    let number = code.number();
    number / 10 % 10 > 5
        || matches!(number, 402 | 406..=416 | 418 | 419 | 428 | 429 | 437 | 506..=509 | 518 | 520 | 527..=529 | 532)
}

/// Whether any word is about mail.
pub(super) fn speaks_of_mail(text: &str) -> bool {
    words::OF_MAIL.iter().any(|word| scan::has_any_case(text, word))
}

/// Whether programs of all kinds say these words, and the text around them has nothing to do with mail.
pub(crate) fn is_said_anywhere(words: &str, text: &str) -> bool {
    let of_mail = || text.contains('@') || speaks_of_mail(text) || ports(text).any(|port| MAIL_PORTS.contains(&port));
    words::ANYWHERE.iter().any(|it| words.eq_ignore_ascii_case(it)) && !of_mail()
}

/// Of files, and not of those that a mail server keeps.
fn speaks_of_files(text: &str) -> bool {
    let begins_with_path =
        text.trim_start().strip_prefix('/').is_some_and(|name| name.starts_with(char::is_alphabetic));
    (begins_with_path || has_any_word(text, words::OF_FILES))
        && !words::KEPT.iter().any(|word| scan::has_any_case(text, word))
}

pub(super) fn is_port(code: ReplyCode) -> bool {
    PORTS.contains(&code.number())
}

/// Whether a three-digit number followed by `rest` is an HTTP status or a count.
pub(super) fn is_no_reply(code: ReplyCode, rest: &str) -> bool {
    let words = rest.trim_start_matches([' ', '-', ':', '"', '(', ')', '\t', '–']);
    let reason = |(number, reason): &(u16, &str)| *number == code.number() && scan::starts_any_case(words, reason);
    words::HTTP.iter().chain(words::FILES_AND_NEWS).any(reason)
        || rest.starts_with(") when calling the ")
        // Python's requests: `421 Client Error: Misdirected Request for url: …`.
        || words.starts_with("Client Error: ")
        || words.starts_with("Server Error: ")
        || rest.starts_with(' ') && (is_unit(first_word(words)) || words.starts_with("? ") || is_another_number(words))
        || is_among_numbers(first_line(rest))
        || reply::enhanced_within(first_line(words)).is_none() && is_elsewhere(code, first_line(rest))
}

/// Whether HTTP's reason stands before its code: `gateway timeout (504)`.
pub(super) fn follows_reason(code: ReplyCode, lead: &str) -> bool {
    const LONGEST: usize = 32;
    let near = &lead[scan::boundary_before(lead, lead.len().saturating_sub(LONGEST))..];
    words::HTTP.iter().any(|(number, reason)| *number == code.number() && scan::has_any_case(near, reason))
}

/// Whether a program's name begins the text, `su: authentication failure`, one that has nothing to do with mail.
pub(super) fn begins_with_program(text: &str) -> bool {
    const MAX_NAME: usize = 16;
    let Some((name, _)) = text.split_once(": ").filter(|(name, _)| (2..=MAX_NAME).contains(&name.len())) else {
        return false;
    };
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let is_name = name.bytes().all(lower) || name.bytes().all(|byte| byte.is_ascii_uppercase());
    is_name && !words::PROGRAMS.iter().any(|other| name.eq_ignore_ascii_case(other)) && !speaks_of_mail(text)
}

/// Whether nothing but the shape of a reply is there, and its code or its words belong elsewhere.
fn is_elsewhere(code: ReplyCode, line: &str) -> bool {
    /// Not among FTP's (RFC 959 §4.2).
    const TRANSACTION_FAILED: u16 = 554;
    let is_file_transfer = || code.number() != TRANSACTION_FAILED && speaks_of_files(line);
    let is_foreign = is_foreign_code(code) && !scan::has_any_case(line, "authorized to send mail");
    is_foreign || (is_unusual_code(code) || is_file_transfer()) && !speaks_of_mail(line)
}

/// As much of it as is looked at: one line may hold many candidates.
fn first_line(rest: &str) -> &str {
    const MAX_LINE: usize = 192;
    let line = &rest[..scan::boundary_before(rest, MAX_LINE)];
    line.lines().next().unwrap_or("")
}

/// Whether numbers alone follow, as in a table: `| 450 | 12 |`.
fn is_among_numbers(line: &str) -> bool {
    line.contains(|letter: char| letter.is_ascii_digit()) && !line.contains(char::is_alphabetic)
}

/// An access log's `451 552 "-"`.
fn is_another_number(words: &str) -> bool {
    let rest = words.trim_start_matches(|letter: char| letter.is_ascii_digit());
    rest.len() < words.len() && (rest.is_empty() || rest.starts_with(" \"") || rest.starts_with(" -"))
}

/// A single capital letter is rather the beginning of a text: `451 S'ha avortat`.
fn is_unit(word: &str) -> bool {
    words::UNITS.iter().any(|unit| word == *unit || unit.len() > 1 && word.eq_ignore_ascii_case(unit))
}

fn first_word(words: &str) -> &str {
    let end = words.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '%'));
    &words[..end.unwrap_or(words.len())]
}

/// Whether `range` is about another protocol's session and says nothing of mail transport: which evidence counts against a text
/// that no form has claimed.
pub(super) fn is_other_protocol(text: &str, range: Range<usize>) -> bool {
    let part = &text[range];
    is_answer_of_another(part)
        || (is_file_session(part) || names_another(part) || names_port(part)) && !speaks_of_transport(part)
}

/// Whether a server of files speaks: these replies (RFC 959 §4.2, RFC 2428, RFC 3659) mail servers do not have.
fn is_file_session(text: &str) -> bool {
    const REPLIES: [&str; 12] =
        ["125 ", "150 ", "213 ", "225 ", "226 ", "227 ", "229 ", "230 ", "257 ", "331 ", "332 ", "350 "];
    text.lines().any(|line| REPLIES.iter().any(|reply| line.trim_start().starts_with(reply)))
}

/// Whether a reply names another protocol in which servers answer so; a mail server may well name the database that it asked.
pub(super) fn is_other_session(reply: &str) -> bool {
    [words::FILES, words::NEWS_AND_CALLS].iter().any(|words| has_any_word(reply, words)) && !speaks_of_transport(reply)
}

/// Programs, libraries and marks by which the messages of other protocols are known.
fn names_another(text: &str) -> bool {
    [words::WEB, words::FILES, words::MAILBOXES, words::NEWS_AND_CALLS, words::DATABASES, words::MACHINES]
        .iter()
        .any(|words| has_any_word(text, words))
        || words::ASKED.iter().any(|lead| scan::has_any_case(text, lead))
}

/// Whether mail transport is spoken of: whatever else is named, the failure may be its.
fn speaks_of_transport(text: &str) -> bool {
    words::TRANSPORT.iter().any(|word| scan::has_any_case(text, word))
}

/// Whether a port is named at which other services listen: `db.example.com:5432`, `192.0.2.10,993`, `port 993`.
fn names_port(text: &str) -> bool {
    const OTHERS: [u16; 24] = [
        20, 21, 22, 80, 110, 119, 143, 389, 443, 563, 636, 989, 990, 993, 995, 1433, 1521, 3306, 5060, 5432, 6379,
        8080, 8443, 27017,
    ];
    ports(text).any(|port| OTHERS.contains(&port))
}

/// Whether only ports are named at which no mail server listens.
pub(super) fn asks_elsewhere(text: &str) -> bool {
    /// By which a mail server is looked up.
    const DNS: u16 = 53;
    /// From here on ports belong to nobody: what was to be connected to there can be a mail server.
    const NOBODYS: u16 = 32_768;
    let beside_mail = |port: u16| port != DNS && !MAIL_PORTS.contains(&port);
    let elsewhere = |port: u16| beside_mail(port) && (port < NOBODYS || !scan::has_any_case(text, "connect"));
    let mut ports = ports(text).peekable();
    ports.peek().is_some() && ports.all(elsewhere) && !speaks_of_mail(text)
}

/// Those of mail, and of tests of mail.
const MAIL_PORTS: [u16; 8] = [24, 25, 26, 465, 587, 1025, 2525, 8025];

fn ports(text: &str) -> impl Iterator<Item = u16> {
    let number = |at: usize| text[at..].split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok();
    let worded = ["port ", "port=", "port: ", "\"port\":"].into_iter();
    let worded = worded.flat_map(|word| text.match_indices(word).map(|(at, word)| at + word.len()));
    let joined = memchr::memchr2_iter(b':', b',', text.as_bytes()).filter(|mark| ends_with_host(&text[..*mark]));
    worded.chain(joined.map(|mark| mark + 1)).filter_map(number)
}

/// With at least two dots: `protocol.rb:237` is a place in a program.
fn ends_with_host(text: &str) -> bool {
    let host = text.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && !".-]".contains(letter)).next();
    host.is_some_and(|host| host.matches('.').count() > 1 || host.ends_with(']') || host == "localhost")
}

/// A response of IMAP (RFC 9051 §7.1), POP3 (RFC 1939 §3) or a database: `a1 NO …`, `* BYE …`, `-ERR …`, `SQLSTATE[28000]`.
fn is_answer_of_another(text: &str) -> bool {
    const MAX_TAG: usize = 12;
    const BEGINNINGS: [&str; 3] = ["-ERR", "(error) ", "FATAL: password authentication failed for user \""];
    const MARKS: [&str; 2] = ["SQLSTATE[", "(using password: "];
    if BEGINNINGS.iter().any(|words| text.starts_with(words)) || MARKS.iter().any(|mark| text.contains(mark)) {
        return true;
    }
    // MySQL's `ERROR 1040 (08004): …`.
    let number = text.strip_prefix("ERROR ").map_or("", |rest| rest.split(" (").next().unwrap_or(""));
    if number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let mut words = text.splitn(3, ' ');
    let (tag, status) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let tagged = tag == "*" || tag.len() <= MAX_TAG && tag.bytes().any(|byte| byte.is_ascii_digit());
    tagged && matches!(status, "NO" | "BAD" | "BYE") && words.next().is_some()
}

/// Whether one of the words, in lower case, stands in the text on its own, not as a part of a host's name or an address.
fn has_any_word(text: &str, words: &[&str]) -> bool {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'-' | b'_');
    let bytes = text.as_bytes();
    let begins = |at: &usize| at.checked_sub(1).is_none_or(|before| !joins(&bytes[before]));
    let ends = |end: usize| {
        let after = bytes.get(end).copied().unwrap_or(b' ');
        let named = after == b'.' && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
        !bytes[end - 1].is_ascii_alphanumeric() || !after.is_ascii_alphanumeric() && !named
    };
    let stands = |at: usize, word: &&str| {
        let found = bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()));
        found && ends(at + word.len())
    };
    let mut starts = [false; 256];
    words.iter().for_each(|word| starts[word.as_bytes()[0] as usize] = true);
    let may_start = |at: &usize| starts[bytes[*at].to_ascii_lowercase() as usize];
    (0..bytes.len()).filter(|at| may_start(at) && begins(at)).any(|at| words.iter().any(|word| stands(at, word)))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_in_lower_case() {
        let replies = words::HTTP.iter().chain(words::FILES_AND_NEWS).map(|(_, text)| text);
        let words = [words::OF_MAIL, words::OF_FILES, words::WEB, words::MACHINES, words::TRANSPORT, words::UNITS];
        for word in replies.chain(words.into_iter().flatten()) {
            assert_eq!(*word, word.to_lowercase());
        }
    }
}
