//! Browsers from which a user has logged in before (OWASP: "device cookies").
//!
//! The limits that strangers can exhaust do not apply to them. They are not a factor.

use postern_types::Email;

use super::{Db, Result, Tx};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// Whether this browser is known for this user name.
pub async fn knows(db: &Db, token: &TokenHash, email: &Email) -> Result<bool> {
    let sql = "select b.token_hash from known_browsers b join users u on u.id = b.user_id
        where b.token_hash = $1 and u.email = $2";
    let row: Option<String> = sqlx::query_scalar(sql).bind(token).bind(email).fetch_optional(&db.read).await?;
    Ok(row.is_some())
}

/// Adds a browser, or updates when it was last used.
pub(super) async fn remember(tx: &mut Tx, token: &TokenHash, user_id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "insert into known_browsers (token_hash, user_id, created_at, last_used_at) values ($1, $2, $3, $3)
        on conflict (token_hash, user_id) do update set last_used_at = $3";
    sqlx::query(sql).bind(token).bind(user_id).bind(now).execute(&mut **tx).await.map(drop)
}

/// Forgets all of a user's browsers.
pub(super) async fn forget(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    let sql = "delete from known_browsers where user_id = $1";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Forgets at most `limit` browsers that were last used before a time. Returns whether there may be more.
pub async fn remove_stale(db: &Db, last_before: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from known_browsers where (token_hash, user_id) in
        (select token_hash, user_id from known_browsers where last_used_at < $1 limit $2)";
    let removed = sqlx::query(sql).bind(last_before).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
