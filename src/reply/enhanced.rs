use std::fmt;

use super::Completion;

/// An enhanced status code `class.subject.detail`, RFC 3463 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnhancedStatus {
    /// 2 success, 4 persistent transient failure, 5 permanent failure; 6 as [`EnhancedStatus::parse`] says.
    pub class: u8,
    /// What the failure is about, [RFC 3463 §4](https://www.rfc-editor.org/rfc/rfc3463#section-4): 1
    /// addressing, 2 mailbox, 3 mail system, 4 network and routing, 5 protocol, 6 content, 7 security or
    /// policy.
    pub subject: u16,
    /// What exactly, within the subject; registered by
    /// [IANA](https://www.iana.org/assignments/smtp-enhanced-status-codes).
    pub detail: u16,
}

impl EnhancedStatus {
    /// Reads `c.sss.ddd` and nothing else. RFC 3463 §2 knows the classes 2, 4 and 5; 6 is read too, because relays
    /// print it for failures they found themselves.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let number = |part: &str| -> Option<u16> {
            let fits = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            fits.then(|| part.parse().ok()).flatten()
        };
        if parts.next().is_some() || !matches!(class, "2" | "4" | "5" | "6") {
            return None;
        }
        Some(EnhancedStatus { class: number(class)? as u8, subject: number(subject)?, detail: number(detail)? })
    }

    /// Reads the code of class 4, 5 or 6 that `bytes` begins with, and its length. What looks like one and goes on as an
    /// address or a version number does (`4.3.2.1`, `5.7.1a`) is none.
    pub fn at_start(bytes: &[u8]) -> Option<(Self, usize)> {
        if !matches!(bytes, [b'4'..=b'6', b'.', b'0'..=b'9', ..]) {
            return None;
        }
        let (subject, after_subject) = digits(bytes, 2)?;
        if bytes.get(after_subject) != Some(&b'.') {
            return None;
        }
        let (detail, end) = digits(bytes, after_subject + 1)?;
        let goes_on = match bytes.get(end) {
            Some(b'.') => bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
            // A capitalised word may have lost the blank before it: `5.7.1Unauthorized`.
            Some(byte) => (byte.is_ascii_alphanumeric() || *byte == b'/') && !is_capitalised(&bytes[end..]),
            None => false,
        };
        (!goes_on).then_some((EnhancedStatus { class: bytes[0] - b'0', subject, detail }, end))
    }

    /// By the class; `None` for 6.
    pub fn completion(self) -> Option<Completion> {
        match self.class {
            2 => Some(Completion::Positive),
            4 => Some(Completion::Transient),
            5 => Some(Completion::Permanent),
            _ => None,
        }
    }
}

fn is_capitalised(word: &[u8]) -> bool {
    matches!(word, [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', ..])
}

/// The one to three digits at `start`, and where they end.
fn digits(bytes: &[u8], start: usize) -> Option<(u16, usize)> {
    let length = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value =
        bytes[start..start + length].iter().fold(0, |value: u16, byte| value.wrapping_mul(10) + u16::from(byte - b'0'));
    (1..=3).contains(&length).then_some((value, start + length))
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}
