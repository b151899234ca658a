//! Recovery codes (R20). They work from the moment they are created. A code is used by deleting it.

use super::{Db, Result, Tx, outbox};
use crate::auth::cipher::Sealed;
use crate::auth::password::PasswordHash;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};
use crate::mail::Queued;

/// A new set.
#[derive(Debug)]
pub struct NewSet {
    /// Hashes of its codes.
    pub hashes: Vec<PasswordHash>,
    /// Its codes, to be shown in one session until the user has saved them.
    pub sealed: Sealed,
    /// Notifies the user, unless another mail does.
    pub notice: Option<Queued>,
}

const UNSETTLED: &str = "select count(*) from users where id = $1 and recovery_codes_settled_at is null";

/// The hashes of the codes that a user has left.
pub async fn hashes(db: &Db, user_id: &UserId) -> Result<Vec<PasswordHash>> {
    let sql = "select code_hash from recovery_codes where user_id = $1";
    sqlx::query_scalar(sql).bind(user_id).fetch_all(&db.read).await
}

/// How many codes a user has left, and when they were created.
pub async fn left(db: &Db, user_id: &UserId) -> Result<(u32, Option<UnixTime>)> {
    let sql = "select count(*), max(created_at) from recovery_codes where user_id = $1";
    let (left, made_at): (i64, Option<UnixTime>) = sqlx::query_as(sql).bind(user_id).fetch_one(&db.read).await?;
    Ok((u32::try_from(left).unwrap_or(u32::MAX), made_at))
}

/// Whether a user has said neither that a set is saved nor that none is wanted.
pub async fn are_to_be_offered(db: &Db, user_id: &UserId) -> Result<bool> {
    let found: i64 = sqlx::query_scalar(UNSETTLED).bind(user_id).fetch_one(&db.read).await?;
    Ok(found == 1)
}

/// Uses up a code; `false` if it was used before, or its set was replaced.
pub(super) async fn use_up(tx: &mut Tx, user_id: &UserId, hash: &PasswordHash) -> Result<bool> {
    let sql = "delete from recovery_codes where user_id = $1 and code_hash = $2";
    Ok(sqlx::query(sql).bind(user_id).bind(hash).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Puts a set in place of the user's earlier codes, and stops showing those. The caller has locked the user's row.
pub(super) async fn replace(tx: &mut Tx, user_id: &UserId, hashes: &[PasswordHash], now: UnixTime) -> Result<()> {
    remove(tx, user_id).await?;
    let sql = "insert into recovery_codes (user_id, code_hash, created_at) values ($1, $2, $3)";
    for hash in hashes {
        sqlx::query(sql).bind(user_id).bind(hash).bind(now).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Removes all codes of a user.
pub(super) async fn remove(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from recovery_codes where user_id = $1").bind(user_id).execute(&mut **tx).await?;
    let hide = "update sessions set recovery_codes_since = null, recovery_codes_sealed = null
        where user_id = $1 and recovery_codes_since is not null";
    sqlx::query(hide).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes a set that was created after this time, so that the user is offered a new one: it may be somebody else's.
pub(super) async fn remove_recent(tx: &mut Tx, user_id: &UserId, after: UnixTime) -> Result<()> {
    let sql = "select count(*) from recovery_codes where user_id = $1 and created_at > $2";
    let recent: i64 = sqlx::query_scalar(sql).bind(user_id).bind(after).fetch_one(&mut **tx).await?;
    if recent == 0 {
        return Ok(());
    }
    remove(tx, user_id).await?;
    settle(tx, user_id, None).await
}

/// Gives a user a new set, which this session shows until the user has saved it. `false`, and nothing happens, if the user has saved or
/// declined a set in another session in the meantime. The caller has locked the user's row.
pub(super) async fn give(
    tx: &mut Tx,
    user_id: &UserId,
    session_id: &SessionId,
    new: &NewSet,
    now: UnixTime,
) -> Result<bool> {
    let unsettled: i64 = sqlx::query_scalar(UNSETTLED).bind(user_id).fetch_one(&mut **tx).await?;
    if unsettled == 0 {
        return Ok(false);
    }
    replace(tx, user_id, &new.hashes, now).await?;
    let show = "update sessions set recovery_codes_since = $2, recovery_codes_sealed = $3 where id = $1";
    sqlx::query(show).bind(session_id).bind(now).bind(&new.sealed).execute(&mut **tx).await?;
    if let Some(notice) = &new.notice {
        outbox::queue(tx, notice).await?;
    }
    Ok(true)
}

/// The set that a session shows.
pub async fn shown(db: &Db, session_id: &SessionId) -> Result<Option<Sealed>> {
    let sql = "select recovery_codes_sealed from sessions where id = $1 and recovery_codes_since is not null";
    sqlx::query_scalar(sql).bind(session_id).fetch_optional(&db.read).await
}

/// Stops showing a set in a session; `false` if it shows none.
pub(super) async fn hide(tx: &mut Tx, session_id: &SessionId) -> Result<bool> {
    let sql = "update sessions set recovery_codes_since = null, recovery_codes_sealed = null
        where id = $1 and recovery_codes_since is not null";
    Ok(sqlx::query(sql).bind(session_id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Records when the user decided for or against recovery codes: `None` after a reset, so that they are offered again.
pub(super) async fn settle(tx: &mut Tx, user_id: &UserId, at: Option<UnixTime>) -> Result<()> {
    let sql = "update users set recovery_codes_settled_at = $2 where id = $1";
    sqlx::query(sql).bind(user_id).bind(at).execute(&mut **tx).await.map(drop)
}
