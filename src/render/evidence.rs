//! A reply with the deciding words underlined, and under them the causes they speak for.

use std::io::{self, Write};
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::{Glyph, Role, Style, visible};
use crate::rank::{Because, Ground, RankedCause};
use crate::reply::Reply;

/// How many causes' words are marked.
const MARKED: usize = 3;

/// How many lines are shown, and beyond them those with a mark.
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
    write_cells(out, &cells(reply, &marks), &marks, style)
}

/// A text with some of its places underlined, each labelled.
pub(super) fn marked(
    out: &mut dyn Write,
    text: &str,
    places: impl IntoIterator<Item = (Range<usize>, String)>,
    style: &Style,
) -> io::Result<()> {
    let marks: Vec<Mark> = places.into_iter().map(|(range, label)| Mark { at: Place::Text(range), label }).collect();
    let mut cells = Vec::new();
    push_text(&mut cells, text, &marks);
    write_cells(out, &cells, &marks, style)
}

fn write_cells(out: &mut dyn Write, cells: &[Cell], marks: &[Mark], style: &Style) -> io::Result<()> {
    let lines = wrap(cells, style.width.saturating_sub(INDENT.len()).max(20));
    let mut left_out = false;
    for (index, line) in lines.iter().enumerate() {
        if index < MOST_LINES || line.iter().any(|cell| cell.mark.is_some()) {
            write_line(out, line, marks, style)?;
            left_out = false;
        } else if !std::mem::replace(&mut left_out, true) {
            writeln!(out, "{INDENT}{}", style.glyph(Glyph::Ellipsis))?;
        }
    }
    Ok(())
}

/// Words to underline, and what to write under them.
struct Mark {
    at: Place,
    label: String,
}

#[derive(PartialEq)]
enum Place {
    Code,
    Enhanced,
    Text(Range<usize>),
}

/// The deciding words of the leading causes; the better cause has them where two claim the same. Where no words decide,
/// the code that does.
fn marks(causes: &[RankedCause]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for (ranked, because) in causes.iter().take(MARKED).flat_map(|c| c.because.iter().map(move |because| (c, because)))
    {
        if let Ground::Words(words) = &because.ground
            && !marks.iter().any(|mark| mark.covers(words))
        {
            marks.push(Mark { at: Place::Text(words.clone()), label: ranked.cause.id.to_owned() });
        }
    }
    if marks.is_empty() {
        let first = causes.first().and_then(|ranked| ranked.because.first());
        marks.extend(first.and_then(code_mark));
    }
    marks
}

fn code_mark(because: &Because) -> Option<Mark> {
    let at = match because.ground {
        Ground::Code => Place::Code,
        Ground::Enhanced => Place::Enhanced,
        _ => return None,
    };
    let (_, title) = because.text.split_once(": ")?;
    Some(Mark { at, label: title.to_owned() })
}

impl Mark {
    fn covers(&self, words: &Range<usize>) -> bool {
        matches!(&self.at, Place::Text(own) if own.start < words.end && words.start < own.end)
    }

    fn holds(&self, at: usize) -> bool {
        matches!(&self.at, Place::Text(own) if own.contains(&at))
    }
}

fn cells(reply: &Reply, marks: &[Mark]) -> Vec<Cell> {
    let mut cells = Vec::new();
    let code = (reply.code.map(|code| code.to_string()), Place::Code);
    let enhanced = (reply.enhanced.map(|status| status.to_string()), Place::Enhanced);
    for (text, place) in [code, enhanced] {
        let Some(text) = text else { continue };
        let mark = marks.iter().position(|mark| mark.at == place);
        cells.extend(text.chars().map(|character| Cell::new(character.to_string(), mark)));
        cells.push(Cell::new(" ".to_owned(), None));
    }
    push_text(&mut cells, reply.text.as_str(), marks);
    cells
}

fn push_text(cells: &mut Vec<Cell>, text: &str, marks: &[Mark]) {
    for (at, character) in text.char_indices() {
        let mark = marks.iter().position(|mark| mark.holds(at));
        cells.push(Cell::new(visible(character.encode_utf8(&mut [0; 4])), mark));
    }
}

impl Cell {
    fn new(shown: String, mark: Option<usize>) -> Self {
        let width = shown.chars().filter_map(|character| character.width()).sum();
        Cell { shown, width, mark }
    }
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
                    starts.push((column, &marks[mark].label));
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
    waiting.retain(|(_, label)| !label.is_empty());
    waiting.dedup_by_key(|(_, label)| *label);
    while !waiting.is_empty() {
        let mut line = String::new();
        waiting.retain(|(column, label)| {
            let taken = line.width();
            let fits = line.is_empty() || taken < *column;
            if fits {
                line = format!("{line}{:gap$}{label}", "", gap = *column - taken);
            }
            !fits
        });
        writeln!(out, "{INDENT}{}", style.paint(Role::Muted, &line))?;
    }
    Ok(())
}
