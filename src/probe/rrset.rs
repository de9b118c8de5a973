//! RRsets in a form that compares: order and TTL aside, character-strings joined, names without regard to case.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::dns::{Answer, Name, RData, RecordType};

/// What a server holds at one name for one type: the records, or the alias in their place.
#[derive(Clone, Debug, Default)]
pub struct Rrset {
    /// What compares, and how it is shown.
    values: BTreeMap<Vec<u8>, String>,
}

impl Rrset {
    /// The RRset at the very name. Past an alias lie other names, and often other zones, which change by themselves.
    pub fn of(answer: &Answer, name: &Name, kind: RecordType) -> Self {
        let at_name = answer.records.iter().filter(|record| record.name == *name);
        let wanted = at_name.filter(|record| [kind, RecordType::CNAME].contains(&record.record_type()));
        Rrset { values: wanted.map(|record| value(&record.data, kind)).collect() }
    }

    /// What somebody expects, as typed: TXT with or without its quotes, names with or without their last dot.
    pub fn expected(values: &[String], kind: RecordType) -> Self {
        let read = |text: &String| (typed_key(text.trim(), kind), text.trim().to_owned());
        Rrset { values: values.iter().map(read).collect() }
    }

    /// The least TTL among its records, in seconds.
    pub fn ttl(answer: &Answer, name: &Name) -> Option<u32> {
        answer.records.iter().filter(|record| record.name == *name).map(|record| record.ttl).min()
    }

    pub fn contains(&self, other: &Rrset) -> bool {
        other.values.keys().all(|key| self.values.contains_key(key))
    }

    pub fn values(&self) -> Vec<String> {
        self.values.values().cloned().collect()
    }
}

impl PartialEq for Rrset {
    fn eq(&self, other: &Self) -> bool {
        self.values.keys().eq(other.values.keys())
    }
}

fn value(data: &RData, asked: RecordType) -> (Vec<u8>, String) {
    match data {
        // RFC 7208 §3.3, RFC 6376 §3.6.2.2: the strings are read as one, joined without blanks.
        RData::TXT(txt) => {
            let joined = txt.txt_data.concat();
            let shown = String::from_utf8_lossy(&joined).into_owned();
            (joined, shown)
        }
        RData::CNAME(target) if asked != RecordType::CNAME => {
            let shown = format!("CNAME {target}");
            (folded(&shown), shown)
        }
        other => (typed_key(&other.to_string(), other.record_type()), other.to_string()),
    }
}

fn typed_key(text: &str, kind: RecordType) -> Vec<u8> {
    match kind {
        RecordType::TXT => unquoted(text).into_bytes(),
        RecordType::A | RecordType::AAAA => {
            text.parse::<IpAddr>().map_or(folded(text), |address| folded(&address.to_string()))
        }
        RecordType::NS | RecordType::CNAME | RecordType::PTR | RecordType::MX | RecordType::SRV | RecordType::SOA => {
            folded(text)
        }
        _ => text.as_bytes().to_vec(),
    }
}

/// `"one" "two"` as `onetwo`; other text as it stands.
fn unquoted(text: &str) -> String {
    let inside = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.map_or_else(|| text.to_owned(), |inside| inside.split('"').step_by(2).collect())
}

/// RFC 4343: names compare without regard to case.
fn folded(text: &str) -> Vec<u8> {
    let fields = text.split_whitespace().map(|field| field.strip_suffix('.').unwrap_or(field));
    fields.collect::<Vec<_>>().join(" ").to_ascii_lowercase().into_bytes()
}
