//! Any bytes, as they are pasted: what is found lies in the input, in order.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::intake;
use smtpwhy::span::{Excerpt, Span};

fuzz_target!(|input: &[u8]| {
    for incident in intake::read(&Excerpt::from_bytes(input)) {
        let within = |span: Span| span.start <= span.end && span.end <= input.len();
        assert!(within(incident.span));
        let Some(reply) = incident.reply else { continue };
        assert!(reply.text.source().is_none_or(within));
        let mut end = 0;
        for line in reply.lines {
            assert!(end <= line.start && reply.text.as_str().get(line.clone()).is_some());
            end = line.end;
        }
    }
});
