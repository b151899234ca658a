//! Facts about the whole database.

use super::{Db, Result, on};
use crate::auth::cipher::Sealed;

/// A known text sealed with the master key: what tells a wrong key at start.
const KEY_CHECK: &str = "key_check";

/// The value that was sealed when the database was new; `None` in a new one.
///
/// # Errors
/// Where the database fails.
pub async fn key_check(db: &Db) -> Result<Option<Sealed>> {
    let value: Option<String> = on!(db.write, pool => {
        sqlx::query_scalar("select value from meta where name = $1").bind(KEY_CHECK).fetch_optional(pool).await
    })?;
    Ok(value.map(Sealed::from_stored))
}

/// Keeps the value where there is none yet, and returns the one that is kept: of two nodes that start at once one wins.
///
/// # Errors
/// Where the database fails.
pub async fn keep_key_check(db: &Db, sealed: &Sealed) -> Result<Option<Sealed>> {
    on!(db.write, pool => {
        sqlx::query("insert into meta (name, value) values ($1, $2) on conflict (name) do nothing")
            .bind(KEY_CHECK).bind(sealed.as_str()).execute(pool).await.map(drop)
    })?;
    key_check(db).await
}
