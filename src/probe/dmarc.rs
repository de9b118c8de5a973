//! The DMARC policy that governs a domain: the DNS tree walk and the record's syntax, RFC 9989 §4.

use futures_util::future::join_all;

use super::{Observation, Probe, txt};
use crate::dns::{Lookup, Name, Question, RecordType, Status, shown};
use crate::finding::Finding;
use crate::span::Span;

/// What governs mail from a domain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dmarc {
    /// Where the record was found: the domain itself, or one above it.
    pub found_at: Option<Name>,
    pub record: Option<String>,
    /// `none`, `quarantine` or `reject`, as it applies to the domain asked about.
    pub policy: Option<String>,
    pub subdomain_policy: Option<String>,
    /// Addresses for aggregate reports.
    pub aggregate: Vec<String>,
    /// How the question at the domain itself ended.
    pub status: Status,
}

/// RFC 9989 §4.10: no more than eight names are asked.
const MOST_STEPS: usize = 8;

/// Walks the tree from `domain` up to the record that governs it.
pub async fn dmarc(lookup: &dyn Lookup, domain: &Name) -> (Dmarc, Observation) {
    let mut seen = Seen { domain: domain.clone(), complete: true, findings: Vec::new() };
    let mut status = Status::NoData;
    for (step, name) in walk(domain).into_iter().enumerate() {
        let Some(place) = below(&name, "_dmarc") else { continue };
        let question = Question::new(place, RecordType::TXT);
        let answer = lookup.resolve(&question).await;
        seen.complete &= answer.status.is_conclusive();
        if step == 0 {
            status = answer.status.clone();
        }
        let mut records: Vec<String> = txt(&answer).filter(|text| is_dmarc(text)).collect();
        if records.len() > 1 {
            seen.multiple(&name, records.len());
            break;
        }
        if let Some(record) = records.pop() {
            return seen.found(lookup, name, record, status).await;
        }
    }
    seen.missing(status)
}

/// The names to ask about, RFC 9989 §4.10: the domain, then its ancestors; from a long name straight to its last seven
/// labels. A top-level domain comes last, for it may be a public suffix that publishes a record.
fn walk(domain: &Name) -> Vec<Name> {
    let labels = usize::from(domain.num_labels());
    let ancestors = (1..labels.min(MOST_STEPS)).rev().map(|count| domain.trim_to(count));
    std::iter::once(domain.clone()).chain(ancestors).collect()
}

fn below(name: &Name, label: &str) -> Option<Name> {
    Name::from_ascii(label).ok()?.append_domain(name).ok()
}

/// RFC 9989 §4.7: the version comes first and is case-sensitive.
fn is_dmarc(record: &str) -> bool {
    let version = record.split(';').next().unwrap_or_default();
    version.split_once('=').is_some_and(|(tag, value)| tag.trim() == "v" && value.trim() == "DMARC1")
}

struct Seen {
    domain: Name,
    complete: bool,
    findings: Vec<Finding>,
}

impl Seen {
    /// RFC 9989 §4.10: several records are none.
    fn multiple(&mut self, name: &Name, count: usize) {
        let name = shown(name);
        let message = format!("{count} DMARC records at _dmarc.{name}: receivers use none of them");
        self.findings.push(Finding::error("dmarc-multiple-records", name, message));
    }

    fn missing(mut self, status: Status) -> (Dmarc, Observation) {
        let domain = shown(&self.domain);
        if self.complete && self.findings.is_empty() {
            let message = format!("no DMARC record at _dmarc.{domain} or above it");
            let help = format!("publish a TXT record at _dmarc.{domain}, to begin with: v=DMARC1; p=none");
            self.findings.push(Finding::warning("dmarc-missing", &domain, message).help(help));
        }
        let dmarc =
            Dmarc { found_at: None, record: None, policy: None, subdomain_policy: None, aggregate: Vec::new(), status };
        let summary =
            if self.complete { format!("{domain} has no DMARC record") } else { "DMARC could not be asked".into() };
        (dmarc, self.observation(summary))
    }

    async fn found(mut self, lookup: &dyn Lookup, at: Name, record: String, status: Status) -> (Dmarc, Observation) {
        let tags = self.tags(&at, &record);
        let value = |tag: &str| tags.iter().find(|(name, _)| *name == tag).map(|(_, value)| value.to_string());
        let own = at == self.domain;
        let subdomain_policy = value("sp");
        // RFC 9989 §4.7: `sp` governs what is below, `p` where there is no `sp`.
        let policy = if own { value("p") } else { subdomain_policy.clone().or_else(|| value("p")) };
        let aggregate: Vec<String> = value("rua")
            .iter()
            .flat_map(|list| list.split(','))
            .map(|uri| uri.trim().split('!').next().unwrap_or_default().to_owned())
            .collect();
        self.check_reports(lookup, &at, &record, &aggregate).await;
        let summary = format!("DMARC of {}: p={}", shown(&self.domain), policy.as_deref().unwrap_or("none"));
        let observation = self.observation(summary);
        (Dmarc { found_at: Some(at), record: Some(record), policy, subdomain_policy, aggregate, status }, observation)
    }

    /// The tags of a record; whatever is wrong with one becomes a finding.
    fn tags<'r>(&mut self, at: &Name, record: &'r str) -> Vec<(&'r str, &'r str)> {
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let mut start = 0;
        for part in record.split(';') {
            let span = Span::new(start, start + part.len());
            start = span.end + 1;
            if part.trim().is_empty() {
                continue;
            }
            match part.split_once('=').map(|(tag, value)| (tag.trim(), value.trim())) {
                None => self.syntax(at, record, span, format!("{:?} has no `=`", part.trim())),
                Some((tag, value)) => {
                    if let Some(fault) = fault_in(tag, value) {
                        self.syntax(at, record, span, fault);
                    }
                    if tags.iter().any(|(known, _)| *known == tag) {
                        self.syntax(at, record, span, format!("the tag {tag} stands twice"));
                    }
                    tags.push((tag, value));
                }
            }
        }
        tags
    }

    fn syntax(&mut self, at: &Name, record: &str, span: Span, fault: String) {
        let finding = Finding::error("dmarc-syntax", format!("_dmarc.{}", shown(at)), fault);
        self.findings.push(finding.in_record(record, Some(span)));
    }

    /// RFC 9990 §4: a domain that takes another's reports says so in its own DNS.
    async fn check_reports(&mut self, lookup: &dyn Lookup, at: &Name, record: &str, aggregate: &[String]) {
        let foreign = aggregate.iter().filter_map(|uri| {
            let (_, host) = uri.strip_prefix("mailto:")?.rsplit_once('@')?;
            let host = Name::from_utf8(host).ok()?.to_lowercase();
            (!at.zone_of(&host) && !host.zone_of(at)).then_some(host)
        });
        let hosts: Vec<Name> = foreign.collect();
        let agreed = join_all(hosts.iter().map(|host| agrees(lookup, at, host))).await;
        for (host, agreed) in hosts.iter().zip(agreed) {
            if agreed == Some(false) {
                let (at, host) = (shown(at), shown(host));
                let message = format!("{host} has not agreed to take reports about {at}, so receivers send none there");
                let help = format!("let {host} publish a TXT record at {at}._report._dmarc.{host}: v=DMARC1");
                let finding = Finding::warning("dmarc-report-unauthorised", at, message).help(help);
                self.findings.push(finding.in_record(record, None));
            }
        }
    }

    fn observation(self, summary: String) -> Observation {
        Observation {
            probe: Probe::Dmarc,
            answered: self.complete,
            complete: self.complete,
            findings: self.findings,
            summary,
        }
    }
}

/// `None` where it could not be asked.
async fn agrees(lookup: &dyn Lookup, at: &Name, host: &Name) -> Option<bool> {
    let place = at.clone().append_name(&Name::from_ascii("_report._dmarc").ok()?).ok()?.append_domain(host).ok()?;
    let question = Question::new(place, RecordType::TXT);
    let answer = lookup.resolve(&question).await;
    answer.status.is_conclusive().then(|| txt(&answer).any(|text| is_dmarc(&text)))
}

/// RFC 9989 §4.7.
fn fault_in(tag: &str, value: &str) -> Option<String> {
    let one_of = |allowed: &[&str]| {
        let fits = allowed.iter().any(|known| value.eq_ignore_ascii_case(known));
        (!fits).then(|| format!("{tag}={value}: {tag} is one of {}", allowed.join(", ")))
    };
    match tag {
        "p" | "sp" | "np" => one_of(&["none", "quarantine", "reject"]),
        "adkim" | "aspf" => one_of(&["r", "s"]),
        "psd" => one_of(&["y", "n", "u"]),
        "t" => one_of(&["y", "n"]),
        "rua" | "ruf" => {
            let bad = value.split(',').map(str::trim).find(|uri| !uri.starts_with("mailto:") && !uri.contains("://"));
            bad.map(|uri| format!("{tag}={uri}: write mailto:{uri}"))
        }
        _ => None,
    }
}
