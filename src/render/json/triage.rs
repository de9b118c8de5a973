//! The `triage` document, and the diagnoses that a log streams.

use schemars::JsonSchema;
use serde::Serialize;

use super::{DiagnosisV1, ErrorV1, SCHEMA, schema};
use crate::diagnosis::Diagnosis;
use crate::knowledge::Knowledge;
use crate::render::triage::headline;
use crate::triage::clock::spelt;
use crate::triage::{Domain, Group, Triage};

/// The failures of a log in groups, and what became of the messages.
#[derive(Serialize, JsonSchema)]
pub struct TriageV1<'a> {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "triage"))]
    kind: &'static str,
    /// What it comes to, in a sentence or three.
    answer: String,
    lines: u64,
    incidents: u64,
    unrecognised: u64,
    unrecognised_examples: &'a [String],
    /// Lines of which only the start was read.
    cut: u64,
    /// Mails of which not all was read.
    partly_read: u64,
    /// RFC 3339; of failures.
    first: Option<String>,
    last: Option<String>,
    /// Messages that met a failure, each counted once.
    delivered_later: u64,
    still_waiting: u64,
    failed: u64,
    groups: Vec<GroupV1<'a>>,
    /// What could not be read to its end.
    errors: &'a [ErrorV1],
}

/// `messages` is the sum of `delivered_later`, `still_waiting`, `failed` and `refused`.
#[derive(Serialize, JsonSchema)]
struct GroupV1<'a> {
    cause: &'static str,
    #[schemars(extend("enum" = schema::SIDES))]
    side: &'static str,
    provider: Option<&'static str>,
    #[schemars(extend("enum" = ["act", "tell", "nothing"]))]
    need: &'static str,
    incidents: u64,
    /// Those that the server which wrote the log gave to a client or met by itself.
    here: u64,
    messages: u64,
    recipients: u64,
    first: Option<String>,
    last: Option<String>,
    delivered_later: u64,
    still_waiting: u64,
    failed: u64,
    refused: u64,
    /// Seconds from the first failure to delivery.
    median_delay: Option<u64>,
    p95_delay: Option<u64>,
    domains: Vec<DomainV1<'a>>,
    example: &'a str,
    /// Incidents in stretches of equal length.
    trend: &'a [u64],
}

#[derive(Serialize, JsonSchema)]
struct DomainV1<'a> {
    name: &'a str,
    incidents: u64,
}

impl<'a> TriageV1<'a> {
    /// `errors` are what could not be read.
    pub fn new(triage: &'a Triage, errors: &'a [ErrorV1]) -> Self {
        TriageV1 {
            schema: SCHEMA,
            kind: "triage",
            answer: headline(triage),
            lines: triage.lines,
            incidents: triage.incidents,
            unrecognised: triage.unrecognised,
            unrecognised_examples: &triage.examples,
            cut: triage.cut,
            partly_read: triage.partly_read,
            first: triage.first.and_then(spelt),
            last: triage.last.and_then(spelt),
            delivered_later: triage.delivered_later,
            still_waiting: triage.still_waiting,
            failed: triage.failed,
            groups: triage.groups.iter().map(|group| GroupV1::new(group, triage)).collect(),
            errors,
        }
    }
}

impl<'a> GroupV1<'a> {
    fn new(group: &'a Group, triage: &Triage) -> Self {
        GroupV1 {
            cause: group.cause.id,
            side: group.side.as_str(),
            provider: group.provider.map(|provider| provider.id),
            need: triage.need(group).as_str(),
            incidents: group.incidents,
            here: group.here,
            messages: group.messages,
            recipients: group.recipients,
            first: group.first.and_then(spelt),
            last: group.last.and_then(spelt),
            delivered_later: group.delivered_later,
            still_waiting: group.still_waiting,
            failed: group.failed,
            refused: group.refused,
            median_delay: group.median_delay,
            p95_delay: group.p95_delay,
            domains: group.domains.iter().map(DomainV1::new).collect(),
            example: &group.example,
            trend: &group.trend,
        }
    }
}

impl<'a> DomainV1<'a> {
    fn new(domain: &'a Domain) -> Self {
        DomainV1 { name: &domain.name, incidents: domain.incidents }
    }
}

/// A diagnosis, and the file in which its span is.
#[derive(Serialize, JsonSchema)]
pub struct LoggedV1<'a> {
    #[serde(flatten)]
    diagnosis: DiagnosisV1<'a>,
    file: Option<&'a str>,
}

impl<'a> LoggedV1<'a> {
    /// `file` is where the line stands; `None` for standard input.
    pub fn new(diagnosis: &'a Diagnosis, file: Option<&'a str>, receiver_first: bool, knowledge: &Knowledge) -> Self {
        LoggedV1 { diagnosis: DiagnosisV1::new(diagnosis, receiver_first, knowledge), file }
    }
}
