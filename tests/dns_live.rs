//! The exchange with real sockets, against small servers on the loopback interface that behave in one way each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::rdata::{A, CNAME, NS, SOA, TXT};
use smtpwhy::dns::budget::Budget;
use smtpwhy::dns::cache::Cached;
use smtpwhy::dns::live::{Live, NoResolver};
use smtpwhy::dns::{Answer, Lookup, Name, NotAsked, Question, RData, Record, RecordType, Server, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

const TIMEOUT: Duration = Duration::from_millis(1500);

/// What a server sends back for the query it read, and how many it has read.
type Behaviour = fn(query: &Message, times: usize) -> Vec<Vec<u8>>;

struct Lab {
    address: SocketAddr,
    datagrams: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

/// Starts a server on one port, UDP and TCP.
async fn lab(udp: Behaviour, tcp: Option<Behaviour>) -> Lab {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (datagrams, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    if let Some(behaviour) = tcp {
        serve_tcp(TcpListener::bind(address).await.unwrap(), behaviour, connections.clone());
    }
    let counter = datagrams.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            for answer in udp(&query, counter.fetch_add(1, Ordering::SeqCst) + 1) {
                socket.send_to(&answer, client).await.unwrap();
            }
        }
    });
    Lab { address, datagrams, connections }
}

fn serve_tcp(listener: TcpListener, behaviour: Behaviour, connections: Arc<AtomicUsize>) {
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let times = connections.fetch_add(1, Ordering::SeqCst) + 1;
            let length = stream.read_u16().await.unwrap();
            let mut octets = vec![0; length.into()];
            stream.read_exact(&mut octets).await.unwrap();
            for answer in behaviour(&Message::from_vec(&octets).unwrap(), times) {
                stream.write_u16(answer.len().try_into().unwrap()).await.unwrap();
                stream.write_all(&answer).await.unwrap();
            }
        }
    });
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn question() -> Question {
    Question::new(name("example.com"), RecordType::TXT)
}

fn reply(query: &Message) -> Message {
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.add_query(query.queries[0].clone());
    reply
}

fn txt(owner: &str, ttl: u32, text: &str) -> Record {
    Record::from_rdata(name(owner), ttl, RData::TXT(TXT::new(vec![text.to_owned()])))
}

fn soa(ttl: u32, minimum: u32) -> Record {
    let data = SOA::new(name("ns1.example.com"), name("h.example.com"), 1, 2, 3, 4, minimum);
    Record::from_rdata(name("example.com"), ttl, RData::SOA(data))
}

fn good(query: &Message, _: usize) -> Vec<Vec<u8>> {
    let mut reply = reply(query);
    reply.add_answer(txt("example.com", 300, "good"));
    vec![reply.to_vec().unwrap()]
}

fn with_code(query: &Message, code: ResponseCode) -> Vec<Vec<u8>> {
    let mut reply = reply(query);
    reply.metadata.response_code = code;
    vec![reply.to_vec().unwrap()]
}

async fn ask(lab: &Lab) -> Answer {
    Live::with_resolver(Server::recursive(lab.address), TIMEOUT).resolve(&question()).await
}

async fn ask_authoritative(lab: &Lab) -> Answer {
    let live = Live::with_resolver(Server::recursive(lab.address), TIMEOUT);
    live.query(&Server::authoritative(lab.address), &question()).await
}

fn text(answer: &Answer) -> String {
    answer.data(RecordType::TXT).map(ToString::to_string).collect()
}

#[tokio::test]
async fn an_answer_keeps_its_flags_times_and_extensions() {
    fn behaviour(query: &Message, _: usize) -> Vec<Vec<u8>> {
        let edns = query.edns.as_ref().unwrap();
        assert_eq!(edns.max_payload(), 1232);
        assert!(query.metadata.recursion_desired);
        let mut reply = reply(query);
        reply.metadata.authoritative = true;
        reply.metadata.authentic_data = true;
        reply.add_answer(txt("EXAMPLE.com", 300, "good")).add_answer(txt("example.com", 60, "better"));
        assert!(matches!(edns.option(EdnsCode::NSID), Some(EdnsOption::NSID(empty)) if empty.as_ref().is_empty()));
        let mut answer_edns = Edns::new();
        answer_edns.options_mut().insert(EdnsOption::Unknown(15, b"\x00\x03stale answer\0".to_vec()));
        answer_edns.options_mut().insert(EdnsOption::NSID(b"lab-1".as_slice().try_into().unwrap()));
        reply.set_edns(answer_edns);
        vec![reply.to_vec().unwrap()]
    }
    let lab = lab(behaviour, None).await;
    let answer = ask(&lab).await;
    assert_eq!(answer.status, Status::Answered);
    assert!(answer.authoritative && answer.authentic && answer.rtt.is_some());
    assert_eq!((answer.ttl(), answer.records.len(), answer.server), (Some(60), 2, Some(lab.address)));
    assert_eq!(answer.nsid.as_deref(), Some("lab-1"));
    assert_eq!((answer.extended_errors[0].code, answer.extended_errors[0].text.as_str()), (3, "stale answer"));
}

#[tokio::test]
async fn negative_answers_carry_the_lesser_of_soa_ttl_and_minimum() {
    fn nxdomain(query: &Message, _: usize) -> Vec<Vec<u8>> {
        let mut reply = reply(query);
        reply.metadata.response_code = ResponseCode::NXDomain;
        reply.add_authority(soa(120, 900));
        vec![reply.to_vec().unwrap()]
    }
    fn nodata(query: &Message, _: usize) -> Vec<Vec<u8>> {
        let mut reply = reply(query);
        reply.add_answer(Record::from_rdata(name("example.com"), 20, RData::CNAME(CNAME(name("alias.example.com")))));
        reply.add_authority(soa(900, 30));
        vec![reply.to_vec().unwrap()]
    }
    let answer = ask(&lab(nxdomain, None).await).await;
    assert_eq!((answer.status, answer.negative_ttl), (Status::NxDomain, Some(120)));
    let answer = ask(&lab(nodata, None).await).await;
    assert_eq!((answer.status, answer.negative_ttl, answer.records.len()), (Status::NoData, Some(30), 1));
}

#[tokio::test]
async fn a_referral_is_not_taken_for_an_empty_answer() {
    fn behaviour(query: &Message, _: usize) -> Vec<Vec<u8>> {
        assert!(!query.metadata.recursion_desired);
        let mut reply = reply(query);
        reply.add_authority(Record::from_rdata(name("example.com"), 60, RData::NS(NS(name("ns1.example.com")))));
        reply.add_additional(Record::from_rdata(name("ns1.example.com"), 60, RData::A(A::new(192, 0, 2, 1))));
        vec![reply.to_vec().unwrap()]
    }
    let answer = ask_authoritative(&lab(behaviour, None).await).await;
    assert_eq!((answer.status, answer.referral.len()), (Status::Referral, 2));
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again() {
    fn second_time(query: &Message, times: usize) -> Vec<Vec<u8>> {
        if times < 2 { vec![] } else { good(query, times) }
    }
    let lab = lab(second_time, None).await;
    let begun = Instant::now();
    let answer = ask(&lab).await;
    assert_eq!(text(&answer), "good");
    assert_eq!(lab.datagrams.load(Ordering::SeqCst), 2);
    assert!(begun.elapsed() < Duration::from_millis(1000), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn silence_ends_in_time() {
    let lab = lab(|_, _| vec![], None).await;
    let begun = Instant::now();
    assert_eq!(ask(&lab).await.status, Status::Timeout);
    assert!((TIMEOUT..TIMEOUT + Duration::from_millis(200)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_does_not_match_the_query_is_dropped() {
    fn forged(query: &Message, times: usize) -> Vec<Vec<u8>> {
        let mut wrong_id = reply(query);
        wrong_id.metadata.id ^= 1;
        wrong_id.add_answer(txt("example.com", 300, "forged"));
        let mut wrong_question = reply(query);
        wrong_question.queries[0].set_name(name("example.net"));
        wrong_question.add_answer(txt("example.net", 300, "forged"));
        let mut no_response = reply(query);
        no_response.metadata.message_type = MessageType::Query;
        let mut all: Vec<_> = [wrong_id, wrong_question, no_response].iter().map(|m| m.to_vec().unwrap()).collect();
        all.push(b"x".to_vec());
        all.extend(good(query, times));
        all
    }
    assert_eq!(text(&ask(&lab(forged, None).await).await), "good");

    fn only_forged(query: &Message, times: usize) -> Vec<Vec<u8>> {
        let mut all = forged(query, times);
        all.pop();
        all
    }
    let answer = ask(&lab(only_forged, None).await).await;
    assert!(matches!(answer.status, Status::Malformed(_)), "{}", answer.status);
}

#[tokio::test]
async fn an_answer_from_another_address_is_not_heard() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut buffer = [0; 2048];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            let query = Message::from_vec(&buffer[..length]).unwrap();
            stranger.send_to(&good(&query, 1)[0], client).await.unwrap();
        }
    });
    let live = Live::with_resolver(Server::recursive(address), Duration::from_millis(300));
    assert_eq!(live.resolve(&question()).await.status, Status::Timeout);
}

#[tokio::test]
async fn a_truncated_answer_is_fetched_over_tcp() {
    fn truncated(query: &Message, _: usize) -> Vec<Vec<u8>> {
        let mut reply = reply(query);
        reply.metadata.truncation = true;
        vec![reply.to_vec().unwrap()]
    }
    fn long(query: &Message, _: usize) -> Vec<Vec<u8>> {
        let mut reply = reply(query);
        reply.add_answers((0..200).map(|n| txt("example.com", 300, &format!("{n:0>200}"))));
        vec![reply.to_vec().unwrap()]
    }
    let with_tcp = lab(truncated, Some(long)).await;
    assert_eq!(ask(&with_tcp).await.records.len(), 200);
    assert_eq!(with_tcp.connections.load(Ordering::SeqCst), 1);

    let without = ask(&lab(truncated, None).await).await;
    let why = "the answer needs TCP, and TCP: connection refused";
    assert_eq!(without.status, Status::Unreachable(why.to_owned()));
}

#[tokio::test]
async fn failures_keep_their_kinds() {
    fn servfail(query: &Message, _: usize) -> Vec<Vec<u8>> {
        let mut reply = reply(query);
        reply.metadata.response_code = ResponseCode::ServFail;
        let mut edns = query.edns.clone().unwrap();
        edns.options_mut().insert(EdnsOption::Unknown(15, b"\x00\x06".to_vec()));
        reply.set_edns(edns);
        vec![reply.to_vec().unwrap()]
    }
    let bogus = ask(&lab(servfail, None).await).await;
    assert_eq!((bogus.status, bogus.extended_errors[0].code), (Status::ServFail, 6));
    let refused = ask(&lab(|query, _| with_code(query, ResponseCode::Refused), None).await).await;
    assert_eq!(refused.status, Status::Refused);
    let other = ask(&lab(|query, _| with_code(query, ResponseCode::NotAuth), None).await).await;
    assert_eq!(other.status, Status::OtherCode(9));
    fn cut_off(query: &Message, times: usize) -> Vec<Vec<u8>> {
        let mut octets = good(query, times).remove(0);
        octets.truncate(octets.len() - 3);
        vec![octets]
    }
    let malformed = ask(&lab(cut_off, None).await).await;
    assert!(matches!(malformed.status, Status::Malformed(_)), "{}", malformed.status);
}

#[tokio::test]
async fn a_closed_port_is_told_at_once() {
    let address = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let begun = Instant::now();
    let answer = Live::with_resolver(Server::recursive(address), TIMEOUT).resolve(&question()).await;
    assert_eq!(answer.status, Status::Unreachable("connection refused".to_owned()));
    assert!(begun.elapsed() < Duration::from_millis(300));
}

#[tokio::test]
async fn a_server_that_knows_no_edns_is_asked_without() {
    fn old(query: &Message, times: usize) -> Vec<Vec<u8>> {
        match query.edns {
            Some(_) => {
                let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
                reply.metadata.response_code = ResponseCode::FormErr;
                vec![reply.to_vec().unwrap()]
            }
            None => good(query, times),
        }
    }
    assert_eq!(text(&ask(&lab(old, None).await).await), "good");
}

#[tokio::test]
async fn the_next_resolver_answers_where_the_first_fails_or_is_silent() {
    let first = lab(|query, _| with_code(query, ResponseCode::ServFail), None).await;
    let silent = lab(|_, _| vec![], None).await;
    let second = lab(good, None).await;
    for failing in [&first, &silent] {
        let live =
            Live::with_resolver(Server::recursive(failing.address), TIMEOUT).then(Server::recursive(second.address));
        let answer = live.resolve(&question()).await;
        assert_eq!((text(&answer).as_str(), answer.server), ("good", Some(second.address)));
    }
    let live = Live::with_resolver(Server::recursive(first.address), TIMEOUT).then(Server::recursive(silent.address));
    assert_eq!(live.resolve(&question()).await.status, Status::ServFail, "what a server said outranks silence");
}

#[tokio::test]
async fn ids_and_source_ports_differ_from_query_to_query() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..8 {
        let live = Live::with_resolver(Server::recursive(socket.local_addr().unwrap()), Duration::from_millis(20));
        live.resolve(&question()).await;
        let mut buffer = [0; 2048];
        let (_, client) = socket.recv_from(&mut buffer).await.unwrap();
        seen.insert((client.port(), buffer[..2].to_vec()));
    }
    let ports: std::collections::HashSet<_> = seen.iter().map(|(port, _)| port).collect();
    let ids: std::collections::HashSet<_> = seen.iter().map(|(_, id)| id).collect();
    assert!(ports.len() >= 6 && ids.len() >= 7, "{seen:?}");
}

#[tokio::test]
async fn nobody_waits_twice_for_a_server_that_never_answers() {
    let silent = lab(|_, _| vec![], None).await;
    let live = Live::with_resolver(Server::recursive(silent.address), Duration::from_millis(300));
    let begun = Instant::now();
    for number in 0..5 {
        let other = Question::new(name(&format!("n{number}.example")), RecordType::TXT);
        assert_eq!(live.resolve(&other).await.status, Status::Timeout);
    }
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn one_lost_answer_does_not_condemn_a_server() {
    fn not_the_second(query: &Message, _: usize) -> Vec<Vec<u8>> {
        if query.queries[0].query_type() == RecordType::MX { vec![] } else { good(query, 0) }
    }
    let lab = lab(not_the_second, None).await;
    let live = Live::with_resolver(Server::recursive(lab.address), Duration::from_millis(300));
    assert_eq!(text(&live.resolve(&question()).await), "good");
    assert_eq!(live.resolve(&Question::new(name("example.com"), RecordType::MX)).await.status, Status::Timeout);
    assert_eq!(text(&live.resolve(&question()).await), "good");
}

#[tokio::test]
async fn repetitions_and_tcp_are_paid_for() {
    let budget = Arc::new(Budget::new(3));
    let silent = lab(|_, _| vec![], None).await;
    let live = Live::with_resolver(Server::recursive(silent.address), Duration::from_secs(3)).spending(budget.clone());
    let cached = Cached::within(live, budget.clone());
    assert_eq!(cached.resolve(&question()).await.status, Status::Timeout);
    assert_eq!((silent.datagrams.load(Ordering::SeqCst), budget.spent()), (3, 3));
    let other = Question::new(name("example.net"), RecordType::TXT);
    assert_eq!(cached.resolve(&other).await.status, Status::NotAsked(NotAsked::QueryLimit));
    let stopped = budget.stopped().unwrap();
    assert_eq!((stopped.most, stopped.unasked, stopped.first), (3, 1, other));
}

#[tokio::test]
async fn the_only_resolver_is_not_asked_twice_when_it_is_also_a_vantage() {
    let lab = lab(good, None).await;
    let cached = Cached::new(Live::with_resolver(Server::recursive(lab.address), TIMEOUT), 10);
    assert_eq!(text(&cached.resolve(&question()).await), "good");
    assert_eq!(text(&cached.query(&Server::recursive(lab.address), &question()).await), "good");
    assert_eq!(lab.datagrams.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_a_resolver_servers_are_still_asked_by_address() {
    let lab = lab(good, None).await;
    let live = Live::without_resolver(NoResolver::System("no such file".to_owned()), TIMEOUT);
    let answer = live.resolve(&question()).await;
    assert!(matches!(&answer.status, Status::Unreachable(why) if why.contains("--resolver")), "{}", answer.status);
    assert_eq!(text(&live.query(&Server::recursive(lab.address), &question()).await), "good");
}
