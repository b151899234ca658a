//! Completes what an earlier version has not written, does resets whose delay is over, and removes what has expired: sessions, links, old
//! history, counters that no longer matter, set-up codes, challenges for passkeys, access tokens, unused grants, old signing keys, servers that
//! were killed, previous secrets, offsets of phones' clocks, and browsers not seen for a long time. It does so in small steps, so that log-ins do not wait for
//! it, and it does not believe a clock that jumps.

use std::time::Duration;

use postern_types::Email;
use tokio::time::MissedTickBehavior;

use crate::audit::retention;
use crate::clock::{DAY_S, UnixTime};
use crate::http::cookies::BROWSER_KNOWN_DAYS;
use crate::mail::Mail;
use crate::oidc::key::{KeyState, Term};
use crate::state::AppState;
use crate::store::oidc_keys::{self, StoredKey};
use crate::store::{
    self, application_codes, attempts, changes, clock_offsets, events, known_browsers, links, login_history, meta,
    nodes, oidc_access_tokens, oidc_grants, outbox, passkey_ceremonies, places, previous_factors, roster, sessions,
    set_up_codes, transactions,
};

const EVERY: Duration = Duration::from_secs(600);
/// How far the time moves on from one round to the next, whatever the clock says. More than the time between two rounds,
/// so that a server that was off for a long time catches up; little enough that a wrong clock is noticed before much is
/// lost.
const MOST_A_ROUND_S: i64 = 3_600;
/// The most rows that one statement removes.
const AT_ONCE: i64 = 200;
/// Sessions that one statement looks at.
const LOOKED_AT_ONCE: i64 = 1_000;
/// How long others have the database to themselves between two statements.
const PAUSE: Duration = Duration::from_millis(100);

/// Cleans up regularly until the task is dropped. What failed is tried again at the next round.
pub async fn run(app: AppState) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = clean_up(&app).await {
            tracing::warn!(%error, "clean-up is not complete; it will be tried again");
        }
    }
}

/// One round. A step that fails is logged, and holds up no other.
///
/// # Errors
/// The first step that failed.
pub async fn clean_up(app: &AppState) -> store::Result<()> {
    let db = &app.db;
    let now = believed_time(app).await?;
    let before = now - app.config.history.days * DAY_S;
    let browsers_before = now - BROWSER_KNOWN_DAYS * DAY_S;
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    let steps = [
        logged("roster", roster::complete(db).await),
        logged("changes", changes::remove_old(db).await),
        logged("resets", transactions::do_due_resets(db, now, app.clock.now(), &seal).await),
        logged("sessions", remove_ended_sessions(app, now).await),
        in_steps("application codes", || application_codes::remove_ended(db, now, AT_ONCE)).await,
        in_steps("attempts", || attempts::remove_stale(db, now, AT_ONCE)).await,
        in_steps("known browsers", || known_browsers::remove_stale(db, browsers_before, AT_ONCE)).await,
        in_steps("places", || places::remove_stale(db, now, AT_ONCE)).await,
        in_steps("links", || links::remove_ended(db, now, AT_ONCE)).await,
        in_steps("limits of e-mails", || outbox::remove_stale_paces(db, now, AT_ONCE)).await,
        in_steps("previous factors", || previous_factors::remove_stale(db, now, AT_ONCE)).await,
        in_steps("clock offsets", || clock_offsets::remove_stale(db, now, AT_ONCE)).await,
        in_steps("set-up codes", || set_up_codes::remove_stale(db, now, AT_ONCE)).await,
        in_steps("passkey ceremonies", || passkey_ceremonies::remove_stale(db, now, AT_ONCE)).await,
        in_steps("access tokens", || oidc_access_tokens::remove_ended(db, now, AT_ONCE)).await,
        in_steps("grants", || oidc_grants::remove_unused(db, now, AT_ONCE)).await,
        logged("signing keys", remove_old_keys(app, now).await),
        in_steps("servers", || nodes::remove_ended(db, now, AT_ONCE)).await,
        remove_old_records(app, before).await,
    ];
    steps.into_iter().collect()
}

/// Repeats a step as long as it says that there may be more.
async fn in_steps<F: Future<Output = store::Result<bool>>>(step: &str, remove: impl Fn() -> F) -> store::Result<()> {
    loop {
        match remove().await {
            Ok(true) => tokio::time::sleep(PAUSE).await,
            done => return logged(step, done.map(drop)),
        }
    }
}

async fn remove_ended_sessions(app: &AppState, now: UnixTime) -> store::Result<()> {
    let mut looked_at = String::new();
    while let Some(last) =
        sessions::remove_ended(&app.db, &looked_at, now, app.config.sessions.idle_s, LOOKED_AT_ONCE).await?
    {
        looked_at = last;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Removes the keys that are no longer published.
async fn remove_old_keys(app: &AppState, now: UnixTime) -> store::Result<()> {
    let keys = oidc_keys::all(&app.db).await?;
    let terms: Vec<Term> = keys.iter().filter_map(StoredKey::term).collect();
    for key in keys.iter().filter(|key| key.term().is_some_and(|term| term.state(&terms, now) == KeyState::Over)) {
        oidc_keys::remove(&app.db, &key.id).await?;
    }
    Ok(())
}

/// Removes rows of the records, and with them the beginnings of the chains of the audit log. Rows are removed only after the audit log has
/// noted it.
async fn remove_old_records(app: &AppState, before: UnixTime) -> store::Result<()> {
    let db = &app.db;
    if let Err(error) = retention::note_removal(app, before).await {
        tracing::error!(
            error = format!("{error:#}"),
            "old records are kept, because the audit log cannot note their removal"
        );
        return Ok(());
    }
    let removed = [
        in_steps("login history", || login_history::remove_before(db, before, AT_ONCE)).await,
        in_steps("events", || events::remove_before(db, before, AT_ONCE)).await,
    ];
    if let Err(error) = retention::remove_entries(app, before).await {
        tracing::error!(error = format!("{error:#}"), "a chain of the audit log could not be shortened");
    }
    removed.into_iter().collect()
}

fn logged(step: &str, done: store::Result<()>) -> store::Result<()> {
    if let Err(error) = &done {
        tracing::warn!(%error, step, "a step of the clean-up failed");
    }
    done
}

/// The clock's time, but not much later than that of the round before.
async fn believed_time(app: &AppState) -> store::Result<UnixTime> {
    let now = app.clock.now();
    let latest = meta::clean_up_time(&app.db).await?.map_or(now, |before| before + MOST_A_ROUND_S);
    if now > latest {
        tracing::warn!(
            clock_ahead_s = now - latest,
            "the clock is far ahead of the last clean-up; unless the server was off, check the clock: old records are removed slowly"
        );
    }
    let time = now.min(latest);
    meta::keep_clean_up_time(&app.db, time).await?;
    Ok(time)
}
