//! The commands that ask DNS: who is asked, for how long, and what the exit status makes of it.

use std::cell::OnceCell;
use std::fs;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::future::join;

use super::Outcome;
use super::args::{Format, Global, PropagationArgs, SpfArgs};
use super::input::{self, MOST_FAILURES};
use super::stream::{self, now, stderr_style, stdout_style};
use super::wait::Watched;
use crate::diagnosis::{self, Diagnosis, Read};
use crate::dns::budget::Budget;
use crate::dns::cache::Cached;
use crate::dns::live::Live;
use crate::dns::zone::{self, ZoneFirst, ZoneLookup};
use crate::dns::{Lookup, Name, Offline, Record};
use crate::finding::Severity;
use crate::knowledge::Knowledge;
use crate::probe::check::{Check, Elsewhere, Target, Verdict, check, survey_fairly};
use crate::probe::dkim::Selector;
use crate::probe::propagation::{self, Options, Propagation, Sighting, Vantage};
use crate::probe::{Probe, query_limit};
use crate::render::json::{self, check as json_check};
use crate::render::sarif::{Sarif, ZoneFile};
use crate::render::style::{Role, duration};
use crate::render::{check as check_text, html, propagation as propagation_text, spf as spf_text};
use crate::span::Excerpt;
use crate::spf::SpfResult;
use crate::spf::evaluate::{Evaluation, Request, check_host};
use crate::spf::published::Published;
use crate::spf::survey::{Survey, survey_record};

/// What `check` looks at.
const CHECKED: [Probe; 8] = [
    Probe::Spf,
    Probe::Dmarc,
    Probe::Dkim,
    Probe::Mx,
    Probe::Delegation,
    Probe::Dnssec,
    Probe::Propagation,
    Probe::Transport,
];

/// And with `--ip` also at this.
const CHECKED_OF_ADDRESS: [Probe; 3] = [Probe::CheckHost, Probe::Reverse, Probe::Blocklist];

/// One memory of DNS for all inputs of a run. Where nothing can be asked, the machine's resolvers do not matter.
pub(super) struct Asking<'a> {
    pub(super) global: &'a Global,
    lookup: OnceCell<Cached<Box<dyn Lookup>>>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(global: &'a Global) -> Self {
        Asking { global, lookup: OnceCell::new() }
    }

    /// The lookup, with its count of queries begun anew.
    fn lookup(&self) -> &Cached<Box<dyn Lookup>> {
        let lookup = self.lookup.get_or_init(|| lookup(self.global));
        lookup.renew();
        lookup
    }

    /// The failures in the text, and from where on not all of it is read, if so; DNS is asked unless the user forbids it.
    pub(super) fn diagnose(&self, text: &Excerpt) -> anyhow::Result<(Vec<Diagnosis>, Option<usize>)> {
        let known = target(self.global, None)?;
        let Read { mut diagnoses, rest, left_out, .. } =
            diagnosis::read_first(text, MOST_FAILURES, Knowledge::embedded());
        if rest.is_some() {
            stream::tell(&stderr_style(self.global), Role::Warning, &input::notice_of_more());
        }
        if left_out.is_some() {
            stream::tell(&stderr_style(self.global), Role::Warning, input::NOTICE_OF_PARTS);
        }
        let rest = rest.or(left_out.map(|part| part.start));
        diagnoses.iter_mut().for_each(|diagnosis| diagnosis.know(known.clone()));
        if self.global.offline {
            diagnoses.iter_mut().for_each(Diagnosis::offline);
            return Ok((diagnoses, rest));
        }
        if diagnoses.iter().any(|diagnosis| diagnosis.can_ask(&known)) {
            let elsewhere = elsewhere(self.global);
            let asking = async {
                for diagnosis in &mut diagnoses {
                    let one = std::slice::from_mut(diagnosis);
                    diagnosis::ask(one, self.lookup(), &known, &elsewhere).await;
                }
            };
            wait(self.global, asking)?;
        }
        Ok((diagnoses, rest))
    }

    /// Every check of a domain.
    pub(super) fn check(&self, domain: &str) -> anyhow::Result<Check> {
        let target = target(self.global, Some(domain))?;
        let probes = CHECKED.into_iter().chain(CHECKED_OF_ADDRESS).filter(|probe| target.allows(*probe));
        wait(self.global, check(self.lookup(), &target, &probes.collect(), &elsewhere(self.global)))
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
        Format::Json => json::write_pretty(&json::ReportV1::new(&[], checks, &[], false, knowledge), out)?,
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
    let open = checks.iter().filter(|check| check.verdict() == Verdict::Incomplete);
    let sarif = Sarif::new(findings, None, Knowledge::embedded());
    Ok(json::write_pretty(&sarif.incomplete(open.map(|check| check_text::answer(check).2)), out)?)
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
    let budget = Arc::new(Budget::new(global.max_queries));
    let beyond = lookup_within(global, &budget);
    let lookup: Box<dyn Lookup> = match &zone {
        Some(records) => Box::new(ZoneFirst { zone: ZoneLookup::of(only_records(records)), beyond }),
        None => beyond,
    };
    let lookup = Cached::within(lookup, budget);
    let (mut survey, evaluation) = wait(global, survey_and_evaluate(&lookup, args, global))??;
    survey.findings.extend(query_limit(&lookup, args.domain.clone()));
    survey.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let knowledge = Knowledge::embedded();
    let document = || json_check::SpfV1::new(&survey, evaluation.as_ref(), knowledge);
    match global.format() {
        Format::Json => json::write_pretty(&document(), out)?,
        Format::Ndjson => json::write_line(&document(), out)?,
        Format::Html => html::spf(out, &survey, evaluation.as_ref(), &now())?,
        Format::Sarif => {
            let findings = survey.findings.iter().chain(evaluation.iter().flat_map(|found| &found.findings));
            let file = args.zone.as_deref().zip(zone.as_deref()).map(|(path, records)| ZoneFile { path, records });
            let open = (!survey.complete && !global.offline).then(|| spf_text::answer(&survey).2);
            json::write_pretty(&Sarif::new(findings, file.as_ref(), knowledge).incomplete(open), out)?;
        }
        Format::Text if global.quiet => spf_text::brief(out, &survey, evaluation.as_ref())?,
        Format::Text => spf_text::text(out, &survey, evaluation.as_ref(), &stdout_style(global), global.verbose)?,
    }
    Ok(outcome_of_spf(&survey, evaluation.as_ref(), global))
}

async fn survey_and_evaluate(
    lookup: &dyn Lookup,
    args: &SpfArgs,
    global: &Global,
) -> anyhow::Result<(Survey, Option<Evaluation>)> {
    let Some(record) = &args.record else {
        let domain = name(&args.domain)?;
        return Ok(join(survey_fairly(lookup, &domain), evaluate(lookup, args, global)).await);
    };
    let published = Published { lookup, domain: &args.domain, record };
    Ok(join(survey_record(lookup, &args.domain, record), evaluate(&published, args, global)).await)
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
        // With --offline the user wants the syntax alone.
        () if unanswered && !(global.offline && survey.record.is_some()) => Outcome::Unanswered,
        () => Outcome::Fine,
    }
}

/// The records of a zone file, each with its line.
fn zone(path: &Path, domain: &str) -> anyhow::Result<Vec<(usize, Record)>> {
    let shown = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(shown)?;
    zone::records(&text, Some(name(domain)?)).with_context(shown)
}

fn only_records(records: &[(usize, Record)]) -> impl Iterator<Item = Record> {
    records.iter().map(|(_, record)| record.clone())
}

pub(super) fn propagation(args: &PropagationArgs, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let options = Options { vantages: vantages(global), expect: args.expect.clone() };
    let deadline = args.deadline.map(|patience| Instant::now() + patience);
    let mut looks = 0;
    loop {
        let found = look(args, &options, global)?;
        let settled = !args.wait || found.converged == Some(true) || super::wait::interrupted();
        let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        if settled || left.is_zero() {
            print_propagation(&found, global, out)?;
            return Ok(outcome_of_propagation(&found));
        }
        let pause = pause(&found, looks).min(left);
        tell_progress(&found, pause, global);
        if global.format() == Format::Ndjson {
            print_propagation(&found, global, out)?;
            out.flush()?;
        }
        wait(global, super::wait::pause(pause))?;
        looks += 1;
    }
}

/// With answers of its own: what was true before the pause is asked anew.
fn look(args: &PropagationArgs, options: &Options, global: &Global) -> anyhow::Result<Propagation> {
    let lookup = lookup(global);
    let style = stderr_style(global);
    let rows = global.format() == Format::Text && !global.quiet && !args.wait && stream::is_live();
    let onlooker = |sighting: &Sighting<'_>| {
        if rows {
            stream::tell_live(&propagation_text::sighting(sighting, &style));
        }
    };
    let mut found = wait(global, propagation::watched(&lookup, &name(&args.name)?, args.kind, options, &onlooker))?;
    found.findings.extend(query_limit(&lookup, args.name.clone()));
    Ok(found)
}

/// Not sooner than an old record's time is up, and ever later where looking shows nothing new.
fn pause(found: &Propagation, looks: u32) -> Duration {
    const FRUITLESS: Duration = Duration::from_secs(1);
    const FRUITLESS_MOST: u32 = 6;
    found.look_again_after().max(FRUITLESS * 2_u32.pow(looks.min(FRUITLESS_MOST)))
}

fn tell_progress(found: &Propagation, pause: Duration, global: &Global) {
    if !global.quiet {
        let (_, role, text) = propagation_text::answer(found);
        let again = duration(pause.as_secs());
        stream::tell(&stderr_style(global), role, &format!("{text} Looking again in {again}."));
    }
}

fn print_propagation(found: &Propagation, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    let knowledge = Knowledge::embedded();
    match global.format() {
        Format::Json => json::write_pretty(&json_check::PropagationV1::new(found, knowledge), out)?,
        Format::Ndjson => json::write_line(&json_check::PropagationV1::new(found, knowledge), out)?,
        Format::Html => html::propagation(out, found, &now())?,
        Format::Text | Format::Sarif if global.quiet => propagation_text::brief(out, found)?,
        Format::Text | Format::Sarif => propagation_text::text(out, found, &stdout_style(global), global.verbose)?,
    }
    Ok(())
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

fn lookup(global: &Global) -> Cached<Box<dyn Lookup>> {
    let budget = Arc::new(Budget::new(global.max_queries));
    Cached::within(lookup_within(global, &budget), budget)
}

fn lookup_within(global: &Global, budget: &Arc<Budget>) -> Box<dyn Lookup> {
    let live = |live: Live| Box::new(Watched(live.spending(budget.clone())));
    match &global.resolver {
        _ if global.offline => Box::new(Offline),
        Some(resolver) => live(Live::with_resolver(resolver.clone(), global.timeout)),
        None => live(Live::system(global.timeout).unwrap_or_else(|why| {
            // What needs no resolver is still said.
            stream::tell(&stderr_style(global), Role::Warning, &why.to_string());
            Live::without_resolver(why, global.timeout)
        })),
    }
}

fn target(global: &Global, domain: Option<&str>) -> anyhow::Result<Target> {
    let domain = domain.or(global.domain.as_deref()).map(name).transpose()?;
    Ok(Target {
        domain,
        ip: global.ip,
        sender: global.sender.clone(),
        helo: global.helo.clone(),
        selectors: global.selector.iter().map(|name| Selector::from(name.as_str())).collect(),
    })
}

fn elsewhere(global: &Global) -> Elsewhere {
    Elsewhere { vantages: vantages(global), ..Elsewhere::public(Knowledge::embedded()) }
}

fn vantages(global: &Global) -> Vec<Vantage> {
    match global.vantage.as_slice() {
        [] => Vantage::built_in(Knowledge::embedded().resolvers),
        given => given.to_vec(),
    }
}

fn name(text: &str) -> anyhow::Result<Name> {
    let mut name = Name::from_utf8(text).with_context(|| format!("{text}: no domain name"))?;
    name.set_fqdn(true);
    Ok(name)
}
