//! Changes in the database that invalidate cached answers, whether made by this node, by other nodes or on the command line.
//!
//! Every change gets the next number when this node learns of it. A cached answer stores the latest number from before it was
//! read, and is valid until something that it depends on gets a later one. So an answer that was read before a change cannot
//! outlive it, in whichever order reading, changing and following happen.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::AnyPool;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::errors::{Error, Result};
use crate::clock::{Clock, UnixTime};

/// Milliseconds without a successful read of the changes after which the cache is not used any more.
const TRUSTED_MS: u64 = 2_000;
/// Recorded in place of a subject if a table was truncated.
pub(super) const EVERYTHING: &str = "*";
/// Size of each of the two levels of the table of subjects. Subjects in the same slot are invalidated together, which is rare.
const WIDTH: usize = 512;

/// The slot of an id (of a user, an account, an application or a session) in the table of the latest changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Subject(u32);

/// The number of the latest change from before an answer was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::store) struct AsOf(u64);

/// The changes that this node knows of.
pub struct Changes {
    read: AnyPool,
    /// See `Dialect::changes_since`.
    since: &'static str,
    clock: OnceLock<Clock>,
    latest: AtomicU64,
    everything: AtomicU64,
    subjects: Box<[OnceLock<Box<[AtomicU64]>>]>,
    /// When changes were last read, in the clock's milliseconds; 0 for never.
    followed_at: AtomicU64,
    /// The number of calls of [`Changes::catch_up`].
    wanted: AtomicU64,
    record: Mutex<Record>,
    /// The last row of `changes` at the latest clean-up.
    old: AtomicI64,
}

/// How far `changes` has been read.
#[derive(Default)]
struct Record {
    /// The position, in a form that depends on the database; `None` before the first read.
    place: Option<String>,
    /// When it was read, in the clock's milliseconds and in its time: only the time continues while the machine sleeps.
    read_at: (u64, UnixTime),
    /// The last call of [`Changes::catch_up`] that this read has served.
    served: u64,
}

/// A changed subject, or `None` if there is none; and the position from which to read next.
type Row = (Option<String>, String);

impl Changes {
    pub(super) fn new(read: AnyPool, since: &'static str) -> Self {
        Self {
            read,
            since,
            clock: OnceLock::new(),
            latest: AtomicU64::new(1),
            everything: AtomicU64::new(1),
            subjects: (0..WIDTH).map(|_| OnceLock::new()).collect(),
            followed_at: AtomicU64::new(0),
            wanted: AtomicU64::new(0),
            record: Mutex::default(),
            old: AtomicI64::new(0),
        }
    }

    /// Starts following changes. Without this, as on the command line, nothing is cached.
    pub(super) fn follow_by(&self, clock: Clock) {
        let _ = self.clock.set(clock);
    }

    /// Reads every change that was committed before this call. Does nothing if changes are not followed.
    ///
    /// # Errors
    /// If the database cannot be read. Cached answers are not used until it can.
    pub async fn catch_up(&self) -> Result<()> {
        let Some(clock) = self.clock.get() else { return Ok(()) };
        let ticket = self.wanted.fetch_add(1, Ordering::SeqCst) + 1;
        let mut record = self.record.lock().await;
        if record.served >= ticket {
            return Ok(());
        }
        let served = self.wanted.load(Ordering::SeqCst);
        let now = (clock.elapsed_ms(), clock.now());
        let is_recent = now.0.saturating_sub(record.read_at.0) < TRUSTED_MS
            && now.1.abs_diff(record.read_at.1) <= TRUSTED_MS.div_ceil(1_000);
        let from = record.place.take_if(|_| is_recent);
        let rows = sqlx::query_as(self.since).bind(&from).fetch_all(&self.read);
        let rows: Vec<Row> =
            match timeout(Duration::from_millis(TRUSTED_MS), rows).await.unwrap_or(Err(Error::PoolTimedOut)) {
                Ok(rows) => rows,
                Err(error) => {
                    // Waiting callers need not try again: the cache is not used any more.
                    *record = Record { place: from, read_at: record.read_at, served };
                    self.followed_at.store(0, Ordering::SeqCst);
                    return Err(error);
                }
            };
        if from.is_none() {
            self.everything.store(self.next_number(), Ordering::SeqCst);
        }
        let mut place = from;
        for (subject, next) in rows {
            match subject.as_deref() {
                Some(EVERYTHING) => self.everything.store(self.next_number(), Ordering::SeqCst),
                Some(subject) => self.note(Subject::of(subject)),
                None => {}
            }
            place = Some(next);
        }
        *record = Record { place, read_at: now, served };
        self.followed_at.store(now.0, Ordering::SeqCst);
        Ok(())
    }

    fn next_number(&self) -> u64 {
        self.latest.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn note(&self, Subject(place): Subject) {
        let (outer, inner) = (place as usize / WIDTH, place as usize % WIDTH);
        let of_outer = self.subjects[outer].get_or_init(|| (0..WIDTH).map(|_| AtomicU64::new(0)).collect());
        of_outer[inner].fetch_max(self.next_number(), Ordering::SeqCst);
    }

    fn noted(&self, Subject(place): Subject) -> u64 {
        let of_outer = self.subjects[place as usize / WIDTH].get();
        of_outer.map_or(0, |numbers| numbers[place as usize % WIDTH].load(Ordering::SeqCst))
    }

    /// The number of the latest known change. `None` if changes have not been read recently enough: then the cache must not be
    /// used.
    pub(in crate::store) fn as_of(&self) -> Option<AsOf> {
        let now = self.clock.get()?.elapsed_ms();
        let followed_at = self.followed_at.load(Ordering::SeqCst);
        let is_known = followed_at > 0 && now.saturating_sub(followed_at) < TRUSTED_MS;
        is_known.then(|| AsOf(self.latest.load(Ordering::SeqCst)))
    }

    /// Whether none of an answer's subjects has changed since.
    pub(in crate::store) fn holds(&self, AsOf(number): AsOf, mut subjects: impl Iterator<Item = Subject>) -> bool {
        self.everything.load(Ordering::SeqCst) <= number && subjects.all(|subject| self.noted(subject) <= number)
    }

    /// The last row of `changes` at the previous call. By now, every node has read it.
    pub(in crate::store) async fn old(&self) -> Result<i64> {
        let latest = sqlx::query_scalar("select coalesce(max(seq), 0) from changes").fetch_one(&self.read).await?;
        Ok(self.old.swap(latest, Ordering::SeqCst))
    }
}

impl Subject {
    pub(in crate::store) fn of(name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self((hasher.finish() % (WIDTH * WIDTH) as u64) as u32)
    }

    pub(in crate::store) const fn to_bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }

    pub(in crate::store) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(bytes) % (WIDTH * WIDTH) as u32)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("latest", &self.latest).finish_non_exhaustive()
    }
}
