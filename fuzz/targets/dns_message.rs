//! Octets from the network, as the answer that a lookup would give.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (recursive, octets) = input;
    if let Some(answer) = smtpwhy::dns::answer_from(octets, recursive) {
        answer.ttl();
        assert!(!(answer.status.is_void() && answer.status.is_conclusive()) || answer.server.is_some());
    }
});
