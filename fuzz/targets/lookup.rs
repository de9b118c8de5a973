//! Every question that a whole check of a domain asks gets the next answer of the input, whatever it is.
#![no_main]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use libfuzzer_sys::fuzz_target;
use smtpwhy::dns::cache::Cached;
use smtpwhy::dns::{Answer, Answering, Lookup, Name, Question, Server, Status, answer_from};
use smtpwhy::probe::Probe;
use smtpwhy::probe::blocklist::Blocklist;
use smtpwhy::probe::check::{Elsewhere, Target, check};
use smtpwhy::probe::propagation::Vantage;

struct Next {
    answers: Vec<Vec<u8>>,
    asked: AtomicUsize,
}

impl Next {
    fn answer(&self, server: &Server, question: &Question) -> Answer {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let nothing = || Answer::bare(Status::Timeout);
        let Some(octets) = self.answers.get(number % self.answers.len().max(1)) else { return nothing() };
        message(octets, question).and_then(|message| answer_from(&message, question, server)).unwrap_or_else(nothing)
    }
}

/// A message from its flags, its counts and all that follows the question.
fn message(octets: &[u8], question: &Question) -> Option<Vec<u8>> {
    let (header, records) = octets.split_at_checked(10)?;
    let labels = question.name.iter().flat_map(|label| [&[label.len() as u8], label].concat());
    let asked = labels.chain([0]).chain(u16::from(question.kind).to_be_bytes()).chain([0, 1]);
    let mut message: Vec<u8> = [0, 0].into_iter().chain(header.iter().copied()).chain(asked).collect();
    message[4..6].copy_from_slice(&[0, 1]);
    message.extend_from_slice(records);
    Some(message)
}

impl Lookup for Next {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        let server = Server::recursive(SocketAddr::from(([192, 0, 2, 53], 53)));
        Box::pin(async move { self.answer(&server, question) })
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        Box::pin(async move { self.answer(server, question) })
    }
}

/// Each after two octets of its length.
fn answers(mut input: &[u8]) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    while let Some((length, rest)) = input.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (answer, left) = rest.split_at(length);
        answers.push(answer.to_vec());
        input = left;
    }
    answers
}

fuzz_target!(|input: &[u8]| {
    let next = Next { answers: answers(input), asked: AtomicUsize::new(0) };
    let lookup = Cached::new(next, 200);
    let domain = Name::from_ascii("example.com.").expect("a name");
    let target = Target::of(domain).sent_from([192, 0, 2, 25].into());
    let mut elsewhere = Elsewhere::default();
    elsewhere.vantages.push(Vantage::new("here", Server::recursive(SocketAddr::from(([192, 0, 2, 54], 53)))));
    elsewhere.blocklists.push(Blocklist { name: "Example list", zone: "bl.example" });
    let probes = Probe::ALL.into_iter().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let found = runtime.block_on(check(&lookup, &target, &probes, &elsewhere));
    found.verdict();
    assert!(lookup.lookup().asked.load(Ordering::Relaxed) <= 200);
    for finding in found.findings() {
        let (Some(record), Some(span)) = (&finding.record, finding.span) else { continue };
        assert!(record.get(span.range()).is_some(), "{finding:?}");
    }
});
