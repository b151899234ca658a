//! The rows that the audit log covers: the record of administration and the login history, with all their columns.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::tables::Snapshot;
use super::{Db, Result};
use crate::clock::UnixTime;

/// A kind of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum RecordKind {
    /// What administrators, users and the operator did.
    Event,
    /// The result of an authentication.
    LogIn,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its kind.
    pub kind: RecordKind,
    /// Its id.
    pub id: String,
    /// When it happened.
    pub at: UnixTime,
    /// The account that it belongs to, if any.
    pub account_id: Option<String>,
    /// All its values, in the order of [`RecordKind::columns`]: null, an integer or a text. None, if one of them is something else, as
    /// SQLite allows.
    pub values: Vec<Value>,
}

/// A place in the order of all rows: a time, and the id of a row of this time.
pub type Position = (UnixTime, String);

/// Rows in the order of their times and ids.
#[derive(Debug)]
pub struct RecordPage {
    /// The rows, and whether each has an entry.
    pub rows: Vec<(Record, bool)>,
    /// The ids of rows with a value that is neither null nor of the type of its column, as SQLite allows.
    pub unreadable: Vec<String>,
    /// Where the page ends; `None` if no row follows.
    pub end: Option<Position>,
}

/// A row that has no entry in a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchained {
    /// Its id.
    pub id: String,
    /// When it happened, according to the row; `None` if that is no time.
    pub at: Option<UnixTime>,
    /// The account that it belongs to, if any.
    pub account_id: Option<String>,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Event, Self::LogIn];

    /// The word in an entry.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The table.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Event => "events",
            Self::LogIn => "login_history",
        }
    }

    /// All columns of the table, in the order in which they are hashed.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Event => &["id", "at", "account_id", "actor", "subject", "what", "detail", "address"],
            Self::LogIn => &["id", "at", "account_id", "user_id", "email", "address", "factor", "result"],
        }
    }

    /// Each kind has the same first three columns.
    fn read(self, row: &AnyRow) -> Result<Record> {
        let text = |at: usize| row.try_get::<Option<String>, _>(at);
        let at: UnixTime = row.try_get(1)?;
        let value = |column: usize| Ok(if column == 1 { at.into() } else { text(column)?.into() });
        let values = (0..self.columns().len()).map(value).collect::<Result<_>>()?;
        Ok(Record { kind: self, id: row.try_get(0)?, at, account_id: text(2)?, values })
    }
}

/// At most `limit` rows after a position. It walks along the index of the times.
pub async fn page(db: &Db, kind: RecordKind, after: &Position, limit: i64) -> Result<RecordPage> {
    let columns = kind.columns();
    let sql = format!(
        "select {}, (select e.seq from audit_entries e where e.kind = $4 and e.row_id = r.id) from {} r
        where (r.at, r.id) > ($1, $2) order by r.at, r.id limit $3",
        columns.join(", "),
        kind.table()
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(after.0).bind(&after.1).bind(limit).bind(kind.as_str());
    let rows = query.fetch_all(&db.read).await?;
    let end = rows.last().filter(|_| rows.len() as i64 == limit).and_then(position);
    let mut page = RecordPage { rows: Vec::new(), unreadable: Vec::new(), end };
    for row in &rows {
        match kind.read(row) {
            Ok(record) => page.rows.push((record, row.try_get::<Option<i64>, _>(columns.len())?.is_some())),
            Err(_) => page.unreadable.push(id_of(row)),
        }
    }
    Ok(page)
}

/// The place of a row, or one before the next row that can be read. SQLite sorts integers before texts, and texts before all else: after a
/// time that is none, no other follows.
fn position(row: &AnyRow) -> Option<Position> {
    let at: UnixTime = row.try_get(1).ok()?;
    Some(row.try_get(0).map_or_else(|_| (at + 1, String::new()), |id| (at, id)))
}

fn id_of(row: &AnyRow) -> String {
    row.try_get(0).unwrap_or_else(|_| "?".to_owned())
}

/// The time of the oldest row without an entry, of those not older than a given time.
pub async fn oldest_unchained(db: &Db, from: UnixTime) -> Result<Option<UnixTime>> {
    let mut oldest: Option<UnixTime> = None;
    for kind in RecordKind::ALL {
        let sql = format!(
            "select cast(r.at as bigint) from {} r where r.at >= $1
                and (select e.seq from audit_entries e where e.kind = $2 and e.row_id = r.id) is null
            order by r.at limit 1",
            kind.table()
        );
        let query = sqlx::query_scalar(AssertSqlSafe(sql)).bind(from).bind(kind.as_str());
        let found: Option<UnixTime> = query.fetch_optional(&db.read).await?;
        oldest = oldest.into_iter().chain(found).min();
    }
    Ok(oldest)
}

impl Snapshot {
    /// The rows with these ids, by their ids.
    pub async fn records(&mut self, kind: RecordKind, ids: &[&str]) -> Result<HashMap<String, Record>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        let (columns, table) = (kind.columns().join(", "), kind.table());
        let sql = format!("select {columns} from {table} where id in ({})", places.join(", "));
        let query = ids.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(*id));
        let rows = query.fetch_all(self.connection()).await?;
        let unreadable = |id: String| Record { kind, id, at: 0, account_id: None, values: Vec::new() };
        let read = |row: &AnyRow| kind.read(row).unwrap_or_else(|_| unreadable(id_of(row)));
        Ok(rows.iter().map(read).map(|record| (record.id.clone(), record)).collect())
    }

    /// Gives each row without an entry to `take`, the oldest first. With an account, only its rows, of which an entry
    /// in another chain is none.
    pub async fn unchained(
        &mut self,
        kind: RecordKind,
        account_id: Option<&str>,
        mut take: impl FnMut(Unchained),
    ) -> Result<()> {
        let sql = format!(
            "select r.id, r.at, r.account_id from {} r where ($2 = '' or r.account_id = $2)
                and not exists (select 1 from audit_entries e
                    where e.kind = $1 and e.row_id = r.id and ($2 = '' or e.chain = $2))
            order by r.at, r.id",
            kind.table()
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(kind.as_str()).bind(account_id.unwrap_or(""));
        let mut rows = query.fetch(self.connection());
        while let Some(row) = rows.try_next().await? {
            let account_id = row.try_get(2).unwrap_or_default();
            take(Unchained { id: id_of(&row), at: row.try_get(1).ok(), account_id });
        }
        Ok(())
    }
}
