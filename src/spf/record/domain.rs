//! The name in a term: `domain-spec`, RFC 7208 §7.1.

use super::DomainSpec;
use crate::span::Span;
use crate::spf::limits;
use crate::spf::macros::{MacroString, Part, Scope};
use crate::spf::repair;
use crate::spf::syntax::{Problem, SyntaxError};

/// `domain-spec`, §7.1: anything visible, ending in a dot and a top label, or in a macro.
pub(super) fn read_domain(text: &str, at: usize, of: &'static str, problems: &mut Vec<Problem>) -> Option<DomainSpec> {
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
