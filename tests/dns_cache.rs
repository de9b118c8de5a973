//! One memory and one budget for all questions of a run.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use smtpwhy::dns::cache::Cached;
use smtpwhy::dns::zone::ZoneLookup;
use smtpwhy::dns::{Answer, Answering, Lookup, Name, NotAsked, Question, RecordType, Server, Status};

const ZONE: &str = "example.com. SOA ns1.example.com. h.example.com. 1 2 3 4 5\nexample.com. TXT x";
const SLOW: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn zone() -> ZoneLookup {
    ZoneLookup::parse(ZONE).unwrap().delay(SLOW, Duration::from_millis(20))
}

fn question(name: &str) -> Question {
    Question::new(Name::from_ascii(name).unwrap(), RecordType::TXT)
}

fn server() -> Server {
    Server::recursive((SLOW, 53).into())
}

#[tokio::test]
async fn the_same_question_is_asked_once_of_each_server() {
    let zone = zone();
    let cached = Cached::new(&zone, 10);
    for name in ["example.com", "EXAMPLE.com.", "example.com"] {
        assert_eq!(cached.resolve(&question(name)).await.status, Status::Answered);
        assert_eq!(cached.query(&server(), &question(name)).await.status, Status::Answered);
    }
    assert_eq!(zone.count(), 2);
}

#[tokio::test]
async fn a_question_that_is_on_its_way_is_shared() {
    let zone = zone();
    let cached = Cached::new(&zone, 10);
    let (server, question) = (server(), question("example.com"));
    let (a, b) = tokio::join!(cached.query(&server, &question), cached.query(&server, &question));
    assert_eq!((a.records.len(), b.records.len(), zone.count()), (1, 1, 1));
}

#[tokio::test]
async fn beyond_the_limit_nothing_is_asked_until_the_count_begins_anew() {
    let zone = zone();
    let cached = Cached::new(&zone, 1);
    assert_eq!(cached.resolve(&question("example.com")).await.status, Status::Answered);
    assert_eq!(cached.resolve(&question("a.example.com")).await.status, Status::NotAsked(NotAsked::QueryLimit));
    assert_eq!(cached.resolve(&question("example.com")).await.status, Status::Answered, "known answers cost nothing");
    cached.renew();
    assert_eq!(cached.resolve(&question("a.example.com")).await.status, Status::NxDomain);
    assert_eq!((zone.count(), cached.spent()), (2, 1));
}

/// Counts how many questions are open at the same time.
#[derive(Default)]
struct Crowd {
    open: AtomicUsize,
    most: AtomicUsize,
    /// The resolver in use, where there is one alone.
    only: Option<Server>,
}

impl Lookup for Crowd {
    fn resolve<'a>(&'a self, _: &'a Question) -> Answering<'a> {
        Box::pin(async {
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(open, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            self.open.fetch_sub(1, Ordering::SeqCst);
            Answer::bare(Status::NxDomain)
        })
    }

    fn query<'a>(&'a self, _: &'a Server, question: &'a Question) -> Answering<'a> {
        self.resolve(question)
    }

    fn resolver(&self) -> Option<&Server> {
        self.only.as_ref()
    }
}

#[tokio::test]
async fn one_server_is_not_asked_everything_at_once() {
    let crowd = Crowd::default();
    let cached = std::sync::Arc::new(Cached::new(crowd, 100));
    let mut asking = tokio::task::JoinSet::new();
    for number in 0..60 {
        let cached = cached.clone();
        asking.spawn(async move { cached.query(&server(), &question(&format!("n{number}.example"))).await.status });
    }
    assert!(asking.join_all().await.iter().all(|status| *status == Status::NxDomain));
    let most = cached.lookup().most.load(Ordering::SeqCst);
    assert!((2..=12).contains(&most), "{most} at once");
}

#[tokio::test]
async fn the_resolvers_in_use_take_a_whole_tree_at_once_be_they_several_or_one() {
    for only in [None, Some(server())] {
        let cached = std::sync::Arc::new(Cached::new(Crowd { only, ..Crowd::default() }, 300));
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..250 {
            let cached = cached.clone();
            asking.spawn(async move { cached.resolve(&question(&format!("n{number}.example"))).await.status });
        }
        assert!(asking.join_all().await.iter().all(|status| *status == Status::NxDomain));
        let most = cached.lookup().most.load(Ordering::SeqCst);
        assert!((13..=100).contains(&most), "{most} at once");
    }
}
