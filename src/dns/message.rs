//! DNS messages: what is sent, what counts as its answer, and what the answer says.

use std::net::SocketAddr;
use std::time::Duration;

pub(super) use hickory_proto::op::Message;
use hickory_proto::op::{Edns, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption, NSIDPayload};

use super::{Answer, ExtendedError, Name, Question, RData, Record, RecordType, Server, Status};

/// What we take over UDP: fits unfragmented everywhere, RFC 9715 §3.
pub(super) const UDP_PAYLOAD: u16 = 1232;
/// A query's id must not be guessed. Only a static build against glibc, without `/dev`, comes to this.
const NO_RANDOMNESS: &str = "this machine gives no random numbers (/dev/urandom)";
/// RFC 8914 §2.
const EXTENDED_ERROR: u16 = 15;

/// A query as sent, to hold answers against.
pub(super) struct Sent {
    pub message: Message,
    pub octets: Vec<u8>,
}

/// What a message that came back is to the query that was sent.
pub(super) enum Received {
    Answer(Box<Message>),
    /// Not for this query: another id, another question, no response at all. RFC 5452 §9.1.
    Foreign,
    /// For this query by its id, and unreadable.
    Malformed(String),
}

impl Sent {
    /// A query with a fresh random id (RFC 5452 §9.2). Without EDNS for servers that know none, RFC 6891 §7.
    pub fn new(server: &Server, question: &Question, edns: bool) -> Result<Self, Status> {
        let random = getrandom::u32().map_err(|_| Status::Unreachable(NO_RANDOMNESS.to_owned()))?;
        let mut message = Message::new(random as u16, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = server.recursive;
        // RFC 6840 §5.7: asks for the AD bit without the signatures.
        message.metadata.authentic_data = server.recursive;
        message.metadata.checking_disabled = question.unvalidated;
        message.add_query(Query::query(question.name.clone(), question.kind));
        if edns {
            message.set_edns(extensions());
        }
        let octets = message.to_vec().map_err(|error| Status::Malformed(error.to_string()))?;
        Ok(Sent { message, octets })
    }

    pub fn judge(&self, octets: &[u8]) -> Received {
        let id = self.message.metadata.id.to_be_bytes();
        if octets.get(..2) != Some(&id) {
            return Received::Foreign;
        }
        match Message::from_vec(octets) {
            Err(error) => Received::Malformed(error.to_string()),
            Ok(message) if self.is_answered_by(&message) => Received::Answer(Box::new(message)),
            Ok(_) => Received::Foreign,
        }
    }

    fn is_answered_by(&self, message: &Message) -> bool {
        let asked = &self.message.queries[0];
        let matches = |query: &Query| {
            query.name() == asked.name()
                && query.query_type() == asked.query_type()
                && query.query_class() == asked.query_class()
        };
        let question_fits = match message.queries.as_slice() {
            [query] => matches(query),
            // A server that could not read the query cannot repeat it.
            [] => !matches!(message.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain),
            _ => false,
        };
        message.metadata.message_type == MessageType::Response && question_fits
    }
}

fn extensions() -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    if let Ok(empty) = NSIDPayload::new(Vec::new()) {
        edns.options_mut().insert(EdnsOption::NSID(empty));
    }
    edns
}

/// A server that takes offence at EDNS, RFC 6891 §6.1.3 and §7.
pub(super) fn rejects_edns(message: &Message) -> bool {
    use ResponseCode::{BADVERS, FormErr, NotImp};
    matches!(message.metadata.response_code, FormErr | NotImp | BADVERS)
}

pub(super) fn answer(message: Message, question: &Question, server: &Server, rtt: Duration) -> Answer {
    let status = status(&message, question, server.recursive);
    let soa = if status.is_void() { soa(&message.authorities) } else { None };
    let edns = message.edns.as_ref();
    Answer {
        negative_ttl: soa.map(|(_, ttl)| ttl),
        zone: soa.map(|(owner, _)| owner.clone()),
        authoritative: message.metadata.authoritative,
        authentic: message.metadata.authentic_data,
        extended_errors: edns.map(extended_errors).into_iter().flatten().collect(),
        nsid: edns.and_then(nsid),
        referral: if status == Status::Referral { referral(&message) } else { Vec::new() },
        records: message.answers,
        status,
        server: Some(server.address),
        rtt: Some(rtt),
    }
}

/// What octets from the network are as an answer, for the fuzzers. The id is the one in them.
#[cfg(fuzzing)]
pub fn answer_from(octets: &[u8], question: &Question, server: &Server) -> Option<Answer> {
    let mut sent = Sent::new(server, question, true).ok()?;
    sent.message.metadata.id = u16::from_be_bytes(*octets.first_chunk()?);
    match sent.judge(octets) {
        Received::Answer(message) => Some(answer(*message, question, server, Duration::ZERO)),
        Received::Foreign | Received::Malformed(_) => None,
    }
}

fn status(message: &Message, question: &Question, recursive: bool) -> Status {
    match message.metadata.response_code {
        ResponseCode::NoError => found(message, question, recursive),
        ResponseCode::NXDomain => Status::NxDomain,
        ResponseCode::ServFail => Status::ServFail,
        ResponseCode::Refused => Status::Refused,
        other => Status::OtherCode(other.into()),
    }
}

fn found(message: &Message, question: &Question, recursive: bool) -> Status {
    let has = |records: &[Record], kind| records.iter().any(|record| record.record_type() == kind);
    if end_of_chain(&message.answers, &question.name, question.kind) {
        return Status::Answered;
    }
    // RFC 2308 §2.2: an SOA in the authority section marks NODATA; NS records without it, a referral.
    let alias_leads_out = has(&message.answers, RecordType::CNAME);
    let points_elsewhere =
        alias_leads_out || (has(&message.authorities, RecordType::NS) && !message.metadata.authoritative);
    if !recursive && points_elsewhere && !has(&message.authorities, RecordType::SOA) {
        return Status::Referral;
    }
    Status::NoData
}

/// Resolvers give up on longer chains of aliases; a hostile answer can hold thousands.
const CHAIN_MAX: usize = 16;

/// Does the answer hold records of the type where its aliases end? They may stand in any order.
fn end_of_chain(records: &[Record], name: &Name, kind: RecordType) -> bool {
    let mut owner = name;
    for _ in 0..=CHAIN_MAX {
        if records.iter().any(|record| record.name == *owner && record.record_type() == kind) {
            return true;
        }
        let alias = records.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *owner => Some(&target.0),
            _ => None,
        });
        match alias {
            Some(target) => owner = target,
            None => return false,
        }
    }
    false
}

/// The zone, and how long a negative answer from it may be kept, RFC 2308 §5.
fn soa(authorities: &[Record]) -> Option<(&Name, u32)> {
    authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some((&record.name, record.ttl.min(soa.minimum))),
        _ => None,
    })
}

fn referral(message: &Message) -> Vec<Record> {
    let servers = message.authorities.iter().filter(|record| record.record_type() == RecordType::NS);
    let glue = message.additionals.iter().filter(|record| record.record_type().is_ip_addr());
    servers.chain(glue).cloned().collect()
}

fn extended_errors(edns: &Edns) -> Vec<ExtendedError> {
    let read = |(_, option): &(EdnsCode, EdnsOption)| match option {
        EdnsOption::Unknown(EXTENDED_ERROR, data) => {
            let (code, text) = data.split_first_chunk::<2>()?;
            // RFC 8914 §2: the text may end in a null octet.
            let text = text.strip_suffix(b"\0").unwrap_or(text);
            Some(ExtendedError { code: u16::from_be_bytes(*code), text: String::from_utf8_lossy(text).into_owned() })
        }
        _ => None,
    };
    edns.options().as_ref().iter().filter_map(read).collect()
}

/// RFC 5001 §2.3 leaves the form open: text where it is text, else hexadecimal.
fn nsid(edns: &Edns) -> Option<String> {
    let Some(EdnsOption::NSID(payload)) = edns.option(EdnsCode::NSID) else { return None };
    let octets = payload.as_ref();
    match std::str::from_utf8(octets) {
        _ if octets.is_empty() => None,
        Ok(text) if !text.chars().any(char::is_control) => Some(text.to_owned()),
        _ => Some(octets.iter().map(|octet| format!("{octet:02x}")).collect()),
    }
}

/// Where an answer that nobody gave is to be read from: the address asked, and how long that took.
pub(super) fn failed(status: Status, address: SocketAddr, rtt: Duration) -> Answer {
    Answer { server: Some(address), rtt: Some(rtt), ..Answer::bare(status) }
}
