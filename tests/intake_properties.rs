//! Whatever is pasted: nothing panics, and every excerpt is what its spans say.

use proptest::prelude::*;
use smtpwhy::intake::{self, Context, Incident};
use smtpwhy::span::{Excerpt, Span};

/// Pieces of which pastes are made, whole ones and torn ones.
const PIECES: [&str; 40] = [
    "550 5.1.1 <bob@example.com>: User unknown",
    "451-4.7.1 try\n451 4.7.1 later",
    "\n",
    "\r\n",
    "\n\n",
    " ",
    "\"",
    "'",
    "(",
    ")",
    "> ",
    "\\n",
    "\\\"",
    "{\"message\":\"",
    "\",\"email\":\"a@example.com\"}",
    "Mar  3 04:05:06 mx postfix/smtp[1]: 4A1B2C3D4E: ",
    "to=<bob@example.com>, relay=mx.example.com[192.0.2.25]:25, dsn=5.1.1, status=bounced (",
    "host mx.example.com[192.0.2.25] said: ",
    "2026-03-03 04:05:06 1ooz9X-0001Ab-2C == ",
    "SMTP error from remote mail server after RCPT TO:<bob@example.com>: ",
    "From: a@example.com\nTo: b@example.com\nSubject: x\n",
    "Content-Type: multipart/report; boundary=b\n\n--b\n",
    "Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=gb18030\n\n",
    "NTUwIDUuMS4xIFVzZXIgdW5rbm93bg==",
    "=35=35=30 =\n",
    "Final-Recipient: rfc822; bob@example.com\nStatus: 5.1.1\nDiagnostic-Code: smtp; ",
    "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n",
    "9A1B2C3D4E     2345 Tue Mar  3 04:05:06  alice@example.org\n(",
    "[{LED=550 5.7.1 no};{FQDN=mx.example.com}]",
    "delivery 1: failure: 192.0.2.25_failed./Remote_host_said:_",
    "(550, b'",
    "<br>&lt;",
    "Generating server: ",
    "following address(es) failed:\n\n  bob@example.com\n    ",
    "错误：550 ",
    "SMTP Error (450): ",
    "\u{fffd}",
    "é",
    "4.7.1",
    "@4000000069a65f2a0b1c2d3e ",
];

fn pasted() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn facts(incident: &Incident) -> impl Iterator<Item = &Excerpt> {
    let Context { time, queue_id, sender, recipient, remote_host, remote_ip, client_ip, reporting_mta, .. } =
        &incident.context;
    [time, queue_id, sender, recipient, remote_host, remote_ip, client_ip, reporting_mta].into_iter().flatten()
}

/// Whether a span parts no character, in an input that is text.
fn is_whole(input: &[u8], span: Span) -> bool {
    std::str::from_utf8(input).map_or(true, |text| text.get(span.range()).is_some())
}

proptest! {
    #[test]
    fn spans_lie_in_the_input(input in pasted()) {
        for incident in intake::read(&Excerpt::from_bytes(&input)) {
            let texts = facts(&incident).chain(incident.reply.iter().map(|reply| &reply.text));
            for span in texts.filter_map(Excerpt::source).chain([incident.span]) {
                prop_assert!(span.start < span.end && span.end <= input.len(), "{span:?} of {}", input.len());
                prop_assert!(is_whole(&input, span), "{span:?} parts a character of {input:?}");
            }
        }
    }

    /// A letter that stands for one byte of the input is that byte; what is longer in the input is an encoding of it.
    #[test]
    fn every_letter_is_what_its_span_says(input in pasted()) {
        for reply in intake::read(&Excerpt::from_bytes(&input)).into_iter().filter_map(|incident| incident.reply) {
            let text = reply.text.as_str();
            for (at, letter) in text.char_indices() {
                let Some(span) = reply.text.source_span(at..at + letter.len_utf8()) else { continue };
                let spelt = &input[span.range()];
                // qmail's `_` and `/` are a blank and a line break; an octet that is no UTF-8 reads as U+FFFD.
                let one = letter.is_ascii_graphic() && spelt.len() == 1;
                prop_assert!(!one || spelt == [letter as u8], "{letter:?} is {spelt:?}");
            }
        }
    }

    #[test]
    fn lines_of_a_reply_lie_in_its_text_in_order(input in pasted()) {
        for reply in intake::read(&Excerpt::from_bytes(&input)).into_iter().filter_map(|incident| incident.reply) {
            let mut end = 0;
            for line in &reply.lines {
                prop_assert!(end <= line.start && reply.text.as_str().get(line.clone()).is_some());
                end = line.end;
            }
        }
    }

    #[test]
    fn any_octets_are_read(input in prop::collection::vec(any::<u8>(), 0..512)) {
        intake::read(&Excerpt::from_bytes(&input));
    }

    #[test]
    fn an_excerpt_of_an_input_is_that_input(input in prop::collection::vec(any::<u8>(), 0..256)) {
        let whole = Excerpt::from_bytes(&input);
        prop_assert_eq!(whole.as_str(), String::from_utf8_lossy(&input));
        prop_assert_eq!(whole.source(), (!input.is_empty()).then(|| Span::new(0, input.len())));
    }
}

/// Lines of any length are read: each piece over and over on one line, and on lines of its own.
#[test]
fn what_repeats_for_long_is_read() {
    const LENGTH: usize = 256 << 10;
    const SHAPES: [&str; 10] = [
        "(550, b'",
        "\\\"550 \"",
        "550 5.1.1 user unknown ",
        "host x said: 450 y (in reply to ",
        ": 550 ",
        "450 ",
        ")",
        "550 x\n",
        "<div>",
        "<22>",
    ];
    for shape in SHAPES {
        intake::read(&Excerpt::from_bytes(shape.repeat(LENGTH / shape.len()).as_bytes()));
        let input = format!("550 x{}", shape.repeat(LENGTH / shape.len()));
        let incidents = intake::read(&Excerpt::from_bytes(input.as_bytes())).incidents;
        assert!(!incidents.is_empty(), "{shape:?}");
        for reply in incidents.into_iter().filter_map(|incident| incident.reply) {
            assert!(reply.text.len() <= 8 << 10, "{} octets of {shape:?}", reply.text.len());
        }
    }
}

/// Found by the fuzzers.
#[test]
fn a_text_may_break_off_anywhere() {
    for input in [
        "451 4.7.1 x5\0\0\0\nS: 250 mx.example.com\nC: MAIMa1] said: 554 5.7.12.0.2.7] The ",
        "451 4.7.1 x5\0\0\0\nS: 250 mx.example.com\nC: MAIMa1] said: 554 5.7.12.0.2.7] The \n\nA  bob@example.com\n\nABoes",
        "451 4.7.1 x Expected code 250 but got code \"550\"",
        "451 4.7.1 xssmtp: A\0\0Command:\tCWD /backup\nROR: Expect\0\0code 250 but got code \"550\"",
    ] {
        for end in (0..=input.len()).filter(|end| input.is_char_boundary(*end)) {
            intake::read(&Excerpt::from_bytes(&input.as_bytes()[..end]));
        }
    }
}

/// How long reading takes grows with the input and no faster: with a square in it, these would take minutes.
#[test]
fn what_repeats_between_other_words_is_read() {
    const LENGTH: usize = 128 << 10;
    let shapes = [
        " Diagnostic-Code: smtp; 550 x\n",
        "Action: delivered\nX-a: b\n",
        "Status: 2.0.0\n\n",
        "x\n\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 x\n",
        "SMTP Error: data not accepted.Detail: x SMTP code: 550 Additional SMTP info: 5.7.1\n",
        "550 /pub/x.tar.gz: No such file or directory ",
        "Remote Server returned '554 5.4.0 no' ",
        "2026-03-03 04:05:06 1ooz9X-0001Ab-2C ** bob@example.com: retry timeout exceeded ",
        "Mar  3 04:05:06 mx postfix/smtpd[4716]: warning: connect to Milter service inet:127.0.0.1:1: Connection refused ",
    ];
    for shape in shapes {
        let text = shape.repeat(LENGTH / shape.len());
        for incident in intake::read(&Excerpt::from_bytes(text.as_bytes())) {
            assert!(incident.reply.is_none_or(|reply| reply.text.len() <= 16 << 10), "{shape:?}");
        }
    }
}
