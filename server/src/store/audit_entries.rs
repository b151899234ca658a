//! The entries of the chains of the audit log.

use sqlx::AssertSqlSafe;

use super::tables::Snapshot;
use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::ids::ChainId;

/// How many entries one statement inserts at most. Both databases allow as many values.
const AT_ONCE: usize = 1_000;

/// An entry: one row of a record, at its place in a chain.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// The chain.
    pub chain: ChainId,
    /// Its number in the chain, from 1.
    pub seq: i64,
    /// Version of the encoding that the hashes are made from.
    pub version: i64,
    /// The kind of the row.
    pub kind: String,
    /// The id of the row.
    pub row_id: String,
    /// The time of the row.
    pub at: UnixTime,
    /// The hash of the row.
    pub row_hash: String,
    /// The hash of the entry and, with it, of all entries before.
    pub hash: String,
}

const COLUMNS: &str = "chain, seq, version, kind, row_id, at, row_hash, hash";

/// Adds entries.
pub(super) async fn insert(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    for entries in entries.chunks(AT_ONCE) {
        let places = |row: usize| {
            let places: Vec<String> = (1..=8).map(|at| format!("${}", row * 8 + at)).collect();
            format!("({})", places.join(", "))
        };
        let places: Vec<String> = (0..entries.len()).map(places).collect();
        let sql = format!("insert into audit_entries ({COLUMNS}) values {}", places.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for Entry { chain, seq, version, kind, row_id, at, row_hash, hash } in entries {
            query =
                query.bind(chain).bind(seq).bind(version).bind(kind).bind(row_id).bind(at).bind(row_hash).bind(hash);
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// The first entries of a chain after a number.
pub async fn first(db: &Db, chain: &ChainId, after: i64, limit: i64) -> Result<Vec<Entry>> {
    let sql = format!("select {COLUMNS} from audit_entries where chain = $1 and seq > $2 order by seq limit $3");
    sqlx::query_as(AssertSqlSafe(sql)).bind(chain).bind(after).bind(limit).fetch_all(&db.read).await
}

/// Removes the entries of a chain up to a number.
pub(super) async fn remove_to(tx: &mut Tx, chain: &ChainId, seq: i64) -> Result<()> {
    let sql = "delete from audit_entries where chain = $1 and seq <= $2";
    sqlx::query(sql).bind(chain).bind(seq).execute(&mut **tx).await.map(drop)
}

impl Snapshot {
    /// At most `limit` entries of a chain from a number on, in their order.
    pub async fn entries(&mut self, chain: &ChainId, from: i64, limit: i64) -> Result<Vec<Entry>> {
        let sql = format!("select {COLUMNS} from audit_entries where chain = $1 and seq >= $2 order by seq limit $3");
        sqlx::query_as(AssertSqlSafe(sql)).bind(chain).bind(from).bind(limit).fetch_all(self.connection()).await
    }

    /// The hash of an entry.
    pub async fn entry_hash(&mut self, chain: &ChainId, seq: i64) -> Result<Option<String>> {
        let sql = "select hash from audit_entries where chain = $1 and seq = $2";
        sqlx::query_scalar(sql).bind(chain).bind(seq).fetch_optional(self.connection()).await
    }

    /// The first entry of a chain after a number whose row is from before a time.
    pub async fn entry_from_before(&mut self, chain: &ChainId, after: i64, at: UnixTime) -> Result<Option<Entry>> {
        let sql = format!(
            "select {COLUMNS} from audit_entries where chain = $1 and seq > $2 and at < $3 order by seq limit 1"
        );
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(chain).bind(after).bind(at);
        query.fetch_optional(self.connection()).await
    }

    /// The first entry of a chain that is not in the list of chains.
    pub async fn entry_without_chain(&mut self) -> Result<Option<Entry>> {
        let sql = format!(
            "select {COLUMNS} from audit_entries where chain not in (select id from audit_chains)
            order by chain, seq limit 1"
        );
        sqlx::query_as(AssertSqlSafe(sql)).fetch_optional(self.connection()).await
    }
}
