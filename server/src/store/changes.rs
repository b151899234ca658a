//! The table of changes that invalidate cached answers. Triggers write it (`sql/watched.rs`), and every node reads it
//! (`sql/changes.rs`).

use super::{Db, Result};

/// Removes the rows that existed at the previous call. The clean-up runs so rarely that every node has read them since.
pub async fn remove_old(db: &Db) -> Result<()> {
    let until = db.changes().old().await?;
    sqlx::query("delete from changes where seq <= $1").bind(until).execute(&db.write).await.map(drop)
}
