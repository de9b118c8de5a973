//! Zone text reads as what it was written from, whatever octets its names and strings hold.

use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT};
use proptest::prelude::*;
use smtpwhy::dns::zone::{ZoneLookup, records};
use smtpwhy::dns::{Name, RData, Record};

fn label() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-z0-9_-]{1,8}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..8),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    prop::collection::vec(label(), 0..4).prop_map(|labels| {
        let labels = labels.iter().map(Vec::as_slice).chain([b"example".as_slice()]);
        let mut name = Name::from_labels(labels).unwrap();
        name.set_fqdn(true);
        name
    })
}

fn strings() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..256), 1..4)
}

fn data() -> impl Strategy<Value = RData> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|ip| RData::A(A(ip.into()))),
        any::<[u8; 16]>().prop_map(|ip| RData::AAAA(AAAA(ip.into()))),
        name().prop_map(|name| RData::CNAME(CNAME(name))),
        name().prop_map(|name| RData::NS(NS(name))),
        name().prop_map(|name| RData::PTR(PTR(name))),
        (any::<u16>(), name()).prop_map(|(preference, name)| RData::MX(MX::new(preference, name))),
        (any::<[u16; 3]>(), name()).prop_map(|([a, b, c], name)| RData::SRV(SRV::new(a, b, c, name))),
        (name(), name(), any::<[u32; 2]>(), any::<[i32; 3]>()).prop_map(|(server, mail, [serial, minimum], times)| {
            let [refresh, retry, expire] = times.map(|time| time & i32::MAX);
            RData::SOA(SOA::new(server, mail, serial, refresh, retry, expire, minimum))
        }),
        strings().prop_map(|strings| RData::TXT(TXT::from_bytes(strings.iter().map(Vec::as_slice).collect()))),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    (name(), any::<u32>(), data()).prop_map(|(name, ttl, data)| Record::from_rdata(name, ttl & (u32::MAX >> 1), data))
}

/// RFC 1035 §5.1: an octet that may mean something else is its number.
fn octets(octets: &[u8]) -> String {
    let spelt = |octet: &u8| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'=' | b':' => char::from(*octet).to_string(),
        _ => format!("\\{octet:03}"),
    };
    octets.iter().map(spelt).collect()
}

fn spelt(name: &Name) -> String {
    name.iter().map(|label| octets(label) + ".").collect()
}

fn line(record: &Record) -> String {
    let data = match &record.data {
        RData::CNAME(target) => spelt(&target.0),
        RData::NS(target) => spelt(&target.0),
        RData::PTR(target) => spelt(&target.0),
        RData::MX(mx) => format!("{} {}", mx.preference, spelt(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, spelt(&srv.target)),
        RData::SOA(soa) => format!(
            "{} {} ( {} {} {} ; seconds\n {} {} )",
            spelt(&soa.mname),
            spelt(&soa.rname),
            soa.serial,
            soa.refresh,
            soa.retry,
            soa.expire,
            soa.minimum
        ),
        RData::TXT(txt) => txt.txt_data.iter().map(|text| format!("\"{}\" ", octets(text))).collect(),
        other => other.to_string(),
    };
    format!("{} {} IN {} {data}\n", spelt(&record.name), record.ttl, record.record_type())
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(written in prop::collection::vec(record(), 0..8)) {
        let text: String = written.iter().map(line).collect();
        let read = records(&text, None);
        let read = read.map(|read| read.into_iter().map(|(_, record)| record).collect::<Vec<_>>());
        prop_assert_eq!(read.as_ref(), Ok(&written), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_with_its_line(text in "(?s)[a-z0-9.@ \\t\\n;()\"\\\\$IN TXOA]{0,80}|(?s).{0,80}") {
        let lines = text.split('\n').count();
        match ZoneLookup::parse(&text) {
            Ok(_) => {}
            Err(error) => prop_assert!((1..=lines).contains(&error.line), "{}: {}", error, text),
        }
    }
}
