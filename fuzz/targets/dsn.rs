//! A bounce: the input is its body, the first octet chooses how it is said to be encoded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::intake;
use smtpwhy::span::Excerpt;

const HEADER: &str =
    "From: MAILER-DAEMON@mx.example.org\nTo: alice@example.org\nSubject: Undelivered\nMIME-Version: 1.0\n";
const KINDS: [&str; 6] = [
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n",
    "Content-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: base64\n\n",
    "Content-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: quoted-printable\n\n",
    "Content-Type: text/html; charset=utf-16\n\n",
    "Content-Type: multipart/mixed; boundary=\"b\"\n\n",
    "\n",
];

fuzz_target!(|input: &[u8]| {
    let Some((kind, body)) = input.split_first() else { return };
    let mut message = HEADER.as_bytes().to_vec();
    message.extend_from_slice(KINDS[usize::from(*kind) % KINDS.len()].as_bytes());
    message.extend_from_slice(body);
    for incident in intake::read(&Excerpt::from_bytes(&message)) {
        assert!(incident.span.end <= message.len());
    }
});
