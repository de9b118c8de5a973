//! One memory and one budget for all questions of a run.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;

use super::budget::{Budget, Stopped};
use super::{Answer, Answering, Lookup, NotAsked, Question, Server, Status};

/// A lookup that asks no question twice, no server too much at once, and no more than it was allowed.
pub struct Cached<L> {
    lookup: L,
    budget: Arc<Budget>,
    answers: Shelf<(Asked, Question), OnceCell<Answer>>,
    turns: Shelf<Asked, Semaphore>,
}

/// Whom a question goes to; `None` for the recursive resolvers in use.
type Asked = Option<Server>;

/// How many queries a domain may cost where `--max-queries` says nothing.
pub const MAX_QUERIES: usize = 200;
/// Questions that may be open at one server at a time: public resolvers limit the rate per client.
const OPEN_AT_ONE_SERVER: usize = 12;
/// And at the resolvers in use, which are there for this machine: fewer than dnsmasq takes at a time (150).
const OPEN_AT_RESOLVERS: usize = 100;
/// A question that waits for longer than this lets others in: it is waiting for a server that is far or dead.
const GIVE_WAY_AFTER: Duration = Duration::from_millis(250);

impl<L: Lookup> Cached<L> {
    /// May send `max_queries` queries, [`MAX_QUERIES`] say, until it is [renewed](Cached::renew).
    pub fn new(lookup: L, max_queries: usize) -> Self {
        Cached::within(lookup, Arc::new(Budget::new(max_queries)))
    }

    /// Spends what others may spend from too.
    pub fn within(lookup: L, budget: Arc<Budget>) -> Self {
        Cached { lookup, budget, answers: Shelf::new(), turns: Shelf::new() }
    }

    /// Starts the count of queries anew, for the next domain. Answers are kept.
    pub fn renew(&self) {
        self.budget.renew();
    }

    /// How many queries were asked since the count began.
    pub fn spent(&self) -> usize {
        self.budget.spent()
    }

    /// What it asks.
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
        if !self.budget.spend_on(question) {
            return Err(NotAsked::QueryLimit);
        }
        let in_use = asked.is_none() || asked.as_ref() == self.lookup.resolver();
        let open = if in_use { OPEN_AT_RESOLVERS } else { OPEN_AT_ONE_SERVER };
        let turns = self.turns.get(asked.clone(), || Semaphore::new(open));
        let turn = turns.acquire().await.expect("the semaphore is never closed");
        let mut answering = match &asked {
            Some(server) => self.lookup.query(server, question),
            None => self.lookup.resolve(question),
        };
        if let Ok(answer) = timeout(GIVE_WAY_AFTER, &mut answering).await {
            return Ok(answer);
        }
        drop(turn);
        Ok(answering.await)
    }
}

impl<L: Lookup> Lookup for Cached<L> {
    fn resolve<'a>(&'a self, question: &'a Question) -> Answering<'a> {
        // What the only resolver was asked by address it is not asked again.
        Box::pin(self.answer(self.lookup.resolver().cloned(), question))
    }

    fn query<'a>(&'a self, server: &'a Server, question: &'a Question) -> Answering<'a> {
        Box::pin(self.answer(Some(server.clone()), question))
    }

    fn resolver(&self) -> Option<&Server> {
        self.lookup.resolver()
    }

    fn stopped(&self) -> Option<Stopped> {
        self.budget.stopped()
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
