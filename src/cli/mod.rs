//! Command line: from arguments to finished values to a stream.

mod args;
mod ask;
mod config;
mod input;
mod lines;
mod logs;
mod manual;
mod stream;
mod suggest;
mod wait;

use std::ffi::OsString;
use std::io::{self, BufReader, Write};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::diagnosis::Diagnosis;
use crate::intake::Session;
use crate::knowledge::{Knowledge, Page};
use crate::logs::Piped;
use crate::probe::check::Check;
use crate::render::json::ErrorV1;
use crate::render::json::page::{EntryV1, PageV1, PagesV1};
use crate::render::sarif::Sarif;
use crate::render::style::{Role as StyleRole, Style, visible};
use crate::render::text::Detail;
use crate::render::{explain, html, json, text};
use crate::span::Excerpt;
use args::{Cli, Command, Diagnose, Format, Global, LogsArgs};
use ask::Asking;
use config::Parsed;
use input::{Input, InputError, MOST_BYTES};
use stream::{stderr_style, stdout_style};

/// How a run ended, as the exit status tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Fine,
    /// An error-level finding, or an RRset that is not the same everywhere.
    Problems,
    NothingFound,
    /// A DNS answer that the verdict needs could not be had.
    Unanswered,
    /// An input could not be read; what could be is told all the same.
    Unreadable,
}

impl Outcome {
    /// Of several results, the one that the exit status tells: what could not be read before an error, and an error
    /// before what could not be asked. Where anything was found, not everything is nothing.
    fn and(self, other: Outcome) -> Outcome {
        const WORST_FIRST: [Outcome; 4] = [Outcome::Unreadable, Outcome::Problems, Outcome::Unanswered, Outcome::Fine];
        WORST_FIRST.into_iter().find(|worse| [self, other].contains(worse)).unwrap_or(self)
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::Fine => 0,
            Outcome::Problems => 1,
            Outcome::NothingFound => 3,
            Outcome::Unanswered => 4,
            Outcome::Unreadable => FAILED,
        })
    }
}

const NO_SARIF: &str = "--format sarif is for check and spf";

/// Usage errors and unreadable input, as clap has it.
const FAILED: u8 = 2;

/// 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    manual::complete();
    match config::parse() {
        Ok(Parsed::Command(cli)) => finish(dispatch(&cli), Some(&cli.global)),
        Ok(Parsed::Shown) => ExitCode::SUCCESS,
        Err(error) => finish(Err(error), None),
    }
}

/// The exit status; of a failure the one line on stderr, and in JSON the document that a script waits for.
fn finish(result: anyhow::Result<Outcome>, global: Option<&Global>) -> ExitCode {
    match result {
        Ok(_) if wait::interrupted() => {
            tell(global, StyleRole::Warning, "interrupted; what was not read or answered by then is not in the report");
            ExitCode::from(INTERRUPTED)
        }
        Ok(outcome) => outcome.into(),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let message = format!("{error:#}");
            tell(global, StyleRole::Bad, &message);
            // Where stdout is what failed, stderr has told it.
            let _ = write_errors(&[ErrorV1::new(message)], global.map(Global::format), &mut stream::Product::new());
            ExitCode::from(FAILED)
        }
    }
}

/// One line of the conversation; without styles where the arguments do not say how.
fn tell(global: Option<&Global>, role: StyleRole, text: &str) {
    const PLAIN: Style = Style { colour: false, links: false, unicode: true, width: 80 };
    stream::tell(&global.map_or(PLAIN, stderr_style), role, text);
}

fn write_errors(errors: &[ErrorV1], format: Option<Format>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Some(Format::Json) => {
            json::write_pretty(&json::ReportV1::new(&[], &[], errors, false, Knowledge::embedded()), out)
        }
        Some(Format::Ndjson) => errors.iter().try_for_each(|error| json::write_line(error, out)),
        Some(Format::Sarif) => json::write_pretty(&Sarif::failed(errors), out),
        Some(Format::Text | Format::Html) | None => Ok(()),
    }
}

/// The reader has seen enough, as `| head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Options that make no sense together, before anything is asked or read.
fn refuse_nonsense(cli: &Cli) -> anyhow::Result<()> {
    let format = cli.global.format();
    match &cli.command {
        None | Some(Command::Check { .. } | Command::Spf(_)) => {}
        Some(_) if format == Format::Sarif => bail!(NO_SARIF),
        Some(Command::Logs(args)) if args.follow && format == Format::Html => {
            bail!("--follow never ends, so there is no page to write; take --format text or ndjson")
        }
        Some(Command::Logs(LogsArgs { since: Some(since), until: Some(until), .. })) if since > until => {
            bail!("--since is later than --until, so no line lies between them")
        }
        Some(Command::Propagation(args)) if args.wait && cli.global.offline => {
            bail!("--wait asks DNS again and again; take --offline out")
        }
        Some(_) => {}
    }
    if cli.diagnose.draft_mail && cli.command.is_some() {
        bail!("--draft-mail writes a mail about a reply; give the reply in place of a command");
    }
    Ok(())
}

fn dispatch(cli: &Cli) -> anyhow::Result<Outcome> {
    refuse_nonsense(cli)?;
    let mut out = stream::Product::new();
    let outcome = match &cli.command {
        None => diagnose(&cli.diagnose, &cli.global, &mut out)?,
        Some(Command::Explain { id, list }) => explain(id, *list, &cli.global, &mut out)?,
        Some(Command::Completions { shell }) => manual::completions(*shell, &mut out)?,
        Some(Command::Man { command }) => manual::page(command.as_deref(), &mut out)?,
        Some(Command::Schema { kind }) => schema(kind.as_deref(), &mut out)?,
        Some(Command::Check { domain }) => ask::check_domains(domain, &cli.global, &mut out)?,
        Some(Command::Spf(args)) => ask::spf(args, &cli.global, &mut out)?,
        Some(Command::Logs(args)) => logs::triage(args, &cli.global, &mut out)?,
        Some(Command::Propagation(args)) => ask::propagation(args, &cli.global, &mut out)?,
    };
    out.flush()?;
    Ok(outcome)
}

/// What a run found, and what it could not read.
#[derive(Default)]
struct Found {
    diagnoses: Vec<Diagnosis>,
    checks: Vec<Check>,
    errors: Vec<ErrorV1>,
    /// More was given than is read.
    cut: Option<usize>,
    /// What a text is that tells of no failure.
    instead: Option<String>,
}

impl Found {
    fn outcome(&self) -> Outcome {
        let diagnosed = self.diagnoses.iter().map(outcome_of);
        let checked = self.checks.iter().map(ask::outcome_of);
        let unread = self.errors.iter().map(|_| Outcome::Unreadable);
        diagnosed.chain(checked).chain(unread).fold(Outcome::NothingFound, Outcome::and)
    }
}

fn outcome_of(diagnosis: &Diagnosis) -> Outcome {
    diagnosis.check.as_ref().map_or(Outcome::Fine, ask::outcome_of)
}

fn diagnose(args: &Diagnose, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if global.format() == Format::Ndjson && input::is_standard_input(&args.input) {
        let stdin = Piped::new(io::stdin(), wait::interruption());
        let outcome = lines::diagnose(BufReader::new(stdin), global, out)?;
        if outcome == Outcome::NothingFound && !wait::interrupted() {
            nothing_found(&args.input, global)?;
        }
        return Ok(outcome);
    }
    let asking = Asking::new(global);
    let mut found = Found::default();
    for input in input::gather(&args.input, &stderr_style(global)) {
        match input {
            Ok(Input::Domain(domain)) => found.checks.push(asking.check(&domain)?),
            Ok(Input::Text(bytes)) => {
                let (read, beyond) = bytes.split_at(bytes.len().min(MOST_BYTES));
                if !beyond.is_empty() {
                    tell(Some(global), StyleRole::Warning, &input::notice_of_rest());
                }
                let text = Excerpt::from_bytes(read);
                let (diagnoses, rest) = asking.diagnose(&text)?;
                if diagnoses.is_empty() {
                    let session = || Session::read(text.as_str()).as_ref().map(nothing_failed);
                    found.instead = suggest::page(text.as_str()).map(nothing_but_asked).or_else(session);
                }
                found.diagnoses.extend(diagnoses);
                found.cut = found.cut.or(rest).or((!beyond.is_empty()).then_some(MOST_BYTES));
            }
            Err(empty @ InputError::Empty) => {
                tell(Some(global), StyleRole::Warning, &empty.to_string());
                print(&found, args, global, out)?;
                return Ok(Outcome::NothingFound);
            }
            Err(error) => {
                tell(Some(global), StyleRole::Bad, &error.to_string());
                found.errors.push(ErrorV1::new(error.to_string()));
            }
        }
    }
    let outcome = found.outcome();
    if outcome == Outcome::NothingFound {
        match &found.instead {
            Some(instead) => tell(Some(global), StyleRole::Warning, instead),
            None => nothing_found(&args.input, global)?,
        }
    }
    print(&found, args, global, out)?;
    Ok(outcome)
}

/// A misspelt command reads like a text without an error.
fn nothing_found(words: &[OsString], global: &Global) -> anyhow::Result<()> {
    let first = words.first().and_then(|word| word.to_str());
    if let Some(near) = first.and_then(suggest::command).filter(|_| words.len() <= suggest::COMMAND_WORDS) {
        bail!("no SMTP error in the input, and no command {:?}; did you mean {near}?", first.unwrap_or_default());
    }
    let hint = "no SMTP error and no domain in the input; give the whole reply, as in `451 4.7.1 try again later`";
    tell(Some(global), StyleRole::Warning, hint);
    Ok(())
}

fn nothing_but_asked(code: &str) -> String {
    format!("no SMTP error but a question about a code; `smtpwhy explain {code}` answers it")
}

fn nothing_failed(session: &Session) -> String {
    let end = match &session.unanswered {
        Some(command) if !command.as_str().eq_ignore_ascii_case("quit") => {
            format!(
                "; `{}` after it has no reply: the connection was lost or timed out, or the rest was not pasted",
                visible(command)
            )
        }
        _ => String::new(),
    };
    format!("no SMTP error: every reply in this session is a success, the last `{}`{end}", visible(&session.last_reply))
}

fn print(found: &Found, args: &Diagnose, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    let knowledge = Knowledge::embedded();
    let Found { diagnoses, checks, errors, cut, .. } = found;
    let receiver_first = global.receiver_first();
    match global.format() {
        Format::Json => {
            let report = json::ReportV1::new(diagnoses, checks, errors, receiver_first, knowledge);
            json::write_pretty(&report.cut_at(*cut), out)?;
        }
        Format::Ndjson => {
            let diagnosis = |part| json::DiagnosisV1::new(part, receiver_first, knowledge);
            diagnoses.iter().try_for_each(|part| json::write_line(&diagnosis(part), out))?;
            checks.iter().try_for_each(|part| json::write_line(&json::check::CheckV1::new(part, knowledge), out))?;
            errors.iter().try_for_each(|error| json::write_line(error, out))?;
        }
        Format::Sarif if diagnoses.is_empty() => ask::print_sarif(checks, out)?,
        Format::Sarif => bail!(NO_SARIF),
        Format::Html => html::report(out, diagnoses, checks, receiver_first, &stream::now())?,
        Format::Text => {
            print_text(diagnoses, args, global, out)?;
            if !diagnoses.is_empty() && !checks.is_empty() && !global.quiet {
                writeln!(out)?;
            }
            ask::print_checks_text(checks, global, out)?;
        }
    }
    Ok(())
}

fn print_text(diagnoses: &[Diagnosis], args: &Diagnose, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.draft_mail {
        return drafts(diagnoses, out);
    }
    if global.quiet {
        diagnoses.iter().try_for_each(|diagnosis| text::brief(out, diagnosis))?;
    } else if !diagnoses.is_empty() {
        text::diagnoses(out, diagnoses, &stdout_style(global), detail(global))?;
    }
    Ok(())
}

fn drafts(diagnoses: &[Diagnosis], out: &mut dyn Write) -> anyhow::Result<()> {
    for (index, diagnosis) in diagnoses.iter().enumerate() {
        let draft = diagnosis.retry.draft.as_ref();
        let draft = draft.context("no recipient's domain in the input, so nobody to write to")?;
        if index > 0 {
            writeln!(out)?;
        }
        text::draft(out, draft)?;
    }
    Ok(())
}

fn detail(global: &Global) -> Detail {
    Detail { verbose: global.verbose, receiver_first: global.receiver_first() }
}

fn explain(ids: &[String], list: bool, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let knowledge = Knowledge::embedded();
    if list {
        list_pages(knowledge, global, out)?;
        return Ok(Outcome::Fine);
    }
    // All ids are looked up before anything is printed: half an answer hides that the rest is missing.
    let known = |id: &String| knowledge.page(id).with_context(|| unknown(id, knowledge));
    let pages: Vec<Page> = ids.iter().map(known).collect::<anyhow::Result<_>>()?;
    match (global.format(), pages.as_slice()) {
        (Format::Json, [page]) => json::write_pretty(&PageV1::new(page, knowledge), out)?,
        (Format::Json, several) => json::write_pretty(&PagesV1::whole(several, knowledge), out)?,
        (Format::Ndjson, all) => {
            all.iter().try_for_each(|page| json::write_line(&PageV1::new(page, knowledge), out))?;
        }
        (Format::Html, all) => html::pages(out, all, knowledge)?,
        (Format::Text | Format::Sarif, all) => explain_text(all, global, out)?,
    }
    Ok(Outcome::Fine)
}

fn explain_text(pages: &[Page], global: &Global, out: &mut dyn Write) -> io::Result<()> {
    let style = stdout_style(global);
    for (index, page) in pages.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        explain::text(out, page, Knowledge::embedded(), &style, global.verbose)?;
    }
    Ok(())
}

fn list_pages(knowledge: &Knowledge, global: &Global, out: &mut dyn Write) -> io::Result<()> {
    match global.format() {
        Format::Json => json::write_pretty(&PagesV1::list(knowledge), out),
        Format::Ndjson => knowledge.pages().try_for_each(|page| json::write_line(&EntryV1::new(&page), out)),
        Format::Text | Format::Html | Format::Sarif => explain::list(out, knowledge),
    }
}

/// Says so, with the nearest ids: those of names that have the word come first, then those spelt alike.
fn unknown(id: &str, knowledge: &Knowledge) -> String {
    const CLOSE: f64 = 0.8;
    const MOST: usize = 3;
    let id = id.to_lowercase();
    let closeness = |page: &Page| {
        let named = page.title().split(|c: char| !c.is_alphanumeric()).any(|word| word.to_lowercase() == id);
        if named { 1.0 } else { strsim::jaro_winkler(&id, &page.id()) }
    };
    let mut near: Vec<(f64, String)> = knowledge.pages().map(|page| (closeness(&page), page.id())).collect();
    near.retain(|(closeness, _)| *closeness >= CLOSE);
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<String> = near.into_iter().take(MOST).map(|(_, name)| name).collect();
    let hint = if names.is_empty() {
        "see `smtpwhy explain --list`".to_owned()
    } else {
        format!("did you mean {}?", names.join(", "))
    };
    format!("nothing is known of {id:?}; {hint}")
}

fn schema(kind: Option<&str>, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let schema = json::schema::schema(kind).with_context(|| format!("no such document: {kind:?}"))?;
    json::write_pretty(&schema, out)?;
    Ok(Outcome::Fine)
}
