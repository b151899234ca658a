//! Rows for several requests that ask at the same time, read by one statement. A request that is alone does not wait for others: while
//! a statement runs, further requests gather for the next one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::Result;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;

/// How many tokens a statement asks for: the smallest of these that suffices. The last token fills the rest.
const SIZES: [usize; 3] = [1, 8, 32];

/// How long a statement may take. After that, each request asks on its own connection, so that one that hangs holds up nobody.
const TIME: Duration = Duration::from_secs(1);

/// Reads of one kind.
#[derive(Debug)]
pub(super) struct Batches<T>(Arc<Mutex<Gathered<T>>>);

#[derive(Debug)]
struct Gathered<T> {
    waiting: Vec<Waiting<T>>,
    is_reading: bool,
}

/// A request that waits, and where it gets its row. If the sender is dropped, the request asks on its own.
#[derive(Debug)]
struct Waiting<T> {
    token: TokenHash,
    now: UnixTime,
    row: oneshot::Sender<Option<T>>,
}

impl<T> Default for Batches<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Gathered { waiting: Vec::new(), is_reading: false })))
    }
}

impl<T: Clone + Send + 'static> Batches<T> {
    /// The row of a token at a time. `read` reads the rows of some tokens, which may occur several times, at the latest of their
    /// times.
    ///
    /// # Errors
    /// Whatever `read` fails with. If it fails for several requests, each asks again on its own.
    pub(super) async fn row<F>(
        &self,
        token: &TokenHash,
        now: UnixTime,
        read: impl Fn(Vec<TokenHash>, UnixTime) -> F + Clone + Send + 'static,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Vec<(TokenHash, T)>>> + Send + 'static,
    {
        let (row, arrives) = oneshot::channel();
        let is_first = {
            let mut gathered = lock(&self.0);
            gathered.waiting.push(Waiting { token: token.clone(), now, row });
            !std::mem::replace(&mut gathered.is_reading, true)
        };
        if is_first {
            // On its own, so that nobody waits in vain if this request is given up.
            tokio::spawn(Reader { gathered: Arc::clone(&self.0), has_ended: false }.run(read.clone()));
        }
        match arrives.await {
            Ok(row) => Ok(row),
            Err(_) => Ok(read(vec![token.clone()], now).await?.pop().map(|(_, row)| row)),
        }
    }
}

/// Reads until nobody waits.
struct Reader<T> {
    gathered: Arc<Mutex<Gathered<T>>>,
    has_ended: bool,
}

impl<T: Clone> Reader<T> {
    async fn run<F>(mut self, read: impl Fn(Vec<TokenHash>, UnixTime) -> F)
    where
        F: Future<Output = Result<Vec<(TokenHash, T)>>>,
    {
        while let Some(batch) = self.next() {
            let mut tokens: Vec<_> = batch.iter().map(|waiting| waiting.token.clone()).collect();
            let size = SIZES.into_iter().find(|size| *size >= tokens.len()).unwrap_or(tokens.len());
            tokens.resize(size, batch[batch.len() - 1].token.clone());
            let now = batch.iter().map(|waiting| waiting.now).max().unwrap_or_default();
            let Ok(Ok(rows)) = timeout(TIME, read(tokens, now)).await else { continue };
            for Waiting { token, row, .. } in batch {
                // Several may wait for the same token.
                let own = rows.iter().find(|(of, _)| *of == token);
                let _ = row.send(own.map(|(_, row)| row.clone()));
            }
        }
    }

    fn next(&mut self) -> Option<Vec<Waiting<T>>> {
        let mut gathered = lock(&self.gathered);
        gathered.waiting.retain(|waiting| !waiting.row.is_closed());
        let size = gathered.waiting.len().min(SIZES[SIZES.len() - 1]);
        if size == 0 {
            gathered.is_reading = false;
            self.has_ended = true;
            return None;
        }
        Some(gathered.waiting.drain(..size).collect())
    }
}

/// After a panic, whoever waits asks on its own, and the next request reads again.
impl<T> Drop for Reader<T> {
    fn drop(&mut self) {
        if !self.has_ended {
            let mut gathered = lock(&self.gathered);
            gathered.waiting.clear();
            gathered.is_reading = false;
        }
    }
}

fn lock<T>(gathered: &Mutex<Gathered<T>>) -> MutexGuard<'_, Gathered<T>> {
    gathered.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "batches_tests.rs"]
mod tests;
