//! What was handed over: words, files, standard input, or domains.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use crate::render::style::{Role, Style};

/// One thing to look at.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    Domain(String),
    Text(Vec<u8>),
}

#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("{}: {error}; {}", path.display(), hint(error))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("standard input: {0}")]
    Stdin(io::Error),
    #[error("nothing was given; try `smtpwhy '451 4.7.1 try again later'`, or see `smtpwhy --help`")]
    Empty,
}

/// What to try where a file cannot be read.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the path, or put a text in quotes",
        io::ErrorKind::PermissionDenied => "pipe it in as a user who may read it",
        io::ErrorKind::IsADirectory => "name the files in it",
        _ => "try to pipe it in",
    }
}

/// A paste counts up to here, in bytes; what is longer is a log.
pub const MOST_BYTES: usize = 16 << 20;
/// And so many failures of it are told.
pub const MOST_FAILURES: usize = 10_000;

/// Decides what the words on the command line are: files, domains, or one text. What cannot be read is told in its place.
pub fn gather(words: &[OsString], style: &Style) -> Vec<Result<Input, InputError>> {
    match words {
        words if is_standard_input(words) => vec![from_stdin(style).map(classify)],
        words if words.iter().any(|word| names_source(word)) && words.iter().all(|word| stands_alone(word)) => {
            words.iter().map(|word| from_word(word, style)).collect()
        }
        words if words.iter().all(|word| as_domain(word).is_some()) => {
            words.iter().filter_map(|word| as_domain(word)).map(|domain| Ok(Input::Domain(domain))).collect()
        }
        words => vec![Ok(Input::Text(joined(words)))],
    }
}

pub fn is_standard_input(words: &[OsString]) -> bool {
    words.iter().all(|word| word == "-") && words.len() <= 1
}

fn names_source(word: &OsStr) -> bool {
    word == "-" || is_file(word) || looks_like_path(word)
}

fn stands_alone(word: &OsStr) -> bool {
    names_source(word) || as_domain(word).is_some()
}

fn from_word(word: &OsStr, style: &Style) -> Result<Input, InputError> {
    match as_domain(word) {
        _ if word == "-" => from_stdin(style).map(classify),
        Some(domain) if !is_file(word) && !looks_like_path(word) => Ok(Input::Domain(domain)),
        _ => from_file(word.as_ref()),
    }
}

fn is_file(word: &OsStr) -> bool {
    let path = Path::new(word);
    path.exists() && !path.is_dir()
}

/// One word with a path in it and no blank is a file that is missing, not a reply.
fn looks_like_path(word: &OsStr) -> bool {
    let Some(text) = word.to_str() else { return false };
    let path = Path::new(text);
    let known = path.extension().is_some_and(|extension| ["log", "eml", "txt", "msg"].iter().any(|e| extension == *e));
    !text.contains(char::is_whitespace) && (path.is_dir() || known || text.starts_with(['/', '.']) && text.len() > 1)
}

fn joined(words: &[OsString]) -> Vec<u8> {
    words.join(OsStr::new(" ")).into_encoded_bytes()
}

fn from_file(path: &Path) -> Result<Input, InputError> {
    let unreadable = |error| InputError::Unreadable { path: path.to_owned(), error };
    let file = fs::File::open(path).map_err(unreadable)?;
    read_bounded(file).map(Input::Text).map_err(unreadable)
}

fn from_stdin(style: &Style) -> Result<Vec<u8>, InputError> {
    let stdin = io::stdin();
    let terminal = stdin.is_terminal();
    if terminal {
        prompt(style);
    }
    let bytes = read_bounded(stdin.lock()).map_err(InputError::Stdin)?;
    if terminal {
        let _ = writeln!(io::stderr());
    }
    if bytes.iter().all(u8::is_ascii_whitespace) { Err(InputError::Empty) } else { Ok(bytes) }
}

/// What ends the input at a terminal.
pub const END_OF_INPUT: &str = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };

/// The conversation goes to stderr; a closed stderr is no reason to stop.
pub fn prompt(style: &Style) {
    let mut err = io::stderr();
    let _ = writeln!(err, "{}", style.paint(Role::Heading, "Paste an SMTP error, log lines, a bounce or a domain."));
    let end = format!("Then press Enter and {END_OF_INPUT}. Ctrl-C leaves.");
    let _ = writeln!(err, "{}\n", style.paint(Role::Muted, &end));
}

/// What to say of a paste that is longer than is read.
pub fn notice_of_rest() -> String {
    format!("read the first {} MiB only; `smtpwhy logs` reads whole logs", MOST_BYTES >> 20)
}

/// What to say where a paste holds more failures than are told.
pub fn notice_of_more() -> String {
    format!("told the first {MOST_FAILURES} failures only; `smtpwhy logs` groups all of them")
}

/// What to say where a mail holds parts that are not read.
pub const NOTICE_OF_PARTS: &str =
    "the mail's parts are nested too deep, or too many, to read all of them; paste the one with the error alone";

/// Reads a byte more than counts, which shows that there is more.
fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub fn classify(bytes: Vec<u8>) -> Input {
    let word = std::str::from_utf8(&bytes).ok().map(str::trim).and_then(domain_or_address);
    word.map_or(Input::Text(bytes), Input::Domain)
}

fn as_domain(word: &OsStr) -> Option<String> {
    word.to_str().and_then(domain_or_address)
}

/// The domain that a text is, or that the address it is belongs to.
pub fn domain_or_address(text: &str) -> Option<String> {
    match text.split_once('@') {
        Some((local, domain)) if !local.contains(char::is_whitespace) => domain_name(domain),
        Some(_) => None,
        None => domain_name(text),
    }
}

/// The name in lower case without its trailing dot, if it can be a mail domain: two labels or more, the last no number
/// (RFC 1123 §2.1), internationalised names as they are typed.
fn domain_name(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let label_fits = |label: &&str| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let last = labels.last()?;
    let top_fits = last.len() >= 2 && last.chars().any(char::is_alphabetic);
    (labels.len() >= 2 && name.len() <= 253 && labels.iter().all(label_fits) && top_fits).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::style::PLAIN;

    fn gathered(words: &[OsString]) -> Vec<Input> {
        gather(words, &PLAIN).into_iter().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn domains_are_told_from_texts() {
        assert_eq!(domain_name("Example.COM."), Some("example.com".into()));
        assert_eq!(domain_name("_dmarc.example.com"), Some("_dmarc.example.com".into()));
        assert_eq!(domain_name("bücher.example"), Some("bücher.example".into()));
        for text in ["4.7.1", "192.0.2.1", "localhost", "451", "example..com", "a b.example", ""] {
            assert_eq!(domain_name(text), None, "{text:?}");
        }
    }

    #[test]
    fn unquoted_words_are_one_text() {
        let words = ["451", "4.7.1", "try", "again", "later"].map(OsString::from);
        let expected = Input::Text(b"451 4.7.1 try again later".to_vec());
        assert_eq!(gathered(&words), [expected]);
    }

    #[test]
    fn an_address_stands_for_its_domain() {
        assert_eq!(gathered(&["u@example.com".into()]), [Input::Domain("example.com".into())]);
    }

    #[test]
    fn a_reply_that_ends_in_an_address_is_a_text() {
        let text = b"550 5.1.6 recipient no longer on server: u@example.com\n".to_vec();
        assert_eq!(classify(text.clone()), Input::Text(text));
    }

    #[test]
    fn a_missing_file_is_named() {
        let [missing, domain] = &gather(&["no-such-file.log".into(), "example.com".into()], &PLAIN)[..] else {
            panic!()
        };
        let error = missing.as_ref().unwrap_err();
        assert!(error.to_string().starts_with("no-such-file.log: "), "{error}");
        assert_eq!(*domain.as_ref().unwrap(), Input::Domain("example.com".into()));
    }
}
