//! Several probes of one sending domain or address, all at once.

use std::collections::BTreeSet;
use std::net::IpAddr;

use futures_util::future::join_all;

use super::blocklist::{Blocklist, Listing, blocklist};
use super::delegation::{Delegation, delegation};
use super::dkim::{DkimKey, Selector, dkim};
use super::dmarc::{Dmarc, dmarc};
use super::dnssec::{Dnssec, dnssec};
use super::mx::{Mx, mx};
use super::policy_txt::{PolicyTxt, mta_sts, tls_reporting};
use super::propagation::{Options, Propagation, Served, Vantage, propagation};
use super::reverse::{Reverse, reverse};
use super::{Observation, Probe, nameservers, query_limit};
use crate::dns::{Lookup, Name, RecordType, shown};
use crate::finding::{Finding, Severity};
use crate::knowledge::Knowledge;
use crate::spf::SpfResult;
use crate::spf::evaluate::{Evaluation, Request, check_host};
use crate::spf::survey::{Survey, survey};

/// What the receiver saw, as far as it is known.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Target {
    /// The domain whose DNS is looked at.
    pub domain: Option<Name>,
    /// The address that the mail came from.
    pub ip: Option<IpAddr>,
    /// The envelope sender.
    pub sender: Option<String>,
    /// What the sending server called itself.
    pub helo: Option<String>,
    /// DKIM selectors; the usual ones are tried where there are none.
    pub selectors: Vec<Selector>,
}

impl Target {
    /// A domain of which nothing else is known; [`Target::default`] knows nothing at all.
    pub fn of(domain: Name) -> Self {
        Target { domain: Some(domain), ..Target::default() }
    }

    /// The address that the mail came from.
    pub fn sent_from(self, ip: IpAddr) -> Self {
        Target { ip: Some(ip), ..self }
    }

    /// Whether enough is known for a probe.
    pub fn allows(&self, probe: Probe) -> bool {
        match probe {
            Probe::Reverse | Probe::Blocklist => self.ip.is_some(),
            Probe::CheckHost => self.ip.is_some() && self.domain.is_some(),
            _ => self.domain.is_some(),
        }
    }
}

/// Where to ask beyond the resolver in use.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Elsewhere {
    /// Recursive resolvers whose caches are looked at.
    pub vantages: Vec<Vantage>,
    /// Blocklists that are asked about the sending address.
    pub blocklists: Vec<Blocklist>,
}

impl Elsewhere {
    /// The public resolvers and blocklists that are known.
    pub fn public(knowledge: &Knowledge) -> Self {
        let lists = knowledge.providers.iter().filter_map(|p| Some(Blocklist { name: p.name, zone: p.zone? }));
        Elsewhere { vantages: Vantage::built_in(knowledge.resolvers), blocklists: lists.collect() }
    }
}

/// What the probes found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Check {
    /// What was checked, with what was found out about it on the way.
    pub target: Target,
    /// What the domain's SPF record allows and costs.
    pub spf: Option<Survey>,
    /// The SPF result for the address that sent.
    pub evaluation: Option<Evaluation>,
    /// What governs mail from the domain.
    pub dmarc: Option<Dmarc>,
    /// The keys asked for, or those of the usual selectors that are there.
    pub dkim: Vec<DkimKey>,
    /// Where the domain takes mail.
    pub mx: Option<Mx>,
    /// The names of the sending address.
    pub reverse: Option<Reverse>,
    /// The zone's servers.
    pub delegation: Option<Delegation>,
    /// How the zone stands to DNSSEC.
    pub dnssec: Option<Dnssec>,
    /// The TXT and MX RRsets.
    pub propagation: Vec<Propagation>,
    /// One for each list.
    pub blocklists: Vec<Listing>,
    /// The announcement of MTA-STS.
    pub mta_sts: Option<PolicyTxt>,
    /// The announcement of TLS reporting.
    pub tls_reporting: Option<PolicyTxt>,
    /// One for each probe that ran.
    pub observations: Vec<Observation>,
    /// Findings of no probe that a cause asks for.
    pub further: Vec<Finding>,
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Everything was answered, and nothing is an error.
    Ok,
    /// At least one error.
    Problems,
    /// No error found, but not everything was answered.
    Incomplete,
}

impl Verdict {
    /// Its name in JSON, such as `incomplete`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Problems => "problems",
            Verdict::Incomplete => "incomplete",
        }
    }
}

impl Check {
    /// All findings, worst first.
    pub fn findings(&self) -> Vec<&Finding> {
        let probed = self.observations.iter().flat_map(|observation| &observation.findings);
        let mut findings: Vec<&Finding> = Vec::new();
        for finding in probed.chain(&self.further) {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }

    /// By the worst finding, then by whether everything was answered.
    pub fn verdict(&self) -> Verdict {
        let worst = self.findings().first().map(|finding| finding.severity);
        match worst {
            Some(Severity::Error) => Verdict::Problems,
            _ if self.observations.iter().all(|observation| observation.answered) => Verdict::Ok,
            _ => Verdict::Incomplete,
        }
    }

    /// Where the RRsets that mail depends on are served as they should be.
    pub fn served(&self) -> Option<Served> {
        self.propagation.iter().map(Propagation::served).reduce(Served::and)
    }

    /// The domain checked, as people write it.
    pub fn domain(&self) -> Option<String> {
        self.target.domain.as_ref().map(shown)
    }
}

/// Runs those of `probes` that the target allows: without an address, say, there is no reverse DNS to ask for.
pub async fn check(lookup: &dyn Lookup, target: &Target, probes: &BTreeSet<Probe>, elsewhere: &Elsewhere) -> Check {
    let mut target = target.clone();
    if let Some(domain) = &mut target.domain {
        domain.set_fqdn(true);
    }
    let running = probes.iter().map(|probe| run(lookup, &target, *probe, elsewhere));
    let mut check = Check { target: target.clone(), ..Check::default() };
    for (part, observation) in join_all(running).await.into_iter().flatten() {
        check.observations.extend(observation);
        check.take(part);
    }
    check.further.extend(query_limit(lookup, check.domain().unwrap_or_default()));
    check
}

/// A probe's own value.
enum Part {
    Spf(Survey),
    Evaluation(Evaluation),
    Dmarc(Dmarc),
    Dkim(Vec<DkimKey>),
    Mx(Mx),
    Reverse(Reverse),
    Delegation(Delegation),
    Dnssec(Dnssec),
    Propagation(Vec<Propagation>),
    Blocklists(Vec<Listing>),
    Transport(Box<[(PolicyTxt, Vec<Finding>); 2]>),
}

impl Check {
    fn take(&mut self, part: Part) {
        match part {
            Part::Spf(survey) => self.spf = Some(survey),
            Part::Evaluation(evaluation) => self.evaluation = Some(evaluation),
            Part::Dmarc(dmarc) => self.dmarc = Some(dmarc),
            Part::Dkim(keys) => self.dkim = keys,
            Part::Mx(mx) => self.mx = Some(mx),
            Part::Reverse(reverse) => self.reverse = Some(reverse),
            Part::Delegation(delegation) => self.delegation = Some(delegation),
            Part::Dnssec(standing) => self.dnssec = Some(standing),
            Part::Propagation(propagation) => self.propagation = propagation,
            Part::Blocklists(listings) => self.blocklists = listings,
            Part::Transport(policies) => {
                let [(sts, sts_findings), (tls, tls_findings)] = *policies;
                self.mta_sts = Some(sts);
                self.tls_reporting = Some(tls);
                self.further.extend(sts_findings.into_iter().chain(tls_findings));
            }
        }
    }
}

async fn run(
    lookup: &dyn Lookup,
    target: &Target,
    probe: Probe,
    elsewhere: &Elsewhere,
) -> Option<(Part, Option<Observation>)> {
    let domain = target.domain.as_ref();
    let (part, observation) = match probe {
        Probe::Spf => {
            let survey = survey_fairly(lookup, domain?).await;
            let observation = spf_observation(&survey);
            (Part::Spf(survey), observation)
        }
        Probe::CheckHost => {
            let evaluation = check_host(lookup, &request(target)?).await;
            let observation = evaluation_observation(target.ip?, &evaluation);
            (Part::Evaluation(evaluation), observation)
        }
        Probe::Dmarc => {
            let (value, observation) = dmarc(lookup, domain?).await;
            (Part::Dmarc(value), observation)
        }
        Probe::Dkim => {
            let (value, observation) = dkim(lookup, domain?, &target.selectors).await;
            (Part::Dkim(value), observation)
        }
        Probe::Mx => {
            let (value, observation) = mx(lookup, domain?).await;
            (Part::Mx(value), observation)
        }
        Probe::Reverse => {
            let (value, observation) = reverse(lookup, target.ip?).await;
            (Part::Reverse(value), observation)
        }
        Probe::Delegation => {
            let value = delegation(lookup, domain?).await;
            let observation = value.observation();
            (Part::Delegation(value), observation)
        }
        Probe::Dnssec => {
            let (value, observation) = dnssec(lookup, domain?).await;
            (Part::Dnssec(value), observation)
        }
        Probe::Propagation => {
            let value = everywhere(lookup, domain?, elsewhere).await;
            let observation = joint_observation(&value);
            (Part::Propagation(value), observation)
        }
        Probe::Blocklist => {
            let (value, observation) = blocklist(lookup, target.ip?, &elsewhere.blocklists).await;
            (Part::Blocklists(value), observation)
        }
        Probe::Transport => {
            let policies = futures_util::future::join(mta_sts(lookup, domain?), tls_reporting(lookup, domain?)).await;
            return Some((Part::Transport(Box::new(policies.into())), None));
        }
    };
    Some((part, Some(observation)))
}

/// What the resolver in use fails to find out is a fault of the domain only where it finds out about others.
pub async fn survey_fairly(lookup: &dyn Lookup, domain: &Name) -> Survey {
    let mut survey = survey(lookup, &shown(domain)).await;
    let failed = |finding: &&mut Finding| finding.id == "spf-dns-failure";
    let silent = survey.record.is_none() && survey.findings.iter_mut().any(|finding| failed(&finding));
    if silent && !nameservers::knows_above(lookup, domain).await {
        survey.findings.iter_mut().filter(failed).for_each(|finding| finding.severity = Severity::Info);
    }
    survey
}

/// The RRsets that mail depends on, at the zone's own servers and at every vantage.
async fn everywhere(lookup: &dyn Lookup, domain: &Name, elsewhere: &Elsewhere) -> Vec<Propagation> {
    let options = Options { vantages: elsewhere.vantages.clone(), ..Options::default() };
    let kinds = [RecordType::TXT, RecordType::MX];
    join_all(kinds.map(|kind| propagation(lookup, domain, kind, &options))).await
}

fn joint_observation(parts: &[Propagation]) -> Observation {
    let observations: Vec<Observation> = parts.iter().map(Propagation::observation).collect();
    let mut findings: Vec<Finding> = Vec::new();
    for finding in observations.iter().flat_map(|observation| &observation.findings) {
        if !findings.contains(finding) {
            findings.push(finding.clone());
        }
    }
    Observation {
        probe: Probe::Propagation,
        answered: observations.iter().all(|observation| observation.answered),
        complete: observations.iter().all(|observation| observation.complete),
        findings,
        summary: joint_summary(parts, &observations),
    }
}

fn joint_summary(parts: &[Propagation], observations: &[Observation]) -> String {
    let first = parts.first().map(Propagation::served);
    let alike = parts.iter().all(|part| part.expected.is_some() && Some(part.served()) == first);
    match first {
        Some(served) if alike => {
            let kinds: Vec<String> = parts.iter().map(|part| part.kind.to_string()).collect();
            format!("{} the same at {served}", kinds.join(" and "))
        }
        _ => observations.iter().map(|observation| observation.summary.as_str()).collect::<Vec<_>>().join("; "),
    }
}

fn request(target: &Target) -> Option<Request> {
    let domain = shown(target.domain.as_ref()?);
    let sender = target.sender.clone().unwrap_or_else(|| format!("postmaster@{domain}"));
    let helo = target.helo.clone().unwrap_or_else(|| domain.clone());
    Some(Request::new(target.ip?, sender, helo).domain(domain))
}

fn spf_observation(survey: &Survey) -> Observation {
    let broken = survey.findings.iter().find(|finding| finding.severity == Severity::Error);
    let summary = match (broken, &survey.record) {
        (Some(finding), _) => finding.message.clone(),
        (None, None) if !survey.complete => {
            format!("whether {} has an SPF record is unknown: not answered", survey.domain)
        }
        (None, None) => format!("{} has no SPF record", survey.domain),
        (None, Some(_)) if !survey.complete => {
            format!(
                "SPF of {} is well-formed; what it leads to is unknown in part: not all was answered",
                survey.domain
            )
        }
        (None, Some(_)) => {
            let lookups = &survey.lookups;
            format!("SPF of {} is sound: {} of {} lookups", survey.domain, lookups.total, lookups.limit)
        }
    };
    Observation {
        probe: Probe::Spf,
        answered: survey.complete,
        complete: survey.complete,
        findings: survey.findings.clone(),
        summary,
    }
}

fn evaluation_observation(ip: IpAddr, evaluation: &Evaluation) -> Observation {
    let domain = &evaluation.domain;
    let by = evaluation.matched.as_ref().map(|matched| format!(" ({})", matched.term)).unwrap_or_default();
    let summary = match evaluation.result {
        SpfResult::TempError => {
            format!("what SPF of {domain} gives for {ip} is unknown: not all was answered (temperror)")
        }
        result => format!("SPF of {domain} gives {result} for {ip}{by}"),
    };
    let severity = match evaluation.result {
        SpfResult::Fail => Some(Severity::Error),
        SpfResult::SoftFail | SpfResult::Neutral => Some(Severity::Warning),
        _ => None,
    };
    let finding = severity.map(|severity| {
        let message = format!("the SPF record of {domain} does not authorise {ip}: {}{by}", evaluation.result);
        Finding::new("spf-not-authorised", severity, domain, message)
    });
    let answered = evaluation.result != SpfResult::TempError;
    // Where there is no record, or it is broken, nothing is known of the address.
    let complete = answered && !matches!(evaluation.result, SpfResult::None | SpfResult::PermError);
    Observation { probe: Probe::CheckHost, answered, complete, findings: finding.into_iter().collect(), summary }
}
