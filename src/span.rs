//! Where a piece of text came from: byte spans, and text that remembers its source.

use std::ops::Range;

/// Byte offsets `[start, end)` into some text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` on, `end` itself not included. `start` is not after `end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Span { start, end }
    }

    /// As an index into the text: `text[span.range()]`.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether all of `other` lies within; a span contains itself.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// The nearest character boundary of `text` at or before `at`; its end where `at` is beyond.
pub(crate) fn boundary_before(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Span::new(range.start, range.end)
    }
}

/// Text taken out of an input, with the place of every byte in that input.
///
/// An excerpt is what a person would read: continuation prefixes removed, folded lines joined, encodings undone. Its
/// source spans still point into the bytes that were pasted, so the deciding words can be underlined there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// In order of `at`; each run ends where the next begins.
    runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    at: usize,
    source: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Byte for byte from this offset on.
    Verbatim(usize),
    /// The whole run stands for this stretch of the source, which is spelt otherwise there.
    Decoded(Span),
    /// Put in by us, such as the blank that joins two lines.
    Added,
}

impl Origin {
    fn starts_after(self, offset: usize) -> bool {
        match self {
            Origin::Verbatim(start) | Origin::Decoded(Span { start, .. }) => start > offset,
            Origin::Added => false,
        }
    }
}

impl Excerpt {
    /// The whole of an input. Octets that are no UTF-8 read as U+FFFD, each sequence mapped to the octets it replaces.
    pub fn from_bytes(input: &[u8]) -> Self {
        Excerpt::from_bytes_at(input, 0)
    }

    /// The part of an input that starts at `offset`.
    pub fn from_bytes_at(part: &[u8], mut offset: usize) -> Self {
        let mut excerpt = Excerpt::default();
        for chunk in part.utf8_chunks() {
            excerpt.push_verbatim(chunk.valid(), offset);
            offset += chunk.valid().len();
            let invalid = chunk.invalid().len();
            if invalid > 0 {
                excerpt.push_decoded("\u{fffd}", Span::new(offset, offset + invalid));
                offset += invalid;
            }
        }
        excerpt
    }

    /// As a person would read it. What no UTF-8 can spell reads as U+FFFD.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// In bytes, as all offsets here.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Appends text that stands letter for letter in the source at `start`.
    pub fn push_verbatim(&mut self, text: &str, start: usize) {
        if text.is_empty() {
            return;
        }
        let continues = matches!(self.runs.last(), Some(Run { at, source: Origin::Verbatim(from) })
            if from + (self.text.len() - at) == start);
        if !continues {
            self.push_run(Origin::Verbatim(start));
        }
        self.text.push_str(text);
    }

    /// Appends text that the source spells otherwise (`\n`, `=20`, base64) in `span`.
    pub fn push_decoded(&mut self, text: &str, span: Span) {
        if !text.is_empty() {
            self.push_run(Origin::Decoded(span));
            self.text.push_str(text);
        }
    }

    /// Appends text that is not in the source at all.
    pub fn push_added(&mut self, text: &str) {
        if !text.is_empty() {
            self.push_run(Origin::Added);
            self.text.push_str(text);
        }
    }

    /// Appends another excerpt of the same source.
    pub fn push(&mut self, other: &Excerpt) {
        let shift = self.text.len();
        self.runs.extend(other.runs.iter().map(|run| Run { at: run.at + shift, ..*run }));
        self.text.push_str(&other.text);
    }

    fn push_run(&mut self, source: Origin) {
        self.runs.push(Run { at: self.text.len(), source });
    }

    /// A part of this excerpt.
    ///
    /// # Panics
    /// Where `range` is out of bounds or splits a character, as slicing a `str` does.
    pub fn slice(&self, range: Range<usize>) -> Excerpt {
        let mut part = Excerpt { text: self.text[range.clone()].to_owned(), runs: Vec::new() };
        if range.is_empty() {
            return part;
        }
        let first = self.run_index(range.start);
        for run in self.runs[first..].iter().take_while(|run| run.at < range.end) {
            let skipped = range.start.saturating_sub(run.at);
            let source = match run.source {
                Origin::Verbatim(from) => Origin::Verbatim(from + skipped),
                other => other,
            };
            part.runs.push(Run { at: (run.at + skipped) - range.start, source });
        }
        part
    }

    /// This excerpt without white space at its ends.
    pub fn trimmed(&self) -> Excerpt {
        let start = self.text.len() - self.text.trim_start().len();
        let end = start + self.text.trim().len();
        self.slice(start..end)
    }

    /// Appends the part `range` of `other`, which is of the same source, on one line: each line break goes, with the blanks
    /// around it, for a single blank.
    pub fn push_line(&mut self, other: &Excerpt, range: Range<usize>) {
        let base = range.start;
        let mut at = 0;
        let text = &other.text[range];
        for line in text.split('\n') {
            let trimmed = line.trim();
            if !trimmed.is_empty() {
                if at > 0 && !self.text.ends_with(' ') && !self.text.is_empty() {
                    self.push_added(" ");
                }
                let start = base + at + (line.len() - line.trim_start().len());
                self.push_part(other, start..start + trimmed.len());
            }
            at += line.len() + 1;
        }
    }

    /// Appends the part `range` of `other`, which is of the same source.
    pub fn push_part(&mut self, other: &Excerpt, range: Range<usize>) {
        match other.run_at(range.start) {
            Some((Run { at, source: Origin::Verbatim(from) }, end)) if range.end <= end => {
                self.push_verbatim(&other.text[range.clone()], from + (range.start - at));
            }
            _ => self.push(&other.slice(range)),
        }
    }

    /// The smallest span of the source that holds `range` of this excerpt; `None` where all of it was added.
    pub fn source_span(&self, range: Range<usize>) -> Option<Span> {
        if range.is_empty() || range.end > self.text.len() {
            return None;
        }
        let mut covered: Option<Span> = None;
        let first = self.run_index(range.start);
        for (index, run) in self.runs.iter().enumerate().skip(first) {
            if run.at >= range.end {
                break;
            }
            let run_end = self.runs.get(index + 1).map_or(self.text.len(), |next| next.at);
            let here = match run.source {
                Origin::Verbatim(from) => {
                    let start = range.start.max(run.at) - run.at;
                    let end = range.end.min(run_end) - run.at;
                    Span::new(from + start, from + end)
                }
                Origin::Decoded(span) => span,
                Origin::Added => continue,
            };
            covered =
                Some(covered.map_or(here, |so_far| Span::new(so_far.start.min(here.start), so_far.end.max(here.end))));
        }
        covered
    }

    /// The span of all of it.
    pub fn source(&self) -> Option<Span> {
        self.source_span(0..self.text.len())
    }

    /// Where in this excerpt the part `span` of the source stands; `None` where nothing of it is here. For an excerpt that
    /// keeps its source's order, as the whole of an input does.
    pub fn locate(&self, span: Span) -> Option<Range<usize>> {
        let first = self.runs.partition_point(|run| !run.source.starts_after(span.start)).saturating_sub(1);
        let mut found: Option<Range<usize>> = None;
        for (index, run) in self.runs.iter().enumerate().skip(first) {
            if run.source.starts_after(span.end) {
                break;
            }
            let run_end = self.runs.get(index + 1).map_or(self.text.len(), |next| next.at);
            let here = match run.source {
                Origin::Verbatim(from) => {
                    let end = run.at + span.end.saturating_sub(from);
                    run.at + span.start.saturating_sub(from)..end.min(run_end)
                }
                Origin::Decoded(source) if source.start < span.end && span.start < source.end => run.at..run_end,
                Origin::Decoded(_) | Origin::Added => continue,
            };
            if here.start < here.end {
                found = Some(found.map_or(here.start, |so_far| so_far.start)..here.end);
            }
        }
        found
    }

    /// The run that holds `at`, and where it ends.
    fn run_at(&self, at: usize) -> Option<(Run, usize)> {
        let index = self.run_index(at);
        let run = *self.runs.get(index)?;
        Some((run, self.runs.get(index + 1).map_or(self.text.len(), |next| next.at)))
    }

    fn run_index(&self, at: usize) -> usize {
        self.runs.partition_point(|run| run.at <= at).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_octets_keep_later_spans_exact() {
        let excerpt = Excerpt::from_bytes(b"a\xff\xfeb");
        assert_eq!(excerpt.as_str(), "a\u{fffd}\u{fffd}b");
        let b = excerpt.as_str().find('b').unwrap();
        assert_eq!(excerpt.source_span(b..b + 1), Some(Span::new(3, 4)));
        assert_eq!(excerpt.source_span(1..4), Some(Span::new(1, 2)));
        assert_eq!(excerpt.locate(Span::new(3, 4)), Some(b..b + 1));
        assert_eq!(excerpt.locate(Span::new(0, 2)), Some(0..4));
        assert_eq!(excerpt.slice(b..b + 1).locate(Span::new(0, 3)), None);
    }

    #[test]
    fn joined_lines_map_back_over_what_was_left_out() {
        let source = "550-5.7.1 no\n550 5.7.1 way";
        let whole = Excerpt::from_bytes(source.as_bytes());
        let mut joined = whole.slice(10..12);
        joined.push_added(" ");
        joined.push(&whole.slice(23..26));
        assert_eq!(joined.as_str(), "no way");
        assert_eq!(joined.source(), Some(Span::new(10, 26)));
        assert_eq!(joined.source_span(3..6), Some(Span::new(23, 26)));
        assert_eq!(joined.slice(3..6).source(), Some(Span::new(23, 26)));
        assert_eq!(joined.source_span(2..3), None);
    }
}
