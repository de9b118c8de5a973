//! A page of `smtpwhy explain`, and the list of them.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;
use crate::knowledge::{
    Ask, Cause, Clue, Contact, FindingPage, Knowledge, Page, Provider, Software, Source, StatusPage, Step, Wording,
};

/// Everything that is known of an id. What a kind of page does not have is null or empty.
#[derive(Serialize, JsonSchema)]
pub struct PageV1 {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "page"))]
    kind: &'static str,
    id: String,
    /// cause, reply code, enhanced status code, finding, provider, software or wording.
    page: &'static str,
    title: &'static str,
    explain: Option<&'static str>,
    side: Option<&'static str>,
    waiting: Option<&'static str>,
    tell: Option<&'static str>,
    retry: Option<PageRetryV1>,
    sender: Vec<StepV1>,
    receiver: Vec<StepV1>,
    related: Vec<&'static str>,
    probes: Vec<ProbeV1>,
    /// Of a reply or enhanced status code: how often each cause is behind it when nothing else is known.
    causes: Vec<ShareV1>,
    /// Of an enhanced status code: the reply codes it goes with.
    basic: Option<&'static str>,
    /// Of a finding.
    severity: Option<&'static str>,
    fix: Option<&'static str>,
    provider: Option<ProviderV1>,
    software: Option<SoftwareV1>,
    /// Real replies, each with the cause that it shows.
    wordings: Vec<WordingV1>,
    sources: Vec<CitationV1>,
}

#[derive(Serialize, JsonSchema)]
struct PageRetryV1 {
    /// `null`: yes after a 4xx, no after a 5xx.
    worthwhile: Option<bool>,
    typical: Option<&'static str>,
    /// Seconds after the first failure.
    escalate_after: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct StepV1 {
    text: &'static str,
    command: Option<&'static str>,
    /// Seconds after the first failure.
    after: Option<u64>,
    software: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct ProbeV1 {
    run: &'static str,
    confirmed_by: Vec<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct ShareV1 {
    cause: &'static str,
    share: f32,
}

#[derive(Serialize, JsonSchema)]
struct ProviderV1 {
    kind: &'static str,
    domains: Vec<&'static str>,
    hosts: Vec<&'static str>,
    zone: Option<&'static str>,
    contacts: Vec<ContactV1>,
}

#[derive(Serialize, JsonSchema)]
struct ContactV1 {
    text: &'static str,
    url: &'static str,
    causes: Vec<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct SoftwareV1 {
    homepage: Option<&'static str>,
    logs: Option<&'static str>,
    queue: Option<&'static str>,
    retries: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct WordingV1 {
    cause: &'static str,
    example: &'static str,
    software: Option<&'static str>,
    provider: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct CitationV1 {
    cite: &'static str,
    url: &'static str,
}

/// The list of all ids, or several pages that were asked for.
#[derive(Serialize, JsonSchema)]
pub struct PagesV1 {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "pages"))]
    kind: &'static str,
    pages: Vec<ListedV1>,
}

/// A whole page has all that an entry of the list has.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum ListedV1 {
    Page(Box<PageV1>),
    Entry(EntryV1),
}

/// One id of the list; in ndjson a line of its own.
#[derive(Serialize, JsonSchema)]
pub struct EntryV1 {
    id: String,
    page: &'static str,
    title: &'static str,
}

impl PagesV1 {
    /// Every id, in short.
    pub fn list(knowledge: &Knowledge) -> Self {
        PagesV1::of(knowledge.pages().map(|page| ListedV1::Entry(EntryV1::new(&page))))
    }

    /// Some pages, whole.
    pub fn whole(pages: &[Page], knowledge: &'static Knowledge) -> Self {
        PagesV1::of(pages.iter().map(|page| ListedV1::Page(Box::new(PageV1::new(page, knowledge)))))
    }

    fn of(pages: impl Iterator<Item = ListedV1>) -> Self {
        PagesV1 { schema: SCHEMA, kind: "pages", pages: pages.collect() }
    }
}

impl EntryV1 {
    /// One line of the list.
    pub fn new(page: &Page) -> Self {
        EntryV1 { id: page.id(), page: page.kind(), title: page.title() }
    }
}

impl PageV1 {
    /// The whole page; `knowledge` has what it is related to.
    pub fn new(page: &Page, knowledge: &'static Knowledge) -> Self {
        let bare = PageV1::bare(page);
        match page {
            Page::Cause(cause) => bare
                .of_cause(cause)
                .with_wordings(knowledge, |clue| std::ptr::eq(&knowledge.causes[clue.cause as usize], *cause)),
            Page::ReplyCode(code) => bare.of_code(code.explain.as_str(), code.causes, knowledge),
            Page::Status(status) => bare.of_status(status, knowledge),
            Page::Finding(finding) => bare.of_finding(finding),
            Page::Provider(provider) => {
                bare.of_provider(provider).with_wordings(knowledge, |clue| clue.provider() == Some(provider.id))
            }
            Page::Software(software) => bare
                .of_software(software)
                .with_wordings(knowledge, |clue| clue.software() == Some(software.id) && clue.provider().is_none()),
            Page::Wording(wording) => bare.of_wording(wording, knowledge),
        }
    }

    fn bare(page: &Page) -> Self {
        PageV1 {
            schema: SCHEMA,
            kind: "page",
            id: page.id(),
            page: page.kind(),
            title: page.title(),
            explain: None,
            side: None,
            waiting: None,
            tell: None,
            retry: None,
            sender: Vec::new(),
            receiver: Vec::new(),
            related: Vec::new(),
            probes: Vec::new(),
            causes: Vec::new(),
            basic: None,
            severity: None,
            fix: None,
            provider: None,
            software: None,
            wordings: Vec::new(),
            sources: page.sources().iter().map(CitationV1::from).collect(),
        }
    }

    fn of_cause(self, cause: &'static Cause) -> Self {
        let retry = &cause.retry;
        PageV1 {
            explain: Some(cause.explain.as_str()),
            side: Some(cause.side.as_str()),
            waiting: Some(cause.waiting),
            tell: cause.tell,
            retry: Some(PageRetryV1 {
                worthwhile: retry.worthwhile.always(),
                typical: retry.typical,
                escalate_after: retry.escalate_after,
            }),
            sender: cause.sender.iter().map(StepV1::from).collect(),
            receiver: cause.receiver.iter().map(StepV1::from).collect(),
            related: cause.related.to_vec(),
            probes: cause.probes.iter().map(ProbeV1::from).collect(),
            ..self
        }
    }

    fn of_code(self, explain: &'static str, shares: &[(u16, f32)], knowledge: &Knowledge) -> Self {
        let share =
            |(index, share): &(u16, f32)| ShareV1 { cause: knowledge.causes[*index as usize].id, share: *share };
        PageV1 { explain: Some(explain), causes: shares.iter().map(share).collect(), ..self }
    }

    fn of_status(self, status: &'static StatusPage, knowledge: &Knowledge) -> Self {
        PageV1 { basic: status.basic, ..self.of_code(status.explain.as_str(), status.causes, knowledge) }
    }

    fn of_finding(self, finding: &'static FindingPage) -> Self {
        PageV1 {
            explain: Some(finding.explain.as_str()),
            severity: Some(finding.severity),
            fix: Some(finding.fix.as_str()),
            ..self
        }
    }

    fn of_provider(self, provider: &'static Provider) -> Self {
        let known = ProviderV1 {
            kind: provider.kind,
            domains: provider.domains.to_vec(),
            hosts: provider.hosts.to_vec(),
            zone: provider.zone,
            contacts: provider.contacts.iter().map(ContactV1::from).collect(),
        };
        PageV1 { provider: Some(known), ..self }
    }

    fn of_software(self, software: &'static Software) -> Self {
        let Software { homepage, logs, queue, retries, .. } = *software;
        PageV1 { software: Some(SoftwareV1 { homepage, logs, queue, retries }), ..self }
    }

    fn of_wording(self, wording: &Wording, knowledge: &Knowledge) -> Self {
        PageV1 {
            side: Some(wording.cause.side.as_str()),
            waiting: Some(wording.cause.waiting),
            wordings: vec![WordingV1::new(wording.clue, knowledge)],
            ..self
        }
    }

    fn with_wordings(self, knowledge: &Knowledge, speaks: impl Fn(&Clue) -> bool) -> Self {
        let clues = knowledge.clues().iter().filter(|clue| speaks(clue));
        PageV1 { wordings: clues.map(|clue| WordingV1::new(clue, knowledge)).collect(), ..self }
    }
}

impl WordingV1 {
    fn new(clue: &Clue, knowledge: &Knowledge) -> Self {
        let cause = knowledge.causes[clue.cause as usize].id;
        WordingV1 { cause, example: clue.example(), software: clue.software(), provider: clue.provider() }
    }
}

impl From<&Step> for StepV1 {
    fn from(step: &Step) -> Self {
        StepV1 { text: step.text, command: step.command, after: step.after, software: step.software }
    }
}

impl From<&Ask> for ProbeV1 {
    fn from(ask: &Ask) -> Self {
        ProbeV1 { run: ask.run, confirmed_by: ask.confirmed_by.to_vec() }
    }
}

impl From<&Contact> for ContactV1 {
    fn from(contact: &Contact) -> Self {
        ContactV1 { text: contact.text, url: contact.url, causes: contact.causes.to_vec() }
    }
}

impl From<&Source> for CitationV1 {
    fn from(source: &Source) -> Self {
        CitationV1 { cite: source.cite, url: source.url }
    }
}
