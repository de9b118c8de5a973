//! Waiting for DNS: a terminal shows whom it is waited for, and Ctrl-C ends the wait with what is known by then.
//!
//! The terminal and the signal are the process's, so their state is too.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, Once, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::Notify;
use tokio::time::{Instant, interval_at};

use super::stream::is_dumb;
use crate::dns::{Answer, Answering, Lookup, NotAsked, Question, Server, Status, shown};
use crate::render::style::{Style, visible};

/// Work that takes longer than this is work that lasts.
const SHOWN_AFTER: Duration = Duration::from_millis(80);
const REFRESHED: Duration = Duration::from_millis(100);

static WATCH: Watch = Watch {
    open: Mutex::new(Vec::new()),
    answered: AtomicUsize::new(0),
    interrupted: AtomicBool::new(false),
    interruption: Notify::const_new(),
};

struct Watch {
    /// The questions that are waited for, oldest first.
    open: Mutex<Vec<Asked>>,
    answered: AtomicUsize,
    interrupted: AtomicBool,
    interruption: Notify,
}

#[derive(Clone, PartialEq)]
struct Asked {
    question: Question,
    server: Option<Server>,
}

/// Whether Ctrl-C was pressed during a wait.
pub(super) fn interrupted() -> bool {
    WATCH.interrupted.load(Ordering::Relaxed)
}

/// Set when Ctrl-C is pressed, for work that looks at it between two steps. Work that does not come to its next step in time
/// ends there.
pub(super) fn interruption() -> &'static AtomicBool {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let (listens, wait) = mpsc::channel();
        std::thread::spawn(|| listen(listens));
        // Ends when the other end is gone.
        let _: Result<(), _> = wait.recv();
    });
    &WATCH.interrupted
}

/// Lets go of `listens` once the signal is taken from the system's own handling.
fn listen(listens: mpsc::Sender<()>) {
    const GRACE: Duration = Duration::from_secs(2);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    // Without it Ctrl-C ends the program, as it does by itself.
    let Ok(runtime) = runtime else { return };
    let pressed = runtime.block_on(async {
        let mut pressed = pin!(tokio::signal::ctrl_c());
        tokio::select! {
            biased;
            done = &mut pressed => return done,
            () = std::future::ready(()) => drop(listens),
        }
        pressed.await
    });
    if pressed.is_ok() {
        WATCH.interrupted.store(true, Ordering::Relaxed);
        WATCH.interruption.notify_waiters();
        std::thread::sleep(GRACE);
        std::process::exit(i32::from(super::INTERRUPTED));
    }
}

/// Runs to the end on this thread: the work is waiting.
pub(super) fn wait<T>(work: impl Future<Output = T>, style: &Style) -> anyhow::Result<T> {
    interruption();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot wait for answers")?;
    Ok(runtime.block_on(watched(work, style)))
}

async fn watched<T>(work: impl Future<Output = T>, style: &Style) -> T {
    let mut work = pin!(work);
    let mut refresh = interval_at(Instant::now() + SHOWN_AFTER, REFRESHED);
    let mut line = Line { shown: false, possible: io::stderr().is_terminal() && !is_dumb() };
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = refresh.tick(), if line.possible => line.show(style),
        }
    }
}

/// The line of progress. It is gone when the wait is over, however it ends.
struct Line {
    possible: bool,
    shown: bool,
}

const ERASE: &str = "\r\x1b[2K";

impl Line {
    fn show(&mut self, style: &Style) {
        let Some(text) = progress(style) else { return };
        self.shown = true;
        let _ = write!(io::stderr(), "{ERASE}{text}");
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "{ERASE}");
        }
    }
}

/// What is waited for, in one line.
fn progress(style: &Style) -> Option<String> {
    let open = WATCH.open.lock().expect("nothing panics while it holds the list");
    let first = open.first()?;
    let at = first.server.as_ref().map(|server| format!(" at {}", server.address.ip())).unwrap_or_default();
    let name = shown(&first.question.name);
    let others = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
    let answered = WATCH.answered.load(Ordering::Relaxed);
    let text = format!("waiting for {} {name}{at}{others}; {answered} answered", first.question.kind);
    Some(visible(&text).chars().take(style.width.saturating_sub(1)).collect())
}

/// Sleeps until it is time, or until the user has had enough.
pub(super) async fn pause(length: Duration) {
    let interruption = WATCH.interruption.notified();
    if interrupted() {
        return;
    }
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = interruption => {}
    }
}

/// A lookup whose open questions are known, and that stops asking when the user has had enough.
pub(super) struct Watched<L>(pub(super) L);

impl<L: Lookup> Lookup for Watched<L> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        let asked = Asked { question: question.clone(), server: None };
        Box::pin(attended(asked, self.0.resolve(question)))
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        let asked = Asked { question: question.clone(), server: Some(server.clone()) };
        Box::pin(attended(asked, self.0.query(server, question)))
    }

    fn resolver(&self) -> Option<&Server> {
        self.0.resolver()
    }
}

async fn attended(asked: Asked, answering: Answering<'_>) -> Answer {
    let interruption = WATCH.interruption.notified();
    if interrupted() {
        return Answer::bare(Status::NotAsked(NotAsked::Interrupted));
    }
    WATCH.open.lock().expect("nothing panics while it holds the list").push(asked.clone());
    let answer = tokio::select! {
        answer = answering => answer,
        () = interruption => Answer::bare(Status::NotAsked(NotAsked::Interrupted)),
    };
    let mut open = WATCH.open.lock().expect("nothing panics while it holds the list");
    if let Some(place) = open.iter().position(|one| *one == asked) {
        open.remove(place);
    }
    WATCH.answered.fetch_add(1, Ordering::Relaxed);
    answer
}
