//! Sends the mails of the outbox.

use std::time::Duration;

use anyhow::Context;

use super::{Mail, bound_to};
use crate::clock::UnixTime;
use crate::state::AppState;
use crate::store;
use crate::store::outbox::{self, Waiting};

/// How often the outbox is polled, for mails of other nodes and for failed attempts.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A node that is killed while it sends loses its claim after this many seconds, and the mail is sent by another. Longer
/// than one SMTP session may take.
const CLAIM_S: i64 = 120;
/// Waits after failed attempts: 30 s, 1 minute, 2, 4, … 1 hour.
const FIRST_WAIT_S: i64 = 30;
const LONGEST_WAIT_S: i64 = 3600;
/// After this time a mail is given up: it is outdated, and most links have expired.
const GIVE_UP_AFTER_S: i64 = 3 * 86_400;

/// Sends until the server stops.
pub async fn run(app: AppState) {
    while !app.stopping.is_cancelled() {
        if let Err(error) = deliver_due(&app).await {
            tracing::warn!(%error, "the outbox cannot be read; it will be tried again");
        }
        tokio::select! {
            () = app.db.mail_waits() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.stopping.cancelled() => {}
        }
    }
}

/// Sends the mails that are due now, one by one.
pub async fn deliver_due(app: &AppState) -> store::Result<()> {
    while !app.stopping.is_cancelled() {
        let now = app.clock.now();
        let Some(waiting) = outbox::claim(&app.db, now, now + CLAIM_S).await? else { break };
        deliver(app, &waiting, now).await?;
    }
    Ok(())
}

async fn deliver(app: &AppState, waiting: &Waiting, now: UnixTime) -> store::Result<()> {
    let id = &waiting.id;
    let Ok(json) = app.cipher.open(&waiting.message_sealed, &bound_to(id)) else {
        tracing::error!(mail = %id, "a mail in the outbox is damaged; it was dropped");
        return outbox::remove(&app.db, id).await;
    };
    match send(app, waiting, &json).await {
        Ok(()) => {
            tracing::info!(mail = %id, "mail sent");
            outbox::remove(&app.db, id).await
        }
        Err(error) if now - waiting.created_at >= GIVE_UP_AFTER_S => {
            tracing::error!(mail = %id, error = format!("{error:#}"), "mail given up after three days");
            outbox::remove(&app.db, id).await
        }
        Err(error) => {
            let wait_s = wait_s(waiting.attempts);
            tracing::warn!(mail = %id, error = format!("{error:#}"), wait_s, "mail not sent; it will be tried again");
            outbox::postpone(&app.db, id, now + wait_s).await
        }
    }
}

async fn send(app: &AppState, waiting: &Waiting, json: &[u8]) -> anyhow::Result<()> {
    // During an upgrade another node may have written what this version does not know: it waits for a newer one.
    let mail: Mail = serde_json::from_slice(json).context("this version does not know such a mail")?;
    app.mailer.send(&waiting.id, &waiting.to_address, &mail).await
}

fn wait_s(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    (FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_one_hour() {
        assert_eq!([1, 2, 3, 4].map(wait_s), [30, 60, 120, 240]);
        assert_eq!(wait_s(1000), 3600);
    }
}
