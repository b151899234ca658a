//! Browsers from which a user has logged in before (OWASP: "device cookies").
//!
//! They spare their user the ceilings that strangers can exhaust. They are worth nothing as a factor.

use postern_types::Email;

use super::{Db, Result, on};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;

/// Whether this browser is known for this user name.
///
/// # Errors
/// Where the database fails.
pub async fn knows(db: &Db, token: &TokenHash, email: &Email) -> Result<bool> {
    let sql = "select b.token_hash from known_browsers b join users u on u.id = b.user_id
               where b.token_hash = $1 and u.email = $2";
    let row: Option<String> = on!(db.read, pool => {
        sqlx::query_scalar(sql).bind(token.as_str()).bind(email.as_str()).fetch_optional(pool).await
    })?;
    Ok(row.is_some())
}

/// Remembers a browser, or that it was used again. Bind the token's hash, the user's id and the time.
pub(super) const REMEMBER: &str = "insert into known_browsers (token_hash, user_id, created_at, last_used_at)
    values ($1, $2, $3, $3) on conflict (token_hash, user_id) do update set last_used_at = $3";

/// Forgets browsers that were last used before a time.
///
/// # Errors
/// Where the database fails.
pub async fn remove_stale(db: &Db, last_before: UnixTime) -> Result<()> {
    let sql = "delete from known_browsers where last_used_at < $1";
    on!(db.write, pool => sqlx::query(sql).bind(last_before).execute(pool).await.map(drop))
}
