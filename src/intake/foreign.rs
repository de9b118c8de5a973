//! What looks like an SMTP reply and is none: answers of other protocols, and numbers.

pub(super) mod code;
mod evidence;
mod words;

pub(crate) use evidence::is_about_mail;
pub(super) use evidence::{Evidence, Shape, asks_elsewhere};

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
        || rest.starts_with(' ') && (words::TALKED_OF.contains(&first_word(words)) || is_unit(first_word(words)) || words.starts_with("? ") || is_another_number(words))
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
    let is_foreign = is_foreign_code(code) && !scan::has_any_case(line, "authorized to send mail");
    is_foreign || is_unusual_code(code) && !speaks_of_mail(line)
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

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_in_lower_case() {
        let replies = words::HTTP.iter().chain(words::FILES_AND_NEWS).map(|(_, text)| text);
        let lists = [words::OF_MAIL, words::KEPT, words::ASKED, words::TRANSPORT, words::UNITS];
        let against = words::AGAINST.iter().map(|(word, _)| word);
        for word in replies.chain(lists.into_iter().flatten()).chain(against) {
            assert_eq!(*word, word.to_lowercase());
            assert!(word.len() > 1 || words::UNITS.contains(word));
        }
    }
}
