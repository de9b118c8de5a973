//! The text of a record, RFC 7208 §12, read with recovery: every error is found in one pass.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::finding::Severity;
use crate::span::Span;

use super::limits;
use super::macros::{MacroString, Part, Scope};
use super::near_miss::near_miss;
use super::repair;
use super::syntax::{Problem, SyntaxError};

/// What reading a record's text gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The terms that could be read.
    pub readable: Record,
    /// What is wrong, in the order of the text. Their spans do not overlap.
    pub problems: Vec<Problem>,
}

/// The terms of a record, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub terms: Vec<Term>,
}

/// A directive or modifier, §4.6.1, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub kind: TermKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermKind {
    Directive(Directive),
    Modifier(Modifier),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub qualifier: Qualifier,
    pub mechanism: Mechanism,
}

/// §4.6.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Qualifier {
    #[default]
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

/// §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    All,
    Include(DomainSpec),
    A { domain: Option<DomainSpec>, prefix: DualPrefix },
    Mx { domain: Option<DomainSpec>, prefix: DualPrefix },
    Ptr(Option<DomainSpec>),
    Ip4 { address: Ipv4Addr, prefix: u8 },
    Ip6 { address: Ipv6Addr, prefix: u8 },
    Exists(DomainSpec),
}

/// §6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modifier {
    Redirect(DomainSpec),
    Explanation(DomainSpec),
    Unknown { name: String, value: MacroString },
}

/// A name with macros in it, §7.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSpec(pub MacroString);

/// `dual-cidr-length`, §5.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DualPrefix {
    pub v4: u8,
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

    pub fn redirect(&self) -> Option<(&Term, &DomainSpec)> {
        self.modifiers().find_map(|(term, modifier)| match modifier {
            Modifier::Redirect(domain) => Some((term, domain)),
            _ => None,
        })
    }

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

/// Splits the text into terms and reads each.
#[derive(Default)]
struct Reader {
    terms: Vec<Term>,
    problems: Vec<Problem>,
    /// `redirect` and `exp`, once repaired.
    modifiers: Vec<(Modifier, Span)>,
}

/// A word of the record and where it stands.
#[derive(Clone, Copy, Debug)]
struct Word<'a> {
    text: &'a str,
    at: usize,
}

impl Word<'_> {
    fn span(self) -> Span {
        Span::new(self.at, self.at + self.text.len())
    }
}

fn words(text: &str, from: usize) -> Vec<Word<'_>> {
    let mut at = from;
    let mut words = Vec::new();
    for word in text[from..].split(' ') {
        if !word.is_empty() {
            words.push(Word { text: word, at });
        }
        at += word.len() + 1;
    }
    words
}

impl Reader {
    fn read(&mut self, text: &str, from: usize) {
        let words = words(text, from);
        let mut index = 0;
        while let Some(word) = words.get(index) {
            let next = words.get(index + 1);
            if let Some(problem) = next.and_then(|next| torn(text, *word, *next)) {
                self.remember(problem.fix.as_deref().unwrap_or_default(), problem.span);
                self.problems.push(problem);
                index += 2;
                continue;
            }
            self.read_word(*word);
            index += 1;
        }
    }

    fn read_word(&mut self, word: Word<'_>) {
        let (kind, problems) = read_term(word.text, word.at);
        let problems = if problems.iter().any(|problem| problem.fix.is_none()) {
            repair::suggest(word.text, word.at, problems)
        } else {
            problems
        };
        self.suspect(word, kind.as_ref());
        if let Some(repaired) = with_fixes(word.text, word.at, &problems) {
            repaired.split(' ').for_each(|term| self.remember(term, word.span()));
        }
        self.problems.extend(problems);
        self.terms.extend(kind.map(|kind| Term { kind, span: word.span() }));
    }

    /// Text that the grammar accepts and nobody meant.
    fn suspect(&mut self, word: Word<'_>, kind: Option<&TermKind>) {
        let problem = |what| Problem::new(what, word.span());
        if !word.text.is_ascii() {
            let repaired = repair::ascii_name(word.text);
            let foreign = word.text.chars().find(|c| !c.is_ascii());
            self.problems
                .extend(foreign.zip(repaired).map(|(c, fix)| problem(SyntaxError::ForeignCharacter(c)).with_fix(fix)));
        } else if word.text.eq_ignore_ascii_case(VERSION) {
            self.problems.push(problem(SyntaxError::RepeatedVersion).with_fix(""));
        } else if let (Some(TermKind::Directive(_) | TermKind::Modifier(Modifier::Redirect(_))), Some(split)) =
            (kind, repair::split_terms(word.text))
        {
            self.problems.push(problem(SyntaxError::RunTogether(word.text.to_owned())).with_fix(split));
        }
    }

    fn remember(&mut self, term: &str, span: Span) {
        if let (Some(TermKind::Modifier(modifier @ (Modifier::Redirect(_) | Modifier::Explanation(_)))), _) =
            read_term(term, 0)
        {
            self.modifiers.push((modifier, span));
        }
    }

    /// "These two modifiers MUST NOT appear in a record more than once each", §6.
    fn check_modifiers(&mut self) {
        for (index, (modifier, span)) in self.modifiers.iter().enumerate() {
            let alike = |(other, _): &&(Modifier, Span)| other.name() == modifier.name();
            let Some((first, _)) = self.modifiers[..index].iter().find(alike) else { continue };
            let problem = Problem::new(SyntaxError::DuplicateModifier(modifier.name().to_owned()), *span);
            self.problems.push(if first == modifier { problem.with_fix("") } else { problem });
        }
    }
}

/// The word with all its repairs made.
fn with_fixes(word: &str, at: usize, problems: &[Problem]) -> Option<String> {
    problems.iter().rev().try_fold(word.to_owned(), |mut text, problem| {
        text.replace_range(problem.span.start - at..problem.span.end - at, problem.fix.as_deref()?);
        Some(text)
    })
}

/// Two words that were meant as one: `ip4: 192.0.2.1`, `include x.example`, `- all`, `ip4:192.0.2.0 /24`.
fn torn(text: &str, word: Word<'_>, next: Word<'_>) -> Option<Problem> {
    let span = Span::new(word.at, next.span().end);
    let separator = repair::separator_after(word.text).filter(|_| !next.text.starts_with([':', '=']));
    let joined = format!("{}{}{}", word.text, separator.unwrap_or_default(), next.text);
    let what = if next.text.starts_with('/') && next.text[1..].starts_with(|c: char| c == '/' || c.is_ascii_digit()) {
        SyntaxError::LonePrefixLength(next.text.to_owned())
    } else if word.text.len() == 1 && Qualifier::from_char(word.text.chars().next()?).is_some() {
        SyntaxError::LoneQualifier(word.text.to_owned())
    } else if (word.text.ends_with([':', '=']) || separator.is_some() || next.text.starts_with([':', '=']))
        && !reads_cleanly(next.text)
    {
        SyntaxError::BlankInTerm(word.text.to_owned())
    } else {
        return None;
    };
    let sure = reads_cleanly(&joined) && !text[span.range()].contains(|c: char| !c.is_ascii());
    sure.then(|| Problem::new(what, span).with_fix(joined))
}

/// Would `text` be one good term?
pub(super) fn reads_cleanly(text: &str) -> bool {
    let (kind, problems) = read_term(text, 0);
    kind.is_some() && problems.is_empty()
}

/// Reads one word. There is a term where no error was found.
pub(super) fn read_term(text: &str, at: usize) -> (Option<TermKind>, Vec<Problem>) {
    let mut problems = Vec::new();
    let kind = match modifier_name(text) {
        Some(name) => read_modifier(name, &text[name.len() + 1..], at, &mut problems).map(TermKind::Modifier),
        None => read_directive(text, at, &mut problems).map(TermKind::Directive),
    };
    let valid = problems.iter().all(|problem| problem.severity() < Severity::Error);
    (kind.filter(|_| valid), problems)
}

/// `name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )`, then `=`: §4.6.1.
fn modifier_name(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('=')?;
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let good = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (begins && good).then_some(name)
}

fn read_modifier(name: &str, value: &str, at: usize, problems: &mut Vec<Problem>) -> Option<Modifier> {
    let value_at = at + name.len() + 1;
    match name.to_ascii_lowercase().as_str() {
        "redirect" => read_domain(value, value_at, "redirect", problems).map(Modifier::Redirect),
        "exp" => read_domain(value, value_at, "exp", problems).map(Modifier::Explanation),
        lower => {
            if let Some(mechanism) = MECHANISMS.iter().find(|mechanism| **mechanism == lower) {
                let span = Span::new(at, at + name.len() + 1);
                let meant = if value.is_empty() { (*mechanism).to_owned() } else { format!("{name}:") };
                let problem = Problem::new(SyntaxError::MechanismWithEquals(mechanism), span);
                let sure = reads_cleanly(&format!("{meant}{value}"));
                problems.push(if sure { problem.with_fix(meant) } else { problem });
            } else if let Some(meant) = repair::meant_by_modifier(lower, value) {
                let span = Span::new(at, at + name.len() + 1);
                problems.push(Problem::new(SyntaxError::MisspeltModifier(name.to_owned()), span).with_fix(meant));
            }
            let value = MacroString::read(value, value_at, Scope::Modifier, problems);
            Some(Modifier::Unknown { name: name.to_owned(), value })
        }
    }
}

pub(super) const MECHANISMS: [&str; 8] = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

fn read_directive(text: &str, at: usize, problems: &mut Vec<Problem>) -> Option<Directive> {
    let qualifier = text.chars().next().and_then(Qualifier::from_char);
    let skipped = usize::from(qualifier.is_some());
    let (body, body_at) = (&text[skipped..], at + skipped);
    if body.is_empty() {
        problems.push(Problem::new(SyntaxError::LoneQualifier(text.to_owned()), Span::new(at, body_at)));
        return None;
    }
    if let Some(name) = modifier_name(body) {
        problems.push(qualified_modifier(name, at, body));
        return None;
    }
    let name_length = body.find([':', '/']).unwrap_or(body.len());
    let (name, argument) = body.split_at(name_length);
    let known = MECHANISMS.into_iter().find(|mechanism| name.eq_ignore_ascii_case(mechanism));
    let name_span = Span::new(body_at, body_at + name_length);
    let mechanism = match known {
        Some(name) => read_mechanism(name, argument, name_span, problems)?,
        None => {
            problems.push(unknown_mechanism(name, argument, name_span));
            return None;
        }
    };
    Some(Directive { qualifier: qualifier.unwrap_or_default(), mechanism })
}

/// The word in front of `:` or `/` is no mechanism.
fn unknown_mechanism(name: &str, argument: &str, span: Span) -> Problem {
    let modifier = ["redirect", "exp"].into_iter().find(|modifier| name.eq_ignore_ascii_case(modifier));
    match modifier {
        _ if !argument.starts_with(':') => {
            let what = SyntaxError::UnknownTerm(format!("{name}{argument}"));
            Problem::new(what, Span::new(span.start, span.end + argument.len()))
        }
        Some(modifier) => {
            let span = Span::new(span.start, span.end + 1);
            Problem::new(SyntaxError::ModifierWithColon(modifier), span).with_fix(format!("{modifier}="))
        }
        None => Problem::new(SyntaxError::UnknownMechanism(name.to_owned()), span),
    }
}

fn qualified_modifier(name: &str, at: usize, body: &str) -> Problem {
    let problem = Problem::new(SyntaxError::QualifiedModifier(name.to_owned()), Span::new(at, at + 1));
    if reads_cleanly(body) { problem.with_fix("") } else { problem }
}

/// `argument` begins with its `:` or `/`, or is empty.
fn read_mechanism(
    name: &'static str,
    argument: &str,
    name_span: Span,
    problems: &mut Vec<Problem>,
) -> Option<Mechanism> {
    let at = name_span.end;
    match name {
        "all" if argument.is_empty() => Some(Mechanism::All),
        "all" => {
            let span = Span::new(at, at + argument.len());
            problems.push(Problem::new(SyntaxError::ArgumentOfAll, span).with_fix(""));
            None
        }
        "include" | "exists" => {
            let domain = required_domain(name, argument, name_span, problems)?;
            Some(if name == "include" { Mechanism::Include(domain) } else { Mechanism::Exists(domain) })
        }
        "ptr" => optional_domain(name, argument, at, problems).map(Mechanism::Ptr),
        "ip4" | "ip6" => read_network(name, argument, name_span, problems),
        _ => {
            let (target, lengths) = split_lengths(argument);
            let domain = optional_domain(name, target, at, problems);
            let prefix = read_dual_prefix(lengths, at + target.len(), problems);
            let (domain, prefix) = (domain?, prefix?);
            Some(if name == "a" { Mechanism::A { domain, prefix } } else { Mechanism::Mx { domain, prefix } })
        }
    }
}

fn required_domain(
    name: &'static str,
    argument: &str,
    name_span: Span,
    problems: &mut Vec<Problem>,
) -> Option<DomainSpec> {
    match argument.strip_prefix(':') {
        Some(domain) => read_domain(domain, name_span.end + 1, name, problems),
        None => {
            problems.push(Problem::new(SyntaxError::MissingDomain(name), name_span));
            None
        }
    }
}

fn optional_domain(
    name: &'static str,
    argument: &str,
    at: usize,
    problems: &mut Vec<Problem>,
) -> Option<Option<DomainSpec>> {
    if argument.is_empty() {
        return Some(None);
    }
    match argument.strip_prefix(':') {
        Some(domain) => read_domain(domain, at + 1, name, problems).map(Some),
        None => {
            let span = Span::new(at, at + argument.len());
            problems.push(Problem::new(SyntaxError::UnexpectedPrefixLength(name), span).with_fix(""));
            None
        }
    }
}

/// Where the network lengths of `a` and `mx` begin: behind the last dot or macro, since a domain-spec ends in a label
/// or a macro and may hold slashes before that, §7.1.
fn split_lengths(argument: &str) -> (&str, &str) {
    let tail = argument.rfind(['.', '}']).unwrap_or(0);
    let slash = argument[tail..].find('/').map_or(argument.len(), |slash| tail + slash);
    argument.split_at(slash)
}

/// `domain-spec`, §7.1: anything visible, ending in a dot and a top label, or in a macro.
fn read_domain(text: &str, at: usize, of: &'static str, problems: &mut Vec<Problem>) -> Option<DomainSpec> {
    if text.is_empty() {
        let start = at - 1;
        problems.push(Problem::new(SyntaxError::MissingDomain(of), Span::new(start, at)));
        return None;
    }
    let found = problems.len();
    let macros = MacroString::read(text, at, Scope::Domain, problems);
    if problems.len() > found {
        return None;
    }
    if let Err((what, start, end)) = check_end(text, &macros) {
        problems.push(Problem::new(what, Span::new(at + start, at + end)));
        return None;
    }
    // What `exists` asks for need not be a host.
    let odd = (of != "exists").then(|| check_characters(text, &macros, at)).flatten();
    problems.extend(odd.or_else(|| check_labels(text, at)));
    Some(DomainSpec(macros))
}

/// Characters that the grammar allows, §7.1, and that no host's name has.
fn check_characters(text: &str, macros: &MacroString, at: usize) -> Option<Problem> {
    let literals = macros.parts.iter().filter_map(|part| match part {
        Part::Literal(literal) => Some(literal),
        _ => None,
    });
    let odd = literals.flat_map(|literal| literal.chars()).find(|c| "/:@,;\"'`()<>[]*|\\".contains(*c))?;
    let problem = Problem::new(SyntaxError::OddName(odd), Span::new(at, at + text.len()));
    Some(match repair::host_in(text) {
        Some(host) => problem.with_fix(host),
        None => problem,
    })
}

/// `domain-end`, §7.1. The error comes with its place in `text`.
fn check_end(text: &str, macros: &MacroString) -> Result<(), (SyntaxError, usize, usize)> {
    if !matches!(macros.parts.last(), Some(Part::Literal(_))) {
        return Ok(());
    }
    let trimmed = text.strip_suffix('.').unwrap_or(text);
    let Some(dot) = trimmed.rfind('.') else {
        return Err((SyntaxError::SingleLabel(text.to_owned()), 0, text.len()));
    };
    let label = &trimmed[dot + 1..];
    let at = (dot + 1, trimmed.len().max(dot + 1));
    if label.is_empty() {
        return Err((SyntaxError::EmptyLabel, dot, text.len()));
    }
    if label.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err((SyntaxError::NumericTopLabel(label.to_owned()), at.0, at.1));
    }
    if !is_top_label(label) {
        return Err((SyntaxError::BadTopLabel(label.to_owned()), at.0, at.1));
    }
    Ok(())
}

/// `toplabel`: letters, digits and inner hyphens, and not all digits.
fn is_top_label(label: &str) -> bool {
    let good = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    good && !label.starts_with('-') && !label.ends_with('-')
}

/// Names that the grammar allows and DNS does not, §4.8.
fn check_labels(text: &str, at: usize) -> Option<Problem> {
    if text.starts_with('.') || text.contains("..") {
        let mended: Vec<&str> = text.split('.').filter(|label| !label.is_empty()).collect();
        let span = Span::new(at, at + text.len());
        return Some(Problem::new(SyntaxError::EmptyLabel, span).with_fix(mended.join(".")));
    }
    let mut start = 0;
    for label in text.split('.') {
        if label.len() > limits::LABEL_OCTETS && !label.contains('%') {
            let span = Span::new(at + start, at + start + label.len());
            return Some(Problem::new(SyntaxError::LongLabel(label.to_owned()), span));
        }
        start += label.len() + 1;
    }
    None
}

fn read_dual_prefix(text: &str, at: usize, problems: &mut Vec<Problem>) -> Option<DualPrefix> {
    let mut prefix = DualPrefix::default();
    let (v4, v6) = match text.find("//") {
        Some(double) => (&text[..double], Some((&text[double + 2..], at + double))),
        None => (text, None),
    };
    let found = problems.len();
    if !v4.is_empty() {
        prefix.v4 = read_length(&v4[1..], Span::new(at, at + v4.len()), Family::V4, problems).unwrap_or_default();
    }
    if let Some((v6, v6_at)) = v6 {
        let span = Span::new(v6_at, v6_at + 2 + v6.len());
        prefix.v6 = read_length(v6, span, Family::V6Dual, problems).unwrap_or_default();
    }
    (problems.len() == found).then_some(prefix)
}

/// Which network length, and how it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
    /// The second length of `a` and `mx`, after two slashes.
    V6Dual,
}

impl Family {
    fn bits(self) -> u8 {
        if self == Family::V4 { 32 } else { 128 }
    }

    fn name(self) -> &'static str {
        if self == Family::V4 { "IPv4" } else { "IPv6" }
    }

    fn slashes(self) -> &'static str {
        if self == Family::V6Dual { "//" } else { "/" }
    }
}

/// `"0" / %x31-39 …`, §5.6: no leading zeros. `span` has the slashes in it.
fn read_length(digits: &str, span: Span, family: Family, problems: &mut Vec<Problem>) -> Option<u8> {
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: Option<u8> = digits.parse().ok().filter(|length| *length <= family.bits());
    let padded = digits.len() > 1 && digits.starts_with('0');
    match value {
        Some(length) if numeric && !padded => return Some(length),
        Some(length) if numeric => {
            let what = SyntaxError::BadPrefixLength(format!("{}{digits}", family.slashes()));
            problems.push(Problem::new(what, span).with_fix(format!("{}{length}", family.slashes())));
        }
        _ if numeric => {
            let what =
                SyntaxError::PrefixOutOfRange { found: digits.to_owned(), family: family.name(), max: family.bits() };
            // The narrowest network never authorises more than was meant.
            problems.push(Problem::new(what, span).with_fix(format!("{}{}", family.slashes(), family.bits())));
        }
        _ => {
            let what = SyntaxError::BadPrefixLength(format!("{}{digits}", family.slashes()));
            let problem = Problem::new(what, span);
            let mask = repair::mask_length(digits).filter(|_| family == Family::V4);
            let doubled = digits.strip_prefix('/').and_then(|digits| digits.parse().ok());
            problems.push(match mask.or(doubled).filter(|length| *length <= u32::from(family.bits())) {
                Some(length) => problem.with_fix(format!("{}{length}", family.slashes())),
                None if digits.is_empty() => problem.with_fix(""),
                None => problem,
            });
        }
    }
    None
}

fn read_network(name: &'static str, argument: &str, name_span: Span, problems: &mut Vec<Problem>) -> Option<Mechanism> {
    let Some(network) = argument.strip_prefix(':').filter(|network| !network.is_empty()) else {
        let span = Span::new(name_span.start, name_span.end + argument.len().min(1));
        problems.push(Problem::new(SyntaxError::MissingNetwork(name), span));
        return None;
    };
    let at = name_span.end + 1;
    let slash = network.find('/').unwrap_or(network.len());
    let (address, length) = network.split_at(slash);
    let address_span = Span::new(at, at + address.len());
    let length_span = Span::new(address_span.end, at + network.len());
    let family = if name == "ip4" { Family::V4 } else { Family::V6 };
    let mechanism = match family {
        Family::V4 => address.parse().ok().map(|address| Mechanism::Ip4 { address, prefix: 32 }),
        _ => address.parse().ok().map(|address| Mechanism::Ip6 { address, prefix: 128 }),
    };
    if mechanism.is_none() {
        let text = address.to_owned();
        let what = if family == Family::V4 { SyntaxError::BadIp4(text) } else { SyntaxError::BadIp6(text) };
        problems.push(Problem::new(what, address_span));
        if family == Family::V4 && address.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && length.len() > 1
        {
            read_length(&length[1..], length_span, family, problems);
        }
        return None;
    }
    if length.is_empty() {
        return mechanism;
    }
    let prefix = read_length(&length[1..], length_span, family, problems)?;
    mechanism.map(|mechanism| match mechanism {
        Mechanism::Ip4 { address, .. } => Mechanism::Ip4 { address, prefix },
        Mechanism::Ip6 { address, .. } => Mechanism::Ip6 { address, prefix },
        other => other,
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn only_problem(text: &str) -> Problem {
        let parsed = parse(text);
        let [problem] = &parsed.problems[..] else { panic!("{text:?}: {:#?}", parsed.problems) };
        problem.clone()
    }

    fn mended(text: &str) -> String {
        let mut mended = text.to_owned();
        for problem in parse(text).problems.iter().rev() {
            let fix = problem.fix.as_ref().unwrap_or_else(|| panic!("{text:?}: no fix for {problem:?}"));
            mended.replace_range(problem.span.range(), fix);
        }
        mended
    }

    fn valid(text: &str) -> bool {
        parse(text).record().is_some()
    }

    #[test]
    fn sure_mistakes_come_with_their_repair() {
        for (wrong, right) in [
            ("inlcude:_spf.example.com", "include:_spf.example.com"),
            ("includ:_spf.example.com", "include:_spf.example.com"),
            ("include=_spf.example.com", "include:_spf.example.com"),
            ("redirect:_spf.example.com", "redirect=_spf.example.com"),
            ("ip4:2001:db8::/32", "ip6:2001:db8::/32"),
            ("ip6:192.0.2.0/24", "ip4:192.0.2.0/24"),
            ("ip:192.0.2.1", "ip4:192.0.2.1"),
            ("ip:2001:db8::1", "ip6:2001:db8::1"),
            ("ipv4:192.0.2.1", "ip4:192.0.2.1"),
            ("ipv6:2001:db8::1", "ip6:2001:db8::1"),
            ("ip4=192.0.2.1", "ip4:192.0.2.1"),
            ("mx=mail.example.com", "mx:mail.example.com"),
            ("a:192.0.2.1", "ip4:192.0.2.1"),
            ("-a:192.0.2.1", "-ip4:192.0.2.1"),
            ("mx:192.0.2.1", "ip4:192.0.2.1"),
            ("include:192.0.2.1", "ip4:192.0.2.1"),
            ("a:2001:db8::1", "ip6:2001:db8::1"),
            ("192.0.2.1", "ip4:192.0.2.1"),
            ("192.0.2.0/24", "ip4:192.0.2.0/24"),
            ("2001:db8::/32", "ip6:2001:db8::/32"),
            ("ip4:mail.example.com", "a:mail.example.com"),
            ("ip4:192.0.2.0/33", "ip4:192.0.2.0/32"),
            ("ip6:2001:db8::/129", "ip6:2001:db8::/128"),
            ("ip4:192.0.2.0/024", "ip4:192.0.2.0/24"),
            ("ip4:192.0.2.0/", "ip4:192.0.2.0"),
            ("ip4:192.0.2.0/255.255.255.0", "ip4:192.0.2.0/24"),
            ("ip4:192.0.2.0\\24", "ip4:192.0.2.0/24"),
            ("ip4:192.0.2.1:25", "ip4:192.0.2.1"),
            ("ip4:192.0.2.1//32", "ip4:192.0.2.1/32"),
            ("ip4:192.0.2.*", "ip4:192.0.2.0/24"),
            ("ip4:192.0.2/24", "ip4:192.0.2.0/24"),
            ("ip4:192.0.2.0-192.0.2.255", "ip4:192.0.2.0/24"),
            ("ip4:192.0.2.4-7", "ip4:192.0.2.4/30"),
            ("ip4:192.000.002.001", "ip4:192.0.2.1"),
            ("ip4:192.0.2.1,192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2"),
            ("ip4:192.0.2.1,", "ip4:192.0.2.1"),
            ("ip4:<192.0.2.1>", "ip4:192.0.2.1"),
            ("ip6:[2001:db8::1]", "ip6:2001:db8::1"),
            ("ip4: 192.0.2.1", "ip4:192.0.2.1"),
            ("include: _spf.example.com", "include:_spf.example.com"),
            ("ip4:192.0.2.0 /24", "ip4:192.0.2.0/24"),
            ("- all", "-all"),
            ("-all.", "-all"),
            ("-all;", "-all"),
            ("-all\"", "-all"),
            ("-all:example.com", "-all"),
            ("a/24//129", "a/24//128"),
            ("a/33", "a/32"),
            ("ptr/24", "ptr"),
            ("mx-all", "mx -all"),
            ("ip4:192.0.2.1-all", "ip4:192.0.2.1 -all"),
            ("ip4:192.0.2.1ip4:192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2"),
            ("include:a.example~all", "include:a.example ~all"),
            ("include:a.exampleinclude:b.example", "include:a.example include:b.example"),
            ("include:a.example-all", "include:a.example -all"),
            ("include:a.example;include:b.example", "include:a.example include:b.example"),
            ("include:a.example,", "include:a.example"),
            ("include:\"a.example\"", "include:a.example"),
            ("include:https://a.example/", "include:a.example"),
            ("a:mail..example.com", "a:mail.example.com"),
            ("exists:%(ir).example.com", "exists:%{ir}.example.com"),
            ("+redirect=example.com", "redirect=example.com"),
            ("include:b\u{fc}cher.example", "include:xn--bcher-kva.example"),
            ("ip4\u{ff1a}192.0.2.1", "ip4:192.0.2.1"),
            ("mx\u{a0}-all", "mx -all"),
            ("mx\tinclude:a.example", "mx include:a.example"),
            ("mx \u{201c}include:a.example\u{201d}", "mx include:a.example"),
            ("mx \u{2013}all", "mx -all"),
            ("mx v=spf1 a", "mx  a"),
            ("includespf.example.net", "include:spf.example.net"),
            ("include.spf.example.net", "include:spf.example.net"),
            ("include;spf.example.net", "include:spf.example.net"),
            ("include_spf.example.net", "include:_spf.example.net"),
            ("include-_spf.example.net", "include:_spf.example.net"),
            ("include::spf.example.net", "include:spf.example.net"),
            ("include :spf.example.net", "include:spf.example.net"),
            ("include spf.example.net", "include:spf.example.net"),
            ("include:http://spf.example.net", "include:spf.example.net"),
            ("include:user@example.net", "include:example.net"),
            ("include:mailto:user@example.net", "include:example.net"),
            ("redirect spf.example.net", "redirect=spf.example.net"),
            ("redirect= spf.example.net", "redirect=spf.example.net"),
            ("redirct=spf.example.net", "redirect=spf.example.net"),
            ("inlcude=spf.example.net", "include:spf.example.net"),
            ("explain=spf.example.net", "exp=spf.example.net"),
            ("ip=192.0.2.1", "ip4:192.0.2.1"),
            ("ip4.192.0.2.1", "ip4:192.0.2.1"),
            ("ip4192.0.2.1", "ip4:192.0.2.1"),
            ("ip4-192.0.2.0/24", "ip4:192.0.2.0/24"),
            ("ip4 192.0.2.0/24", "ip4:192.0.2.0/24"),
            ("ip4::192.0.2.1", "ip4:192.0.2.1"),
            ("ip4:=192.0.2.1", "ip4:192.0.2.1"),
            ("ip4:192,0,2,1", "ip4:192.0.2.1"),
            ("ip6 2001:db8::/32", "ip6:2001:db8::/32"),
            ("+al", "+all"),
            ("~al", "~all"),
            ("-alll", "-all"),
            ("-a11", "-all"),
            ("all-", "-all"),
            ("All~", "~All"),
            ("--all", "-all"),
            ("-all!", "-all"),
        ] {
            let record = format!("v=spf1 {wrong} ?all");
            assert_eq!(mended(&record), format!("v=spf1 {right} ?all"), "{wrong}");
            assert!(parse(&mended(&record)).problems.is_empty(), "{wrong}");
        }
    }

    #[test]
    fn doubtful_mistakes_get_no_repair() {
        for wrong in [
            "mail.example.com",
            "ip4:192.0.2",
            "ip4:192.0.2.256",
            "ip4:192.0.2.010",
            "a:museum",
            "a:abc.123",
            "a:example.-com",
            "a:example.com:8080",
            "include:ip5.example.com/24",
            "foo:bar",
            "moo",
            "include",
            "include:",
            "exists",
            "a:",
            "ip4",
            "ip4:",
            "ip5:192.0.2.1.3",
            "exp=",
            "redirect=-all",
            "1up=foo",
            "=all",
            "moo.cow:far_out=man",
            "a:%{a}.example.com",
            "foo=%abc",
            "all+",
            "al",
            "-~all",
            "ip4:192.0.2.1.5",
            "ip4:10.0.0.0/8/16",
            "mx.example.com",
        ] {
            let problem = only_problem(&format!("v=spf1 {wrong} ?all"));
            assert_eq!(problem.fix, None, "{wrong}");
            assert_eq!(problem.severity(), Severity::Error, "{wrong}");
        }
    }

    #[test]
    fn what_receivers_accept_is_accepted() {
        for good in [
            "",
            "ALL",
            "A:Mail.Example.Com/24//64 -aLL",
            "a/0//0",
            "a:foo.example.xn--zckzah",
            "a:example.com.",
            "a:%{H}",
            "a:a%%",
            "mx:%{d2}/24",
            "ptr:example.com",
            "ip6:::1.1.1.1/0",
            "ip6:Cafe:Babe:8000::/33",
            "ip4:192.0.2.1/0",
            "moo.cow-far_out=man:dog/cat",
            "default=pass",
            "default=+",
            "exists:%{l2r+-}.user.%{d2}",
            "x=%{c}%_",
            "ra=postmaster rp=100 rr=all",
            "exists:%{l}+x@y:z.example.com",
            "  a   mx  ",
        ] {
            assert!(parse(&format!("v=spf1 {good}")).problems.is_empty(), "{good}");
        }
    }

    #[test]
    fn what_receivers_accept_and_nobody_means_is_a_warning() {
        for (odd, fix) in [("a:foo:bar/baz.example.com", None), ("include:user@a.example", Some("a.example"))] {
            let problem = only_problem(&format!("v=spf1 {odd} -all"));
            assert_eq!((problem.severity(), problem.fix.as_deref()), (Severity::Warning, fix), "{odd}");
        }
    }

    #[test]
    fn a_text_that_does_not_begin_as_a_record_is_read_all_the_same() {
        for (text, right) in [
            ("v=spf1; inlcude:a.example mx-all", "v=spf1 include:a.example mx -all"),
            ("v=spf1\u{a0}mx ~ all", "v=spf1 mx ~all"),
            ("v=spf10 ip4:2001:db8::1 -all", "v=spf1 ip6:2001:db8::1 -all"),
            ("\u{201c}v=spf1 mx -all\u{201d}", "v=spf1 mx -all"),
            ("include:a.example -all", "v=spf1 include:a.example -all"),
            ("v=spf1", ""),
        ] {
            let parsed = parse(text);
            assert_eq!(parsed.mended(text).unwrap_or_default(), right, "{text}: {:?}", parsed.problems);
        }
        assert_eq!(parse("hello world").mended("hello world"), None);
    }

    #[test]
    fn all_errors_are_found_in_one_pass() {
        let text = "v=spf1 inlcude:a.example ip4:192.0.2.0/33 mx-all \u{a0}foo:bar a:%{z}.example ?all";
        let spans: Vec<&str> = parse(text).problems.iter().map(|problem| &text[problem.span.range()]).collect();
        assert_eq!(spans, ["inlcude", "/33", "mx-all", "\u{a0}", "foo", "%{z}"]);
    }

    #[test]
    fn section_6_redirect_and_exp_must_not_appear_twice() {
        assert!(!valid("v=spf1 redirect=a.example redirect=a.example"));
        assert!(!valid("v=spf1 exp=a.example -all exp=b.example"));
        assert!(valid("v=spf1 x=1 x=2 redirect=a.example exp=b.example"));
    }

    #[test]
    fn section_4_5_the_version_ends_in_a_blank_or_the_record() {
        assert!(is_spf(b"v=spf1") && is_spf(b"V=sPf1 -all"));
        assert!(!is_spf(b"v=spf10") && !is_spf(b"v=spf1\t-all") && !is_spf(b" v=spf1") && !is_spf(b"v=spf"));
    }

    #[test]
    fn printing_a_record_gives_its_normal_form() {
        let text = "v=spf1  +A:Example.com/32//128 -Mx/24 ~IP6:2001:DB8::0/32 ?exists:%{Ir-.}.x.example redirect=%{d2}";
        let printed = "v=spf1 a:Example.com -mx/24 ~ip6:2001:db8::/32 ?exists:%{Ir-.}.x.example redirect=%{d2}";
        assert_eq!(parse(text).readable.to_string(), printed);
    }

    /// RFC 7208 appendix A gives these as records.
    #[test]
    fn appendix_a_records_read_without_a_word() {
        for text in [
            "v=spf1 +all",
            "v=spf1 a -all",
            "v=spf1 a:example.org -all",
            "v=spf1 mx -all",
            "v=spf1 mx:example.org -all",
            "v=spf1 mx mx:example.org -all",
            "v=spf1 mx/30 mx:example.org/30 -all",
            "v=spf1 ptr -all",
            "v=spf1 ip4:192.0.2.128/28 -all",
            "v=spf1 include:example.com include:example.net -all",
            "v=spf1 redirect=example.org",
            "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all",
            "v=spf1 -ip4:192.0.2.0/24 +all",
            "v=spf1 mx -exists:%{ir}.%{v}._spf.%{d2} exists:%{l}.user.%{d} -all",
        ] {
            assert_eq!(parse(text).problems, [], "{text}");
        }
    }
}
