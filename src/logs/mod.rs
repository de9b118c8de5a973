//! Whole logs and folders of bounces: found, opened, cut into stretches, worked on by all cores, merged in order.

mod chunk;
mod compressed;
#[cfg(feature = "cli")]
mod follow;
mod piped;
mod source;

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::knowledge::Knowledge;
use crate::triage::{Ledger, Scanner, Triage, Window};

pub use chunk::Broken;
pub(crate) use chunk::{Chunk, Reader};
#[cfg(feature = "cli")]
pub(crate) use follow::{Added, Follower};
#[cfg(feature = "cli")]
pub(crate) use piped::Piped;
#[cfg(feature = "cli")]
pub(crate) use source::Source;
pub use source::Unreadable;
pub(crate) use source::{Progress, sources};

/// What logs came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The failures in them, in groups.
    pub triage: Triage,
    /// The files that could not be read to their end. What was read of them counts.
    pub broken: Vec<Broken>,
}

/// Reads the files at `paths` and those in the folders there (`-` is standard input), and groups the failures that fall
/// into `window`. Files are taken in the order of their first times, decompressed where they are gzip, bzip2, xz or
/// Zstandard, and worked on by all cores; a mail, or a folder of them, is read as bounces.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use smtpwhy::{knowledge::Knowledge, logs, triage::Window};
///
/// let report = logs::triage(&["/var/log/mail.log".into()], Knowledge::embedded(), Window::default())?;
/// for group in &report.triage.groups {
///     println!("{}: {} messages, {} stuck", group.cause.id, group.messages, group.stuck());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Fails before anything is read where a path cannot be opened. Nothing in a log is an error.
pub fn triage(paths: &[PathBuf], knowledge: &'static Knowledge, window: Window) -> Result<Report, Unreadable> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    let reader = Reader::new(sources(paths)?, Progress::default(), false, &NEVER);
    let hasher = RandomState::new();
    let worker = || {
        let mut scanner = Scanner::new(knowledge, hasher.clone(), window);
        move |chunk: &Chunk| chunk.scanned(&mut scanner)
    };
    let mut ledger = Ledger::default();
    let reader = read_all(reader, worker, |scanned| {
        ledger.add(scanned);
        Ok(())
    });
    let broken = reader.expect("adding up does not fail").broken;
    Ok(Report { triage: ledger.triage(), broken })
}

/// Reads all that `reader` gives: each core works on stretches with its own `worker`, and `merge` is given what came of them
/// in the order of the logs. Ends early where `merge` fails.
pub(crate) fn read_all<T, W>(
    reader: Reader,
    worker: impl Fn() -> W + Sync,
    merge: impl FnMut(T) -> io::Result<()> + Send,
) -> io::Result<Reader>
where
    T: Send,
    W: FnMut(&Chunk) -> T,
{
    let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let reader = Mutex::new(reader);
    let order = Order {
        merging: Mutex::new(Merging { next: 0, waiting: BTreeMap::new(), merge, failed: None }),
        moved: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| work(&reader, &order, worker()));
        }
    });
    let failed = order.merging.into_inner().unwrap_or_else(PoisonError::into_inner).failed;
    match failed {
        Some(error) => Err(error),
        None => Ok(reader.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

const MOST_THREADS: usize = 16;
/// How many stretches may wait for an earlier one.
const MOST_WAITING: usize = 32;

struct Order<T, M> {
    merging: Mutex<Merging<T, M>>,
    moved: Condvar,
}

struct Merging<T, M> {
    next: u64,
    waiting: BTreeMap<u64, T>,
    merge: M,
    failed: Option<io::Error>,
}

fn work<T, M: FnMut(T) -> io::Result<()>>(
    reader: &Mutex<Reader>,
    order: &Order<T, M>,
    mut worker: impl FnMut(&Chunk) -> T,
) {
    let mut buffer = Vec::new();
    loop {
        let Some(chunk) = locked(reader).next(buffer) else { return };
        let result = worker(&chunk);
        if !order.put(chunk.serial, result) {
            return;
        }
        buffer = chunk.recycle();
    }
}

impl<T, M: FnMut(T) -> io::Result<()>> Order<T, M> {
    /// Merges what is next in turn; `false` where nothing more is wanted.
    fn put(&self, serial: u64, result: T) -> bool {
        let mut merging = locked(&self.merging);
        while merging.waiting.len() >= MOST_WAITING && serial != merging.next && merging.failed.is_none() {
            merging = self.moved.wait(merging).unwrap_or_else(PoisonError::into_inner);
        }
        merging.waiting.insert(serial, result);
        merging.advance();
        self.moved.notify_all();
        merging.failed.is_none()
    }
}

impl<T, M: FnMut(T) -> io::Result<()>> Merging<T, M> {
    fn advance(&mut self) {
        while self.failed.is_none()
            && let Some(result) = self.waiting.remove(&self.next)
        {
            self.next += 1;
            self.failed = (self.merge)(result).err();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
