//! A recorded session with a mail server in which nothing failed.

use super::{scan, wrapped};
use crate::reply::ReplyCode;

/// A session whose every reply is a success.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The server's last reply.
    pub last_reply: String,
    /// The client's last command, where no reply to it was recorded.
    pub unanswered: Option<String>,
}

impl Session {
    /// Reads a session; `None` where a reply is a failure, or where there is no session.
    pub fn read(text: &str) -> Option<Session> {
        let (mut replies, mut commands) = (0, 0);
        let (mut last_reply, mut unanswered) = (None, None);
        for line in scan::lines(text, 0..text.len()) {
            let words = spoken(&text[line.clone()]);
            if let Some(code) = reply_code(words) {
                if code.is_failure() {
                    return None;
                }
                replies += 1;
                last_reply = Some(words);
                unanswered = None;
            } else if is_command(words) {
                commands += 1;
                unanswered = Some(words);
            }
        }
        let last_reply = last_reply.filter(|_| replies > 1 && commands > 0)?.to_owned();
        Some(Session { last_reply, unanswered: unanswered.map(str::to_owned) })
    }
}

/// The line without the marks by which programs tell who speaks, behind a time and a name.
fn spoken(line: &str) -> &str {
    const MARKS: [&str; 10] = [
        "CLIENT -> SERVER: ",
        "SERVER -> CLIENT: ",
        "SMTP>> ",
        "SMTP<< ",
        ")>>> ",
        ")<<< ",
        "reply: b'",
        "send: '",
        "] S: ",
        "] C: ",
    ];
    const MAX_MARK: usize = 96;
    let near = &line[..scan::boundary_before(line, MAX_MARK)];
    let marked = MARKS.iter().find_map(|mark| scan::after(near, 0..near.len(), mark));
    let words = wrapped::undecorated(&line[marked.unwrap_or(0)..]);
    // Python's debugging output quotes a line with its end.
    let words = words.strip_suffix("\\r\\n'").unwrap_or(words);
    ["C: ", "~> ", "< "].iter().find_map(|mark| words.strip_prefix(mark)).unwrap_or(words)
}

fn reply_code(words: &str) -> Option<ReplyCode> {
    let code = ReplyCode::at_start(words.as_bytes())?;
    (words.len() == 3 || words[3..].starts_with([' ', '-'])).then_some(code)
}

/// RFC 5321 §4.1.1, RFC 3207 and RFC 4954.
fn is_command(words: &str) -> bool {
    const COMMANDS: [&str; 8] = ["ehlo ", "helo ", "mail from:", "rcpt to:", "data", "starttls", "auth ", "quit"];
    COMMANDS.iter().any(|command| scan::starts_any_case(words, command))
}
