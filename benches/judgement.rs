//! How many replies a second are judged: from the parsed reply to its causes in order. On one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smtpwhy::intake;
use smtpwhy::knowledge::Knowledge;
use smtpwhy::rank;
use smtpwhy::reply::Reply;
use smtpwhy::span::Excerpt;

/// The replies in everything that the corpus holds: server replies, log lines, bounces, libraries' errors.
fn replies() -> Vec<Reply> {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let files =
        std::fs::read_dir(corpus).expect("tests/corpus is there").map(|entry| entry.expect("is readable").path());
    files.flat_map(|file| replies_in(&std::fs::read_to_string(file).expect("is text"))).collect()
}

fn replies_in(file: &str) -> Vec<Reply> {
    let table: toml::Table = file.parse().expect("is TOML");
    let cases = table.get("case").and_then(toml::Value::as_array).into_iter().flatten();
    let texts = cases.filter_map(|case| case.get("text")?.as_str());
    let incidents = texts.flat_map(|text| intake::read(&Excerpt::from_bytes(text.as_bytes())));
    incidents.filter_map(|incident| incident.reply).collect()
}

fn judge(bench: &mut Criterion) {
    let knowledge = Knowledge::embedded();
    let replies = replies();
    let mut group = bench.benchmark_group("judgement");
    group.throughput(Throughput::Elements(replies.len() as u64));
    group.bench_function("from reply to causes in order", |bench| {
        bench.iter(|| {
            for reply in &replies {
                let reading = knowledge.read(reply);
                black_box(rank::rank(knowledge, reply, &reading));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, judge);
criterion_main!(benches);
