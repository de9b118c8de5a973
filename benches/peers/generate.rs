//! Writes a Postfix log of known content to standard output, and what it holds to standard error.
//!
//!     cargo run --release --example generate-mail-log -- 330000 > mail.log

use std::io::{self, BufWriter, Write};

mod log;

/// One year before the file is written, at the latest, so that the year of its syslog times can be told.
fn start(messages: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    now.saturating_sub(messages * 3 + 86_400)
}

fn main() -> io::Result<()> {
    let messages = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(330_000);
    let mut out = BufWriter::new(io::stdout().lock());
    let known = log::write(messages, start(messages), &mut out)?;
    out.flush()?;
    eprintln!("{messages} messages, {} lines, {} bytes", known.lines, known.bytes);
    for (cause, failures) in &known.failures {
        let (delivered, waiting, failed) = (failures.delivered_later, failures.still_waiting, failures.failed);
        eprintln!(
            "{cause}: {} failures of {} messages: {delivered} later, {waiting} waiting, {failed} failed",
            failures.incidents, failures.messages
        );
    }
    Ok(())
}
