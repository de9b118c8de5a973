//! Failures in tables: PowerMTA's accounting files, and what services export, one message a row below the columns' names.
//! [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).

use std::ops::Range;

use super::json::{self, Document};
use super::{Incident, scan};
use crate::span::Excerpt;

/// Fewer columns than these are an enumeration in a sentence.
const MIN_COLUMNS: usize = 4;

/// The table that starts with this line, and where it ends.
pub(super) fn table(input: &Excerpt, line: Range<usize>) -> Option<(Vec<Incident>, usize)> {
    let text = input.as_str();
    let names = cells(text, line.clone());
    if names.len() < MIN_COLUMNS || !json::are_columns(names.iter().map(|name| &text[name.clone()])) {
        return None;
    }
    let mut found = Vec::new();
    let mut at = scan::next_line(text, line.end);
    while let Some(row) = row(text, at).filter(|row| !row.is_empty()) {
        let values = cells(text, row.clone());
        found.extend(Document::of_row(input, row.clone(), names.iter().cloned().zip(values)).incidents());
        at = scan::next_line(text, row.end);
    }
    Some((found, at))
}

/// The line at `at`, with those that a quoted cell goes on over.
fn row(text: &str, at: usize) -> Option<Range<usize>> {
    const MAX_ROW: usize = 16 << 10;
    let mut line = (at < text.len()).then(|| scan::line(text, at))?;
    while text[line.clone()].matches('"').count() % 2 == 1 && line.len() < MAX_ROW && line.end < text.len() {
        line.end = scan::line(text, scan::next_line(text, line.end)).end;
    }
    Some(line)
}

/// Its cells, without the quotation marks around them.
fn cells(text: &str, row: Range<usize>) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (row.start, false);
    for (offset, byte) in text[row.clone()].bytes().enumerate() {
        quoted ^= byte == b'"';
        if byte == b',' && !quoted {
            cells.push(start..row.start + offset);
            start = row.start + offset + 1;
        }
    }
    cells.push(start..row.end);
    cells.into_iter().map(|cell| unquoted(text, scan::trim(text, cell))).collect()
}

fn unquoted(text: &str, cell: Range<usize>) -> Range<usize> {
    let quoted = cell.len() > 1 && text[cell.clone()].starts_with('"') && text[cell.clone()].ends_with('"');
    if quoted { cell.start + 1..cell.end - 1 } else { cell }
}
