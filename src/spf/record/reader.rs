//! Splits a record into terms, and puts together again what was torn apart.

use super::term::{read_term, reads_cleanly};
use super::{Modifier, Qualifier, Term, TermKind, VERSION, without_overlaps};
use crate::span::Span;
use crate::spf::repair;
use crate::spf::syntax::{Problem, SyntaxError};

/// Splits the text into terms and reads each.
#[derive(Default)]
pub(super) struct Reader {
    pub terms: Vec<Term>,
    pub problems: Vec<Problem>,
    /// `redirect` and `exp`, once repaired.
    modifiers: Vec<(Modifier, Span)>,
}

impl Reader {
    pub(super) fn read(&mut self, text: &str, from: usize) {
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
        let problems = without_overlaps(if problems.iter().any(|problem| problem.fix.is_none()) {
            repair::suggest(word.text, word.at, problems)
        } else {
            problems
        });
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
    pub(super) fn check_modifiers(&mut self) {
        for (index, (modifier, span)) in self.modifiers.iter().enumerate() {
            let alike = |(other, _): &&(Modifier, Span)| other.name() == modifier.name();
            let Some((first, _)) = self.modifiers[..index].iter().find(alike) else { continue };
            let problem = Problem::new(SyntaxError::DuplicateModifier(modifier.name().to_owned()), *span);
            self.problems.push(if first == modifier { problem.with_fix("") } else { problem });
        }
    }
}

/// A word of the record and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
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
