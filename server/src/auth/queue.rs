//! The queue for password hashing: who goes next, who is turned away when too many wait.
//!
//! Two lanes, served in turn: one for people who are known (a browser of theirs, a session, a link), one for strangers. In each
//! lane every user or network is served in turn too, its newest request first, so that many requests from one place delay only
//! each other. A full lane turns away a request from the network with the most requests: the oldest request of whoever has the
//! most there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use tokio::sync::oneshot;

use super::lane::{Key, Lane};
use crate::clock::instant;
use crate::metrics::moment::HashQueue;

/// A request waits for its turn no longer than this.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// Who asks for a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A user from a known browser, in a session or with a link of their own.
    Known {
        /// The user.
        user: String,
        /// The wide network.
        network: String,
    },
    /// Anybody else.
    Stranger {
        /// The wide network.
        network: String,
    },
}

/// Too many requests wait: the server is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many log-ins at once")]
pub struct Busy;

#[derive(Debug)]
struct State {
    /// Turns that nobody has.
    free: usize,
    /// The lane to be served next, and the other one; they change places with each turn.
    lanes: [Lane<oneshot::Sender<Turn>>; 2],
    known: usize,
    /// Mean time that a turn takes, in milliseconds.
    mean_ms: u64,
}

/// The queue. Clones are one queue.
#[derive(Clone, Debug)]
pub struct Queue {
    turns: usize,
    state: Arc<Mutex<State>>,
    refused: Counter,
}

/// The right to work, for one request. Dropping it lets the next one work.
#[must_use]
#[derive(Debug)]
pub struct Turn {
    queue: Option<Queue>,
    since: Instant,
    parts: u32,
}

impl State {
    /// Forgets requests whose clients have hung up.
    fn forget_gone(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.retain(|request| !request.is_closed()));
    }
}

impl Queue {
    /// A queue in which this many work at once.
    #[must_use]
    pub fn new(turns: usize) -> Self {
        let lanes = [Lane::new(), Lane::new()];
        let state = State { free: turns, lanes, known: 0, mean_ms: 0 };
        Self { turns, state: Arc::new(Mutex::new(state)), refused: Counter::default() }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Busy`] at once if the turn would not come before [`DEADLINE`], and later if others take the place or it does not come.
    pub async fn turn(&self, caller: Caller) -> Result<Turn, Busy> {
        let turn = self.wait(caller).await;
        if turn.is_err() {
            self.refused.inc();
        }
        turn
    }

    /// Who waits and who works.
    #[must_use]
    pub fn now(&self) -> HashQueue {
        let mut state = self.lock();
        state.forget_gone();
        let waiting = |index: usize| state.lanes[index].waiting();
        let (known, strangers, working) = (waiting(state.known), waiting(1 - state.known), self.turns - state.free);
        HashQueue { known, strangers, working, refused: self.refused.get() }
    }

    async fn wait(&self, caller: Caller) -> Result<Turn, Busy> {
        let waiting = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                drop(state);
                return Ok(self.start());
            }
            state.forget_gone();
            let (is_known, key) = match caller {
                Caller::Known { user, network } => (true, Key { who: user, network }),
                Caller::Stranger { network } => (false, Key { who: network.clone(), network }),
            };
            let index = if is_known { state.known } else { 1 - state.known };
            let ahead = (state.lanes[index].ahead_of(&key) * 2 + 1) as u64;
            if ahead * state.mean_ms / self.turns as u64 > DEADLINE.as_millis() as u64 {
                return Err(Busy);
            }
            let (sender, receiver) = oneshot::channel();
            state.lanes[index].join(key, sender);
            receiver
        };
        match tokio::time::timeout(DEADLINE, waiting).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Busy),
        }
    }

    fn start(&self) -> Turn {
        Turn { queue: Some(self.clone()), since: instant(), parts: 1 }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a turn that took this long: the request that is next, if any.
    fn end_turn(&self) -> Option<oneshot::Sender<Turn>> {
        let mut state = self.lock();
        let next = state.lanes[0].next();
        let next = if next.is_some() { next } else { state.lanes[1].next() };
        state.lanes.swap(0, 1);
        state.known = 1 - state.known;
        if next.is_none() {
            state.free += 1;
        }
        next
    }

    fn note_duration(&self, ms: u64) {
        let mut state = self.lock();
        state.mean_ms = (state.mean_ms * 7 + ms) / 8;
    }
}

impl Turn {
    /// The turn does the work of this many, so its duration says less about others.
    pub const fn counts_for(&mut self, parts: u32) {
        self.parts = parts;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(queue) = self.queue.take() else { return };
        let took = self.since.elapsed() / self.parts;
        queue.note_duration(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        while let Some(next) = queue.end_turn() {
            match next.send(queue.start()) {
                Ok(()) => return,
                // Whoever waited is gone: the next one.
                Err(mut unused) => unused.queue = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lane::PLACES;
    use super::*;

    fn known(user: &str) -> Caller {
        Caller::Known { user: user.to_owned(), network: "home".to_owned() }
    }

    #[tokio::test]
    async fn a_known_caller_gets_the_second_turn_at_the_latest_however_many_strangers_wait() {
        let queue = Queue::new(1);
        let first = queue.turn(Caller::Stranger { network: "network".to_owned() }).await.unwrap();
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut callers: Vec<Caller> = (0..200).map(|n| Caller::Stranger { network: format!("network {n}") }).collect();
        callers.push(known("ada"));
        let waiting: Vec<_> = callers
            .into_iter()
            .map(|caller| {
                let (queue, served) = (queue.clone(), Arc::clone(&served));
                tokio::spawn(async move {
                    let turn = queue.turn(caller.clone()).await;
                    if turn.is_ok() {
                        served.lock().unwrap().push(caller);
                    }
                })
            })
            .collect();
        while queue.lock().lanes.iter().map(Lane::waiting).sum::<usize>() <= PLACES {
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in waiting {
            task.await.unwrap();
        }
        let served = served.lock().unwrap();
        let ada = served.iter().position(|caller| *caller == known("ada"));
        assert!(ada.is_some_and(|place| place <= 1), "{ada:?}");
        assert_eq!(served.len(), PLACES + 1);
    }

    #[tokio::test]
    async fn a_turn_that_cannot_come_in_time_is_refused_at_once() {
        let queue = Queue::new(1);
        let _working = queue.turn(known("ada")).await.unwrap();
        queue.note_duration(1_000_000);
        assert_eq!(queue.turn(known("bo")).await.err(), Some(Busy));
        assert_eq!(queue.now().refused, 1);
    }

    #[tokio::test]
    async fn turns_come_back_when_whoever_waited_has_hung_up() {
        let queue = Queue::new(1);
        let working = queue.turn(known("ada")).await.unwrap();
        for n in 0..20 {
            let queue = queue.clone();
            let waiting =
                tokio::spawn(async move { queue.turn(Caller::Stranger { network: n.to_string() }).await.map(drop) });
            tokio::task::yield_now().await;
            waiting.abort();
        }
        tokio::task::yield_now().await;
        drop(working);
        assert_eq!(queue.lock().free, 1);
    }
}
