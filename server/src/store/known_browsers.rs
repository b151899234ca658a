//! Browsers from which a user has logged in before (OWASP: "device cookies").
//!
//! The limits that strangers can exhaust do not apply to them. They are not a factor.

use postern_types::Email;

use super::{Db, Result, Tx};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// The most browsers of one user that are known.
pub const MOST: i64 = 10;

/// A browser that completes a log-in.
#[derive(Clone, Copy, Debug)]
pub struct KnownBrowser<'a> {
    /// Hash of the token by which it is known from now on.
    pub token: &'a TokenHash,
    /// Hash of the token that it sent, known or not.
    pub replaces: Option<&'a TokenHash>,
}

/// By what this browser's attempts for this user name are counted, if it is known: the hash of its first token, which stays when
/// any of its users gets a new one.
pub async fn counted_as(db: &Db, token: &TokenHash, email: &Email) -> Result<Option<TokenHash>> {
    let sql = "select b.first_token_hash from known_browsers b join users u on u.id = b.user_id
        where b.token_hash = $1 and u.email = $2";
    sqlx::query_scalar(sql).bind(token).bind(email).fetch_optional(&db.read).await
}

/// A user who has logged in from this browser, of several always the same; `None` if nobody has.
pub async fn user_of(db: &Db, token: &TokenHash) -> Result<Option<UserId>> {
    let sql = "select user_id from known_browsers where token_hash = $1 order by user_id limit 1";
    sqlx::query_scalar(sql).bind(token).fetch_optional(&db.read).await
}

/// Adds a browser under its new token, in place of the one that it sent. So only tokens that the server has drawn are known, and
/// each for one log-in. Other users of the browser keep it. The user's oldest browsers beyond [`MOST`] are forgotten.
pub(super) async fn remember(tx: &mut Tx, browser: &KnownBrowser<'_>, user_id: &UserId, now: UnixTime) -> Result<()> {
    if let Some(old) = browser.replaces {
        let sql = "update known_browsers set token_hash = $1 where token_hash = $2";
        sqlx::query(sql).bind(browser.token).bind(old).execute(&mut **tx).await?;
    }
    let add = "insert into known_browsers (token_hash, first_token_hash, user_id, created_at, last_used_at)
            values ($1, $1, $2, $3, $3)
        on conflict (token_hash, user_id) do update set last_used_at = $3";
    sqlx::query(add).bind(browser.token).bind(user_id).bind(now).execute(&mut **tx).await?;
    let bound = "delete from known_browsers where user_id = $1 and token_hash <> $2 and token_hash not in
        (select token_hash from known_browsers where user_id = $1 and token_hash <> $2
            order by last_used_at desc, token_hash limit $3)";
    sqlx::query(bound).bind(user_id).bind(browser.token).bind(MOST - 1).execute(&mut **tx).await.map(drop)
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
