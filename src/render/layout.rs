//! The shapes that all text output shares: headlines, hanging paragraphs, labelled rows, commands to copy, sources.

use std::io::{self, Write};

use textwrap::core::display_width;

use super::style::{Glyph, Role, Style, visible};
use crate::knowledge::Source;

pub(super) const INDENT: usize = 2;

/// The column of labels (`said`, `now`, `after 6 h`).
const LABEL_WIDTH: usize = 13;

/// Where less than this is left beside a label, the text goes below it.
const LEAST_ROOM: usize = 30;

const BELOW_LABEL: usize = 4;

/// The answer: a sign and a bold sentence.
pub(super) fn headline(out: &mut dyn Write, style: &Style, glyph: Glyph, role: Role, text: &str) -> io::Result<()> {
    numbered_headline(out, style, "", (glyph, role), text)
}

/// The answer to one of several things, with its number before the sign.
pub(super) fn numbered_headline(
    out: &mut dyn Write,
    style: &Style,
    number: &str,
    (glyph, role): (Glyph, Role),
    text: &str,
) -> io::Result<()> {
    let indent = number.len() + INDENT;
    let lines = wrapped(text, style.width.saturating_sub(indent));
    for (index, line) in lines.iter().enumerate() {
        match index {
            0 => write!(out, "{number}{} ", style.paint(role, style.glyph(glyph)))?,
            _ => write!(out, "{:indent$}", "")?,
        }
        writeln!(out, "{}", style.paint(Role::Heading, line))?;
    }
    Ok(())
}

/// Wraps `text` behind `lead`, and later lines under where it began. `painted` is `lead` as it is to be printed.
pub(super) fn hang(out: &mut dyn Write, style: &Style, lead: &str, painted: &str, text: &str) -> io::Result<()> {
    let indent = display_width(lead);
    if style.width < indent + LEAST_ROOM && indent > BELOW_LABEL && !text.is_empty() {
        if !lead.trim().is_empty() {
            writeln!(out, "{}", painted.trim_end())?;
        }
        let below = " ".repeat(BELOW_LABEL);
        return hang(out, style, &below, &below, text);
    }
    let mut lines = wrapped(text, style.width.saturating_sub(indent)).into_iter();
    let first = lines.next().unwrap_or_default();
    writeln!(out, "{}", format!("{painted}{first}").trim_end())?;
    lines.try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}

/// Ids are not split at their hyphens, nor numbers from their units.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    const UNITS: [&str; 5] = ["s", "min", "h", "days", "%"];
    const NO_BREAK: char = '\u{a0}';
    let mut words = visible(text);
    for unit in UNITS {
        let spaced: Vec<usize> = words.match_indices(&format!(" {unit}")).map(|(at, _)| at).collect();
        for at in spaced.into_iter().rev() {
            let end = words[at + 1 + unit.len()..].chars().next().is_none_or(|next| !next.is_alphanumeric());
            if end && words[..at].ends_with(|before: char| before.is_ascii_digit()) {
                words.replace_range(at..=at, "\u{a0}");
            }
        }
    }
    let options = textwrap::Options::new(room.max(20)).word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&words, options).into_iter().map(|line| line.replace(NO_BREAK, " ")).collect()
}

pub(super) fn paragraph(out: &mut dyn Write, style: &Style, lead: &str, text: &str) -> io::Result<()> {
    let lead = format!("{:INDENT$}{lead}", "");
    hang(out, style, &lead, &lead, text)
}

/// Paragraphs that are separated by blank lines, each with one after it.
pub(super) fn paragraphs(out: &mut dyn Write, style: &Style, text: &str) -> io::Result<()> {
    for part in text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()) {
        let joined = part.split_whitespace().collect::<Vec<_>>().join(" ");
        paragraph(out, style, "", &joined)?;
        writeln!(out)?;
    }
    Ok(())
}

/// Text behind a muted label.
pub(super) fn labelled(out: &mut dyn Write, style: &Style, label: &str, text: &str) -> io::Result<()> {
    let lead = label_lead(label);
    hang(out, style, &lead, &style.paint(Role::Muted, &lead), text)
}

/// Text behind a label and a sign.
pub(super) fn row(
    out: &mut dyn Write,
    style: &Style,
    label: &str,
    (glyph, role): (Glyph, Role),
    text: &str,
) -> io::Result<()> {
    let label = label_lead(label);
    let sign = style.glyph(glyph);
    let painted = format!("{}{} ", style.paint(Role::Muted, &label), style.paint(role, sign));
    hang(out, style, &format!("{label}{sign} "), &painted, text)
}

/// A label as it stands before a row.
pub(super) fn label_lead(label: &str) -> String {
    format!("{:INDENT$}{label:<LABEL_WIDTH$}", "")
}

/// Columns before what is labelled, and whether the label stands on a line of its own.
pub(super) fn labelled_indent(style: &Style) -> (usize, bool) {
    match INDENT + LABEL_WIDTH {
        wide if style.width < wide + LEAST_ROOM => (BELOW_LABEL, true),
        wide => (wide, false),
    }
}

/// A command to copy. Each line of it is a command, or ends so that a shell reads on.
pub(super) fn command(out: &mut dyn Write, style: &Style, indent: usize, command: &str) -> io::Result<()> {
    for line in command.lines().flat_map(|line| shell_lines(line, style.width.saturating_sub(indent))) {
        writeln!(out, "{:indent$}{}", "", style.paint(Role::Command, &line))?;
    }
    Ok(())
}

/// Breaks a long command where a shell does not mind: at `;`, after `|` and `&&`, and at blanks behind a backslash, a
/// backtick in PowerShell; not between an option or a redirection and its value.
fn shell_lines(command: &str, room: usize) -> Vec<String> {
    const CONTINUED: &str = "  ";
    if display_width(command) <= room {
        return vec![command.to_owned()];
    }
    let mut lines = Vec::new();
    for statement in split(command, &["; "]) {
        let more = if is_cmdlet(statement) { " `" } else { " \\" };
        let mut line = String::new();
        let parts = split(statement.trim_end_matches([';', ' ']), &["| ", "&& ", " "]);
        for (index, part) in parts.iter().enumerate() {
            let value = parts.get(index + 1).filter(|next| part.starts_with(['-', '>']) && !next.starts_with('-'));
            let whole = format!("{part}{}", value.unwrap_or(&""));
            let fits = display_width(&line) + display_width(whole.trim_end()) + 2 <= room;
            let breakable = ["|", "&&"].iter().any(|operator| line.trim_end().ends_with(operator));
            if !line.trim().is_empty() && !fits {
                let end = if breakable { "" } else { more };
                lines.push(format!("{}{end}", line.trim_end()));
                line = CONTINUED.to_owned();
            }
            line.push_str(part);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Whether a command begins as PowerShell's do: `Get-Queue`.
fn is_cmdlet(statement: &str) -> bool {
    let word = statement.split(' ').next().unwrap_or_default();
    word.split_once('-').is_some_and(|(verb, noun)| {
        verb.starts_with(|c: char| c.is_ascii_uppercase()) && noun.starts_with(|c: char| c.is_ascii_uppercase())
    })
}

/// Parts of a command that each end in one of `ends` outside quotes and parentheses. What follows a `#` is one part.
fn split<'a>(command: &'a str, ends: &[&str]) -> Vec<&'a str> {
    let (mut parts, mut start, mut quote, mut depth) = (Vec::new(), 0, None, 0_usize);
    for (at, character) in command.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            (None, '#') if command[..at].ends_with(' ') => break,
            _ => {}
        }
        let end = at + character.len_utf8();
        if quote.is_none() && depth == 0 && ends.iter().any(|mark| command[start..end].ends_with(mark)) {
            parts.push(&command[start..end]);
            start = end;
        }
    }
    parts.extend((start < command.len()).then(|| &command[start..]));
    parts
}

/// Citations behind a label, each a link where the stream has links; with `whole`, each with its address below it.
pub(super) fn sources(out: &mut dyn Write, style: &Style, sources: &[Source], whole: bool) -> io::Result<()> {
    match sources {
        [] => Ok(()),
        sources if whole => sources.iter().enumerate().try_for_each(|(index, source)| {
            labelled(out, style, if index == 0 { "sources" } else { "" }, source.cite)?;
            let (indent, _) = labelled_indent(style);
            writeln!(out, "{:indent$}{}", "", style.link(source.url, source.url))
        }),
        sources => citations(out, style, sources),
    }
}

fn citations(out: &mut dyn Write, style: &Style, sources: &[Source]) -> io::Result<()> {
    let label = label_lead("sources");
    let (indent, below) = labelled_indent(style);
    let gap = format!("\n{:indent$}", "");
    let lead = style.paint(Role::Muted, if below { label.trim_end() } else { &label });
    let lead = if below { format!("{lead}{gap}") } else { lead };
    write!(out, "{lead}")?;
    let mut column = indent;
    for (word, url) in cited_words(sources) {
        let width = display_width(&word);
        if column > indent && column + 1 + width > style.width {
            write!(out, "{gap}")?;
            column = indent;
        } else if column > indent {
            write!(out, " ")?;
            column += 1;
        }
        write!(out, "{}", style.link(&word, url))?;
        column += width;
    }
    writeln!(out)
}

/// The words of `cite; cite; cite`, each with where its citation leads.
fn cited_words(sources: &[Source]) -> impl Iterator<Item = (String, &'static str)> {
    sources.iter().enumerate().flat_map(move |(index, source)| {
        let end = if index + 1 < sources.len() { ";" } else { "" };
        let cite = format!("{}{end}", source.cite);
        cite.split_whitespace().map(|word| (word.to_owned(), source.url)).collect::<Vec<_>>()
    })
}

/// With a comma between thousands.
pub(super) fn number(number: impl ToString) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
