use std::fmt;

/// A three-digit reply code, RFC 5321 §4.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit tells, RFC 5321 §4.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Completion {
    /// 2yz and 3yz: done, or go on.
    Positive,
    /// 4yz: not done, and the same again later may be. A queue retries.
    Transient,
    /// 5yz: not done, and the same again will not be. A queue gives the message up.
    Permanent,
}

impl ReplyCode {
    /// `None` unless 200 ≤ `number` ≤ 599: RFC 5321 defines no first digit but 2 to 5.
    pub fn new(number: u16) -> Option<Self> {
        (200..600).contains(&number).then_some(ReplyCode(number))
    }

    /// Reads exactly three digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok().and_then(ReplyCode::new)).flatten()
    }

    /// Reads the three digits that `bytes` begins with, where no fourth follows.
    pub fn at_start(bytes: &[u8]) -> Option<Self> {
        let [a, b, c] = *bytes.first_chunk()?;
        let digits = [a, b, c].iter().all(u8::is_ascii_digit) && !bytes.get(3).is_some_and(u8::is_ascii_digit);
        let number = |digit: u8| u16::from(digit - b'0');
        digits.then(|| ReplyCode::new(number(a) * 100 + number(b) * 10 + number(c))).flatten()
    }

    /// From 200 to 599.
    pub fn number(self) -> u16 {
        self.0
    }

    /// By the first digit.
    pub fn completion(self) -> Option<Completion> {
        match self.0 / 100 {
            2 | 3 => Some(Completion::Positive),
            4 => Some(Completion::Transient),
            5 => Some(Completion::Permanent),
            _ => None,
        }
    }

    /// 4yz or 5yz.
    pub fn is_failure(self) -> bool {
        self.0 >= 400
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}
