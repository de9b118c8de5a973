//! Compressed logs, told by their first bytes, and never more of them than makes sense.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

/// A decoder may keep so much of what it wrote, in bytes.
const LARGEST_WINDOW: u64 = 128 << 20;

/// Logs shrink to a tenth, seldom to a hundredth. What grows more than this, once it is large, is no log.
const MOST_GROWTH: u64 = 500;
const LARGE: u64 = 1 << 30;

/// `content`, decompressed where it begins as gzip, Zstandard, xz or bzip2 do.
pub fn decompressed(mut content: impl BufRead + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let head = content.fill_buf()?;
    let growing = |decoder: Box<dyn Read + Send>, read: ReadSoFar| -> Box<dyn BufRead + Send> {
        Box::new(BufReader::with_capacity(64 << 10, Bounded { decoder, read, written: 0 }))
    };
    let read = ReadSoFar::default();
    Ok(match head {
        [0x1f, 0x8b, ..] => growing(Box::new(flate2::bufread::MultiGzDecoder::new(Metered::new(content, &read))), read),
        [b'B', b'Z', b'h', ..] => {
            growing(Box::new(bzip2::bufread::MultiBzDecoder::new(Metered::new(content, &read))), read)
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            let limit = (LARGEST_WINDOW >> 10) as u32 + 1024;
            growing(Box::new(lzma_rust2::XzReader::new_mem_limit(Metered::new(content, &read), true, limit)), read)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            growing(Box::new(Zstd::new(Metered::new(content, &read))), read)
        }
        _ => Box::new(content),
    })
}

type ReadSoFar = std::sync::Arc<std::sync::atomic::AtomicU64>;

/// Counts what a decoder takes.
struct Metered<R> {
    inner: R,
    read: ReadSoFar,
}

impl<R> Metered<R> {
    fn new(inner: R, read: &ReadSoFar) -> Self {
        Metered { inner, read: read.clone() }
    }

    fn count(&self, length: usize) {
        self.read.fetch_add(length as u64, std::sync::atomic::Ordering::Relaxed);
    }
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.count(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.count(length);
        self.inner.consume(length);
    }
}

/// Ends with an error where a little becomes too much.
struct Bounded {
    decoder: Box<dyn Read + Send>,
    read: ReadSoFar,
    written: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read.load(std::sync::atomic::Ordering::Relaxed);
        if self.written > LARGE && self.written / MOST_GROWTH > read {
            let growth = format!("grows to more than {MOST_GROWTH} times its size, so it is no log; left off there");
            return Err(io::Error::other(growth));
        }
        let length = self.decoder.read(buffer)?;
        self.written += length as u64;
        Ok(length)
    }
}

/// Zstandard frames, one after the other (RFC 8878 §3).
struct Zstd<R> {
    content: R,
    decoder: FrameDecoder,
    in_frame: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(content: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(LARGEST_WINDOW);
        Zstd { content, decoder, in_frame: false }
    }

    /// Starts the next frame; `false` where there is none.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.content.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.content) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.content.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy::UptoBlocks;
        loop {
            if !self.in_frame {
                self.in_frame = self.next_frame()?;
                if !self.in_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.content, UptoBlocks(1)).map_err(io::Error::other)?;
            }
            let length = self.decoder.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            self.in_frame = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two members, as `cat a.gz b.gz` gives.
    #[test]
    fn members_one_after_the_other_are_all_read() {
        use flate2::{Compression, write::GzEncoder};
        use std::io::Write;
        let member = |text: &str| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let both = [member("one\n"), member("two\n")].concat();
        let mut text = String::new();
        decompressed(io::Cursor::new(both)).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn what_a_bomb_would_become_is_not_read() {
        use flate2::{Compression, write::GzEncoder};
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let zeros = vec![0; 1 << 20];
        (0..1100).for_each(|_| io::Write::write_all(&mut encoder, &zeros).unwrap());
        let bomb = encoder.finish().unwrap();
        let error = io::copy(&mut decompressed(io::Cursor::new(bomb)).unwrap(), &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("it is no log"), "{error}");
    }
}
