//! Completes what an earlier version has not written, and removes what has expired: sessions, links, old history, counters that no longer matter, and browsers not seen for a long
//! time.

use std::time::Duration;

use crate::http::cookies::BROWSER_KNOWN_DAYS;
use crate::state::AppState;
use crate::store::{self, attempts, events, known_browsers, links, login_history, roster, sessions};

const EVERY: Duration = Duration::from_secs(600);
const DAY_S: i64 = 86_400;
/// Rows of a history that one statement removes at most, so that others do not wait for it.
const AT_ONCE: i64 = 1_000;

/// Cleans up regularly until the task is dropped. A failure is logged, and tried again at the next round.
pub async fn run(app: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = clean_up(&app).await {
            tracing::warn!(%error, "clean-up failed; it will be tried again");
        }
    }
}

/// One round.
pub async fn clean_up(app: &AppState) -> store::Result<()> {
    let now = app.clock.now();
    sessions::remove_ended(&app.db, now, app.config.sessions.idle_s).await?;
    attempts::remove_stale(&app.db, now - DAY_S).await?;
    known_browsers::remove_stale(&app.db, now - BROWSER_KNOWN_DAYS * DAY_S).await?;
    links::remove_ended(&app.db, now).await?;
    roster::complete(&app.db).await?;
    let before = now - app.config.history.days * DAY_S;
    while login_history::remove_before(&app.db, before, AT_ONCE).await? {}
    while events::remove_before(&app.db, before, AT_ONCE).await? {}
    Ok(())
}
