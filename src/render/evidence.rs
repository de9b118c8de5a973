//! What was pasted with the deciding words underlined, and under them the causes they speak for.

use std::io::{self, Write};
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::{Glyph, Role, Style, visible};
use super::verdict::FAINT;
use crate::diagnosis::Diagnosis;
use crate::rank::{Because, Ground, RankedCause};
use crate::reply::Reply;
use crate::span::{Excerpt, boundary_before};

/// How many causes' words are marked.
const MARKED: usize = 3;

/// Of a long text, the first lines and those with marks are shown, and no more than this.
const FIRST_LINES: usize = 4;
const MOST_LINES: usize = 12;

/// Around the reply, this much of its line is shown, in bytes.
const BEFORE: usize = 32;
const AFTER: usize = 48;

/// An input of no more than this, in bytes, is shown whole.
const SHORT: usize = 200;

/// Words to underline, and what to write under them.
pub(super) struct Mark {
    pub(super) at: Place,
    pub(super) label: String,
    /// Whose evidence they are, as places in the list of causes.
    pub(super) causes: Vec<usize>,
}

#[derive(PartialEq)]
pub(super) enum Place {
    Code,
    Enhanced,
    Text(Range<usize>),
}

/// A text to be shown, with the places of marks in it.
pub(super) struct Marked {
    pub(super) text: String,
    /// Byte ranges, each with its mark's place in the list of marks. None overlap; in order.
    pub(super) places: Vec<(Range<usize>, usize)>,
    pub(super) cut: Cut,
}

/// Where the text was left out before and after what is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) before: bool,
    pub(super) after: bool,
}

/// The lines that show a text; `whole` leaves nothing out.
pub(super) fn lines(marked: &Marked, marks: &[Mark], style: &Style, room: usize, whole: bool) -> Vec<String> {
    let room = room.max(20);
    let cells = cells(marked, style);
    let lines: Vec<&[Cell]> = cells.iter().flat_map(|line| wrap(line, room)).collect();
    let keeps = |index: usize, line: &[Cell]| index < FIRST_LINES || line.iter().any(|cell| cell.mark.is_some());
    let most = if whole { usize::MAX } else { MOST_LINES };
    let kept =
        lines.iter().enumerate().filter(|(index, line)| whole || lines.len() <= MOST_LINES || keeps(*index, line));
    let mut shown = Vec::new();
    let mut told = Vec::new();
    let mut next = 0;
    for (index, line) in kept.take(most) {
        if index > next {
            shown.push(style.glyph(Glyph::Ellipsis).to_owned());
        }
        next = index + 1;
        shown.extend(line_and_labels(line, marks, &mut told, style, room));
    }
    if next < lines.len() {
        shown.push(style.glyph(Glyph::Ellipsis).to_owned());
    }
    shown
}

/// What a diagnosis rests on: the text as it was pasted; where that is encoded, what it says.
pub(super) fn evidence(diagnosis: &Diagnosis, marks: &[Mark], whole: bool) -> Marked {
    let quoted = &diagnosis.quoted;
    match &diagnosis.incident.reply {
        Some(reply) => pasted(quoted, reply, marks, whole).unwrap_or_else(|| reassembled(reply, marks)),
        None => Marked { text: quoted.as_str().trim().to_owned(), places: Vec::new(), cut: Cut::default() },
    }
}

/// A text with some of its places underlined, each labelled.
pub(super) fn marked(
    out: &mut dyn Write,
    text: &str,
    places: impl IntoIterator<Item = (Range<usize>, String)>,
    indent: usize,
    style: &Style,
) -> io::Result<()> {
    let marks: Vec<Mark> =
        places.into_iter().map(|(range, label)| Mark { at: Place::Text(range), label, causes: Vec::new() }).collect();
    let places = marks.iter().enumerate().filter_map(|(index, mark)| Some((mark.words()?, index)));
    let marked = Marked { text: text.to_owned(), places: places.collect(), cut: Cut::default() };
    let lines = lines(&marked, &marks, style, style.width.saturating_sub(indent), false);
    lines.iter().try_for_each(|line| writeln!(out, "{:indent$}{line}", ""))
}

/// The deciding words of the leading causes; the better cause has them where two claim the same. Where no words decide,
/// the code that does.
pub(super) fn marks(causes: &[RankedCause]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    let leading = causes.iter().take(MARKED).filter(|cause| !cause.is_remote());
    for (ranked, because) in leading.flat_map(|cause| cause.because.iter().map(move |because| (cause, because))) {
        if let Ground::Words(words) = &because.ground
            && !marks.iter().any(|mark| mark.overlaps(words))
        {
            let shares = |(place, cause): (usize, &RankedCause)| {
                (place == 0 || cause.confidence >= FAINT).then_some(place).filter(|_| cause.because.contains(because))
            };
            let sharing: Vec<usize> = causes.iter().enumerate().take(MARKED).filter_map(shares).collect();
            let label = match sharing.len() {
                0 | 1 => ranked.cause.id.to_owned(),
                several => format!("{several} causes below"),
            };
            marks.push(Mark { at: Place::Text(words.clone()), label, causes: sharing });
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
    Some(Mark { at, label: title.to_owned(), causes: vec![0] })
}

impl Mark {
    fn words(&self) -> Option<Range<usize>> {
        match &self.at {
            Place::Text(words) => Some(words.clone()),
            Place::Code | Place::Enhanced => None,
        }
    }

    fn overlaps(&self, words: &Range<usize>) -> bool {
        self.words().is_some_and(|own| own.start < words.end && words.start < own.end)
    }
}

/// The reply where it stands in the input, with what is beside it; `None` where the input spells it otherwise.
fn pasted(quoted: &Excerpt, reply: &Reply, marks: &[Mark], whole: bool) -> Option<Marked> {
    let text = quoted.as_str();
    let letters = Letters::of(quoted, &reply.text)?;
    let code = before(text, letters.start, reply.code.map(|code| code.to_string()));
    let enhanced = before(text, letters.start, reply.enhanced.map(|status| status.to_string()));
    let start = [&code, &enhanced].into_iter().flatten().map(|range| range.start).fold(letters.start, usize::min);
    let window = if whole { trimmed(text, 0..text.len()) } else { window(text, start..letters.end) };
    let places = marks.iter().enumerate().flat_map(|(index, mark)| {
        let ranges = match &mark.at {
            Place::Code => code.iter().cloned().collect(),
            Place::Enhanced => enhanced.iter().cloned().collect(),
            Place::Text(words) => letters.places(words),
        };
        ranges.into_iter().map(move |range| (range, index))
    });
    let inside = places.filter(|(range, _)| window.start <= range.start && range.end <= window.end);
    let mut places: Vec<_> =
        inside.map(|(range, index)| (range.start - window.start..range.end - window.start, index)).collect();
    places.sort_by_key(|(range, _)| range.start);
    let cut = Cut {
        before: !text[..window.start].trim().is_empty(),
        after: text[window.end..].trim().chars().any(char::is_alphanumeric),
    };
    Some(Marked { text: text[window].to_owned(), places, cut })
}

/// Where each letter of a reply's text stands in the quoted input.
struct Letters {
    start: usize,
    end: usize,
    /// Byte offsets: in the reply's text, and in the input.
    at: Vec<(usize, Range<usize>)>,
}

impl Letters {
    /// `None` where the input does not hold the reply letter for letter, as in base64.
    fn of(quoted: &Excerpt, said: &Excerpt) -> Option<Self> {
        let mut at = Vec::new();
        for (index, letter) in said.as_str().char_indices() {
            let Some(source) = said.source_span(index..index + letter.len_utf8()) else { continue };
            let place = quoted.locate(source)?;
            if quoted.as_str()[place.clone()] != said.as_str()[index..index + letter.len_utf8()] {
                return None;
            }
            at.push((index, place));
        }
        // Some programs' lines hold the parts of what they tell in another order.
        let start = at.iter().map(|(_, place)| place.start).min()?;
        let end = at.iter().map(|(_, place)| place.end).max()?;
        Some(Letters { start, end, at })
    }

    /// Where these words of the reply stand: in one piece for each line.
    fn places(&self, words: &Range<usize>) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        for (_, place) in self.at.iter().filter(|(index, _)| words.contains(index)) {
            match places.last_mut() {
                Some(last) if last.end == place.start => last.end = place.end,
                _ => places.push(place.clone()),
            }
        }
        places
    }
}

/// The last place of a code shortly before a reply's text.
fn before(text: &str, end: usize, code: Option<String>) -> Option<Range<usize>> {
    let code = code?;
    let from = boundary_before(text, end.saturating_sub(BEFORE));
    let start = from + text[from..end].rfind(&code)?;
    Some(start..start + code.len())
}

/// The reply with a little of the line around it; all of a short text.
fn window(text: &str, reply: Range<usize>) -> Range<usize> {
    let whole = trimmed(text, 0..text.len());
    if whole.len() <= SHORT {
        return whole;
    }
    let line_start = text[..reply.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[reply.end..].find('\n').map_or(text.len(), |at| reply.end + at);
    let start = match reply.start - line_start {
        0..=BEFORE => line_start,
        _ => {
            let from = boundary_before(text, reply.start - BEFORE);
            text[from..reply.start].find(' ').map_or(reply.start, |at| from + at + 1)
        }
    };
    let end = if line_end - reply.end <= AFTER { line_end } else { reply.end };
    trimmed(text, start..end)
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// Code, enhanced status code and text, as they would stand in one line.
fn reassembled(reply: &Reply, marks: &[Mark]) -> Marked {
    let mut marked = Marked { text: String::new(), places: Vec::new(), cut: Cut::default() };
    let code = (reply.code.map(|code| code.to_string()), Place::Code);
    let enhanced = (reply.enhanced.map(|status| status.to_string()), Place::Enhanced);
    for (text, place) in [code, enhanced] {
        let Some(text) = text else { continue };
        let start = marked.text.len();
        let mark = marks.iter().position(|mark| mark.at == place);
        marked.places.extend(mark.map(|mark| (start..start + text.len(), mark)));
        marked.text.push_str(&text);
        marked.text.push(' ');
    }
    let shift = marked.text.len();
    let words = marks.iter().enumerate().filter_map(|(index, mark)| Some((mark.words()?, index)));
    marked.places.extend(words.map(|(range, index)| (range.start + shift..range.end + shift, index)));
    marked.places.sort_by_key(|(range, _)| range.start);
    marked.text.push_str(reply.text.as_str());
    marked
}

/// What stands in some columns, and whose evidence it is.
#[derive(Clone)]
struct Cell {
    shown: String,
    width: usize,
    /// The mark's place in the list of marks.
    mark: Option<usize>,
}

impl Cell {
    fn new(shown: String, mark: Option<usize>) -> Self {
        let width = shown.chars().filter_map(UnicodeWidthChar::width).sum();
        Cell { shown, width, mark }
    }
}

/// The cells of each line of a text.
fn cells(marked: &Marked, style: &Style) -> Vec<Vec<Cell>> {
    let plain = |text: &str| Cell::new(text.to_owned(), None);
    let ellipsis = plain(style.glyph(Glyph::Ellipsis));
    let mut lines = Vec::new();
    let mut line = if marked.cut.before { vec![ellipsis.clone(), plain(" ")] } else { Vec::new() };
    for (at, character) in marked.text.char_indices() {
        let mark = marked.places.iter().find(|(range, _)| range.contains(&at)).map(|(_, mark)| *mark);
        match character {
            '\r' if marked.text[at + 1..].starts_with('\n') => {}
            '\n' => lines.push(std::mem::take(&mut line)),
            _ => line.push(Cell::new(visible(character.encode_utf8(&mut [0; 4])), mark)),
        }
    }
    if marked.cut.after {
        line.extend([plain(" "), ellipsis]);
    }
    lines.push(line);
    lines
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

/// A line, its underlines, and the labels that were not `told` before.
fn line_and_labels<'a>(
    line: &[Cell],
    marks: &'a [Mark],
    told: &mut Vec<&'a str>,
    style: &Style,
    room: usize,
) -> Vec<String> {
    let mut text = String::new();
    let mut under = String::new();
    let mut starts: Vec<(usize, &str)> = Vec::new();
    let mut column = 0;
    for stretch in line.chunk_by(|a, b| a.mark == b.mark) {
        let shown: String = stretch.iter().map(|cell| cell.shown.as_str()).collect();
        let width: usize = stretch.iter().map(|cell| cell.width).sum();
        match stretch[0].mark {
            Some(mark) => {
                text.push_str(&style.paint(Role::Deciding, &shown));
                under.push_str(&style.glyph(Glyph::Underline).repeat(width));
                let label = marks[mark].label.as_str();
                if told.contains(&label) {
                    starts.push((column, ""));
                } else {
                    told.push(label);
                    starts.push((column, label));
                }
            }
            None => {
                text.push_str(&shown);
                under.push_str(&" ".repeat(width));
            }
        }
        column += width;
    }
    let mut lines = vec![text.trim_end().to_owned()];
    if !starts.is_empty() {
        lines.push(behind_blanks(under.trim_end(), Role::Deciding, style));
        lines.extend(labels(&starts, style, room));
    }
    lines
}

/// A line painted from its first sign on.
fn behind_blanks(line: &str, role: Role, style: &Style) -> String {
    let text = line.trim_start_matches(' ');
    format!("{}{}", " ".repeat(line.len() - text.len()), style.paint(role, text))
}

/// Each label under the beginning of its words; those that would collide go to a further line.
fn labels(starts: &[(usize, &str)], style: &Style, room: usize) -> Vec<String> {
    let mut waiting: Vec<(usize, &str)> = starts.to_vec();
    waiting.retain(|(_, label)| !label.is_empty());
    waiting.dedup_by_key(|(_, label)| *label);
    let mut lines = Vec::new();
    while !waiting.is_empty() {
        let mut line = String::new();
        waiting.retain(|(column, label)| {
            let column = (*column).min(room.saturating_sub(label.width()));
            let taken = line.width();
            let fits = line.is_empty() || taken < column;
            if fits {
                line = format!("{line}{:gap$}{label}", "", gap = column - taken);
            }
            !fits
        });
        let options = textwrap::Options::new(room).word_splitter(textwrap::WordSplitter::NoHyphenation);
        lines.extend(textwrap::wrap(&line, options).iter().map(|line| behind_blanks(line, Role::Muted, style)));
    }
    lines
}
