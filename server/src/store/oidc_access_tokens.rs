//! Access tokens. A token works while its grant is live: whoever uses one asks.

use super::{Db, Result, Tx};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{ClientId, GrantId};

/// The most tokens of one grant.
const MOST: i64 = 10;

/// A token that has not expired.
#[derive(Debug, sqlx::FromRow)]
pub struct Stored {
    /// Its grant.
    pub grant_id: GrantId,
    /// What it is good for.
    pub scope: String,
    /// When it expires.
    pub expires_at: UnixTime,
}

/// Stores a token of a grant. Of more than [`MOST`], the oldest end.
pub(super) async fn add(
    tx: &mut Tx,
    token: &TokenHash,
    grant_id: &GrantId,
    scope: &str,
    expires_at: UnixTime,
) -> Result<()> {
    let sql = "insert into oidc_access_tokens (token_hash, grant_id, scope, expires_at) values ($1, $2, $3, $4)";
    let query = sqlx::query(sql).bind(token).bind(grant_id).bind(scope).bind(expires_at);
    query.execute(&mut **tx).await?;
    let end = "delete from oidc_access_tokens where token_hash in (select token_hash from oidc_access_tokens
        where grant_id = $1 and token_hash <> $2 order by expires_at desc, token_hash limit 1000 offset $3)";
    sqlx::query(end).bind(grant_id).bind(token).bind(MOST - 1).execute(&mut **tx).await.map(drop)
}

/// The token, unless it has expired.
pub async fn find(db: &Db, token: &TokenHash, now: UnixTime) -> Result<Option<Stored>> {
    let sql = "select grant_id, scope, expires_at from oidc_access_tokens where token_hash = $1 and expires_at > $2";
    sqlx::query_as(sql).bind(token).bind(now).fetch_optional(&db.read).await
}

/// Revokes a token of a client.
pub async fn revoke(db: &Db, token: &TokenHash, client_id: &ClientId) -> Result<()> {
    let sql = "delete from oidc_access_tokens
        where token_hash = $1 and grant_id in (select id from oidc_grants where client_id = $2)";
    sqlx::query(sql).bind(token).bind(client_id).execute(&db.write).await.map(drop)
}

/// Removes at most `limit` tokens that have expired. Returns whether there may be more.
pub async fn remove_ended(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from oidc_access_tokens
        where token_hash in (select token_hash from oidc_access_tokens where expires_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
