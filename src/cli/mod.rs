//! Command line: from arguments to finished values to a stream.

mod args;
mod ask;
mod input;
mod logs;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{CommandFactory, Parser};

use crate::diagnosis::Diagnosis;
use crate::knowledge::Knowledge;
use crate::render::style::Style;
use crate::render::text::Detail;
use crate::render::{explain, json, text};
use crate::span::Excerpt;
use args::{Cli, ColorChoice, Command, Diagnose, Format, Global, Role, Shell};
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

/// Runs the program on the process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match dispatch(&cli) {
        Ok(outcome) => outcome.into(),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // With stderr closed too there is nobody left to tell.
            let _ = writeln!(io::stderr(), "smtpwhy: {error:#}");
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
    let mut out = BufWriter::new(io::stdout());
    let outcome = match &cli.command {
        None => diagnose(&cli.diagnose, &cli.global, &mut out)?,
        Some(Command::Explain { id, list }) => explain(id, *list, &cli.global, &mut out)?,
        Some(Command::Completions { shell }) => completions(*shell, &mut out),
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
    for input in input::gather(&args.input)? {
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
        let _ = writeln!(io::stderr(), "smtpwhy: no SMTP error and no domain in the input");
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
        Format::Text => print_text(diagnoses, args, global, out)?,
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
        }
    }
    Ok(Outcome::Fine)
}

fn unknown(id: &str, knowledge: &Knowledge) -> String {
    const CLOSE: f64 = 0.7;
    const MOST: usize = 3;
    let mut near: Vec<(f64, String)> =
        knowledge.pages().map(|page| page.id()).map(|known| (strsim::jaro_winkler(id, &known), known)).collect();
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

fn completions(shell: Shell, out: &mut dyn Write) -> Outcome {
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
    let _ = out.write_all(&script);
    Outcome::Fine
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
