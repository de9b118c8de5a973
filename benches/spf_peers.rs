//! `smtpwhy spf` beside Python's spftrace: wall time of the whole process and queries, on trees of several shapes, through
//! a resolver on the loopback interface that takes its time.
//!
//!     pip install spftrace
//!     SPFTRACE=$(which spftrace) cargo bench --bench spf_peers
//!
//! spftrace asks port 53 only: without the right to open it on 127.0.0.53, it is left out.

use std::env;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Lookup, Question, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// How long the resolver takes for an answer.
const ANSWER: Duration = Duration::from_millis(40);
/// What both programs wait for one that does not come.
const TIMEOUT: Duration = Duration::from_secs(3);
const RUNS: usize = 5;
/// Beside 1.3 times the path, this is allowed for starting and printing.
const START: Duration = Duration::from_millis(15);

/// A tree, and how many answers it takes one after the other at least.
struct Shape {
    name: &'static str,
    path: u32,
    dead: bool,
    zone: String,
}

fn main() {
    let shapes = [flat(), chain(), services(), hosts(), dead(), hostile()];
    println!(
        "answers after {} ms, timeout {} s, {RUNS} runs, medians; path: the answers that must follow one another\n",
        ANSWER.as_millis(),
        TIMEOUT.as_secs()
    );
    println!(
        "{:<10} {:>9} {:<30} {:>9} {:>7} {:>7} {:>8}",
        "tree", "path ms", "program", "wall ms", "x path", "queries", "x ours"
    );
    for shape in &shapes {
        report(shape, &Resolver::start(&shape.zone));
    }
}

fn report(shape: &Shape, resolver: &Resolver) {
    let path = ANSWER * shape.path + if shape.dead { TIMEOUT } else { Duration::ZERO };
    let ours = measured(resolver, || smtpwhy(resolver));
    row(shape.name, path, "smtpwhy spf --ip", ours, ours);
    let Some(spftrace) = env::var_os("SPFTRACE").filter(|_| resolver.address.port() == 53) else { return };
    for options in [&[][..], &["--prefetch"], &["--audit", "--prefetch"]] {
        let theirs = measured(resolver, || peer(&spftrace, options, resolver));
        row("", path, &format!("spftrace {}", options.join(" ")), theirs, ours);
    }
    if !shape.dead {
        let allowed = path.mul_f64(1.3) + START;
        println!("{:<10} {:>9} smtpwhy allowed: {} ms", "", "", allowed.as_millis());
    }
}

fn row(shape: &str, path: Duration, program: &str, (wall, queries): (Duration, usize), ours: (Duration, usize)) {
    println!(
        "{shape:<10} {:>9} {program:<30} {:>9} {:>7.2} {queries:>7} {:>8.2}",
        path.as_millis(),
        wall.as_millis(),
        wall.as_secs_f64() / path.as_secs_f64(),
        wall.as_secs_f64() / ours.0.as_secs_f64(),
    );
}

/// The median of the wall times, and the queries of one run.
fn measured(resolver: &Resolver, command: impl Fn() -> Command) -> (Duration, usize) {
    let mut times = Vec::new();
    let mut queries = 0;
    for _ in 0..RUNS {
        let before = resolver.queries.load(Ordering::SeqCst);
        let begun = Instant::now();
        command().stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program starts");
        times.push(begun.elapsed());
        queries = resolver.queries.load(Ordering::SeqCst) - before;
    }
    times.sort();
    (times[RUNS / 2], queries)
}

const CLIENT: &str = "203.0.113.99";

fn smtpwhy(resolver: &Resolver) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    let timeout = format!("{}s", TIMEOUT.as_secs());
    command.args(["spf", "example.com", "--ip", CLIENT, "--timeout", &timeout]);
    command.args(["--resolver", &resolver.address.to_string()]);
    command
}

fn peer(program: &std::ffi::OsStr, options: &[&str], resolver: &Resolver) -> Command {
    let mut command = Command::new(program);
    command.args(["--dns", &resolver.address.ip().to_string(), "--timeout", &TIMEOUT.as_secs().to_string()]);
    command.args(options).args([CLIENT, "someone@example.com"]);
    command
}

/// Answers from a zone, later. What lies below `dead.example.com` gets no answer.
struct Resolver {
    address: SocketAddr,
    queries: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
}

impl Resolver {
    fn start(zone: &str) -> Resolver {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let queries = Arc::new(AtomicUsize::new(0));
        let zone = Arc::new(ZoneLookup::parse(zone).unwrap_or_else(|error| panic!("{error}\n{zone}")));
        let (udp, tcp) = runtime.block_on(async {
            let udp = match UdpSocket::bind("127.0.0.53:53").await {
                Ok(udp) => udp,
                Err(_) => UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            };
            let tcp = TcpListener::bind(udp.local_addr().unwrap()).await.unwrap();
            (Arc::new(udp), tcp)
        });
        let address = udp.local_addr().unwrap();
        runtime.spawn(serve_udp(udp, zone.clone(), queries.clone()));
        runtime.spawn(serve_tcp(tcp, zone, queries.clone()));
        Resolver { address, queries, _runtime: runtime }
    }
}

async fn serve_udp(socket: Arc<UdpSocket>, zone: Arc<ZoneLookup>, queries: Arc<AtomicUsize>) {
    let mut buffer = [0; 2048];
    while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
        let query = Message::from_vec(&buffer[..length]).unwrap();
        queries.fetch_add(1, Ordering::SeqCst);
        let (socket, zone) = (socket.clone(), zone.clone());
        tokio::spawn(async move {
            let Some(mut answer) = answer(&zone, &query).await else { return };
            let most = query.edns.as_ref().map_or(512, |edns| edns.max_payload().into());
            if answer.to_vec().unwrap().len() > most {
                answer.answers.clear();
                answer.metadata.truncation = true;
            }
            let _ = socket.send_to(&answer.to_vec().unwrap(), client).await;
        });
    }
}

async fn serve_tcp(listener: TcpListener, zone: Arc<ZoneLookup>, queries: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, zone.clone(), queries.clone()));
    }
}

async fn converse(mut stream: TcpStream, zone: Arc<ZoneLookup>, queries: Arc<AtomicUsize>) -> std::io::Result<()> {
    loop {
        let mut octets = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut octets).await?;
        queries.fetch_add(1, Ordering::SeqCst);
        let Some(answer) = answer(&zone, &Message::from_vec(&octets).unwrap()).await else { return Ok(()) };
        let octets = answer.to_vec().unwrap();
        stream.write_u16(octets.len().try_into().unwrap()).await?;
        stream.write_all(&octets).await?;
    }
}

async fn answer(zone: &ZoneLookup, query: &Message) -> Option<Message> {
    let asked = &query.queries[0];
    if asked.name().to_string().contains("dead.") {
        return None;
    }
    tokio::time::sleep(ANSWER).await;
    let found = zone.resolve(&Question::new(asked.name().clone(), asked.query_type())).await;
    let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    answer.add_query(asked.clone());
    answer.metadata.recursion_available = true;
    answer.metadata.recursion_desired = true;
    if found.status == Status::NxDomain {
        answer.metadata.response_code = ResponseCode::NXDomain;
    }
    answer.add_answers(found.records);
    Some(answer)
}

fn zone(records: &str) -> String {
    format!("$ORIGIN example.com.\n@ 300 IN SOA ns.example.com. root.example.com. 1 1 1 1 60\n{records}")
}

/// A record as TXT data, in strings of at most 200 octets.
fn txt(owner: &str, record: &str) -> String {
    let strings = record.as_bytes().chunks(200).map(|string| format!("\"{}\"", String::from_utf8_lossy(string)));
    format!("{owner} IN TXT {}\n", strings.collect::<Vec<_>>().join(" "))
}

fn includes(names: impl IntoIterator<Item = String>) -> String {
    let terms: String = names.into_iter().map(|name| format!("include:{name}.example.com ")).collect();
    format!("v=spf1 {terms}-all")
}

fn network(number: usize) -> String {
    format!("v=spf1 ip4:198.51.{number}.0/24 ~all")
}

/// Ten services beside one another.
fn flat() -> Shape {
    let mut records = txt("@", &includes((0..10).map(|n| format!("s{n}"))));
    (0..10).for_each(|n| records += &txt(&format!("s{n}"), &network(n)));
    Shape { name: "flat 10", path: 2, dead: false, zone: zone(&records) }
}

/// Each record includes the next.
fn chain() -> Shape {
    let mut records = txt("@", &includes(["s1".to_owned()]));
    (1..8).for_each(|n| records += &txt(&format!("s{n}"), &includes([format!("s{}", n + 1)])));
    records += &txt("s8", &network(8));
    Shape { name: "chain 8", path: 9, dead: false, zone: zone(&records) }
}

/// Three services with records of their own below, as the large ones have.
fn services() -> Shape {
    let mut records = txt("@", &includes((0..3).map(|n| format!("s{n}"))));
    for n in 0..3 {
        records += &txt(&format!("s{n}"), &includes((0..2).map(|m| format!("s{n}-{m}"))));
        (0..2).for_each(|m| records += &txt(&format!("s{n}-{m}"), &network(10 * n + m)));
    }
    Shape { name: "services", path: 3, dead: false, zone: zone(&records) }
}

/// Hosts and exchangers.
fn hosts() -> Shape {
    let mut records = txt("@", "v=spf1 a mx a:h0.example.com a:h1.example.com a:h2.example.com a:h3.example.com -all");
    records += "@ IN A 198.51.100.1\n";
    (0..4).for_each(|n| records += &format!("h{n} IN A 198.51.100.{n}\n@ IN MX {n} h{n}\n"));
    Shape { name: "hosts", path: 3, dead: false, zone: zone(&records) }
}

/// One of four services does not answer.
fn dead() -> Shape {
    let mut records = txt("@", &includes(["s0".into(), "s1".into(), "spf.dead".into(), "s2".into()]));
    (0..3).for_each(|n| records += &txt(&format!("s{n}"), &network(n)));
    Shape { name: "dead", path: 1, dead: true, zone: zone(&records) }
}

/// Thirty includes of thirty includes, none of which answers.
fn hostile() -> Shape {
    let mut records = txt("@", &includes((0..30).map(|n| format!("s{n}"))));
    for n in 0..30 {
        records += &txt(&format!("s{n}"), &includes((0..30).map(|m| format!("s{n}-{m}.dead"))));
    }
    Shape { name: "hostile", path: 2, dead: true, zone: zone(&records) }
}
