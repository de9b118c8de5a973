//! The text of a record, RFC 7208 §12, read with recovery: every error is found in one pass.

mod domain;
mod network;
mod reader;
mod term;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::finding::Severity;
use crate::span::Span;

pub use super::macros::MacroString;
use super::near_miss::near_miss;
use super::repair;
pub use super::syntax::Problem;
use super::syntax::SyntaxError;
use reader::Reader;
pub(super) use term::{MECHANISMS, reads_cleanly};

/// What reading a record's text gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parsed {
    /// The terms that could be read.
    pub readable: Record,
    /// What is wrong, in the order of the text. Their spans do not overlap.
    pub problems: Vec<Problem>,
}

/// The terms of a record, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Directives and modifiers.
    pub terms: Vec<Term>,
}

/// A directive or modifier, §4.6.1, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// What it says.
    pub kind: TermKind,
    /// Where in the text.
    pub span: Span,
}

/// One of the two kinds of terms, §4.6.1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TermKind {
    /// Evaluated in its turn.
    Directive(Directive),
    /// Looked at where no directive has matched, or after one has.
    Modifier(Modifier),
}

/// A mechanism and what a match by it means, §4.6.1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Directive {
    /// The result of a match.
    pub qualifier: Qualifier,
    /// What it matches.
    pub mechanism: Mechanism,
}

/// What a match means, §4.6.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Qualifier {
    /// `+`, or nothing.
    #[default]
    Pass,
    /// `-`
    Fail,
    /// `~`
    SoftFail,
    /// `?`
    Neutral,
}

/// What a directive matches, §5.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// Everybody, §5.1.
    All,
    /// Those whom another record lets pass, §5.2.
    Include(DomainSpec),
    /// The addresses of a host, §5.3.
    A {
        /// The host; the record's own domain without it.
        domain: Option<DomainSpec>,
        /// The networks around its addresses.
        prefix: DualPrefix,
    },
    /// The addresses of a domain's mail exchangers, §5.4.
    Mx {
        /// The domain; the record's own without it.
        domain: Option<DomainSpec>,
        /// The networks around their addresses.
        prefix: DualPrefix,
    },
    /// Those whose name is in the domain, §5.5; not to be published.
    Ptr(Option<DomainSpec>),
    /// An IPv4 network, §5.6.
    Ip4 {
        /// As written; bits beyond the prefix do not count.
        address: Ipv4Addr,
        /// 0 to 32; 32 where none is written.
        prefix: u8,
    },
    /// An IPv6 network, §5.6.
    Ip6 {
        /// As written; bits beyond the prefix do not count.
        address: Ipv6Addr,
        /// 0 to 128; 128 where none is written.
        prefix: u8,
    },
    /// All, where the name exists, §5.7.
    Exists(DomainSpec),
}

/// A term that says something about the record, §6.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Modifier {
    /// The record to evaluate where nothing matches, §6.1.
    Redirect(DomainSpec),
    /// Where the words for a rejected sender are, §6.2.
    Explanation(DomainSpec),
    /// One that no receiver acts upon, §6.
    Unknown {
        /// In front of the `=`.
        name: String,
        /// Behind it.
        value: MacroString,
    },
}

/// A name with macros in it, §7.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSpec(pub(super) MacroString);

/// `dual-cidr-length`, §5.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DualPrefix {
    /// Bits of an IPv4 network, 0 to 32.
    pub v4: u8,
    /// Bits of an IPv6 network, 0 to 128.
    pub v6: u8,
}

impl Default for DualPrefix {
    fn default() -> Self {
        DualPrefix { v4: 32, v6: 128 }
    }
}

/// Is this a record at all? "starting with … `v=spf1`" and "terminated by either an SP character or the end of the
/// record", §4.5. Letter case does not matter, §12.
pub fn is_spf(text: &[u8]) -> bool {
    let version = text.get(..VERSION.len()).is_some_and(|start| start.eq_ignore_ascii_case(VERSION.as_bytes()));
    version && matches!(text.get(VERSION.len()), None | Some(b' '))
}

/// §4.5.
pub(super) const VERSION: &str = "v=spf1";

/// Reads a record. A text that was meant as one, and does not begin as one, is read from its first term on.
pub fn parse(text: &str) -> Parsed {
    if is_spf(text.as_bytes()) {
        return read(text, VERSION.len());
    }
    let Some(miss) = near_miss(text) else {
        let end = text.find(' ').unwrap_or(text.len());
        let problem = Problem::new(SyntaxError::NotSpf, Span::new(0, end));
        return Parsed { readable: Record::default(), problems: vec![problem] };
    };
    let mut parsed = read(text, miss.terms);
    let version = Problem { what: SyntaxError::NotSpf, span: miss.span, fix: miss.fix };
    parsed.problems.retain(|problem| problem.span.start >= miss.terms);
    parsed.problems.insert(0, version);
    parsed
}

/// Reads the terms that begin at `from`.
fn read(text: &str, from: usize) -> Parsed {
    let source = repair::Source::clean(text);
    let mut reader = Reader::default();
    reader.read(&source.text, source.index(from));
    reader.check_modifiers();
    let mut problems = source.foreign.clone();
    problems.extend(reader.problems.into_iter().map(|problem| source.placed(problem)));
    let terms = reader.terms.into_iter().map(|term| Term { span: source.span(term.span), ..term }).collect();
    Parsed { readable: Record { terms }, problems: without_overlaps(problems) }
}

/// Of problems that overlap, the one that reaches further stands for both.
fn without_overlaps(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| (problem.span.start, std::cmp::Reverse(problem.span.end)));
    let mut kept: Vec<Problem> = Vec::new();
    for problem in problems {
        match kept.last_mut() {
            Some(last) if problem.span.start < last.span.end => {
                if problem.severity() > last.severity() {
                    *last = problem;
                }
            }
            _ => kept.push(problem),
        }
    }
    kept
}

impl Parsed {
    /// The text with every repair made, where that leaves nothing wrong with it.
    pub fn mended(&self, text: &str) -> Option<String> {
        let mut mended = text.to_owned();
        for problem in self.problems.iter().rev() {
            mended.replace_range(problem.span.range(), problem.fix.as_deref()?);
        }
        // What was taken out leaves its blanks behind.
        let mended = mended.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        (!self.problems.is_empty() && parse(&mended).problems.is_empty()).then_some(mended)
    }

    /// The record, if receivers accept its syntax: "syntax errors anywhere in the record MUST be detected", §4.6.
    pub fn record(&self) -> Option<&Record> {
        let valid = self.problems.iter().all(|problem| problem.severity() < Severity::Error);
        valid.then_some(&self.readable)
    }
}

impl Record {
    /// The directives with their terms, in the order of evaluation.
    pub fn directives(&self) -> impl Iterator<Item = (&Term, &Directive)> {
        self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Directive(directive) => Some((term, directive)),
            TermKind::Modifier(_) => None,
        })
    }

    fn modifiers(&self) -> impl Iterator<Item = (&Term, &Modifier)> {
        self.terms.iter().filter_map(|term| match &term.kind {
            TermKind::Modifier(modifier) => Some((term, modifier)),
            TermKind::Directive(_) => None,
        })
    }

    /// The `redirect` modifier; it counts only where there is no [`all`](Record::all).
    pub fn redirect(&self) -> Option<(&Term, &DomainSpec)> {
        self.modifiers().find_map(|(term, modifier)| match modifier {
            Modifier::Redirect(domain) => Some((term, domain)),
            _ => None,
        })
    }

    /// The `exp` modifier's name.
    pub fn explanation(&self) -> Option<&DomainSpec> {
        self.modifiers().find_map(|(_, modifier)| match modifier {
            Modifier::Explanation(domain) => Some(domain),
            _ => None,
        })
    }

    /// The first `all`: nothing behind it counts, §5.1.
    pub fn all(&self) -> Option<(&Term, &Directive)> {
        self.directives().find(|(_, directive)| directive.mechanism == Mechanism::All)
    }
}

impl Modifier {
    /// In front of the `=`, as written where it is unknown.
    pub fn name(&self) -> &str {
        match self {
            Modifier::Redirect(_) => "redirect",
            Modifier::Explanation(_) => "exp",
            Modifier::Unknown { name, .. } => name,
        }
    }
}

impl Mechanism {
    /// Does it count against the limit of §4.6.4?
    pub fn costs_lookup(&self) -> bool {
        !matches!(self, Mechanism::All | Mechanism::Ip4 { .. } | Mechanism::Ip6 { .. })
    }
}

impl Qualifier {
    fn from_char(c: char) -> Option<Self> {
        Some(match c {
            '+' => Qualifier::Pass,
            '-' => Qualifier::Fail,
            '~' => Qualifier::SoftFail,
            '?' => Qualifier::Neutral,
            _ => return None,
        })
    }

    /// As written in a record; `+` may be left out there.
    pub fn as_str(self) -> &'static str {
        match self {
            Qualifier::Pass => "+",
            Qualifier::Fail => "-",
            Qualifier::SoftFail => "~",
            Qualifier::Neutral => "?",
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=spf1")?;
        self.terms.iter().try_for_each(|term| write!(f, " {}", term.kind))
    }
}

impl fmt::Display for TermKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TermKind::Directive(directive) => directive.fmt(f),
            TermKind::Modifier(modifier) => modifier.fmt(f),
        }
    }
}

impl fmt::Display for Directive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // "The qualifier is optional and defaults to "+"", §4.6.2.
        if self.qualifier != Qualifier::Pass {
            f.write_str(self.qualifier.as_str())?;
        }
        self.mechanism.fmt(f)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mechanism::All => f.write_str("all"),
            Mechanism::Include(domain) => write!(f, "include:{domain}"),
            Mechanism::A { domain, prefix } => write!(f, "a{}{prefix}", Optional(domain)),
            Mechanism::Mx { domain, prefix } => write!(f, "mx{}{prefix}", Optional(domain)),
            Mechanism::Ptr(domain) => write!(f, "ptr{}", Optional(domain)),
            Mechanism::Ip4 { address, prefix: 32 } => write!(f, "ip4:{address}"),
            Mechanism::Ip4 { address, prefix } => write!(f, "ip4:{address}/{prefix}"),
            Mechanism::Ip6 { address, prefix: 128 } => write!(f, "ip6:{address}"),
            Mechanism::Ip6 { address, prefix } => write!(f, "ip6:{address}/{prefix}"),
            Mechanism::Exists(domain) => write!(f, "exists:{domain}"),
        }
    }
}

/// A domain-spec with its colon, where there is one.
struct Optional<'a>(&'a Option<DomainSpec>);

impl fmt::Display for Optional<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |domain| write!(f, ":{domain}"))
    }
}

impl fmt::Display for DualPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.v4 != 32 {
            write!(f, "/{}", self.v4)?;
        }
        if self.v6 != 128 {
            write!(f, "//{}", self.v6)?;
        }
        Ok(())
    }
}

impl fmt::Display for Modifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Modifier::Redirect(domain) | Modifier::Explanation(domain) => write!(f, "{}={domain}", self.name()),
            Modifier::Unknown { name, value } => write!(f, "{name}={value}"),
        }
    }
}

impl fmt::Display for DomainSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
