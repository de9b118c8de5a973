//! DNS over TLS and over HTTPS, against servers on the loopback interface with a certificate of their own.
#![cfg(feature = "encrypted")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::TXT;
use smtpwhy::dns::live::Live;
use smtpwhy::dns::{Answer, Lookup, Name, Question, RData, Record, RecordType, Server, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

const NAME: &str = "dns.example";

struct Lab {
    port: u16,
    certificate: CertificateDer<'static>,
}

async fn lab<F>(protocol: Option<&str>, serve: fn(TlsStream<TcpStream>) -> F) -> Lab
where
    F: Future<Output = ()> + Send + 'static,
{
    let signed = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let certificate = signed.cert.der().clone();
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], key);
    let mut config = config.unwrap();
    config.alpn_protocols = protocol.map(|name| name.as_bytes().to_vec()).into_iter().collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream));
            }
        }
    });
    Lab { port, certificate }
}

fn reply(query: &[u8]) -> Vec<u8> {
    let query = Message::from_vec(query).unwrap();
    let mut reply = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    let owner = query.queries[0].name().clone();
    reply.add_query(query.queries[0].clone());
    reply.add_answer(Record::from_rdata(owner, 60, RData::TXT(TXT::new(vec!["private".to_owned()]))));
    reply.to_vec().unwrap()
}

async fn serve_tls(mut stream: TlsStream<TcpStream>) {
    let length = stream.read_u16().await.unwrap();
    let mut query = vec![0; length.into()];
    stream.read_exact(&mut query).await.unwrap();
    let reply = reply(&query);
    stream.write_u16(reply.len().try_into().unwrap()).await.unwrap();
    stream.write_all(&reply).await.unwrap();
    stream.flush().await.unwrap();
}

async fn serve_https(stream: TlsStream<TcpStream>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        tokio::spawn(async move {
            let (head, mut body) = request.into_parts();
            if head.uri.path() != "/dns-query" {
                let missing = http::Response::builder().status(404).body(()).unwrap();
                respond.send_response(missing, true).unwrap();
                return;
            }
            assert_eq!(head.headers["content-type"], "application/dns-message");
            let query = body.data().await.unwrap().unwrap();
            let mut sending = respond.send_response(http::Response::new(()), false).unwrap();
            sending.send_data(Bytes::from(reply(&query)), true).unwrap();
        });
    }
}

async fn ask(lab: &Lab, resolver: &str, trusted: bool) -> Answer {
    ask_within(Duration::from_secs(5), lab, resolver, trusted).await
}

async fn ask_within(timeout: Duration, lab: &Lab, resolver: &str, trusted: bool) -> Answer {
    let resolver: Server = resolver.replace("PORT", &lab.port.to_string()).parse().unwrap();
    let live = Live::with_resolver(resolver, timeout);
    let live = if trusted { live.trusting(lab.certificate.to_vec()) } else { live };
    live.resolve(&Question::new(Name::from_ascii("example.com").unwrap(), RecordType::TXT)).await
}

#[tokio::test]
async fn a_resolver_is_asked_over_tls() {
    let lab = lab(None, serve_tls).await;
    let answer = ask(&lab, "tls://127.0.0.1:PORT#dns.example", true).await;
    assert_eq!((answer.status, answer.records.len()), (Status::Answered, 1));
}

#[tokio::test]
async fn a_resolver_is_asked_over_https() {
    let lab = lab(Some("h2"), serve_https).await;
    let answer = ask(&lab, "https://127.0.0.1:PORT#dns.example", true).await;
    assert_eq!((answer.status, answer.records.len()), (Status::Answered, 1));
    let lost = ask(&lab, "https://127.0.0.1:PORT/elsewhere#dns.example", true).await;
    assert_eq!(lost.status, Status::Unreachable("HTTP status 404 Not Found".to_owned()));
}

#[tokio::test]
async fn a_certificate_for_another_name_or_from_a_stranger_is_not_believed() {
    let lab = lab(None, serve_tls).await;
    for (resolver, trusted) in [("tls://127.0.0.1:PORT", true), ("tls://127.0.0.1:PORT#dns.example", false)] {
        let answer = ask(&lab, resolver, trusted).await;
        let Status::Unreachable(why) = &answer.status else { panic!("{}", answer.status) };
        assert!(why.contains("certificate"), "{why}");
    }
}

/// Sends octets over HTTPS for as long as they are taken, `pause` after each piece.
async fn pour(stream: TlsStream<TcpStream>, piece: Bytes, pause: Duration) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        let piece = piece.clone();
        tokio::spawn(async move {
            let mut sending = respond.send_response(http::Response::new(()), false).unwrap();
            while sending.send_data(piece.clone(), false).is_ok() {
                tokio::time::sleep(pause).await;
            }
        });
    }
}

#[tokio::test]
async fn an_answer_over_https_ends_where_a_dns_message_must() {
    let lab = lab(Some("h2"), |stream| pour(stream, Bytes::from(vec![0; 16 << 10]), Duration::from_millis(1))).await;
    let answer = ask(&lab, "https://127.0.0.1:PORT#dns.example", true).await;
    assert_eq!(answer.status, Status::Malformed("it is longer than a DNS message can be".to_owned()));
}

#[tokio::test]
async fn encrypted_answers_that_drip_or_never_begin_end_with_the_timeout() {
    const TIMEOUT: Duration = Duration::from_millis(400);
    let drips = lab(Some("h2"), |stream| pour(stream, Bytes::from_static(b"x"), TIMEOUT / 10)).await;
    let silent = lab(None, |mut stream| async move { drop(stream.read_to_end(&mut Vec::new()).await) }).await;
    // Takes connections, and does not shake hands.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let deaf = Lab { port: listener.local_addr().unwrap().port(), certificate: silent.certificate.clone() };
    for (lab, resolver) in [
        (&drips, "https://127.0.0.1:PORT#dns.example"),
        (&silent, "tls://127.0.0.1:PORT#dns.example"),
        (&deaf, "tls://127.0.0.1:PORT#dns.example"),
        (&deaf, "https://127.0.0.1:PORT#dns.example"),
    ] {
        let begun = Instant::now();
        let status = ask_within(TIMEOUT, lab, resolver, true).await.status;
        assert_eq!(status, Status::Timeout, "{resolver}");
        assert!(begun.elapsed() < TIMEOUT * 5, "{:?}", begun.elapsed());
    }
}

async fn answer_another(stream: TlsStream<TcpStream>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        let mut other = Message::new(7, MessageType::Query, OpCode::Query);
        other.add_query(Query::query(Name::from_ascii("example.net.").unwrap(), RecordType::TXT));
        let mut sending = respond.send_response(http::Response::new(()), false).unwrap();
        sending.send_data(Bytes::from(reply(&other.to_vec().unwrap())), true).unwrap();
    }
}

#[tokio::test]
async fn an_answer_to_another_question_is_none_over_https_too() {
    let lab = lab(Some("h2"), answer_another).await;
    let answer = ask(&lab, "https://127.0.0.1:PORT#dns.example", true).await;
    assert_eq!(answer.status, Status::Malformed("it does not match the question".to_owned()));
}
