//! Sends the mails of the outbox.

use std::time::Duration;

use anyhow::anyhow;
use postern_types::Undelivered;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::Mail;
use super::message::Envelope;
use super::pace::longest_wait_s;
use super::transport::NotSent;
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::CannotOpen;
use crate::auth::token::Token;
use crate::clock::UnixTime;
use crate::metrics::MailResult;
use crate::state::AppState;
use crate::store::outbox::{self, Waiting};
use crate::store::transactions::{self, UndeliveredMail};
use crate::store::{self, links, reset_requests};
use crate::traces;

/// How often the outbox is polled, for mails of other nodes and for failed attempts.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Mails that this node sends at the same time.
const AT_ONCE: usize = 8;
/// How many of these are kept for links to new passwords, and for links that cancel a reset.
const KEPT_FOR_LINKS: usize = 2;
/// A node that is killed while it sends loses its claim after this many seconds, and the mail is sent by another. Longer
/// than one SMTP session may take.
const CLAIM_S: i64 = 120;
/// Waits after failed attempts: 30 s, 1 minute, 2, 4, … 1 hour.
const FIRST_WAIT_S: i64 = 30;
const LONGEST_WAIT_S: i64 = 3600;
/// After this time a mail is given up.
const GIVE_UP_AFTER_S: i64 = 3 * 86_400;

/// Sends until the server stops, and lets what the mail server is about to accept come to its end.
pub async fn run(app: AppState) {
    let mut running = JoinSet::new();
    while !app.stopping.is_cancelled() {
        if let Err(error) = begin_due(&app, &mut running).await {
            tracing::warn!(%error, "the outbox cannot be read; it will be tried again");
        }
        tokio::select! {
            () = app.db.mail_waits() => {}
            Some(_) = running.join_next() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.stopping.cancelled() => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// Sends the mails that are due now.
pub async fn deliver_due(app: &AppState) -> store::Result<()> {
    let mut running = JoinSet::new();
    loop {
        begin_due(app, &mut running).await?;
        if running.join_next().await.is_none() {
            return Ok(());
        }
    }
}

/// Begins to send mails that are due, as many as may be sent at the same time.
async fn begin_due(app: &AppState, running: &mut JoinSet<()>) -> store::Result<()> {
    while running.len() < AT_ONCE && !app.stopping.is_cancelled() {
        let now = app.clock.now();
        let is_link_only = running.len() >= AT_ONCE - KEPT_FOR_LINKS;
        let Some(waiting) = outbox::claim(&app.db, now, now + CLAIM_S, is_link_only).await? else { break };
        let app = app.clone();
        let delivered = async move {
            if let Err(error) = deliver(&app, &waiting, now).await {
                tracing::warn!(%error, mail = %waiting.id, "the outbox cannot be written; the e-mail is tried again later");
            }
        };
        running.spawn(delivered.instrument(traces::mail()));
    }
    Ok(())
}

/// What came of an attempt.
enum Attempt {
    Sent,
    /// Nobody is to receive it any longer.
    Dropped,
    /// The server stops, and the mail server does not have it yet.
    Stopped,
    NotSent(NotSent),
}

async fn deliver(app: &AppState, waiting: &Waiting, now: UnixTime) -> store::Result<()> {
    let id = &waiting.id;
    let json = match app.cipher.open(&waiting.message_sealed, AssociatedData::Mail(id)) {
        Ok(json) => json,
        Err(error @ CannotOpen::UnknownKey(_)) => {
            tracing::error!(mail = %id, %error, "e-mail not sent; it will be tried again");
            return outbox::postpone(&app.db, id, now, now + wait_s(waiting.attempts)).await;
        }
        Err(CannotOpen::Damaged) => {
            tracing::error!(mail = %id, "an e-mail in the outbox is damaged; it was dropped");
            app.metrics.mail(MailResult::Damaged);
            return outbox::remove(&app.db, id).await;
        }
    };
    if waiting.expires_at.is_some_and(|at| at <= now) {
        tracing::error!(mail = %id, "e-mail given up: its link has expired");
        app.metrics.mail(MailResult::Expired);
        return give_up(app, waiting, Undelivered::LinkExpired, now).await;
    }
    match attempt(app, waiting, &json, now).await? {
        Attempt::Sent => {
            let (result, way) = if app.mailer.is_smtp() {
                (MailResult::Sent, "e-mail sent")
            } else {
                (MailResult::Written, "e-mail written to a file; nobody receives it")
            };
            tracing::info!(mail = %id, "{way}");
            app.metrics.mail(result);
            outbox::remove(&app.db, id).await
        }
        Attempt::Dropped => {
            app.metrics.mail(MailResult::Dropped);
            outbox::remove(&app.db, id).await
        }
        Attempt::Stopped => outbox::release(&app.db, id).await,
        Attempt::NotSent(NotSent { is_final: true, error }) => {
            tracing::error!(mail = %id, error = format!("{error:#}"), "e-mail permanently refused");
            app.metrics.mail(MailResult::Refused);
            give_up(app, waiting, Undelivered::Refused, now).await
        }
        Attempt::NotSent(NotSent { error, .. }) if now - waiting.created_at >= GIVE_UP_AFTER_S => {
            tracing::error!(mail = %id, error = format!("{error:#}"), "e-mail given up after three days");
            app.metrics.mail(MailResult::GivenUp);
            give_up(app, waiting, Undelivered::GivenUp, now).await
        }
        Attempt::NotSent(NotSent { error, .. }) => {
            let wait_s = wait_s(waiting.attempts).min(longest_wait_s(waiting.kind()));
            tracing::warn!(mail = %id, error = format!("{error:#}"), wait_s, "e-mail not sent; it will be tried again");
            app.metrics.mail(MailResult::Postponed);
            outbox::postpone(&app.db, id, now, now + wait_s).await
        }
    }
}

async fn attempt(app: &AppState, waiting: &Waiting, json: &[u8], now: UnixTime) -> store::Result<Attempt> {
    // During an upgrade another node may have written what this version does not know: it waits for a newer one.
    let Ok(mail) = serde_json::from_slice(json) else {
        let error = anyhow!("this version does not know this kind of e-mail");
        return Ok(Attempt::NotSent(NotSent { is_final: false, error }));
    };
    let Some(mail) = ready(app, waiting, mail, now).await? else { return Ok(Attempt::Dropped) };
    let offered = tokio::select! {
        offered = app.mailer.offer(&waiting.to_address) => offered,
        () = app.stopping.cancelled() => return Ok(Attempt::Stopped),
    };
    let accepted = match offered {
        Ok(accepted) => accepted,
        Err(not_sent) => return Ok(Attempt::NotSent(not_sent)),
    };
    // Not before the mail server takes mail for the recipient: each link takes the place of an older one.
    let not_me = if mail.is_alarm() { link_of_alarm(app, waiting, now).await? } else { None };
    let Waiting { id, to_address: to, created_at: at, joined, .. } = waiting;
    let envelope = Envelope { id, to, at: *at, joined: *joined, not_me: not_me.as_deref() };
    Ok(accepted.send(&mail, &envelope).await.map_or_else(Attempt::NotSent, |()| Attempt::Sent))
}

/// The mail to send: with a link, if one was requested. `None` if there is no such user, its link is gone, or the request that it asks to
/// approve has ended.
async fn ready(app: &AppState, waiting: &Waiting, mail: Mail, now: UnixTime) -> store::Result<Option<Mail>> {
    if let Some(hash) = &waiting.link_hash
        && !links::exists(&app.db, hash).await?
    {
        return Ok(None);
    }
    if let Some(request) = &waiting.reset_request_id
        && !reset_requests::is_open(&app.db, request, now).await?
    {
        return Ok(None);
    }
    if mail != Mail::PasswordLinkWanted {
        return Ok(Some(mail));
    }
    let token = Token::random();
    let is_issued = transactions::issue_password_link(&app.db, &waiting.to_address, &token.hash(), now).await?;
    Ok(is_issued.then(|| Mail::PasswordLink { link: app.config.server.public_url.one_time_link(&token) }))
}

/// The link *This was not me* for the recipient. `None` if nobody who can log in has this user name by now: the alarm is then sent
/// without one.
async fn link_of_alarm(app: &AppState, waiting: &Waiting, now: UnixTime) -> store::Result<Option<String>> {
    let token = Token::random();
    let is_issued = transactions::issue_link_of_alarm(&app.db, &waiting.to_address, &token.hash(), now).await?;
    Ok(is_issued.then(|| app.config.server.public_url.one_time_link(&token)))
}

async fn give_up(app: &AppState, waiting: &Waiting, why: Undelivered, now: UnixTime) -> store::Result<()> {
    let Waiting { id, to_address: to, account_id, .. } = waiting;
    let mail = UndeliveredMail { id, to, kind: waiting.kind(), account_id: account_id.as_ref(), why };
    transactions::give_up_mail(&app.db, &mail, now).await
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
