//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>), for machines that annotate files.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::json::ErrorV1;
use crate::dns::{Name, RData, Record};
use crate::finding::{Finding, Severity};
use crate::knowledge::{FindingPage, Knowledge};

/// One run, findings as its results.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sarif {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

/// The zone file that the findings are about.
#[derive(Debug)]
pub struct ZoneFile<'a> {
    /// As results name it.
    pub path: &'a Path,
    /// Each record with the line it starts on, counted from 1.
    pub records: &'a [(usize, Record)],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<Result>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'static str>,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Result {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

impl Sarif {
    /// A run that did its work. Where the records of a finding stand in `zone`, its result points at their
    /// lines.
    pub fn new<'a>(
        findings: impl IntoIterator<Item = &'a Finding>,
        zone: Option<&ZoneFile>,
        knowledge: &Knowledge,
    ) -> Self {
        let findings: Vec<&Finding> = findings.into_iter().collect();
        let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.id).collect();
        let rules: Vec<Rule> = ids.into_iter().filter_map(|id| knowledge.finding(id)).map(Rule::new).collect();
        let results = findings.into_iter().map(|finding| Result::new(finding, &rules, zone)).collect();
        Sarif::of(rules, results, Vec::new())
    }

    /// Of what was not answered nothing is known: no result is no proof then.
    pub fn incomplete(mut self, answers: impl IntoIterator<Item = String>) -> Self {
        let invocation = &mut self.runs[0].invocations[0];
        let open = answers.into_iter().map(|text| Notification { level: "warning", message: Text { text } });
        invocation.tool_execution_notifications.extend(open);
        invocation.execution_successful = invocation.tool_execution_notifications.is_empty();
        self
    }

    /// A run that could not do its work.
    pub fn failed(errors: &[ErrorV1]) -> Self {
        let notification =
            |error: &ErrorV1| Notification { level: "error", message: Text { text: error.message().to_owned() } };
        Sarif::of(Vec::new(), Vec::new(), errors.iter().map(notification).collect())
    }

    fn of(rules: Vec<Rule>, results: Vec<Result>, faults: Vec<Notification>) -> Self {
        let driver = Driver {
            name: env!("CARGO_PKG_NAME"),
            semantic_version: env!("CARGO_PKG_VERSION"),
            information_uri: env!("CARGO_PKG_REPOSITORY"),
            rules,
        };
        let invocation = Invocation { execution_successful: faults.is_empty(), tool_execution_notifications: faults };
        Sarif {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run { tool: Tool { driver }, invocations: [invocation], results }],
        }
    }
}

impl Rule {
    fn new(page: &'static FindingPage) -> Self {
        Rule {
            id: page.id,
            short_description: Text { text: page.title.to_owned() },
            full_description: Text { text: page.explain.as_str().to_owned() },
            help: Text { text: page.fix.as_str().to_owned() },
            help_uri: page.sources.first().map(|source| source.url),
            default_configuration: Configuration { level: level_of_page(page) },
        }
    }
}

impl Result {
    fn new(finding: &Finding, rules: &[Rule], zone: Option<&ZoneFile>) -> Self {
        let help = finding.help.as_ref().map(|help| format!("; {}", help.trim_end_matches('.')));
        let fix = finding.fix.as_ref().map(|fix| format!("; write: {fix}"));
        Result {
            rule_id: finding.id,
            rule_index: rules.iter().position(|rule| rule.id == finding.id),
            level: level(finding.severity),
            message: Text { text: [Some(finding.message.clone()), help, fix].into_iter().flatten().collect() },
            locations: [Location {
                physical_location: zone.and_then(|zone| zone.location(finding)),
                logical_locations: [LogicalLocation {
                    fully_qualified_name: finding.subject.clone(),
                    kind: "resource",
                }],
            }],
        }
    }
}

impl ZoneFile<'_> {
    fn location(&self, finding: &Finding) -> Option<PhysicalLocation> {
        let start_line = self.line(finding)?;
        Some(PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(self.path) },
            region: Region { start_line },
        })
    }

    /// Where the record stands; where it is not in this file, what of the file leads to it.
    fn line(&self, finding: &Finding) -> Option<usize> {
        let subject = Name::from_utf8(&finding.subject).ok();
        let owned = |record: &Record| subject.as_ref().is_some_and(|subject| record.name.eq_ignore_root(subject));
        let quoted = |record: &Record| {
            finding.record.as_deref().is_some_and(|text| text_of(record).is_some_and(|found| found == text))
        };
        let any = |fits: &dyn Fn(&Record) -> bool| self.records.iter().find(|(_, record)| fits(record));
        any(&|record| owned(record) && quoted(record))
            .or_else(|| any(&quoted))
            .or_else(|| any(&|record| owned(record) && is_spf(record)))
            .or_else(|| any(&owned))
            .or_else(|| any(&is_spf))
            .or_else(|| self.records.first())
            .map(|(line, _)| *line)
    }
}

fn is_spf(record: &Record) -> bool {
    text_of(record).is_some_and(|text| text.to_ascii_lowercase().starts_with("v=spf1"))
}

/// The character-strings of a TXT record, joined (RFC 7208 §3.3).
fn text_of(record: &Record) -> Option<String> {
    let RData::TXT(txt) = &record.data else { return None };
    Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned())
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn level_of_page(page: &FindingPage) -> &'static str {
    match page.severity {
        "error" => "error",
        "warning" => "warning",
        _ => "note",
    }
}

/// A reference as RFC 3986 §4.1 writes it: relative to where the program ran, or absolute.
fn uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded: String = text
        .bytes()
        .map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    if path.is_absolute() { format!("file://{encoded}") } else { encoded.trim_start_matches("./").to_owned() }
}
