//! What holds for every text that could be an SPF record.

use proptest::prelude::*;
use smtpwhy::spf::record::{Qualifier, parse};

/// Records as people write them: good terms, bad terms and noise.
fn records() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        4 => prop::sample::select(vec![
            "a", "mx", "-all", "~all", "include:_spf.example.com", "ip4:192.0.2.0/24", "ip6:2001:db8::/32",
            "exists:%{ir}.%{v}.example.com", "redirect=_spf.example.com", "exp=%{d2}", "ptr:example.org", "a/24//64",
            "MX:mail.example.com/30", "x-y.z=1", "+a:%{L1r-+}.example.com//0", "ip4:192.0.2.77", "exists:a%%b%_%-.com",
        ])
        .prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "inlcude:x.example", "ip4:2001:db8::1", "ip4:192.0.2.0/33", "a:192.0.2.1", "ip4:", "include: x.example",
            "- all", "mx-all", "all-", "~al", "--all", "includex.example", "include x.example", "ip4.192.0.2.1", "ip4:192.0.2.1,192.0.2.2", "v=spf1", "\u{201c}mx\u{201d}", "a\u{a0}mx", "%{", "a:%{z}",
            "ip4:192.0.2.1 /24", "redirect:x.example", "\u{ff49}p4:192.0.2.1", "include:b\u{fc}cher.example", "all.",
            "ip4:192.1/03", "ip4:192.0.2/033", "ip4:10/8", "a:x.example/032//0128",
            "include:a.exampleinclude:b.example", "a:x..example", "exp=a.example exp=a.example", "-redirect=x.example",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => "[ -~]{0,16}",
    ];
    prop::collection::vec(term, 0..8).prop_map(|terms| format!("v=spf1 {}", terms.join(" ")))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn printing_what_was_read_reads_the_same_again(text in records()) {
        let first = parse(&text).readable;
        let printed = first.to_string();
        let again = parse(&printed).readable;
        prop_assert_eq!(&printed, &again.to_string());
        let kinds = |record: &smtpwhy::spf::record::Record| record.terms.iter().map(|t| t.kind.clone()).collect::<Vec<_>>();
        prop_assert_eq!(kinds(&first), kinds(&again));
    }

    #[test]
    fn spans_lie_in_the_record_in_order_and_apart(text in prop_oneof![records(), any::<String>(), "v=spf1 \\PC*"]) {
        let parsed = parse(&text);
        let mut end = 0;
        for problem in &parsed.problems {
            prop_assert!(end <= problem.span.start, "{:?}", parsed.problems);
            prop_assert!(text.get(problem.span.range()).is_some(), "{problem:?}");
            end = problem.span.end;
        }
        prop_assert!(parsed.readable.terms.iter().all(|term| text.get(term.span.range()).is_some()));
    }

    #[test]
    fn a_record_with_all_repairs_made_is_one_that_receivers_accept(text in records()) {
        let problems = parse(&text).problems;
        if problems.iter().any(|problem| problem.fix.is_none()) {
            return Ok(());
        }
        let mut mended = text.clone();
        for problem in problems.iter().rev() {
            mended.replace_range(problem.span.range(), problem.fix.as_deref().unwrap_or_default());
        }
        prop_assert!(parse(&mended).record().is_some(), "{} became {}: {:?}", text, mended, parse(&mended).problems);
    }

    /// A repair must not open the door: nobody passes because of it who was not let in by the text.
    #[test]
    fn no_repair_lets_everybody_pass(text in records()) {
        let everybody = |text: &str| {
            let read = parse(text).readable;
            read.all().is_some_and(|(_, all)| all.qualifier == Qualifier::Pass)
        };
        let written = text.split(' ').any(|word| {
            let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '+').to_ascii_lowercase();
            ["all", "+all"].contains(&word.as_str()) || word.starts_with("all:") || word.starts_with("all/")
        });
        if let Some(mended) = parse(&text).mended(&text) {
            prop_assert!(written || !everybody(&mended), "{} became {}", text, mended);
        }
    }
}

/// Found by the fuzzers.
#[test]
fn a_term_with_several_qualifiers_is_read() {
    for term in ["-~?xbm:", "-~?xbm:a.example", "--x:y", "-~?xbm"] {
        let text = format!("v=spf1 {term}");
        let parsed = parse(&text);
        assert!(!parsed.problems.is_empty(), "{text}");
        assert!(parsed.problems.iter().all(|problem| text.get(problem.span.range()).is_some()), "{text}");
    }
}
