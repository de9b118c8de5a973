//! How long `propagation` takes beside the slowest answer it waits for. Servers of our own on loopback addresses, each
//! with a delay; needs port 53, so it says so and stops where that is not permitted.
//!
//!     cargo bench --bench propagation

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, NS, SOA, TXT};
use smtpwhy::dns::cache::{Cached, MAX_QUERIES};
use smtpwhy::dns::live::{Live, TIMEOUT};
use smtpwhy::dns::{Name, RData, Record, RecordType, Server};
use smtpwhy::probe::propagation::{Options, Propagation, Vantage, propagation};
use tokio::net::UdpSocket;

const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 90, 53);
const PARENT: Ipv4Addr = Ipv4Addr::new(127, 0, 90, 9);
const OWN: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 0, 90, 1), Ipv4Addr::new(127, 0, 90, 2)];
const VANTAGES: u8 = 20;
const ROUNDS: usize = 5;

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name of ours");
    name.set_fqdn(true);
    name
}

/// The zone example.com below com, as a resolver and the zone's own servers know it.
fn records(owner: &Name, kind: RecordType) -> Vec<RData> {
    let soa = || RData::SOA(SOA::new(name("ns1.example.com"), name("h.example.com"), 1, 2, 3, 4, 60));
    let ns = |names: &[&str]| names.iter().map(|text| RData::NS(NS(name(text)))).collect();
    match (owner.to_string().as_str(), kind) {
        ("example.com." | "com.", RecordType::SOA) => vec![soa()],
        ("example.com.", RecordType::NS) => ns(&["ns1.example.com", "ns2.example.com"]),
        ("example.com.", RecordType::TXT) => vec![RData::TXT(TXT::new(vec!["v=spf1 -all".to_owned()]))],
        ("com.", RecordType::NS) => ns(&["ns.nic.example"]),
        ("ns1.example.com.", RecordType::A) => vec![RData::A(A(OWN[0]))],
        ("ns2.example.com.", RecordType::A) => vec![RData::A(A(OWN[1]))],
        ("ns.nic.example.", RecordType::A) => vec![RData::A(A(PARENT))],
        _ => Vec::new(),
    }
}

fn answer(query: &Message, at: Ipv4Addr) -> Option<Vec<u8>> {
    let asked = query.queries.first()?;
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.add_query(asked.clone());
    reply.metadata.response_code = ResponseCode::NoError;
    let owned = |owner: &Name, data| Record::from_rdata(owner.clone(), 300, data);
    if at == PARENT {
        let zone = name("example.com");
        reply.add_authorities(records(&zone, RecordType::NS).into_iter().map(|data| owned(&zone, data)));
    } else {
        reply.metadata.authoritative = OWN.contains(&at);
        let found = records(asked.name(), asked.query_type());
        if found.is_empty() {
            let zone = name("example.com");
            reply.add_authorities(records(&zone, RecordType::SOA).into_iter().map(|data| owned(&zone, data)));
        }
        reply.add_answers(found.into_iter().map(|data| owned(asked.name(), data)));
    }
    reply.to_vec().ok()
}

/// A server that answers after `delay`, or never.
async fn serve(at: Ipv4Addr, delay: Option<Duration>) -> io::Result<()> {
    let socket = std::sync::Arc::new(UdpSocket::bind((at, 53)).await?);
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            let reply = Message::from_vec(&buffer[..length]).ok().and_then(|query| answer(&query, at));
            let (Some(delay), Some(reply)) = (delay, reply) else { continue };
            let socket = socket.clone();
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let _ = socket.send_to(&reply, client).await;
            });
        }
    });
    Ok(())
}

fn vantage(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 91, number)
}

fn vantages(dead: bool) -> Vec<Vantage> {
    let numbers = (1..=VANTAGES).chain(dead.then_some(VANTAGES + 1));
    let named = |number| Vantage::new(format!("v{number}"), Server::recursive(socket(vantage(number))));
    numbers.map(named).collect()
}

fn socket(address: Ipv4Addr) -> SocketAddr {
    (IpAddr::V4(address), 53).into()
}

async fn look(dead: bool) -> (Propagation, Duration) {
    let live = Live::with_resolver(Server::recursive(socket(RESOLVER)), TIMEOUT);
    let lookup = Cached::new(live, MAX_QUERIES);
    let options = Options::new(vantages(dead));
    let begun = Instant::now();
    let found = propagation(&lookup, &name("example.com"), RecordType::TXT, &options).await;
    (found, begun.elapsed())
}

/// The middle one of some rounds.
async fn median(dead: bool) -> Duration {
    let mut times = Vec::new();
    for _ in 0..if dead { 1 } else { ROUNDS } {
        let (found, time) = look(dead).await;
        assert_eq!((found.converged, found.authoritative.len()), (Some(true), 2), "{found:#?}");
        times.push(time);
    }
    times.sort();
    times[times.len() / 2]
}

async fn bench() -> io::Result<()> {
    let milliseconds = Duration::from_millis;
    serve(RESOLVER, Some(milliseconds(10))).await?;
    serve(PARENT, Some(milliseconds(30))).await?;
    for own in OWN {
        serve(own, Some(milliseconds(40))).await?;
    }
    // 10 to 200 ms, as near and far resolvers take.
    let slowest = milliseconds(200);
    for number in 1..=VANTAGES {
        serve(vantage(number), Some(slowest * u32::from(number) / u32::from(VANTAGES))).await?;
    }
    serve(vantage(VANTAGES + 1), None).await?;
    let healthy = median(false).await;
    let ratio = healthy.as_secs_f64() / slowest.as_secs_f64();
    println!("healthy      {healthy:>9.1?}   slowest answer {slowest:?}   ratio {ratio:.2}");
    let dead = median(true).await;
    let beyond = dead.saturating_sub(TIMEOUT);
    println!("one is dead  {dead:>9.1?}   timeout {TIMEOUT:?}            beyond it {beyond:.1?}");
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(bench()) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            println!("skipped: port 53 may not be used here");
            Ok(())
        }
        done => done,
    }
}
