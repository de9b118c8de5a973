//! What is written to logs after they were read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::triage::Clock;

use super::chunk::Reader;

/// Watches the files that were read to their end. A file that is shorter than before, or another one by the same name, is
/// a new log.
#[derive(Debug)]
pub(crate) struct Follower {
    files: Vec<Followed>,
}

#[derive(Debug)]
struct Followed {
    path: PathBuf,
    source: usize,
    /// How far it was read, in whole lines.
    end: u64,
    identity: Option<u64>,
    clock: Clock,
}

/// Lines that were written since.
pub(crate) struct Added {
    pub source: usize,
    pub offset: u64,
    pub text: Vec<u8>,
    pub clock: Clock,
}

/// How much is taken at a time, in bytes.
const MOST_AT_ONCE: u64 = 4 << 20;

impl Follower {
    /// Follows the files that are no archives.
    pub fn new(reader: &Reader) -> Self {
        let growing = reader.sources.iter().zip(&reader.ends).enumerate().filter(|(_, (source, _))| source.may_grow());
        let files = growing.filter_map(|(index, (source, end))| {
            let path = source.path.clone()?;
            let identity = File::open(&path).ok().and_then(|file| identity(&file));
            Some(Followed { path, source: index, end: *end, identity, clock: Clock::new(source.written) })
        });
        Follower { files: files.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What has come since the last time. A file that is gone for the moment comes back.
    pub fn added(&mut self) -> io::Result<Vec<Added>> {
        let mut added = Vec::new();
        for file in &mut self.files {
            match file.added() {
                Ok(new) => added.extend(new),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(added)
    }
}

impl Followed {
    fn added(&mut self) -> io::Result<Option<Added>> {
        let mut file = File::open(&self.path)?;
        let (identity, length) = (identity(&file), file.metadata()?.len());
        if identity != self.identity || length < self.end {
            (self.identity, self.end) = (identity, 0);
        }
        if length == self.end {
            return Ok(None);
        }
        file.seek(SeekFrom::Start(self.end))?;
        let mut text = Vec::new();
        file.take(MOST_AT_ONCE).read_to_end(&mut text)?;
        let whole = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
        // A line as long as all that is taken is taken as it is.
        text.truncate(if whole == 0 && text.len() as u64 == MOST_AT_ONCE { text.len() } else { whole });
        let (offset, clock) = (self.end, self.clock.clone());
        self.end += text.len() as u64;
        self.clock.read(&text);
        Ok((!text.is_empty()).then_some(Added { source: self.source, offset, text, clock }))
    }
}

/// What stays the same while the file does.
#[cfg(unix)]
fn identity(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|about| about.ino())
}

#[cfg(not(unix))]
fn identity(_: &File) -> Option<u64> {
    None
}
