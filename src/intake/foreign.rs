//! What looks like an SMTP reply and is none: answers of other protocols, and numbers.

use std::ops::Range;

use super::{reply, scan};
use crate::reply::ReplyCode;

/// Reason phrases of RFC 9110 §15 and the registry after it that no SMTP server is known to say with that code.
const HTTP_REASONS: [(u16, &str); 40] = [
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
    (503, "service temporarily unavailable"),
    (504, "gateway time"),
    (505, "http version"),
    (526, "invalid ssl"),
];

/// Replies of FTP (RFC 959 and its servers' own) and NNTP (RFC 3977) that SMTP has no use for.
const FILE_AND_NEWS_REPLIES: [(u16, &str); 38] = [
    (411, "no such"),
    (412, "no newsgroup"),
    (420, "no current article"),
    (421, "no next article"),
    (421, "service not available, remote server has closed"),
    (421, "too many connections ("),
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
    (441, "437"),
    (441, "posting failed"),
    (450, "requested file action"),
    (480, "authentication required"),
    (500, "oops"),
    (500, "i won't open a connection"),
    (503, "login with user first"),
    (530, "please login with user"),
    (530, "login incorrect"),
    (530, "login authentication failed"),
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
const UNITS: [&str; 45] = [
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
    "unread",
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

/// What is said of files and transfers, and by no mail server of a message.
const OF_FILES: [&str; 27] = [
    "rename",
    "no such file or directory",
    "change directory",
    "change to directory",
    "create directory",
    "directory already exists",
    "not a directory",
    "not a plain file",
    "not a regular file",
    "file already exists",
    "file exists",
    "file not found",
    "could not create file",
    "cannot access the file",
    "control connection",
    "no-transfer-time",
    "opening ascii mode",
    "cwd",
    "data connection",
    "data channel",
    "transfer aborted",
    "file transfer",
    "upload",
    "download",
    "session reuse",
    "append/restart",
    "stor denied",
];

/// Words without which a text is hardly about mail, in the languages that webmail speaks.
const OF_MAIL: [&str; 42] = [
    // Postfix, of a greeting.
    "refused to talk to me",
    "submission",
    "milter",
    "mimedefang",
    "amavis",
    "saslauthd",
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
    "graylist",
    "starttls",
    "postfix",
    "exim",
    "lmtp",
    "dsn",
    " mx",
    "correo",
    "correio",
    "courriel",
    "posta",
    "postfach",
    "empfänger",
    "邮",
    "郵",
    "信",
    "メール",
    "메일",
    "почт",
    "письм",
];

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
    OF_MAIL.iter().any(|word| scan::has_any_case(text, word))
}

/// Of files, and not of those that a mail server keeps.
fn speaks_of_files(text: &str) -> bool {
    const KEPT: [&str; 4] = ["message", "queue", "spool", "socket"];
    let begins_with_path = text.trim_start().starts_with('/');
    (begins_with_path || has_any_word(text, &OF_FILES)) && !KEPT.iter().any(|word| scan::has_any_case(text, word))
}

pub(super) fn is_port(code: ReplyCode) -> bool {
    PORTS.contains(&code.number())
}

/// Whether a three-digit number followed by `rest` is an HTTP status or a count.
pub(super) fn is_no_reply(code: ReplyCode, rest: &str) -> bool {
    let words = rest.trim_start_matches([' ', '-', ':', '"', '(', ')', '\t', '–']);
    let reason = |(number, reason): &(u16, &str)| *number == code.number() && scan::starts_any_case(words, reason);
    HTTP_REASONS.iter().chain(&FILE_AND_NEWS_REPLIES).any(reason)
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
    HTTP_REASONS.iter().any(|(number, reason)| *number == code.number() && scan::has_any_case(near, reason))
}

/// Whether a program's name begins the text, `su: authentication failure`, one that has nothing to do with mail.
pub(super) fn begins_with_program(text: &str) -> bool {
    const MAX_NAME: usize = 16;
    /// Programs that mail is sent or tried with, and what else stands before a colon.
    const OTHERS: [&str; 40] = [
        "dane",
        "textproto",
        "alpine",
        "auth",
        "blat",
        "connect",
        "cron",
        "curl",
        "data",
        "debug",
        "dma",
        "eof",
        "err",
        "error",
        "failed",
        "fatal",
        "getaddrinfo",
        "info",
        "lookup",
        "monit",
        "msg",
        "mutt",
        "nc",
        "openssl",
        "perl",
        "php",
        "read",
        "reason",
        "s-nail",
        "socket",
        "ssl",
        "status",
        "swaks",
        "telnet",
        "tls",
        "warn",
        "warning",
        "write",
        "x509",
        "host",
    ];
    let Some((name, _)) = text.split_once(": ").filter(|(name, _)| (2..=MAX_NAME).contains(&name.len())) else {
        return false;
    };
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let is_name = name.bytes().all(lower) || name.bytes().all(|byte| byte.is_ascii_uppercase());
    is_name && !OTHERS.iter().any(|other| name.eq_ignore_ascii_case(other)) && !speaks_of_mail(text)
}

/// Whether nothing but the shape of a reply is there, and its code or its words belong elsewhere.
fn is_elsewhere(code: ReplyCode, line: &str) -> bool {
    /// Not among FTP's (RFC 959 §4.2).
    const TRANSACTION_FAILED: u16 = 554;
    let is_file_transfer = || code.number() != TRANSACTION_FAILED && speaks_of_files(line);
    is_foreign_code(code) || (is_unusual_code(code) || is_file_transfer()) && !speaks_of_mail(line)
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
    UNITS.iter().any(|unit| word == *unit || unit.len() > 1 && word.eq_ignore_ascii_case(unit))
}

fn first_word(words: &str) -> &str {
    let end = words.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '-' | '%'));
    &words[..end.unwrap_or(words.len())]
}

/// Whether `range` is about another protocol's session and says nothing of mail transport: which evidence counts against a text
/// that no form has claimed.
pub(super) fn is_other_protocol(text: &str, range: Range<usize>) -> bool {
    let part = &text[range];
    is_answer_of_another(part) || (names_another(part) || names_port(part)) && !speaks_of_transport(part)
}

/// Whether a reply names another protocol in which servers answer so; a mail server may well name the database that it asked.
pub(super) fn is_other_session(reply: &str) -> bool {
    [&FILES[..], &NEWS_AND_CALLS].iter().any(|words| has_any_word(reply, words)) && !speaks_of_transport(reply)
}

/// Programs, libraries and marks by which the messages of other protocols are known.
fn names_another(text: &str) -> bool {
    [&WEB[..], &FILES, &MAILBOXES, &NEWS_AND_CALLS, &DATABASES, &MACHINES].iter().any(|words| has_any_word(text, words))
        || ASKED.iter().any(|lead| scan::has_any_case(text, lead))
}

const WEB: [&str; 29] = [
    "http.client.remotedisconnected",
    "excon::error::socket",
    "http: ",
    "http/1.0",
    "http/1.1",
    "http/2",
    "http/2.0",
    "http status",
    "http error",
    "http response",
    "httpd",
    "httperror",
    "webexception",
    "nginx",
    "cloudflare",
    "proxy:error",
    "grpc",
    "websocket",
    "curl error",
    "axioserror",
    "api error",
    "ratelimiterror",
    "toomanyrequests",
    "urllib3",
    "requests.exceptions",
    "guzzlehttp",
    "wget: ",
    "npm err!",
    "pip: ",
];

/// What is asked of the web, by its address.
const ASKED: [&str; 9] = [
    "curl http",
    "get \"http",
    "post \"http",
    "put \"http",
    "unable to access http",
    "unable to access 'http",
    "ftp://",
    " http 4",
    " http 5",
];

const FILES: [&str; 22] = [
    "error_temp",
    "error_perm",
    "critical error: could not connect",
    "kritischer fehler: herstellen",
    "ftp",
    "ftps",
    "sftp",
    "lftp",
    "ftplib.error",
    "ftpreply",
    "ftpwebrequest",
    "fluentftp.exceptions",
    "vsftpd",
    "proftpd",
    "pure-ftpd",
    "filezilla",
    "winscp",
    "critical file transfer error",
    "rsync",
    "rsync error",
    "mount.nfs",
    "apt-get",
];

const MAILBOXES: [&str; 27] = [
    "[overquota]",
    "uid copy",
    "uid fetch",
    "dovecot: auth",
    "imap",
    "imaps",
    "imap4",
    "imap4rev1",
    "imaplib.imap4",
    "imap_tools.errors.mailboxloginerror",
    "[authenticationfailed]",
    "[inuse]",
    "[in-use]",
    "[serverbug]",
    "[unavailable]",
    "pop3",
    "pop3<",
    "-err ",
    "fetching mail",
    "fetchmail",
    "getmail",
    "maildrop",
    "mbsync",
    "offlineimap",
    "imapsync",
    "doveadm",
    "managesieve",
];

const NEWS_AND_CALLS: [&str; 16] = [
    "kamailio",
    "asterisk",
    "freeswitch",
    "nntp",
    "nntplib",
    "nntpswitch",
    "newsgroup",
    "usenet",
    "irc",
    "sip/2.0",
    "sip response",
    "sip trunk",
    "pjsip",
    "rtsp/1.0",
    "xmpp",
    "diameter",
];

const DATABASES: [&str; 12] = [
    "ldap",
    "ldap_bind",
    "ldap_sasl_bind",
    "mysql",
    "mysql2",
    "psql",
    "postgresql",
    "sqlstate",
    "(28000)",
    "sqlite_full",
    "redis",
    "mongonetworkerror",
];

const MACHINES: [&str; 9] = [
    "ssh",
    "kex_exchange_identification",
    "openvpn",
    "killed process",
    "server can't find",
    "ping: ",
    "docker: ",
    "v=spf1",
    "critical -",
];

/// Whether mail transport is spoken of: whatever else is named, the failure may be its.
fn speaks_of_transport(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        // PEAR's Net_SMTP.
        "invalid response code received from server",
        "smtp",
        "lmtp",
        "rcpt to",
        "mail from:",
        "mail from command",
        "postfix",
        "exim",
        "sendmail",
        "recipient",
        " said:",
        "relay",
        // Nodemailer's, of whatever answers in a mail server's place.
        "invalid greeting",
    ];
    WORDS.iter().any(|word| scan::has_any_case(text, word))
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
    /// Those of mail, of tests of mail, and DNS, by which a mail server is looked up.
    const OF_MAIL: [u16; 9] = [24, 25, 26, 53, 465, 587, 1025, 2525, 8025];
    /// From here on ports belong to nobody: what was to be connected to there can be a mail server.
    const NOBODYS: u16 = 32_768;
    let elsewhere = |port: u16| !OF_MAIL.contains(&port) && (port < NOBODYS || !scan::has_any_case(text, "connect"));
    let mut ports = ports(text).peekable();
    ports.peek().is_some() && ports.all(elsewhere) && !speaks_of_mail(text)
}

fn ports(text: &str) -> impl Iterator<Item = u16> {
    let number = |at: usize| text[at..].split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok();
    let worded = ["port ", "port=", "port: "].into_iter();
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
