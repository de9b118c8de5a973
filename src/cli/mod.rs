//! Command line: from arguments to finished values to a stream.

mod args;
mod ask;
mod config;
mod input;
mod manual;
mod stream;
mod suggest;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::diagnosis::Diagnosis;
use crate::knowledge::Knowledge;
use crate::probe::check::Check;
use crate::render::json::ErrorV1;
use crate::render::sarif::Sarif;
use crate::render::style::{Style, visible};
use crate::render::text::Detail;
use crate::render::{explain, json, text};
use crate::span::Excerpt;
use args::{Cli, ColorChoice, Command, Diagnose, Format, Global, Role};
use ask::Asking;
use config::Parsed;
use input::Input;

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

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    manual::complete();
    match config::parse() {
        Ok(Parsed::Command(cli)) => run_command(&cli),
        Ok(Parsed::Shown(text)) => finish(show(&text), None),
        Err(error) => finish(Err(error), None),
    }
}

fn run_command(cli: &Cli) -> ExitCode {
    finish(dispatch(cli), Some(cli.global.format()))
}

fn show(text: &str) -> anyhow::Result<Outcome> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(Outcome::Fine)
}

/// The exit status; of a failure the one line on stderr, and in JSON the document that a script waits for.
fn finish(result: anyhow::Result<Outcome>, format: Option<Format>) -> ExitCode {
    match result {
        Ok(outcome) => outcome.into(),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let errors = [tell(&format!("{error:#}"))];
            // Where stdout is what failed, stderr has told it.
            let _ = write_errors(&errors, format, &mut io::stdout().lock());
            ExitCode::from(FAILED)
        }
    }
}

fn write_errors(errors: &[ErrorV1], format: Option<Format>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Some(Format::Json) => json::write_pretty(&json::ReportV1::new(&[], &[], errors, Knowledge::embedded()), out),
        Some(Format::Ndjson) => errors.iter().try_for_each(|error| json::write_line(error, out)),
        Some(Format::Sarif) => json::write_pretty(&Sarif::failed(errors), out),
        Some(Format::Text) | None => Ok(()),
    }
}

/// The reader has seen enough, as `| head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn dispatch(cli: &Cli) -> anyhow::Result<Outcome> {
    let mut out = BufWriter::new(io::stdout().lock());
    let outcome = match &cli.command {
        None => diagnose(&cli.diagnose, &cli.global, &mut out)?,
        Some(Command::Explain { id, list }) => explain(id, *list, &cli.global, &mut out)?,
        Some(Command::Completions { shell }) => manual::completions(*shell, &mut out)?,
        Some(Command::Man { command }) => manual::page(command.as_deref(), &mut out)?,
        Some(Command::Schema { kind }) => schema(kind.as_deref(), &mut out)?,
        Some(Command::Check { domain }) => ask::check_domains(domain, &cli.global, &mut out)?,
        Some(Command::Spf(args)) => ask::spf(args, &cli.global, &mut out)?,
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
        input::prompt();
        return stream::diagnose(io::stdin().lock(), global, out);
    }
    let asking = Asking::new(global);
    let mut found = Found::default();
    for input in input::gather(&args.input) {
        match input {
            Ok(Input::Domain(domain)) => found.checks.push(asking.check(&domain)?),
            Ok(Input::Text(bytes)) => found.diagnoses.extend(asking.diagnose(&Excerpt::from_bytes(&bytes))?),
            Err(error) => found.errors.push(tell(&error)),
        }
    }
    let outcome = found.outcome();
    if outcome == Outcome::NothingFound {
        nothing_found(&args.input)?;
    }
    print(&found, args, global, out)?;
    Ok(outcome)
}

/// Says on stderr what went wrong, and keeps it for the document.
fn tell(error: &impl std::fmt::Display) -> ErrorV1 {
    let message = visible(&error.to_string());
    // With stderr closed too there is nobody left to tell.
    let _ = writeln!(io::stderr(), "smtpwhy: {message}");
    ErrorV1::new(message)
}

/// A misspelt command reads like a text without an error.
fn nothing_found(words: &[OsString]) -> anyhow::Result<()> {
    let first = words.first().and_then(|word| word.to_str());
    if let Some(near) = first.and_then(suggest::command).filter(|_| words.len() <= suggest::COMMAND_WORDS) {
        bail!("no SMTP error in the input, and no command {:?}; did you mean {near}?", first.unwrap_or_default());
    }
    let _ = writeln!(io::stderr(), "smtpwhy: no SMTP error and no domain in the input");
    Ok(())
}

fn print(found: &Found, args: &Diagnose, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    let knowledge = Knowledge::embedded();
    let Found { diagnoses, checks, errors } = found;
    match global.format() {
        Format::Json => json::write_pretty(&json::ReportV1::new(diagnoses, checks, errors, knowledge), out)?,
        Format::Ndjson => {
            diagnoses.iter().try_for_each(|part| json::write_line(&json::DiagnosisV1::new(part, knowledge), out))?;
            checks.iter().try_for_each(|part| json::write_line(&json::check::CheckV1::new(part, knowledge), out))?;
            errors.iter().try_for_each(|error| json::write_line(error, out))?;
        }
        Format::Sarif if diagnoses.is_empty() => ask::print_sarif(checks, out)?,
        Format::Sarif => bail!(NO_SARIF),
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
    let style = stdout_style(global);
    for (index, diagnosis) in diagnoses.iter().enumerate() {
        if index > 0 && !global.quiet {
            writeln!(out)?;
        }
        if args.draft_mail {
            let draft = diagnosis.retry.draft.as_ref();
            let draft = draft.context("no recipient's domain in the input, so nobody to write to")?;
            text::draft(out, draft)?;
        } else if global.quiet {
            text::brief(out, diagnosis)?;
        } else {
            text::diagnosis(out, diagnosis, &style, detail(global))?;
        }
    }
    Ok(())
}

fn detail(global: &Global) -> Detail {
    Detail { verbose: global.verbose, receiver_first: global.role == Role::Receiver }
}

fn explain(ids: &[String], list: bool, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let knowledge = Knowledge::embedded();
    let style = stdout_style(global);
    if list {
        for page in knowledge.pages() {
            writeln!(out, "{}\t{}\t{}", page.id(), page.kind(), page.title())?;
        }
    }
    for (index, id) in ids.iter().enumerate() {
        let Some(page) = knowledge.page(id) else { bail!("{}", unknown(id, knowledge)) };
        match global.format() {
            Format::Text => {
                if index > 0 {
                    writeln!(out)?;
                }
                explain::text(out, &page, knowledge, &style)?;
            }
            Format::Json => json::write_pretty(&explain::PageV1::new(&page, knowledge), out)?,
            Format::Ndjson => json::write_line(&explain::PageV1::new(&page, knowledge), out)?,
            Format::Sarif => bail!(NO_SARIF),
        }
    }
    Ok(Outcome::Fine)
}

fn unknown(id: &str, knowledge: &Knowledge) -> String {
    let names = suggest::near(id, knowledge.pages().map(|page| page.id()));
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

fn stdout_style(global: &Global) -> Style {
    let colour = wants_colour(global.color, io::stdout().is_terminal());
    colored::control::set_override(colour);
    Style { colour, unicode: !global.ascii && !ascii_locale(), width: width() }
}

/// <https://no-color.org> and <https://bixense.com/clicolors>: the option before the environment, the environment before
/// the terminal.
fn wants_colour(choice: ColorChoice, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE").is_some_and(|v| v != "0") => {
            true
        }
        ColorChoice::Auto => terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

fn ascii_locale() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    set.is_some_and(|value| value == "C" || value == "POSIX")
}

/// Lines longer than this are hard to read, however wide the terminal.
const WIDEST: usize = 100;
const DEFAULT_WIDTH: usize = 80;
const NARROWEST: usize = 40;

fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0 as usize);
    asked.or_else(terminal).unwrap_or(DEFAULT_WIDTH).clamp(NARROWEST, WIDEST)
}
