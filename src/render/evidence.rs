//! A reply with the deciding words underlined, and under them the causes they speak for.

use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

use super::style::{Glyph, Role, Style, visible};
use crate::rank::RankedCause;
use crate::reply::Reply;

/// How many causes' words are marked.
const MARKED: usize = 3;

/// How many lines of a reply are shown.
const MOST_LINES: usize = 12;

const INDENT: &str = "    ";

/// What stands in some columns, and whose evidence it is.
struct Cell {
    shown: String,
    width: usize,
    /// The mark's place in the list of marks.
    mark: Option<usize>,
}

pub(super) fn write(out: &mut dyn Write, reply: &Reply, causes: &[RankedCause], style: &Style) -> io::Result<()> {
    let marks = marks(causes);
    let cells = cells(reply, &marks);
    let lines = wrap(&cells, style.width.saturating_sub(INDENT.len()).max(20));
    for line in lines.iter().take(MOST_LINES) {
        write_line(out, line, &marks, style)?;
    }
    if lines.len() > MOST_LINES {
        writeln!(out, "{INDENT}{}", style.glyph(Glyph::Ellipsis))?;
    }
    Ok(())
}

struct Mark {
    words: std::ops::Range<usize>,
    label: &'static str,
}

/// The deciding words of the leading causes; the better cause has them where two claim the same.
fn marks(causes: &[RankedCause]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for ranked in causes.iter().take(MARKED) {
        for words in ranked.because.iter().filter_map(|because| because.words.clone()) {
            let taken = marks.iter().any(|mark| mark.words.start < words.end && words.start < mark.words.end);
            if !taken {
                marks.push(Mark { words, label: ranked.cause.id });
            }
        }
    }
    marks
}

fn cells(reply: &Reply, marks: &[Mark]) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut push = |shown: String, mark| {
        let width = shown.chars().filter_map(|character| character.width()).sum();
        cells.push(Cell { shown, width, mark });
    };
    let code = reply.code.map(|code| format!("{code} "));
    let enhanced = reply.enhanced.map(|status| format!("{status} "));
    for character in code.into_iter().chain(enhanced).collect::<String>().chars() {
        push(character.to_string(), None);
    }
    for (at, character) in reply.text.as_str().char_indices() {
        let mark = marks.iter().position(|mark| mark.words.contains(&at));
        push(visible(character.encode_utf8(&mut [0; 4])), mark);
    }
    cells
}

/// Breaks at blanks where it can.
fn wrap(cells: &[Cell], room: usize) -> Vec<&[Cell]> {
    let mut lines = Vec::new();
    let mut rest = cells;
    while !rest.is_empty() {
        let mut width = 0;
        let fitting = rest.iter().take_while(|cell| {
            width += cell.width;
            width <= room
        });
        let most = fitting.count().max(1);
        let end = match rest[..most].iter().rposition(|cell| cell.shown == " ") {
            Some(blank) if most < rest.len() && blank > 0 => blank + 1,
            _ => most,
        };
        lines.push(&rest[..end]);
        rest = &rest[end..];
    }
    lines
}

fn write_line(out: &mut dyn Write, line: &[Cell], marks: &[Mark], style: &Style) -> io::Result<()> {
    let mut text = String::new();
    let mut under = String::new();
    let mut starts: Vec<(usize, &str)> = Vec::new();
    let mut column = 0;
    let mut before = None;
    for cell in line {
        match cell.mark {
            Some(mark) => {
                text.push_str(&style.paint(Role::Deciding, &cell.shown));
                under.push_str(&style.glyph(Glyph::Underline).repeat(cell.width));
                if before != Some(mark) {
                    starts.push((column, marks[mark].label));
                }
            }
            None => {
                text.push_str(&cell.shown);
                under.push_str(&" ".repeat(cell.width));
            }
        }
        before = cell.mark;
        column += cell.width;
    }
    writeln!(out, "{INDENT}{}", text.trim_end())?;
    if starts.is_empty() {
        return Ok(());
    }
    writeln!(out, "{INDENT}{}", style.paint(Role::Deciding, under.trim_end()))?;
    labels(out, &starts, style)
}

/// Each label under the beginning of its words; those that would collide go to a further line.
fn labels(out: &mut dyn Write, starts: &[(usize, &str)], style: &Style) -> io::Result<()> {
    let mut waiting: Vec<(usize, &str)> = starts.to_vec();
    waiting.dedup_by_key(|(_, label)| *label);
    while !waiting.is_empty() {
        let mut line = String::new();
        waiting.retain(|(column, label)| {
            let fits = line.is_empty() || line.len() < *column;
            if fits {
                line = format!("{line:<column$}{label}");
            }
            !fits
        });
        writeln!(out, "{INDENT}{}", style.paint(Role::Muted, &line))?;
    }
    Ok(())
}
