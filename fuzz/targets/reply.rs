//! One reply, whatever stands behind its code: it is found, and the knowledge reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::intake;
use smtpwhy::knowledge::Knowledge;
use smtpwhy::span::Excerpt;

fuzz_target!(|text: &str| {
    let pasted = format!("451 4.7.1 x{text}");
    for incident in intake::read(&Excerpt::from_bytes(pasted.as_bytes())) {
        if let Some(reply) = incident.reply {
            Knowledge::embedded().read(&reply);
        }
    }
});
