//! Command line: from arguments to finished values to a stream.

mod args;
mod ask;
mod input;
mod logs;
mod stream;
mod wait;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory, Parser};

use crate::diagnosis::Diagnosis;
use crate::knowledge::{Knowledge, Page};
use crate::render::json::page::{EntryV1, PageV1, PagesV1};
use crate::render::style::Role as StyleRole;
use crate::render::text::Detail;
use crate::render::{explain, html, json, text};
use crate::span::Excerpt;
use args::{Cli, Command, Diagnose, Format, Global, Role, Shell};
use input::{Input, InputError};
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
}

impl Outcome {
    /// Of several results, the one that the exit status tells: an error before what could not be asked.
    fn and(self, other: Outcome) -> Outcome {
        [Outcome::Problems, Outcome::Unanswered].into_iter().find(|worse| [self, other].contains(worse)).unwrap_or(self)
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::Fine => 0,
            Outcome::Problems => 1,
            Outcome::NothingFound => 3,
            Outcome::Unanswered => 4,
        })
    }
}

/// Usage errors and unreadable input, as clap has it.
const FAILED: u8 = 2;

/// 128 and the number of SIGINT, as shells have it.
const INTERRUPTED: u8 = 130;

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return stream::usage(&error, &arguments).into(),
    };
    let style = stderr_style(&cli.global);
    match dispatch(&cli) {
        Ok(_) if wait::interrupted() => {
            stream::tell(&style, StyleRole::Warning, "interrupted; what was not answered by then is not in the report");
            ExitCode::from(INTERRUPTED)
        }
        Ok(outcome) => outcome.into(),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            stream::tell(&style, StyleRole::Bad, &format!("{error:#}"));
            ExitCode::from(FAILED)
        }
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
    let mut out = stream::Product::new();
    let outcome = match &cli.command {
        None => diagnose(&cli.diagnose, &cli.global, &mut out)?,
        Some(Command::Explain { id, list }) => explain(id, *list, &cli.global, &mut out)?,
        Some(Command::Completions { shell }) => completions(*shell, &mut out)?,
        Some(Command::Man { command }) => man(command.as_deref(), &mut out)?,
        Some(Command::Check { domain }) => ask::check_domains(domain, &cli.global, &mut out)?,
        Some(Command::Spf(args)) => ask::spf(args, &cli.global, &mut out)?,
        Some(Command::Logs(args)) => logs::triage(args, &cli.global, &mut out)?,
        Some(Command::Propagation(args)) => ask::propagation(args, &cli.global, &mut out)?,
    };
    out.flush()?;
    Ok(outcome)
}

fn diagnose(args: &Diagnose, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut domains = Vec::new();
    let mut texts = Vec::new();
    let style = stderr_style(global);
    let inputs = match input::gather(&args.input, &style) {
        Err(empty @ InputError::Empty) => {
            stream::tell(&style, StyleRole::Warning, &empty.to_string());
            return Ok(Outcome::NothingFound);
        }
        gathered => gathered?,
    };
    for input in inputs {
        match input {
            Input::Domain(domain) => domains.push(domain),
            Input::Text(bytes) => texts.push(Excerpt::from_bytes(&bytes)),
        }
    }
    if texts.is_empty() {
        return ask::check_domains(&domains, global, out);
    }
    let mut outcome = Outcome::NothingFound;
    let mut diagnoses = Vec::new();
    for text in &texts {
        let found = ask::diagnose(text, global)?;
        outcome =
            found.iter().map(outcome_of).fold(if found.is_empty() { outcome } else { Outcome::Fine }, Outcome::and);
        diagnoses.extend(found);
    }
    print(&diagnoses, args, global, out)?;
    if outcome == Outcome::NothingFound {
        let hint = "no SMTP error and no domain in the input; give the whole reply, as in `451 4.7.1 try again later`";
        stream::tell(&style, StyleRole::Warning, hint);
    }
    Ok(outcome)
}

fn outcome_of(diagnosis: &Diagnosis) -> Outcome {
    diagnosis.check.as_ref().map_or(Outcome::Fine, ask::outcome_of)
}

fn print(diagnoses: &[Diagnosis], args: &Diagnose, global: &Global, out: &mut dyn Write) -> anyhow::Result<()> {
    let knowledge = Knowledge::embedded();
    match global.format() {
        Format::Json => json::write_pretty(&json::ReportV1::new(diagnoses, &[], knowledge), out)?,
        Format::Ndjson => {
            for diagnosis in diagnoses {
                json::write_line(&json::DiagnosisV1::new(diagnosis, knowledge), out)?;
            }
        }
        Format::Html => html::report(out, diagnoses, &[], global.role == Role::Receiver)?,
        Format::Text => print_text(diagnoses, args, global, out)?,
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
    Detail { verbose: global.verbose, receiver_first: global.role == Role::Receiver }
}

fn explain(ids: &[String], list: bool, global: &Global, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let knowledge = Knowledge::embedded();
    // All ids are looked up before anything is printed: half an answer hides that the rest is missing.
    let known = |id: &String| knowledge.page(id).with_context(|| unknown(id, knowledge));
    let pages: Vec<Page> = ids.iter().map(known).collect::<anyhow::Result<_>>()?;
    if list {
        list_pages(knowledge, global, out)?;
    }
    if global.format() == Format::Html && !list {
        html::pages(out, &pages, knowledge)?;
        return Ok(Outcome::Fine);
    }
    let style = stdout_style(global);
    for (index, page) in pages.iter().enumerate() {
        match global.format() {
            Format::Json => json::write_pretty(&PageV1::new(page, knowledge), out)?,
            Format::Ndjson => json::write_line(&PageV1::new(page, knowledge), out)?,
            Format::Text | Format::Html => {
                if index > 0 {
                    writeln!(out)?;
                }
                explain::text(out, page, knowledge, &style, global.verbose)?;
            }
        }
    }
    Ok(Outcome::Fine)
}

fn list_pages(knowledge: &Knowledge, global: &Global, out: &mut dyn Write) -> io::Result<()> {
    match global.format() {
        Format::Text | Format::Html => explain::list(out, knowledge),
        Format::Json => json::write_pretty(&PagesV1::new(knowledge), out),
        Format::Ndjson => knowledge.pages().try_for_each(|page| json::write_line(&EntryV1::new(&page), out)),
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

fn completions(shell: Shell, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    use clap_complete::{Shell as Known, generate};
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    match shell {
        Shell::Bash => generate(Known::Bash, &mut command, name, &mut script),
        Shell::Zsh => generate(Known::Zsh, &mut command, name, &mut script),
        Shell::Fish => generate(Known::Fish, &mut command, name, &mut script),
        Shell::Powershell => generate(Known::PowerShell, &mut command, name, &mut script),
        Shell::Elvish => generate(Known::Elvish, &mut command, name, &mut script),
        Shell::Nushell => generate(clap_complete_nushell::Nushell, &mut command, name, &mut script),
    }
    out.write_all(&script)?;
    Ok(Outcome::Fine)
}

fn man(command: Option<&str>, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut cli = Cli::command();
    cli.build();
    let page = match command {
        None => cli,
        Some(name) => {
            let found = cli.find_subcommand(name).with_context(|| format!("no such command: {name}"))?;
            found.clone().name(format!("smtpwhy-{name}"))
        }
    };
    clap_mangen::Man::new(page).render(out)?;
    Ok(Outcome::Fine)
}
