//! Limits log lines that anybody can cause, so that nobody can flood the log.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::clock::UnixTime;

/// The same line is logged again after this many seconds.
const EVERY_S: i64 = 60;
/// The most lines in that time.
const MOST: usize = 100;

/// What was logged in the current minute. Each thing is logged once, and there are at most [`MOST`] lines.
#[derive(Debug)]
pub struct Sparing<T>(Mutex<Minute<T>>);

#[derive(Debug)]
struct Minute<T> {
    since: UnixTime,
    said: HashSet<T>,
    left_out: u64,
}

impl<T> Default for Sparing<T> {
    fn default() -> Self {
        Self(Mutex::new(Minute { since: UnixTime::MIN, said: HashSet::new(), left_out: 0 }))
    }
}

impl<T: Eq + Hash> Sparing<T> {
    /// Whether to log this now. If so, returns how many lines were left out since the previous one.
    pub fn is_due(&self, thing: T, now: UnixTime) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Also after the clock was set back.
        if !(minute.since..minute.since.saturating_add(EVERY_S)).contains(&now) {
            minute.since = now;
            minute.said.clear();
        }
        if minute.said.len() >= MOST || !minute.said.insert(thing) {
            minute.left_out += 1;
            return None;
        }
        Some(std::mem::take(&mut minute.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_once_a_minute_and_the_next_line_counts_what_was_left_out() {
        let sparing = Sparing::default();
        let said =
            [("a", 0), ("a", 59), ("b", 59), ("a", 60), ("a", 10)].map(|(thing, now)| sparing.is_due(thing, now));
        assert_eq!(said, [Some(0), None, Some(1), Some(0), Some(0)], "the last one after the clock was set back");
    }

    #[test]
    fn whoever_finds_new_things_to_say_fills_no_disk() {
        let sparing = Sparing::default();
        let said = (0..10_000).filter(|thing| sparing.is_due(*thing, 0).is_some()).count();
        assert_eq!((said, sparing.is_due(10_000, 60)), (MOST, Some(9_900)));
    }
}
