//! The machines it runs on: one address family alone, no resolver, a file system that is read-only or full, a clock that
//! jumps. Each test makes such a machine of namespaces (unshare, iproute2), or says that it skips.
#![cfg(target_os = "linux")]

use std::env;
use std::fs;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use serde_json::Value;
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Answer, Lookup, Name, Question, RData, Record, Server, Status};
use smtpwhy::knowledge::Knowledge;
use tokio::net::UdpSocket;

const REPLY: &str = "451 4.7.1 <bob@example.com>: Recipient address rejected: Greylisted";
/// Set where the test is already on its machine.
const THERE: &str = "SMTPWHY_TEST_MACHINE";

/// Runs the test of that name again, on a machine that the shell's lines `setup` make, and returns `false`; there it
/// returns `true`.
fn on_a_machine(test: &str, setup: &str) -> bool {
    if env::var_os(THERE).is_some() {
        return true;
    }
    let namespaces = |lines: &str| Command::new("unshare").args(["-rnm", "sh", "-ec", lines]).env(THERE, "1").output();
    if !namespaces(setup).is_ok_and(|made| made.status.success()) {
        eprintln!("skipped {test}: needs unshare with user namespaces, and iproute2");
        return false;
    }
    let program = env::current_exe().unwrap();
    let again = format!("{setup}\nexec '{}' --exact {test} --nocapture", program.display());
    let output = namespaces(&again).unwrap();
    let [told, complained] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success() && told.contains("1 passed"), "{told}{complained}");
    false
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smtpwhy"));
    command.args(arguments).env_clear().stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// Beside the servers of this process.
async fn run_beside(arguments: &[&str]) -> Output {
    let mut command = command(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn document(output: &Output) -> Value {
    let complained = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {complained}"))
}

/// A domain whose one server has an address of each family, and what lies above it.
const ZONES: &str = "
com. SOA ns.com. h.com. 1 2 3 4 5
com. NS ns.com.
ns.com. A 127.0.0.2
ns.com. AAAA fd00::2
example.com. SOA ns.example.com. h.example.com. 1 2 3 4 5
example.com. NS ns.example.com.
ns.example.com. A 127.0.0.1
ns.example.com. AAAA ::1
example.com. TXT \"v=spf1 ip4:192.0.2.25 -all\"
";
/// As its parent has it.
const PARENT: &str = "
com. SOA ns.com. h.com. 1 2 3 4 5
com. NS ns.com.
example.com. NS ns.example.com.
";

/// Serves the zones at port 53 of each address; at the `parent`'s what it has.
async fn serve(addresses: &[&str], parent: &str) {
    let parent: IpAddr = parent.parse().unwrap();
    let zones = Arc::new(ZoneLookup::parse(ZONES).unwrap().view(parent, PARENT).unwrap());
    for address in addresses {
        let address = (*address, 53).to_socket_addrs().unwrap().next().unwrap();
        let socket = UdpSocket::bind(address).await.unwrap();
        let zones = zones.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let reply = reply(&zones, address, &Message::from_vec(&buffer[..length]).unwrap()).await;
                socket.send_to(&reply.to_vec().unwrap(), client).await.unwrap();
            }
        });
    }
}

async fn reply(zones: &ZoneLookup, address: SocketAddr, query: &Message) -> Message {
    let asked = &query.queries[0];
    let question = Question::new(asked.name().clone(), asked.query_type());
    let answer = match query.metadata.recursion_desired {
        true => zones.resolve(&question).await,
        false => zones.query(&Server::authoritative(address), &question).await,
    };
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    reply.add_query(asked.clone());
    reply.metadata.authoritative = answer.authoritative;
    reply.metadata.response_code = match answer.status {
        Status::NxDomain => ResponseCode::NXDomain,
        Status::Refused => ResponseCode::Refused,
        _ => ResponseCode::NoError,
    };
    reply.add_authorities(authority(&answer));
    reply.add_answers(answer.records);
    let (servers, glue): (Vec<_>, Vec<_>) =
        answer.referral.into_iter().partition(|record| !record.record_type().is_ip_addr());
    reply.add_authorities(servers);
    reply.add_additionals(glue);
    reply
}

/// The SOA record of a negative answer, RFC 2308 §2.
fn authority(answer: &Answer) -> Option<Record> {
    let zone = answer.zone.clone()?;
    let soa = SOA::new(Name::from_ascii("ns.").unwrap(), Name::from_ascii("h.").unwrap(), 1, 2, 3, 4, 5);
    Some(Record::from_rdata(zone, answer.negative_ttl?, RData::SOA(soa)))
}

/// What it says of a domain that it can see through one address family alone.
async fn assert_finds_its_way(own: &str, cut_off: &str, public: &str) {
    let resolver = SocketAddr::new(own.parse().unwrap(), 53).to_string();
    let [here, there] = [own, cut_off].map(|address| format!("at-{address}={address}"));
    let asking = ["--json", "--resolver", &resolver];
    let vantages = ["--vantage", here.as_str(), "--vantage", there.as_str()];

    let output = run_beside(&[&["check", "example.com"], &asking[..], &vantages].concat()).await;
    let check = &document(&output)["checks"][0];
    let told = check["observations"].as_array().unwrap();
    let summary = |probe: &str| told.iter().find(|told| told["probe"] == probe).unwrap()["summary"].as_str().unwrap();
    assert_eq!(summary("spf"), "SPF of example.com is sound: 0 of 10 lookups");
    assert_eq!(
        summary("delegation"),
        "1 of 2 addresses serve the zone example.com; 1 could not be asked",
        "the parent is asked where it can be"
    );
    let findings = check["findings"].as_array().unwrap();
    assert!(!findings.iter().any(|finding| finding["id"] == "delegation-lame"), "{findings:?}");

    let output = run_beside(&[&["propagation", "example.com"], &asking[..], &vantages].concat()).await;
    let found = document(&output);
    assert_eq!((output.status.code(), &found["converged"]), (Some(0), &true.into()), "{found}");
    for (of, at) in [("authoritative", "address"), ("vantages", "address")] {
        let seen: Vec<_> = found[of].as_array().unwrap().iter().collect();
        let status = |address: &str| &seen.iter().find(|view| view[at] == address).unwrap()["status"];
        assert_eq!((status(own), status(cut_off)), (&"match".into(), &"unreachable".into()), "{of}: {found}");
    }

    // Of the resolvers built in, the one that is here is asked at the address that can be reached.
    let found = document(&run_beside(&[&["propagation", "example.com"], &asking[..]].concat()).await);
    let matching = found["vantages"].as_array().unwrap().iter().filter(|view| view["status"] == "match");
    assert_eq!(matching.map(|view| view["address"].as_str().unwrap()).collect::<Vec<_>>(), [public]);
}

#[tokio::test]
async fn with_ipv4_alone_it_goes_by_ipv4_and_says_what_it_could_not_ask() {
    let public = Knowledge::embedded().resolvers[0].v4[0].to_string();
    let setup = format!("ip link set lo up; ip addr del ::1/128 dev lo; ip addr add {public}/32 dev lo");
    if on_a_machine("with_ipv4_alone_it_goes_by_ipv4_and_says_what_it_could_not_ask", &setup) {
        serve(&["127.0.0.1", "127.0.0.2", &public], "127.0.0.2").await;
        assert_finds_its_way("127.0.0.1", "::1", &public).await;
    }
}

#[tokio::test]
async fn with_ipv6_alone_it_goes_by_ipv6_and_says_what_it_could_not_ask() {
    let public = Knowledge::embedded().resolvers[0].v6[0].to_string();
    let add = |address: &str| format!("ip addr add {address}/128 dev lo nodad");
    let setup = ["ip link set lo up; ip addr del 127.0.0.1/8 dev lo", &add("fd00::2"), &add(&public)].join("; ");
    if on_a_machine("with_ipv6_alone_it_goes_by_ipv6_and_says_what_it_could_not_ask", &setup) {
        serve(&["::1", "fd00::2", &public], "fd00::2").await;
        assert_finds_its_way("::1", "127.0.0.1", &public).await;
    }
}

/// As a router announces itself where there is IPv6 alone.
#[tokio::test]
async fn a_link_local_resolver_is_asked_through_its_interface() {
    let setup = "ip link set lo up; ip addr add fe80::1/64 dev lo nodad; mount -t tmpfs none /etc; \
        echo 'nameserver fe80::1%lo' >/etc/resolv.conf";
    if !on_a_machine("a_link_local_resolver_is_asked_through_its_interface", setup) {
        return;
    }
    serve(&["fe80::1%lo"], "fd00::2").await;
    for asking in [&[][..], &["--resolver", "fe80::1%lo"], &["--resolver", "[fe80::1%lo]:53"]] {
        let output = run_beside(&[&["spf", "example.com"], asking].concat()).await;
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{asking:?}: {told}");
        assert!(told.contains("v=spf1 ip4:192.0.2.25 -all"), "{told}");
    }
}

#[test]
fn without_a_resolver_it_says_so_once_and_does_what_needs_none() {
    // Whatever the system keeps there is gone, the list of resolvers with it.
    let setup = "ip link set lo up; mount -t tmpfs none /etc";
    if !on_a_machine("without_a_resolver_it_says_so_once_and_does_what_needs_none", setup) {
        return;
    }
    for arguments in [&["check", "example.com"][..], &["spf", "example.com"], &["propagation", "example.com"]] {
        let output = run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{arguments:?}: {told}");
        assert!(told.starts_with("smtpwhy: the system names no DNS resolver") && told.contains("--resolver"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    let output = run(&[REPLY]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("greylisting"));
}

#[test]
fn a_read_only_file_system_and_no_home_are_no_hindrance() {
    let setup = "mount -o remount,bind,ro /";
    if !on_a_machine("a_read_only_file_system_and_no_home_are_no_hindrance", setup) {
        return;
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    assert!(fs::File::options().append(true).open(manifest).is_err(), "the file system is read-only");
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/four-failures.log");
    for arguments in [
        &["--offline", REPLY][..],
        &["--offline", "--format", "html", REPLY],
        &["--offline", log],
        &["logs", log],
        &["logs", "--format", "ndjson", log],
        &["spf", "example.com", "--record", "v=spf1 -all", "--offline"],
        &["explain", "greylisting"],
        &["completions", "bash"],
        &["man"],
        &["schema"],
    ] {
        let output = run(arguments);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), complained.as_ref()), (Some(0), ""), "{arguments:?}");
        assert!(!output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_disk_that_fills_while_it_writes_is_an_error() {
    if !on_a_machine("a_disk_that_fills_while_it_writes_is_an_error", "mount -t tmpfs -o size=4k none /mnt") {
        return;
    }
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/four-failures.log");
    for arguments in [&["--offline", "--format", "html", REPLY][..], &["logs", "--format", "html", log], &["schema"]] {
        let page = fs::File::create("/mnt/page").unwrap();
        let output = command(arguments).stdout(page).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("smtpwhy: cannot write the output: No space left"), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(fs::metadata("/mnt/page").unwrap().len() > 0, "a part of it was written before");
    }
}

/// Where Debian's package libfaketime puts what lets a program see another time.
fn faketime() -> Option<String> {
    let places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    let library = places.map(|place| format!("{place}/faketime/libfaketime.so.1"));
    library.into_iter().find(|library| fs::exists(library).unwrap_or(false))
}

#[test]
fn a_wait_ends_at_its_deadline_however_the_clock_jumps() {
    const DEADLINE: Duration = Duration::from_secs(3);
    let Some(library) = faketime() else {
        eprintln!("skipped: needs libfaketime");
        return;
    };
    let time = env::temp_dir().join(format!("smtpwhy-time-{}", std::process::id()));
    fs::write(&time, "+0").unwrap();
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let vantage = format!("silent={address}");
    let mut command = command(&["propagation", "example.com", "--wait", "--deadline", "3s", "--timeout", "300ms"]);
    command.args(["--json", "--resolver", &address, "--vantage", &vantage]).env("LD_PRELOAD", library);
    command
        .env("FAKETIME_TIMESTAMP_FILE", &time)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let begun = Instant::now();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for jump in ["+20y", "-20y", "@1950-01-01 00:00:00"] {
        std::thread::sleep(DEADLINE / 5);
        fs::write(&time, jump).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    fs::remove_file(&time).unwrap();
    let found = document(&output);
    assert_eq!((output.status.code(), &found["converged"]), (Some(4), &Value::Null));
    assert!(found["asked_at"].as_str().unwrap().starts_with("19"), "the clock did jump: {found}");
    assert!((DEADLINE..DEADLINE * 4).contains(&begun.elapsed()), "{:?}", begun.elapsed());
}
