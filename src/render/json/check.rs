//! The documents of `check`, `spf` and `propagation`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{SCHEMA, SourceV1, SpanV1, schema};
use crate::dns::shown;
use crate::finding::Finding;
use crate::knowledge::Knowledge;
use crate::probe::Observation;
use crate::probe::blocklist::{Listing, Verdict};
use crate::probe::check::Check;
use crate::probe::delegation::Delegation;
use crate::probe::dkim::{Algorithm, DkimKey};
use crate::probe::dmarc::Dmarc;
use crate::probe::dnssec::Dnssec;
use crate::probe::mx::Exchange;
use crate::probe::policy_txt::PolicyTxt;
use crate::probe::propagation::{AuthoritativeView, Propagation, VantageView};
use crate::probe::reverse::Reverse;
use crate::render::{check as check_text, propagation as propagation_text, spf as spf_text};
use crate::spf::evaluate::{Evaluation, Step};
use crate::spf::fix::Proposal;
use crate::spf::survey::{Lookups, Node, Survey};

/// Every DNS check of a sending domain.
#[derive(Serialize, JsonSchema)]
pub struct CheckV1<'a> {
    /// What it comes to, in a sentence.
    answer: String,
    domain: Option<String>,
    #[schemars(extend("enum" = ["ok", "problems", "incomplete"]))]
    verdict: &'static str,
    /// What each probe saw.
    observations: Vec<ObservationV1<'a>>,
    findings: Vec<FindingV1<'a>>,
    spf: Option<SpfV1<'a>>,
    dmarc: Option<DmarcV1<'a>>,
    dkim: Vec<DkimV1<'a>>,
    mx: Vec<MxV1>,
    reverse: Vec<ReverseV1>,
    delegation: Option<DelegationV1>,
    /// unsigned, valid, signed, bogus or unknown
    dnssec: Option<&'static str>,
    propagation: Vec<PropagationV1<'a>>,
    blocklists: Vec<BlocklistV1<'a>>,
    mta_sts: Option<PolicyV1<'a>>,
    tls_reporting: Option<PolicyV1<'a>>,
}

/// Something about a domain's DNS that somebody can act on.
#[derive(Serialize, JsonSchema)]
struct ObservationV1<'a> {
    probe: &'static str,
    /// Whether all that the probe needs was answered. What was not is unknown, and proves nothing.
    answered: bool,
    summary: &'a str,
}

/// Something about a domain's DNS that somebody can act on.
#[derive(Serialize, JsonSchema)]
pub struct FindingV1<'a> {
    id: &'static str,
    #[schemars(extend("enum" = ["error", "warning", "info"]))]
    severity: &'static str,
    subject: &'a str,
    message: &'a str,
    record: Option<&'a str>,
    /// Of `record`.
    span: Option<SpanV1>,
    help: Option<&'a str>,
    /// What to put in place of `span`, or of the whole record where there is no span.
    fix: Option<&'a str>,
    sources: Vec<SourceV1>,
}

/// An SPF record with everything it leads to, and the result for one address where one was given.
#[derive(Serialize, JsonSchema)]
pub struct SpfV1<'a> {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "spf"))]
    kind: &'static str,
    /// What the record comes to, in a sentence.
    answer: String,
    domain: &'a str,
    record: Option<&'a str>,
    /// Of `check_host()` where an address was given; otherwise what can be said without one.
    #[schemars(extend("enum" = schema::SPF_RESULTS))]
    result: Option<&'static str>,
    explanation: Option<&'a str>,
    /// The term that decided, and the domain whose record it stands in.
    matched: Option<&'a str>,
    matched_domain: Option<&'a str>,
    /// Why the evaluation came to no verdict.
    failure: Option<String>,
    lookups: LookupsV1,
    addresses: AddressesV1,
    tree: Option<NodeV1<'a>>,
    trace: Vec<StepV1<'a>>,
    findings: Vec<FindingV1<'a>>,
    /// The record with its slips mended, where every one of them has a sure repair.
    mended: Option<&'a str>,
    proposal: Option<ProposalV1<'a>>,
}

/// How many addresses pass.
#[derive(Serialize, JsonSchema)]
struct AddressesV1 {
    ipv4: u64,
    /// In decimal: it exceeds what JSON readers keep exactly.
    ipv6: String,
    /// Some terms depend on the message, or could not be looked up.
    partial: bool,
}

/// A record that means the same within the limits.
#[derive(Serialize, JsonSchema)]
struct ProposalV1<'a> {
    record: &'a str,
    /// Records that it includes, to be published first.
    own: Vec<OwnRecordV1<'a>>,
    lookups: LookupsV1,
    changes: Vec<String>,
    /// Both records came to the same result at so many addresses, all where a result can change.
    compared: usize,
}

#[derive(Serialize, JsonSchema)]
struct OwnRecordV1<'a> {
    domain: &'a str,
    record: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct LookupsV1 {
    total: usize,
    limit: usize,
    void: usize,
    void_limit: usize,
}

#[derive(Serialize, JsonSchema)]
struct NodeV1<'a> {
    term: &'a str,
    domain: &'a str,
    record: Option<&'a str>,
    lookups: usize,
    /// What a receiver has spent once it is through with this term.
    spent: usize,
    children: Vec<NodeV1<'a>>,
    error: Option<&'a str>,
    /// Why nothing can be said of what is here.
    open: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct StepV1<'a> {
    depth: usize,
    domain: &'a str,
    term: &'a str,
    outcome: String,
}

#[derive(Serialize, JsonSchema)]
struct DmarcV1<'a> {
    found_at: Option<String>,
    record: Option<&'a str>,
    policy: Option<&'a str>,
    subdomain_policy: Option<&'a str>,
    /// `np`: for names that do not exist
    absent_policy: Option<&'a str>,
    testing: bool,
    aggregate: &'a [String],
    status: String,
}

#[derive(Serialize, JsonSchema)]
struct DkimV1<'a> {
    selector: &'a str,
    given: bool,
    record: Option<&'a str>,
    algorithm: Option<&'static str>,
    bits: Option<usize>,
    revoked: bool,
    testing: bool,
    status: String,
}

#[derive(Serialize, JsonSchema)]
struct MxV1 {
    preference: u16,
    exchange: String,
    addresses: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct ReverseV1 {
    ip: String,
    status: String,
    names: Vec<ReverseNameV1>,
}

#[derive(Serialize, JsonSchema)]
struct ReverseNameV1 {
    name: String,
    confirmed: bool,
}

#[derive(Serialize, JsonSchema)]
struct DelegationV1 {
    zone: Option<String>,
    parent: Option<Vec<String>>,
    own: Option<Vec<String>>,
    servers: Vec<ServerV1>,
}

#[derive(Serialize, JsonSchema)]
struct ServerV1 {
    server: String,
    address: Option<String>,
    #[schemars(extend("enum" = ["authoritative", "not-authoritative", "failed", "no-address", "not-asked"]))]
    status: &'static str,
    serial: Option<u32>,
    rtt_ms: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct BlocklistV1<'a> {
    name: &'static str,
    zone: &'static str,
    #[schemars(extend("enum" = ["listed", "not-listed", "declined", "unknown"]))]
    verdict: &'static str,
    code: Option<String>,
    reason: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct PolicyV1<'a> {
    record: Option<&'a str>,
    status: String,
}

/// One RRset at the zone's own servers and at many resolvers.
#[derive(Serialize, JsonSchema)]
pub struct PropagationV1<'a> {
    #[schemars(extend("const" = SCHEMA))]
    schema: u32,
    #[schemars(extend("const" = "propagation"))]
    kind: &'static str,
    /// Whether all have it, and by when, in a sentence.
    answer: String,
    /// RFC 3339.
    asked_at: Option<String>,
    name: String,
    r#type: String,
    expected: Option<&'a [String]>,
    authoritative: Vec<AuthoritativeV1<'a>>,
    vantages: Vec<VantageV1<'a>>,
    agreement: AgreementV1,
    converged: Option<bool>,
    /// Seconds until the last old answer has left the caches.
    converges_within: Option<u32>,
    /// The same as a time of day, RFC 3339.
    converged_by: Option<String>,
    findings: Vec<FindingV1<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct AuthoritativeV1<'a> {
    server: String,
    address: String,
    #[schemars(extend("enum" = schema::STATUSES))]
    status: &'static str,
    serial: Option<u32>,
    values: &'a [String],
    ttl: Option<u32>,
    rtt_ms: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct VantageV1<'a> {
    name: &'a str,
    address: String,
    operator: Option<&'a str>,
    filters: Option<&'a str>,
    #[schemars(extend("enum" = schema::STATUSES))]
    status: &'static str,
    values: &'a [String],
    ttl: Option<u32>,
    rtt_ms: Option<f64>,
    extended_error: Option<ExtendedErrorV1<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct ExtendedErrorV1<'a> {
    code: u16,
    purpose: Option<&'static str>,
    text: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct AgreementV1 {
    r#match: usize,
    of: usize,
}

impl<'a> CheckV1<'a> {
    /// Borrows from `check`; `knowledge` has the sources of its findings.
    pub fn new(check: &'a Check, knowledge: &Knowledge) -> Self {
        let evaluation = check.evaluation.as_ref();
        CheckV1 {
            answer: check_text::answer(check).2,
            domain: check.domain(),
            verdict: check.verdict().as_str(),
            observations: check.observations.iter().map(ObservationV1::new).collect(),
            findings: check.findings().into_iter().map(|finding| FindingV1::new(finding, knowledge)).collect(),
            spf: check.spf.as_ref().map(|survey| SpfV1::new(survey, evaluation, knowledge)),
            dmarc: check.dmarc.as_ref().map(DmarcV1::new),
            dkim: check.dkim.iter().map(DkimV1::new).collect(),
            mx: check.mx.iter().flat_map(|mx| &mx.exchanges).map(MxV1::new).collect(),
            reverse: check.reverse.iter().map(ReverseV1::new).collect(),
            delegation: check.delegation.as_ref().map(DelegationV1::new),
            dnssec: check.dnssec.map(Dnssec::as_str),
            propagation: check.propagation.iter().map(|part| PropagationV1::new(part, knowledge)).collect(),
            blocklists: check.blocklists.iter().map(BlocklistV1::new).collect(),
            mta_sts: check.mta_sts.as_ref().map(PolicyV1::new),
            tls_reporting: check.tls_reporting.as_ref().map(PolicyV1::new),
        }
    }
}

impl<'a> ObservationV1<'a> {
    fn new(observation: &'a Observation) -> Self {
        ObservationV1 {
            probe: observation.probe.as_str(),
            answered: observation.answered,
            summary: &observation.summary,
        }
    }
}

fn spelt(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl<'a> FindingV1<'a> {
    /// Borrows from `finding`; `knowledge` has its sources.
    pub fn new(finding: &'a Finding, knowledge: &Knowledge) -> Self {
        let page = knowledge.finding(finding.id);
        FindingV1 {
            id: finding.id,
            severity: finding.severity.as_str(),
            subject: &finding.subject,
            message: &finding.message,
            record: finding.record.as_deref(),
            span: finding.span.map(SpanV1::from),
            help: finding.help.as_deref(),
            fix: finding.fix.as_deref(),
            sources: page.iter().flat_map(|page| page.sources).map(SourceV1::new).collect(),
        }
    }
}

impl<'a> SpfV1<'a> {
    /// `evaluation` is the result for one message, where one was asked about.
    pub fn new(survey: &'a Survey, evaluation: Option<&'a Evaluation>, knowledge: &Knowledge) -> Self {
        let matched = evaluation.and_then(|evaluation| evaluation.matched.as_ref());
        let further = evaluation.iter().flat_map(|evaluation| &evaluation.findings);
        SpfV1 {
            schema: SCHEMA,
            kind: "spf",
            answer: spf_text::answer(survey).2,
            domain: &survey.domain,
            record: survey.record.as_deref(),
            result: evaluation.map(|evaluation| evaluation.result).or(survey.result).map(|result| result.as_str()),
            explanation: evaluation.and_then(|evaluation| evaluation.explanation.as_deref()),
            matched: matched.map(|matched| matched.term.as_str()),
            matched_domain: matched.map(|matched| matched.domain.as_str()),
            failure: evaluation.and_then(|evaluation| evaluation.failure.as_ref()).map(ToString::to_string),
            lookups: LookupsV1::new(&survey.lookups),
            addresses: AddressesV1 {
                ipv4: survey.addresses.v4,
                ipv6: survey.addresses.v6.to_string(),
                partial: survey.addresses.partial,
            },
            tree: survey.tree.as_ref().map(NodeV1::new),
            trace: evaluation.iter().flat_map(|evaluation| &evaluation.trace).map(StepV1::new).collect(),
            findings: survey.findings.iter().chain(further).map(|finding| FindingV1::new(finding, knowledge)).collect(),
            mended: survey.mended.as_deref(),
            proposal: survey.proposal.as_ref().map(ProposalV1::new),
        }
    }
}

impl LookupsV1 {
    fn new(lookups: &Lookups) -> Self {
        let Lookups { total, limit, void, void_limit } = *lookups;
        LookupsV1 { total, limit, void, void_limit }
    }
}

impl<'a> ProposalV1<'a> {
    fn new(proposal: &'a Proposal) -> Self {
        ProposalV1 {
            record: &proposal.record,
            own: proposal.own.iter().map(|own| OwnRecordV1 { domain: &own.domain, record: &own.record }).collect(),
            lookups: LookupsV1::new(&proposal.lookups),
            changes: proposal.changes.iter().map(ToString::to_string).collect(),
            compared: proposal.compared,
        }
    }
}

impl<'a> NodeV1<'a> {
    fn new(node: &'a Node) -> Self {
        NodeV1 {
            term: &node.term,
            domain: &node.domain,
            record: node.record.as_deref(),
            lookups: node.lookups,
            spent: node.spent,
            children: node.children.iter().map(NodeV1::new).collect(),
            error: node.error.as_deref(),
            open: node.open.as_deref(),
        }
    }
}

impl<'a> StepV1<'a> {
    fn new(step: &'a Step) -> Self {
        StepV1 { depth: step.depth, domain: &step.domain, term: &step.term, outcome: step.outcome.to_string() }
    }
}

impl<'a> DmarcV1<'a> {
    fn new(dmarc: &'a Dmarc) -> Self {
        DmarcV1 {
            found_at: dmarc.found_at.as_ref().map(shown),
            record: dmarc.record.as_deref(),
            policy: dmarc.policy.as_deref(),
            subdomain_policy: dmarc.subdomain_policy.as_deref(),
            absent_policy: dmarc.absent_policy.as_deref(),
            testing: dmarc.testing,
            aggregate: &dmarc.aggregate,
            status: dmarc.status.to_string(),
        }
    }
}

impl<'a> DkimV1<'a> {
    fn new(key: &'a DkimKey) -> Self {
        let (algorithm, bits) = match key.algorithm {
            Some(Algorithm::Rsa { bits }) => (Some("rsa"), Some(bits)),
            Some(Algorithm::Ed25519) => (Some("ed25519"), None),
            Some(Algorithm::Revoked) | None => (None, None),
        };
        DkimV1 {
            selector: &key.selector,
            given: key.given,
            record: key.record.as_deref(),
            algorithm,
            bits,
            revoked: key.algorithm == Some(Algorithm::Revoked),
            testing: key.testing,
            status: key.status.to_string(),
        }
    }
}

impl MxV1 {
    fn new(exchange: &Exchange) -> Self {
        MxV1 {
            preference: exchange.preference,
            exchange: shown(&exchange.name),
            addresses: exchange.addresses.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ReverseV1 {
    fn new(reverse: &Reverse) -> Self {
        let names = reverse.names.iter();
        ReverseV1 {
            ip: reverse.ip.to_string(),
            status: reverse.status.to_string(),
            names: names.map(|name| ReverseNameV1 { name: shown(&name.name), confirmed: name.confirmed }).collect(),
        }
    }
}

impl DelegationV1 {
    fn new(delegation: &Delegation) -> Self {
        let names = |list: &Option<Vec<_>>| list.as_ref().map(|names| names.iter().map(shown).collect());
        DelegationV1 {
            zone: delegation.zone.as_ref().map(shown),
            parent: names(&delegation.parent),
            own: names(&delegation.own),
            servers: delegation
                .servers
                .iter()
                .map(|view| ServerV1 {
                    server: shown(&view.server),
                    address: view.address.map(|address| address.to_string()),
                    status: view.standing.as_str(),
                    serial: view.serial,
                    rtt_ms: view.rtt.map(milliseconds),
                })
                .collect(),
        }
    }
}

impl<'a> BlocklistV1<'a> {
    fn new(listing: &'a Listing) -> Self {
        let (verdict, code) = match &listing.verdict {
            Verdict::Listed(code) => ("listed", Some(code.to_string())),
            Verdict::NotListed => ("not-listed", None),
            Verdict::Declined => ("declined", None),
            Verdict::Unknown(_) => ("unknown", None),
        };
        BlocklistV1 {
            name: listing.list.name,
            zone: listing.list.zone,
            verdict,
            code,
            reason: listing.reason.as_deref(),
        }
    }
}

impl<'a> PolicyV1<'a> {
    fn new(policy: &'a PolicyTxt) -> Self {
        PolicyV1 { record: policy.record.as_deref(), status: policy.status.to_string() }
    }
}

impl<'a> PropagationV1<'a> {
    /// Borrows from `propagation`; `knowledge` has the sources of its findings.
    pub fn new(propagation: &'a Propagation, knowledge: &Knowledge) -> Self {
        PropagationV1 {
            schema: SCHEMA,
            kind: "propagation",
            answer: propagation_text::answer(propagation).2,
            asked_at: Timestamp::try_from(propagation.asked_at).ok().map(spelt),
            name: shown(&propagation.name),
            r#type: propagation.kind.to_string(),
            expected: propagation.expected.as_deref(),
            authoritative: propagation.authoritative.iter().map(AuthoritativeV1::new).collect(),
            vantages: propagation.vantages.iter().map(VantageV1::new).collect(),
            agreement: AgreementV1 { r#match: propagation.agreement.matching, of: propagation.agreement.of },
            converged: propagation.converged,
            converges_within: propagation.converges_within,
            converged_by: propagation_text::converged_by(propagation).map(spelt),
            findings: propagation.findings.iter().map(|finding| FindingV1::new(finding, knowledge)).collect(),
        }
    }
}

impl<'a> AuthoritativeV1<'a> {
    fn new(view: &'a AuthoritativeView) -> Self {
        AuthoritativeV1 {
            server: shown(&view.server),
            address: view.address.to_string(),
            status: view.status.as_str(),
            serial: view.serial,
            values: &view.values,
            ttl: view.ttl,
            rtt_ms: view.rtt.map(milliseconds),
        }
    }
}

impl<'a> VantageV1<'a> {
    fn new(view: &'a VantageView) -> Self {
        let error = view.extended_errors.first();
        VantageV1 {
            name: &view.vantage.name,
            address: view.vantage.server.to_string(),
            operator: view.vantage.operator.as_deref(),
            filters: view.vantage.filters.as_deref(),
            status: view.status.as_str(),
            values: &view.values,
            ttl: view.ttl,
            rtt_ms: view.rtt.map(milliseconds),
            extended_error: error.map(|error| ExtendedErrorV1 {
                code: error.code,
                purpose: error.purpose(),
                text: &error.text,
            }),
        }
    }
}

/// Microseconds are as fine as it gets.
fn milliseconds(rtt: std::time::Duration) -> f64 {
    rtt.as_micros() as f64 / 1000.0
}
