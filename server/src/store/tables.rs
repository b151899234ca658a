//! All tables and their rows, as a backup sees them: parents first, and without a word about what the rows mean.

use std::fs::File;

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row, Transaction};

use super::sql::try_lock_file;
use super::{Db, Result, Tx};
use crate::config::DatabaseUrl;

/// A table of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whether a backup has its rows.
    pub part: Part,
}

/// What a backup does with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The rows are always restored.
    Portal,
    /// The rows belong to sessions, and are restored if sessions are to go on.
    Sessions,
    /// The rows are not in a backup: they would be wrong after it, or are made anew.
    Left,
}

const fn table(name: &'static str, part: Part) -> Table {
    Table { name, part }
}

/// All tables, each after those that it refers to.
pub const TABLES: &[Table] = &[
    table("meta", Part::Portal),
    table("accounts", Part::Portal),
    table("users", Part::Portal),
    table("memberships", Part::Portal),
    table("totp_factors", Part::Portal),
    table("previous_totp_factors", Part::Portal),
    table("passkeys", Part::Portal),
    table("recovery_codes", Part::Portal),
    table("clock_offsets", Part::Portal),
    table("known_browsers", Part::Portal),
    table("places", Part::Portal),
    table("invitations", Part::Portal),
    table("roster", Part::Portal),
    table("set_up_codes", Part::Portal),
    table("applications", Part::Portal),
    table("application_accounts", Part::Portal),
    table("application_members", Part::Portal),
    table("oidc_clients", Part::Portal),
    table("oidc_secrets", Part::Portal),
    table("oidc_keys", Part::Portal),
    table("oidc_consents", Part::Portal),
    table("oidc_log_ins", Part::Portal),
    table("attempts", Part::Portal),
    table("mail_pace", Part::Portal),
    table("events", Part::Portal),
    table("login_history", Part::Portal),
    table("audit_entries", Part::Portal),
    table("audit_chains", Part::Portal),
    table("audit_state", Part::Portal),
    table("sessions", Part::Sessions),
    table("pending_totp_factors", Part::Sessions),
    table("application_sessions", Part::Sessions),
    table("oidc_grants", Part::Sessions),
    table("oidc_access_tokens", Part::Sessions),
    table("unfinished_log_ins", Part::Sessions),
    // Each lives for minutes.
    table("application_codes", Part::Left),
    table("passkey_ceremonies", Part::Left),
    // A link that was used after the backup must not work again, and a mail would be sent twice.
    table("links", Part::Left),
    table("outbox", Part::Left),
    // One that was cancelled or refused since must not be done.
    table("reset_requests", Part::Left),
    table("reset_approvals", Part::Left),
    // What nodes tell each other.
    table("changes", Part::Left),
    table("nodes", Part::Left),
];

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether its values are integers; all others are texts.
    pub is_integer: bool,
}

/// The database as it was at one moment, however long it is read.
pub struct Snapshot {
    tx: Transaction<'static, Any>,
    columns: &'static str,
    /// Held while a backup of SQLite is made.
    _lock: Option<File>,
}

impl Db {
    /// Begins to read the database as it is now. Others can write meanwhile.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut tx = self.read.begin_with(self.dialect.begin_snapshot).await?;
        sqlx::query(self.dialect.without_limits).execute(&mut *tx).await?;
        Ok(Snapshot { tx, columns: self.dialect.columns, _lock: None })
    }

    /// The same for a backup, of which one is made at a time, whoever makes it; `None` while there is another.
    ///
    /// # Errors
    /// Those of the database, or of the lock file beside that of SQLite.
    pub async fn backup_snapshot(&self, url: &DatabaseUrl) -> anyhow::Result<Option<Snapshot>> {
        let lock = match url {
            DatabaseUrl::Sqlite(path) => match try_lock_file(&path.with_extension("backup-lock"))? {
                None => return Ok(None),
                lock => lock,
            },
            DatabaseUrl::Postgres(_) => None,
        };
        let mut snapshot = self.snapshot().await?;
        let locked: i64 = sqlx::query_scalar(self.dialect.lock_backups).fetch_one(&mut *snapshot.tx).await?;
        Ok((locked == 1).then_some(Snapshot { _lock: lock, ..snapshot }))
    }

    /// Begins to fill the tables.
    pub async fn fill(&self) -> Result<Filling> {
        let mut tx = self.begin().await?;
        sqlx::query(self.dialect.without_limits).execute(&mut *tx).await?;
        Ok(Filling { tx, columns: self.dialect.columns })
    }
}

impl Snapshot {
    /// The connection, for statements that read.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.tx
    }

    /// The version of the schema.
    pub async fn schema(&mut self) -> Result<i64> {
        sqlx::query_scalar("select max(version) from _sqlx_migrations").fetch_one(&mut *self.tx).await
    }

    /// The columns of a table, in order.
    pub async fn columns(&mut self, table: &'static str) -> Result<Vec<Column>> {
        columns(&mut self.tx, self.columns, table).await
    }

    /// The number of rows.
    pub async fn count(&mut self, table: &'static str) -> Result<i64> {
        let sql = format!("select count(*) from {table}");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *self.tx).await
    }

    /// Gives each row to `take`, with its values in the order of the columns.
    ///
    /// # Errors
    /// Those of the database, and those of `take`.
    pub async fn rows(
        &mut self,
        table: &'static str,
        columns: &[Column],
        mut take: impl FnMut(Vec<Value>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let sql = format!("select {} from {table}", names.join(", "));
        let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut *self.tx);
        while let Some(row) = rows.try_next().await? {
            let value = |(at, column): (usize, &Column)| {
                Ok::<_, super::Error>(if column.is_integer {
                    row.try_get::<Option<i64>, _>(at)?.into()
                } else {
                    row.try_get::<Option<String>, _>(at)?.into()
                })
            };
            take(columns.iter().enumerate().map(value).collect::<Result<_>>()?)?;
        }
        Ok(())
    }
}

/// A transaction that fills empty tables.
pub struct Filling {
    tx: Tx,
    columns: &'static str,
}

impl Filling {
    /// The columns of a table, in order.
    pub async fn columns(&mut self, table: &'static str) -> Result<Vec<Column>> {
        columns(&mut self.tx, self.columns, table).await
    }

    /// Inserts rows whose values are in the order of the columns; returns how many. A row of `meta` replaces the one that is there, except
    /// the key check of a portal that has been started meanwhile.
    pub async fn insert(&mut self, table: &'static str, columns: &[Column], rows: &[Vec<Value>]) -> Result<u64> {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let places = |row: usize| {
            let places: Vec<String> = (1..=columns.len()).map(|at| format!("${}", row * columns.len() + at)).collect();
            format!("({})", places.join(", "))
        };
        let places: Vec<String> = (0..rows.len()).map(places).collect();
        let replaced = if table == "meta" {
            "on conflict (name) do update set value = excluded.value where meta.name <> 'key_check'"
        } else {
            ""
        };
        let sql = format!("insert into {table} ({}) values {} {replaced}", names.join(", "), places.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (column, value) in rows.iter().flat_map(|row| columns.iter().zip(row)) {
            query = if column.is_integer {
                query.bind(value.as_i64())
            } else {
                query.bind(value.as_str().map(str::to_owned))
            };
        }
        query.execute(&mut *self.tx).await.map(|inserted| inserted.rows_affected())
    }

    /// Lets clients of OpenID Connect know that the sessions of their users are over.
    pub async fn end_sessions(&mut self) -> Result<()> {
        let sql = "update oidc_log_ins set due_at = 0 where due_at is null";
        sqlx::query(sql).execute(&mut *self.tx).await.map(drop)
    }

    /// Makes it final.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await
    }
}

async fn columns(connection: &mut AnyConnection, sql: &'static str, table: &str) -> Result<Vec<Column>> {
    let rows: Vec<(String, String)> = sqlx::query_as(sql).bind(table).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(name, kind)| Column { name, is_integer: kind == "bigint" }).collect())
}
