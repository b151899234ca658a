//! Mails that wait to be sent. Written in the transaction of the change that they report.

use postern_types::Email;

use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;
use crate::clock::UnixTime;
use crate::ids::MailId;
use crate::mail::Queued;

/// A mail that this node has claimed.
#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    /// Id of the row and of the message.
    pub id: MailId,
    /// The recipient.
    pub to_address: Email,
    /// The mail, sealed.
    pub message_sealed: Sealed,
    /// When it was queued.
    pub created_at: UnixTime,
    /// Attempts to send it, including this one.
    pub attempts: i64,
}

/// Puts a mail into the outbox. The commit wakes the mailer.
pub(super) async fn queue(tx: &mut Tx, mail: &Queued) -> Result<()> {
    let sql = "insert into outbox (id, to_address, message_sealed, created_at, attempts, next_attempt_at)
        values ($1, $2, $3, $4, 0, $4)";
    sqlx::query(sql).bind(&mail.id).bind(&mail.to).bind(&mail.message).bind(mail.at).execute(&mut **tx).await?;
    tx.wake_mailer_after_commit();
    Ok(())
}

/// Claims the mail that has been due for longest, so that no other node sends it before `until`. `None` if none is due.
pub async fn claim(db: &Db, now: UnixTime, until: UnixTime) -> Result<Option<Waiting>> {
    let sql = "update outbox set claimed_until = $2, attempts = attempts + 1
        where id = (select id from outbox where next_attempt_at <= $1 and (claimed_until is null or claimed_until <= $1)
                order by next_attempt_at, id limit 1)
            and (claimed_until is null or claimed_until <= $1)
        returning id, to_address, message_sealed, created_at, attempts";
    sqlx::query_as(sql).bind(now).bind(until).fetch_optional(&db.write).await
}

/// Removes a mail that was sent or given up.
pub async fn remove(db: &Db, id: &MailId) -> Result<()> {
    sqlx::query("delete from outbox where id = $1").bind(id).execute(&db.write).await.map(drop)
}

/// Releases the claim, and postpones the mail.
pub async fn postpone(db: &Db, id: &MailId, next_attempt_at: UnixTime) -> Result<()> {
    let sql = "update outbox set claimed_until = null, next_attempt_at = $2 where id = $1";
    sqlx::query(sql).bind(id).bind(next_attempt_at).execute(&db.write).await.map(drop)
}

/// The number of mails that wait, and since when the oldest one does.
pub async fn waiting(db: &Db) -> Result<(i64, Option<UnixTime>)> {
    sqlx::query_as("select count(*), min(created_at) from outbox").fetch_one(&db.read).await
}
