//! What speaks for a failed mail in a text, and what speaks against it: weighed, because single words of either kind stand
//! in texts of the other.

use std::collections::BTreeSet;

use super::{code, words};
use crate::intake::{scan, wrapped};
use crate::reply::{EnhancedStatus, ReplyCode};

/// By what a text could be a failed mail's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::intake) enum Shape {
    /// A reply with its enhanced status code, or such a code alone.
    Status,
    /// A text that begins with a reply code.
    Reply,
    /// A reply code and a text among other words.
    Quoted,
    /// Words without any code.
    Words,
}

impl Shape {
    /// How much more may speak against it than for it.
    fn credit(self) -> usize {
        match self {
            Shape::Status => NAME,
            Shape::Reply | Shape::Quoted | Shape::Words => WORD,
        }
    }
}

/// What a word weighs that is used of many things.
const WORD: usize = 1;
/// What words about files weigh beside a code, which servers of files have as well.
const FILE: usize = 2;
/// What the name of a program or a protocol weighs, or a word that it has for itself: more than all words together.
const NAME: usize = 10;
/// What a program's source weighs, in which replies are quoted that nobody got.
const SOURCE: usize = 2 * NAME;
/// A text says the same over and over: of each kind so many count.
const MOST: usize = 3;

/// What a text shows.
#[derive(Clone, Copy, Debug)]
pub(in crate::intake) struct Evidence {
    /// It answers in another protocol, or lists what codes mean.
    is_other: bool,
    in_favour: usize,
    against: usize,
    of_files: usize,
    /// It names a database or a port of another service, which a mail server's reply may do that has asked it.
    asks: bool,
}

impl Evidence {
    pub fn of(text: &str) -> Self {
        let words = tally(text);
        let mut evidence = Evidence {
            is_other: is_answer_of_another(text) || is_table(text),
            in_favour: 0,
            against: against(text, &words),
            of_files: words[words::OF_FILES],
            asks: words[words::DATABASES] > 0 || names_other_port(text),
        };
        // Most texts have nothing that could outweigh.
        if !evidence.bears_out(Shape::Quoted) {
            evidence.in_favour = in_favour(text);
        }
        evidence
    }

    /// Whether no more speaks against a failed mail than its shape outweighs.
    pub fn bears_out(self, shape: Shape) -> bool {
        let of_files = self.of_files * if shape == Shape::Words { WORD } else { FILE };
        let asks = self.asks && matches!(shape, Shape::Quoted | Shape::Words);
        let against = self.against + of_files + if asks { NAME } else { 0 };
        !self.is_other && against <= self.in_favour + shape.credit()
    }
}

/// Whether anything at all tells of mail.
pub(crate) fn is_about_mail(text: &str) -> bool {
    in_favour(text) > 0
}

fn in_favour(text: &str) -> usize {
    let parts = |words: &[&str]| words.iter().filter(|word| scan::has_any_case(text, word)).take(MOST).count();
    let named = parts(words::TRANSPORT) + usize::from(names_mail_port(text));
    let spoken = parts(words::OF_MAIL) + parts(words::KEPT) + usize::from(text.contains('@'));
    named * NAME + spoken * WORD
}

fn against(text: &str, words: &Tally) -> usize {
    const NO_NAMES: [usize; 3] = [words::DATABASES, words::OF_FILES, words::ELSEWHERE];
    let asked = words::ASKED.iter().any(|lead| scan::has_any_case(text, lead));
    let named = (0..words::FIELDS).filter(|field| !NO_NAMES.contains(field) && words[*field] > 0).count();
    let named = named + usize::from(asked) + usize::from(is_file_session(text));
    let source = if code::is_source(text) { SOURCE } else { 0 };
    source + named * NAME + words[words::ELSEWHERE] * WORD
}

/// Whether a server of files speaks: these replies (RFC 959 §4.2, RFC 2428, RFC 3659) mail servers do not have.
fn is_file_session(text: &str) -> bool {
    const REPLIES: [&str; 12] =
        ["125 ", "150 ", "213 ", "225 ", "226 ", "227 ", "229 ", "230 ", "257 ", "331 ", "332 ", "350 "];
    text.lines().any(|line| REPLIES.iter().any(|reply| line.trim_start().starts_with(reply)))
}

/// Whether codes are listed in their order, each with what it means, and nobody is named to whom they were said.
fn is_table(text: &str) -> bool {
    const LEAST: usize = 4;
    let lines = || text.lines().map(wrapped::undecorated).filter(|line| !line.is_empty());
    let codes: Vec<_> = lines().filter_map(listed).collect();
    let failures: Vec<_> = codes.iter().filter(|code| code.0 > 3).collect();
    let rising = failures.windows(2).filter(|pair| pair[0] < pair[1]).count();
    failures.len() >= LEAST
        && (rising + 1) * 4 > failures.len() * 3
        && codes.len() * 2 > lines().count()
        && !text.contains('@')
}

/// The digits of the code that begins a line with its meaning.
fn listed(line: &str) -> Option<(u16, u16, u16)> {
    let bytes = line.as_bytes();
    let status =
        || EnhancedStatus::at_start(bytes).map(|(it, length)| ((it.class.into(), it.subject, it.detail), length));
    let code = ReplyCode::at_start(bytes).map(|code| ((code.number() / 100, code.number() % 100, 0), 3));
    let (digits, length) = code.or_else(status)?;
    let meaning = &line[length..];
    (!meaning.starts_with('-') && meaning.contains(char::is_alphabetic)).then_some(digits)
}

/// Whether a port is named at which other services listen: `db.example.com:5432`, `192.0.2.10,993`, `port 993`.
fn names_other_port(text: &str) -> bool {
    const OTHERS: [u16; 24] = [
        20, 21, 22, 80, 110, 119, 143, 389, 443, 563, 636, 989, 990, 993, 995, 1433, 1521, 3306, 5060, 5432, 6379,
        8080, 8443, 27017,
    ];
    ports(text).any(|port| OTHERS.contains(&port))
}

/// Whether only ports are named at which no mail server listens.
pub(in crate::intake) fn asks_elsewhere(text: &str) -> bool {
    /// By which a mail server is looked up.
    const DNS: u16 = 53;
    /// From here on ports belong to nobody: what was to be connected to there can be a mail server.
    const NOBODYS: u16 = 32_768;
    let beside_mail = |port: u16| port != DNS && !MAIL_PORTS.contains(&port);
    let elsewhere = |port: u16| beside_mail(port) && (port < NOBODYS || !scan::has_any_case(text, "connect"));
    let mut ports = ports(text).peekable();
    ports.peek().is_some() && ports.all(elsewhere) && !super::speaks_of_mail(text)
}

/// Those of mail, and of tests of mail.
const MAIL_PORTS: [u16; 8] = [24, 25, 26, 465, 587, 1025, 2525, 8025];

/// Whether a port is named at which mail servers listen.
fn names_mail_port(text: &str) -> bool {
    ports(text).any(|port| MAIL_PORTS.contains(&port))
}

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

/// How many words of each field stand in a text, [`MOST`] at most.
type Tally = [usize; words::FIELDS];

/// Counts words that stand on their own, not as a part of a host's name or an address.
fn tally(text: &str) -> Tally {
    let joins = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'-' | b'_');
    let bytes = text.as_bytes();
    let begins = |at: &usize| at.checked_sub(1).is_none_or(|before| !joins(&bytes[before]));
    let ends = |end: usize| {
        let after = bytes.get(end).copied().unwrap_or(b' ');
        let named = after == b'.' && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
        !bytes[end - 1].is_ascii_alphanumeric() || !after.is_ascii_alphanumeric() && !named
    };
    let stands = |at: usize, word: &str| {
        let found = bytes.get(at..at + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()));
        found && ends(at + word.len())
    };
    let mut found = BTreeSet::new();
    for at in (0..bytes.len().saturating_sub(1)).filter(begins) {
        let two = [bytes[at].to_ascii_lowercase(), bytes[at + 1].to_ascii_lowercase()];
        let from = words::AGAINST.partition_point(|(word, _)| word.as_bytes()[..2] < two[..]);
        let beginning = words::AGAINST[from..].iter().take_while(|(word, _)| word.as_bytes()[..2] == two);
        found.extend(beginning.filter(|(word, _)| stands(at, word)));
    }
    let mut tally = [0; words::FIELDS];
    found.into_iter().for_each(|&(_, field)| tally[field] = MOST.min(tally[field] + 1));
    tally
}
