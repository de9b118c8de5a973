//! What can be typed. Parsing does nothing but parse.

use std::ffi::OsString;
use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::dns::cache::MAX_QUERIES;
use crate::dns::{NoServer, Server};
use crate::probe::propagation::Vantage;
use crate::triage::clock::{self, Seconds};

const ABOUT: &str = "Paste an SMTP error: get the cause, the proof and the fix";

const EXAMPLES: &str = "\
Paste an SMTP error: get the cause, the proof and the fix

Examples:
  smtpwhy '451 4.7.1 <u@example.com>: Recipient address rejected: Greylisted'
  grep status=deferred /var/log/mail.log | smtpwhy
  smtpwhy bounce.eml
  smtpwhy example.com                     every DNS check of a sending domain
  smtpwhy --domain example.com '451 4.4.3 temporary DNS failure checking SPF'
  smtpwhy explain 451 greylisting";

const CHECK_EXAMPLES: &str = "\
Every DNS check of a sending domain

Examples:
  smtpwhy check example.com
  smtpwhy check example.com --ip 192.0.2.25 --selector s1
  smtpwhy check example.com example.net -q
  smtpwhy check example.com --format sarif > dns.sarif";

const SPF_EXAMPLES: &str = "\
The SPF record: syntax, tree, limits; with --ip also the result for that address

Examples:
  smtpwhy spf example.com
  smtpwhy spf example.com --ip 192.0.2.25 --sender u@example.com
  smtpwhy spf example.com --record 'v=spf1 include:_spf.example.net -all'
  smtpwhy spf example.com --zone example.com.zone --format sarif";

const PROPAGATION_EXAMPLES: &str = "\
One RRset at the zone's own servers and at many public resolvers

Examples:
  smtpwhy propagation example.com
  smtpwhy propagation example.com MX
  smtpwhy propagation example.com --expect 'v=spf1 -all'
  smtpwhy propagation example.com --vantage office=192.0.2.53";

const EXPLAIN_EXAMPLES: &str = "\
All that is known of a reply code, enhanced status code, cause, finding, provider or mail server

Examples:
  smtpwhy explain 451 4.7.1
  smtpwhy explain greylisting
  smtpwhy explain spf-lookup-limit
  smtpwhy explain --list";

const LOGS_EXAMPLES: &str = "\
Triage of whole mail logs and bounce folders

Examples:
  smtpwhy logs /var/log/mail.log*
  smtpwhy logs --since 2h /var/log/mail.log
  smtpwhy logs --follow --quiet /var/log/mail.log
  journalctl -u postfix -o json | smtpwhy logs";

const SCHEMA_EXAMPLES: &str = "\
Print the JSON Schema of a document

Examples:
  smtpwhy schema report
  smtpwhy schema                          of any document";

/// What stands below the options, in `--help` and in every man page.
pub const AFTER_HELP: [(&str, &str); 3] = [
    (
        "Exit status",
        "  0   done; nothing found wrong
  1   an error-level finding, or an RRset that is not the same everywhere
  2   usage error, or an input that cannot be read
  3   no SMTP error and no domain in the input
  4   a DNS answer that the verdict needs could not be had",
    ),
    (
        "Environment",
        "  SMTPWHY_RESOLVER, SMTPWHY_TIMEOUT …     any option of the configuration file, in capitals
  SMTPWHY_CONFIG                          the configuration file
  NO_COLOR, CLICOLOR_FORCE                colour never, colour always",
    ),
    (
        "Files",
        "  $XDG_CONFIG_HOME/smtpwhy/config.toml, or ~/.config/smtpwhy/config.toml
      format, color, role, resolver, vantage, timeout, max-queries, domain,
      selector, ascii, offline: as the options are called. Options go before the
      environment, the environment before the file; --show-config tells.",
    ),
];

fn after_help() -> String {
    AFTER_HELP.map(|(title, text)| format!("{title}:\n{text}")).join("\n\n")
}

/// Paste an SMTP error: get the cause, the proof and the fix.
#[derive(Debug, Parser)]
#[command(
    name = "smtpwhy",
    version,
    override_usage = "smtpwhy [OPTIONS] [INPUT]...\n       smtpwhy [OPTIONS] <COMMAND>",
    about = ABOUT,
    long_about = EXAMPLES,
    after_help = "More, with examples: smtpwhy --help",
    after_long_help = after_help(),
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub diagnose: Diagnose,

    #[command(flatten)]
    pub global: Global,

    /// Print the settings that apply, and where each comes from
    #[arg(long, global = true)]
    pub show_config: bool,
}

#[derive(Debug, Args)]
pub struct Diagnose {
    /// A reply, log lines, a bounce, a queue listing, a library's error, a file of these, `-`, or a domain
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub input: Vec<OsString>,

    /// Draft the mail to the receiving side's postmaster
    #[arg(long)]
    pub draft_mail: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Every DNS check of a sending domain
    #[command(long_about = CHECK_EXAMPLES)]
    Check {
        // Not `--domain`, which has that id.
        #[arg(id = "checked", value_name = "DOMAIN", required = true, value_parser = domain)]
        domain: Vec<String>,
    },
    /// The SPF record: syntax, tree, limits; with --ip also the result for that address
    #[command(long_about = SPF_EXAMPLES)]
    Spf(SpfArgs),
    /// One RRset at the zone's own servers and at many public resolvers
    #[command(long_about = PROPAGATION_EXAMPLES)]
    Propagation(PropagationArgs),
    /// Triage of whole mail logs and bounce folders
    #[command(long_about = LOGS_EXAMPLES)]
    Logs(LogsArgs),
    /// All that is known of a reply code, enhanced status code, cause, finding, provider or mail server
    #[command(long_about = EXPLAIN_EXAMPLES)]
    Explain {
        /// `451`, `4.7.24`, `greylisting`, `spf-lookup-limit`, `google` …
        #[arg(required_unless_present = "list")]
        id: Vec<String>,
        /// List all ids
        #[arg(long, conflicts_with = "id")]
        list: bool,
    },
    /// Print a completion script
    Completions { shell: Shell },
    /// Print a man page
    Man {
        /// The command it is about; smtpwhy itself where left out
        command: Option<String>,
    },
    /// Print the JSON Schema of a document
    #[command(long_about = SCHEMA_EXAMPLES)]
    Schema {
        /// The kind of document; any where left out
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(crate::render::json::schema::kinds()))]
        kind: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct SpfArgs {
    #[arg(id = "surveyed", value_name = "DOMAIN", value_parser = domain)]
    pub domain: String,

    /// Check this record, as if the domain published it
    #[arg(long, value_name = "TEXT")]
    pub record: Option<String>,

    /// Take the names of this zone file from it; the others are asked in DNS
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub zone: Option<std::path::PathBuf>,
}

#[derive(Debug, Args)]
pub struct LogsArgs {
    /// Logs (.gz, .zst, .xz, .bz2 too), bounces, folders of these; standard input where left out
    #[arg(value_hint = clap::ValueHint::AnyPath)]
    pub file: Vec<std::path::PathBuf>,

    /// From then on: `2026-11-23`, `2026-11-23T14:00`, or `2h`, `3d` before now
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub since: Option<Seconds>,

    /// Up to then
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub until: Option<Seconds>,

    /// Go on with what is written, and print groups as they change
    #[arg(short, long)]
    pub follow: bool,
}

#[derive(Debug, Args)]
pub struct PropagationArgs {
    #[arg(value_parser = domain)]
    pub name: String,

    /// The record type
    #[arg(value_name = "TYPE", default_value = "TXT", value_parser = record_type)]
    pub kind: crate::dns::RecordType,

    /// The value all should serve, in place of what the zone's own servers agree on; repeatable
    #[arg(long, value_name = "VALUE")]
    pub expect: Vec<String>,

    /// Look again until all have it, whenever an old record's time is up
    #[arg(long)]
    pub wait: bool,

    /// Give up waiting after this long, such as 2h
    #[arg(long, requires = "wait", value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options everywhere")]
pub struct Global {
    /// How to print; sarif: check and spf
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// The same as --format json
    #[arg(long, global = true, conflicts_with = "format")]
    pub json: bool,

    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// No DNS at all
    #[arg(long, global = true)]
    pub offline: bool,

    /// The sending domain to probe, where the text does not say
    #[arg(long, global = true, value_parser = domain)]
    pub domain: Option<String>,

    /// The address the receiver saw the mail come from
    #[arg(long, global = true)]
    pub ip: Option<IpAddr>,

    /// The envelope sender the receiver saw
    #[arg(long, global = true, value_name = "ADDR")]
    pub sender: Option<String>,

    /// The HELO or EHLO name the receiver saw
    #[arg(long, global = true, value_name = "NAME")]
    pub helo: Option<String>,

    /// A DKIM selector to check
    #[arg(long, global = true, value_name = "DKIM")]
    pub selector: Vec<String>,

    /// Recursive resolver to ask in place of the system's
    #[arg(long, global = true, value_name = "ADDR[:PORT]")]
    pub resolver: Option<Server>,

    /// Ask this one in place of the built-in public resolvers; repeatable
    #[arg(long, global = true, value_name = "NAME=ADDR[:PORT]", value_parser = vantage)]
    pub vantage: Vec<Vantage>,

    /// For one DNS query, such as 2s or 500ms
    #[arg(long, global = true, default_value = "3s", value_parser = patience)]
    pub timeout: Duration,

    /// The most DNS queries for one domain
    #[arg(long, global = true, value_name = "N", default_value_t = MAX_QUERIES)]
    pub max_queries: usize,

    /// Whose advice comes first
    #[arg(long, global = true, value_enum, default_value_t = Role::Sender)]
    pub role: Role,

    /// One line a diagnosis
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Everything that is known
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// No characters beyond ASCII in text output, but those of the input
    #[arg(long, global = true)]
    pub ascii: bool,
}

impl Global {
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    pub fn receiver_first(&self) -> bool {
        self.role == Role::Receiver
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Ndjson,
    Sarif,
    /// One page for a ticket
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    Sender,
    Receiver,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
    Nushell,
}

/// What was typed does not fit; the text says what would.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    #[error("no domain name; write it as in `example.com`")]
    Domain,
    #[error("no time at all; no answer comes so soon")]
    NoTime,
    #[error("no duration; write a number and ms, s, m or h, as in `500ms` or `2s`")]
    Duration,
    #[error("a hundred years is the longest")]
    TooLong,
    #[error("no time; write `2026-11-23`, `2026-11-23T14:00`, or `2h` or `3d` for so long ago")]
    Moment,
    #[error(transparent)]
    Server(#[from] NoServer),
    #[error("write NAME=ADDR, as in `office=192.0.2.53`")]
    Vantage,
    #[error("no such record type; TXT, MX, A, AAAA, NS, CNAME, SOA, CAA and PTR are usual")]
    RecordType,
}

/// A domain name, by hand or by copy: a trailing dot, capitals and the `user@` of an address are dropped.
fn domain(text: &str) -> Result<String, ArgumentError> {
    super::input::domain_or_address(text.trim()).ok_or(ArgumentError::Domain)
}

fn duration(text: &str) -> Result<Duration, ArgumentError> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let number: f64 = text[..digits].parse().map_err(|_| ArgumentError::Duration)?;
    let unit = match &text[digits..] {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return Err(ArgumentError::Duration),
    };
    // Times are added to durations: what nobody waits for must not overflow them.
    const LONGEST: f64 = 100.0 * 366.0 * 86_400.0;
    let seconds = number * unit;
    if seconds > LONGEST {
        return Err(ArgumentError::TooLong);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| ArgumentError::Duration)
}

fn patience(text: &str) -> Result<Duration, ArgumentError> {
    duration(text).and_then(|time| if time.is_zero() { Err(ArgumentError::NoTime) } else { Ok(time) })
}

fn moment(text: &str) -> Result<Seconds, ArgumentError> {
    let ago = || duration(text).ok().map(|ago| clock::now() - ago.as_secs() as Seconds);
    clock::parse(text).or_else(ago).ok_or(ArgumentError::Moment)
}

fn vantage(text: &str) -> Result<Vantage, ArgumentError> {
    let (name, address) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(ArgumentError::Vantage)?;
    Ok(Vantage::new(name, address.parse()?))
}

fn record_type(text: &str) -> Result<crate::dns::RecordType, ArgumentError> {
    text.to_ascii_uppercase().parse().map_err(|_| ArgumentError::RecordType)
}
