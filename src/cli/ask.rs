//! The commands that ask DNS: who is asked, for how long, and what the exit status makes of it.

use std::cell::OnceCell;
use std::fs;
use std::future::Future;
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, bail};
use futures_util::future::join;

use super::args::{Format, Global, PropagationArgs, SpfArgs};
use super::stream::{now, stderr_style, stdout_style};
use super::wait::Watched;
use super::{NO_SARIF, Outcome};
use crate::diagnosis::{self, Diagnosis};
use crate::dns::cache::Cached;
use crate::dns::live::Live;
use crate::dns::zone::{self, ZoneFirst, ZoneLookup};
use crate::dns::{Lookup, Name, Offline, Record};
use crate::finding::Severity;
use crate::knowledge::Knowledge;
use crate::probe::Probe;
use crate::probe::blocklist::Blocklist;
use crate::probe::check::{Check, Elsewhere, Target, Verdict, check};
use crate::probe::propagation::{self, Options, Propagation, Vantage};
use crate::render::json::{self, check as json_check};
use crate::render::sarif::{Sarif, ZoneFile};
use crate::render::{check as check_text, html, propagation as propagation_text, spf as spf_text};
use crate::span::Excerpt;
use crate::spf::SpfResult;
use crate::spf::evaluate::{Evaluation, Request, check_host};
use crate::spf::published::Published;
use crate::spf::survey::{Survey, survey, survey_record};

/// What `check` looks at.
const CHECKED: [Probe; 7] =
    [Probe::Spf, Probe::Dmarc, Probe::Dkim, Probe::Mx, Probe::Delegation, Probe::Propagation, Probe::Transport];

/// And with `--ip` also at this.
const CHECKED_OF_ADDRESS: [Probe; 3] = [Probe::CheckHost, Probe::Reverse, Probe::Blocklist];

/// One memory of DNS for all inputs of a run. Where nothing can be asked, the machine's resolvers do not matter.
pub(super) struct Asking<'a> {
    global: &'a Global,
    lookup: OnceCell<Cached<Box<dyn Lookup>>>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(global: &'a Global) -> Self {
        Asking { global, lookup: OnceCell::new() }
    }

    /// The lookup, with its count of queries begun anew.
    fn lookup(&self) -> anyhow::Result<&Cached<Box<dyn Lookup>>> {
        if let Some(lookup) = self.lookup.get() {
            lookup.renew();
            return Ok(lookup);
        }
        let lookup = lookup(self.global)?;
        Ok(self.lookup.get_or_init(|| lookup))
    }

    /// Every failure in the text; DNS is asked unless the user forbids it.
    pub(super) fn diagnose(&self, text: &Excerpt) -> anyhow::Result<Vec<Diagnosis>> {
        let mut diagnoses = diagnosis::read(text, Knowledge::embedded());
        if self.global.offline {
            diagnoses.iter_mut().for_each(Diagnosis::offline);
            return Ok(diagnoses);
        }
        let known = target(self.global, None)?;
        if diagnoses.iter().any(|diagnosis| diagnosis.can_ask(&known)) {
            wait(self.global, diagnosis::ask(&mut diagnoses, self.lookup()?, &known, &elsewhere(self.global)))?;
        }
        Ok(diagnoses)
    }

    /// Every check of a domain.
    pub(super) fn check(&self, domain: &str) -> anyhow::Result<Check> {
        let target = target(self.global, Some(domain))?;
        let probes = CHECKED.into_iter().chain(CHECKED_OF_ADDRESS).filter(|probe| target.allows(*probe));
        wait(self.global, check(self.lookup()?, &target, &probes.collect(), &elsewhere(self.global)))
    }
}

pub(super) fn check_domains(domains: &[String], global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let asking = Asking::new(global);
    let checks = domains.iter().map(|domain| asking.check(domain)).collect::<anyhow::Result<Vec<_>>>()?;
    print_checks(&checks, global, out)?;
    Ok(checks.iter().map(outcome_of).fold(Outcome::Fine, Outcome::and))
}

fn print_checks(checks: &[Check], global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    let knowledge = Knowledge::embedded();
    match global.format() {
        Format::Json => json::write_pretty(&json::ReportV1::new(&[], checks, &[], knowledge), out)?,
        Format::Ndjson => {
            for check in checks {
                json::write_line(&json_check::CheckV1::new(check, knowledge), out)?;
            }
        }
        Format::Html => html::checks(out, checks, &now())?,
        Format::Sarif => print_sarif(checks, out)?,
        Format::Text => print_checks_text(checks, global, out)?,
    }
    Ok(())
}

pub(super) fn print_sarif(checks: &[Check], out: &mut dyn Write) -> anyhow::Result<()> {
    let findings = checks.iter().flat_map(Check::findings);
    Ok(json::write_pretty(&Sarif::new(findings, None, Knowledge::embedded()), out)?)
}

pub(super) fn print_checks_text(checks: &[Check], global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    if global.quiet {
        checks.iter().try_for_each(|check| check_text::brief(out, check))?;
        return Ok(());
    }
    let style = stdout_style(global);
    for (index, check) in checks.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        check_text::text(out, check, &style, global.verbose)?;
    }
    Ok(())
}

pub(super) fn outcome_of(check: &Check) -> Outcome {
    match check.verdict() {
        Verdict::Ok => Outcome::Fine,
        Verdict::Problems => Outcome::Problems,
        Verdict::Incomplete => Outcome::Unanswered,
    }
}

pub(super) fn spf(args: &SpfArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let zone = args.zone.as_deref().map(|path| zone(path, &args.domain)).transpose()?;
    let beyond = unbounded_lookup(global)?;
    let lookup: Box<dyn Lookup> = match &zone {
        Some(records) => {
            let zone = ZoneLookup::of(records.iter().map(|(_, record)| record.clone()));
            Box::new(ZoneFirst { zone, beyond })
        }
        None => beyond,
    };
    let lookup = Cached::new(lookup, global.max_queries);
    let (survey, evaluation) = wait(global, survey_and_evaluate(&lookup, args, global))?;
    let knowledge = Knowledge::embedded();
    let document = || json_check::SpfV1::new(&survey, evaluation.as_ref(), knowledge);
    match global.format() {
        Format::Json => json::write_pretty(&document(), out)?,
        Format::Ndjson => json::write_line(&document(), out)?,
        Format::Html => html::spf(out, &survey, evaluation.as_ref(), &now())?,
        Format::Sarif => {
            let findings = survey.findings.iter().chain(evaluation.iter().flat_map(|found| &found.findings));
            let file = args.zone.as_deref().zip(zone.as_deref()).map(|(path, records)| ZoneFile { path, records });
            json::write_pretty(&Sarif::new(findings, file.as_ref(), knowledge), out)?;
        }
        Format::Text if global.quiet => spf_text::brief(out, &survey, evaluation.as_ref())?,
        Format::Text => spf_text::text(out, &survey, evaluation.as_ref(), &stdout_style(global), global.verbose)?,
    }
    Ok(outcome_of_spf(&survey, evaluation.as_ref(), global))
}

async fn survey_and_evaluate(lookup: &dyn Lookup, args: &SpfArgs, global: &Global) -> (Survey, Option<Evaluation>) {
    let Some(record) = &args.record else {
        return join(survey(lookup, &args.domain), evaluate(lookup, args, global)).await;
    };
    let published = Published { lookup, domain: &args.domain, record };
    join(survey_record(lookup, &args.domain, record), evaluate(&published, args, global)).await
}

async fn evaluate(lookup: &dyn Lookup, args: &SpfArgs, global: &Global) -> Option<Evaluation> {
    let sender = global.sender.clone().unwrap_or_else(|| format!("postmaster@{}", args.domain));
    let helo = global.helo.clone().unwrap_or_else(|| args.domain.clone());
    let request = Request::new(global.ip?, sender, helo).domain(&args.domain);
    Some(check_host(lookup, &request).await)
}

fn outcome_of_spf(survey: &Survey, evaluation: Option<&Evaluation>, global: &Global) -> Outcome {
    let broken = survey.findings.iter().any(|finding| finding.severity == Severity::Error);
    let refused = evaluation.is_some_and(|e| matches!(e.result, SpfResult::Fail | SpfResult::PermError));
    let unanswered = !survey.complete || evaluation.is_some_and(|e| e.result == SpfResult::TempError);
    match () {
        () if broken || refused => Outcome::Problems,
        () if unanswered && !global.offline => Outcome::Unanswered,
        () => Outcome::Fine,
    }
}

/// The records of a zone file, each with its line.
fn zone(path: &Path, domain: &str) -> anyhow::Result<Vec<(usize, Record)>> {
    let shown = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(shown)?;
    zone::records(&text, Some(name(domain)?)).with_context(shown)
}

pub(super) fn propagation(args: &PropagationArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let lookup = lookup(global)?;
    let options = Options { vantages: vantages(global), expect: args.expect.clone() };
    let found = wait(global, propagation::propagation(&lookup, &name(&args.name)?, args.kind, &options))?;
    let knowledge = Knowledge::embedded();
    match global.format() {
        Format::Json => json::write_pretty(&json_check::PropagationV1::new(&found, knowledge), out)?,
        Format::Ndjson => json::write_line(&json_check::PropagationV1::new(&found, knowledge), out)?,
        Format::Html => html::propagation(out, &found, &now())?,
        Format::Sarif => bail!(NO_SARIF),
        Format::Text if global.quiet => propagation_text::brief(out, &found)?,
        Format::Text => propagation_text::text(out, &found, &stdout_style(global), global.verbose)?,
    }
    Ok(outcome_of_propagation(&found))
}

fn outcome_of_propagation(found: &Propagation) -> Outcome {
    let broken = found.findings.iter().any(|finding| finding.severity == Severity::Error);
    match found.converged {
        Some(false) => Outcome::Problems,
        _ if broken => Outcome::Problems,
        Some(true) => Outcome::Fine,
        None => Outcome::Unanswered,
    }
}

fn wait<T>(global: &Global, work: impl Future<Output = T>) -> anyhow::Result<T> {
    super::wait::wait(work, &stderr_style(global))
}

fn lookup(global: &Global) -> anyhow::Result<Cached<Box<dyn Lookup>>> {
    Ok(Cached::new(unbounded_lookup(global)?, global.max_queries))
}

fn unbounded_lookup(global: &Global) -> anyhow::Result<Box<dyn Lookup>> {
    Ok(match &global.resolver {
        _ if global.offline => Box::new(Offline),
        Some(resolver) => Box::new(Watched(Live::with_resolver(resolver.clone(), global.timeout))),
        None => Box::new(Watched(Live::system(global.timeout)?)),
    })
}

fn target(global: &Global, domain: Option<&str>) -> anyhow::Result<Target> {
    let domain = domain.or(global.domain.as_deref()).map(name).transpose()?;
    Ok(Target {
        domain,
        ip: global.ip,
        sender: global.sender.clone(),
        helo: global.helo.clone(),
        selectors: global.selector.clone(),
    })
}

fn elsewhere(global: &Global) -> Elsewhere {
    let providers = Knowledge::embedded().providers.iter();
    let lists = providers.filter_map(|provider| Some(Blocklist { name: provider.name, zone: provider.zone? }));
    Elsewhere { vantages: vantages(global), blocklists: lists.collect() }
}

fn vantages(global: &Global) -> Vec<Vantage> {
    match global.vantage.as_slice() {
        [] => Vantage::built_in(Knowledge::embedded().resolvers),
        given => given.to_vec(),
    }
}

fn name(text: &str) -> anyhow::Result<Name> {
    Name::from_utf8(text).with_context(|| format!("{text}: no domain name"))
}
