//! What an SMTP server answers: RFC 5321 §4.2 replies with RFC 3463 enhanced status codes.

mod code;
mod delay;
mod enhanced;

use std::ops::Range;

use crate::span::{Excerpt, boundary_before};

pub use code::{Completion, ReplyCode};
pub use enhanced::EnhancedStatus;

/// A reply as far as it is known: logs and libraries drop parts, so each may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The three digits that every line begins with, [RFC 5321
    /// §4.2](https://www.rfc-editor.org/rfc/rfc5321#section-4.2).
    pub code: Option<ReplyCode>,
    /// `class.subject.detail`, [RFC 2034 §4](https://www.rfc-editor.org/rfc/rfc2034#section-4).
    pub enhanced: Option<EnhancedStatus>,
    /// Its lines without codes, joined by single blanks.
    pub text: Excerpt,
    /// Where in `text` each line of the reply stands.
    pub lines: Vec<Range<usize>>,
    /// The command it answers, such as `RCPT TO`, where the source says so.
    pub command: Option<String>,
    /// Its text stops where the source had no room for more: some queue listings have a fixed width.
    pub cut: bool,
    /// Whether it is final, where no code tells and the source does: Exim logs `rejected` and `temporarily rejected`.
    pub class: Option<Completion>,
}

/// How far a session had come when a reply was given, the earliest first, [RFC 5321
/// §3](https://www.rfc-editor.org/rfc/rfc5321#section-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// Up to `EHLO`, `STARTTLS` and `AUTH`: neither sender nor recipient is known.
    Connect,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA` or `BDAT`, and the message.
    Data,
}

impl Stage {
    /// The stage that a command belongs to, as logs and bounces name it; `initial connection` and the like are what has no
    /// command yet. Nothing for other commands.
    pub fn of(command: &str) -> Option<Stage> {
        const NAMES: [(&str, Stage); 11] = [
            ("connect", Stage::Connect),
            ("initial connection", Stage::Connect),
            ("helo", Stage::Connect),
            ("ehlo", Stage::Connect),
            ("starttls", Stage::Connect),
            ("auth", Stage::Connect),
            ("mail", Stage::Mail),
            ("rcpt", Stage::Rcpt),
            ("data", Stage::Data),
            ("bdat", Stage::Data),
            ("end of data", Stage::Data),
        ];
        let begins = |name: &str| command.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
        NAMES.iter().find(|(name, _)| begins(name)).map(|(_, stage)| *stage)
    }
}

/// How much of a reply's text is read, in bytes: a line of it has 512 octets (RFC 5321 §4.5.3.1.5), and the longest replies
/// known have a dozen. Every phrase known is looked for in all of it.
pub(crate) const LONGEST_TEXT: usize = 8192;

impl Reply {
    /// Makes `text` all that the reply says, on one line, as far as it counts.
    pub(crate) fn set_only_line(&mut self, text: Excerpt) {
        let whole = 0..boundary_before(text.as_str(), LONGEST_TEXT);
        self.text = text.slice(whole.clone());
        self.lines.clear();
        self.lines.push(whole);
    }

    /// Whether the server itself calls the failure transient (4yz, class 4) or permanent (5yz, class 5). The enhanced
    /// status code speaks only where there is no reply code: RFC 3463 §2 wants them equal, and clients act on the code.
    pub fn completion(&self) -> Option<Completion> {
        let enhanced = || self.enhanced.and_then(EnhancedStatus::completion);
        self.code.and_then(ReplyCode::completion).or_else(enhanced).or(self.class)
    }

    /// How far the session had come, where the command is known.
    pub fn stage(&self) -> Option<Stage> {
        self.command.as_deref().and_then(Stage::of)
    }
}
