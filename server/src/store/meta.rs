//! Facts about the whole database.

use super::{Db, Result};
use crate::auth::cipher::Sealed;

/// A known text sealed with the master key, to detect a wrong key at start.
const KEY_CHECK: &str = "key_check";

/// The stored value; `None` in a new database.
pub async fn key_check(db: &Db) -> Result<Option<Sealed>> {
    let sql = "select value from meta where name = $1";
    sqlx::query_scalar(sql).bind(KEY_CHECK).fetch_optional(&db.write).await
}

/// Stores the value if there is none yet, and returns the stored one, since two nodes may start at the same time.
pub async fn keep_key_check(db: &Db, sealed: &Sealed) -> Result<Option<Sealed>> {
    let sql = "insert into meta (name, value) values ($1, $2) on conflict (name) do nothing";
    sqlx::query(sql).bind(KEY_CHECK).bind(sealed).execute(&db.write).await?;
    key_check(db).await
}
