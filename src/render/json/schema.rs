//! JSON Schema of the documents: <https://json-schema.org/draft/2020-12>.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::json;

use super::check::{CheckV1, PropagationV1, SpfV1};
use super::page::{EntryV1, PageV1, PagesV1};
use super::triage::{LoggedV1, TriageV1};
use super::{DiagnosisV1, ErrorV1, ReportV1};

type Kind = (&'static str, fn(&mut SchemaGenerator) -> Schema);

/// Every kind of document, by the name that `smtpwhy schema` takes.
const KINDS: &[Kind] = &[
    ("report", subschema::<ReportV1>),
    ("diagnosis", subschema::<DiagnosisV1>),
    ("check", subschema::<CheckV1>),
    ("spf", subschema::<SpfV1>),
    ("propagation", subschema::<PropagationV1>),
    ("triage", subschema::<TriageV1>),
    ("logged", subschema::<LoggedV1>),
    ("explain", subschema::<PageV1>),
    ("pages", subschema::<PagesV1>),
    ("entry", subschema::<EntryV1>),
    ("error", subschema::<ErrorV1>),
];

pub(super) const FORMS: [&str; 11] = [
    "reply",
    "postfix-log",
    "exim-log",
    "sendmail-log",
    "opensmtpd-log",
    "qmail-log",
    "exchange-log",
    "haraka-log",
    "dsn",
    "queue-listing",
    "wrapped",
];

pub(super) const SIDES: [&str; 5] = ["receiver-system", "receiver-policy", "sender-dns", "recipient", "network"];

pub(super) const SPF_RESULTS: [Option<&str>; 8] = [
    Some("none"),
    Some("neutral"),
    Some("pass"),
    Some("fail"),
    Some("softfail"),
    Some("temperror"),
    Some("permerror"),
    None,
];

/// Of an RRset at one server.
pub(super) const STATUSES: [&str; 9] =
    ["match", "differs", "nxdomain", "nodata", "servfail", "refused", "timeout", "unreachable", "malformed"];

/// The names of all kinds of document.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// The schema of one kind, or of any document where `kind` is `None`; `None` where there is no such kind.
pub fn schema(kind: Option<&str>) -> Option<serde_json::Value> {
    // What is written is described: a field is always there, and null where the fact is absent.
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let wanted: Vec<Schema> = KINDS
        .iter()
        .filter(|(name, _)| kind.is_none_or(|kind| kind == *name))
        .map(|(_, subschema)| subschema(&mut generator))
        .collect();
    let described = match wanted.as_slice() {
        [] => return None,
        [one] => one.clone().to_value(),
        any => json!({ "anyOf": any }),
    };
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("smtpwhy {}", kind.unwrap_or("document")),
    });
    let definitions = json!({ "$defs": generator.take_definitions(true) });
    for part in [described, definitions] {
        if let (Some(whole), serde_json::Value::Object(part)) = (schema.as_object_mut(), part) {
            whole.extend(part);
        }
    }
    Some(schema)
}

fn subschema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
