//! The files under `data/`, as they are written. The build script turns them into the tables that the program carries;
//! `data/README.md` is the format's description.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::filing::Phrase;

/// Everything under `data/`, read and checked.
pub struct Sources {
    pub causes: BTreeMap<String, CauseFile>,
    pub software: BTreeMap<String, SoftwareFile>,
    pub providers: BTreeMap<String, ProviderFile>,
    pub findings: BTreeMap<String, FindingFile>,
    pub reply_codes: Vec<ReplyCodeEntry>,
    /// How often each cause is why a message waits, where nothing is said.
    pub waiting: BTreeMap<String, f32>,
    pub statuses: Vec<StatusEntry>,
    pub resolvers: Vec<ResolverEntry>,
    pub retired: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CauseFile {
    pub title: String,
    pub side: String,
    #[serde(default)]
    pub catch_all: bool,
    pub not_before: Option<String>,
    pub waiting: String,
    pub explain: String,
    pub tell: Option<String>,
    #[serde(default)]
    pub related: Vec<String>,
    pub retry: RetryEntry,
    #[serde(default)]
    pub sender: Vec<StepEntry>,
    #[serde(default)]
    pub receiver: Vec<StepEntry>,
    #[serde(default)]
    pub source: Vec<SourceEntry>,
    #[serde(default)]
    pub probe: Vec<ProbeEntry>,
    #[serde(default)]
    pub clue: Vec<ClueEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryEntry {
    pub worthwhile: WorthwhileEntry,
    pub typical: Option<String>,
    pub escalate_after: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum WorthwhileEntry {
    Always(bool),
    Sometimes(Sometimes),
}

#[derive(Clone, Copy, Deserialize)]
pub enum Sometimes {
    #[serde(rename = "unless-permanent")]
    UnlessPermanent,
    #[serde(rename = "if-transient")]
    IfTransient,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepEntry {
    pub text: String,
    pub command: Option<String>,
    pub after: Option<String>,
    pub software: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    pub cite: String,
    pub url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeEntry {
    pub run: String,
    #[serde(default)]
    pub confirmed_by: Vec<String>,
    #[serde(default)]
    pub explained_by: Vec<String>,
    pub then_side: Option<String>,
    pub otherwise: Option<String>,
    pub otherwise_side: Option<String>,
    pub otherwise_text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClueEntry {
    pub cause: Option<String>,
    pub phrase: OneOrMany<String>,
    pub code: Option<OneOrMany<CodeText>>,
    pub enhanced: Option<OneOrMany<String>>,
    pub unless: Option<OneOrMany<String>>,
    pub strength: String,
    #[serde(default)]
    pub yields: bool,
    pub retry: Option<bool>,
    pub software: Option<String>,
    pub lang: Option<String>,
    pub example: String,
    pub source: String,
    pub seen: toml::value::Datetime,
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::One(one) => std::slice::from_ref(one),
            OneOrMany::Many(many) => many,
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum CodeText {
    Number(u16),
    Text(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftwareFile {
    pub name: String,
    pub homepage: Option<String>,
    pub logs: Option<String>,
    pub queue: Option<String>,
    pub retries: Option<String>,
    #[serde(default)]
    pub identify: Vec<String>,
    /// How its admin sees why one message waits.
    #[serde(default)]
    pub waiting: Vec<StepEntry>,
    #[serde(default)]
    pub source: Vec<SourceEntry>,
    #[serde(default)]
    pub clue: Vec<ClueEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderFile {
    pub name: String,
    pub kind: String,
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(default)]
    pub hosts: Vec<String>,
    #[serde(default)]
    pub identify: Vec<String>,
    pub zone: Option<String>,
    #[serde(default)]
    pub contact: Vec<ContactEntry>,
    #[serde(default)]
    pub source: Vec<SourceEntry>,
    #[serde(default)]
    pub clue: Vec<ClueEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactEntry {
    pub text: String,
    pub url: String,
    #[serde(default)]
    pub causes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingFile {
    pub title: String,
    pub severity: String,
    pub explain: String,
    pub fix: String,
    #[serde(default)]
    pub source: Vec<SourceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyCodeEntry {
    pub code: u16,
    pub title: String,
    pub explain: String,
    #[serde(default)]
    pub causes: BTreeMap<String, f32>,
    pub cite: String,
    pub url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusEntry {
    pub code: String,
    pub title: String,
    pub explain: String,
    pub basic: Option<String>,
    #[serde(default)]
    pub causes: BTreeMap<String, f32>,
    pub cite: String,
    pub url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolverEntry {
    pub name: String,
    pub operator: String,
    #[serde(default)]
    pub v4: Vec<std::net::Ipv4Addr>,
    #[serde(default)]
    pub v6: Vec<std::net::Ipv6Addr>,
    pub filters: Option<String>,
    pub tls: Option<String>,
    pub https: Option<String>,
    pub flush: Option<String>,
    pub region: Option<String>,
    pub source: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyCodesFile {
    waiting: BTreeMap<String, f32>,
    reply_code: Vec<ReplyCodeEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusesFile {
    status: Vec<StatusEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResolversFile {
    resolver: Vec<ResolverEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredFile {
    retired: BTreeMap<String, String>,
}

/// A fault in `data/`, with the file it is in.
#[derive(Debug)]
pub struct SourceError {
    pub file: PathBuf,
    pub fault: String,
}

impl std::fmt::Display for SourceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.fault)
    }
}

impl std::error::Error for SourceError {}

impl Sources {
    /// Reads the folder `data`. Returns every fault found, not the first alone.
    pub fn read(data: &Path) -> Result<Sources, Vec<SourceError>> {
        let mut faults = Vec::new();
        let codes: ReplyCodesFile = file(&data.join("reply-codes.toml"), &mut faults).unwrap_or_default();
        let sources = Sources {
            causes: folder(&data.join("causes"), &mut faults),
            software: folder(&data.join("software"), &mut faults),
            providers: folder(&data.join("providers"), &mut faults),
            findings: folder(&data.join("findings"), &mut faults),
            reply_codes: codes.reply_code,
            waiting: codes.waiting,
            statuses: file(&data.join("enhanced-status.toml"), &mut faults)
                .map_or_else(Vec::new, |file: StatusesFile| file.status),
            resolvers: file(&data.join("resolvers.toml"), &mut faults)
                .map_or_else(Vec::new, |file: ResolversFile| file.resolver),
            retired: file(&data.join("retired.toml"), &mut faults)
                .map_or_else(BTreeMap::new, |file: RetiredFile| file.retired),
        };
        sources.check(data, &mut faults);
        if faults.is_empty() { Ok(sources) } else { Err(faults) }
    }

    /// Every clue with the file it stands in, its cause, and the software or provider it belongs to.
    pub fn clues(&self) -> impl Iterator<Item = PlacedClue<'_>> {
        let of_causes = self.causes.iter().flat_map(|(id, file)| {
            file.clue.iter().map(move |clue| PlacedClue {
                file: format!("causes/{id}.toml"),
                cause: clue.cause.as_deref().unwrap_or(id),
                software: clue.software.as_deref(),
                provider: None,
                clue,
            })
        });
        let of_software = self.software.iter().flat_map(|(id, file)| {
            file.clue.iter().map(move |clue| PlacedClue {
                file: format!("software/{id}.toml"),
                cause: clue.cause.as_deref().unwrap_or_default(),
                software: Some(id),
                provider: None,
                clue,
            })
        });
        let of_providers = self.providers.iter().flat_map(|(id, file)| {
            file.clue.iter().map(move |clue| PlacedClue {
                file: format!("providers/{id}.toml"),
                cause: clue.cause.as_deref().unwrap_or_default(),
                software: clue.software.as_deref(),
                provider: Some(id),
                clue,
            })
        });
        of_causes.chain(of_software).chain(of_providers)
    }

    fn check(&self, data: &Path, faults: &mut Vec<SourceError>) {
        let mut fault = |file: &str, fault: String| faults.push(SourceError { file: data.join(file), fault });
        for id in
            self.causes.keys().chain(self.software.keys()).chain(self.providers.keys()).chain(self.findings.keys())
        {
            if !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
                fault(id, "an id has lower-case letters, digits and hyphens only".into());
            }
        }
        for (id, cause) in &self.causes {
            let file = format!("causes/{id}.toml");
            for complaint in self.complaints_about(cause) {
                fault(&file, complaint);
            }
        }
        for (id, provider) in &self.providers {
            let file = format!("providers/{id}.toml");
            if !["mailbox", "filter", "blocklist", "sender"].contains(&provider.kind.as_str()) {
                fault(&file, format!("no such kind: {}", provider.kind));
            }
            for contact in &provider.contact {
                for cause in contact.causes.iter().filter(|cause| !self.causes.contains_key(*cause)) {
                    fault(&file, format!("contact for an unknown cause: {cause}"));
                }
            }
        }
        for placed in self.clues() {
            for complaint in self.complaints_about_clue(&placed) {
                fault(&placed.place(data), format!("clue {:?}: {complaint}", placed.clue.example));
            }
        }
        let shares = self.reply_codes.iter().map(|entry| ("reply-codes.toml", entry.code.to_string(), &entry.causes));
        let shares =
            shares.chain(self.statuses.iter().map(|entry| ("enhanced-status.toml", entry.code.clone(), &entry.causes)));
        let shares = shares.chain([("reply-codes.toml", "waiting".to_owned(), &self.waiting)]);
        for (file, code, causes) in shares {
            for cause in causes.keys().filter(|cause| !self.causes.contains_key(*cause)) {
                fault(file, format!("{code}: unknown cause {cause}"));
            }
            if causes.values().sum::<f32>() > 1.001 {
                fault(file, format!("{code}: the causes' shares sum to more than 1"));
            }
        }
        for entry in &self.statuses {
            if status_pattern(&entry.code).is_none() {
                fault("enhanced-status.toml", format!("no enhanced status code: {}", entry.code));
            }
        }
    }

    fn complaints_about(&self, cause: &CauseFile) -> Vec<String> {
        let mut complaints = Vec::new();
        let sides = [Some(&cause.side)]
            .into_iter()
            .chain(cause.probe.iter().flat_map(|probe| [probe.then_side.as_ref(), probe.otherwise_side.as_ref()]));
        for side in sides.flatten().filter(|side| !SIDES.contains(&side.as_str())) {
            complaints.push(format!("no such side: {side}"));
        }
        for stage in cause.not_before.iter().filter(|stage| !STAGES.contains(&stage.as_str())) {
            complaints.push(format!("no such stage: {stage}"));
        }
        for related in cause.related.iter().filter(|id| !self.causes.contains_key(*id)) {
            complaints.push(format!("related to an unknown cause: {related}"));
        }
        for probe in &cause.probe {
            if !PROBES.contains(&probe.run.as_str()) {
                complaints.push(format!("no such probe: {}", probe.run));
            }
            if !["weakens", "rules-out", "leaves-open"].contains(&probe.otherwise.as_deref().unwrap_or("leaves-open")) {
                complaints.push(format!("probe {}: otherwise is weakens, rules-out or leaves-open", probe.run));
            }
            for id in probe.confirmed_by.iter().chain(&probe.explained_by).filter(|id| !self.findings.contains_key(*id))
            {
                complaints.push(format!("probe {}: no such finding: {id}", probe.run));
            }
        }
        let steps = cause.sender.iter().chain(&cause.receiver);
        let durations = steps.clone().filter_map(|step| step.after.as_ref()).chain(&cause.retry.escalate_after);
        for text in durations.filter(|text| seconds(text).is_none()) {
            complaints.push(format!("no duration: {text}"));
        }
        for software in steps.filter_map(|step| step.software.as_ref()) {
            if !self.software.contains_key(software) {
                complaints.push(format!("advice for unknown software: {software}"));
            }
        }
        complaints
    }

    fn complaints_about_clue(&self, placed: &PlacedClue<'_>) -> Vec<String> {
        let mut complaints = Vec::new();
        let clue = placed.clue;
        if !self.causes.contains_key(placed.cause) {
            complaints.push(format!("unknown cause: {:?}", placed.cause));
        }
        if !["conclusive", "strong", "weak"].contains(&clue.strength.as_str()) {
            complaints.push(format!("strength is conclusive, strong or weak, not {}", clue.strength));
        }
        if let Some(complaint) = complaint_about_source(clue) {
            complaints.push(complaint);
        }
        for phrase in clue.phrase.as_slice() {
            if let Err(fault) = Phrase::parse(phrase) {
                complaints.push(format!("phrase {phrase:?}: {fault}"));
            }
        }
        for code in clue.code.iter().flat_map(|codes| codes.as_slice()) {
            if code_range(code).is_none() {
                complaints.push("code is a number, or a text such as \"45x\" or \"4xx\"".into());
            }
        }
        for enhanced in clue.enhanced.iter().flat_map(|list| list.as_slice()) {
            if status_pattern(enhanced).is_none() {
                complaints.push(format!("no enhanced status code: {enhanced}"));
            }
        }
        if let Some(software) = placed.software.filter(|id| !self.software.contains_key(*id)) {
            complaints.push(format!("unknown software: {software}"));
        }
        complaints
    }
}

/// Words that nobody was seen to say, but are the plain translation of what servers say, have this source.
const TRANSLATION: &str = "translation";

fn complaint_about_source(clue: &ClueEntry) -> Option<String> {
    let source = clue.source.as_str();
    if source == TRANSLATION {
        let proof = clue.strength == "conclusive";
        return proof.then(|| "a translation that nobody was seen to say is strong at most".into());
    }
    let package = source.split_once(' ').is_some_and(|(name, version)| {
        !name.is_empty() && version.starts_with(|letter: char| letter.is_ascii_digit()) && !version.contains(' ')
    });
    (!package && !source.starts_with("https://"))
        .then(|| format!("source is an https link, a package with its version, or \"{TRANSLATION}\", not {source:?}"))
}

pub struct PlacedClue<'a> {
    pub file: String,
    pub cause: &'a str,
    pub software: Option<&'a str>,
    pub provider: Option<&'a str>,
    pub clue: &'a ClueEntry,
}

impl PlacedClue<'_> {
    /// Its file under `data` and the line of its example, as editors jump to it. Without the line where the example is
    /// not spelt there as it reads.
    pub fn place(&self, data: &Path) -> String {
        let is_example = |line: &str| line.starts_with("example") && line.contains(self.clue.example.as_str());
        let text = fs::read_to_string(data.join(&self.file)).ok();
        let line = text.and_then(|text| text.lines().position(is_example));
        line.map_or_else(|| self.file.clone(), |line| format!("{}:{}", self.file, line + 1))
    }
}

pub const SIDES: [&str; 5] = ["receiver-system", "receiver-policy", "sender-dns", "recipient", "network"];

pub const STAGES: [&str; 3] = ["mail", "rcpt", "data"];

pub const PROBES: [&str; 10] =
    ["spf", "check-host", "dmarc", "dkim", "mx", "reverse", "delegation", "propagation", "dnssec", "blocklist"];

/// `451`, `"451"`, `"45x"` or `"4xx"` as the lowest and highest code it means.
pub fn code_range(code: &CodeText) -> Option<(u16, u16)> {
    let text = match code {
        CodeText::Number(number) => number.to_string(),
        CodeText::Text(text) => text.to_ascii_lowercase(),
    };
    let bound =
        |fill: &str| -> Option<u16> { (text.len() == 3).then(|| text.replace('x', fill).parse().ok()).flatten() };
    Some((bound("0")?, bound("9")?))
}

/// `4.7.1`, `X.7.1`, `4.7.X` or `4.7.500-699`: the lowest and highest number in each place.
pub fn status_pattern(text: &str) -> Option<[(u16, u16); 3]> {
    let part = |part: &str| match part.split_once('-') {
        None if part.eq_ignore_ascii_case("x") => Some((0, 999)),
        None => part.parse().ok().map(|number| (number, number)),
        Some((lowest, highest)) => Some((lowest.parse().ok()?, highest.parse().ok()?)),
    };
    let parts: Vec<(u16, u16)> = text.split('.').map(part).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// `90s`, `15m`, `6h`, `2d` in seconds.
pub fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86400,
        _ => return None,
    };
    text[..text.len() - 1].parse::<u64>().ok().map(|number| number * unit)
}

fn folder<T: serde::de::DeserializeOwned>(path: &Path, faults: &mut Vec<SourceError>) -> BTreeMap<String, T> {
    let mut files = BTreeSet::new();
    match fs::read_dir(path) {
        Ok(entries) => files.extend(entries.flatten().map(|entry| entry.path())),
        Err(error) => faults.push(SourceError { file: path.into(), fault: error.to_string() }),
    }
    let toml = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    toml.filter_map(|path| {
        let stem = path.file_stem()?.to_str()?.to_owned();
        Some((stem, file(path, faults)?))
    })
    .collect()
}

fn file<T: serde::de::DeserializeOwned>(path: &Path, faults: &mut Vec<SourceError>) -> Option<T> {
    let parsed = fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|text| toml::from_str(&text).map_err(|error| error.to_string()));
    parsed.map_err(|fault| faults.push(SourceError { file: path.into(), fault })).ok()
}
