//! How a running server follows a rotation: it reads the key ring again when the database names a key that it does not hold, seals with
//! the key that the database says, and reports both, so that a rotation knows when it may go on.

use std::fs;
use std::time::Duration;

use anyhow::Context;
use tokio::time::{MissedTickBehavior, interval};

use super::{listed, read};
use crate::auth::cipher::{Cipher, Sealed};
use crate::auth::key_ring::KeyRing;
use crate::auth::token::random_id;
use crate::clock::UnixTime;
use crate::config::KeySource;
use crate::state::AppState;
use crate::store::meta;
use crate::store::nodes::{self, Node};

/// Interval between two looks at the database.
const EVERY: Duration = Duration::from_secs(2);
/// A server without news reports this often, in seconds.
const REPORTED_EVERY_S: i64 = 10;
/// The key ring is read again at most this often, in seconds, while a key is missing.
const READ_EVERY_S: i64 = 5;
/// A key file is read again this often, in seconds, so that a key that was removed from it is forgotten.
const READ_FILE_EVERY_S: i64 = 60;

/// Follows rotations for one server.
#[derive(Debug)]
pub struct Follower {
    app: AppState,
    node: Node,
    reported_at: Option<UnixTime>,
    read_at: Option<UnixTime>,
}

/// Follows until the server stops. Failures are retried in the next round; only the first of several in a row is logged.
pub async fn run(app: AppState) {
    let mut follower = Follower::new(app.clone());
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut has_failed = false;
    while app.stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        let followed = follower.follow().await;
        if let Err(error) = &followed
            && !has_failed
        {
            tracing::warn!(error = format!("{error:#}"), "the rotation of keys cannot be followed; trying again");
        }
        has_failed = followed.is_err();
    }
    if let Err(error) = nodes::remove(&app.db, &follower.node).await {
        tracing::warn!(%error, "the end of this server could not be recorded");
    }
}

impl Follower {
    /// A server that has not reported yet.
    #[must_use]
    pub fn new(app: AppState) -> Self {
        // For the operator, who has to recognise it.
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let name = format!("process {} on {}", std::process::id(), host.trim());
        let node = Node { id: random_id(), name, key_ids: String::new(), sealing_key: String::new() };
        Self { app, node, reported_at: None, read_at: None }
    }

    /// One round.
    ///
    /// # Errors
    /// If the database fails, or the key ring does not hold a key that the database names, with what to do.
    pub async fn follow(&mut self) -> anyhow::Result<()> {
        let now = self.app.clock.now();
        let check = meta::key_check(&self.app.db).await?.context("the database has no key check")?;
        let next = meta::next_key(&self.app.db).await?;
        let named = check.key_id().into_iter().chain(next.as_deref());
        let missing = named.filter(|key_id| !self.app.cipher.ring().holds(key_id)).map(str::to_owned).next();
        if let Some(key_id) = missing {
            self.read_missing(&key_id, &check, now).await?;
        } else if matches!(self.app.config.keys.source, KeySource::File(_)) && self.is_due(READ_FILE_EVERY_S, now) {
            // A key may have been removed.
            self.read_again(&check, now).await?;
        }
        let sealing = self.app.cipher.seal_as(&check);
        self.report(now).await?;
        sealing.context("the key that the database is sealed with cannot be used")
    }

    fn is_due(&self, every_s: i64, now: UnixTime) -> bool {
        self.read_at.is_none_or(|at| !(0..every_s).contains(&(now - at)))
    }

    async fn read_missing(&mut self, key_id: &str, check: &Sealed, now: UnixTime) -> anyhow::Result<()> {
        if !self.is_due(READ_EVERY_S, now) {
            return Ok(());
        }
        let ring = self.read_again(check, now).await?;
        if ring.holds(key_id) {
            tracing::info!("the key ring was read again: it holds {}", listed(&ring));
        } else {
            tracing::error!(
                "a rotation needs key {key_id}, but {} holds {}: copy the key ring to this server, and restart it unless its keys are in \
                 a file",
                self.app.config.keys.source,
                listed(&ring)
            );
        }
        Ok(())
    }

    /// Takes the ring as it is now, unless it lacks the key that the database is sealed with: then it is not the ring of this portal.
    async fn read_again(&mut self, check: &Sealed, now: UnixTime) -> anyhow::Result<KeyRing> {
        self.read_at = Some(now);
        let source = &self.app.config.keys.source;
        let ring = read(source).await?.with_context(|| format!("{source} is missing"))?;
        if Cipher::new(ring.clone()).seal_as(check).is_ok() {
            self.app.cipher.replace_ring(ring.clone());
        }
        Ok(ring)
    }

    async fn report(&mut self, now: UnixTime) -> anyhow::Result<()> {
        let cipher = &self.app.cipher;
        let node = Node { key_ids: cipher.ring().ids().join(" "), sealing_key: cipher.key_id(), ..self.node.clone() };
        let is_due = self.reported_at.is_none_or(|at| !(0..REPORTED_EVERY_S).contains(&(now - at)));
        if is_due || node != self.node {
            nodes::report(&self.app.db, &node, now).await?;
            (self.node, self.reported_at) = (node, Some(now));
        }
        Ok(())
    }
}
