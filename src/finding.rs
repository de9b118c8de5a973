//! What a check found: a named fact about DNS that somebody can act on.

use crate::span::Span;

/// One finding. Its page, with sources, is `data/findings/<id>.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Permanent; the stem of its file under `data/findings/`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The domain name or address it is about.
    pub subject: String,
    /// One sentence that says what is wrong here, with the values at hand.
    pub message: String,
    /// The record it is about, as published.
    pub record: Option<String>,
    /// Where in `record`.
    pub span: Option<Span>,
    /// What to do about it, for this case.
    pub help: Option<String>,
    /// What to put in place of `span`, or of the whole record where there is no span. Only where it is sure.
    pub fix: Option<String>,
}

/// How much a finding matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Info,
    /// Works today, and breaks easily or is surely not what was meant.
    Warning,
    /// Mail fails for it, or is judged by other rules than those published.
    Error,
}

impl Severity {
    /// `info`, `warning` or `error`, as JSON and the screen have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Finding {
    /// A finding without record, help and fix; [`in_record`](Finding::in_record), [`help`](Finding::help) and
    /// [`fix`](Finding::fix) add them. `id` has a page under `data/findings/`.
    pub fn new(id: &'static str, severity: Severity, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Finding {
            id,
            severity,
            subject: subject.into(),
            message: message.into(),
            record: None,
            span: None,
            help: None,
            fix: None,
        }
    }

    /// [`Finding::new`] with [`Severity::Error`].
    pub fn error(id: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Finding::new(id, Severity::Error, subject, message)
    }

    /// [`Finding::new`] with [`Severity::Warning`].
    pub fn warning(id: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Finding::new(id, Severity::Warning, subject, message)
    }

    /// [`Finding::new`] with [`Severity::Info`].
    pub fn info(id: &'static str, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Finding::new(id, Severity::Info, subject, message)
    }

    /// Sets the record as published, and the bytes in it that the finding is about.
    pub fn in_record(mut self, record: impl Into<String>, span: Option<Span>) -> Self {
        self.record = Some(record.into());
        self.span = span;
        self
    }

    /// Sets what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets what to put in place of the span, or of the whole record.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}
