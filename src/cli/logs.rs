//! Whole logs: `smtpwhy logs`.

use std::collections::BTreeMap;
use std::hash::RandomState;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::args::{Format, Global, LogsArgs};
use super::input::END_OF_INPUT;
use super::stream::{is_dumb, now, stdout_style};
use super::{Outcome, wait};
use crate::knowledge::Knowledge;
use crate::logs::{self, Broken, Chunk, Follower, Progress, Reader, Source};
use crate::render::html;
use crate::render::json::{self, ErrorV1, triage as json_triage};
use crate::render::style::Role as StyleRole;
use crate::render::triage as triage_text;
use crate::triage::{self, Ledger, Scanner, Sorter, Triage, Window};

pub(super) fn triage(args: &LogsArgs, global: &Global, out: &mut (dyn Write + Send)) -> anyhow::Result<Outcome> {
    let sources = if args.file.is_empty() { vec![Source::stdin()] } else { logs::sources(&args.file)? };
    if args.file.is_empty() && io::stdin().is_terminal() {
        super::tell(
            Some(global),
            StyleRole::Muted,
            &format!("reading a log from the terminal; end it with {END_OF_INPUT}"),
        );
    }
    let window = Window::new(args.since, args.until);
    let run = Run { args, global, window, hasher: RandomState::new(), stop: wait::interruption() };
    let (incidents, broken) = match global.format() {
        Format::Ndjson => run.stream(sources, out)?,
        _ => run.count(sources, out)?,
    };
    out.flush()?;
    for error in errors(&broken) {
        super::tell(Some(global), StyleRole::Bad, error.message());
    }
    if !broken.is_empty() {
        return Ok(Outcome::Unreadable);
    }
    if incidents == 0 {
        let hint = "no SMTP error in what was read; -v tells of lines that were not understood";
        super::tell(Some(global), StyleRole::Warning, hint);
        return Ok(Outcome::NothingFound);
    }
    Ok(Outcome::Fine)
}

/// What could not be read to its end, while the rest is told.
fn errors(broken: &[Broken]) -> Vec<ErrorV1> {
    broken.iter().map(|Broken { name, error }| ErrorV1::new(format!("{name}: {error}"))).collect()
}

struct Run<'a> {
    args: &'a LogsArgs,
    global: &'a Global,
    window: Window,
    /// Hashes of different threads have to agree.
    hasher: RandomState,
    /// Set when Ctrl-C was pressed: what is known by then is printed.
    stop: &'static AtomicBool,
}

type Read = (u64, Vec<Broken>);

impl Run<'_> {
    /// One diagnosis a line, as input arrives.
    fn stream(&self, sources: Vec<Source>, out: &mut (dyn Write + Send)) -> anyhow::Result<Read> {
        let names: Vec<Option<String>> =
            sources.iter().map(|source| source.path.as_ref().map(|_| source.name())).collect();
        let (reader, mut bar) = self.reader(sources);
        let mut incidents = 0;
        let worker = || {
            let sorter = Sorter::default();
            let names = &names;
            move |chunk: &Chunk| self.diagnosed(chunk, names[chunk.source].as_deref(), &sorter)
        };
        let reader = logs::read_all(reader, worker, |(found, lines): (u64, Vec<u8>)| {
            incidents += found;
            bar.show();
            out.write_all(&lines)?;
            out.flush()
        })?;
        bar.clear();
        errors(&reader.broken).iter().try_for_each(|error| json::write_line(error, out))?;
        if self.args.follow {
            let sorter = Sorter::default();
            self.follow(&reader, |added| {
                for chunk in added {
                    let name = names[chunk.source].as_deref();
                    let found = triage::diagnose(&chunk.text, chunk.offset as usize, chunk.clock, self.window, &sorter);
                    out.write_all(&rendered(&found, name, self.global.receiver_first()))?;
                }
                out.flush()
            })?;
        }
        Ok((incidents, reader.broken))
    }

    fn diagnosed(&self, chunk: &Chunk, file: Option<&str>, sorter: &Sorter) -> (u64, Vec<u8>) {
        let offset = usize::try_from(chunk.offset).unwrap_or(usize::MAX);
        let found = match chunk.is_mail {
            true => triage::diagnose_mail(chunk.text(), offset, self.window),
            false => triage::diagnose(chunk.text(), offset, chunk.clock.clone(), self.window, sorter),
        };
        (found.len() as u64, rendered(&found, file, self.global.receiver_first()))
    }

    /// All of it in groups.
    fn count(&self, sources: Vec<Source>, out: &mut (dyn Write + Send)) -> anyhow::Result<Read> {
        let (reader, mut bar) = self.reader(sources);
        let mut ledger = Ledger::default();
        let mut changes = Changes::default();
        let live = self.args.follow && reader.sources.iter().any(|source| source.size.is_none());
        let worker = || {
            let mut scanner = self.scanner();
            move |chunk: &Chunk| chunk.scanned(&mut scanner)
        };
        let reader = logs::read_all(reader, worker, |scanned| {
            ledger.add(scanned);
            bar.show();
            if live && changes.due() { changes.show(&ledger.triage(), self, out) } else { Ok(()) }
        })?;
        bar.clear();
        if live {
            changes.show(&ledger.triage(), self, out)?;
        } else {
            self.print(&ledger.triage(), &errors(&reader.broken), out)?;
            out.flush()?;
            changes.note(&ledger.triage());
        }
        if self.args.follow {
            let mut scanner = self.scanner();
            self.follow(&reader, |added| {
                for chunk in added {
                    ledger.add(scanner.lines(&chunk.text, chunk.clock));
                }
                changes.show(&ledger.triage(), self, out)
            })?;
        }
        Ok((ledger.incidents(), reader.broken))
    }

    fn scanner(&self) -> Scanner {
        Scanner::new(Knowledge::embedded(), self.hasher.clone(), self.window)
    }

    fn reader(&self, sources: Vec<Source>) -> (Reader, Bar) {
        let progress = Progress::default();
        let bar = Bar::new(&sources, &progress, self.global);
        (Reader::new(sources, progress, self.args.follow, self.stop), bar)
    }

    fn print(&self, triage: &Triage, errors: &[ErrorV1], out: &mut dyn Write) -> io::Result<()> {
        match self.global.format() {
            Format::Json if self.args.follow => json::write_line(&json_triage::TriageV1::new(triage, errors), out),
            Format::Json | Format::Ndjson => json::write_pretty(&json_triage::TriageV1::new(triage, errors), out),
            Format::Text | Format::Sarif if self.global.quiet => triage_text::brief(out, triage),
            Format::Text | Format::Sarif => {
                triage_text::text(out, triage, &stdout_style(self.global), self.global.verbose)
            }
            Format::Html => html::triage(out, triage, &now()),
        }
    }

    /// Looks for new lines until nobody reads any more.
    fn follow(&self, reader: &Reader, mut take: impl FnMut(Vec<logs::Added>) -> io::Result<()>) -> io::Result<()> {
        const PAUSE: Duration = Duration::from_millis(100);
        let mut follower = Follower::new(reader);
        while !follower.is_empty() && !self.stop.load(Ordering::Relaxed) {
            let added = follower.added()?;
            if added.is_empty() {
                thread::sleep(PAUSE);
            } else {
                take(added)?;
            }
        }
        Ok(())
    }
}

fn rendered(found: &[crate::diagnosis::Diagnosis], file: Option<&str>, receiver_first: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for diagnosis in found {
        let document = json_triage::LoggedV1::new(diagnosis, file, receiver_first, Knowledge::embedded());
        json::write_line(&document, &mut lines).expect("writing to memory does not fail");
    }
    lines
}

/// A group's cause, side and provider.
type Key = (&'static str, &'static str, Option<&'static str>);

/// What has been printed of each group, so that only what is new is printed again.
#[derive(Default)]
struct Changes {
    incidents: BTreeMap<Key, (u64, u64, u64)>,
    shown: Option<Instant>,
}

impl Changes {
    fn show(&mut self, triage: &Triage, run: &Run, out: &mut dyn Write) -> io::Result<()> {
        self.shown = Some(Instant::now());
        let changed = self.note(triage);
        if changed.is_empty() {
            return Ok(());
        }
        if run.global.format() == Format::Text {
            for index in changed {
                let group = &triage.groups[index];
                triage_text::group_brief(out, group, triage.need(group))?;
            }
        } else {
            run.print(triage, &[], out)?;
        }
        out.flush()
    }

    /// Whether enough time has passed since the last ones.
    fn due(&self) -> bool {
        const SELDOM: Duration = Duration::from_millis(500);
        self.shown.is_none_or(|shown| shown.elapsed() >= SELDOM)
    }

    /// Which groups differ from when they were noted last.
    fn note(&mut self, triage: &Triage) -> Vec<usize> {
        let mut changed = Vec::new();
        for (index, group) in triage.groups.iter().enumerate() {
            let kind = (group.cause.id, group.side.as_str(), group.provider.map(|provider| provider.id));
            let now = (group.incidents, group.delivered_later, group.failed);
            if self.incidents.insert(kind, now) != Some(now) {
                changed.push(index);
            }
        }
        changed
    }
}

/// How far it is and how long it takes, on a terminal's last line.
struct Bar {
    progress: Progress,
    /// `None` where it is not known.
    total: Option<u64>,
    started: Instant,
    shown: Option<Instant>,
    wanted: bool,
    ascii: bool,
}

impl Bar {
    fn new(sources: &[Source], progress: &Progress, global: &Global) -> Self {
        let streams_there = global.format() == Format::Ndjson && io::stdout().is_terminal();
        Bar {
            progress: Progress::clone(progress),
            total: sources.iter().map(|source| source.size).sum(),
            started: Instant::now(),
            shown: None,
            wanted: io::stderr().is_terminal() && !is_dumb() && !streams_there && !global.quiet,
            ascii: global.ascii,
        }
    }

    fn show(&mut self) {
        const SELDOM: Duration = Duration::from_millis(100);
        let recent = self.shown.unwrap_or(self.started).elapsed() < SELDOM;
        if !self.wanted || recent {
            return;
        }
        self.shown = Some(Instant::now());
        let read = self.progress.load(Ordering::Relaxed);
        let line = bar(read, self.total, self.started.elapsed(), self.ascii);
        let _ = write!(io::stderr(), "\r{line}\x1b[K");
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// `  1.2 GB  ━━━━━━━━        42 %  310 MB/s  5 s left`
fn bar(read: u64, total: Option<u64>, passed: Duration, ascii: bool) -> String {
    const CELLS: usize = 24;
    let rate = read as f64 / passed.as_secs_f64().max(0.001);
    let megabytes = |bytes: f64| format!("{:.0} MB", bytes / 1e6);
    let head = format!("{:>9}", megabytes(read as f64));
    let Some(total) = total.filter(|total| *total > 0) else { return format!("{head}  {}/s", megabytes(rate)) };
    let share = (read as f64 / total as f64).min(1.0);
    let full = (share * CELLS as f64) as usize;
    let cells = if ascii { "#".repeat(full) } else { "━".repeat(full) };
    let left = (total.saturating_sub(read) as f64 / rate.max(1.0)).ceil();
    format!(
        "{head}  {cells}{}  {:.0} %  {}/s  {left:.0} s left",
        " ".repeat(CELLS - full),
        share * 100.0,
        megabytes(rate)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_tells_how_far_how_fast_and_how_long() {
        let half = bar(50_000_000, Some(100_000_000), Duration::from_secs(1), true);
        assert_eq!(half, "    50 MB  ############              50 %  50 MB/s  1 s left");
        assert_eq!(bar(1_000_000, None, Duration::from_secs(2), true), "     1 MB  0 MB/s");
    }
}
