//! Mails that wait to be sent. Written inside the transaction that changes what they tell of.

use super::{Db, Error, Result, on};
use crate::auth::cipher::Sealed;
use crate::clock::UnixTime;

/// A mail that this node has claimed.
#[derive(Debug)]
pub struct Waiting {
    /// Id of the row and of the message.
    pub id: String,
    /// To whom.
    pub to_address: String,
    /// The mail, sealed.
    pub message: Sealed,
    /// When it was written.
    pub created_at: UnixTime,
    /// Tries, this one included.
    pub attempts: i64,
}

pub(super) const INSERT: &str = "insert into outbox
    (id, to_address, message_sealed, created_at, attempts, next_attempt_at) values ($1, $2, $3, $4, 0, $4)";

/// Binds a [`crate::mail::Queued`] to [`INSERT`], for the database in use.
macro_rules! queue {
    ($queued:expr) => {
        sqlx::query($crate::store::outbox::INSERT)
            .bind(&$queued.id)
            .bind(&$queued.to)
            .bind($queued.message.as_str())
            .bind($queued.at)
    };
}
pub(super) use queue;

/// Claims the mail that is due for the longest; no other node sends it before `until`. `None` where none is due.
///
/// # Errors
/// Where the database fails.
pub async fn claim(db: &Db, now: UnixTime, until: UnixTime) -> Result<Option<Waiting>> {
    let sql = "update outbox set claimed_until = $2, attempts = attempts + 1
        where id = (select id from outbox where next_attempt_at <= $1 and (claimed_until is null or claimed_until <= $1)
                order by next_attempt_at, id limit 1)
            and (claimed_until is null or claimed_until <= $1)
        returning id, to_address, message_sealed, created_at, attempts";
    let row: Option<(String, String, String, UnixTime, i64)> =
        on!(db.write, pool => sqlx::query_as(sql).bind(now).bind(until).fetch_optional(pool).await)?;
    Ok(row.map(|(id, to_address, message, created_at, attempts)| {
        let message = Sealed::from_stored(message);
        Waiting { id, to_address, message, created_at, attempts }
    }))
}

/// Removes a mail that is out, or given up.
///
/// # Errors
/// Where the database fails.
pub async fn remove(db: &Db, id: &str) -> Result<()> {
    on!(db.write, pool => sqlx::query("delete from outbox where id = $1").bind(id).execute(pool).await.map(drop))
}

/// Gives a claim back, and lets the mail wait.
///
/// # Errors
/// Where the database fails.
pub async fn postpone(db: &Db, id: &str, next_attempt_at: UnixTime) -> Result<()> {
    let sql = "update outbox set claimed_until = null, next_attempt_at = $2 where id = $1";
    on!(db.write, pool => sqlx::query(sql).bind(id).bind(next_attempt_at).execute(pool).await.map(drop))
}

/// How many mails wait, and since when the oldest does.
///
/// # Errors
/// Where the database fails.
pub async fn waiting(db: &Db) -> Result<(i64, Option<UnixTime>)> {
    let sql = "select count(*), min(created_at) from outbox";
    on!(db.read, pool => Ok::<_, Error>(sqlx::query_as(sql).fetch_one(pool).await?))
}
