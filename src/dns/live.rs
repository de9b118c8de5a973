//! Asks real servers: a small exchange over hickory-proto messages.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hickory_resolver::system_conf::read_system_conf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::budget::Budget;
#[cfg(feature = "encrypted")]
use super::encrypted::{self, Trust};
use super::message::{self, Message, Received, Sent};
use super::{Answer, Answering, Lookup, NotAsked, Question, Server, Status, Transport};

/// Asks over the network.
pub struct Live {
    resolvers: Vec<Server>,
    /// Why there is none.
    nobody: Option<NoResolver>,
    way: Arc<Way>,
}

/// What every exchange of a run needs.
#[derive(Debug)]
struct Way {
    timeout: Duration,
    #[cfg(feature = "encrypted")]
    trust: Trust,
    budget: Option<Arc<Budget>>,
    /// Who has answered anything at all; `false`: it let a whole timeout pass. Nobody waits for it twice.
    heard: Mutex<HashMap<Server, bool>>,
}

/// Why there is nobody to ask.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoResolver {
    /// Its configuration (`/etc/resolv.conf` on Unix) cannot be read, or lists none; with the reason.
    #[error("the system names no DNS resolver ({0}); give one with --resolver ADDRESS")]
    System(String),
}

/// How long one question may take where `--timeout` says nothing.
pub const TIMEOUT: Duration = Duration::from_secs(3);
/// A datagram that is not answered by then is sent again; each later time after twice as long.
const RETRANSMIT_AFTER: Duration = Duration::from_millis(600);
/// A resolver that has not answered by then gets company from the next.
const PATIENCE: Duration = Duration::from_millis(1200);
/// Larger than any answer to our announced payload; a server that sends more is read as far as UDP goes.
const DATAGRAM_MAX: usize = 65_535;

impl Live {
    fn new(resolvers: Vec<Server>, nobody: Option<NoResolver>, timeout: Duration) -> Self {
        let way = Way {
            timeout,
            #[cfg(feature = "encrypted")]
            trust: Trust::default(),
            budget: None,
            heard: Mutex::default(),
        };
        Live { resolvers, nobody, way: Arc::new(way) }
    }

    /// Asks the system's resolvers, as its configuration lists them. A question is given up after `timeout`, however many
    /// of them were tried.
    pub fn system(timeout: Duration) -> Result<Self, NoResolver> {
        let (config, _) = read_system_conf().map_err(|error| NoResolver::System(error.to_string()))?;
        let addresses = config.name_servers().iter().map(|server| {
            let port = server.connections.first().map_or(super::DNS_PORT, |connection| connection.port);
            Server::recursive(scoped(server.ip, port).unwrap_or_else(|| (server.ip, port).into()))
        });
        let resolvers: Vec<Server> = addresses.collect();
        if resolvers.is_empty() {
            return Err(NoResolver::System("its configuration lists none".to_owned()));
        }
        Ok(Live::new(resolvers, None, timeout))
    }

    /// Asks this resolver in place of the system's.
    pub fn with_resolver(resolver: Server, timeout: Duration) -> Self {
        Live::new(vec![resolver], None, timeout)
    }

    /// Asks servers by their address alone: where there is no resolver, that is still possible.
    pub fn without_resolver(why: NoResolver, timeout: Duration) -> Self {
        Live::new(Vec::new(), Some(why), timeout)
    }

    /// Asks this resolver too, where those before it fail.
    pub fn then(mut self, resolver: Server) -> Self {
        self.resolvers.push(resolver);
        self
    }

    /// Pays for what it sends beyond the questions themselves.
    pub fn spending(mut self, budget: Arc<Budget>) -> Self {
        self.change(|way| way.budget = Some(budget));
        self
    }

    /// Believes servers whose certificates this authority signed, beside those the system trusts. `authority` is its
    /// certificate in DER. One that cannot be read is left out.
    #[cfg(feature = "encrypted")]
    pub fn trusting(mut self, authority: Vec<u8>) -> Self {
        self.change(|way| way.trust = Trust::with(authority.into()));
        self
    }

    fn change(&mut self, set: impl FnOnce(&mut Way)) {
        set(Arc::get_mut(&mut self.way).expect("nothing is asked before it is set up"));
    }

    async fn ask_resolvers(&self, question: &Question) -> Answer {
        if let Some(why) = &self.nobody {
            return Answer::bare(Status::Unreachable(why.to_string()));
        }
        let deadline = Instant::now() + self.way.timeout;
        let mut waiting = self.resolvers.iter();
        let mut exchanges = JoinSet::new();
        let mut first_failure = None;
        loop {
            if let Some(server) = waiting.next() {
                exchanges.spawn(exchange(server.clone(), question.clone(), deadline, self.way.clone()));
            }
            let patience = if waiting.len() > 0 { PATIENCE } else { self.way.timeout };
            match timeout(patience, exchanges.join_next()).await {
                Ok(Some(Ok(answer))) if answer.status.is_conclusive() => return answer,
                Ok(Some(Ok(answer))) => drop(first_failure.get_or_insert(answer)),
                Ok(Some(Err(_))) | Err(_) => {}
                Ok(None) => return first_failure.unwrap_or_else(|| Answer::bare(Status::Timeout)),
            }
        }
    }
}

/// A link-local resolver with its interface, as routers announce it (RFC 8106) and `resolv.conf` lists it.
fn scoped(ip: IpAddr, port: u16) -> Option<SocketAddr> {
    if !matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local()) {
        return None;
    }
    let config = std::fs::read_to_string("/etc/resolv.conf").ok()?;
    let listed =
        config.lines().filter_map(|line| line.trim_start().strip_prefix("nameserver")?.split_whitespace().next());
    listed.filter_map(|listed| super::server::scoped(listed, port)).find(|address| address.ip() == ip)
}

impl Lookup for Live {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(async {
            let question = question.absolute();
            self.ask_resolvers(&question).await
        })
    }

    fn resolver(&self) -> Option<&Server> {
        match self.resolvers.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        let question = question.absolute();
        Box::pin(exchange(server.clone(), question, Instant::now() + self.way.timeout, self.way.clone()))
    }
}

/// One question to one server.
async fn exchange(server: Server, question: Question, deadline: Instant, way: Arc<Way>) -> Answer {
    let begun = Instant::now();
    let asked =
        if way.is_silent(&server) { Err(Status::Timeout) } else { ask(&server, &question, deadline, &way).await };
    way.note(&server, !matches!(asked, Err(Status::Timeout)));
    let rtt = begun.elapsed();
    match asked {
        Ok(message) => message::answer(message, &question, &server, rtt),
        Err(status) => message::failed(status, server.address, rtt),
    }
}

impl Way {
    fn is_silent(&self, server: &Server) -> bool {
        self.heard().get(server) == Some(&false)
    }

    fn note(&self, server: &Server, answered: bool) {
        *self.heard().entry(server.clone()).or_insert(answered) |= answered;
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<Server, bool>> {
        self.heard.lock().expect("nothing panics while it holds the list")
    }

    /// The answer cannot be had without.
    fn may_ask_again(&self, sent: &Sent) -> bool {
        let asked = &sent.message.queries[0];
        let question = || Question::new(asked.name().clone(), asked.query_type());
        self.budget.as_ref().is_none_or(|budget| budget.spend_on(&question()))
    }

    fn may_send_more(&self) -> bool {
        self.budget.as_ref().is_none_or(|budget| budget.spend())
    }
}

async fn ask(server: &Server, question: &Question, deadline: Instant, way: &Way) -> Result<Message, Status> {
    let message = carry(server, &Sent::new(server, question, true)?, deadline, way).await?;
    if message::rejects_edns(&message) && way.may_send_more() {
        return carry(server, &Sent::new(server, question, false)?, deadline, way).await;
    }
    Ok(message)
}

async fn carry(server: &Server, sent: &Sent, deadline: Instant, way: &Way) -> Result<Message, Status> {
    match &server.transport {
        Transport::Udp => {
            let message = over_udp(server.address, sent, deadline, way).await?;
            if !message.metadata.truncation {
                return Ok(message);
            }
            if !way.may_ask_again(sent) {
                return Err(Status::NotAsked(NotAsked::QueryLimit));
            }
            over_tcp(server.address, sent, deadline).await.map_err(|status| match status {
                Status::Unreachable(why) => Status::Unreachable(format!("the answer needs TCP, and TCP: {why}")),
                other => other,
            })
        }
        Transport::Tcp => over_tcp(server.address, sent, deadline).await,
        #[cfg(feature = "encrypted")]
        Transport::Tls { name } => encrypted::over_tls(server.address, name, sent, deadline, &way.trust).await,
        #[cfg(feature = "encrypted")]
        Transport::Https { name, path } => {
            encrypted::over_https(server.address, (name, path), sent, deadline, &way.trust).await
        }
        #[cfg(not(feature = "encrypted"))]
        Transport::Tls { .. } | Transport::Https { .. } => {
            Err(Status::Unreachable("this build speaks neither DNS over TLS nor over HTTPS".to_owned()))
        }
    }
}

/// RFC 1035 §4.2.1, from a port of its own: a connected socket takes datagrams from nobody but the server.
async fn over_udp(address: SocketAddr, sent: &Sent, deadline: Instant, way: &Way) -> Result<Message, Status> {
    let socket = udp_socket(address).await.map_err(|error| no_route(&error))?;
    let mut buffer = vec![0; DATAGRAM_MAX];
    let mut wait = RETRANSMIT_AFTER;
    let mut foreign = false;
    let mut paid = true;
    while Instant::now() < deadline {
        if paid || way.may_send_more() {
            socket.send(&sent.octets).await.map_err(|error| unreachable(&error))?;
        }
        paid = false;
        let until = deadline.min(Instant::now() + wait);
        wait *= 2;
        while let Ok(received) = timeout_at(until, socket.recv(&mut buffer)).await {
            let length = received.map_err(|error| unreachable(&error))?;
            match sent.judge(&buffer[..length]) {
                Received::Answer(message) => return Ok(*message),
                Received::Malformed(why) => return Err(Status::Malformed(why)),
                Received::Foreign => foreign = true,
            }
        }
    }
    Err(if foreign { Status::Malformed("it does not match the question".to_owned()) } else { Status::Timeout })
}

async fn udp_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

/// RFC 7766, each message after two octets of its length (RFC 1035 §4.2.2).
async fn over_tcp(address: SocketAddr, sent: &Sent, deadline: Instant) -> Result<Message, Status> {
    let conversation = async {
        let mut stream = TcpStream::connect(address).await.map_err(|error| unreachable(&error))?;
        converse(&mut stream, sent).await
    };
    timeout_at(deadline, conversation).await.unwrap_or(Err(Status::Timeout))
}

pub(super) async fn converse<S>(stream: &mut S, sent: &Sent) -> Result<Message, Status>
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let length = u16::try_from(sent.octets.len()).expect("a query of one question is short");
    let framed = [&length.to_be_bytes(), sent.octets.as_slice()].concat();
    stream.write_all(&framed).await.map_err(|error| unreachable(&error))?;
    loop {
        let length = stream.read_u16().await.map_err(|error| unreachable(&error))?;
        let mut octets = vec![0; usize::from(length)];
        stream.read_exact(&mut octets).await.map_err(|error| unreachable(&error))?;
        match sent.judge(&octets) {
            Received::Answer(message) => return Ok(*message),
            Received::Malformed(why) => return Err(Status::Malformed(why)),
            Received::Foreign => {}
        }
    }
}

fn unreachable(error: &io::Error) -> Status {
    Status::Unreachable(error.kind().to_string())
}

/// A failure before anything was sent says nothing about the server.
fn no_route(error: &io::Error) -> Status {
    use io::ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable, Unsupported};
    match error.kind() {
        AddrNotAvailable | HostUnreachable | NetworkUnreachable | Unsupported => Status::NotAsked(NotAsked::NoRoute),
        _ => unreachable(error),
    }
}
