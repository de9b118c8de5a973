//! Settings: an option before the environment, the environment before the configuration file.
//!
//! A setting becomes the option's default, so that the same parser reads all three and knows where a value comes from.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use toml::de::{DeTable, DeValue};

use super::args::Cli;
use super::{stream, suggest};

/// The options that may be set, by their long names.
const KEYS: [&str; 11] = [
    "format",
    "color",
    "role",
    "resolver",
    "vantage",
    "timeout",
    "max-queries",
    "domain",
    "selector",
    "ascii",
    "offline",
];

/// Those that take several values.
const LISTS: [&str; 2] = ["vantage", "selector"];

/// Those that are on or off.
const SWITCHES: [&str; 2] = ["ascii", "offline"];

/// Those that are a number.
const NUMBERS: [&str; 1] = ["max-queries"];

/// What the arguments ask for.
pub enum Parsed {
    Command(Box<Cli>),
    /// Help, the version or the configuration: printed, and that is all.
    Shown,
}

/// Reads the arguments, the environment and the configuration file.
pub fn parse() -> anyhow::Result<Parsed> {
    let settings = settings()?;
    let arguments: Vec<OsString> = env::args_os().collect();
    let matches = match command(&settings).try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => bail!("{}", suggest::usage_error(&error)),
        Err(error) => {
            stream::help(&error, &arguments)?;
            return Ok(Parsed::Shown);
        }
    };
    let cli = Cli::from_arg_matches(&matches)?;
    if cli.show_config {
        let mut out = stream::Product::new();
        out.write_all(shown(&matches, &settings).as_bytes())?;
        out.flush()?;
        return Ok(Parsed::Shown);
    }
    Ok(Parsed::Command(Box::new(cli)))
}

struct Setting {
    key: &'static str,
    values: Vec<String>,
    origin: Origin,
}

enum Origin {
    Variable(String),
    File { path: PathBuf, line: usize },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Variable(name) => f.write_str(name),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
        }
    }
}

/// At most one for each key.
fn settings() -> anyhow::Result<Vec<Setting>> {
    let mut settings = from_environment()?;
    for setting in from_file()? {
        let decided = settings.iter().any(|known| known.key == setting.key);
        // https://no-color.org and https://bixense.com/clicolors: they are environment too.
        let coloured = setting.key == "color" && ["NO_COLOR", "CLICOLOR_FORCE"].into_iter().any(is_set);
        if !decided && !coloured {
            settings.push(setting);
        }
    }
    check(&settings)?;
    Ok(settings)
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// `SMTPWHY_MAX_QUERIES` and the like. An empty one is as good as none.
fn from_environment() -> anyhow::Result<Vec<Setting>> {
    let mut settings = Vec::new();
    for key in KEYS {
        let name = format!("SMTPWHY_{}", key.to_ascii_uppercase().replace('-', "_"));
        let Some(value) = env::var_os(&name).filter(|value| !value.is_empty()) else { continue };
        let Ok(value) = value.into_string() else { bail!("{name}: no UTF-8") };
        let values = if LISTS.contains(&key) {
            value.split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        } else {
            vec![value]
        };
        settings.push(Setting { key, values, origin: Origin::Variable(name) });
    }
    Ok(settings)
}

fn from_file() -> anyhow::Result<Vec<Setting>> {
    let Some((path, must_exist)) = file() else { return Ok(Vec::new()) };
    match fs::read_to_string(&path) {
        Ok(text) => read(&path, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => Ok(Vec::new()),
        // Something on the way to it is no directory: the same as no file.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory && !must_exist => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The file, and whether the user named it. <https://specifications.freedesktop.org/basedir-spec/latest/>
fn file() -> Option<(PathBuf, bool)> {
    let directory = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(named) = env::var_os("SMTPWHY_CONFIG").filter(|path| !path.is_empty()) {
        return Some((named.into(), true));
    }
    let home = || directory("HOME").map(|home| home.join(".config"));
    let base = directory("XDG_CONFIG_HOME").or_else(|| directory("APPDATA")).or_else(home)?;
    Some((base.join("smtpwhy").join("config.toml"), false))
}

fn read(path: &Path, text: &str) -> anyhow::Result<Vec<Setting>> {
    let origin = |at: usize| {
        let line = text[..at].matches('\n').count() + 1;
        Origin::File { path: path.to_owned(), line }
    };
    let table = DeTable::parse(text).map_err(|error| {
        let at = origin(error.span().map_or(0, |span| span.start));
        anyhow::anyhow!("{at}: {}", error.message().replace('\n', ", "))
    })?;
    let mut settings = Vec::new();
    for (name, value) in table.into_inner() {
        let origin = origin(name.span().start);
        let name = name.get_ref();
        let Some(key) = KEYS.into_iter().find(|key| key == name) else {
            let near = suggest::near(name, KEYS.map(str::to_owned));
            let hint = near
                .first()
                .map_or_else(|| format!("known are {}", KEYS.join(", ")), |near| format!("did you mean {near}?"));
            bail!("{origin}: no setting {name:?}; {hint}");
        };
        let values = values(value.get_ref(), LISTS.contains(&key));
        let Some(values) = values else { bail!("{origin}: {key} takes {}", expected(key)) };
        settings.push(Setting { key, values, origin });
    }
    Ok(settings)
}

fn expected(key: &str) -> &'static str {
    match key {
        key if LISTS.contains(&key) => "a list of texts",
        key if SWITCHES.contains(&key) => "true or false",
        _ => "a text or a number",
    }
}

fn values(value: &DeValue, list: bool) -> Option<Vec<String>> {
    match value {
        DeValue::Array(parts) if list => parts.iter().map(|part| scalar(part.get_ref())).collect(),
        value => Some(vec![scalar(value)?]),
    }
}

fn scalar(value: &DeValue) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(on) => Some(on.to_string()),
        _ => None,
    }
}

/// Refuses a value that its option would refuse, and says where it stands.
fn check(settings: &[Setting]) -> anyhow::Result<()> {
    for setting in settings {
        let Setting { key, values, origin } = setting;
        if SWITCHES.contains(key) {
            if !matches!(values[..], [ref one] if one == "true" || one == "false") {
                bail!("{origin}: {key} takes {}", expected(key));
            }
            continue;
        }
        let arguments = values.iter().map(|value| format!("--{key}={value}"));
        let arguments = std::iter::once("smtpwhy".to_owned()).chain(arguments);
        if let Err(error) = Cli::command().try_get_matches_from(arguments) {
            bail!("{origin}: {}", suggest::usage_error(&error));
        }
    }
    Ok(())
}

/// The command line's grammar with the settings as its defaults.
fn command(settings: &[Setting]) -> clap::Command {
    settings.iter().fold(Cli::command(), |command, setting| {
        let values: Vec<OsString> = setting.values.iter().map(OsString::from).collect();
        command.mut_arg(id(setting.key), |argument| argument.default_values(values))
    })
}

fn id(key: &str) -> String {
    key.replace('-', "_")
}

/// What applies now, as a configuration file that says where each line comes from.
fn shown(matches: &ArgMatches, settings: &[Setting]) -> String {
    let file = file().map_or_else(
        || "none: neither XDG_CONFIG_HOME nor HOME is set".to_owned(),
        |(path, _)| path.display().to_string(),
    );
    let lines = KEYS.into_iter().map(|key| line(key, matches, settings));
    std::iter::once(format!("# {file}\n")).chain(lines).collect()
}

fn line(key: &str, matches: &ArgMatches, settings: &[Setting]) -> String {
    let id = id(key);
    let json = key == "format" && matches.get_flag("json");
    let origin = match matches.value_source(&id) {
        Some(ValueSource::CommandLine) => "option".to_owned(),
        _ if json => "option".to_owned(),
        _ => settings.iter().find(|setting| setting.key == key).map_or("default".to_owned(), |s| s.origin.to_string()),
    };
    match value(key, &id, matches) {
        _ if json => format!("{:<40} # {origin}\n", "format = \"json\""),
        Some(value) => format!("{:<40} # {origin}\n", format!("{key} = {value}")),
        None => format!("{:<40} # not set\n", format!("# {key}")),
    }
}

/// As TOML writes it; a basic string of TOML is one of JSON.
fn value(key: &str, id: &str, matches: &ArgMatches) -> Option<String> {
    if SWITCHES.contains(&key) {
        return Some(matches.get_flag(id).to_string());
    }
    let raw = matches.get_raw(id)?;
    let texts: Vec<String> = raw.map(|value| serde_json::Value::from(value.to_string_lossy()).to_string()).collect();
    match texts.as_slice() {
        [_] if NUMBERS.contains(&key) => Some(texts.concat().replace('"', "")),
        [one] if !LISTS.contains(&key) => Some(one.clone()),
        several => Some(format!("[{}]", several.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(Path::new("c.toml"), text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_key_is_an_option() {
        let cli = Cli::command();
        for key in KEYS {
            let argument = cli.get_arguments().find(|argument| argument.get_long() == Some(key));
            assert_eq!(argument.expect(key).get_id().as_str(), id(key));
        }
    }

    #[test]
    fn faults_name_file_and_line() {
        assert_eq!(
            fault("ascii = true\n\nresolvr = '192.0.2.53'\n"),
            "c.toml:3: no setting \"resolvr\"; did you mean resolver?"
        );
        assert_eq!(fault("vantage = { a = 1 }"), "c.toml:1: vantage takes a list of texts");
        assert!(fault("timeout = \n").starts_with("c.toml:1: "));
    }

    #[test]
    fn a_value_that_its_option_would_refuse_is_refused_where_it_stands() {
        let settings = read(Path::new("c.toml"), "role = 'sender'\ntimeout = 'soon'").unwrap();
        let fault = check(&settings).unwrap_err().to_string();
        assert!(fault.starts_with("c.toml:2: invalid value 'soon' for '--timeout"), "{fault}");
        assert!(!fault.contains('\n'), "{fault}");
    }
}
