//! Follows the changes made by other nodes and the command line, which invalidate cached answers, and writes the last uses of
//! sessions.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::state::AppState;

/// Interval between reads of the changes. While the database answers, cached answers are outdated by about this time at most.
const EVERY: Duration = Duration::from_millis(500);
/// Uses of sessions are written every this many rounds: every five seconds.
const WRITTEN_AFTER: u32 = 10;

/// Follows until the server stops, then writes the last uses. Failures are retried in the next round; only the first of several
/// in a row is logged.
pub async fn run(app: AppState) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut round, mut has_failed) = (0_u32, false);
    while app.stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        let mut done = app.db.changes().catch_up().await;
        if done.is_ok() && round.is_multiple_of(WRITTEN_AFTER) {
            done = app.sessions.write_uses().await;
        }
        if let Err(error) = &done
            && !has_failed
        {
            tracing::warn!(%error, "changes cannot be read, or uses of sessions cannot be written; trying again");
        }
        has_failed = done.is_err();
        round = round.wrapping_add(1);
    }
    if let Err(error) = app.sessions.write_uses().await {
        tracing::warn!(%error, "the last uses of sessions could not be written");
    }
}
