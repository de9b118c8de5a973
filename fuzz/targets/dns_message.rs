//! Octets from the network, as the answer that a lookup would give.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use smtpwhy::dns::{Name, Question, RecordType, Server, answer_from};

fuzz_target!(|input: (bool, &[u8])| {
    let (recursive, octets) = input;
    let address = SocketAddr::from(([192, 0, 2, 53], 53));
    let server = if recursive { Server::recursive(address) } else { Server::authoritative(address) };
    let question = Question::new(Name::from_ascii("example.com.").expect("a name"), RecordType::TXT);
    if let Some(answer) = answer_from(octets, &question, &server) {
        answer.ttl();
        assert!(!(answer.status.is_void() && answer.status.is_conclusive()) || answer.server.is_some());
    }
});
