//! Turns `data/` into the tables that the program carries, so that it starts without reading or building anything.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::{Debug, Write};
use std::path::Path;

#[path = "src/knowledge/filing.rs"]
mod filing;
#[allow(dead_code, reason = "matching is the program's part")]
#[path = "src/knowledge/index.rs"]
mod index;
#[path = "src/knowledge/lessons.rs"]
mod lessons;
#[allow(dead_code, reason = "the checks use more of it than the tables need")]
#[path = "src/knowledge/source.rs"]
mod source;
#[allow(dead_code, reason = "matching is the program's part")]
#[path = "src/knowledge/vocabulary.rs"]
mod vocabulary;
#[allow(dead_code, reason = "matching is the program's part")]
#[path = "src/knowledge/words.rs"]
mod words;

use filing::{Filing, Phrase};
use lessons::{Learnt, Lessons};
use source::{ClueEntry, OneOrMany, Sometimes, SourceEntry, Sources, StepEntry, WorthwhileEntry};

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/knowledge");
    let sources = match Sources::read(Path::new("data")) {
        Ok(sources) => sources,
        Err(faults) => {
            for fault in faults {
                println!("cargo::error={}", fault.to_string().replace('\n', " "));
            }
            return;
        }
    };
    let folder = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let write =
        |name: &str, content: &[u8]| std::fs::write(Path::new(&folder).join(name), content).expect("is writable");
    let tables = Tables::new(&sources);
    write("knowledge.rs", tables.print().as_bytes());
    write("prose.deflate", &miniz_oxide::deflate::compress_to_vec(tables.prose.borrow().as_bytes(), 9));
    write("foreign.rs", foreign(Path::new("data/foreign.toml")).as_bytes());
}

/// Replies and words by which other protocols are told from SMTP.
#[derive(serde::Deserialize)]
struct Foreign {
    replies: BTreeMap<String, Vec<String>>,
    against: BTreeMap<String, Vec<String>>,
    words: BTreeMap<String, Vec<String>>,
}

/// The text of the module that holds them: an array for each list.
fn foreign(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("is readable");
    let lists: Foreign = match toml::from_str(&text) {
        Ok(lists) => lists,
        Err(fault) => {
            println!("cargo::error={}: {}", path.display(), fault.to_string().replace('\n', " "));
            return String::new();
        }
    };
    let mut out = String::new();
    for (name, items) in &lists.replies {
        let replies = list(items.iter().map(|reply| {
            let (code, text) = reply.split_once(' ').expect("a code and a text in data/foreign.toml");
            format!("({code}, {text:?})")
        }));
        writeln!(out, "pub(super) static {}: &[(u16, &str)] = {replies};", constant(name)).expect("a String takes all");
    }
    for (name, items) in &lists.words {
        let words = list(items.iter().map(|word| format!("{word:?}")));
        writeln!(out, "pub(super) static {}: &[&str] = {words};", constant(name)).expect("a String takes all");
    }
    out + &against(&lists.against)
}

/// All words that speak against a failed mail in their order, each with the number of its field, which has a name.
fn against(fields: &BTreeMap<String, Vec<String>>) -> String {
    let numbered = || fields.iter().enumerate();
    let words: BTreeSet<_> =
        numbered().flat_map(|(field, (_, words))| words.iter().map(move |it| (it, field))).collect();
    let names = numbered().map(|(field, (name, _))| format!("pub(super) const {}: usize = {field};\n", constant(name)));
    let words = list(words.into_iter().map(|word| format!("{word:?}")));
    format!(
        "{}pub(super) const FIELDS: usize = {};\npub(super) static AGAINST: &[(&str, usize)] = {words};\n",
        names.collect::<String>(),
        fields.len(),
    )
}

fn constant(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}

/// The text of the generated module.
struct Tables<'a> {
    sources: &'a Sources,
    causes: BTreeMap<&'a str, usize>,
    /// The phrases that take clues back, each once.
    unless: BTreeMap<&'a str, usize>,
    /// The texts that only pages show.
    prose: RefCell<String>,
}

impl<'a> Tables<'a> {
    fn new(sources: &'a Sources) -> Self {
        let causes = sources.causes.keys().enumerate().map(|(index, id)| (id.as_str(), index)).collect();
        let unless: BTreeSet<&str> =
            sources.clues().flat_map(|placed| flat(&placed.clue.unless)).map(String::as_str).collect();
        let unless = unless.into_iter().enumerate().map(|(index, text)| (text, index)).collect();
        Tables { sources, causes, unless, prose: RefCell::default() }
    }

    fn print(&self) -> String {
        let mut out = String::from("pub(super) static KNOWLEDGE: Knowledge = Knowledge {\n");
        for (field, table) in [
            ("causes", self.causes()),
            ("software", self.software()),
            ("providers", self.providers()),
            ("findings", self.findings()),
            ("reply_codes", self.reply_codes()),
            ("waiting", self.shares(&self.sources.waiting)),
            ("statuses", self.statuses()),
            ("resolvers", self.resolvers()),
            ("retired", list(self.sources.retired.iter().map(|pair| format!("{pair:?}")))),
            ("status_pages", self.status_pages()),
        ] {
            writeln!(out, "{field}: {table},").expect("a String takes all");
        }
        out.push_str(&self.clues());
        out.push_str(&self.phrases());
        out.push_str(&self.vocabulary());
        out.push_str("};\n");
        out
    }

    /// Adds a text to the packed ones.
    fn prose(&self, text: &str) -> String {
        let mut prose = self.prose.borrow_mut();
        let start = prose.len();
        prose.push_str(text.trim());
        format!("Prose {{ start: {start}, end: {} }}", prose.len())
    }

    fn causes(&self) -> String {
        list(self.sources.causes.iter().map(|(id, cause)| {
            let probes = list(cause.probe.iter().map(|probe| {
                let otherwise = match probe.otherwise.as_deref() {
                    Some("weakens") => "Weakens",
                    Some("rules-out") => "RulesOut",
                    _ => "LeavesOpen",
                };
                format!(
                    "Ask {{ run: {:?}, confirmed_by: &{:?}, explained_by: &{:?}, then_side: {}, otherwise: Otherwise::{otherwise}, \
                     otherwise_side: {}, otherwise_text: {:?} }}",
                    probe.run,
                    probe.confirmed_by,
                    probe.explained_by,
                    option_side(&probe.then_side),
                    option_side(&probe.otherwise_side),
                    probe.otherwise_text,
                )
            }));
            format!(
                "Cause {{ id: {id:?}, title: {:?}, side: {}, not_before: {}, waiting: {:?}, explain: {}, tell: {:?}, related: &{:?}, \
                 retry: Retry {{ worthwhile: {}, typical: {:?}, escalate_after: {:?} }}, sender: {}, receiver: {}, \
                 sources: {}, probes: {probes} }}",
                cause.title,
                side(&cause.side),
                stage(cause.not_before.as_deref()),
                cause.waiting,
                self.prose(&cause.explain),
                cause.tell,
                cause.related,
                worthwhile(cause.retry.worthwhile),
                cause.retry.typical,
                cause.retry.escalate_after.as_deref().and_then(source::seconds),
                steps(&cause.sender),
                steps(&cause.receiver),
                citations(&cause.source),
            )
        }))
    }

    fn software(&self) -> String {
        list(self.sources.software.iter().map(|(id, file)| {
            format!(
                "Software {{ id: {id:?}, name: {:?}, homepage: {:?}, logs: {:?}, queue: {:?}, retries: {:?}, \
                 waiting: {}, sources: {} }}",
                file.name,
                file.homepage,
                file.logs,
                file.queue,
                file.retries,
                steps(&file.waiting),
                citations(&file.source),
            )
        }))
    }

    fn providers(&self) -> String {
        list(self.sources.providers.iter().map(|(id, file)| {
            let contacts = list(file.contact.iter().map(|contact| {
                format!("Contact {{ text: {:?}, url: {:?}, causes: &{:?} }}", contact.text, contact.url, contact.causes)
            }));
            format!(
                "Provider {{ id: {id:?}, name: {:?}, kind: {:?}, domains: &{:?}, hosts: &{:?}, zone: {:?}, contacts: {contacts}, \
                 sources: {} }}",
                file.name,
                file.kind,
                file.domains,
                file.hosts,
                file.zone,
                citations(&file.source),
            )
        }))
    }

    fn findings(&self) -> String {
        list(self.sources.findings.iter().map(|(id, file)| {
            format!(
                "FindingPage {{ id: {id:?}, title: {:?}, severity: {:?}, explain: {}, fix: {}, sources: {} }}",
                file.title,
                file.severity,
                self.prose(&file.explain),
                self.prose(&file.fix),
                citations(&file.source),
            )
        }))
    }

    fn reply_codes(&self) -> String {
        let mut entries: Vec<_> = self.sources.reply_codes.iter().collect();
        entries.sort_by_key(|entry| entry.code);
        list(entries.iter().map(|entry| {
            format!(
                "ReplyCodePage {{ code: {}, title: {:?}, explain: {}, causes: {}, source: {} }}",
                entry.code,
                entry.title,
                self.prose(&entry.explain),
                self.shares(&entry.causes),
                citation(&entry.cite, &entry.url),
            )
        }))
    }

    fn statuses(&self) -> String {
        list(self.sources.statuses.iter().map(|entry| {
            let pattern = source::status_pattern(&entry.code).expect("checked on reading");
            format!(
                "StatusPage {{ code: {:?}, pattern: {pattern:?}, title: {:?}, explain: {}, basic: {:?}, causes: {}, \
                 source: {} }}",
                entry.code,
                entry.title,
                self.prose(&entry.explain),
                entry.basic,
                self.shares(&entry.causes),
                citation(&entry.cite, &entry.url),
            )
        }))
    }

    /// The codes that pages name, each with the narrowest page; what stands for any number is left to the patterns.
    fn status_pages(&self) -> String {
        const WIDEST: u16 = 400;
        let mut pages = BTreeMap::<u32, (u32, usize)>::new();
        for (index, entry) in self.sources.statuses.iter().enumerate() {
            let [class, subject, detail] = source::status_pattern(&entry.code).expect("checked on reading");
            let breadth = u32::from(class.1 - class.0 + 1) * u32::from(detail.1 - detail.0 + 1);
            if subject.0 != subject.1 || detail.1 - detail.0 > WIDEST {
                continue;
            }
            for class in class.0.max(2)..=class.1.min(6) {
                for detail in detail.0..=detail.1 {
                    let code = u32::from(class) * 1_000_000 + u32::from(subject.0) * 1000 + u32::from(detail);
                    let page = pages.entry(code).or_insert((breadth, index));
                    *page = (*page).min((breadth, index));
                }
            }
        }
        list(pages.iter().map(|(code, (_, index))| format!("({code}, {index})")))
    }

    fn resolvers(&self) -> String {
        list(self.sources.resolvers.iter().map(|entry| {
            let v4 = entry.v4.iter().map(|address| format!("Ipv4Addr::from_bits({})", address.to_bits()));
            let v6 = entry.v6.iter().map(|address| format!("Ipv6Addr::from_bits({})", address.to_bits()));
            format!(
                "Resolver {{ name: {:?}, operator: {:?}, v4: {}, v6: {}, filters: {:?}, tls: {:?}, https: {:?}, \
                 flush: {:?}, region: {:?} }}",
                entry.name,
                entry.operator,
                list(v4),
                list(v6),
                entry.filters,
                entry.tls,
                entry.https,
                entry.flush,
                entry.region,
            )
        }))
    }

    fn clues(&self) -> String {
        let (mut codes, mut patterns, mut unless) = (Pool::default(), Pool::default(), Pool::default());
        let software: Vec<&str> = self.sources.software.keys().map(String::as_str).collect();
        let providers: Vec<&str> = self.sources.providers.keys().map(String::as_str).collect();
        let place = |ids: &[&str], id: Option<&str>| id.and_then(|id| ids.binary_search(&id).ok());
        let clues = list(self.sources.clues().map(|placed| {
            let clue = placed.clue;
            format!(
                "Clue {{ cause: {}, strength: Strength::{}, codes: {}, enhanced: {}, unless: {}, yields: {}, \
                 retry: {:?}, software: {:?}, provider: {:?}, example: {} }}",
                self.causes[placed.cause],
                strength(clue),
                codes.run(flat(&clue.code).filter_map(source::code_range)),
                patterns.run(flat(&clue.enhanced).filter_map(|text| source::status_pattern(text))),
                unless.run(flat(&clue.unless).filter_map(|text| self.unless.get(text.as_str()).copied())),
                clue.yields || self.sources.causes[placed.cause].catch_all,
                clue.retry,
                place(&software, placed.software),
                place(&providers, placed.provider),
                self.prose(&clue.example),
            )
        }));
        format!(
            "clues: {clues},\ncode_ranges: &{:?},\npatterns: &{:?},\ntaking_back: &{:?},\n",
            codes.0, patterns.0, unless.0
        )
    }

    /// The phrases, each once, and the index that finds them.
    fn phrases(&self) -> String {
        let mut phrases = Vec::<(Phrase, Vec<u16>)>::new();
        let mut places = HashMap::<String, usize>::new();
        let mut add = |text: &str, name: usize| {
            let phrase = Phrase::parse(text).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
            let place = *places.entry(phrase.0.clone()).or_insert(phrases.len());
            if place == phrases.len() {
                phrases.push((phrase, Vec::new()));
            }
            phrases[place].1.push(name as u16);
        };
        let clues = self.sources.clues().map(|placed| placed.clue.phrase.as_slice());
        let software = self.sources.software.values().map(|file| file.identify.as_slice());
        let providers = self.sources.providers.values().map(|file| file.identify.as_slice());
        for (name, texts) in clues.chain(software).chain(providers).enumerate() {
            texts.iter().for_each(|text| add(text, name));
        }
        let named = self.sources.clues().count() + self.sources.software.len() + self.sources.providers.len();
        self.unless.iter().for_each(|(text, index)| add(text, named + index));
        let (phrases, names): (Vec<_>, Vec<_>) = phrases.into_iter().unzip();
        let Filing { order, buckets, filed, known, text, starts } = filing::file_phrases(&phrases);
        let (mut shared, mut several) = (Pool::default(), Vec::new());
        let mut of_phrase = |names: &Vec<u16>| match names[..] {
            [name] => name.to_string(),
            _ => {
                several.push(shared.run(names.iter().copied()));
                (index::SEVERAL | (several.len() - 1) as u16).to_string()
            }
        };
        let names = list(order.iter().map(|index| of_phrase(&names[*index])));
        format!(
            "index: Index {{ buckets: &{buckets:?}, filed: &{filed:?}, known: &{known:?}, text: {text:?}, starts: &{starts:?}, by_beginning: OnceLock::new() }},\n\
             names: {names},\nseveral: {},\nshared: &{:?},\n",
            list(several.into_iter()),
            shared.0
        )
    }

    /// How much each word speaks for each cause.
    fn vocabulary(&self) -> String {
        let mut lessons = Lessons::default();
        for placed in self.sources.clues() {
            let weight =
                if placed.clue.strength == "weak" { 0.3 } else { 1.0 } * if placed.clue.yields { 0.3 } else { 1.0 };
            let cause = self.causes[placed.cause];
            placed.clue.phrase.as_slice().iter().for_each(|phrase| lessons.add(phrase, cause, weight));
            lessons.add(&placed.clue.example, cause, weight / 2.0);
        }
        let Learnt { buckets, words, starts, pulls, leanings } = lessons.learn();
        format!(
            "vocabulary: Vocabulary {{ buckets: &{buckets:?}, words: &{words:?}, starts: &{starts:?}, \
             pulls: &{pulls:?}, leanings: &{leanings:?} }},\n"
        )
    }

    fn shares(&self, shares: &BTreeMap<String, f32>) -> String {
        list(shares.iter().map(|(cause, share)| format!("({}, {share:?})", self.causes[cause.as_str()])))
    }
}

/// Lists that many clues share, each once.
#[derive(Default)]
struct Pool<T>(Vec<T>);

impl<T: Clone + PartialEq> Pool<T> {
    /// Where the items stand one after another, as the text of a `Run`.
    fn run(&mut self, items: impl Iterator<Item = T>) -> String {
        let items: Vec<T> = items.collect();
        let known = self.0.windows(items.len().max(1)).position(|there| there == items);
        let start = if items.is_empty() { 0 } else { known.unwrap_or(self.0.len()) };
        if start == self.0.len() {
            self.0.extend_from_slice(&items);
        }
        format!("Run {{ start: {start}, end: {} }}", start + items.len())
    }
}

fn worthwhile(entry: WorthwhileEntry) -> &'static str {
    match entry {
        WorthwhileEntry::Always(true) => "Worthwhile::Yes",
        WorthwhileEntry::Always(false) => "Worthwhile::No",
        WorthwhileEntry::Sometimes(Sometimes::UnlessPermanent) => "Worthwhile::UnlessPermanent",
        WorthwhileEntry::Sometimes(Sometimes::IfTransient) => "Worthwhile::IfTransient",
    }
}

fn strength(clue: &ClueEntry) -> &'static str {
    match clue.strength.as_str() {
        "conclusive" => "Conclusive",
        "strong" => "Strong",
        _ => "Weak",
    }
}

fn stage(stage: Option<&str>) -> &'static str {
    match stage {
        Some("mail") => "Stage::Mail",
        Some("rcpt") => "Stage::Rcpt",
        Some("data") => "Stage::Data",
        _ => "Stage::Connect",
    }
}

fn side(side: &str) -> String {
    let words = side.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    format!("Side::{}", words.collect::<String>())
}

fn option_side(text: &Option<String>) -> String {
    text.as_deref().map_or("None".into(), |text| format!("Some({})", side(text)))
}

fn steps(steps: &[StepEntry]) -> String {
    list(steps.iter().map(|step| {
        format!(
            "Step {{ text: {:?}, command: {:?}, after: {:?}, software: {:?} }}",
            step.text,
            step.command,
            step.after.as_deref().and_then(source::seconds),
            step.software,
        )
    }))
}

fn citations(sources: &[SourceEntry]) -> String {
    list(sources.iter().map(|source| citation(&source.cite, &source.url)))
}

fn citation(cite: &impl Debug, url: &impl Debug) -> String {
    format!("Source {{ cite: {cite:?}, url: {url:?} }}")
}

fn flat<T>(list: &Option<OneOrMany<T>>) -> impl Iterator<Item = &T> {
    list.iter().flat_map(|list| list.as_slice())
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("&[\n{}\n]", items.collect::<Vec<_>>().join(",\n"))
}
