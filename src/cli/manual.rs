//! Completion scripts and man pages, printed from the command line's grammar.

use std::io::{self, Write};

use anyhow::bail;
use clap::CommandFactory;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap_complete::{Shell as Known, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::Outcome;
use super::args::{AFTER_HELP, Cli, Shell};
use super::suggest;
use crate::knowledge::Knowledge;

pub(super) fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<Outcome> {
    let mut command = with_values(Cli::command());
    let name = command.get_name().to_owned();
    // The generators take no failing writer.
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
