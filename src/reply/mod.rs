//! What an SMTP server answers: RFC 5321 §4.2 replies with RFC 3463 enhanced status codes.

mod code;
mod delay;
mod enhanced;

use std::ops::Range;

use crate::span::Excerpt;

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
}

impl Reply {
    /// Makes `text` all that the reply says, on one line.
    pub(crate) fn set_only_line(&mut self, text: Excerpt) {
        let whole = 0..text.len();
        self.text = text;
        self.lines.clear();
        self.lines.push(whole);
    }

    /// Whether the server itself calls the failure transient (4yz, class 4) or permanent (5yz, class 5). The enhanced
    /// status code speaks only where there is no reply code: RFC 3463 §2 wants them equal, and clients act on the code.
    pub fn completion(&self) -> Option<Completion> {
        self.code.and_then(ReplyCode::completion).or_else(|| self.enhanced.and_then(EnhancedStatus::completion))
    }
}
