//! Starts Debian's NSD and Unbound on loopback ports of their own, unprivileged and in the foreground.

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use smtpwhy::dns::{Lookup, Name, Question, RData, RecordType, Server, Status};

pub const NSD: &str = "/usr/sbin/nsd";
pub const KNOT: &str = "/usr/sbin/knotd";
pub const UNBOUND: &str = "/usr/sbin/unbound";

const START: Duration = Duration::from_secs(15);

/// Servers and their files, gone when the test is over.
pub struct Lab {
    folder: PathBuf,
    servers: Vec<Child>,
}

pub fn missing<const N: usize>(programs: [&'static str; N]) -> Option<&'static str> {
    programs.into_iter().find(|program| !Path::new(program).exists())
}

impl Lab {
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lab-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Lab { folder, servers: Vec::new() }
    }

    /// An authoritative server with one zone.
    pub fn nsd(&mut self, zone: &str, text: &str) -> SocketAddr {
        let address = free_port();
        self.write("zone", text);
        let folder = self.folder.display();
        let config = self.write(
            "nsd.conf",
            &format!(
                "server:\n ip-address: {}@{}\n username: \"\"\n chroot: \"\"\n zonesdir: \"{folder}\"\n database: \"\"\n\
                 \x20pidfile: \"{folder}/nsd.pid\"\n xfrdfile: \"{folder}/xfrd.state\"\n zonelistfile: \"{folder}/zones\"\n\
                 \x20nsid: \"ascii_lab-authority\"\n server-count: 1\nremote-control:\n control-enable: no\n\
                 zone:\n name: {zone}\n zonefile: zone\n provide-xfr: 127.0.0.1 NOKEY\n",
                address.ip(),
                address.port(),
            ),
        );
        self.start(Command::new(NSD).arg("-d").arg("-c").arg(config));
        address
    }

    /// A secondary that takes the zone from `primary` once, and then asks again only when the SOA's refresh is over.
    pub fn knot_secondary(&mut self, zone: &str, primary: SocketAddr) -> SocketAddr {
        let remote = format!("remote:\n  - id: primary\n    address: {}@{}\n", primary.ip(), primary.port());
        self.knot(zone, &remote, "    master: primary\n")
    }

    /// A primary that signs the zone, and writes it signed to `signed_zone`.
    pub fn knot_signing(&mut self, zone: &str, text: &str) -> SocketAddr {
        self.write("zone", text);
        let policy = "policy:\n  - id: lab\n    algorithm: ecdsap256sha256\n    single-type-signing: on\n";
        let options = "    file: zone\n    dnssec-signing: on\n    dnssec-policy: lab\n    zonefile-sync: 0\n";
        self.knot(zone, policy, options)
    }

    fn knot(&mut self, zone: &str, sections: &str, options: &str) -> SocketAddr {
        let address = free_port();
        let folder = self.folder.display();
        let config = format!(
            "server:\n    listen: {}@{}\n    rundir: {folder}\ndatabase:\n    storage: {folder}/db\n\
             log:\n  - target: stderr\n    any: info\n{sections}\
             zone:\n  - domain: {zone}\n    storage: {folder}\n{options}",
            address.ip(),
            address.port(),
        );
        fs::create_dir_all(self.folder.join("db")).unwrap();
        let config = self.write("knot.conf", &config);
        self.start(Command::new(KNOT).arg("-c").arg(config));
        address
    }

    /// The zone as the signing server wrote it.
    pub async fn signed_zone(&self) -> String {
        let begun = Instant::now();
        loop {
            let text = fs::read_to_string(self.folder.join("zone")).unwrap();
            // Its last part.
            if text.contains("NSEC chain") {
                return text;
            }
            assert!(begun.elapsed() < START, "the zone is not signed: {}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A resolver that asks `authority` for the zone and nobody for anything else.
    pub fn unbound(&mut self, zone: &str, authority: SocketAddr, extra: &str) -> SocketAddr {
        let address = free_port();
        let folder = self.folder.display();
        let config = self.write(
            "unbound.conf",
            &format!(
                "server:\n interface: {}@{}\n do-daemonize: no\n username: \"\"\n chroot: \"\"\n directory: \"{folder}\"\n\
                 \x20pidfile: \"{folder}/unbound.pid\"\n use-syslog: no\n logfile: \"{folder}/unbound.log\"\n\
                 \x20module-config: \"validator iterator\"\n do-not-query-localhost: no\n ede: yes\n val-log-level: 2\n\
                 \x20local-zone: \".\" refuse\n local-zone: \"{zone}\" transparent\n {extra}\
                 remote-control:\n control-enable: no\n\
                 stub-zone:\n name: \"{zone}\"\n stub-addr: {}@{}\n",
                address.ip(),
                address.port(),
                authority.ip(),
                authority.port(),
            ),
        );
        self.start(Command::new(UNBOUND).arg("-d").arg("-p").arg("-c").arg(config));
        address
    }

    /// Gives the authoritative server another version of its zone.
    pub fn change_zone(&self, zone: &str, text: &str) {
        self.write("zone", text);
        let nsd = self.servers.first().expect("nsd is started first").id();
        let signalled = Command::new("kill").args(["-HUP", &nsd.to_string()]).status().unwrap();
        assert!(signalled.success(), "nsd does not run and cannot reload {zone}");
    }

    pub async fn wait_until_up(&self, lookup: &dyn Lookup, question: &Question) {
        let begun = Instant::now();
        while !matches!(lookup.resolve(question).await.status, Status::Answered | Status::ServFail) {
            assert!(begun.elapsed() < START, "the servers do not start: {}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn wait_for_serial(&self, lookup: &dyn Lookup, server: &Server, zone: &Name, wanted: u32) {
        let begun = Instant::now();
        let question = Question::new(zone.clone(), RecordType::SOA);
        loop {
            let answer = lookup.query(server, &question).await;
            if matches!(answer.data(RecordType::SOA).next(), Some(RData::SOA(soa)) if soa.serial == wanted) {
                return;
            }
            assert!(begun.elapsed() < START, "nsd does not reload: {}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn start(&mut self, command: &mut Command) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.join("log")).unwrap();
        let errors = log.try_clone().unwrap();
        self.servers.push(command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().unwrap());
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn logs(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_else(|error| error.to_string());
        format!("{}\n{}", read("log"), read("unbound.log"))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // SIGTERM, so that nsd ends its children too.
            let asked = Command::new("kill").arg(server.id().to_string()).status();
            if asked.is_err() {
                server.kill().expect("a child of ours can be killed");
            }
            server.wait().expect("a child of ours can be waited for");
        }
        if !std::thread::panicking() {
            fs::remove_dir_all(&self.folder).expect("the lab's folder is ours");
        }
    }
}

/// A loopback port that is free for UDP and TCP.
fn free_port() -> SocketAddr {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}
