//! Files cut at line ends into stretches that threads can work on.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use super::source::{Progress, Source};
use crate::intake::is_message;
use crate::triage::{Clock, LONGEST_LINE, LONGEST_MAIL, Scanned, Scanner};

/// In bytes: what fits a core's own cache, and is worth handing over.
const LENGTH: usize = 512 << 10;

/// Whole lines of a log, or a mail.
#[derive(Debug)]
pub(crate) struct Chunk {
    buffer: Vec<u8>,
    length: usize,
    /// Which of the sources.
    pub source: usize,
    /// Where it stands in its source, decompressed.
    pub offset: u64,
    /// The log's time before it.
    pub clock: Clock,
    pub is_mail: bool,
    pub(super) serial: u64,
}

impl Chunk {
    pub fn text(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// What it says of which message.
    pub fn scanned(&self, scanner: &mut Scanner) -> Scanned {
        match self.is_mail {
            true => scanner.mail(self.text(), (self.source, self.offset)),
            false => scanner.lines(self.text(), self.clock.clone()),
        }
    }

    /// The buffer, to be filled again.
    pub fn recycle(self) -> Vec<u8> {
        self.buffer
    }
}

/// What could not be read to its end.
#[derive(Debug)]
#[non_exhaustive]
pub struct Broken {
    /// Its path, or `standard input`.
    pub name: String,
    /// What ended the reading.
    pub error: io::Error,
}

/// Reads the sources one after the other.
pub(crate) struct Reader {
    pub sources: Vec<Source>,
    next: usize,
    open: Option<Open>,
    serial: u64,
    progress: Progress,
    /// Whether a last line without its end may grow yet.
    following: bool,
    pub broken: Vec<Broken>,
    /// How much of each source was read in whole lines.
    pub ends: Vec<u64>,
    /// Whether nothing more is wanted.
    stop: &'static AtomicBool,
}

struct Open {
    content: Box<dyn BufRead + Send>,
    source: usize,
    offset: u64,
    clock: Clock,
    /// What has been read of the next line or mail.
    carry: Vec<u8>,
    kind: Option<Kind>,
    /// A pipe gives what it has: nobody shall wait for more.
    live: bool,
    ended: bool,
    /// Met after some bytes that count yet.
    failed: Option<io::Error>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lines,
    Mail,
    /// Mails, each after a line that begins with `From ` (RFC 4155).
    Mbox,
}

impl Reader {
    pub fn new(sources: Vec<Source>, progress: Progress, following: bool, stop: &'static AtomicBool) -> Self {
        let ends = vec![0; sources.len()];
        Reader { sources, next: 0, open: None, serial: 0, progress, following, broken: Vec::new(), ends, stop }
    }

    /// The next stretch, in `buffer`; `None` at the end of the last source. What cannot be read is noted and left.
    pub fn next(&mut self, mut buffer: Vec<u8>) -> Option<Chunk> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if self.open.is_none() && !self.open_next()? {
                continue;
            }
            let open = self.open.as_mut()?;
            let (clock, offset, source) = (open.clock.clone(), open.offset, open.source);
            let following = self.following && self.sources[source].may_grow();
            match open.fill(&mut buffer, following) {
                Ok(0) => self.close(),
                Ok(length) => {
                    let is_mail = open.kind != Some(Kind::Lines);
                    self.serial += 1;
                    return Some(Chunk { buffer, length, source, offset, clock, is_mail, serial: self.serial - 1 });
                }
                Err(error) => {
                    self.broken.push(Broken { name: self.sources[source].name(), error });
                    self.close();
                }
            }
        }
    }

    /// Opens the next source; `None` where there is none, `false` where it cannot be opened.
    fn open_next(&mut self) -> Option<bool> {
        let source = self.sources.get(self.next)?;
        let index = self.next;
        self.next += 1;
        match source.open(&self.progress, self.stop) {
            Ok(content) => self.open = Some(Open::new(content, index, source)),
            Err(error) => self.broken.push(Broken { name: source.name(), error }),
        }
        Some(self.open.is_some())
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.ends[open.source] = open.offset;
        }
    }
}

impl Open {
    fn new(content: Box<dyn BufRead + Send>, index: usize, source: &Source) -> Self {
        Open {
            content,
            source: index,
            offset: 0,
            clock: Clock::new(source.written),
            carry: Vec::new(),
            kind: None,
            live: source.size.is_none(),
            ended: false,
            failed: None,
        }
    }

    /// Fills `buffer` with the next stretch and returns its length; nothing at the end.
    fn fill(&mut self, buffer: &mut Vec<u8>, following: bool) -> io::Result<usize> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => self.kind_by_head()?,
        };
        let length = match kind {
            Kind::Lines => self.lines(buffer, following)?,
            Kind::Mail | Kind::Mbox => self.mail(buffer, kind)?,
        };
        self.offset += length as u64;
        Ok(length)
    }

    fn kind_by_head(&mut self) -> io::Result<Kind> {
        let head = self.content.fill_buf()?;
        let kind = match is_message(&String::from_utf8_lossy(head)) {
            true if head.starts_with(b"From ") => Kind::Mbox,
            true => Kind::Mail,
            false => Kind::Lines,
        };
        self.kind = Some(kind);
        Ok(kind)
    }

    fn lines(&mut self, buffer: &mut Vec<u8>, following: bool) -> io::Result<usize> {
        buffer.resize(LENGTH, 0);
        let mut filled = self.carry.len();
        buffer[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        loop {
            let from = filled;
            filled += self.read(&mut buffer[filled..])?;
            if self.ended && !following {
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', &buffer[from..filled]) {
                self.carry.extend_from_slice(&buffer[from + end + 1..filled]);
                filled = from + end + 1;
                break;
            }
            if self.ended {
                filled = 0;
                break;
            }
            if self.failed.is_some() {
                break;
            }
            if filled == LENGTH {
                filled = self.overlong(buffer)?;
                break;
            }
        }
        self.advance(&buffer[..filled]);
        Ok(filled)
    }

    /// Reads once from a pipe, else until the buffer is full.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut filled = 0;
        while filled < buffer.len() {
            match self.content.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(length) => filled += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if filled == 0 => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
            if self.live {
                break;
            }
        }
        Ok(filled)
    }

    /// A line that fills the buffer: its start is kept, one byte longer than is read of it, so that it counts as cut.
    fn overlong(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer[LONGEST_LINE + 1] = b'\n';
        self.offset += (LENGTH - LONGEST_LINE - 2) as u64;
        loop {
            let rest = self.content.fill_buf()?;
            let (skipped, found) = match memchr::memchr(b'\n', rest) {
                Some(end) => (end + 1, true),
                None => (rest.len(), rest.is_empty()),
            };
            self.content.consume(skipped);
            self.offset += skipped as u64;
            if found {
                return Ok(LONGEST_LINE + 2);
            }
        }
    }

    /// Lets the clock run over the stretch: a line here and there is enough to see a year end.
    fn advance(&mut self, text: &[u8]) {
        const STEP: usize = 16 << 10;
        let mut at = 0;
        while at < text.len() {
            self.clock.read(&text[at..]);
            let Some(step) = text.get(at + STEP..).and_then(|rest| memchr::memchr(b'\n', rest)) else { return };
            at += STEP + step + 1;
        }
    }

    fn mail(&mut self, buffer: &mut Vec<u8>, kind: Kind) -> io::Result<usize> {
        const BOUNDARY: &[u8] = b"\nFrom ";
        buffer.clear();
        buffer.append(&mut self.carry);
        let mut searched = 0;
        loop {
            let boundary = memchr::memmem::find(&buffer[searched..], BOUNDARY).filter(|_| kind == Kind::Mbox);
            if let Some(end) = boundary.map(|at| searched + at + 1) {
                self.carry.extend_from_slice(&buffer[end..]);
                buffer.truncate(end);
                return Ok(end);
            }
            if self.ended {
                return Ok(buffer.len());
            }
            searched = buffer.len().saturating_sub(BOUNDARY.len());
            if buffer.len() >= LONGEST_MAIL {
                return self.rest_of_mail(buffer, kind);
            }
            let read = self.content.by_ref().take(LENGTH as u64).read_to_end(buffer)?;
            self.ended = read == 0;
        }
    }

    /// Skips the rest of a mail that is longer than is read.
    fn rest_of_mail(&mut self, buffer: &mut Vec<u8>, kind: Kind) -> io::Result<usize> {
        buffer.truncate(LONGEST_MAIL);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = self.content.by_ref().take(LENGTH as u64).read_until(b'\n', &mut line)?;
            if read == 0 || kind == Kind::Mbox && line.starts_with(b"From ") {
                self.ended = read == 0;
                self.carry.extend_from_slice(&line);
                return Ok(buffer.len());
            }
            self.offset += read as u64;
        }
    }
}
