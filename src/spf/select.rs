//! Which of a name's TXT records is its SPF record, RFC 7208 §4.5.

use crate::dns::{Answer, RData, RecordType};

use super::record;

/// A TXT record: its character-strings as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub strings: Vec<Vec<u8>>,
}

/// What selection left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selected {
    None,
    One(Text),
    Many(Vec<Text>),
}

impl Text {
    /// "the strings are concatenated together without adding spaces", §3.3.
    pub fn octets(&self) -> Vec<u8> {
        self.strings.concat()
    }

    /// For reading and showing; octets that are no UTF-8 become U+FFFD, which is an error in a record either way.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.octets()).into_owned()
    }
}

/// The TXT records of an answer.
pub(super) fn texts(answer: &Answer) -> Vec<Text> {
    answer
        .data(RecordType::TXT)
        .filter_map(|data| match data {
            RData::TXT(txt) => Some(Text { strings: txt.txt_data.iter().map(|string| string.to_vec()).collect() }),
            _ => None,
        })
        .collect()
}

pub(super) fn select(answer: &Answer) -> Selected {
    let mut records: Vec<Text> = texts(answer).into_iter().filter(|text| record::is_spf(&text.octets())).collect();
    match records.pop() {
        None => Selected::None,
        Some(only) if records.is_empty() => Selected::One(only),
        Some(last) => {
            records.push(last);
            Selected::Many(records)
        }
    }
}
