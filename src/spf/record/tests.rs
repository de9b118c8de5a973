//! What is read, what is mended, and what is left to the reader.

use super::{is_spf, parse};
use crate::finding::Severity;
use crate::spf::syntax::Problem;

fn only_problem(text: &str) -> Problem {
    let parsed = parse(text);
    let [problem] = &parsed.problems[..] else { panic!("{text:?}: {:#?}", parsed.problems) };
    problem.clone()
}

fn mended(text: &str) -> String {
    let mut mended = text.to_owned();
    for problem in parse(text).problems.iter().rev() {
        let fix = problem.fix.as_ref().unwrap_or_else(|| panic!("{text:?}: no fix for {problem:?}"));
        mended.replace_range(problem.span.range(), fix);
    }
    mended
}

fn valid(text: &str) -> bool {
    parse(text).record().is_some()
}

/// Found by fuzzing: an address and a length that are both wrong.
#[test]
fn repairs_that_overlap_are_one() {
    for term in ["ip4:192.1/03", "ip4:192.0.2/033", "ip4:10/08", "a:192.1/03"] {
        let record = format!("v=spf1 {term} -all");
        let parsed = parse(&record);
        assert!(parsed.record().is_none(), "{term}");
        let spans = parsed.problems.iter().map(|problem| problem.span);
        assert!(spans.is_sorted_by(|one, next| one.end <= next.start), "{term}: {:?}", parsed.problems);
        if let Some(mended) = parsed.mended(&record) {
            assert!(valid(&mended), "{term}: {mended}");
        }
    }
}

#[test]
fn sure_mistakes_come_with_their_repair() {
    for (wrong, right) in [
        ("inlcude:_spf.example.com", "include:_spf.example.com"),
        ("includ:_spf.example.com", "include:_spf.example.com"),
        ("include=_spf.example.com", "include:_spf.example.com"),
        ("redirect:_spf.example.com", "redirect=_spf.example.com"),
        ("ip4:2001:db8::/32", "ip6:2001:db8::/32"),
        ("ip6:192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("ip:192.0.2.1", "ip4:192.0.2.1"),
        ("ip:2001:db8::1", "ip6:2001:db8::1"),
        ("ipv4:192.0.2.1", "ip4:192.0.2.1"),
        ("ipv6:2001:db8::1", "ip6:2001:db8::1"),
        ("ip4=192.0.2.1", "ip4:192.0.2.1"),
        ("mx=mail.example.com", "mx:mail.example.com"),
        ("a:192.0.2.1", "ip4:192.0.2.1"),
        ("-a:192.0.2.1", "-ip4:192.0.2.1"),
        ("mx:192.0.2.1", "ip4:192.0.2.1"),
        ("include:192.0.2.1", "ip4:192.0.2.1"),
        ("a:2001:db8::1", "ip6:2001:db8::1"),
        ("192.0.2.1", "ip4:192.0.2.1"),
        ("192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("2001:db8::/32", "ip6:2001:db8::/32"),
        ("ip4:mail.example.com", "a:mail.example.com"),
        ("ip4:192.0.2.0/33", "ip4:192.0.2.0/32"),
        ("ip6:2001:db8::/129", "ip6:2001:db8::/128"),
        ("ip4:192.0.2.0/024", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.0/", "ip4:192.0.2.0"),
        ("ip4:192.0.2.0/255.255.255.0", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.0\\24", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.1:25", "ip4:192.0.2.1"),
        ("ip4:192.0.2.1//32", "ip4:192.0.2.1/32"),
        ("ip4:192.0.2.*", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2/24", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.0-192.0.2.255", "ip4:192.0.2.0/24"),
        ("ip4:192.0.2.4-7", "ip4:192.0.2.4/30"),
        ("ip4:192.000.002.001", "ip4:192.0.2.1"),
        ("ip4:192.0.2.1,192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2"),
        ("ip4:192.0.2.1,", "ip4:192.0.2.1"),
        ("ip4:<192.0.2.1>", "ip4:192.0.2.1"),
        ("ip6:[2001:db8::1]", "ip6:2001:db8::1"),
        ("ip4: 192.0.2.1", "ip4:192.0.2.1"),
        ("include: _spf.example.com", "include:_spf.example.com"),
        ("ip4:192.0.2.0 /24", "ip4:192.0.2.0/24"),
        ("- all", "-all"),
        ("-all.", "-all"),
        ("-all;", "-all"),
        ("-all\"", "-all"),
        ("-all:example.com", "-all"),
        ("a/24//129", "a/24//128"),
        ("a/33", "a/32"),
        ("ptr/24", "ptr"),
        ("mx-all", "mx -all"),
        ("ip4:192.0.2.1-all", "ip4:192.0.2.1 -all"),
        ("ip4:192.0.2.1ip4:192.0.2.2", "ip4:192.0.2.1 ip4:192.0.2.2"),
        ("include:a.example~all", "include:a.example ~all"),
        ("include:a.exampleinclude:b.example", "include:a.example include:b.example"),
        ("include:a.example-all", "include:a.example -all"),
        ("include:a.example;include:b.example", "include:a.example include:b.example"),
        ("include:a.example,", "include:a.example"),
        ("include:\"a.example\"", "include:a.example"),
        ("include:https://a.example/", "include:a.example"),
        ("a:mail..example.com", "a:mail.example.com"),
        ("exists:%(ir).example.com", "exists:%{ir}.example.com"),
        ("+redirect=example.com", "redirect=example.com"),
        ("include:b\u{fc}cher.example", "include:xn--bcher-kva.example"),
        ("ip4\u{ff1a}192.0.2.1", "ip4:192.0.2.1"),
        ("mx\u{a0}-all", "mx -all"),
        ("mx\tinclude:a.example", "mx include:a.example"),
        ("mx \u{201c}include:a.example\u{201d}", "mx include:a.example"),
        ("mx \u{2013}all", "mx -all"),
        ("mx v=spf1 a", "mx  a"),
        ("includespf.example.net", "include:spf.example.net"),
        ("include.spf.example.net", "include:spf.example.net"),
        ("include;spf.example.net", "include:spf.example.net"),
        ("include_spf.example.net", "include:_spf.example.net"),
        ("include-_spf.example.net", "include:_spf.example.net"),
        ("include::spf.example.net", "include:spf.example.net"),
        ("include :spf.example.net", "include:spf.example.net"),
        ("include spf.example.net", "include:spf.example.net"),
        ("include:http://spf.example.net", "include:spf.example.net"),
        ("include:user@example.net", "include:example.net"),
        ("include:mailto:user@example.net", "include:example.net"),
        ("redirect spf.example.net", "redirect=spf.example.net"),
        ("redirect= spf.example.net", "redirect=spf.example.net"),
        ("redirct=spf.example.net", "redirect=spf.example.net"),
        ("inlcude=spf.example.net", "include:spf.example.net"),
        ("explain=spf.example.net", "exp=spf.example.net"),
        ("ip=192.0.2.1", "ip4:192.0.2.1"),
        ("ip4.192.0.2.1", "ip4:192.0.2.1"),
        ("ip4192.0.2.1", "ip4:192.0.2.1"),
        ("ip4-192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("ip4 192.0.2.0/24", "ip4:192.0.2.0/24"),
        ("ip4::192.0.2.1", "ip4:192.0.2.1"),
        ("ip4:=192.0.2.1", "ip4:192.0.2.1"),
        ("ip4:192,0,2,1", "ip4:192.0.2.1"),
        ("ip6 2001:db8::/32", "ip6:2001:db8::/32"),
        ("+al", "+all"),
        ("~al", "~all"),
        ("-alll", "-all"),
        ("-a11", "-all"),
        ("all-", "-all"),
        ("All~", "~All"),
        ("--all", "-all"),
        ("-all!", "-all"),
    ] {
        let record = format!("v=spf1 {wrong} ?all");
        assert_eq!(mended(&record), format!("v=spf1 {right} ?all"), "{wrong}");
        assert!(parse(&mended(&record)).problems.is_empty(), "{wrong}");
    }
}

#[test]
fn doubtful_mistakes_get_no_repair() {
    for wrong in [
        "mail.example.com",
        "ip4:192.0.2",
        "ip4:192.0.2.256",
        "ip4:192.0.2.010",
        "a:museum",
        "a:abc.123",
        "a:example.-com",
        "a:example.com:8080",
        "include:ip5.example.com/24",
        "foo:bar",
        "moo",
        "include",
        "include:",
        "exists",
        "a:",
        "ip4",
        "ip4:",
        "ip5:192.0.2.1.3",
        "exp=",
        "redirect=-all",
        "1up=foo",
        "=all",
        "moo.cow:far_out=man",
        "a:%{a}.example.com",
        "foo=%abc",
        "all+",
        "al",
        "-~all",
        "ip4:192.0.2.1.5",
        "ip4:10.0.0.0/8/16",
        "mx.example.com",
    ] {
        let problem = only_problem(&format!("v=spf1 {wrong} ?all"));
        assert_eq!(problem.fix, None, "{wrong}");
        assert_eq!(problem.severity(), Severity::Error, "{wrong}");
    }
}

#[test]
fn what_receivers_accept_is_accepted() {
    for good in [
        "",
        "ALL",
        "A:Mail.Example.Com/24//64 -aLL",
        "a/0//0",
        "a:foo.example.xn--zckzah",
        "a:example.com.",
        "a:%{H}",
        "a:a%%",
        "mx:%{d2}/24",
        "ptr:example.com",
        "ip6:::1.1.1.1/0",
        "ip6:Cafe:Babe:8000::/33",
        "ip4:192.0.2.1/0",
        "moo.cow-far_out=man:dog/cat",
        "default=pass",
        "default=+",
        "exists:%{l2r+-}.user.%{d2}",
        "x=%{c}%_",
        "ra=postmaster rp=100 rr=all",
        "exists:%{l}+x@y:z.example.com",
        "  a   mx  ",
    ] {
        assert!(parse(&format!("v=spf1 {good}")).problems.is_empty(), "{good}");
    }
}

#[test]
fn what_receivers_accept_and_nobody_means_is_a_warning() {
    for (odd, fix) in [("a:foo:bar/baz.example.com", None), ("include:user@a.example", Some("a.example"))] {
        let problem = only_problem(&format!("v=spf1 {odd} -all"));
        assert_eq!((problem.severity(), problem.fix.as_deref()), (Severity::Warning, fix), "{odd}");
    }
}

#[test]
fn a_text_that_does_not_begin_as_a_record_is_read_all_the_same() {
    for (text, right) in [
        ("v=spf1; inlcude:a.example mx-all", "v=spf1 include:a.example mx -all"),
        ("v=spf1\u{a0}mx ~ all", "v=spf1 mx ~all"),
        ("v=spf10 ip4:2001:db8::1 -all", "v=spf1 ip6:2001:db8::1 -all"),
        ("\u{201c}v=spf1 mx -all\u{201d}", "v=spf1 mx -all"),
        ("include:a.example -all", "v=spf1 include:a.example -all"),
        ("v=spf1", ""),
    ] {
        let parsed = parse(text);
        assert_eq!(parsed.mended(text).unwrap_or_default(), right, "{text}: {:?}", parsed.problems);
    }
    assert_eq!(parse("hello world").mended("hello world"), None);
}

#[test]
fn all_errors_are_found_in_one_pass() {
    let text = "v=spf1 inlcude:a.example ip4:192.0.2.0/33 mx-all \u{a0}foo:bar a:%{z}.example ?all";
    let spans: Vec<&str> = parse(text).problems.iter().map(|problem| &text[problem.span.range()]).collect();
    assert_eq!(spans, ["inlcude", "/33", "mx-all", "\u{a0}", "foo", "%{z}"]);
}

#[test]
fn section_6_redirect_and_exp_must_not_appear_twice() {
    assert!(!valid("v=spf1 redirect=a.example redirect=a.example"));
    assert!(!valid("v=spf1 exp=a.example -all exp=b.example"));
    assert!(valid("v=spf1 x=1 x=2 redirect=a.example exp=b.example"));
}

#[test]
fn section_4_5_the_version_ends_in_a_blank_or_the_record() {
    assert!(is_spf(b"v=spf1") && is_spf(b"V=sPf1 -all"));
    assert!(!is_spf(b"v=spf10") && !is_spf(b"v=spf1\t-all") && !is_spf(b" v=spf1") && !is_spf(b"v=spf"));
}

#[test]
fn printing_a_record_gives_its_normal_form() {
    let text = "v=spf1  +A:Example.com/32//128 -Mx/24 ~IP6:2001:DB8::0/32 ?exists:%{Ir-.}.x.example redirect=%{d2}";
    let printed = "v=spf1 a:Example.com -mx/24 ~ip6:2001:db8::/32 ?exists:%{Ir-.}.x.example redirect=%{d2}";
    assert_eq!(parse(text).readable.to_string(), printed);
}

/// RFC 7208 appendix A gives these as records.
#[test]
fn appendix_a_records_read_without_a_word() {
    for text in [
        "v=spf1 +all",
        "v=spf1 a -all",
        "v=spf1 a:example.org -all",
        "v=spf1 mx -all",
        "v=spf1 mx:example.org -all",
        "v=spf1 mx mx:example.org -all",
        "v=spf1 mx/30 mx:example.org/30 -all",
        "v=spf1 ptr -all",
        "v=spf1 ip4:192.0.2.128/28 -all",
        "v=spf1 include:example.com include:example.net -all",
        "v=spf1 redirect=example.org",
        "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all",
        "v=spf1 -ip4:192.0.2.0/24 +all",
        "v=spf1 mx -exists:%{ir}.%{v}._spf.%{d2} exists:%{l}.user.%{d} -all",
    ] {
        assert_eq!(parse(text).problems, [], "{text}");
    }
}
