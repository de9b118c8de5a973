//! What a log line is about, told from its bytes: the fate of a message, a failure to be diagnosed, or nothing.
//!
//! Nearly every line of a log is nothing; it is told by a word or two. What is diagnosed is read by [`intake`](crate::intake) later.

use memchr::memmem::{self, Finder};

use super::frame::Line;
use crate::intake::exim_id_length;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort<'a> {
    /// Nothing that triage counts.
    Quiet,
    /// The message is with the next server, for this recipient (for all, where there is none).
    Delivered {
        id: &'a [u8],
        recipients: &'a [u8],
    },
    /// The queue has done with the message.
    Gone {
        id: &'a [u8],
    },
    /// qmail's delivery number stands for this message and recipient from here on.
    Begins {
        delivery: &'a [u8],
        id: &'a [u8],
        recipient: &'a [u8],
    },
    Failed(Failed<'a>),
    /// Looks like an error; whether it is one takes a diagnosis.
    Doubtful {
        said: &'a [u8],
    },
    /// Holds a number that may be a reply code; without a diagnosis it is nothing.
    Numbered {
        said: &'a [u8],
    },
}

/// A line that tells of a failure by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed<'a> {
    pub how: How,
    /// The queue id, or nothing where the server had not given one yet.
    pub id: &'a [u8],
    pub recipients: &'a [u8],
    /// What decides the diagnosis, together with the recipient's domain.
    pub said: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The queue will try again.
    Deferred,
    /// The queue has given up.
    Final,
    /// This server refused it to a client.
    Refused,
    /// A server's own trouble that names no message.
    Trouble,
}

/// Finds words, prepared once.
pub struct Sorter {
    status: Finder<'static>,
    to: Finder<'static>,
    doubts: Vec<Finder<'static>>,
}

/// Words in which errors are told.
const DOUBTS: [&str; 20] = [
    "warning: ",
    "rror",
    "fatal: ",
    "panic: ",
    "reject",
    "fail",
    "Fail",
    "refused",
    "imeout",
    "timed out",
    "lost connection",
    "deferred",
    "efer (",
    "bounced",
    "cannot",
    "unable to",
    "too many",
    "unreachable",
    "denied",
    "nspecified ",
];

/// Programs that stand around a mail server and tell of its errors.
const AROUND: [&[u8]; 26] = [
    b"amavis",
    b"amavisd",
    b"dma",
    b"policyd-spf",
    b"postfwd",
    b"postfwd2",
    b"postfwd3",
    b"policy",
    b"postgrey",
    b"rspamd",
    b"spamc",
    b"spamd",
    b"clamd",
    b"clamav-milter",
    b"opendkim",
    b"opendmarc",
    b"dovecot",
    b"lmtp",
    b"lmtpunix",
    b"msmtp",
    b"sSMTP",
    b"stalwart",
    b"courieresmtpd",
    b"courieresmtp",
    b"courierd",
    b"courierlocal",
];

impl Default for Sorter {
    fn default() -> Self {
        Sorter {
            status: Finder::new(" status="),
            to: Finder::new("to=<"),
            doubts: DOUBTS.iter().map(Finder::new).collect(),
        }
    }
}

impl Sorter {
    pub fn sort<'a>(&self, line: &Line<'a>) -> Sort<'a> {
        if line.program.starts_with(b"postfix") {
            return self.postfix(line.component(), line.body);
        }
        match line.component() {
            b"" => self.unnamed(line.body),
            b"exim" | b"exim4" => self.exim(line.body),
            b"sendmail" | b"sm-mta" | b"sm-msp-queue" => self.sendmail(line.body),
            b"smtpd" | b"opensmtpd" => self.opensmtpd(line.body),
            b"qmail" | b"qmail-send" => self.qmail(line.body),
            b"haraka" => self.quoting(line.body),
            b"rspamd" | b"opendkim" | b"opendmarc" if is_verdict(line.body) => Sort::Quiet,
            // Of itself, when it starts.
            b"rspamd" if has(line.body, b"; cfg; ") || has(line.body, b"<>; ") => Sort::Quiet,
            b"rspamd" => self.doubtful(line.body),
            program if AROUND.contains(&program) || program.starts_with(b"qmail-") => self.quoting(line.body),
            _ => Sort::Quiet,
        }
    }

    fn doubtful<'a>(&self, said: &'a [u8]) -> Sort<'a> {
        if self.doubts.iter().any(|word| word.find(said).is_some()) { Sort::Doubtful { said } } else { Sort::Quiet }
    }

    /// For programs that quote replies in words of their own.
    fn quoting<'a>(&self, said: &'a [u8]) -> Sort<'a> {
        match self.doubtful(said) {
            Sort::Quiet if has_code(said) => Sort::Numbered { said },
            sort => sort,
        }
    }

    fn postfix<'a>(&self, component: &[u8], body: &'a [u8]) -> Sort<'a> {
        let (id, rest) = postfix_id(body);
        match component {
            b"qmgr" | b"nqmgr" | b"postsuper" => self.postfix_queue(id, rest),
            b"smtp" | b"lmtp" | b"relay" | b"local" | b"virtual" | b"pipe" | b"error" | b"retry" | b"discard" => {
                self.postfix_delivery(id, rest)
            }
            b"smtpd" | b"postscreen" | b"cleanup" | b"submission" | b"smtps" => self.postfix_server(id, rest),
            b"bounce" | b"defer" | b"trace" if !id.is_empty() => Sort::Quiet,
            // A transport may have any name in master.cf.
            _ if !id.is_empty() && self.status.find(rest).is_some() => self.postfix_delivery(id, rest),
            _ => self.doubtful(rest),
        }
    }

    fn postfix_queue<'a>(&self, id: &'a [u8], rest: &'a [u8]) -> Sort<'a> {
        match rest {
            b"removed" if !id.is_empty() => Sort::Gone { id },
            [b'f', b'r', b'o', b'm', b'=', ..] => match self.status.find(rest) {
                Some(at) if rest[at..].windows(7).any(|word| word == b"expired") => {
                    Sort::Failed(Failed { how: How::Final, id, recipients: b"", said: &rest[at..] })
                }
                _ => Sort::Quiet,
            },
            _ => self.doubtful(rest),
        }
    }

    fn postfix_delivery<'a>(&self, id: &'a [u8], rest: &'a [u8]) -> Sort<'a> {
        const QUIET: [&[u8]; 8] = [
            b"Trusted TLS",
            b"Untrusted TLS",
            b"Anonymous TLS",
            b"Verified TLS",
            b"connect to ",
            b"host ",
            // Mostly of no consequence: `smtp_tls_security_level = may`.
            b"certificate verification failed ",
            b"server certificate verification failed ",
        ];
        if id.is_empty() {
            return if QUIET.iter().any(|start| rest.starts_with(start)) { Sort::Quiet } else { self.doubtful(rest) };
        }
        // What a server on the way said of the message is told again by the line with the status.
        let Some(at) = self.status.find(rest) else { return Sort::Quiet };
        let recipients = self.to.find(&rest[..at]).map_or(&b""[..], |start| inside(&rest[start + 3..at]));
        let status = &rest[at + " status=".len()..];
        let how = match status {
            [b's', b'e', b'n', b't', ..] => return Sort::Delivered { id, recipients },
            [b'd', b'e', b'f', ..] => How::Deferred,
            [b'b', b'o', b'u', ..] | [b'e', b'x', b'p', ..] => How::Final,
            [b'u', b'n', b'd', ..] => How::Trouble,
            _ => return Sort::Quiet,
        };
        let dsn = memmem::find(&rest[..at], b"dsn=").unwrap_or(at);
        Sort::Failed(Failed { how, id, recipients, said: &rest[dsn..] })
    }

    fn postfix_server<'a>(&self, id: &'a [u8], rest: &'a [u8]) -> Sort<'a> {
        const VERDICTS: [&[u8]; 5] =
            [b"reject: ", b"milter-reject: ", b"proxy-reject: ", b"discard: ", b"milter-hold: "];
        const QUIET: [&[u8]; 10] = [
            b"connect from ",
            b"disconnect from ",
            b"client=",
            b"message-id=",
            b"CONNECT from ",
            b"DISCONNECT ",
            b"PASS ",
            b"Anonymous ",
            b"resent-message-id=",
            b"HANGUP ",
        ];
        if QUIET.iter().any(|start| rest.starts_with(start)) {
            return Sort::Quiet;
        }
        match VERDICTS.iter().any(|verdict| rest.starts_with(verdict)) {
            true => Sort::Failed(Failed { how: How::Refused, id: b"", recipients: self.to_of(rest), said: rest }),
            // reject_warning and the like let the mail pass.
            false if id == b"NOQUEUE" => Sort::Quiet,
            false => self.doubtful(rest),
        }
    }

    fn to_of<'a>(&self, rest: &'a [u8]) -> &'a [u8] {
        self.to.find(rest).map_or(b"", |start| inside(&rest[start + 3..]))
    }

    /// <https://www.exim.org/exim-html-current/doc/html/spec_html/ch-log_files.html>
    fn exim<'a>(&self, body: &'a [u8]) -> Sort<'a> {
        let body = without_process_id(body);
        let Some(length) = exim_id_length(body) else { return self.exim_session(body) };
        let (id, rest) = (&body[..length], body[length..].trim_ascii_start());
        match rest {
            [b'=' | b'-' | b'>', b'>', b' ', rest @ ..] | [b'=' | b'-' | b'>', b'>', b'>', b' ', rest @ ..] => {
                Sort::Delivered { id, recipients: exim_address(rest) }
            }
            [b'=', b'=', b' ', rest @ ..] => exim_failed(How::Deferred, id, rest),
            [b'*', b'*', b' ', rest @ ..] => exim_failed(How::Final, id, rest),
            [b'C', b'o', b'm', b'p', b'l', ..] => Sort::Gone { id },
            [b'<', b'=', ..] | [b'*', b'>', ..] => Sort::Quiet,
            // An attempt at one of several hosts is told again by `==` or `**`.
            [b'H', b'=', ..] if !has(rest, b"rejected ") => Sort::Quiet,
            _ if rest.starts_with(b"SMTP ") || rest.starts_with(b"Remote host ") => Sort::Quiet,
            _ => self.exim_session(rest),
        }
    }

    fn exim_session<'a>(&self, body: &'a [u8]) -> Sort<'a> {
        if has(body, b"rejected ") {
            let recipients = memmem::find(body, b"RCPT <").map_or(&b""[..], |at| inside(&body[at + 5..]));
            return Sort::Failed(Failed { how: How::Refused, id: b"", recipients, said: body });
        }
        let told_again = body.starts_with(b"Start queue run") || body.starts_with(b"End queue run");
        if told_again { Sort::Quiet } else { self.doubtful(body) }
    }

    /// The Installation and Operation Guide, section 2.1.1.
    fn sendmail<'a>(&self, body: &'a [u8]) -> Sort<'a> {
        let length = body.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let queued = (8..=16).contains(&length) && body.get(length) == Some(&b':');
        let id = if queued { &body[..length] } else { b"" };
        if has(body, b"reject=") {
            let recipients = field(body, b"arg1=");
            return Sort::Failed(Failed { how: How::Refused, id: b"", recipients, said: body });
        }
        let Some(at) = memmem::find(body, b", stat=") else { return self.doubtful(body) };
        let recipients = field(body, b" to=");
        let how = match &body[at + ", stat=".len()..] {
            [b'S', b'e', b'n', b't', ..] => return Sort::Delivered { id, recipients },
            [b'q', b'u', b'e', b'u', ..] => return Sort::Quiet,
            [b'D', b'e', b'f', b'e', b'r', ..] => How::Deferred,
            _ => How::Final,
        };
        let said = memmem::find(body, b"relay=").filter(|start| *start < at).unwrap_or(at);
        Sort::Failed(Failed { how, id, recipients, said: &body[said..] })
    }

    fn opensmtpd<'a>(&self, body: &'a [u8]) -> Sort<'a> {
        let delivery = has(body, b" mta delivery ") || has(body, b" mda delivery ");
        if !delivery {
            let refused = has(body, b" failed-command ") || has(body, b" bad-input ");
            let failed = Failed { how: How::Refused, id: b"", recipients: self.to_of(body), said: session(body) };
            return if refused { Sort::Failed(failed) } else { self.doubtful(body) };
        }
        let (id, recipients) = (field(body, b"evpid="), field(body, b" to="));
        let verdict = memmem::find(body, b" result=").map_or(&b""[..], |at| &body[at + " result=".len()..]);
        let how = match verdict.strip_prefix(b"\"").unwrap_or(verdict) {
            [b'O', b'k', ..] => return Sort::Delivered { id, recipients },
            [b'T', b'e', b'm', b'p', ..] => How::Deferred,
            [b'P', b'e', b'r', b'm', ..] | [b'L', b'o', b'o', b'p', ..] => How::Final,
            _ => return self.doubtful(body),
        };
        let said = memmem::find(body, b" relay=").unwrap_or(0);
        Sort::Failed(Failed { how, id, recipients, said: &body[said..] })
    }

    /// qmail-log(5).
    fn qmail<'a>(&self, body: &'a [u8]) -> Sort<'a> {
        if let Some(rest) = body.strip_prefix(b"starting delivery ") {
            return qmail_start(rest).unwrap_or(Sort::Quiet);
        }
        if let Some(id) = body.strip_prefix(b"end msg ") {
            return Sort::Gone { id };
        }
        let Some(rest) = body.strip_prefix(b"delivery ") else { return self.doubtful(body) };
        let Some(colon) = memchr::memchr(b':', rest) else { return Sort::Quiet };
        let (id, said) = (&rest[..colon], rest[colon + 1..].trim_ascii_start());
        let how = match said {
            [b's', b'u', ..] => return Sort::Delivered { id, recipients: b"" },
            [b'd', b'e', b'f', ..] => How::Deferred,
            [b'f', b'a', b'i', ..] => How::Final,
            _ => return Sort::Quiet,
        };
        Sort::Failed(Failed { how, id, recipients: b"", said })
    }

    /// A line without a program's name: Exim's and Haraka's own logs, qmail's behind multilog, anything else.
    fn unnamed<'a>(&self, body: &'a [u8]) -> Sort<'a> {
        let exim = without_process_id(body);
        let refusal = has(exim, b"rejected ") && has(exim, b"H=");
        if exim_id_length(exim).is_some() || refusal {
            return self.exim(body);
        }
        let qmail: [&[u8]; 4] = [b"starting delivery ", b"delivery ", b"end msg ", b"new msg "];
        match () {
            () if qmail.iter().any(|start| body.starts_with(start)) => self.qmail(body),
            () if has(body, b" lr=\"4") || has(body, b" lr=\"5") => {
                Sort::Failed(Failed { how: How::Refused, id: b"", recipients: b"", said: haraka_reply(body) })
            }
            () => self.quoting(body),
        }
    }
}

/// A filter's verdict on a message: where it led to a refusal, the mail server's log tells it again.
fn is_verdict(body: &[u8]) -> bool {
    const SAID: [&[u8]; 3] = [b"rspamd_task_write_log: ", b"rspamd_add_passthrough_result: ", b" result=\""];
    body.ends_with(b" fail") || SAID.iter().any(|words| has(body, words))
}

/// Whether a number between 400 and 599 stands where a reply code may, on its own.
fn has_code(said: &[u8]) -> bool {
    let before = |byte: u8| matches!(byte, b' ' | b':' | b'=' | b'"' | b'(' | b'[' | b'\'');
    let after = |byte: u8| matches!(byte, b' ' | b'-' | b',' | b':');
    memchr::memchr2_iter(b'4', b'5', said).any(|at| {
        let digits = said.get(at + 1..at + 3).is_some_and(|rest| rest.iter().all(u8::is_ascii_digit));
        digits && said.get(at + 3).is_some_and(|byte| after(*byte)) && (at == 0 || before(said[at - 1]))
    })
}

fn has(body: &[u8], words: &[u8]) -> bool {
    memmem::find(body, words).is_some()
}

/// `ABCDEF0123: rest`; without one the whole is the rest.
fn postfix_id(body: &[u8]) -> (&[u8], &[u8]) {
    const LONGEST: usize = 24;
    let length = body.iter().take(LONGEST).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let shaped = length >= 5 && body[..length].iter().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if shaped && body.get(length) == Some(&b':') && body.get(length + 1) == Some(&b' ') {
        return (&body[..length], &body[length + 2..]);
    }
    (b"", body)
}

/// What stands in the brackets at the start of `rest`, which begin with its first byte.
fn inside(rest: &[u8]) -> &[u8] {
    let rest = rest.get(1..).unwrap_or_default();
    &rest[..memchr::memchr(b'>', rest).unwrap_or(rest.len())]
}

/// The value of a field: up to a blank; a list of addresses may hold commas, the comma that ends it is no part of it.
fn field<'a>(body: &'a [u8], key: &[u8]) -> &'a [u8] {
    let Some(at) = memmem::find(body, key) else { return b"" };
    let rest = &body[at + key.len()..];
    let value = &rest[..memchr::memchr(b' ', rest).unwrap_or(rest.len())];
    value.strip_suffix(b",").unwrap_or(value)
}

/// What follows OpenSMTPD's session id.
fn session(body: &[u8]) -> &[u8] {
    memchr::memchr(b' ', body).map_or(body, |at| &body[at..])
}

fn haraka_reply(body: &[u8]) -> &[u8] {
    memmem::find(body, b" lr=\"").map_or(body, |at| &body[at..])
}

fn without_process_id(body: &[u8]) -> &[u8] {
    let Some(rest) = body.strip_prefix(b"[") else { return body };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b"] ").filter(|_| digits > 0).unwrap_or(body)
}

/// `address`, or `local part <address>`: the one in brackets is the whole.
fn exim_address(rest: &[u8]) -> &[u8] {
    let word = &rest[..memchr::memchr(b' ', rest).unwrap_or(rest.len())];
    let original = rest.get(word.len() + 1..).filter(|more| more.starts_with(b"<")).map(inside);
    match original {
        Some(original) if memchr::memchr(b'@', word).is_none() => original,
        _ => word.strip_suffix(b":").unwrap_or(word),
    }
}

fn exim_failed<'a>(how: How, id: &'a [u8], rest: &'a [u8]) -> Sort<'a> {
    // The queue runner only looked at the message: nothing was tried.
    if how == How::Deferred && has(rest, b"retry time not reached") {
        return Sort::Quiet;
    }
    let recipients = exim_address(rest);
    let said = memchr::memchr(b' ', rest).map_or(rest, |at| &rest[at..]);
    Sort::Failed(Failed { how, id, recipients, said })
}

/// `7: msg 12345 to remote user@example.com`
fn qmail_start(rest: &[u8]) -> Option<Sort<'_>> {
    let colon = memchr::memchr(b':', rest)?;
    let mut words = rest[colon + 1..].trim_ascii_start().split(|byte| *byte == b' ');
    let (_msg, id, _to, _channel, recipient) =
        (words.next()?, words.next()?, words.next()?, words.next()?, words.next()?);
    Some(Sort::Begins { delivery: &rest[..colon], id, recipient })
}
