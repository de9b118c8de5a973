//! Hostile DNS: servers on the loopback interface that answer in every bad way. Nothing panics or hangs, every kind of
//! answer keeps its name, and what is asked stays bounded.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, MX, NS, TXT};
use smtpwhy::dns::budget::Budget;
use smtpwhy::dns::cache::{Cached, MAX_QUERIES};
use smtpwhy::dns::live::Live;
use smtpwhy::dns::{Answer, Answering, Lookup, Name, Question, RData, Record, RecordType, Server, Status};
use smtpwhy::finding::Finding;
use smtpwhy::probe::Probe;
use smtpwhy::probe::check::{Check, Elsewhere, Target, Verdict, check};
use smtpwhy::probe::delegation::delegation;
use smtpwhy::probe::propagation::{Options, Propagation, Vantage, propagation};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

const TIMEOUT: Duration = Duration::from_millis(400);

/// What comes back for a query.
type Behaviour = fn(query: &Message) -> Vec<Vec<u8>>;

struct Hostile {
    address: SocketAddr,
    queries: Arc<AtomicUsize>,
}

async fn udp(behaviour: Behaviour) -> Hostile {
    udp_at(UdpSocket::bind("127.0.0.1:0").await.unwrap(), behaviour)
}

fn udp_at(socket: UdpSocket, behaviour: Behaviour) -> Hostile {
    let address = socket.local_addr().unwrap();
    let queries = Arc::new(AtomicUsize::new(0));
    let counter = queries.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            counter.fetch_add(1, Ordering::SeqCst);
            for answer in behaviour(&Message::from_vec(&buffer[..length]).unwrap()) {
                let _ = socket.send_to(&answer, client).await;
            }
        }
    });
    Hostile { address, queries }
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn reply(query: &Message) -> Message {
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.add_query(query.queries[0].clone());
    reply
}

fn octets(message: &Message) -> Vec<Vec<u8>> {
    vec![message.to_vec().unwrap()]
}

async fn ask(server: &Hostile) -> Answer {
    let live = Live::with_resolver(Server::recursive(server.address), TIMEOUT);
    live.resolve(&Question::new(name("example.com"), RecordType::TXT)).await
}

/// The header of an answer to `query` that claims one answer record, and its question.
fn begun(query: &Message) -> Vec<u8> {
    let mut octets = reply(query).to_vec().unwrap();
    octets[7] = 1;
    octets
}

#[tokio::test]
async fn what_is_no_dns_message_is_called_malformed_or_dropped() {
    let behaviours: [(&str, Behaviour); 6] = [
        ("garbage behind the right id", |query| vec![[&query.metadata.id.to_be_bytes()[..], &[0xff; 600]].concat()]),
        // A name that points to itself.
        ("a compression loop", |query| {
            let mut octets = begun(query);
            let here = octets.len() as u16;
            octets.extend((0xc000 | here).to_be_bytes());
            octets.extend([0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, b'x']);
            vec![octets]
        }),
        ("a compression pointer ahead", |query| {
            let mut octets = begun(query);
            octets.extend([0xff, 0xff, 0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, b'x']);
            vec![octets]
        }),
        ("a record longer than the message", |query| {
            let mut octets = begun(query);
            octets.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0xff, 0xff, 1, b'x']);
            vec![octets]
        }),
        ("counts without records", |query| {
            let mut octets = begun(query);
            octets[6..12].copy_from_slice(&[0xff; 6]);
            vec![octets]
        }),
        ("nothing but a header", |query| vec![begun(query)[..12].to_vec()]),
    ];
    for (what, behaviour) in behaviours {
        let begun = Instant::now();
        let status = ask(&udp(behaviour).await).await.status;
        assert!(matches!(status, Status::Malformed(_)), "{what}: {status}");
        assert!(begun.elapsed() < TIMEOUT * 2, "{what}");
    }
}

#[tokio::test]
async fn every_response_code_ends_as_one_status() {
    for code in (0..=23_u16).chain([3841, 4095]) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let mut reply = reply(&query);
                reply.metadata.response_code = ResponseCode::from((code >> 4) as u8, (code & 15) as u8);
                if let Some(edns) = &query.edns {
                    let mut edns = edns.clone();
                    edns.set_rcode_high((code >> 4) as u8);
                    reply.set_edns(edns);
                }
                let _ = socket.send_to(&reply.to_vec().unwrap(), client).await;
            }
        });
        let live = Live::with_resolver(Server::recursive(address), TIMEOUT);
        let status = live.resolve(&Question::new(name("example.com"), RecordType::TXT)).await.status;
        match code {
            0 => assert_eq!(status, Status::NoData),
            2 => assert_eq!(status, Status::ServFail),
            3 => assert_eq!(status, Status::NxDomain),
            5 => assert_eq!(status, Status::Refused),
            _ => assert!(matches!(status, Status::OtherCode(_)), "{code}: {status}"),
        }
    }
}

#[tokio::test]
async fn an_answer_as_long_as_tcp_can_carry_is_read() {
    let address = tcp(|query| {
        let mut reply = reply(query);
        let text = |n: usize| TXT::new(vec![format!("{n:0>240}")]);
        reply.add_answers((0..250).map(|n| Record::from_rdata(name("example.com"), 60, RData::TXT(text(n)))));
        vec![reply.to_vec().unwrap()]
    })
    .await;
    let answer = over_tcp(address).await;
    assert_eq!((answer.status, answer.records.len()), (Status::Answered, 250));
}

async fn tcp(behaviour: Behaviour) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut query = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut query).await.unwrap();
            for answer in behaviour(&Message::from_vec(&query).unwrap()) {
                stream.write_u16(answer.len().try_into().unwrap()).await.unwrap();
                stream.write_all(&answer).await.unwrap();
            }
        }
    });
    address
}

async fn over_tcp(address: SocketAddr) -> Answer {
    let mut server = Server::recursive(address);
    server.transport = smtpwhy::dns::Transport::Tcp;
    let live = Live::with_resolver(server, TIMEOUT);
    live.resolve(&Question::new(name("example.com"), RecordType::TXT)).await
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_u16(u16::MAX).await.unwrap();
        while stream.write_u8(0).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let begun = Instant::now();
    assert_eq!(over_tcp(address).await.status, Status::Timeout);
    assert!(begun.elapsed() < TIMEOUT + Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_connection_full_of_foreign_answers_ends_with_the_timeout() {
    let address = tcp(|query| {
        let mut foreign = reply(query);
        foreign.metadata.id ^= 1;
        vec![foreign.to_vec().unwrap(); 2000]
    })
    .await;
    let begun = Instant::now();
    assert!(!over_tcp(address).await.status.is_conclusive());
    assert!(begun.elapsed() < TIMEOUT + Duration::from_millis(200), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn aliases_in_a_circle_or_without_end_hold_no_record() {
    let circle = udp(|query| {
        let mut reply = reply(query);
        for (from, to) in [("example.com", "a.example"), ("a.example", "b.example"), ("b.example", "example.com")] {
            reply.add_answer(Record::from_rdata(name(from), 60, RData::CNAME(CNAME(name(to)))));
        }
        octets(&reply)
    })
    .await;
    assert_eq!(ask(&circle).await.status, Status::NoData);
    let address = tcp(|query| {
        let mut reply = reply(query);
        let link = |n: usize| if n == 0 { name("example.com") } else { name(&format!("n{n}.example")) };
        reply.add_answers((0..1500).map(|n| Record::from_rdata(link(n), 60, RData::CNAME(CNAME(link(n + 1))))));
        octets(&reply)
    })
    .await;
    let begun = Instant::now();
    assert_eq!(over_tcp(address).await.status, Status::NoData);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// Answers whatever it is asked so as to make the asker ask more.
fn endless(query: &Message) -> Vec<Vec<u8>> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let asked = &query.queries[0];
    let owner = asked.name().clone();
    let fresh = || name(&format!("n{}.hostile.example", NEXT.fetch_add(1, Ordering::Relaxed)));
    let mut reply = reply(query);
    reply.metadata.authoritative = true;
    let many = |kind: fn(Name) -> RData| (0..30).map(move |_| kind(fresh())).collect::<Vec<_>>();
    let data = match asked.query_type() {
        RecordType::MX => many(|name| RData::MX(MX::new(10, name))),
        RecordType::NS => many(|name| RData::NS(NS(name))),
        RecordType::PTR => many(|name| RData::PTR(hickory_proto::rr::rdata::PTR(name))),
        RecordType::A => (1..=8).map(|n| RData::A(A::new(127, 0, 99, n))).collect(),
        RecordType::TXT if owner.to_string().contains("_dmarc") => {
            let hosts: Vec<String> = (0..8).map(|_| format!("mailto:d@{}", fresh())).collect();
            vec![RData::TXT(TXT::new(hosts.join(",").as_bytes().chunks(200).fold(
                vec!["v=DMARC1; p=none; rua=".to_owned()],
                |mut parts, part| {
                    parts.push(String::from_utf8_lossy(part).into_owned());
                    parts
                },
            )))]
        }
        RecordType::TXT => {
            let terms: Vec<String> =
                (0..6).map(|_| format!("include:{}", fresh().to_string().trim_end_matches('.'))).collect();
            vec![RData::TXT(TXT::new(vec![format!("v=spf1 {} mx a ptr -all", terms.join(" "))]))]
        }
        _ => Vec::new(),
    };
    reply.add_answers(data.into_iter().map(|data| Record::from_rdata(owner.clone(), 60, data)));
    if reply.to_vec().unwrap().len() > 1200 {
        reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
        reply.add_query(asked.clone());
        reply.metadata.truncation = true;
    }
    octets(&reply)
}

async fn check_through(server: SocketAddr, most: usize) -> (Check, usize) {
    let budget = Arc::new(Budget::new(most));
    let live = Live::with_resolver(Server::recursive(server), Duration::from_secs(2)).spending(budget.clone());
    let lookup = Cached::within(live, budget.clone());
    let target = Target::of(name("hostile.example")).sent_from(IpAddr::from([192, 0, 2, 1]));
    let mut elsewhere = Elsewhere::default();
    elsewhere.vantages.push(Vantage::new("hostile", Server::recursive(server)));
    (check(&lookup, &target, &Probe::ALL.into_iter().collect(), &elsewhere).await, budget.spent())
}

fn limit(check: &Check) -> Option<&Finding> {
    check.findings().into_iter().find(|finding| finding.id == "query-limit")
}

#[tokio::test]
async fn a_zone_that_leads_on_without_end_costs_a_bounded_number_of_queries_and_the_report_says_so() {
    let hostile = udp(endless).await;
    let begun = Instant::now();
    let (found, spent) = check_through(hostile.address, MAX_QUERIES).await;
    let received = hostile.queries.load(Ordering::SeqCst);
    assert!(received <= MAX_QUERIES && spent <= MAX_QUERIES, "{received} queries, {spent} counted");
    let told = limit(&found).unwrap_or_else(|| panic!("{:#?}", found.findings()));
    assert!(told.message.starts_with("stopped after 200 queries: "), "{}", told.message);
    assert_ne!(found.verdict(), Verdict::Ok);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_bound_is_the_users() {
    let hostile = udp(endless).await;
    let (found, _) = check_through(hostile.address, 25).await;
    assert!(hostile.queries.load(Ordering::SeqCst) <= 25);
    assert!(limit(&found).unwrap().message.starts_with("stopped after 25 queries"));
}

/// Thousands of records behind every question, as many as TCP can carry.
fn thousands(query: &Message) -> Vec<Vec<u8>> {
    let asked = &query.queries[0];
    let host = |n: usize| name(&format!("m{n}.hostile.example"));
    let mut reply = reply(query);
    reply.metadata.authoritative = true;
    let data: Vec<RData> = match asked.query_type() {
        RecordType::MX => (0..2000).map(|n| RData::MX(MX::new(10, host(n)))).collect(),
        RecordType::NS => (0..2000).map(|n| RData::NS(NS(host(n)))).collect(),
        RecordType::PTR => (0..2000).map(|n| RData::PTR(hickory_proto::rr::rdata::PTR(host(n)))).collect(),
        RecordType::A => (0..3500_u16).map(|n| RData::A(A::new(127, 0, (n >> 8) as u8, n as u8))).collect(),
        RecordType::TXT => {
            let mut all: Vec<RData> = (0..2000).map(|n| RData::TXT(TXT::new(vec![n.to_string()]))).collect();
            all.push(RData::TXT(TXT::new(vec!["v=spf1 a mx ptr -all".to_owned()])));
            all
        }
        _ => Vec::new(),
    };
    reply.add_answers(data.into_iter().map(|data| Record::from_rdata(asked.name().clone(), 60, data)));
    octets(&reply)
}

fn truncated(query: &Message) -> Vec<Vec<u8>> {
    let mut reply = reply(query);
    reply.metadata.truncation = true;
    octets(&reply)
}

#[tokio::test]
async fn thousands_of_records_everywhere_cost_no_more_queries() {
    let address = tcp(thousands).await;
    let socket = UdpSocket::bind(address).await.unwrap();
    let datagrams = udp_at(socket, truncated);
    let begun = Instant::now();
    let (found, spent) = check_through(address, MAX_QUERIES).await;
    assert!(spent <= MAX_QUERIES && datagrams.queries.load(Ordering::SeqCst) <= MAX_QUERIES, "{spent} queries");
    assert!(found.findings().iter().any(|finding| finding.id == "spf-mx-limit"), "{:#?}", found.findings());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

async fn ran(arguments: &[&str], server: SocketAddr) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command.args(arguments).env("SMTPWHY_CONFIG", "").env("XDG_CONFIG_HOME", "/nonexistent");
    command.args(["--json", "--resolver", &server.to_string(), "--vantage", &format!("hostile={server}")]);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_command_stops_and_says_where() {
    for arguments in [
        &["check", "hostile.example"][..],
        &["spf", "hostile.example", "--ip", "192.0.2.1", "--max-queries", "20"],
        &["propagation", "hostile.example", "MX", "--max-queries", "3"],
        &["--domain", "hostile.example", "451 4.7.24 SPF temporary error"],
    ] {
        let hostile = udp(endless).await;
        let output = ran(arguments, hostile.address).await;
        assert!(hostile.queries.load(Ordering::SeqCst) <= MAX_QUERIES);
        let told = String::from_utf8(output.stdout).unwrap();
        let stops = told.matches("\"id\": \"query-limit\"").count();
        assert_eq!((stops, told.contains(" more were not asked, the first for ")), (1, true), "{arguments:?}: {told}");
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
    }
}

/// The zones name servers at 127.0.99.1; the one that stands for it has a port of its own.
struct Rerouted {
    live: Live,
    parent: SocketAddr,
}

impl Lookup for Rerouted {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        self.live.resolve(question)
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        Box::pin(async move {
            let parent = Server::authoritative(self.parent);
            let is_parent = server.address.ip() == IpAddr::from(PARENT);
            self.live.query(if is_parent { &parent } else { server }, question).await
        })
    }
}

const PARENT: Ipv4Addr = Ipv4Addr::new(127, 0, 99, 1);

/// A resolver that knows the zone `example` and fails for all below.
fn knows_the_parent(query: &Message) -> Vec<Vec<u8>> {
    let asked = &query.queries[0];
    let zone = name("example");
    let mut reply = reply(query);
    let data = match asked.query_type() {
        RecordType::SOA if *asked.name() == zone => {
            RData::SOA(hickory_proto::rr::rdata::SOA::new(name("ns.example"), name("h.example"), 1, 2, 3, 4, 5))
        }
        RecordType::NS if *asked.name() == zone => RData::NS(NS(name("ns.example"))),
        RecordType::A if *asked.name() == name("ns.example") => RData::A(A(PARENT)),
        _ => {
            reply.metadata.response_code = ResponseCode::ServFail;
            return octets(&reply);
        }
    };
    reply.add_answer(Record::from_rdata(asked.name().clone(), 60, data));
    octets(&reply)
}

/// Refers to `zone`, which it is said to serve itself.
fn referral(query: &Message, zone: Name) -> Vec<Vec<u8>> {
    let mut reply = reply(query);
    reply.add_authority(Record::from_rdata(zone, 60, RData::NS(NS(name("ns.example")))));
    reply.add_additional(Record::from_rdata(name("ns.example"), 60, RData::A(A(PARENT))));
    octets(&reply)
}

async fn searched(domain: &str, behaviour: Behaviour) -> (Propagation, String, usize) {
    let (resolver, parent) = (udp(knows_the_parent).await, udp(behaviour).await);
    let budget = Arc::new(Budget::new(MAX_QUERIES));
    let live = Live::with_resolver(Server::recursive(resolver.address), TIMEOUT).spending(budget.clone());
    let lookup = Cached::within(Rerouted { live, parent: parent.address }, budget.clone());
    let options = Options::new(vec![Vantage::new("here", Server::recursive(resolver.address))]);
    let found = propagation(&lookup, &name(domain), RecordType::TXT, &options).await;
    let delegation = delegation(&lookup, &name(domain)).await;
    let asked = resolver.queries.load(Ordering::SeqCst) + parent.queries.load(Ordering::SeqCst);
    (found, delegation.observation().summary, asked)
}

#[tokio::test]
async fn referrals_that_lead_nowhere_end_and_the_report_says_where() {
    let behaviours: [(Behaviour, &str); 5] = [
        (|query| referral(query, name("example")), "refer to example instead"),
        (|query| referral(query, Name::root()), "refer to . instead"),
        (|query| referral(query, name("elsewhere.test")), "refer to elsewhere.test instead"),
        (|query| octets(&reply(query)), "answer without a referral"),
        (|_| Vec::new(), "told nothing"),
    ];
    for (behaviour, told) in behaviours {
        let (found, summary, asked) = searched("a.b.c.loop.example", behaviour).await;
        let finding = found.findings.iter().find(|finding| finding.id == "zone-not-found").expect(told);
        for said in [&finding.message, &summary] {
            assert!(
                said.contains("a.b.c.loop.example ended at example, whose servers ") && said.contains(told),
                "{said}"
            );
        }
        assert_eq!((found.authoritative.len(), found.converged), (0, None), "{told}");
        assert!(asked < 50, "{told}: {asked} queries");
    }
}

#[tokio::test]
async fn referrals_that_lead_down_label_by_label_are_followed_no_further_than_the_name() {
    static DEPTH: AtomicUsize = AtomicUsize::new(1);
    let domain = ["x"; 100].join(".") + ".example";
    let (found, _, asked) = searched(&domain, |query| {
        let asked = query.queries[0].name();
        let depth = DEPTH.fetch_add(1, Ordering::SeqCst) + 1;
        referral(query, asked.trim_to(depth.min(asked.iter().count())))
    })
    .await;
    assert!(asked <= MAX_QUERIES, "{asked} queries");
    assert_eq!(found.converged, None);
}

#[tokio::test]
async fn a_lame_server_is_asked_and_shown_for_what_it_is() {
    // Refers to the zone itself: the delegation is right, the server has not got the zone.
    let (found, summary, _) = searched("loop.example", |query| referral(query, name("loop.example"))).await;
    let statuses: Vec<_> = found.authoritative.iter().map(|view| (view.address, view.outcome.clone())).collect();
    assert_eq!(statuses, [(IpAddr::from(PARENT), Status::Referral)]);
    assert_eq!(summary, "0 of 1 addresses serve the zone loop.example");
}

#[tokio::test]
async fn any_octets_at_all_are_survived() {
    // A small generator of our own: the same octets on every run.
    static STATE: AtomicUsize = AtomicUsize::new(0x2545_f491);
    fn noise(query: &Message) -> Vec<Vec<u8>> {
        let next = || {
            let mut x = STATE.load(Ordering::Relaxed) as u64 | 1;
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            STATE.store(x as usize, Ordering::Relaxed);
            x
        };
        let mut octets = reply(query).to_vec().unwrap();
        octets[6..12].copy_from_slice(&[0, next() as u8 % 4, 0, next() as u8 % 4, 0, next() as u8 % 4]);
        let length = next() as usize % 400;
        octets.extend((0..length).map(|_| next() as u8 & if next() % 3 == 0 { 0xff } else { 0x0f }));
        vec![octets]
    }
    let server = udp(noise).await;
    let live = Live::with_resolver(Server::recursive(server.address), TIMEOUT);
    for number in 0..500 {
        let kinds = [RecordType::TXT, RecordType::MX, RecordType::SOA, RecordType::NS];
        let question = Question::new(name(&format!("n{number}.example")), kinds[number % 4]);
        let _ = live.resolve(&question).await;
    }
    assert!(server.queries.load(Ordering::SeqCst) >= 500);
}
