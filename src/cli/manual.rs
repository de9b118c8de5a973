//! Completion scripts and man pages, printed from the command line's grammar.

use std::io::{self, Write};

use anyhow::bail;
use clap::CommandFactory;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete::generate;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::Outcome;
use super::args::{AFTER_HELP, Cli, Shell};
use super::suggest;
use crate::knowledge::Knowledge;

/// Names the shell that asks for candidates.
const COMPLETE: &str = "SMTPWHY_COMPLETE";

/// Where a shell asks what could come next: answers, and ends the process.
pub(super) fn complete() {
    CompleteEnv::with_factory(|| with_values(Cli::command())).var(COMPLETE).complete();
}

pub(super) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<Outcome> {
    match shell {
        Shell::Bash => asking(&Bash, out)?,
        Shell::Zsh => {
            asking(&Zsh, out)?;
            writeln!(out, "{ZSH_AUTOLOADED}")?;
        }
        Shell::Fish => asking(&Fish, out)?,
        Shell::Powershell => asking(&Powershell, out)?,
        Shell::Elvish => asking(&Elvish, out)?,
        Shell::Nushell => nushell(out)?,
    }
    Ok(Outcome::Fine)
}

/// A script that asks the program itself.
fn asking(shell: &dyn EnvCompleter, out: &mut dyn Write) -> io::Result<()> {
    shell.write_registration(COMPLETE, NAME, NAME, NAME, out)
}

const NAME: &str = "smtpwhy";

/// From a directory of `fpath` the script is run by the first Tab, which wants an answer too.
const ZSH_AUTOLOADED: &str = "if [[ ${funcstack[1]} == _smtpwhy ]]; then _clap_dynamic_completer_smtpwhy \"$@\"; fi";

/// Nushell has no such engine: its script lists the values, and asks for the ids.
fn nushell(out: &mut dyn Write) -> io::Result<()> {
    const IDS: &str = "ids";
    let mut command = with_values(Cli::command()).mut_subcommand("explain", |explain| {
        explain.mut_arg("id", |argument| argument.value_parser([PossibleValue::new(IDS)]))
    });
    let mut script = Vec::new();
    // The generator takes no writer that can fail.
    generate(clap_complete_nushell::Nushell, &mut command, NAME, &mut script);
    let asked = "^smtpwhy explain --list | lines | each {|line| let parts = ($line | split row \"\\t\"); \
                 {value: $parts.0, description: $parts.2} }";
    let script = String::from_utf8_lossy(&script).replace(&format!("[ \"{IDS}\" ]"), asked);
    out.write_all(script.as_bytes())
}

/// What the shells may offer beyond what the parser insists on: the ids of this version's knowledge, the usual resolvers
/// and record types. Any other code, server or type may be typed too.
fn with_values(command: clap::Command) -> clap::Command {
    let knowledge = Knowledge::embedded();
    let ids = knowledge.pages().map(|page| PossibleValue::new(page.id()).help(page.title()));
    let resolvers = || knowledge.resolvers.iter().filter_map(|resolver| Some((resolver, resolver.v4.first()?)));
    let addresses = resolvers().map(|(resolver, ip)| PossibleValue::new(ip.to_string()).help(resolver.operator));
    let vantages =
        resolvers().map(|(resolver, ip)| PossibleValue::new(format!("{}={ip}", resolver.name)).help(resolver.operator));
    let commands: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let types = ["TXT", "MX", "A", "AAAA", "NS", "CNAME", "SOA", "CAA", "PTR", "SRV", "TLSA"];
    let ids = PossibleValuesParser::new(ids);
    let addresses = PossibleValuesParser::new(addresses);
    let vantages = PossibleValuesParser::new(vantages);
    command
        .mut_arg("resolver", |argument| argument.value_parser(addresses))
        .mut_arg("vantage", |argument| argument.value_parser(vantages))
        .mut_subcommand("explain", |explain| explain.mut_arg("id", |argument| argument.value_parser(ids)))
        .mut_subcommand("propagation", |c| c.mut_arg("kind", |a| a.value_parser(PossibleValuesParser::new(types))))
        .mut_subcommand("man", |c| c.mut_arg("command", |a| a.value_parser(PossibleValuesParser::new(commands))))
}

pub(super) fn page(name: Option<&str>, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = name {
        let Some(found) = command.find_subcommand(name) else { bail!("{}", unknown(name, &command)) };
        command = found.clone().name(format!("smtpwhy-{name}")).display_name(format!("smtpwhy-{name}"));
    }
    let examples = command.get_long_about().map(ToString::to_string).and_then(|about| examples(&about));
    let man = Man::new(command.clone().long_about(None::<&'static str>).after_help(None::<&'static str>));
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    if let Some(examples) = examples {
        section("EXAMPLES", &examples, out)?;
    }
    man.render_options_section(out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    for (title, text) in AFTER_HELP {
        section(&title.to_uppercase(), text, out)?;
    }
    Ok(Outcome::Fine)
}

fn unknown(name: &str, cli: &clap::Command) -> String {
    let names: Vec<String> = cli.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    match suggest::near(name, names.clone()).first() {
        Some(near) => format!("no such command: {name:?}; did you mean {near}?"),
        None => format!("no such command: {name:?}; there are {}", names.join(", ")),
    }
}

/// What stands below `Examples:`.
fn examples(about: &str) -> Option<String> {
    let (_, examples) = about.split_once("Examples:\n")?;
    Some(examples.to_owned())
}

/// Lines as they stand.
fn section(title: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut roff = Roff::default();
    roff.control("SH", [title]);
    roff.control("nf", []);
    for line in text.lines() {
        roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    roff.control("fi", []);
    roff.to_writer(out)
}
