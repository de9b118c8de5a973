//! How many queries one domain may cost: a hostile zone must not make us ask without end.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Question;

/// Counts what is sent: questions, and what it takes to have them answered (repetitions, TCP after UDP).
#[derive(Debug)]
pub struct Budget {
    most: usize,
    spent: AtomicUsize,
    unasked: Mutex<Vec<Question>>,
}

/// Where the budget ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// How many queries there were to spend.
    pub most: usize,
    /// How many questions were not asked, and the first of them.
    pub unasked: usize,
    /// The first question that was not asked.
    pub first: Question,
}

impl Budget {
    /// `most` queries, repetitions counted.
    pub fn new(most: usize) -> Self {
        Budget { most, spent: AtomicUsize::new(0), unasked: Mutex::default() }
    }

    /// Starts the count anew, for the next domain.
    pub fn renew(&self) {
        self.spent.store(0, Ordering::Relaxed);
        self.questions().clear();
    }

    /// How many queries were taken since it was made or renewed.
    pub fn spent(&self) -> usize {
        self.spent.load(Ordering::Relaxed)
    }

    /// Takes one query from what is left, if anything is.
    pub fn spend(&self) -> bool {
        let more = |spent| (spent < self.most).then_some(spent + 1);
        self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// The same, and remembers the question where nothing is left for it.
    pub fn spend_on(&self, question: &Question) -> bool {
        let spent = self.spend();
        if !spent {
            self.questions().push(question.clone());
        }
        spent
    }

    /// `None` while no question was left unasked.
    pub fn stopped(&self) -> Option<Stopped> {
        let unasked = self.questions();
        Some(Stopped { most: self.most, unasked: unasked.len(), first: unasked.first()?.clone() })
    }

    fn questions(&self) -> std::sync::MutexGuard<'_, Vec<Question>> {
        self.unasked.lock().expect("nothing panics while it holds the list")
    }
}
