//! What comes from a pipe, while whoever waits for it can be told to stop.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

/// A pipe, read ahead by a thread of its own. It has ended when it has, or when nothing more is wanted.
pub struct Piped {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    taken: usize,
    stop: &'static AtomicBool,
}

/// How much is read at once, in bytes, and how many of these are kept ready.
const BLOCK: usize = 64 << 10;
const READY: usize = 8;
/// How long it takes to notice that nothing more is wanted.
const GLANCE: Duration = Duration::from_millis(20);

impl Piped {
    pub fn new(pipe: impl Read + Send + 'static, stop: &'static AtomicBool) -> Self {
        let (sender, blocks) = mpsc::sync_channel(READY);
        thread::spawn(move || pass_on(pipe, &sender));
        Piped { blocks, block: Vec::new(), taken: 0, stop }
    }

    /// The next block; an empty one is the end.
    fn next(&self) -> io::Result<Vec<u8>> {
        while !self.stop.load(Ordering::Relaxed) {
            match self.blocks.recv_timeout(GLANCE) {
                Ok(block) => return block,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(Vec::new())
    }
}

/// Up to the end, an error, or the day that nobody reads any more.
fn pass_on(mut pipe: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut block = vec![0; BLOCK];
        let read = match pipe.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read,
        };
        let more = matches!(read, Ok(1..));
        let read = read.map(|length| {
            block.truncate(length);
            block
        });
        if sender.send(read).is_err() || !more {
            return;
        }
    }
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.block.len() {
            (self.block, self.taken) = (self.next()?, 0);
        }
        let length = (&self.block[self.taken..]).read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}
