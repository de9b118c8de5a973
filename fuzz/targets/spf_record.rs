//! An SPF record: problems and terms lie in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smtpwhy::spf::record;

fuzz_target!(|text: &str| {
    for text in [text.to_owned(), format!("v=spf1 {text}")] {
        let parsed = record::parse(&text);
        for problem in &parsed.problems {
            assert!(problem.span.start <= problem.span.end && problem.span.end <= text.len());
        }
        for term in &parsed.readable.terms {
            assert!(text.get(term.span.range()).is_some());
        }
        parsed.record();
    }
});
