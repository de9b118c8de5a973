//! Networks in a term: `ip4` and `ip6`, RFC 7208 §5.6, and the lengths of `a` and `mx`, §5.3.

use super::{DualPrefix, Mechanism};
use crate::span::Span;
use crate::spf::repair;
use crate::spf::syntax::{Problem, SyntaxError};

/// Where the network lengths of `a` and `mx` begin: behind the last dot or macro, since a domain-spec ends in a label
/// or a macro and may hold slashes before that, §7.1.
pub(super) fn split_lengths(argument: &str) -> (&str, &str) {
    let tail = argument.rfind(['.', '}']).unwrap_or(0);
    let slash = argument[tail..].find('/').map_or(argument.len(), |slash| tail + slash);
    argument.split_at(slash)
}

pub(super) fn read_dual_prefix(text: &str, at: usize, problems: &mut Vec<Problem>) -> Option<DualPrefix> {
    let mut prefix = DualPrefix::default();
    let (v4, v6) = match text.find("//") {
        Some(double) => (&text[..double], Some((&text[double + 2..], at + double))),
        None => (text, None),
    };
    let found = problems.len();
    if !v4.is_empty() {
        prefix.v4 = read_length(&v4[1..], Span::new(at, at + v4.len()), Family::V4, problems).unwrap_or_default();
    }
    if let Some((v6, v6_at)) = v6 {
        let span = Span::new(v6_at, v6_at + 2 + v6.len());
        prefix.v6 = read_length(v6, span, Family::V6Dual, problems).unwrap_or_default();
    }
    (problems.len() == found).then_some(prefix)
}

/// Which network length, and how it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    V4,
    V6,
    /// The second length of `a` and `mx`, after two slashes.
    V6Dual,
}

impl Family {
    fn bits(self) -> u8 {
        if self == Family::V4 { 32 } else { 128 }
    }

    fn name(self) -> &'static str {
        if self == Family::V4 { "IPv4" } else { "IPv6" }
    }

    fn slashes(self) -> &'static str {
        if self == Family::V6Dual { "//" } else { "/" }
    }
}

/// `"0" / %x31-39 …`, §5.6: no leading zeros. `span` has the slashes in it.
fn read_length(digits: &str, span: Span, family: Family, problems: &mut Vec<Problem>) -> Option<u8> {
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: Option<u8> = digits.parse().ok().filter(|length| *length <= family.bits());
    let padded = digits.len() > 1 && digits.starts_with('0');
    match value {
        Some(length) if numeric && !padded => return Some(length),
        Some(length) if numeric => {
            let what = SyntaxError::BadPrefixLength(format!("{}{digits}", family.slashes()));
            problems.push(Problem::new(what, span).with_fix(format!("{}{length}", family.slashes())));
        }
        _ if numeric => {
            let what =
                SyntaxError::PrefixOutOfRange { found: digits.to_owned(), family: family.name(), max: family.bits() };
            // The narrowest network never authorises more than was meant.
            problems.push(Problem::new(what, span).with_fix(format!("{}{}", family.slashes(), family.bits())));
        }
        _ => {
            let what = SyntaxError::BadPrefixLength(format!("{}{digits}", family.slashes()));
            let problem = Problem::new(what, span);
            let mask = repair::mask_length(digits).filter(|_| family == Family::V4);
            let doubled = digits.strip_prefix('/').and_then(|digits| digits.parse().ok());
            problems.push(match mask.or(doubled).filter(|length| *length <= u32::from(family.bits())) {
                Some(length) => problem.with_fix(format!("{}{length}", family.slashes())),
                None if digits.is_empty() => problem.with_fix(""),
                None => problem,
            });
        }
    }
    None
}

pub(super) fn read_network(
    name: &'static str,
    argument: &str,
    name_span: Span,
    problems: &mut Vec<Problem>,
) -> Option<Mechanism> {
    let Some(network) = argument.strip_prefix(':').filter(|network| !network.is_empty()) else {
        let span = Span::new(name_span.start, name_span.end + argument.len().min(1));
        problems.push(Problem::new(SyntaxError::MissingNetwork(name), span));
        return None;
    };
    let at = name_span.end + 1;
    let slash = network.find('/').unwrap_or(network.len());
    let (address, length) = network.split_at(slash);
    let address_span = Span::new(at, at + address.len());
    let length_span = Span::new(address_span.end, at + network.len());
    let family = if name == "ip4" { Family::V4 } else { Family::V6 };
    let mechanism = match family {
        Family::V4 => address.parse().ok().map(|address| Mechanism::Ip4 { address, prefix: 32 }),
        _ => address.parse().ok().map(|address| Mechanism::Ip6 { address, prefix: 128 }),
    };
    if mechanism.is_none() {
        let text = address.to_owned();
        let what = if family == Family::V4 { SyntaxError::BadIp4(text) } else { SyntaxError::BadIp6(text) };
        problems.push(Problem::new(what, address_span));
        if family == Family::V4 && address.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && length.len() > 1
        {
            read_length(&length[1..], length_span, family, problems);
        }
        return None;
    }
    if length.is_empty() {
        return mechanism;
    }
    let prefix = read_length(&length[1..], length_span, family, problems)?;
    mechanism.map(|mechanism| match mechanism {
        Mechanism::Ip4 { address, .. } => Mechanism::Ip4 { address, prefix },
        Mechanism::Ip6 { address, .. } => Mechanism::Ip6 { address, prefix },
        other => other,
    })
}
