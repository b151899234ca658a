//! The servers that run on this database, with the master keys that they hold.

use super::{Db, Result};
use crate::clock::{SKEW_S, UnixTime};

/// A server that has not reported for this many seconds has ended. Its clock may differ from that of the others.
pub const LIVES_S: i64 = 30 + SKEW_S;

/// A running server.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Node {
    /// Chosen when it starts.
    pub id: String,
    /// What the operator recognises it by.
    pub name: String,
    /// The ids of the keys that it holds, separated by spaces.
    pub key_ids: String,
    /// The key that it seals with.
    pub sealing_key: String,
}

impl Node {
    /// Whether it holds a key.
    #[must_use]
    pub fn holds(&self, key_id: &str) -> bool {
        self.key_ids.split(' ').any(|held| held == key_id)
    }
}

/// Records what a server reports.
pub async fn report(db: &Db, node: &Node, now: UnixTime) -> Result<()> {
    let sql =
        "insert into nodes (id, name, key_ids, sealing_key, sealing_since, seen_at) values ($1, $2, $3, $4, $5, $5)
        on conflict (id) do update set key_ids = excluded.key_ids, seen_at = excluded.seen_at,
            sealing_since = case when nodes.sealing_key = excluded.sealing_key then nodes.sealing_since
                else excluded.sealing_since end,
            sealed_before = case when nodes.sealing_key = excluded.sealing_key then nodes.sealed_before
                else nodes.sealing_key end,
            sealing_key = excluded.sealing_key";
    sqlx::query(sql)
        .bind(&node.id)
        .bind(&node.name)
        .bind(&node.key_ids)
        .bind(&node.sealing_key)
        .bind(now)
        .execute(&db.write)
        .await
        .map(drop)
}

/// Forgets a server that ends.
pub async fn remove(db: &Db, node: &Node) -> Result<()> {
    sqlx::query("delete from nodes where id = $1").bind(&node.id).execute(&db.write).await.map(drop)
}

/// Forgets the servers that were killed. Returns whether there may be more.
pub async fn remove_ended(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from nodes where id in (select id from nodes where seen_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now - LIVES_S).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}

/// The servers that run.
pub async fn running(db: &Db, now: UnixTime) -> Result<Vec<Node>> {
    let sql = "select id, name, key_ids, sealing_key from nodes where seen_at > $1 order by name, id";
    sqlx::query_as(sql).bind(now - LIVES_S).fetch_all(&db.write).await
}

/// The servers that run and seal with a key, or have done so after this time: a request may still have to write what it has sealed.
pub async fn sealing_with(db: &Db, key_id: &str, after: UnixTime, now: UnixTime) -> Result<Vec<Node>> {
    let sql = "select id, name, key_ids, sealing_key from nodes
        where seen_at > $1 and (sealing_key = $2 or (sealed_before = $2 and sealing_since > $3)) order by name, id";
    sqlx::query_as(sql).bind(now - LIVES_S).bind(key_id).bind(after).fetch_all(&db.write).await
}
