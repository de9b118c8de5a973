//! The DMARC policy that governs a domain: the DNS tree walk and the record's syntax, RFC 9989 §4.

use futures_util::future::join_all;

use super::{Observation, Probe, txt};
use crate::dns::{Answer, Lookup, Name, Question, RecordType, Status, shown};
use crate::finding::Finding;
use crate::span::Span;

/// What governs mail from a domain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Dmarc {
    /// Where the record was found: the domain itself, or one above it.
    pub found_at: Option<Name>,
    /// The record there.
    pub record: Option<String>,
    /// `none`, `quarantine` or `reject`, as it applies to the domain asked about.
    pub policy: Option<String>,
    /// For names below the domain the record was found at: its `sp=`.
    pub subdomain_policy: Option<String>,
    /// For names that do not exist.
    pub absent_policy: Option<String>,
    /// `t=y`: receivers apply the next milder policy.
    pub testing: bool,
    /// Addresses for aggregate reports.
    pub aggregate: Vec<String>,
    /// How the question at the domain itself ended.
    pub status: Status,
}

/// RFC 9989 §4.10: no more than eight names are asked.
const MOST_STEPS: usize = 8;

/// As many report addresses are looked at.
const MOST_REPORT_ADDRESSES: usize = 10;

/// Walks the tree from `domain` up to the record that governs it.
pub async fn dmarc(lookup: &dyn Lookup, domain: &Name) -> (Dmarc, Observation) {
    let mut seen = Seen { domain: domain.clone(), complete: true, findings: Vec::new() };
    let names = walk(domain);
    let (own, above) = names.split_first().expect("the walk begins with the domain");
    let answer = ask(lookup, own).await;
    let status = answer.status.clone();
    let own = seen.read(own, &answer);
    seen.near_misses(&answer, own.is_some());
    let governing = match own {
        Some(own) => Some(own),
        None => {
            let answers = join_all(above.iter().map(|name| ask(lookup, name))).await;
            let read = above.iter().zip(&answers).filter_map(|(name, answer)| seen.read(name, answer));
            governing(read.collect(), domain)
        }
    };
    match governing {
        Some(published) => seen.found(lookup, published, status).await,
        None => seen.missing(status),
    }
}

/// A record, and the name it governs.
struct Published {
    at: Name,
    record: String,
}

impl Published {
    fn value(&self, tag: &str) -> Option<&str> {
        tags(&self.record).find(|(_, name, _)| *name == tag).map(|(_, _, value)| value)
    }
}

/// RFC 9989 §4.10.1 and §4.10.2: the record of the organizational domain, else that of the public suffix. `above` has
/// the records on the way up: `psd=n` marks the organizational domain, `psd=y` the suffix right above it, and without
/// either it is the topmost that has a record.
fn governing(above: Vec<Published>, domain: &Name) -> Option<Published> {
    let mut topmost: Option<Published> = None;
    for published in above {
        match published.value("psd") {
            Some("n") => return Some(published),
            Some("y") => {
                let below = domain.trim_to(usize::from(published.at.num_labels()) + 1);
                return topmost.filter(|record| record.at == below).or(Some(published));
            }
            _ => topmost = Some(published),
        }
    }
    topmost
}

async fn ask(lookup: &dyn Lookup, name: &Name) -> Answer {
    let Some(place) = below(name, "_dmarc") else { return Answer::bare(Status::NxDomain) };
    let question = Question::new(place, RecordType::TXT);
    lookup.resolve(&question).await
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

/// The parts of a record that have a `=`, each with its place.
fn tags(record: &str) -> impl Iterator<Item = (Span, &str, &str)> {
    parts(record).filter_map(|(span, part)| part.split_once('=').map(|(tag, value)| (span, tag.trim(), value.trim())))
}

fn parts(record: &str) -> impl Iterator<Item = (Span, &str)> {
    let mut start = 0;
    record.split(';').filter_map(move |part| {
        let span = Span::new(start, start + part.len());
        start = span.end + 1;
        (!part.trim().is_empty()).then_some((span, part))
    })
}

struct Seen {
    domain: Name,
    complete: bool,
    findings: Vec<Finding>,
}

impl Seen {
    /// The record in an answer. RFC 9989 §4.10: several are none.
    fn read(&mut self, at: &Name, answer: &Answer) -> Option<Published> {
        self.complete &= answer.status.is_conclusive();
        let mut records: Vec<String> = txt(answer).filter(|text| is_dmarc(text)).collect();
        if records.len() > 1 {
            let name = shown(at);
            let message = format!("{} DMARC records at _dmarc.{name}: receivers use none of them", records.len());
            self.findings.push(Finding::error("dmarc-multiple-records", name, message));
            return None;
        }
        records.pop().map(|record| Published { at: at.clone(), record })
    }

    /// A text meant as a record that no receiver takes for one.
    fn near_misses(&mut self, answer: &Answer, found: bool) {
        let meant = txt(answer).find(|text| !is_dmarc(text) && text.to_ascii_lowercase().contains("dmarc1"));
        if let Some(text) = meant.filter(|_| !found) {
            let span = parts(&text).next().map(|(span, _)| span);
            let domain = self.domain.clone();
            let fault = "no receiver takes this for a DMARC record: it must begin with v=DMARC1, in capitals";
            self.syntax(&domain, &text, span.unwrap_or(Span::new(0, text.len())), fault.to_owned());
        }
    }

    fn missing(mut self, status: Status) -> (Dmarc, Observation) {
        let domain = shown(&self.domain);
        if self.complete && self.findings.is_empty() {
            let message = format!("no DMARC record at _dmarc.{domain} or above it");
            let help = format!("publish a TXT record at _dmarc.{domain}, to begin with: v=DMARC1; p=none");
            self.findings.push(Finding::warning("dmarc-missing", &domain, message).help(help));
        }
        let dmarc = Dmarc {
            found_at: None,
            record: None,
            policy: None,
            subdomain_policy: None,
            absent_policy: None,
            testing: false,
            aggregate: Vec::new(),
            status: status.clone(),
        };
        let summary = match self.complete {
            true => format!("{domain} has no DMARC record"),
            false if status.is_conclusive() => {
                format!("whether {domain} has a DMARC record is unknown: not all was answered")
            }
            false => format!("whether {domain} has a DMARC record is unknown: {status}"),
        };
        (dmarc, self.observation(summary))
    }

    async fn found(mut self, lookup: &dyn Lookup, published: Published, status: Status) -> (Dmarc, Observation) {
        let Published { at, record } = &published;
        self.judge(at, record);
        let value = |tag: &str| published.value(tag).map(|value| value.to_ascii_lowercase());
        let (subdomain_policy, absent_policy) = (value("sp"), value("np"));
        // RFC 9989 §4.7: `sp` governs what is below, and `np` what does not exist there; each falls back on the one before.
        let policy = match *at == self.domain {
            true => value("p"),
            false => {
                let absent = absent_policy.clone();
                let absent = if absent.is_some() && self.is_absent(lookup).await { absent } else { None };
                absent.or(subdomain_policy.clone()).or_else(|| value("p"))
            }
        };
        let aggregate: Vec<String> = value("rua")
            .iter()
            .flat_map(|list| list.split(','))
            .map(|uri| uri.trim().split('!').next().unwrap_or_default().to_owned())
            .take(MOST_REPORT_ADDRESSES)
            .collect();
        self.check_reports(lookup, at, record, &aggregate).await;
        let testing = value("t").as_deref() == Some("y");
        let milder = if testing { ", applied one step milder (t=y)" } else { "" };
        let from = if *at == self.domain { String::new() } else { format!(", from {}", shown(at)) };
        let summary =
            format!("DMARC of {}: p={}{from}{milder}", shown(&self.domain), policy.as_deref().unwrap_or("none"));
        let observation = self.observation(summary);
        let Published { at, record } = published;
        let (found_at, record) = (Some(at), Some(record));
        (Dmarc { found_at, record, policy, subdomain_policy, absent_policy, testing, aggregate, status }, observation)
    }

    /// RFC 9989 §3.2: a domain that DNS says does not exist.
    async fn is_absent(&self, lookup: &dyn Lookup) -> bool {
        let question = Question::new(self.domain.clone(), RecordType::TXT);
        lookup.resolve(&question).await.status == Status::NxDomain
    }

    /// Whatever is wrong with a record.
    fn judge(&mut self, at: &Name, record: &str) {
        let mut known: Vec<&str> = Vec::new();
        for (span, part) in parts(record) {
            let Some((tag, value)) = part.split_once('=').map(|(tag, value)| (tag.trim(), value.trim())) else {
                self.syntax(at, record, span, format!("{:?} has no `=`", part.trim()));
                continue;
            };
            if let Some(fault) = fault_in(tag, value) {
                self.syntax(at, record, span, fault);
            }
            if let Some(remark) = withdrawn(tag, value) {
                let finding = Finding::info("dmarc-syntax", format!("_dmarc.{}", shown(at)), remark);
                self.findings.push(finding.in_record(record, Some(span)));
            }
            if known.contains(&tag) {
                self.syntax(at, record, span, format!("the tag {tag} stands twice"));
            }
            known.push(tag);
        }
        if !known.contains(&"p") {
            self.without_policy(at, record, known.contains(&"rua"));
        }
    }

    /// RFC 9989 §4.7: without `p` a record that asks for reports counts as p=none, and any other as none at all.
    fn without_policy(&mut self, at: &Name, record: &str, reports: bool) {
        let subject = format!("_dmarc.{}", shown(at));
        let finding = match reports {
            true => Finding::warning("dmarc-syntax", subject, "the record has no p=: it counts as p=none"),
            false => Finding::error("dmarc-syntax", subject, "the record has neither p= nor rua=: receivers ignore it"),
        };
        self.findings.push(finding.in_record(record, None));
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
        "fo" => {
            let bad = value.split(':').map(str::trim).find(|option| !["0", "1", "d", "s"].contains(option));
            bad.map(|option| format!("fo={option}: fo is made of 0, 1, d and s, with colons between"))
        }
        "rua" | "ruf" => {
            let bad = value.split(',').map(str::trim).find(|uri| !uri.starts_with("mailto:") && !uri.contains("://"));
            bad.map(|uri| format!("{tag}={uri}: write mailto:{uri}"))
        }
        _ => None,
    }
}

/// Tags of RFC 7489 that RFC 9989 §4.7 dropped; older receivers still obey them.
fn withdrawn(tag: &str, value: &str) -> Option<String> {
    match (tag, value) {
        ("pct", "100") => None,
        ("pct", _) => Some(format!(
            "pct={value}: RFC 9989 dropped pct; newer receivers apply the policy to all mail, older ones to {value} %"
        )),
        ("rf" | "ri", _) => Some(format!("{tag}={value}: RFC 9989 dropped {tag}; it does no harm")),
        _ => None,
    }
}
