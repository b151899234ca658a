//! The chains of the audit log, each with its sealed head.

use sqlx::AssertSqlSafe;

use super::tables::Snapshot;
use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;
use crate::ids::ChainId;

/// A chain.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Chain {
    /// Its id.
    pub id: ChainId,
    /// Where it begins and ends.
    pub head_sealed: Sealed,
}

/// Those of these chains that exist.
pub async fn named(db: &Db, ids: &[&ChainId]) -> Result<Vec<Chain>> {
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let sql = format!("select id, head_sealed from audit_chains where id in ({})", places.join(", "));
    let query = ids.iter().fold(sqlx::query_as(AssertSqlSafe(sql)), |query, id| query.bind(*id));
    query.fetch_all(&db.read).await
}

/// All chains, by their ids.
pub async fn all(db: &Db) -> Result<Vec<Chain>> {
    sqlx::query_as("select id, head_sealed from audit_chains order by id").fetch_all(&db.read).await
}

/// Adds a chain.
pub(super) async fn add(tx: &mut Tx, id: &ChainId, head: &Sealed) -> Result<()> {
    let sql = "insert into audit_chains (id, head_sealed) values ($1, $2)";
    sqlx::query(sql).bind(id).bind(head).execute(&mut **tx).await.map(drop)
}

/// Puts a new head in the place of an earlier one; `false` if that one is there no longer. No two sealed values are the same, so the
/// earlier one is also its version.
pub(super) async fn replace(tx: &mut Tx, id: &ChainId, old: &Sealed, new: &Sealed) -> Result<bool> {
    let sql = "update audit_chains set head_sealed = $3 where id = $1 and head_sealed = $2";
    let replaced = sqlx::query(sql).bind(id).bind(old).bind(new).execute(&mut **tx).await?;
    Ok(replaced.rows_affected() == 1)
}

impl Snapshot {
    /// All chains, by their ids.
    pub async fn chains(&mut self) -> Result<Vec<Chain>> {
        sqlx::query_as("select id, head_sealed from audit_chains order by id").fetch_all(self.connection()).await
    }
}
