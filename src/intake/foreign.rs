//! What looks like an SMTP reply and is none: answers of other protocols, and numbers.

use std::ops::Range;

use super::scan;
use crate::reply::ReplyCode;

/// Reason phrases of RFC 9110 §15 and the registry after it that no SMTP server is known to say with that code.
const HTTP_REASONS: [(u16, &str); 37] = [
    (400, "bad request"),
    (401, "unauthorized"),
    (402, "payment required"),
    (403, "forbidden"),
    (404, "not found"),
    (405, "method not allowed"),
    (406, "not acceptable"),
    (407, "proxy authentication"),
    (408, "request time"),
    (409, "conflict"),
    (410, "gone"),
    (411, "length required"),
    (412, "precondition failed"),
    (413, "request entity"),
    (413, "payload too large"),
    (413, "content too large"),
    (414, "uri too long"),
    (415, "unsupported media"),
    (416, "range not"),
    (417, "expectation failed"),
    (418, "i'm a teapot"),
    (421, "misdirected request"),
    (422, "unprocessable"),
    (423, "locked"),
    (424, "failed dependency"),
    (425, "too early"),
    (426, "upgrade required"),
    (428, "precondition required"),
    (429, "too many requests"),
    (431, "request header"),
    (451, "unavailable for legal"),
    (451, "unavailable due to legal"),
    (500, "internal server error"),
    (501, "not implemented"),
    (502, "bad gateway"),
    (503, "service unavailable"),
    (504, "gateway time"),
];

/// Replies of FTP (RFC 959 and its servers' own) and NNTP (RFC 3977) that SMTP has no use for.
const FILE_AND_NEWS_REPLIES: [(u16, &str); 34] = [
    (411, "no such"),
    (412, "no newsgroup"),
    (420, "no current article"),
    (421, "no next article"),
    (421, "service not available, remote server has closed"),
    (422, "no previous article"),
    (423, "no article"),
    (425, "can't open"),
    (425, "cannot open"),
    (425, "unable to build"),
    (425, "failed to establish"),
    (425, "use port or pasv"),
    (426, "connection closed"),
    (426, "failure writing"),
    (430, "no such article"),
    (440, "posting not"),
    (441, "posting failed"),
    (450, "requested file action"),
    (480, "authentication required"),
    (500, "oops"),
    (503, "login with user first"),
    (530, "please login with user"),
    (530, "login incorrect"),
    (530, "not logged in"),
    (530, "user cannot log in"),
    (530, "you aren't logged in"),
    (532, "need account"),
    (550, "failed to change directory"),
    (550, "failed to open file"),
    (550, "create directory operation failed"),
    (550, "delete operation failed"),
    (551, "page type"),
    (552, "requested file action"),
    (553, "could not create file"),
];

/// Ports of mail and the web, which stand among other numbers: `smtp.example.com, 587; timeout 5000`.
const PORTS: [u16; 3] = [443, 465, 587];

/// What is counted or measured, after a number that is no reply code.
const UNITS: [&str; 44] = [
    "ms",
    "s",
    "sec",
    "secs",
    "seconds",
    "second",
    "min",
    "minutes",
    "hours",
    "days",
    "milliseconds",
    "b",
    "kb",
    "mb",
    "gb",
    "kib",
    "mib",
    "bytes",
    "byte",
    "octets",
    "files",
    "file",
    "lines",
    "users",
    "people",
    "items",
    "requests",
    "messages",
    "emails",
    "mails",
    "records",
    "rows",
    "times",
    "pages",
    "percent",
    "%",
    "px",
    "km",
    "usd",
    "eur",
    "euro",
    "euros",
    "dollars",
    "packages",
];

/// Programs that fetch from the web, in their own words: they meet the network's failures too.
const FETCHING: [&str; 9] = [
    "curl error ",
    "unable to access http",
    "unable to access 'http",
    "get \"http",
    "post \"http",
    "put \"http",
    "urllib3",
    "requests.exceptions",
    "guzzlehttp",
];

pub(super) fn is_fetching(text: &str) -> bool {
    FETCHING.iter().any(|words| scan::has_any_case(text, words))
}

pub(super) fn is_port(code: ReplyCode) -> bool {
    PORTS.contains(&code.number())
}

/// Whether a three-digit number followed by `rest` is an HTTP status or a count.
pub(super) fn is_no_reply(code: ReplyCode, rest: &str) -> bool {
    let words = rest.trim_start_matches([' ', '-', ':', '"', '(', '\t', '–']);
    let reason = |(number, reason): &(u16, &str)| *number == code.number() && scan::starts_any_case(words, reason);
    HTTP_REASONS.iter().chain(&FILE_AND_NEWS_REPLIES).any(reason)
        || rest.starts_with(") when calling the ")
        // Python's requests: `421 Client Error: Misdirected Request for url: …`.
        || words.starts_with("Client Error: ")
        || words.starts_with("Server Error: ")
        || rest.starts_with(' ') && (is_unit(first_word(words)) || words.starts_with("? ") || is_path(words))
}

/// `/pub/x.tar.gz: No such file or directory`, as FTP servers have it.
fn is_path(words: &str) -> bool {
    const MAX_LINE: usize = 4096;
    let words = &words[..scan::boundary_before(words, words.len().min(MAX_LINE))];
    words.starts_with('/') && words.lines().next().unwrap_or("").ends_with(": No such file or directory")
}

/// A single capital letter is rather the beginning of a text: `451 S'ha avortat`.
fn is_unit(word: &str) -> bool {
    UNITS.iter().any(|unit| word == *unit || unit.len() > 1 && word.eq_ignore_ascii_case(unit))
}

fn first_word(words: &str) -> &str {
    let end = words.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '%'));
    &words[..end.unwrap_or(words.len())]
}

/// Whether `range` is about another protocol's session and says nothing of mail transport.
pub(super) fn is_other_protocol(text: &str, range: Range<usize>) -> bool {
    const OTHERS: [&str; 34] = [
        "http/1.0",
        "http/1.1",
        "http/2",
        "http status",
        "http error",
        "http response",
        "ftp",
        "sftp",
        "ftps",
        "vsftpd",
        "proftpd",
        "ftplib",
        "imap",
        "imaps",
        "imap4rev1",
        "[authenticationfailed]",
        "[inuse]",
        "[serverbug]",
        "pop3",
        "-err ",
        "nntp",
        "mysql",
        "redis",
        "websocket",
        "httpd",
        "sip/2.0",
        "rtsp/1.0",
        "toomanyrequests",
        "ldap_bind",
        "ssh",
        "sqlstate",
        "(28000)",
        "v=spf1",
        "critical -",
    ];
    const MAIL: [&str; 10] = [
        "smtp",
        "rcpt to",
        "mail from",
        "postfix",
        "exim",
        "sendmail",
        "mailbox",
        "recipient",
        " said:",
        // Nodemailer's, of whatever answers in a mail server's place.
        "invalid greeting",
    ];
    let part = &text[range];
    if is_mailbox_access(part) {
        return true;
    }
    OTHERS.iter().any(|word| has_word(part, word)) && !MAIL.iter().any(|word| scan::has_any_case(part, word))
}

/// A response of IMAP (RFC 9051 §7.1) or POP3 (RFC 1939 §3): `a1 NO …`, `* BYE …`, `-ERR …`.
fn is_mailbox_access(text: &str) -> bool {
    const MAX_TAG: usize = 12;
    if text.starts_with("-ERR") {
        return true;
    }
    let mut words = text.splitn(3, ' ');
    let (tag, status) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let tagged = tag == "*" || tag.len() <= MAX_TAG && tag.bytes().any(|byte| byte.is_ascii_digit());
    tagged && matches!(status, "NO" | "BAD" | "BYE") && words.next().is_some()
}

/// Whether the word stands in the text on its own, not as a part of a host's name or an address.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'-' | b'_');
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = scan::find_any_case(text, from..text.len(), word) {
        let end = at + word.len();
        let named = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
        if !at.checked_sub(1).is_some_and(|before| joins(&bytes[before]))
            && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
            && !named
        {
            return true;
        }
        from = end;
    }
    false
}
