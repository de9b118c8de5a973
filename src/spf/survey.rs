//! The whole tree of a domain's SPF record: who spends its lookups, what it authorises, and what should be mended.

use std::collections::{HashMap, HashSet};

use futures_util::future::join;

use crate::dns::{Answer, Lookup, NotAsked, Question, RecordType, Status};
use crate::finding::{Finding, Severity};
use crate::span::Span;

use super::SpfResult;
use super::fix::{self, Proposal};
use super::gather::{self, Gathered, Scope};
use super::limits::{self, Limits};
use super::lint::{Lint, Role};
use super::near_miss::{self, Why};
use super::partition::{self, Chart};
use super::record::{self, DomainSpec, Mechanism, Parsed, Record, Term, TermKind};
use super::repair;
use super::select::{self, Selected, Text};
use super::syntax::SyntaxError;
use super::{name, record as syntax};

/// What a domain publishes, and what is wrong with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Survey {
    pub domain: String,
    /// The record, its character-strings joined.
    pub record: Option<String>,
    /// What every message gets, where the record alone decides that: none, permerror or temperror.
    pub result: Option<SpfResult>,
    pub lookups: Lookups,
    pub tree: Option<Node>,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// How many addresses pass, as far as DNS tells.
    pub addresses: Addresses,
    /// Every question had an answer.
    pub complete: bool,
    /// The record with its slips mended, where every one of them has a sure repair.
    pub mended: Option<String>,
    /// A record that means the same within the limits, where this one exceeds them.
    pub proposal: Option<Proposal>,
}

/// What the whole tree costs, beyond the limits too, §4.6.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookups {
    pub total: usize,
    pub limit: usize,
    pub void: usize,
    pub void_limit: usize,
}

/// A term that costs a lookup, and what lies behind it. The root is the record itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub term: String,
    /// The name it asks for.
    pub domain: String,
    /// The record found there, if it leads to one.
    pub record: Option<String>,
    /// What this term and all below it cost.
    pub lookups: usize,
    /// What a receiver has spent once it is through with this term.
    pub spent: usize,
    pub children: Vec<Node>,
    /// Why there is nothing here, or no more.
    pub error: Option<String>,
    /// Why nothing can be said of what is here.
    pub open: Option<String>,
}

/// Why the tree ends at a term.
enum End {
    /// Something is wrong there.
    Fault(String),
    /// It depends on the message, or was not asked.
    Open(String),
}

impl Node {
    fn end(&mut self, end: Option<End>) {
        match end {
            Some(End::Fault(why)) => self.error = Some(why),
            Some(End::Open(why)) => self.open = Some(why),
            None => {}
        }
    }
}

const DEPENDS: &str = "depends on the message";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    pub v4: u64,
    pub v6: u128,
    /// Some terms depend on the message, or could not be looked up.
    pub partial: bool,
}

/// Surveys what `domain` publishes.
pub async fn survey(lookup: &dyn Lookup, domain: &str) -> Survey {
    let value = |letter, here: &str| partition::without_message(letter, here, domain);
    let type99 = async {
        match name::question(domain, RecordType::from(TYPE_SPF)) {
            Some(question) => Some(lookup.resolve(&question).await),
            None => None,
        }
    };
    let (gathered, type99) = join(scope(&value).gather(lookup, domain), type99).await;
    let survey = Walk::new(&gathered, domain).published(type99.as_ref());
    with_proposal(survey, &gathered).await
}

/// Surveys a record before it is published at `domain`.
pub async fn survey_record(lookup: &dyn Lookup, domain: &str, text: &str) -> Survey {
    let value = |letter, here: &str| partition::without_message(letter, here, domain);
    let parsed = record::parse(text);
    let gathered = scope(&value).gather_from(lookup, domain, &parsed.readable).await;
    let survey = Walk::new(&gathered, domain).proposed(text);
    with_proposal(survey, &gathered).await
}

async fn with_proposal(survey: Survey, gathered: &Gathered) -> Survey {
    let Lookups { total, limit, void, void_limit } = survey.lookups;
    let sound = !survey.findings.iter().any(|finding| ENDS_ANYHOW.contains(&finding.id));
    if (total <= limit && void <= void_limit) || !survey.complete || !sound {
        return survey;
    }
    let proposal = fix::propose(gathered, &survey).await;
    Survey { proposal, ..survey }
}

/// Faults for which receivers come to permerror at any number of lookups: they are to be mended first.
const ENDS_ANYHOW: [&str; 6] = [
    "spf-syntax",
    "spf-near-miss",
    "spf-joined-strings",
    "spf-include-missing",
    "spf-include-loop",
    "spf-multiple-records",
];

/// What a record would cost and contain, from answers at hand.
pub(super) fn survey_at_hand(gathered: &Gathered, domain: &str, text: &str) -> Survey {
    Walk::new(gathered, domain).proposed(text)
}

/// The SPF RR type of RFC 4408, withdrawn by RFC 7208 §3.1.
const TYPE_SPF: u16 = 99;

fn scope<'a>(value: &'a gather::Value<'a>) -> Scope<'a> {
    Scope {
        value,
        families: &[RecordType::A, RecordType::AAAA],
        ip: None,
        questions: limits::SURVEY_QUESTIONS,
        lookups: usize::MAX,
    }
}

/// Builds the tree out of answers at hand, and notes what it finds on the way.
struct Walk<'a> {
    gathered: &'a Gathered,
    domain: &'a str,
    findings: Vec<Finding>,
    /// Domains from the root to here.
    path: Vec<String>,
    nodes: usize,
    spent: usize,
    void: usize,
    complete: bool,
    /// Where each record was reached from.
    reached: HashMap<String, Vec<Place>>,
    looked_at: HashSet<String>,
}

/// A term in a record: what findings point at.
#[derive(Clone, Debug)]
struct Place {
    domain: String,
    text: String,
    term: String,
    span: Span,
}

impl Place {
    fn finding(&self, id: &'static str, severity: Severity, message: String) -> Finding {
        Finding::new(id, severity, &self.domain, message).in_record(&self.text, Some(self.span))
    }
}

/// The record that the walk is in.
struct Here<'r> {
    domain: &'r str,
    text: &'r str,
    depth: usize,
}

impl Here<'_> {
    fn place(&self, term: &Term) -> Place {
        Place {
            domain: self.domain.to_owned(),
            text: self.text.to_owned(),
            term: self.text.get(term.span.range()).unwrap_or_default().to_owned(),
            span: term.span,
        }
    }
}

impl<'a> Walk<'a> {
    fn new(gathered: &'a Gathered, domain: &'a str) -> Self {
        Walk {
            gathered,
            domain,
            findings: Vec::new(),
            path: Vec::new(),
            nodes: 0,
            spent: 0,
            void: 0,
            complete: true,
            reached: HashMap::new(),
            looked_at: HashSet::new(),
        }
    }

    fn published(mut self, type99: Option<&Answer>) -> Survey {
        let Some(question) = name::question(self.domain, RecordType::TXT) else {
            self.note(Finding::error("spf-missing", self.domain, "this is not a domain name that DNS can hold"));
            return self.without_record(Some(SpfResult::None));
        };
        let answer = self.gathered.get(&question);
        if !answer.status.is_conclusive() {
            return self.unanswered(&answer);
        }
        let selected = select::select(&answer);
        self.near_misses(&answer, matches!(selected, Selected::None));
        self.type99(type99, &selected);
        self.size(&answer, &selected);
        match selected {
            Selected::None => self.missing(&answer.status),
            Selected::Many(records) => {
                self.note(multiple(self.domain, &records));
                self.without_record(Some(SpfResult::PermError))
            }
            Selected::One(text) => {
                let joined = self.joined_strings(&text);
                self.record(text.text(), &joined)
            }
        }
    }

    fn proposed(mut self, text: &str) -> Survey {
        let near_miss = near_miss_finding(self.domain, text, Severity::Error);
        near_miss.into_iter().for_each(|finding| self.note(finding));
        if text.len() > limits::STRING_OCTETS {
            let message =
                format!("the record has {} octets; one character-string of a TXT record holds 255", text.len());
            let help = "split it into several strings inside one TXT record; they are joined without a blank";
            self.note(Finding::info("spf-record-size", self.domain, message).in_record(text, None).help(help));
        }
        self.record(text.to_owned(), &[])
    }

    fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn unanswered(mut self, answer: &Answer) -> Survey {
        self.complete = false;
        if let Status::NotAsked(_) = answer.status {
            return self.without_record(None);
        }
        let message = format!("the TXT records of {} could not be looked up: {}", self.domain, ended(answer));
        let help = "nothing can be said of the SPF record until its name servers answer: receivers defer mail \
                    (temperror) meanwhile";
        self.note(Finding::error("spf-dns-failure", self.domain, message).help(help));
        self.without_record(Some(SpfResult::TempError))
    }

    fn missing(mut self, status: &Status) -> Survey {
        if !self.findings.iter().any(|finding| finding.severity == Severity::Error) {
            let message = match status {
                Status::NxDomain => {
                    format!("{} does not exist in DNS (NXDOMAIN), so it has no SPF record", self.domain)
                }
                _ => format!("{} has no SPF record", self.domain),
            };
            let help = format!(
                "publish a TXT record at {}: `v=spf1`, then the servers that send for it, then `~all`; \
                 `v=spf1 -all` if it sends no mail",
                self.domain
            );
            self.note(Finding::error("spf-missing", self.domain, message).help(help));
        }
        self.without_record(Some(SpfResult::None))
    }

    fn without_record(self, result: Option<SpfResult>) -> Survey {
        self.into_survey(None, None, result, Addresses::default())
    }

    fn into_survey(
        mut self,
        record: Option<String>,
        tree: Option<Node>,
        result: Option<SpfResult>,
        addresses: Addresses,
    ) -> Survey {
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let Limits { lookups: limit, void: void_limit } = Limits::default();
        let total = tree.as_ref().map_or(0, |tree| tree.lookups);
        Survey {
            domain: self.domain.to_owned(),
            record,
            result,
            lookups: Lookups { total, limit, void: self.void, void_limit },
            tree,
            findings: self.findings,
            addresses,
            complete: self.complete,
            mended: None,
            proposal: None,
        }
    }

    /// The domain's one record.
    fn record(mut self, text: String, joined: &[Span]) -> Survey {
        let mut parsed = record::parse(&text);
        let mended = parsed.mended(&text).filter(|_| joined.is_empty());
        parsed.problems.retain(|problem| !joined.iter().any(|span| span.contains(problem.span)));
        if self.findings.iter().any(|finding| finding.id == "spf-near-miss") {
            parsed.problems.retain(|problem| problem.what != SyntaxError::NotSpf);
        }
        let broken = parsed.record().is_none() || !joined.is_empty();
        self.path.push(self.domain.to_owned());
        let children = self.walk_record(&Here { domain: self.domain, text: &text, depth: 0 }, &parsed, Role::Own);
        let lookups = children.iter().map(|child| child.lookups).sum();
        let root = Node {
            term: record::VERSION.to_owned(),
            domain: self.domain.to_owned(),
            record: Some(text.clone()),
            lookups,
            spent: lookups,
            children,
            error: None,
            open: None,
        };
        self.reached_twice();
        self.limits(&root, &text, &parsed);
        let partition = Chart::new(self.gathered, self.domain).of(self.domain, &parsed.readable);
        let (v4, v6) = (partition.pass.count_v4(), partition.pass.count_v6());
        let addresses = Addresses { v4, v6, partial: partition.partial };
        let result = match record::is_spf(text.as_bytes()) {
            true => broken.then_some(SpfResult::PermError),
            false => Some(SpfResult::None),
        };
        Survey { mended, ..self.into_survey(Some(text), Some(root), result, addresses) }
    }

    fn walk_record(&mut self, here: &Here<'_>, parsed: &Parsed, role: Role) -> Vec<Node> {
        if self.looked_at.insert(here.domain.to_ascii_lowercase()) {
            let lint = Lint { domain: here.domain, text: here.text, parsed, role };
            lint.findings().into_iter().for_each(|finding| self.note(finding));
        }
        let record = &parsed.readable;
        let mut children = Vec::new();
        for (term, directive) in record.directives() {
            match &directive.mechanism {
                Mechanism::All => return children,
                Mechanism::Include(target) => children.extend(self.follow(here, term, target, role)),
                mechanism => children.extend(self.leaf(here, term, mechanism)),
            }
        }
        if let Some((term, target)) = record.redirect() {
            children.extend(self.follow(here, term, target, role));
        }
        children
    }

    /// `None` once the tree has as many nodes as it may.
    fn node(&mut self, place: &Place, domain: &str) -> Option<Node> {
        if self.nodes >= limits::TREE_NODES {
            let message = format!("the tree has more than {} terms; the rest was not followed", limits::TREE_NODES);
            self.incomplete(message);
            return None;
        }
        self.nodes += 1;
        self.spent += 1;
        Some(Node {
            term: place.term.clone(),
            domain: domain.to_owned(),
            record: None,
            lookups: 1,
            spent: self.spent,
            children: Vec::new(),
            error: None,
            open: None,
        })
    }

    fn incomplete(&mut self, message: String) {
        self.complete = false;
        if !self.findings.iter().any(|finding| finding.id == "spf-tree-incomplete") {
            let help = "the counts here are lower bounds; a receiver gives up far earlier";
            self.note(Finding::warning("spf-tree-incomplete", self.domain, message).help(help));
        }
    }

    /// `include` and `redirect`.
    fn follow(&mut self, here: &Here<'_>, term: &Term, target: &DomainSpec, role: Role) -> Option<Node> {
        let place = here.place(term);
        let Some(target) = partition::target_of(target, here.domain, self.domain) else {
            let mut node = self.node(&place, &target.to_string())?;
            node.open = Some(DEPENDS.to_owned());
            return Some(node);
        };
        let mut node = self.node(&place, &target)?;
        let end = self.enter(&mut node, here, &place, term, role).err();
        node.end(end);
        node.lookups += node.children.iter().map(|child| child.lookups).sum::<usize>();
        node.spent = self.spent;
        Some(node)
    }

    fn enter(&mut self, node: &mut Node, here: &Here<'_>, place: &Place, term: &Term, role: Role) -> Result<(), End> {
        self.refuse_loop(&node.domain, place)?;
        if here.depth >= limits::TREE_DEPTH {
            let message = format!("the tree is deeper than {} records; the rest was not followed", limits::TREE_DEPTH);
            self.incomplete(message.clone());
            return Err(End::Open(message));
        }
        let text = self.record_behind(&node.domain, place)?;
        node.record = Some(text.clone());
        self.reached.entry(node.domain.to_ascii_lowercase()).or_default().push(place.clone());
        let parsed = record::parse(&text);
        let redirects = matches!(term.kind, TermKind::Modifier(_));
        let role = match role {
            Role::Own if redirects => Role::Own,
            _ if name::is_at_or_below(&node.domain, self.domain) => Role::OwnIncluded,
            _ => Role::Foreign,
        };
        self.path.push(node.domain.clone());
        node.children =
            self.walk_record(&Here { domain: &node.domain, text: &text, depth: here.depth + 1 }, &parsed, role);
        self.path.pop();
        match parsed.record() {
            Some(_) => Ok(()),
            None => Err(End::Fault("its record has a syntax error".to_owned())),
        }
    }

    fn refuse_loop(&mut self, target: &str, place: &Place) -> Result<(), End> {
        let Some(start) = self.path.iter().position(|seen| name::same(seen, target)) else { return Ok(()) };
        let mut way: Vec<&str> = self.path[start..].iter().map(String::as_str).collect();
        way.push(target);
        let way = way.join(" -> ");
        let message = format!("`{}` leads in a circle: {way}", place.term);
        let help = "receivers go round until the lookup limit and end in permerror: take the term out of one of these \
                    records";
        self.note(place.finding("spf-include-loop", Severity::Error, message).help(help));
        Err(End::Fault(format!("loop: {way}")))
    }

    /// The record that an `include` or `redirect` leads to.
    fn record_behind(&mut self, target: &str, place: &Place) -> Result<String, End> {
        let Some(question) = name::question(target, RecordType::TXT) else {
            return Err(self.nothing_behind(place, format!("{target} is no name that DNS can hold")));
        };
        let answer = self.answer(&question, place)?;
        match select::select(&answer) {
            Selected::One(text) => Ok(text.text()),
            Selected::Many(records) => {
                self.note(multiple(target, &records));
                Err(End::Fault(format!("{} SPF records where there may be one", records.len())))
            }
            Selected::None => {
                self.void += usize::from(answer.status.is_void());
                let what = match answer.status {
                    Status::NxDomain => format!("{target} does not exist (NXDOMAIN)"),
                    _ => format!("{target} has no SPF record"),
                };
                let near = select::texts(&answer)
                    .iter()
                    .find_map(|text| near_miss_finding(target, &text.text(), Severity::Error));
                near.into_iter().for_each(|finding| self.note(finding));
                Err(self.nothing_behind(place, what))
            }
        }
    }

    fn nothing_behind(&mut self, place: &Place, what: String) -> End {
        let message = format!("`{}` leads nowhere: {what}", place.term);
        let help = "receivers answer permerror for the whole record: correct the name, or take the term out if the \
                    service is no longer used";
        self.note(place.finding("spf-include-missing", Severity::Error, message).help(help));
        End::Fault(what)
    }

    /// An answer that says something; what went wrong otherwise.
    fn answer(&mut self, question: &Question, place: &Place) -> Result<Answer, End> {
        let answer = self.gathered.get(question);
        if answer.status.is_conclusive() {
            return Ok(answer);
        }
        self.complete = false;
        let name = name::text(&question.name);
        match &answer.status {
            Status::NotAsked(NotAsked::Offline) => {}
            Status::NotAsked(NotAsked::QueryLimit) => {
                self.incomplete(format!(
                    "the bound on DNS queries was reached at `{}` in {}",
                    place.term, place.domain
                ));
            }
            _ => {
                let message =
                    format!("`{}` cannot be looked up: {} of {name}: {}", place.term, question.kind, ended(&answer));
                let help = "receivers answer temperror and defer the mail while this lasts; the record may well be \
                            there: look at the name servers of that name";
                self.note(place.finding("spf-dns-failure", Severity::Error, message).help(help));
            }
        }
        let status = answer.status.to_string();
        Err(if matches!(answer.status, Status::NotAsked(_)) { End::Open(status) } else { End::Fault(status) })
    }

    /// A term that costs a lookup and leads to no record.
    fn leaf(&mut self, here: &Here<'_>, term: &Term, mechanism: &Mechanism) -> Option<Node> {
        let (target, kinds): (Option<&DomainSpec>, &[RecordType]) = match mechanism {
            Mechanism::A { domain, .. } => (domain.as_ref(), &[RecordType::A, RecordType::AAAA]),
            Mechanism::Mx { domain, .. } => (domain.as_ref(), &[RecordType::MX]),
            Mechanism::Exists(target) => (Some(target), &[RecordType::A]),
            Mechanism::Ptr(target) => (target.as_ref(), &[]),
            _ => return None,
        };
        let place = here.place(term);
        let known = target.map_or(Some(here.domain.to_owned()), |t| partition::target_of(t, here.domain, self.domain));
        let written = target.map_or(here.domain.to_owned(), ToString::to_string);
        let mut node = self.node(&place, known.as_deref().unwrap_or(&written))?;
        let end = match known {
            None => Some(End::Open(DEPENDS.to_owned())),
            Some(_) if kinds.is_empty() => Some(End::Open(DEPENDS.to_owned())),
            Some(target) => self.look_up(&target, kinds, &place).err(),
        };
        node.end(end);
        Some(node)
    }

    fn look_up(&mut self, target: &str, kinds: &[RecordType], place: &Place) -> Result<(), End> {
        let mut found = Vec::new();
        for kind in kinds {
            let Some(question) = name::question(target, *kind) else {
                return Err(End::Fault(format!("{target} is no name that DNS can hold")));
            };
            found.push(self.answer(&question, place)?);
        }
        if found.iter().all(|answer| answer.status.is_void()) {
            return Err(self.found_nothing(target, found.first().map(|answer| &answer.status), place));
        }
        if kinds != [RecordType::MX] {
            return Ok(());
        }
        found.first().map_or(Ok(()), |answer| self.exchanges(target, answer, place))
    }

    fn found_nothing(&mut self, target: &str, status: Option<&Status>, place: &Place) -> End {
        self.void += 1;
        let what = match status {
            Some(Status::NxDomain) => format!("{target} does not exist (NXDOMAIN)"),
            _ => format!("{target} has no such record (NODATA)"),
        };
        let message = format!("`{}` finds nothing: {what}", place.term);
        let help =
            "it matches nobody, and counts towards the two lookups that may find nothing: take it out or correct it";
        self.note(place.finding("spf-void-lookup", Severity::Warning, message).help(help));
        End::Fault(what)
    }

    fn exchanges(&mut self, target: &str, answer: &Answer, place: &Place) -> Result<(), End> {
        let exchanges = gather::exchanges(answer);
        if exchanges.len() > limits::MX_NAMES {
            let what = format!("{target} has {} MX records, and {} are allowed", exchanges.len(), limits::MX_NAMES);
            let message = format!("`{}` ends in permerror: {what}", place.term);
            let help = "list the addresses that send with ip4: and ip6: instead of mx";
            self.note(place.finding("spf-mx-limit", Severity::Error, message).help(help));
            return Err(End::Fault(what));
        }
        for exchange in exchanges {
            // What is wrong with one exchanger is said in its finding; the others count as well.
            let _ = self.look_up(&exchange, &[RecordType::A, RecordType::AAAA], place);
        }
        Ok(())
    }

    /// Records that the tree leads to more than once: each time costs again.
    fn reached_twice(&mut self) {
        let mut again: Vec<(String, Vec<Place>)> =
            self.reached.drain().filter(|(_, places)| places.len() > 1).collect();
        again.sort_by(|a, b| a.0.cmp(&b.0));
        for (target, places) in again {
            let first = &places[0];
            let Some(other) = places[1..].iter().find(|place| place.domain != first.domain) else { continue };
            let shown = if other.domain == self.domain { other } else { first };
            let from = places.iter().map(|place| place.domain.as_str()).collect::<Vec<_>>().join(", ");
            let message =
                format!("{target} is reached {} times, from {from}; each time costs its lookups again", places.len());
            let help = "one time is enough: drop the include that another one brings along";
            self.note(shown.finding("spf-duplicate-term", Severity::Warning, message).help(help));
        }
    }

    fn limits(&mut self, root: &Node, text: &str, parsed: &Parsed) {
        let (total, limit) = (root.lookups, limits::LOOKUP_TERMS);
        if total > limit {
            let message = format!("the record needs {total} DNS lookups; receivers stop after {limit} with permerror");
            let span = crossing(root, &parsed.readable);
            let finding = Finding::error("spf-lookup-limit", self.domain, message).in_record(text, span);
            self.note(finding.help(format!("most go to {}; {CHEAPER}", spenders(root))));
        } else if total >= limits::LOOKUPS_NEAR_LIMIT {
            let message = format!("the record needs {total} of the {limit} DNS lookups that receivers allow");
            let finding = Finding::warning("spf-lookups-near-limit", self.domain, message).in_record(text, None);
            self.note(finding.help(format!("one more service breaks it. Most go to {}; {CHEAPER}", spenders(root))));
        }
        if self.void > limits::VOID_LOOKUPS {
            let message = format!(
                "{} lookups of the record find nothing; receivers may stop after {} with permerror",
                self.void,
                limits::VOID_LOOKUPS
            );
            let help = "take out or correct the terms whose names do not exist";
            self.note(Finding::error("spf-void-lookup-limit", self.domain, message).in_record(text, None).help(help));
        }
    }

    /// Texts beside the record that were meant as one.
    fn near_misses(&mut self, answer: &Answer, alone: bool) {
        let severity = if alone { Severity::Error } else { Severity::Warning };
        for text in select::texts(answer) {
            let torn = text.strings.len() > 1 && text.strings[0].eq_ignore_ascii_case(b"v=spf1");
            let finding = near_miss_finding(self.domain, &text.text(), severity);
            self.findings.extend(finding.map(|finding| match torn {
                true => joined_version(finding),
                false => finding,
            }));
            if alone && !torn {
                self.slips(&text.text());
            }
        }
    }

    /// What else is wrong with a text that was meant as a record.
    fn slips(&mut self, text: &str) {
        let problems = record::parse(text).problems.into_iter().filter(|problem| problem.what != SyntaxError::NotSpf);
        problems.for_each(|problem| self.note(problem.finding(self.domain, text)));
    }

    /// Character-strings are joined without a blank, RFC 7208 §3.3: where one was meant, two terms become one.
    fn joined_strings(&mut self, text: &Text) -> Vec<Span> {
        let whole = text.text();
        let mut spans = Vec::new();
        let mut boundary = 0;
        for string in &text.strings[..text.strings.len().saturating_sub(1)] {
            boundary += String::from_utf8_lossy(string).len();
            let Some((span, fix)) = joined_terms(&whole, boundary) else { continue };
            let message = format!(
                "the record is stored in {} strings, and `{}` lies across two of them: they are joined without a blank",
                text.strings.len(),
                &whole[span.range()]
            );
            let help = format!("put a blank at the end of the first string, so that it reads `{fix}`");
            let finding = Finding::error("spf-joined-strings", self.domain, message).in_record(&whole, Some(span));
            self.note(finding.help(help).fix(fix));
            spans.push(span);
        }
        spans
    }

    fn type99(&mut self, answer: Option<&Answer>, selected: &Selected) {
        if answer.is_none_or(|answer| answer.data(RecordType::from(TYPE_SPF)).next().is_none()) {
            return;
        }
        let (severity, consequence) = match selected {
            Selected::None => (Severity::Error, "and no TXT record: receivers see no SPF at all"),
            _ => (Severity::Info, "beside its TXT record; receivers no longer ask for it"),
        };
        let message = format!("{} has a record of the withdrawn type SPF (99) {consequence}", self.domain);
        let help = "RFC 7208 §3.1 allows TXT records only: publish it as TXT and take the other out";
        self.note(Finding::new("spf-type99", severity, self.domain, message).help(help));
    }

    /// §3.4.
    fn size(&mut self, answer: &Answer, selected: &Selected) {
        let Selected::One(record) = selected else { return };
        let texts = select::texts(answer);
        let octets: usize = texts.iter().map(|text| text.octets().len()).sum::<usize>() + self.domain.len();
        if octets <= limits::TXT_OCTETS {
            return;
        }
        let severity = if octets <= limits::UDP_OCTETS { Severity::Info } else { Severity::Warning };
        let message = format!(
            "the TXT records of {} take {octets} octets together, the SPF record {} of them; up to {} fit every answer",
            self.domain,
            record.octets().len(),
            limits::TXT_OCTETS
        );
        let help = "larger answers need EDNS or TCP, which some firewalls break: remove TXT records that are no longer \
                    needed, or move parts of the record into an include of your own";
        self.note(
            Finding::new("spf-record-size", severity, self.domain, message).in_record(record.text(), None).help(help),
        );
    }
}

/// How a question ended, with the resolver's reasons, RFC 8914.
fn ended(answer: &Answer) -> String {
    let reasons: String = answer.extended_errors.iter().map(|error| format!(": {error}")).collect();
    format!("{}{reasons}", answer.status)
}

const CHEAPER: &str = "take out services that no longer send, and write own hosts as ip4: and ip6:, which cost nothing";

/// The two largest spenders among the root's terms.
fn spenders(root: &Node) -> String {
    let mut children: Vec<&Node> = root.children.iter().collect();
    children.sort_by_key(|child| std::cmp::Reverse(child.lookups));
    let named: Vec<String> =
        children.iter().take(2).map(|child| format!("`{}` ({})", child.term, child.lookups)).collect();
    named.join(" and ")
}

/// The term of the root record at which the limit is passed.
fn crossing(root: &Node, record: &Record) -> Option<Span> {
    let mut spent = 0;
    let index = root.children.iter().position(|child| {
        spent += child.lookups;
        spent > limits::LOOKUP_TERMS
    })?;
    let costly = record.directives().filter(|(_, directive)| directive.mechanism.costs_lookup()).map(|(term, _)| term);
    costly.chain(record.redirect().map(|(term, _)| term)).nth(index).map(|term| term.span)
}

fn multiple(domain: &str, records: &[Text]) -> Finding {
    let message =
        format!("{domain} has {} SPF records; receivers answer permerror unless there is exactly one", records.len());
    let shown: Vec<String> = records.iter().map(|record| format!("`{}`", record.text())).collect();
    let help = format!("join them into one record with one `v=spf1` and one `all`: {}", shown.join(" and "));
    let first = records.first().map(Text::text).unwrap_or_default();
    Finding::error("spf-multiple-records", domain, message).in_record(first, None).help(help)
}

fn near_miss_finding(domain: &str, text: &str, severity: Severity) -> Option<Finding> {
    let miss = near_miss::near_miss(text)?;
    let message = format!("a TXT record of {domain} is meant as SPF, but no receiver reads it as SPF: {}", miss.why);
    let help = match miss.why {
        Why::Leading => "the record has to begin with `v=spf1`: take out what stands before it",
        Why::Version => "the record has to begin with exactly `v=spf1` and a blank",
        Why::NoBlank => "put one blank, and nothing else, behind `v=spf1`",
        Why::NoVersion => "put `v=spf1` and a blank in front",
    };
    let finding = Finding::new("spf-near-miss", severity, domain, message).in_record(text, Some(miss.span)).help(help);
    Some(match miss.fix {
        Some(fix) => finding.fix(fix),
        None => finding,
    })
}

/// `"v=spf1" "mx -all"`.
fn joined_version(near_miss: Finding) -> Finding {
    let message = format!(
        "the strings of a TXT record of {} are joined without a blank after `v=spf1`, so no receiver reads it as SPF",
        near_miss.subject
    );
    let help = "put a blank at the end of the first string".to_owned();
    Finding { id: "spf-joined-strings", message, help: Some(help), ..near_miss }
}

/// If the word across this boundary was meant as two terms: its place, and the two.
fn joined_terms(text: &str, boundary: usize) -> Option<(Span, String)> {
    let (before, after) = (text.get(..boundary)?, text.get(boundary..)?);
    let start = before.rfind(' ').map_or(0, |blank| blank + 1);
    let end = boundary + after.find(' ').unwrap_or(after.len());
    let (left, right) = (&text[start..boundary], &text[boundary..end]);
    let two = start > 0 && syntax::reads_cleanly(left) && syntax::reads_cleanly(right);
    let sure = repair::begins_term(right) || !syntax::reads_cleanly(&text[start..end]);
    (two && sure).then(|| (Span::new(start, end), format!("{left} {right}")))
}
