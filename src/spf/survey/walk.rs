//! Builds the tree out of answers at hand, and notes what it finds on the way.

use std::collections::{HashMap, HashSet};

use super::texts::{multiple, near_miss_finding};
use super::{Node, ended};
use crate::dns::{Answer, NotAsked, Question, RecordType, Status};
use crate::finding::{Finding, Severity};
use crate::span::Span;
use crate::spf::gather::{self, Gathered};
use crate::spf::lint::{Lint, Role};
use crate::spf::record::{self, DomainSpec, Mechanism, Parsed, Term, TermKind};
use crate::spf::select::{self, Selected};
use crate::spf::{limits, name, partition};

/// Builds the tree out of answers at hand, and notes what it finds on the way.
pub(super) struct Walk<'a> {
    pub gathered: &'a Gathered,
    pub domain: &'a str,
    pub findings: Vec<Finding>,
    /// Domains from the root to here.
    pub path: Vec<String>,
    pub nodes: usize,
    pub spent: usize,
    pub void: usize,
    pub complete: bool,
    /// Where each record was reached from.
    pub reached: HashMap<String, Vec<Place>>,
    pub looked_at: HashSet<String>,
}

/// A term in a record: what findings point at.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub domain: String,
    pub text: String,
    pub term: String,
    pub span: Span,
}

impl Place {
    pub fn finding(&self, id: &'static str, severity: Severity, message: String) -> Finding {
        Finding::new(id, severity, &self.domain, message).in_record(&self.text, Some(self.span))
    }
}

/// The record that the walk is in.
pub(super) struct Here<'r> {
    pub domain: &'r str,
    pub text: &'r str,
    pub depth: usize,
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

/// Why the tree ends at a term.
pub(super) enum End {
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

impl<'a> Walk<'a> {
    pub(super) fn new(gathered: &'a Gathered, domain: &'a str) -> Self {
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

    pub(super) fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn walk_record(&mut self, here: &Here<'_>, parsed: &Parsed, role: Role) -> Vec<Node> {
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
    pub(super) fn answer(&mut self, question: &Question, place: &Place) -> Result<Answer, End> {
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
}
