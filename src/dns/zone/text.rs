//! Reads zone text: the master file format of RFC 1035 §5.1, with `$TTL` of RFC 2308 §4 and `\#` of RFC 3597 §5.

use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, NULL, PTR, SOA, SRV, TXT};
use hickory_proto::serialize::txt::parse_ttl;

use crate::dns::{Name, RData, Record, RecordType, SPF};

/// What is wrong with zone text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
#[non_exhaustive]
pub struct ZoneError {
    /// Counted from 1; where the entry starts.
    pub line: usize,
    pub(super) problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("a quoted string is not closed")]
    UnclosedQuote,
    #[error("a parenthesis is not closed")]
    UnclosedParenthesis,
    #[error("a closing parenthesis without an opening one")]
    StrayParenthesis,
    #[error("`{0}` has a bad escape: a backslash takes three decimal digits up to 255, or one other character")]
    Escape(String),
    #[error("`{0}` is no domain name")]
    DomainName(String),
    #[error("`{0}` is relative, and there is no $ORIGIN before it")]
    NoOrigin(String),
    #[error("no owner name: the first record must start with one")]
    NoOwner,
    #[error("no record type")]
    NoType,
    #[error("`{0}` is no record type")]
    UnknownType(String),
    #[error("{kind} record: {wanted} is missing")]
    Missing { kind: RecordType, wanted: &'static str },
    #[error("{kind} record: `{found}` is no {wanted}")]
    Field { kind: RecordType, wanted: &'static str, found: String },
    #[error("{kind} record: `{found}` is more than the record takes")]
    Surplus { kind: RecordType, found: String },
    #[error("{kind} record: {why}")]
    Data { kind: RecordType, why: String },
    #[error("a character-string of {0} octets; one holds up to 255 (RFC 1035 §3.3)")]
    LongString(usize),
    #[error("{0} is not followed by what it needs")]
    Directive(String),
    #[error("{0} is not supported")]
    Unsupported(String),
}

/// The TTL of records before any is stated, where the text has no `$TTL`.
const DEFAULT_TTL: u32 = 3600;
/// RFC 1035 §3.3: one octet holds a character-string's length.
const CHARACTER_STRING_MAX: usize = 255;

/// The records of zone text in the order they stand there, each with the line it starts on, counted from 1. Relative
/// names are below `origin` until the text says otherwise.
pub fn records(text: &str, mut origin: Option<Name>) -> Result<Vec<(usize, Record)>, ZoneError> {
    if let Some(origin) = &mut origin {
        origin.set_fqdn(true);
    }
    let mut context = Context { origin, owner: None, default_ttl: None, last_ttl: None };
    let mut records = Vec::new();
    for entry in Entries::new(text) {
        let entry = entry?;
        let read = context.read(&entry).map_err(|problem| ZoneError { line: entry.line, problem })?;
        records.extend(read.map(|record| (entry.line, record)));
    }
    Ok(records)
}

/// What holds from one entry to the next.
struct Context {
    origin: Option<Name>,
    owner: Option<Name>,
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
}

impl Context {
    fn read(&mut self, entry: &Entry) -> Result<Option<Record>, Problem> {
        let (first, rest) = entry.tokens.split_first().expect("entries are not empty");
        match first.text.to_ascii_uppercase().as_str() {
            "$ORIGIN" => self.origin = Some(self.name(&argument(first, rest)?.text)?),
            "$TTL" => {
                self.default_ttl =
                    Some(time(argument(first, rest)?).ok_or_else(|| Problem::Directive(first.text.clone()))?)
            }
            _ if first.text.starts_with('$') => return Err(Problem::Unsupported(first.text.clone())),
            _ if entry.indented => return self.record(&entry.tokens),
            _ => {
                self.owner = Some(self.name(&first.text)?);
                return self.record(rest);
            }
        }
        Ok(None)
    }

    /// `[<TTL>] [<class>] <type> <RDATA>` or `[<class>] [<TTL>] <type> <RDATA>`, RFC 1035 §5.1.
    fn record(&mut self, mut tokens: &[Token]) -> Result<Option<Record>, Problem> {
        let owner = self.owner.clone().ok_or(Problem::NoOwner)?;
        let mut stated = None;
        while let Some((first, rest)) = tokens.split_first() {
            match time(first) {
                Some(seconds) => stated = Some(seconds),
                None if first.text.eq_ignore_ascii_case("IN") => {}
                None => break,
            }
            tokens = rest;
        }
        self.last_ttl = stated.or(self.last_ttl);
        let ttl = stated.or(self.default_ttl).or(self.last_ttl).unwrap_or(DEFAULT_TTL);
        let (kind, fields) = tokens.split_first().ok_or(Problem::NoType)?;
        let kind = record_type(&kind.text)?;
        if is_signing_data(kind) && !fields.first().is_some_and(is_generic) {
            return Ok(None);
        }
        Ok(Some(Record::from_rdata(owner, ttl, self.data(kind, fields)?)))
    }

    fn data(&self, kind: RecordType, tokens: &[Token]) -> Result<RData, Problem> {
        let mut fields = Fields { kind, tokens: tokens.iter(), context: self };
        if tokens.first().is_some_and(is_generic) {
            return fields.generic();
        }
        let data = match kind {
            RecordType::A => RData::A(A(fields.parsed::<Ipv4Addr>("IPv4 address")?)),
            RecordType::AAAA => RData::AAAA(AAAA(fields.parsed::<Ipv6Addr>("IPv6 address")?)),
            RecordType::CNAME => RData::CNAME(CNAME(fields.name("domain name")?)),
            RecordType::NS => RData::NS(NS(fields.name("name server")?)),
            RecordType::PTR => RData::PTR(PTR(fields.name("domain name")?)),
            RecordType::MX => RData::MX(MX::new(fields.parsed("preference")?, fields.name("mail exchange")?)),
            RecordType::SRV => RData::SRV(SRV::new(
                fields.parsed("priority")?,
                fields.parsed("weight")?,
                fields.parsed("port")?,
                fields.name("target")?,
            )),
            RecordType::SOA => RData::SOA(fields.soa()?),
            RecordType::TXT => {
                let strings = fields.character_strings()?;
                RData::TXT(TXT::from_bytes(strings.iter().map(Vec::as_slice).collect()))
            }
            SPF => RData::Unknown { code: SPF, rdata: NULL::with(wire(&fields.character_strings()?)) },
            _ => fields.other()?,
        };
        fields.finish(data)
    }

    /// A domain name; relative to the origin where no dot ends it.
    fn name(&self, text: &str) -> Result<Name, Problem> {
        if text == "@" {
            return self.origin.clone().ok_or_else(|| Problem::NoOrigin(text.to_owned()));
        }
        let bad = || Problem::DomainName(text.to_owned());
        if text == "." {
            return Ok(Name::root());
        }
        let (mut labels, absolute) = labels(text)?;
        if labels.iter().any(Vec::is_empty) {
            return Err(bad());
        }
        if !absolute {
            let origin = self.origin.as_ref().ok_or_else(|| Problem::NoOrigin(text.to_owned()))?;
            labels.extend(origin.iter().map(<[u8]>::to_vec));
        }
        let mut name = Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|_| bad())?;
        name.set_fqdn(true);
        Ok(name)
    }
}

/// The fields of one record's data, taken from left to right.
struct Fields<'a> {
    kind: RecordType,
    tokens: std::slice::Iter<'a, Token>,
    context: &'a Context,
}

impl Fields<'_> {
    fn next(&mut self, wanted: &'static str) -> Result<&Token, Problem> {
        self.tokens.next().ok_or(Problem::Missing { kind: self.kind, wanted })
    }

    fn parsed<T: std::str::FromStr>(&mut self, wanted: &'static str) -> Result<T, Problem> {
        let kind = self.kind;
        let token = self.next(wanted)?;
        token.text.parse().map_err(|_| Problem::Field { kind, wanted, found: token.text.clone() })
    }

    fn time(&mut self, wanted: &'static str) -> Result<u32, Problem> {
        let kind = self.kind;
        let token = self.next(wanted)?;
        time(token).ok_or_else(|| Problem::Field { kind, wanted, found: token.text.clone() })
    }

    fn name(&mut self, wanted: &'static str) -> Result<Name, Problem> {
        let context = self.context;
        context.name(&self.next(wanted)?.text)
    }

    fn soa(&mut self) -> Result<SOA, Problem> {
        let (primary, mailbox) = (self.name("primary server")?, self.name("mailbox")?);
        let serial = self.parsed("serial")?;
        let intervals = [self.interval("refresh")?, self.interval("retry")?, self.interval("expire")?];
        Ok(SOA::new(primary, mailbox, serial, intervals[0], intervals[1], intervals[2], self.time("minimum")?))
    }

    fn interval(&mut self, wanted: &'static str) -> Result<i32, Problem> {
        let (kind, seconds) = (self.kind, self.time(wanted)?);
        i32::try_from(seconds).map_err(|_| Problem::Field { kind, wanted, found: seconds.to_string() })
    }

    fn character_strings(&mut self) -> Result<Vec<Vec<u8>>, Problem> {
        let mut strings = vec![octets(&self.next("text")?.text)?];
        for token in self.tokens.by_ref() {
            strings.push(octets(&token.text)?);
        }
        match strings.iter().find(|string| string.len() > CHARACTER_STRING_MAX) {
            Some(long) => Err(Problem::LongString(long.len())),
            None => Ok(strings),
        }
    }

    /// `\# <length> <hexadecimal digits>`, RFC 3597 §5.
    fn generic(&mut self) -> Result<RData, Problem> {
        self.tokens.next();
        let length: usize = self.parsed("length")?;
        let digits: String = self.tokens.by_ref().map(|token| token.text.as_str()).collect();
        let octets = hexadecimal(&digits).filter(|octets| octets.len() == length);
        let octets = octets.ok_or_else(|| Problem::Data {
            kind: self.kind,
            why: format!("`{digits}` is not {length} octets in hexadecimal"),
        })?;
        let rdata = if octets.is_empty() { NULL::new() } else { NULL::with(octets) };
        Ok(RData::Unknown { code: self.kind, rdata })
    }

    /// Types that mail has little to do with: read as hickory-proto reads them.
    fn other(&mut self) -> Result<RData, Problem> {
        let quoted = |token: &Token| if token.quoted { format!("\"{}\"", token.text) } else { token.text.clone() };
        let text: Vec<String> = self.tokens.by_ref().map(quoted).collect();
        RData::try_from_str(self.kind, &text.join(" "))
            .map_err(|error| Problem::Data { kind: self.kind, why: error.to_string() })
    }

    fn finish(&mut self, data: RData) -> Result<RData, Problem> {
        match self.tokens.next() {
            Some(token) => Err(Problem::Surplus { kind: self.kind, found: token.text.clone() }),
            None => Ok(data),
        }
    }
}

/// One blank- or quote-delimited item of an entry, its escapes still in it.
struct Token {
    text: String,
    quoted: bool,
}

/// One entry: a line, or several joined by parentheses. Never empty.
struct Entry {
    line: usize,
    /// It begins with a blank, and so with the last owner.
    indented: bool,
    tokens: Vec<Token>,
}

/// Splits text into entries.
struct Entries<'a> {
    characters: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl<'a> Entries<'a> {
    fn new(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Entries { characters: text.chars().peekable(), line: 1 }
    }

    fn entry(&mut self) -> Result<Entry, Problem> {
        let indented = self.characters.peek().is_some_and(|c| matches!(c, ' ' | '\t'));
        let mut entry = Entry { line: self.line, indented, tokens: Vec::new() };
        let mut depth = 0_usize;
        while let Some(character) = self.advance() {
            match character {
                '\n' if depth == 0 => return Ok(entry),
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1).ok_or(Problem::StrayParenthesis)?,
                ';' => while self.characters.next_if(|&c| c != '\n').is_some() {},
                '"' => entry.tokens.push(Token { text: self.quoted()?, quoted: true }),
                blank if blank.is_ascii_whitespace() => {}
                other => entry.tokens.push(Token { text: self.bare(other), quoted: false }),
            }
        }
        if depth > 0 { Err(Problem::UnclosedParenthesis) } else { Ok(entry) }
    }

    fn advance(&mut self) -> Option<char> {
        let character = self.characters.next()?;
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn quoted(&mut self) -> Result<String, Problem> {
        let mut text = String::new();
        while let Some(character) = self.advance() {
            match character {
                '"' => return Ok(text),
                '\\' => {
                    text.push('\\');
                    text.push(self.advance().ok_or(Problem::UnclosedQuote)?);
                }
                other => text.push(other),
            }
        }
        Err(Problem::UnclosedQuote)
    }

    fn bare(&mut self, first: char) -> String {
        let mut text = String::from(first);
        let mut escaped = first == '\\';
        while let Some(next) = self.characters.next_if(|&c| c != '\n' && (escaped || !ends_token(c))) {
            escaped = next == '\\' && !escaped;
            text.push(next);
        }
        text
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, ZoneError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.characters.peek().is_some() {
            let line = self.line;
            match self.entry() {
                Ok(entry) if entry.tokens.is_empty() => {}
                Ok(entry) => return Some(Ok(entry)),
                Err(problem) => return Some(Err(ZoneError { line, problem })),
            }
        }
        None
    }
}

fn ends_token(character: char) -> bool {
    character.is_ascii_whitespace() || matches!(character, '"' | '(' | ')' | ';')
}

fn argument<'a>(directive: &Token, rest: &'a [Token]) -> Result<&'a Token, Problem> {
    rest.first().ok_or_else(|| Problem::Directive(directive.text.clone()))
}

/// Seconds, or a time with units such as `1h30m`.
fn time(token: &Token) -> Option<u32> {
    if token.quoted { None } else { parse_ttl(&token.text).ok() }
}

fn is_generic(token: &Token) -> bool {
    token.text == "\\#" && !token.quoted
}

fn record_type(text: &str) -> Result<RecordType, Problem> {
    let upper = text.to_ascii_uppercase();
    if upper == "SPF" {
        return Ok(SPF);
    }
    // RFC 3597 §5: `TYPE` and a number stands for any type.
    let numbered = upper.strip_prefix("TYPE").and_then(|number| number.parse::<u16>().ok());
    match numbered {
        Some(number) => Ok(RecordType::from(number)),
        None => upper.parse().map_err(|_| Problem::UnknownType(text.to_owned())),
    }
}

/// What a signed zone carries besides its records (RFC 4034, RFC 5155). No answer here is signed, so it is left out.
fn is_signing_data(kind: RecordType) -> bool {
    use RecordType::{CDNSKEY, CDS, DNSKEY, DS, NSEC, NSEC3, NSEC3PARAM, RRSIG};
    matches!(kind, CDNSKEY | CDS | DNSKEY | DS | NSEC | NSEC3 | NSEC3PARAM | RRSIG)
}

/// The labels of a name, and whether a dot ends it.
fn labels(text: &str) -> Result<(Vec<Vec<u8>>, bool), Problem> {
    let mut labels = vec![Vec::new()];
    for octet in escaped(text) {
        match octet? {
            Octet::Plain(b'.') => labels.push(Vec::new()),
            Octet::Plain(octet) | Octet::Escaped(octet) => labels.last_mut().expect("one at least").push(octet),
        }
    }
    let absolute = labels.len() > 1 && labels.last().is_some_and(Vec::is_empty);
    if absolute {
        labels.pop();
    }
    Ok((labels, absolute))
}

fn octets(text: &str) -> Result<Vec<u8>, Problem> {
    escaped(text).map(|octet| octet.map(|(Octet::Plain(octet) | Octet::Escaped(octet))| octet)).collect()
}

enum Octet {
    Plain(u8),
    Escaped(u8),
}

/// The octets of text, `\X` and `\DDD` (decimal) taken for what they stand for, RFC 1035 §5.1.
fn escaped(text: &str) -> impl Iterator<Item = Result<Octet, Problem>> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (octet, length) = match rest {
            [] => return None,
            [b'\\', a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => {
                let value = [a, b, c].iter().fold(0_u16, |value, digit| value * 10 + u16::from(**digit - b'0'));
                (u8::try_from(value).ok().map(Octet::Escaped), 4)
            }
            [b'\\', octet, ..] if !octet.is_ascii_digit() => (Some(Octet::Escaped(*octet)), 2),
            [b'\\', ..] => (None, rest.len()),
            [octet, ..] => (Some(Octet::Plain(*octet)), 1),
        };
        rest = &rest[length..];
        Some(octet.ok_or_else(|| Problem::Escape(text.to_owned())))
    })
}

/// Character-strings as they stand in a message, RFC 1035 §3.3.
fn wire(strings: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for string in strings {
        wire.push(u8::try_from(string.len()).expect("checked against CHARACTER_STRING_MAX"));
        wire.extend_from_slice(string);
    }
    wire
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let values: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let values = values.filter(|values| values.len() % 2 == 0)?;
    values.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
