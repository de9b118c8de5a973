//! DNS messages by hand, and packed logs by the programs that pack them.

use std::io::Write;
use std::process::{Command, Stdio};

const TXT: u16 = 16;
const NO_NAME: &[u8] = b"\x00";
const ASKED: &[u8] = b"\xc0\x0c";
const ELSEWHERE: &[u8] = b"\x02ns\x07example\x03com\x00";
const SOA_DATA: &[u8] =
    b"\x02ns\x07example\x03com\x00\x01h\xc0\x0c\0\0\0\x01\0\0\x0e\x10\0\0\x0e\x10\0\0\x0e\x10\0\0\0\x3c";

/// Flags, and the records of the answer, authority and additional sections.
type Parts = (u16, Vec<Vec<u8>>, Vec<Vec<u8>>, Vec<Vec<u8>>);

/// Answers to the question that the target `dns_message` asks, an octet for its flag before each.
pub fn answers() -> Vec<(&'static str, Vec<u8>)> {
    let question = [b"\x07example\x03com\x00".as_slice(), &TXT.to_be_bytes(), &[0, 1]].concat();
    let whole = |(name, parts): (&'static str, Parts)| {
        (name, [&[1, 0, 0], header(&parts).as_slice(), &question, &sections(&parts)].concat())
    };
    parts().into_iter().map(whole).collect()
}

/// The same without ids and questions, each after its length, as the target `lookup` reads them.
pub fn conversation() -> Vec<u8> {
    let one = |(_, parts): (&str, Parts)| [header(&parts), sections(&parts)].concat();
    let framed = |octets: Vec<u8>| [&(octets.len() as u16).to_be_bytes(), octets.as_slice()].concat();
    parts().into_iter().flat_map(|parts| framed(one(parts))).collect()
}

fn parts() -> Vec<(&'static str, Parts)> {
    let edns = record(NO_NAME, 41, b"\x00\x0f\x00\x05\x00\x12why\x00\x03\x00\x04mx-1");
    let soa = || record(ASKED, 6, SOA_DATA);
    vec![
        (
            "txt",
            (
                0x8180,
                vec![record(ASKED, TXT, b"\x0bv=spf1 -all"), record(ASKED, TXT, b"\x01x")],
                vec![],
                vec![edns.clone()],
            ),
        ),
        ("spf", (0x8180, vec![record(ASKED, TXT, b"\x20v=spf1 include:_x.%{d} mx a -all")], vec![], vec![])),
        (
            "dmarc",
            (0x8180, vec![record(ASKED, TXT, b"\x2av=DMARC1; p=none; rua=mailto:d@example.net")], vec![], vec![]),
        ),
        ("dkim", (0x8180, vec![record(ASKED, TXT, b"\x1ev=DKIM1; k=rsa; p=MIGfMA0GCSqG")], vec![], vec![])),
        (
            "mx",
            (
                0x8180,
                vec![record(ASKED, 15, b"\x00\x0a\x02mx\xc0\x0c"), record(ASKED, 15, b"\x00\x00\x00")],
                vec![],
                vec![],
            ),
        ),
        ("address", (0x8180, vec![record(ASKED, 1, &[192, 0, 2, 1]), record(ASKED, 28, &[0x20; 16])], vec![], vec![])),
        ("ptr", (0x8180, vec![record(ASKED, 12, ELSEWHERE)], vec![], vec![])),
        ("alias", (0x8180, vec![record(ASKED, 5, ELSEWHERE), record(ELSEWHERE, TXT, b"\x01x")], vec![], vec![])),
        ("servers", (0x8480, vec![record(ASKED, 2, ELSEWHERE), soa()], vec![], vec![])),
        ("referral", (0x8000, vec![], vec![record(ASKED, 2, ELSEWHERE)], vec![record(ELSEWHERE, 1, &[192, 0, 2, 53])])),
        ("nodata", (0x8180, vec![], vec![soa()], vec![edns.clone()])),
        ("nxdomain", (0x8183, vec![], vec![soa()], vec![])),
        ("servfail", (0x8182, vec![], vec![], vec![edns])),
        ("truncated", (0x8380, vec![], vec![], vec![])),
    ]
}

fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16).to_be_bytes();
    [owner, &kind.to_be_bytes(), &[0, 1, 0, 0, 0x0e, 0x10], &length, data].concat()
}

/// All but the id.
fn header((flags, answers, authorities, additionals): &Parts) -> Vec<u8> {
    let counts = [1, answers.len(), authorities.len(), additionals.len()];
    flags.to_be_bytes().into_iter().chain(counts.into_iter().flat_map(|count| (count as u16).to_be_bytes())).collect()
}

fn sections((_, answers, authorities, additionals): &Parts) -> Vec<u8> {
    [answers, authorities, additionals].into_iter().flatten().flatten().copied().collect()
}

const LOG: &[u8] =
    b"Mar  3 08:00:00 mail postfix/smtp[1]: 4A00000001: to=<b@example.net>, relay=mx.example.net[192.0.2.1]:25, \
    delay=1, dsn=4.2.2, status=deferred (host mx.example.net[192.0.2.1] said: 452 4.2.2 mailbox full)\n";

/// A log as each of the programs here packs it.
pub fn packed() -> Vec<(&'static str, Vec<u8>)> {
    ["gzip", "bzip2", "xz", "zstd"].into_iter().filter_map(|program| Some((program, through(program)?))).collect()
}

fn through(program: &str) -> Option<Vec<u8>> {
    let mut child = Command::new(program).arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    child.stdin.take()?.write_all(LOG).ok()?;
    Some(child.wait_with_output().ok()?.stdout)
}
