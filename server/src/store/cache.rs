//! A cache of answers from the database, which are valid until they may have changed.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use quick_cache::Weighter;
use quick_cache::sync::{Cache as Entries, EntryAction, EntryResult};
use serde::{Deserialize, Serialize};

use super::sql::{AsOf, Changes, Result, Subject};
use crate::auth::token::KeyedHasher;
use crate::clock::UnixTime;
use crate::metrics::moment;

/// Maximum number of negative answers. They have a cache of their own, so that random tokens evict nothing else.
const MOST_ABSENT: usize = 10_000;
/// Expected number of answers, for the initial capacity.
const FEW: usize = 1_000;
/// Lifetime of a negative answer in seconds. Nobody can know a token that does not exist yet.
const ABSENT_S: i64 = 1;
/// Bytes that an entry takes in addition to the answer: its key, its places in lists and tables, and the allocation's header.
const OVERHEAD: u64 = 100;

/// An answer that can be cached.
pub(super) trait Cacheable: Sized {
    /// Ids of the rows that it was made from: a change to any of them invalidates it.
    fn subjects(&self) -> Vec<Subject>;
    /// The answer in a compact form.
    fn pack(&self) -> Vec<u8>;
    /// The answer from its compact form.
    fn unpack(bytes: &[u8]) -> Option<Self>;
}

/// A value in postcard's format, which takes little more than its texts and numbers.
pub(super) fn packed(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap_or_default()
}

/// The value of these bytes; `None` if [`packed`] cannot have made them.
pub(super) fn unpacked<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

/// Cached answers by name: the hash of a token, or an id.
pub(super) struct Cache<T> {
    present: Entries<Key, Kept, Weight>,
    absent: Entries<Key, Absent>,
    changes: Arc<Changes>,
    hasher: KeyedHasher,
    hits: Counter,
    misses: Counter,
    answer: PhantomData<fn() -> T>,
}

/// The hash of a name.
type Key = u128;

/// An answer, packed: the state of the database that it is from, its subjects, and the answer's own bytes.
#[derive(Clone)]
struct Kept(Arc<[u8]>);

#[derive(Clone, Copy)]
struct Absent {
    as_of: AsOf,
    at: UnixTime,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Kept> for Weight {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        OVERHEAD + kept.0.len() as u64
    }
}

impl<T: Cacheable> Cache<T> {
    /// A cache of at most about this many bytes.
    pub(super) fn new(changes: Arc<Changes>, bytes: u64) -> Self {
        Self {
            present: Entries::with_weighter(FEW, bytes, Weight),
            absent: Entries::new(MOST_ABSENT),
            changes,
            hasher: KeyedHasher::random(),
            hits: Counter::default(),
            misses: Counter::default(),
            answer: PhantomData,
        }
    }

    /// What has been looked up so far, and what it holds now.
    pub(super) fn now(&self, name: &'static str) -> moment::Cache {
        let (hits, misses) = (self.hits.get(), self.misses.get());
        moment::Cache { name, hits, misses, entries: self.present.len() }
    }

    /// The cached answer, if it is still valid and `good`; otherwise the result of `load`. If several callers need the same
    /// answer, one loads it and the others wait for it.
    pub(super) async fn get(
        &self,
        name: &str,
        now: UnixTime,
        good: impl Fn(&T) -> bool,
        load: impl Future<Output = Result<Option<T>>>,
    ) -> Result<Option<T>> {
        let load = async {
            self.misses.inc();
            load.await
        };
        let hit = |answer| {
            self.hits.inc();
            Ok(answer)
        };
        let key = self.hasher.hash(name);
        if self.changes.as_of().is_none() {
            return load.await;
        }
        let usable = |kept: &Kept| kept.answer(&self.changes).map(|(_, answer)| answer).filter(&good);
        if let Some(answer) = self.present.get(&key).as_ref().and_then(usable) {
            return hit(Some(answer));
        }
        if self.is_absent(&key, now) {
            return hit(None);
        }
        let entry = self.present.entry_async(&key, |_, kept| match usable(kept) {
            Some(answer) => EntryAction::Retain(answer),
            None => EntryAction::ReplaceWithGuard,
        });
        let place = match entry.await {
            EntryResult::Retained(answer) => return hit(Some(answer)),
            EntryResult::Vacant(place) | EntryResult::Replaced(place, _) => place,
            EntryResult::Removed(..) | EntryResult::Timeout => return load.await,
        };
        if self.is_absent(&key, now) {
            return hit(None);
        }
        // After the wait, changes may no longer be known. Then every caller loads for itself.
        let Some(as_of) = self.changes.as_of() else {
            drop(place);
            return load.await;
        };
        let answer = load.await?;
        match &answer {
            Some(answer) => drop(place.insert(Kept::new(as_of, answer))),
            None => self.absent.insert(key, Absent { as_of, at: now }),
        }
        Ok(answer)
    }

    /// Replaces a cached answer with an amended one, without asking the database.
    pub(super) fn amend(&self, name: &str, amended: impl FnOnce(T) -> T) {
        let key = self.hasher.hash(name);
        if let Some(kept) = self.present.get(&key)
            && let Some((as_of, answer)) = kept.answer(&self.changes)
        {
            let _ = self.present.replace(key, Kept::new(as_of, &amended(answer)), true);
        }
    }

    /// Whether the database has just said that there is nothing. Any change at all may be that there is something now.
    fn is_absent(&self, key: &Key, now: UnixTime) -> bool {
        self.absent.get(key).is_some_and(|absent| {
            (0..=ABSENT_S).contains(&(now - absent.at)) && self.changes.as_of() == Some(absent.as_of)
        })
    }
}

impl Kept {
    fn new<T: Cacheable>(as_of: AsOf, answer: &T) -> Self {
        let subjects: Vec<u8> = answer.subjects().iter().flat_map(|subject| subject.to_bytes()).collect();
        Self([packed(&(as_of, subjects.as_slice())), answer.pack()].concat().into())
    }

    /// The answer, and the state of the database that it is from, if nothing that it depends on has changed since.
    fn answer<T: Cacheable>(&self, changes: &Changes) -> Option<(AsOf, T)> {
        let ((as_of, subjects), answer) = postcard::take_from_bytes::<(AsOf, &[u8])>(&self.0).ok()?;
        let mut subjects = subjects.as_chunks().0.iter().copied().map(Subject::from_bytes);
        if !changes.holds(as_of, &mut subjects) {
            return None;
        }
        Some((as_of, T::unpack(answer)?))
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("present", &self.present.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
