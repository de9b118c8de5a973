use std::fmt;

use super::Completion;

/// An enhanced status code `class.subject.detail`, RFC 3463 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnhancedStatus {
    pub class: u8,
    pub subject: u16,
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

    pub fn completion(self) -> Option<Completion> {
        match self.class {
            2 => Some(Completion::Positive),
            4 => Some(Completion::Transient),
            5 => Some(Completion::Permanent),
            _ => None,
        }
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}
