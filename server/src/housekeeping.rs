//! What goes by itself: ended sessions and links, old history, counters that no rule remembers, browsers that were not seen for long.

use std::time::Duration;

use crate::http::cookies::BROWSER_KNOWN_DAYS;
use crate::state::AppState;
use crate::store::{self, attempts, events, known_browsers, links, login_history, sessions};

const EVERY: Duration = Duration::from_secs(600);
const DAY_S: i64 = 86_400;
/// Rows of a history that are removed by one statement, so that nobody waits for it.
const AT_ONCE: i64 = 1_000;

/// Cleans up now and then until the task is dropped. A failure is logged and tried again the next time.
pub async fn run(app: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = clean_up(&app).await {
            tracing::warn!(%error, "cleaning up failed; it is tried again later");
        }
    }
}

/// One round.
///
/// # Errors
/// Where the database fails.
pub async fn clean_up(app: &AppState) -> store::Result<()> {
    let now = app.clock.now();
    sessions::remove_ended(&app.db, now, app.config.sessions.idle_s).await?;
    attempts::remove_stale(&app.db, now - DAY_S).await?;
    known_browsers::remove_stale(&app.db, now - BROWSER_KNOWN_DAYS * DAY_S).await?;
    links::remove_ended(&app.db, now).await?;
    let before = now - app.config.history.days * DAY_S;
    while login_history::remove_before(&app.db, before, AT_ONCE).await? {}
    while events::remove_before(&app.db, before, AT_ONCE).await? {}
    Ok(())
}
