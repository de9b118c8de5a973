//! DNS over TLS (RFC 7858) and over HTTPS (RFC 8484).

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use h2::client::SendRequest;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::Status;
use super::live::converse;
use super::message::{Message, Received, Sent};

/// Which certificates are believed: those of the system's authorities, read when they are first needed, and more.
#[derive(Debug, Default)]
pub(super) struct Trust {
    more: Vec<CertificateDer<'static>>,
    roots: OnceLock<RootCertStore>,
}

/// RFC 8484 §6.
const DNS_MESSAGE: &str = "application/dns-message";
/// RFC 1035 §4.2.2: a message's length has two octets.
const MESSAGE_MAX: usize = 65_535;

impl Trust {
    pub fn with(authority: CertificateDer<'static>) -> Self {
        Trust { more: vec![authority], ..Trust::default() }
    }

    async fn connect(
        &self,
        address: SocketAddr,
        name: &str,
        protocol: Option<&[u8]>,
    ) -> Result<TlsStream<TcpStream>, Status> {
        let roots = self.roots.get_or_init(|| self.read_roots()).clone();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocol.map(<[u8]>::to_vec).into_iter().collect();
        let name = ServerName::try_from(name.to_owned()).map_err(|error| failed(&error))?;
        let stream = TcpStream::connect(address).await.map_err(|error| failed(&error.kind()))?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| failed(&error))
    }

    fn read_roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(system.certs.into_iter().chain(self.more.iter().cloned()));
        roots
    }
}

pub(super) async fn over_tls(
    address: SocketAddr,
    name: &str,
    sent: &Sent,
    deadline: Instant,
    trust: &Trust,
) -> Result<Message, Status> {
    let conversation = async { converse(&mut trust.connect(address, name, None).await?, sent).await };
    timeout_at(deadline, conversation).await.unwrap_or(Err(Status::Timeout))
}

pub(super) async fn over_https(
    address: SocketAddr,
    (name, path): (&str, &str),
    sent: &Sent,
    deadline: Instant,
    trust: &Trust,
) -> Result<Message, Status> {
    let conversation = async {
        let stream = trust.connect(address, name, Some(b"h2")).await?;
        let (client, connection) = h2::client::handshake(stream).await.map_err(|error| failed(&error))?;
        let driver = tokio::spawn(connection);
        let answered = post(client, name, path, sent).await;
        driver.abort();
        answered
    };
    timeout_at(deadline, conversation).await.unwrap_or(Err(Status::Timeout))
}

async fn post(client: SendRequest<Bytes>, name: &str, path: &str, sent: &Sent) -> Result<Message, Status> {
    let authority = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("https://{authority}{path}"))
        .header(CONTENT_TYPE, DNS_MESSAGE)
        .header(ACCEPT, DNS_MESSAGE)
        .body(())
        .map_err(|error| failed(&error))?;
    let mut client = client.ready().await.map_err(|error| failed(&error))?;
    let (response, mut body) = client.send_request(request, false).map_err(|error| failed(&error))?;
    body.send_data(Bytes::copy_from_slice(&sent.octets), true).map_err(|error| failed(&error))?;
    let response = response.await.map_err(|error| failed(&error))?;
    if response.status() != StatusCode::OK {
        return Err(Status::Unreachable(format!("HTTP status {}", response.status())));
    }
    match sent.judge(&read(response.into_body()).await?) {
        Received::Answer(message) => Ok(*message),
        Received::Malformed(why) => Err(Status::Malformed(why)),
        Received::Foreign => Err(Status::Malformed("it does not match the question".to_owned())),
    }
}

async fn read(mut body: h2::RecvStream) -> Result<Vec<u8>, Status> {
    let mut octets = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.map_err(|error| failed(&error))?;
        if octets.len() + chunk.len() > MESSAGE_MAX {
            return Err(Status::Malformed("it is longer than a DNS message can be".to_owned()));
        }
        body.flow_control().release_capacity(chunk.len()).map_err(|error| failed(&error))?;
        octets.extend_from_slice(&chunk);
    }
    Ok(octets)
}

fn failed(error: &dyn std::fmt::Display) -> Status {
    Status::Unreachable(error.to_string())
}
