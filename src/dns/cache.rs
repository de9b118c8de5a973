//! One memory and one budget for all questions of a run.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{OnceCell, Semaphore};

use super::{Answer, Answering, Lookup, NotAsked, Question, Server, Status};

/// A lookup that asks no question twice, no server too much at once, and no more than it was allowed.
pub struct Cached<L> {
    lookup: L,
    max_queries: usize,
    spent: AtomicUsize,
    answers: Shelf<(Asked, Question), OnceCell<Answer>>,
    turns: Shelf<Asked, Semaphore>,
}

/// Whom a question goes to; `None` for the recursive resolvers in use.
type Asked = Option<Server>;

/// How many queries a domain may cost where `--max-queries` says nothing.
pub const MAX_QUERIES: usize = 200;
/// Questions that may be open at one server at a time: public resolvers limit the rate per client.
const OPEN_AT_ONE_SERVER: usize = 12;

impl<L: Lookup> Cached<L> {
    pub fn new(lookup: L, max_queries: usize) -> Self {
        Cached { lookup, max_queries, spent: AtomicUsize::new(0), answers: Shelf::new(), turns: Shelf::new() }
    }

    /// Starts the count of queries anew, for the next domain. Answers are kept.
    pub fn renew(&self) {
        self.spent.store(0, Ordering::Relaxed);
    }

    /// How many queries were asked since the count began.
    pub fn spent(&self) -> usize {
        self.spent.load(Ordering::Relaxed)
    }

    pub fn lookup(&self) -> &L {
        &self.lookup
    }

    async fn answer(&self, asked: Asked, question: &Question) -> Answer {
        let question = question.absolute();
        let cell = self.answers.get((asked.clone(), question.clone()), OnceCell::new);
        if let Some(answer) = cell.get() {
            return answer.clone();
        }
        // What the limit forbids is not remembered: the next domain may ask it.
        match cell.get_or_try_init(|| self.ask(asked, &question)).await {
            Ok(answer) => answer.clone(),
            Err(limit) => Answer::bare(Status::NotAsked(limit)),
        }
    }

    async fn ask(&self, asked: Asked, question: &Question) -> Result<Answer, NotAsked> {
        self.spend()?;
        let turns = self.turns.get(asked.clone(), || Semaphore::new(OPEN_AT_ONE_SERVER));
        let _turn = turns.acquire().await.expect("the semaphore is never closed");
        Ok(match &asked {
            Some(server) => self.lookup.query(server, question).await,
            None => self.lookup.resolve(question).await,
        })
    }

    fn spend(&self) -> Result<(), NotAsked> {
        let more = |spent| (spent < self.max_queries).then_some(spent + 1);
        let spent = self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        spent.map(drop).map_err(|_| NotAsked::QueryLimit)
    }
}

impl<L: Lookup> Lookup for Cached<L> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        Box::pin(self.answer(None, question))
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        Box::pin(self.answer(Some(server.clone()), question))
    }
}

/// Shared things, each made when it is first wanted.
struct Shelf<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K: Hash + Eq, V> Shelf<K, V> {
    fn new() -> Self {
        Shelf(Mutex::new(HashMap::new()))
    }

    fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let mut shelf = self.0.lock().expect("nothing panics while it holds the shelf");
        shelf.entry(key).or_insert_with(|| Arc::new(make())).clone()
    }
}
