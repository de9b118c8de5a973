//! What can be wrong with the text of a record, and where RFC 7208 says so.

use std::fmt;

use thiserror::Error;

use crate::finding::{Finding, Severity};
use crate::span::Span;

/// One thing wrong with the text of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    pub(super) what: SyntaxError,
    /// Where in the record.
    pub span: Span,
    /// What to put in place of `span`; only where it is sure.
    pub fix: Option<String>,
}

/// The ways in which the text of a record goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum SyntaxError {
    #[error("the record does not begin with `v=spf1` and a blank, so no receiver reads it as SPF")]
    NotSpf,
    #[error("{} is not an ASCII character", described(*.0))]
    ForeignCharacter(char),
    #[error("{} stands where only a blank may separate terms", described(*.0))]
    NotABlank(char),
    #[error("the control character {} may not stand in a record", described(*.0))]
    ControlCharacter(char),
    #[error("`{0}` is not an SPF mechanism")]
    UnknownMechanism(String),
    #[error("`{0}` is neither a mechanism nor a modifier")]
    UnknownTerm(String),
    #[error("`{0}` is a modifier: it takes `=`, not `:`")]
    ModifierWithColon(&'static str),
    #[error("a modifier such as `{0}=` takes no qualifier")]
    QualifiedModifier(String),
    #[error("`{0}=` is read as an unknown modifier and ignored; the mechanism is written `{0}:`")]
    MechanismWithEquals(&'static str),
    #[error("`{0}=` is read as an unknown modifier and ignored; it seems to be misspelt")]
    MisspeltModifier(String),
    #[error("the qualifier `{0}` stands alone")]
    LoneQualifier(String),
    #[error("the length `{0}` stands alone, apart from its network")]
    LonePrefixLength(String),
    #[error("`{0}` needs a domain name after it")]
    MissingDomain(&'static str),
    #[error("`{0}` needs a network after it")]
    MissingNetwork(&'static str),
    #[error("a blank after `{0}` cuts it off from its argument")]
    BlankInTerm(String),
    #[error("`all` takes no argument")]
    ArgumentOfAll,
    #[error("`{0}` takes no network length")]
    UnexpectedPrefixLength(&'static str),
    #[error("`{0}` is not an IPv4 address")]
    BadIp4(String),
    #[error("`{0}` is not an IPv6 address")]
    BadIp6(String),
    #[error("`/{found}` is not a network length: an {family} network has 0 to {max} bits")]
    PrefixOutOfRange { found: String, family: &'static str, max: u8 },
    #[error("`{0}` is not a network length")]
    BadPrefixLength(String),
    #[error("`{0}` is a bare word: a domain name here has at least one dot")]
    SingleLabel(String),
    #[error("`{0}` is all digits: no domain name ends in such a label")]
    NumericTopLabel(String),
    #[error("`{0}` cannot be the last label of a domain name")]
    BadTopLabel(String),
    #[error("the name has an empty label: two dots in a row, or one in front")]
    EmptyLabel,
    #[error("`{0}` stands in the name, and no host's name has it")]
    OddName(char),
    #[error("the label `{0}` has {len} octets; DNS allows 63", len = .0.len())]
    LongLabel(String),
    #[error("`{0}` is read as one term; a blank seems to be missing in it")]
    RunTogether(String),
    #[error("a second `v=spf1` inside the record is read as an unknown modifier and ignored")]
    RepeatedVersion,
    #[error("`{0}=` stands in the record twice")]
    DuplicateModifier(String),
    #[error("`%` begins no macro here; a percent sign itself is written `%%`")]
    StrayPercent,
    #[error("the macro is not closed with `}}`")]
    UnclosedMacro,
    #[error("the macro is empty")]
    EmptyMacro,
    #[error("there is no macro letter `{0}`")]
    MacroLetter(char),
    #[error("the macro letter `{0}` is for explanation texts only")]
    ExplanationLetter(char),
    #[error("a macro that keeps 0 parts of a name keeps nothing")]
    ZeroTransformer,
    #[error("`{0}` cannot delimit parts in a macro")]
    MacroDelimiter(char),
}

impl Problem {
    pub(super) fn new(what: SyntaxError, span: Span) -> Self {
        Problem { what, span, fix: None }
    }

    pub(super) fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// An error makes receivers reject the record; a warning is accepted by them and surely not what was meant.
    pub fn severity(&self) -> Severity {
        self.what.severity()
    }

    /// The section of RFC 7208 that is not kept, such as `RFC 7208 §5.6`.
    pub fn section(&self) -> &'static str {
        self.what.section()
    }

    /// As a finding `spf-syntax` about the record `text` of `domain`.
    pub fn finding(&self, domain: &str, text: &str) -> Finding {
        let message = format!("{} ({})", self.what, self.what.section());
        Finding {
            record: Some(text.to_owned()),
            span: Some(self.span),
            help: Some(self.help()),
            fix: self.fix.clone(),
            ..Finding::new("spf-syntax", self.severity(), domain, message)
        }
    }

    fn help(&self) -> String {
        let advice = self.what.advice();
        match (&self.fix, self.severity()) {
            (Some(fix), _) if fix.is_empty() => format!("take it out. {advice}"),
            (Some(fix), _) => format!("write `{}` instead. {advice}", fix.escape_debug()),
            (None, _) => advice.to_owned(),
        }
        .trim_end()
        .to_owned()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl SyntaxError {
    pub fn severity(&self) -> Severity {
        match self {
            SyntaxError::MechanismWithEquals(_)
            | SyntaxError::MisspeltModifier(_)
            | SyntaxError::EmptyLabel
            | SyntaxError::OddName(_)
            | SyntaxError::LongLabel(_)
            | SyntaxError::RunTogether(_)
            | SyntaxError::RepeatedVersion => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Where the rule stands.
    pub fn section(&self) -> &'static str {
        use SyntaxError::*;
        match self {
            NotSpf => "RFC 7208 §4.5",
            ForeignCharacter(_) | NotABlank(_) | ControlCharacter(_) | RunTogether(_) | UnknownTerm(_) => {
                "RFC 7208 §4.6.1"
            }
            RepeatedVersion => "RFC 7208 §4.5",
            UnknownMechanism(_) | LoneQualifier(_) | BlankInTerm(_) => "RFC 7208 §4.6.1",
            LonePrefixLength(_) => "RFC 7208 §5.6",
            ModifierWithColon(_)
            | QualifiedModifier(_)
            | MechanismWithEquals(_)
            | MisspeltModifier(_)
            | DuplicateModifier(_) => "RFC 7208 §6",
            MissingDomain("include") => "RFC 7208 §5.2",
            MissingDomain("a") => "RFC 7208 §5.3",
            MissingDomain("mx") => "RFC 7208 §5.4",
            MissingDomain("ptr") | UnexpectedPrefixLength("ptr") => "RFC 7208 §5.5",
            MissingDomain("exists") => "RFC 7208 §5.7",
            MissingDomain("redirect") => "RFC 7208 §6.1",
            MissingDomain("exp") => "RFC 7208 §6.2",
            ArgumentOfAll => "RFC 7208 §5.1",
            MissingNetwork(_) | BadIp4(_) | BadIp6(_) | PrefixOutOfRange { .. } | BadPrefixLength(_) => "RFC 7208 §5.6",
            EmptyLabel | LongLabel(_) | OddName(_) => "RFC 7208 §4.8",
            _ => "RFC 7208 §7.1",
        }
    }

    fn advice(&self) -> &'static str {
        use SyntaxError::*;
        match self {
            NotSpf => "A record is one line of text that starts with `v=spf1`, then a blank, then the terms.",
            ForeignCharacter(_) => {
                "A record is plain ASCII; such characters come from word processors and web pages. An international \
                 domain name is written in its xn-- form."
            }
            NotABlank(_) => "Only the blank (U+0020) separates terms.",
            ControlCharacter(_) => "Type the record afresh in a plain text editor.",
            UnknownMechanism(_) => {
                "The mechanisms are all, include:, a, mx, ip4:, ip6:, exists: and ptr; one wrong word makes receivers \
                 reject the whole record."
            }
            UnknownTerm(_) => "Every term is a mechanism (`ip4:192.0.2.1`) or a modifier (`redirect=example.com`).",
            ModifierWithColon(_) => "",
            QualifiedModifier(_) => "Only mechanisms are qualified with `+`, `-`, `~` or `?`.",
            MechanismWithEquals(_) => "Receivers accept the record, and behave as if this term were not there.",
            MisspeltModifier(_) => "Receivers accept the record, and behave as if this term were not there.",
            LoneQualifier(_) => "A qualifier is written right before its mechanism: `-all`.",
            LonePrefixLength(_) => "A network and its length are one word: `ip4:192.0.2.0/24`.",
            MissingDomain(_) => "Give the name, or take the term out.",
            MissingNetwork(_) => "Give an address or a network: `ip4:192.0.2.0/24`, `ip6:2001:db8::/32`.",
            BlankInTerm(_) => "A term has no blanks inside.",
            ArgumentOfAll => "`all` matches everything, whatever stands behind it.",
            UnexpectedPrefixLength(_) => "Only a, mx, ip4 and ip6 take one.",
            BadIp4(_) => {
                "An IPv4 address is four numbers from 0 to 255, without leading zeros; a network adds its length: \
                 `192.0.2.0/24`. A host name goes with `a:`."
            }
            BadIp6(_) => "An IPv6 address is written like `2001:db8::1`, without brackets; a network adds its length.",
            PrefixOutOfRange { .. } => "",
            BadPrefixLength(_) => {
                "A length is a slash and a number without leading zeros: `/24`; `a` and `mx` take a second one for \
                 IPv6 after two slashes: `/24//64`."
            }
            SingleLabel(_) => "Write the whole name, `mail.example.com`.",
            NumericTopLabel(_) => "If it is an address, it goes with `ip4:`.",
            BadTopLabel(_) => "Look for a stray character at the end of the name.",
            EmptyLabel => "Such a name is never found; some receivers reject the whole record.",
            OddName(_) => "Receivers accept it, ask for a name that does not exist, and find nothing.",
            LongLabel(_) => "Such a name cannot be asked for and never matches.",
            RunTogether(_) => "Receivers accept it, look for a name that does not exist, and find nothing.",
            RepeatedVersion => "Two records were joined: keep one `v=spf1` at the beginning and one `all` at the end.",
            DuplicateModifier(_) => "Keep one of them.",
            StrayPercent => "A macro is written `%{…}`.",
            UnclosedMacro | EmptyMacro => "A macro is a letter in braces: `%{i}`, `%{d2}`.",
            MacroLetter(_) => "The letters are s, l, o, d, i, p, v and h.",
            ExplanationLetter(_) => "In a domain name, only s, l, o, d, i, p, v and h may be used.",
            ZeroTransformer => "Give the number of right-hand parts to keep, or none for all.",
            MacroDelimiter(_) => "The delimiters are . - + , / _ and =.",
        }
    }
}

/// A character by what can be seen of it and by its number.
fn described(c: char) -> String {
    let name = match c {
        '\t' => "a tab",
        '\r' => "a carriage return",
        '\n' => "a line feed",
        '\0' => "a NUL",
        '\u{a0}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => "an invisible character",
        '\u{3000}' => "an ideographic space",
        '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => "a typographic quotation mark",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "a typographic dash",
        '\u{ff01}'..='\u{ff5e}' => "a full-width character",
        '\u{fffd}' => "an octet that is not UTF-8",
        c if c.is_control() => "a control character",
        c if c.is_whitespace() => "an unusual blank",
        c => return format!("`{c}` (U+{:04X})", u32::from(c)),
    };
    format!("{name} (U+{:04X})", u32::from(c))
}
