//! What each stream can show, and what is said when one fails.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use super::args::{ColorChoice, Global};
use crate::render::style::{Role, Style, visible};

/// Lines longer than this are hard to read, however wide the terminal.
const WIDEST: usize = 100;
const DEFAULT_WIDTH: usize = 80;
const NARROWEST: usize = 40;

/// Terminals that print the addresses of OSC 8 links instead of hiding them.
const WITHOUT_LINKS: [&str; 3] = ["linux", "eterm", "cons25"];

pub(super) fn stdout_style(global: &Global) -> Style {
    style(global, &io::stdout(), terminal_size::terminal_size_of(io::stdout()))
}

pub(super) fn stderr_style(global: &Global) -> Style {
    style(global, &io::stderr(), terminal_size::terminal_size_of(io::stderr()))
}

type Size = Option<(terminal_size::Width, terminal_size::Height)>;

fn style(global: &Global, stream: &impl IsTerminal, size: Size) -> Style {
    let terminal = stream.is_terminal();
    let colour = wants_colour(global.color, terminal);
    let linking = || std::env::var("TERM").is_ok_and(|term| !WITHOUT_LINKS.iter().any(|known| term.starts_with(known)));
    Style {
        colour,
        links: colour && terminal && !is_dumb() && linking(),
        unicode: !global.ascii && !ascii_locale(),
        width: width(size),
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors>: the option before the environment, the environment before
/// the terminal.
fn wants_colour(choice: ColorChoice, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR").is_some() => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto if set("CLICOLOR").is_some_and(|value| value == "0") => false,
        ColorChoice::Auto => terminal && !is_dumb(),
    }
}

/// A terminal that obeys no escape sequences, nor says what it is.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

fn ascii_locale() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    set.is_some_and(|value| value == "C" || value == "POSIX")
}

fn width(size: Size) -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = size.map(|(width, _)| usize::from(width.0));
    let columns = asked.or(terminal).filter(|columns| *columns > 0);
    columns.unwrap_or(DEFAULT_WIDTH).clamp(NARROWEST, WIDEST)
}

/// The time as a page shows it.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Standard output, buffered. What it cannot take is told as such.
pub(super) struct Product(BufWriter<Stdout>);

#[derive(Debug, thiserror::Error)]
#[error("cannot write the output: {0}; write it to another place, or make room there")]
struct NotWritten(io::Error);

impl Product {
    pub(super) fn new() -> Self {
        Product(BufWriter::new(io::stdout()))
    }
}

fn not_written(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), NotWritten(error))
}

impl Write for Product {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(not_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(not_written)
    }
}

/// One line of the conversation. With stderr closed too there is nobody left to tell.
pub(super) fn tell(style: &Style, role: Role, text: &str) {
    let _ = writeln!(io::stderr(), "{} {}", style.paint(role, "smtpwhy:"), visible(text));
}

/// Prints the help or the version.
pub(super) fn help(error: &clap::Error, arguments: &[OsString]) -> io::Result<()> {
    let never = arguments.windows(2).any(|pair| pair[0] == "--color" && pair[1] == "never")
        || arguments.iter().any(|argument| argument == "--color=never");
    let choice = if never { ColorChoice::Never } else { ColorChoice::Auto };
    let text = error.render();
    let mut out = Product::new();
    match wants_colour(choice, io::stdout().is_terminal()) {
        true => write!(out, "{}", text.ansi())?,
        false => write!(out, "{text}")?,
    }
    out.flush()
}
