//! One word of a record: a directive or a modifier, RFC 7208 §4.6.1.

use super::domain::read_domain;
use super::network::{read_dual_prefix, read_network, split_lengths};
use super::{Directive, DomainSpec, Mechanism, Modifier, Qualifier, TermKind};
use crate::finding::Severity;
use crate::span::Span;
use crate::spf::macros::{MacroString, Scope};
use crate::spf::repair;
use crate::spf::syntax::{Problem, SyntaxError};

pub(in crate::spf) const MECHANISMS: [&str; 8] = ["all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

/// Would `text` be one good term?
pub(in crate::spf) fn reads_cleanly(text: &str) -> bool {
    let (kind, problems) = read_term(text, 0);
    kind.is_some() && problems.is_empty()
}

/// Reads one word. There is a term where no error was found.
pub(in crate::spf) fn read_term(text: &str, at: usize) -> (Option<TermKind>, Vec<Problem>) {
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
