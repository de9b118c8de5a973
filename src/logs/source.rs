//! Which files are read, in which order, and how they are opened.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use super::compressed::decompressed;
use super::piped::Piped;
use crate::triage::{Clock, Seconds};

/// A file, or standard input.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// `None` is standard input.
    pub path: Option<PathBuf>,
    /// In bytes, as it lies on disk; unknown of standard input.
    pub size: Option<u64>,
    /// When it was written last.
    pub written: Seconds,
}

/// A file or folder that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

/// How many bytes have been read, for whoever watches.
pub(crate) type Progress = Arc<AtomicU64>;

impl Source {
    pub fn stdin() -> Self {
        Source { path: None, size: None, written: jiff::Timestamp::now().as_second() }
    }

    pub fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
    }

    /// Whether more may be written to it: a file that is no archive.
    pub fn may_grow(&self) -> bool {
        const ARCHIVES: [&str; 4] = ["gz", "zst", "xz", "bz2"];
        let archive = |path: &PathBuf| path.extension().is_some_and(|end| ARCHIVES.iter().any(|known| end == *known));
        self.size.is_some() && !self.path.as_ref().is_some_and(archive)
    }

    /// The content, decompressed where it is compressed. What comes from a pipe ends when `stop` is set.
    pub fn open(&self, progress: &Progress, stop: &'static AtomicBool) -> io::Result<Box<dyn BufRead + Send>> {
        match (&self.path, self.size) {
            (None, _) => decompressed(counted(Piped::new(io::stdin(), stop), progress)),
            (Some(path), None) => decompressed(counted(Piped::new(File::open(path)?, stop), progress)),
            (Some(path), Some(_)) => decompressed(counted(File::open(path)?, progress)),
        }
    }

    /// The content for a look at its start, which a file survives and a pipe does not.
    fn peek(&self) -> Option<io::Result<Box<dyn BufRead + Send>>> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        self.size.map(|_| self.open(&Progress::default(), &NEVER))
    }

    /// The first time in it, by its first lines.
    fn first_time(&self) -> Option<Seconds> {
        const FIRST_LINES: usize = 20;
        const FIRST_BYTES: u64 = 64 << 10;
        let mut clock = Clock::new(self.written);
        let content = self.peek()?.ok()?.take(FIRST_BYTES);
        content
            .split(b'\n')
            .take(FIRST_LINES)
            .map_while(Result::ok)
            .find_map(|line| clock.read(&line))
            .map(|(time, _)| time)
    }
}

/// The files named and those in the folders named, the oldest log first; what tells no time at its start comes last, in
/// the order given.
pub(crate) fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Unreadable> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source::stdin());
            continue;
        }
        let unreadable = |source| Unreadable { path: path.clone(), source };
        let about = fs::metadata(path).map_err(unreadable)?;
        if about.is_dir() {
            below(path, &mut sources).map_err(unreadable)?;
        } else {
            // What cannot be opened is told before the first line is read.
            File::open(path).map_err(unreadable)?;
            sources.push(file(path.clone(), &about));
        }
    }
    if sources.len() > 1 {
        let timed = |source: &Source| source.first_time().unwrap_or(Seconds::MAX);
        sources.sort_by_cached_key(timed);
    }
    Ok(sources)
}

fn file(path: PathBuf, about: &fs::Metadata) -> Source {
    let written = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let written = written.map_or_else(|| jiff::Timestamp::now().as_second(), |since| since.as_secs() as Seconds);
    // A pipe or a device has no size.
    Source { path: Some(path), size: about.is_file().then_some(about.len()), written }
}

/// The files in a folder and its folders, by name; hidden and binary ones are none.
fn below(folder: &Path, sources: &mut Vec<Source>) -> io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries.iter().filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b".")) {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            below(&entry.path(), sources)?;
        } else if kind.is_file() {
            let source = file(entry.path(), &entry.metadata()?);
            if !is_binary(&source) {
                sources.push(source);
            }
        }
    }
    Ok(())
}

/// A file that cannot be opened is none here: it is told when it is its turn.
fn is_binary(source: &Source) -> bool {
    const HEAD: u64 = 512;
    let mut head = Vec::new();
    let Some(content) = source.peek() else { return false };
    content.and_then(|content| content.take(HEAD).read_to_end(&mut head)).is_ok() && memchr::memchr(0, &head).is_some()
}

fn counted<R: Read + Send + 'static>(inner: R, total: &Progress) -> BufReader<Counted<R>> {
    const BUFFER: usize = 64 << 10;
    BufReader::with_capacity(BUFFER, Counted { inner, total: Arc::clone(total) })
}

/// Adds what is read to a total.
struct Counted<R> {
    inner: R,
    total: Progress,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.total.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
