use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use futures::future::join_all;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::clock::Clock;
use crate::config::DatabaseUrl;
use crate::store::Db;

/// A number that belongs to one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number(u64);

impl Cacheable for Number {
    fn subjects(&self) -> Vec<Subject> {
        vec![Subject::of("ada")]
    }

    fn pack(&self) -> Vec<u8> {
        packed(&self.0)
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        unpacked(bytes).map(Self)
    }
}

struct Portal {
    db: Db,
    clock: Arc<AtomicI64>,
    cache: Cache<Number>,
    loads: AtomicUsize,
    _dir: TempDir,
}

async fn portal(bytes: u64) -> Portal {
    let dir = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(dir.path().join("postern.sqlite"));
    let db = Db::connect(&url).await.unwrap();
    db.migrate(&url).await.unwrap();
    let clock = Arc::new(AtomicI64::new(1_000));
    db.follow_changes(Clock::manual(Arc::clone(&clock)));
    db.changes().catch_up().await.unwrap();
    let cache = Cache::new(Arc::clone(db.changes()), bytes);
    Portal { db, clock, cache, loads: AtomicUsize::new(0), _dir: dir }
}

impl Portal {
    async fn ask(&self, name: &str, answer: Option<u64>) -> Option<u64> {
        let load = async {
            self.loads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(answer.map(Number))
        };
        let now = self.clock.load(Ordering::SeqCst);
        self.cache.get(name, now, |_| true, load).await.unwrap().map(|Number(number)| number)
    }

    async fn change(&self, subject: &str) {
        sqlx::query("insert into changes (subject) values ($1)").bind(subject).execute(&self.db.write).await.unwrap();
    }

    async fn learn(&self) {
        self.db.changes().catch_up().await.unwrap();
    }

    fn loads(&self) -> usize {
        self.loads.swap(0, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn an_answer_is_read_again_when_its_own_subject_has_changed() {
    let portal = portal(1_000_000).await;
    assert_eq!((portal.ask("a", Some(1)).await, portal.ask("a", Some(2)).await), (Some(1), Some(1)));
    portal.change("grace").await;
    portal.learn().await;
    assert_eq!(portal.ask("a", Some(3)).await, Some(1));
    portal.change("ada").await;
    portal.learn().await;
    assert_eq!((portal.ask("a", Some(4)).await, portal.loads()), (Some(4), 2));
}

#[tokio::test]
async fn nothing_is_kept_from_a_time_without_news() {
    let portal = portal(1_000_000).await;
    portal.ask("a", Some(1)).await;
    portal.clock.fetch_add(2, Ordering::SeqCst);
    assert_eq!((portal.ask("a", Some(2)).await, portal.ask("a", Some(3)).await), (Some(2), Some(3)));
    portal.learn().await;
    assert_eq!((portal.ask("a", Some(4)).await, portal.ask("a", Some(5)).await), (Some(4), Some(4)));
}

#[tokio::test]
async fn nothing_is_kept_while_changes_cannot_be_read() {
    let portal = portal(1_000_000).await;
    portal.ask("a", Some(1)).await;
    sqlx::query("alter table changes rename to elsewhere").execute(&portal.db.write).await.unwrap();
    portal.db.changes().catch_up().await.unwrap_err();
    assert_eq!(portal.ask("a", Some(2)).await, Some(2));
    sqlx::query("alter table elsewhere rename to changes").execute(&portal.db.write).await.unwrap();
    portal.learn().await;
    assert_eq!(portal.ask("a", Some(3)).await, Some(1), "what was read before holds: nothing was missed");
}

/// What happens while an answer is read from the database.
#[derive(Clone, Copy, Debug)]
enum Event {
    Read,
    EndOfReading,
    Commit,
    Learn,
}

#[tokio::test]
async fn an_answer_never_outlives_a_change_in_whichever_order_they_happen() {
    use Event::{Commit, EndOfReading, Learn, Read};
    for order in [
        [Read, EndOfReading, Commit, Learn],
        [Read, Commit, EndOfReading, Learn],
        [Read, Commit, Learn, EndOfReading],
        [Commit, Read, EndOfReading, Learn],
        [Commit, Read, Learn, EndOfReading],
        [Commit, Learn, Read, EndOfReading],
    ] {
        let portal = portal(1_000_000).await;
        let row = AtomicU64::new(1);
        let (read, can_read) = oneshot::channel();
        let (end, can_end) = oneshot::channel();
        let load = async {
            can_read.await.unwrap();
            let number = row.load(Ordering::SeqCst);
            can_end.await.unwrap();
            Ok(Some(Number(number)))
        };
        let (mut read, mut end) = (Some(read), Some(end));
        let others = async {
            for event in order {
                match event {
                    Read => read.take().unwrap().send(()).unwrap(),
                    EndOfReading => end.take().unwrap().send(()).unwrap(),
                    Commit => {
                        row.store(2, Ordering::SeqCst);
                        portal.change("ada").await;
                    }
                    Learn => portal.learn().await,
                }
                tokio::task::yield_now().await;
            }
        };
        let (first, ()) = tokio::join!(portal.cache.get("a", 1_000, |_| true, load), others);
        first.unwrap().unwrap();
        assert_eq!(portal.ask("a", Some(row.load(Ordering::SeqCst))).await, Some(2), "{order:?}");
    }
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_reads() {
    let portal = portal(1_000_000).await;
    assert_eq!(join_all((0..50).map(|n| portal.ask("a", Some(n)))).await, vec![Some(0); 50]);
    assert_eq!(portal.loads(), 1);
    assert_eq!(join_all((0..50).map(|_| portal.ask("b", None))).await, vec![None; 50]);
    assert_eq!(portal.loads(), 1);
}

#[tokio::test]
async fn that_there_is_nothing_is_believed_for_a_moment_and_until_anything_changes() {
    let portal = portal(1_000_000).await;
    assert_eq!((portal.ask("a", None).await, portal.ask("a", Some(1)).await), (None, None));
    portal.clock.fetch_add(1, Ordering::SeqCst);
    portal.learn().await;
    assert_eq!(portal.ask("a", Some(1)).await, None);
    portal.clock.fetch_add(1, Ordering::SeqCst);
    portal.learn().await;
    assert_eq!(portal.ask("a", Some(1)).await, Some(1));
    assert_eq!(portal.ask("b", None).await, None);
    portal.change("grace").await;
    portal.learn().await;
    assert_eq!(portal.ask("b", Some(2)).await, Some(2));
}

#[tokio::test]
async fn a_flood_of_tokens_that_do_not_exist_takes_no_memory_and_pushes_nothing_out() {
    let portal = portal(20_000).await;
    portal.ask("a", Some(1)).await;
    for n in 0..30_000 {
        portal.ask(&format!("random {n}"), None).await;
    }
    assert!(portal.cache.absent.len() <= MOST_ABSENT);
    assert_eq!(portal.ask("a", Some(2)).await, Some(1));
}

#[tokio::test]
async fn kept_answers_take_a_bounded_part_of_memory() {
    let portal = portal(100_000).await;
    for n in 0..5_000 {
        portal.ask(&format!("user {n}"), Some(n)).await;
    }
    assert!(portal.cache.present.weight() <= 100_000, "{}", portal.cache.present.weight());
    assert!(portal.cache.present.len() > 300);
}
