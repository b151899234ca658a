//! What is known about all chains of the audit log: one sealed value.

use super::tables::Snapshot;
use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;

const ID: &str = "state";
const SELECT: &str = "select state_sealed from audit_state where id = $1";

/// The stored value; `None` before the first start of a server that has an audit log.
pub async fn get(db: &Db) -> Result<Option<Sealed>> {
    sqlx::query_scalar(SELECT).bind(ID).fetch_optional(&db.read).await
}

/// Stores the first value; `false` if there is one, or there are chains that had one.
pub(super) async fn begin(tx: &mut Tx, state: &Sealed) -> Result<bool> {
    let sql = "insert into audit_state (id, state_sealed)
        select $1, $2 where not exists (select 1 from audit_chains) on conflict (id) do nothing";
    let begun = sqlx::query(sql).bind(ID).bind(state).execute(&mut **tx).await?;
    Ok(begun.rows_affected() == 1)
}

/// Puts a new value in the place of an earlier one; `false` if that one is there no longer. No two sealed values are the same, so the
/// earlier one is also its version.
pub async fn replace(db: &Db, old: &Sealed, new: &Sealed) -> Result<bool> {
    let mut tx = db.begin().await?;
    let replaced = replace_in(&mut tx, old, new).await?;
    tx.commit().await?;
    Ok(replaced)
}

/// The same, in a transaction.
pub(super) async fn replace_in(tx: &mut Tx, old: &Sealed, new: &Sealed) -> Result<bool> {
    let sql = "update audit_state set state_sealed = $3 where id = $1 and state_sealed = $2";
    let replaced = sqlx::query(sql).bind(ID).bind(old).bind(new).execute(&mut **tx).await?;
    Ok(replaced.rows_affected() == 1)
}

impl Snapshot {
    /// The stored value.
    pub async fn audit_state(&mut self) -> Result<Option<Sealed>> {
        sqlx::query_scalar(SELECT).bind(ID).fetch_optional(self.connection()).await
    }
}
