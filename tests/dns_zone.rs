//! Zone text in, answers out.

use std::net::IpAddr;

use smtpwhy::dns::zone::{ZoneFirst, ZoneLookup};
use smtpwhy::dns::{Answer, Lookup, Name, Question, RData, RecordType, SPF, Server, Status};

const ZONE: &str = r#"
$ORIGIN example.com.
$TTL 1h
@       IN SOA ns1 hostmaster (
            2026112401 ; serial
            7200 900 1209600
            300 )      ; negative answers
        NS ns1
        NS ns2.example.net.
        MX 10 mail
        MX 20 @
        TXT "v=spf1 include:_spf" ".example.com -all"
        60 IN TXT ( "split; over"
                    " lines" )
ns1     A 192.0.2.1
mail    A 192.0.2.25
        AAAA 2001:db8::25
www     CNAME web
web     CNAME host.example.net.
gone    CNAME nowhere
a.b.c   TXT x
*.wild  TXT "any \"one\" \\ \195\164"
old     SPF "v=spf1 -all"
old     TYPE65280 \# 3 01 02ff
sub     NS ns.sub
ns.sub  A 192.0.2.53
$ORIGIN example.net.
@       SOA ns2 hostmaster 1 2 3 4 86400
ns2     A 192.0.2.2
host    A 192.0.2.80
"#;

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn lookup() -> ZoneLookup {
    ZoneLookup::parse(ZONE).unwrap()
}

fn ask(lookup: &ZoneLookup, owner: &str, kind: RecordType) -> Answer {
    wait(lookup.resolve(&Question::new(name(owner), kind)))
}

fn ask_server(lookup: &ZoneLookup, server: &Server, owner: &str, kind: RecordType) -> Answer {
    wait(lookup.query(server, &Question::new(name(owner), kind)))
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn strings(answer: &Answer) -> Vec<String> {
    let joined = |data: &RData| match data {
        RData::TXT(txt) => txt.txt_data.iter().map(|part| String::from_utf8_lossy(part)).collect(),
        other => panic!("{other}"),
    };
    answer.data(RecordType::TXT).map(joined).collect()
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn at(text: &str) -> Server {
    Server::authoritative((address(text), 53).into())
}

fn cache(text: &str) -> Server {
    Server::recursive((address(text), 53).into())
}

#[test]
fn quoted_strings_stay_apart_and_parentheses_join_lines() {
    let answer = ask(&lookup(), "example.com", RecordType::TXT);
    assert_eq!(answer.status, Status::Answered);
    assert_eq!(strings(&answer), ["v=spf1 include:_spf.example.com -all", "split; over lines"]);
    let RData::TXT(first) = answer.data(RecordType::TXT).next().unwrap() else { panic!() };
    assert_eq!(first.txt_data.len(), 2);
    assert_eq!(answer.records.iter().map(|record| record.ttl).collect::<Vec<_>>(), [3600, 60]);
}

#[test]
fn at_sign_stands_for_the_origin_in_record_data_too() {
    let answer = ask(&lookup(), "EXAMPLE.com", RecordType::MX);
    let exchanges: Vec<String> = answer.data(RecordType::MX).map(ToString::to_string).collect();
    assert_eq!(exchanges, ["10 mail.example.com.", "20 example.com."]);
}

#[test]
fn negative_answers_tell_nodata_from_nxdomain_and_how_long_they_hold() {
    let lookup = lookup();
    let nodata = ask(&lookup, "mail.example.com", RecordType::TXT);
    assert_eq!((nodata.status, nodata.negative_ttl), (Status::NoData, Some(300)));
    let nxdomain = ask(&lookup, "mial.example.com", RecordType::A);
    assert_eq!((nxdomain.status, nxdomain.negative_ttl), (Status::NxDomain, Some(300)));
    assert_eq!(ask(&lookup, "b.c.example.com", RecordType::A).status, Status::NoData, "empty non-terminal");
    assert_eq!(ask(&lookup, "x.b.c.example.com", RecordType::A).status, Status::NxDomain);
    assert_eq!(ask(&lookup, "example.org", RecordType::A).status, Status::NxDomain);
}

#[test]
fn aliases_are_followed_across_zones_and_kept() {
    let answer = ask(&lookup(), "www.example.com", RecordType::A);
    assert_eq!(answer.status, Status::Answered);
    assert_eq!(answer.records.len(), 3);
    assert_eq!(answer.data(RecordType::A).next().unwrap().to_string(), "192.0.2.80");
    let dangling = ask(&lookup(), "gone.example.com", RecordType::A);
    assert_eq!((dangling.status, dangling.records.len()), (Status::NxDomain, 1));
}

#[test]
fn alias_loops_end_as_server_failure() {
    let lookup = ZoneLookup::parse("a.example. CNAME b.example.\nb.example. CNAME a.example.").unwrap();
    assert_eq!(ask(&lookup, "a.example", RecordType::A).status, Status::ServFail);
}

#[test]
fn wildcards_answer_under_the_name_asked_and_escapes_are_decimal() {
    let answer = ask(&lookup(), "deep.down.wild.example.com", RecordType::TXT);
    assert_eq!(answer.records[0].name, name("deep.down.wild.example.com"));
    assert_eq!(strings(&answer), ["any \"one\" \\ ä"]);
    assert_eq!(ask(&lookup(), "x.wild.example.com", RecordType::A).status, Status::NoData);
}

#[test]
fn types_without_a_name_are_read_generically() {
    let lookup = lookup();
    assert_eq!(ask(&lookup, "old.example.com", SPF).status, Status::Answered);
    let generic = ask(&lookup, "old.example.com", RecordType::Unknown(65280));
    let RData::Unknown { rdata, .. } = &generic.records[0].data else { panic!() };
    assert_eq!(rdata.anything, [1, 2, 255]);
}

#[test]
fn an_authoritative_server_refers_below_its_cuts_and_refuses_what_is_not_its_own() {
    let lookup = lookup();
    let below = ask_server(&lookup, &at("192.0.2.1"), "www.sub.example.com", RecordType::A);
    assert_eq!((below.status, below.referral.len(), below.authoritative), (Status::Referral, 2, false));
    let own = ask_server(&lookup, &at("192.0.2.1"), "mail.example.com", RecordType::A);
    assert_eq!((own.status, own.authoritative), (Status::Answered, true));
    assert_eq!(ask_server(&lookup, &at("192.0.2.1"), "example.org", RecordType::A).status, Status::Refused);
}

#[test]
fn a_server_with_a_view_answers_from_it_and_with_its_own_ttl() {
    let stale = ZONE.replace("-all", "~all");
    let lookup = lookup().view(address("198.51.100.1"), &stale).unwrap().ttl(address("198.51.100.1"), 17);
    let old = ask_server(&lookup, &cache("198.51.100.1"), "example.com", RecordType::TXT);
    assert_eq!(strings(&old)[0], "v=spf1 include:_spf.example.com ~all");
    assert_eq!((old.ttl(), old.server), (Some(17), Some((address("198.51.100.1"), 53).into())));
    let negative = ask_server(&lookup, &cache("198.51.100.1"), "none.example.com", RecordType::TXT);
    assert_eq!(negative.negative_ttl, Some(17));
    let new = ask_server(&lookup, &cache("198.51.100.2"), "example.com", RecordType::TXT);
    assert_eq!(strings(&new)[0], "v=spf1 include:_spf.example.com -all");
}

#[test]
fn failures_are_injected_per_name_question_and_server() {
    let bogus = Answer::bare(Status::ServFail);
    let lookup = lookup()
        .failing(&name("host.example.net"), Status::Timeout)
        .answering(Question::new(name("mail.example.com"), RecordType::A), bogus)
        .at(address("192.0.2.2"), Answer::bare(Status::Unreachable("connection refused".into())));
    let chain = ask(&lookup, "www.example.com", RecordType::A);
    assert_eq!((chain.status, chain.records.len()), (Status::Timeout, 2));
    assert_eq!(ask(&lookup, "mail.example.com", RecordType::A).status, Status::ServFail);
    assert_eq!(ask(&lookup, "mail.example.com", RecordType::AAAA).status, Status::Answered);
    let dead = ask_server(&lookup, &at("192.0.2.2"), "example.com", RecordType::SOA);
    assert_eq!(dead.status, Status::Unreachable("connection refused".into()));
    assert_eq!(lookup.count(), 4);
    assert_eq!(lookup.asked()[3].server, Some((address("192.0.2.2"), 53).into()));
}

#[test]
fn relative_names_without_an_origin_are_below_the_one_given() {
    let lookup = ZoneLookup::parse_below(name("example.org"), "@ TXT one\nsub TXT two").unwrap();
    assert_eq!(strings(&ask(&lookup, "sub.example.org", RecordType::TXT)), ["two"]);
    assert!(lookup.holds(&name("example.org")) && !lookup.holds(&name("example.com")));
}

#[test]
fn signed_zones_are_read_without_their_signatures() {
    let text = "a.example. A 192.0.2.1\na.example. RRSIG A 13 2 3600 20270101000000 20260101000000 1 example. AAAA==";
    let lookup = ZoneLookup::parse(text).unwrap();
    assert_eq!(ask(&lookup, "a.example", RecordType::A).status, Status::Answered);
}

#[test]
fn bad_text_is_named_with_its_line() {
    for (text, line, problem) in [
        ("a.example. A 192.0.2.1\nb.example. A 192.0.2", 2, "A record: `192.0.2` is no IPv4 address"),
        ("a.example. TXT \"open\n", 1, "a quoted string is not closed"),
        ("\n\na.example. TXT ( one\ntwo", 3, "a parenthesis is not closed"),
        ("a.example. TXT one )", 1, "a closing parenthesis without an opening one"),
        ("a A 192.0.2.1", 1, "`a` is relative, and there is no $ORIGIN before it"),
        (" A 192.0.2.1", 1, "no owner name: the first record must start with one"),
        ("a.example. 300 IN", 1, "no record type"),
        ("a.example. TEXT x", 1, "`TEXT` is no record type"),
        ("a.example. MX 10", 1, "MX record: mail exchange is missing"),
        ("a.example. A 192.0.2.1 192.0.2.2", 1, "A record: `192.0.2.2` is more than the record takes"),
        ("a..example. A 192.0.2.1", 1, "`a..example.` is no domain name"),
        ("$INCLUDE other.zone", 1, "$INCLUDE is not supported"),
        ("$ORIGIN", 1, "$ORIGIN is not followed by what it needs"),
        ("a.example. TYPE65280 \\# 2 00", 1, "`00` is not 2 octets in hexadecimal"),
        (
            "a.example. TXT a\\300b",
            1,
            "`a\\300b` has a bad escape: a backslash takes three decimal digits up to 255, or one other character",
        ),
    ] {
        let error = ZoneLookup::parse(text).err().unwrap_or_else(|| panic!("{text:?} was read"));
        assert_eq!(error.line, line, "{text:?}");
        assert!(error.to_string().ends_with(problem), "{text:?}: {error}");
    }
    let long = format!("a.example. TXT {}", "x".repeat(256));
    let error = ZoneLookup::parse(&long).err().unwrap();
    assert!(error.to_string().contains("256 octets"), "{error}");
}

#[tokio::test]
async fn a_zone_to_be_published_answers_for_its_names_and_dns_for_the_others() {
    let old = "example.com. SOA ns. h. 1 1 1 1 1\nexample.com. TXT old\nexample.net. SOA ns. h. 1 1 1 1 1\nexample.net. TXT x";
    let new = "example.com. SOA ns. h. 2 1 1 1 1\nexample.com. TXT new";
    let lookup = ZoneFirst { zone: ZoneLookup::parse(new).unwrap(), beyond: ZoneLookup::parse(old).unwrap() };
    for (name, told) in [("example.com.", Some("new")), ("gone.example.com.", None), ("example.net.", Some("x"))] {
        let question = Question::new(Name::from_ascii(name).unwrap(), RecordType::TXT);
        let answer = lookup.resolve(&question).await;
        assert_eq!(answer.data(RecordType::TXT).next().map(ToString::to_string).as_deref(), told, "{name}");
    }
}
