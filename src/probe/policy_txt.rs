//! The TXT records that announce MTA-STS (RFC 8461 §3.1) and TLS reporting (RFC 8460 §3).

use super::txt;
use crate::dns::{Lookup, Name, Question, RecordType, Status, shown};
use crate::finding::Finding;

/// An announcement, or its absence, which is no fault.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PolicyTxt {
    /// The record, if there is one.
    pub record: Option<String>,
    /// How the question for it ended.
    pub status: Status,
}

/// MTA-STS: `v=STSv1; id=…`.
pub async fn mta_sts(lookup: &dyn Lookup, domain: &Name) -> (PolicyTxt, Vec<Finding>) {
    let fault = |record: &str| {
        let id = value(record, "id").unwrap_or_default();
        let fits = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (!fits).then(|| "id is 1 to 32 letters and digits, and changes with the policy".to_owned())
    };
    ask(lookup, domain, "_mta-sts", "v=STSv1", "mtasts-syntax", fault).await
}

/// TLS reporting: `v=TLSRPTv1; rua=…`.
pub async fn tls_reporting(lookup: &dyn Lookup, domain: &Name) -> (PolicyTxt, Vec<Finding>) {
    let fault = |record: &str| {
        let addresses = value(record, "rua").unwrap_or_default();
        let fits = |uri: &str| uri.starts_with("mailto:") || uri.starts_with("https://");
        let all_fit = !addresses.is_empty() && addresses.split(',').map(str::trim).all(fits);
        (!all_fit).then(|| "rua is a list of mailto: and https: addresses".to_owned())
    };
    ask(lookup, domain, "_smtp._tls", "v=TLSRPTv1", "tlsrpt-syntax", fault).await
}

async fn ask(
    lookup: &dyn Lookup,
    domain: &Name,
    place: &str,
    version: &str,
    id: &'static str,
    fault: impl Fn(&str) -> Option<String>,
) -> (PolicyTxt, Vec<Finding>) {
    let absent = PolicyTxt { record: None, status: Status::NxDomain };
    let Ok(name) = Name::from_ascii(place).and_then(|label| label.append_domain(domain)) else {
        return (absent, Vec::new());
    };
    let subject = shown(&name);
    let question = Question::new(name, RecordType::TXT);
    let answer = lookup.resolve(&question).await;
    let records: Vec<String> = txt(&answer).filter(|text| text.starts_with(version)).collect();
    let message = match records.as_slice() {
        [] => None,
        [record] => fault(record),
        // RFC 8461 §3.1 and RFC 8460 §3: several records are none.
        several => Some(format!("{} records where there may be one", several.len())),
    };
    let record = records.into_iter().next();
    let finding = message
        .zip(record.clone())
        .map(|(message, record)| Finding::error(id, subject, message).in_record(record, None));
    (PolicyTxt { record, status: answer.status }, finding.into_iter().collect())
}

fn value<'r>(record: &'r str, tag: &str) -> Option<&'r str> {
    let mut tags = record.split(';').filter_map(|part| part.split_once('='));
    tags.find(|(name, _)| name.trim() == tag).map(|(_, value)| value.trim())
}
