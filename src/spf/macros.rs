//! Macros, RFC 7208 §7.

use std::fmt;
use std::net::IpAddr;

use crate::span::Span;

use super::limits;
use super::syntax::{Problem, SyntaxError};

/// A macro-string, read but not expanded: §7.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MacroString {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    /// `%%`
    Percent,
    /// `%_`
    Space,
    /// `%-`
    UrlSpace,
    Expand(Expand),
}

/// `%{…}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expand {
    pub letter: Letter,
    /// An upper-case letter: what comes out is URL-escaped, §7.3.
    pub escaped: bool,
    /// How many right-hand parts to keep; all without it. Never 0.
    pub keep: Option<usize>,
    pub reverse: bool,
    /// Where to split; `.` when empty.
    pub delimiters: String,
}

/// The macro letters, §7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Letter {
    Sender,
    LocalPart,
    SenderDomain,
    Domain,
    Ip,
    ValidatedName,
    Family,
    Helo,
    ReadableIp,
    Receiver,
    Timestamp,
}

/// Where a macro-string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// A domain-spec.
    Domain,
    /// The value of a modifier nobody knows.
    Modifier,
    /// The text that `exp` leads to, where blanks and three more letters are allowed: §6.2, §7.2.
    Explanation,
}

impl Letter {
    fn from_char(letter: char) -> Option<Self> {
        Some(match letter.to_ascii_lowercase() {
            's' => Letter::Sender,
            'l' => Letter::LocalPart,
            'o' => Letter::SenderDomain,
            'd' => Letter::Domain,
            'i' => Letter::Ip,
            'p' => Letter::ValidatedName,
            'v' => Letter::Family,
            'h' => Letter::Helo,
            'c' => Letter::ReadableIp,
            'r' => Letter::Receiver,
            't' => Letter::Timestamp,
            _ => return None,
        })
    }

    pub fn as_char(self) -> char {
        match self {
            Letter::Sender => 's',
            Letter::LocalPart => 'l',
            Letter::SenderDomain => 'o',
            Letter::Domain => 'd',
            Letter::Ip => 'i',
            Letter::ValidatedName => 'p',
            Letter::Family => 'v',
            Letter::Helo => 'h',
            Letter::ReadableIp => 'c',
            Letter::Receiver => 'r',
            Letter::Timestamp => 't',
        }
    }

    /// "The following macro letters are allowed only in "exp" text", §7.2.
    fn is_for_explanations(self) -> bool {
        matches!(self, Letter::ReadableIp | Letter::Receiver | Letter::Timestamp)
    }
}

impl MacroString {
    /// Reads `text`, which stands at `at` in its record; every error goes to `problems`.
    pub(super) fn read(text: &str, at: usize, scope: Scope, problems: &mut Vec<Problem>) -> MacroString {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let here = at + (text.len() - rest.len());
            let length = match rest.find('%') {
                Some(0) => read_percent(rest, here, scope, &mut parts, problems),
                percent => {
                    let length = percent.unwrap_or(rest.len());
                    parts.push(Part::Literal(rest[..length].to_owned()));
                    length
                }
            };
            rest = &rest[length..];
        }
        MacroString { parts }
    }

    /// Reads explanation text, §6.2: a syntax error in it means that there is no explanation.
    #[doc(hidden)]
    pub fn explanation(text: &str) -> Option<MacroString> {
        let mut problems = Vec::new();
        let read = MacroString::read(text, 0, Scope::Explanation, &mut problems);
        let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        (plain && problems.is_empty()).then_some(read)
    }

    pub(super) fn letters(&self) -> impl Iterator<Item = Letter> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expand(expand) => Some(expand.letter),
            _ => None,
        })
    }

    pub(super) fn uses(&self, letter: Letter) -> bool {
        self.letters().any(|used| used == letter)
    }

    /// The text with every macro replaced; `None` where `value` does not know a letter.
    #[doc(hidden)]
    pub fn expand(&self, value: impl Fn(Letter) -> Option<String>) -> Option<String> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Some(text.clone()),
                Part::Percent => Some("%".to_owned()),
                Part::Space => Some(" ".to_owned()),
                Part::UrlSpace => Some("%20".to_owned()),
                Part::Expand(expand) => value(expand.letter).map(|value| expand.apply(&value)),
            })
            .collect()
    }
}

/// Reads what begins with `%`; returns how many octets it took.
fn read_percent(rest: &str, at: usize, scope: Scope, parts: &mut Vec<Part>, problems: &mut Vec<Problem>) -> usize {
    let simple = match rest.as_bytes().get(1) {
        Some(b'%') => Part::Percent,
        Some(b'_') => Part::Space,
        Some(b'-') => Part::UrlSpace,
        Some(b'{') => return read_braces(rest, at, scope, parts, problems),
        // "A '%' character not followed by a '{', '%', '-', or '_' character is a syntax error", §7.1.
        _ => {
            problems.push(stray_percent(rest, at));
            return 1;
        }
    };
    parts.push(simple);
    2
}

fn stray_percent(rest: &str, at: usize) -> Problem {
    let brackets = rest.strip_prefix("%(").and_then(|inner| inner.split_once(')'));
    match brackets {
        Some((inner, _)) if is_macro_body(inner) => {
            let span = Span::new(at, at + inner.len() + 3);
            Problem::new(SyntaxError::StrayPercent, span).with_fix(format!("%{{{inner}}}"))
        }
        _ => Problem::new(SyntaxError::StrayPercent, Span::new(at, at + 1)),
    }
}

fn is_macro_body(body: &str) -> bool {
    read_body(body, Scope::Domain).is_ok()
}

fn read_braces(rest: &str, at: usize, scope: Scope, parts: &mut Vec<Part>, problems: &mut Vec<Problem>) -> usize {
    let Some(close) = rest.find('}') else {
        problems.push(Problem::new(SyntaxError::UnclosedMacro, Span::new(at, at + rest.len())));
        return rest.len();
    };
    match read_body(&rest[2..close], scope) {
        Ok(expand) => parts.push(Part::Expand(expand)),
        Err(what) => problems.push(Problem::new(what, Span::new(at, at + close + 1))),
    }
    close + 1
}

/// `macro-letter transformers *delimiter`, §7.1.
fn read_body(body: &str, scope: Scope) -> Result<Expand, SyntaxError> {
    let first = body.chars().next().ok_or(SyntaxError::EmptyMacro)?;
    let letter = Letter::from_char(first).ok_or(SyntaxError::MacroLetter(first))?;
    if letter.is_for_explanations() && scope == Scope::Domain {
        return Err(SyntaxError::ExplanationLetter(first));
    }
    let rest = &body[1..];
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let keep = match &rest[..digits] {
        "" => None,
        // "If a DIGIT is specified, the value MUST be nonzero", §7.3.
        zero if zero.bytes().all(|digit| digit == b'0') => return Err(SyntaxError::ZeroTransformer),
        number => Some(number.parse().unwrap_or(usize::MAX)),
    };
    let rest = &rest[digits..];
    let reverse = rest.starts_with(['r', 'R']);
    let delimiters = &rest[usize::from(reverse)..];
    match delimiters.chars().find(|c| !".-+,/_=".contains(*c)) {
        Some(other) => Err(SyntaxError::MacroDelimiter(other)),
        None => {
            Ok(Expand { letter, escaped: first.is_ascii_uppercase(), keep, reverse, delimiters: delimiters.to_owned() })
        }
    }
}

impl Expand {
    fn apply(&self, value: &str) -> String {
        let split_at = |c: char| match self.delimiters.as_str() {
            "" => c == '.',
            delimiters => delimiters.contains(c),
        };
        let mut kept: Vec<&str> = value.split(split_at).collect();
        if self.reverse {
            kept.reverse();
        }
        let dropped = kept.len().saturating_sub(self.keep.unwrap_or(usize::MAX));
        // "After splitting, reversal and truncation … joined with '.'", §7.3, whatever the delimiter was.
        let joined = kept[dropped..].join(".");
        if self.escaped { escape(&joined) } else { joined }
    }
}

/// Escapes all but the unreserved characters of RFC 3986 §2.3, as RFC 7208 §7.3 asks for upper-case letters.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

/// What `%{i}` stands for: dotted, an octet or (IPv6) a nibble at a time, §7.3.
pub fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let nibbles = ip.octets().into_iter().flat_map(|octet| [octet >> 4, octet & 15]);
            nibbles.map(|nibble| format!("{nibble:X}")).collect::<Vec<_>>().join(".")
        }
    }
}

/// What `%{v}` stands for.
pub fn family(ip: IpAddr) -> &'static str {
    if ip.is_ipv4() { "in-addr" } else { "ip6" }
}

/// An expanded domain-spec as a name to ask for: no trailing dot, cut on the left to 253 octets, §7.3.
pub fn target_name(expanded: &str) -> &str {
    let mut name = expanded.strip_suffix('.').unwrap_or(expanded);
    while name.len() > limits::DOMAIN_OCTETS {
        match name.split_once('.') {
            Some((_, right)) => name = right,
            None => break,
        }
    }
    name
}

impl fmt::Display for MacroString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Literal(text) => f.write_str(text),
            Part::Percent => f.write_str("%%"),
            Part::Space => f.write_str("%_"),
            Part::UrlSpace => f.write_str("%-"),
            Part::Expand(expand) => expand.fmt(f),
        })
    }
}

impl fmt::Display for Expand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = self.letter.as_char();
        write!(f, "%{{{}", if self.escaped { letter.to_ascii_uppercase() } else { letter })?;
        if let Some(keep) = self.keep {
            write!(f, "{keep}")?;
        }
        write!(f, "{}{}}}", if self.reverse { "r" } else { "" }, self.delimiters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sender, address and name of RFC 7208 §7.4.
    fn rfc_values(ip: &str) -> impl Fn(Letter) -> Option<String> {
        let ip: IpAddr = ip.parse().unwrap();
        move |letter| {
            Some(match letter {
                Letter::Sender => "strong-bad@email.example.com".to_owned(),
                Letter::LocalPart => "strong-bad".to_owned(),
                Letter::SenderDomain | Letter::Domain => "email.example.com".to_owned(),
                Letter::Ip => dotted(ip),
                Letter::Family => family(ip).to_owned(),
                Letter::ValidatedName => "mx.example.org".to_owned(),
                _ => return None,
            })
        }
    }

    fn expanded(text: &str, ip: &str) -> String {
        let mut problems = Vec::new();
        let read = MacroString::read(text, 0, Scope::Domain, &mut problems);
        assert_eq!(problems, []);
        assert_eq!(read.to_string(), text, "printing what was read");
        read.expand(rfc_values(ip)).unwrap()
    }

    #[test]
    fn expansion_examples_of_section_7_4() {
        for (text, expected) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d3}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr}", "strong-bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
            ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
            ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
        ] {
            assert_eq!(expanded(text, "192.0.2.3"), expected, "{text}");
        }
        let v6 = expanded("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01").to_lowercase();
        let nibbles = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";
        assert_eq!(v6, format!("{nibbles}.ip6._spf.example.com"));
    }

    #[test]
    fn upper_case_letters_escape_all_but_unreserved_characters() {
        let read = MacroString::explanation("why?l=%{L}").unwrap();
        let text = read.expand(|_| Some("~a&b=c-d_e.f/ü".to_owned())).unwrap();
        assert_eq!(text, "why?l=~a%26b%3Dc-d_e.f%2F%C3%BC");
    }

    #[test]
    fn parts_beyond_those_available_keep_all_and_huge_counts_do_not_overflow() {
        assert_eq!(expanded("%{d128}", "192.0.2.3"), "email.example.com");
        let mut problems = Vec::new();
        let huge = MacroString::read("%{d99999999999999999999999r}", 0, Scope::Domain, &mut problems);
        assert_eq!(huge.expand(rfc_values("192.0.2.3")).unwrap(), "com.example.email");
    }

    #[test]
    fn names_are_cut_by_labels_from_the_left() {
        let long = format!("{}.example.com", vec!["abcdefghi"; 30].join("."));
        let cut = target_name(&long);
        assert!(cut.len() <= 253 && cut.ends_with(".example.com") && cut.starts_with("abcdefghi."), "{cut}");
        assert!(cut.len() > 253 - 10);
        assert_eq!(target_name("example.com."), "example.com");
    }

    #[test]
    fn every_macro_error_has_its_place() {
        for (text, what, start, end) in [
            ("a%b", SyntaxError::StrayPercent, 1, 2),
            ("a.%", SyntaxError::StrayPercent, 2, 3),
            ("%(ir).x", SyntaxError::StrayPercent, 0, 5),
            ("%{d", SyntaxError::UnclosedMacro, 0, 3),
            ("x%{}", SyntaxError::EmptyMacro, 1, 4),
            ("%{a}", SyntaxError::MacroLetter('a'), 0, 4),
            ("%{d0}", SyntaxError::ZeroTransformer, 0, 5),
            ("%{d:}", SyntaxError::MacroDelimiter(':'), 0, 5),
            ("%{r}", SyntaxError::ExplanationLetter('r'), 0, 4),
        ] {
            let mut problems = Vec::new();
            MacroString::read(text, 0, Scope::Domain, &mut problems);
            let [problem] = &problems[..] else { panic!("{text}: {problems:?}") };
            assert_eq!((&problem.what, problem.span), (&what, Span::new(start, end)), "{text}");
        }
    }

    #[test]
    fn c_r_and_t_are_for_explanations() {
        assert!(MacroString::explanation("%{c} at %{r}, %{t}").is_some());
        assert!(MacroString::explanation("the %{x} files").is_none());
        assert!(MacroString::explanation("caf\u{e9}").is_none());
    }
}
