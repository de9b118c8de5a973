//! Domain names as SPF meets them: any octets in a label, and not always names that DNS can hold.

use std::net::IpAddr;

use crate::dns::{Name, Question, RecordType};

use super::limits;

/// The name to ask for; `None` for what DNS cannot hold: an empty or too long label, too long a name.
pub(super) fn dns_name(domain: &str) -> Option<Name> {
    if !domain.is_ascii() {
        // "Internationalized domain names MUST be encoded as A-labels", RFC 7208 §4.3.
        return Name::from_utf8(format!("{}.", domain.trim_end_matches('.'))).ok();
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let fits = |label: &str| (1..=limits::LABEL_OCTETS).contains(&label.len());
    if domain.len() > limits::DOMAIN_OCTETS || !domain.split('.').all(fits) {
        return None;
    }
    Name::from_labels(domain.split('.').map(str::as_bytes)).ok()
}

/// A domain that `check_host()` begins with: "not a multi-label domain name" is no such one, §4.3.
pub(super) fn is_initial_domain(domain: &str) -> bool {
    dns_name(domain).is_some_and(|name| name.num_labels() > 1) && !domain.starts_with('[')
}

pub(super) fn question(domain: &str, kind: RecordType) -> Option<Question> {
    dns_name(domain).map(|name| Question::new(name, kind))
}

/// A name from an answer, as text that `dns_name` reads back.
pub(super) fn text(name: &Name) -> String {
    name.iter().map(|label| String::from_utf8_lossy(label)).collect::<Vec<_>>().join(".")
}

pub(super) fn same(a: &str, b: &str) -> bool {
    let bare = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    bare(a) == bare(b)
}

/// Is `name` equal to `domain` or below it? §5.5.
pub(super) fn is_at_or_below(name: &str, domain: &str) -> bool {
    match (dns_name(name), dns_name(domain)) {
        (Some(name), Some(domain)) => domain.zone_of(&name),
        _ => false,
    }
}

pub(super) fn reverse(ip: IpAddr) -> Name {
    Name::from(ip)
}

/// The type of record that holds addresses of this family, §5.
pub(super) fn address_type(ip: IpAddr) -> RecordType {
    if ip.is_ipv4() { RecordType::A } else { RecordType::AAAA }
}
