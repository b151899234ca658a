//! Restoring a backup into an empty database.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::file::{Lock, Reader};
use super::format::{FORMAT, Header, Line};
use crate::config::DatabaseUrl;
use crate::store::tables::{Column, Filling, Part, TABLES, Table};
use crate::store::{Db, accounts, meta};

/// How many values one statement inserts at most. Both databases allow more.
const VALUES: usize = 10_000;
/// Rows of `meta` that belong to the database that is restored into.
const OF_DATABASE: [&str; 3] = ["scheduled_backup_at", "watched", "written_at"];

/// How a backup is restored.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether sessions go on; otherwise everybody must log in again.
    pub keeps_sessions: bool,
}

/// What a backup says about itself.
///
/// # Errors
/// If it cannot be opened with one of these, or was made by a newer Postern.
pub fn read_header(path: &Path, locks: &[Lock]) -> anyhow::Result<Header> {
    header(&mut Reader::open(path, locks)?)
}

fn header(reader: &mut Reader) -> anyhow::Result<Header> {
    let Some(Line::Header(header)) = reader.line()? else { bail!("the backup has no header") };
    ensure!(
        header.postern_backup <= FORMAT && header.schema <= Db::schema(),
        "the backup was made by a newer Postern: restore it with that version"
    );
    Ok(header)
}

/// Fills an empty database, in one transaction; returns the number of rows. A database with accounts or a key is refused. If
/// `before_commit` fails, nothing is filled.
///
/// # Errors
/// If the database is in use, or the backup is damaged. Then nothing is in the database but its schema.
pub async fn restore(
    db: &Db,
    url: &DatabaseUrl,
    path: &Path,
    locks: &[Lock],
    options: Options,
    before_commit: impl FnOnce() -> anyhow::Result<()>,
    mut progress: impl FnMut(u64),
) -> anyhow::Result<u64> {
    let mut reader = Reader::open(path, locks)?;
    let header = header(&mut reader)?;
    db.migrate_to(url, header.schema).await?;
    let is_used = meta::key_check(db).await?.is_some() || !accounts::none_exist(db).await?;
    ensure!(!is_used, used(url));
    let mut filling = db.fill().await?;
    let mut rows = 0;
    let mut open: Option<Batch> = None;
    loop {
        match reader.line()?.context("the backup is cut off; nothing was changed")? {
            Line::Header(_) => bail!("the backup has two headers; nothing was changed"),
            Line::Table { name, columns } => {
                if let Some(batch) = open.take() {
                    batch.flush(&mut filling).await?;
                }
                open = Some(Batch::begin(&name, columns, &mut filling, options).await?);
            }
            Line::Row(row) => {
                rows += 1;
                let batch = open.as_mut().context("the backup has a row without a table; nothing was changed")?;
                batch.add(row, &mut filling).await?;
                progress(rows);
            }
            Line::End { rows: expected } => {
                ensure!(rows == expected, "the backup lacks rows; nothing was changed");
                break;
            }
        }
    }
    if let Some(batch) = open {
        batch.flush(&mut filling).await?;
    }
    if !options.keeps_sessions {
        filling.end_sessions().await?;
    }
    before_commit()?;
    filling.commit().await?;
    db.migrate(url).await?;
    Ok(rows)
}

/// What to do with a database that is not empty, perhaps because a server has been started on it before.
fn used(url: &DatabaseUrl) -> String {
    let away = match url {
        DatabaseUrl::Sqlite(path) => format!("move {}* away", path.display()),
        DatabaseUrl::Postgres(_) => "create another database".to_owned(),
    };
    format!(
        "the database {url} has been used by a portal. Stop the server, {away}, then run this again; nothing was changed"
    )
}

/// Rows of a table that wait to be inserted together.
struct Batch {
    table: Table,
    columns: Vec<Column>,
    is_wanted: bool,
    rows: Vec<Vec<Value>>,
}

impl Batch {
    async fn begin(name: &str, columns: Vec<Column>, filling: &mut Filling, options: Options) -> anyhow::Result<Self> {
        let known = TABLES.iter().find(|table| table.name == name);
        let table =
            *known.with_context(|| format!("the backup has an unknown table, {name:?}; nothing was changed"))?;
        let there = filling.columns(table.name).await?;
        ensure!(
            columns.iter().all(|column| there.contains(column)),
            "the backup has an unknown column of the table {name}; nothing was changed"
        );
        let is_wanted = match table.part {
            Part::Portal => true,
            Part::Sessions => options.keeps_sessions,
            Part::Left => false,
        };
        Ok(Self { table, columns, is_wanted, rows: Vec::new() })
    }

    async fn add(&mut self, row: Vec<Value>, filling: &mut Filling) -> anyhow::Result<()> {
        ensure!(row.len() == self.columns.len(), "the backup has an incomplete row; nothing was changed");
        let is_of_database =
            self.table.name == "meta" && row.iter().any(|value| OF_DATABASE.iter().any(|name| value == name));
        if !self.is_wanted || is_of_database {
            return Ok(());
        }
        self.rows.push(row);
        if self.rows.len() * self.columns.len() >= VALUES {
            self.insert(filling).await?;
        }
        Ok(())
    }

    async fn flush(mut self, filling: &mut Filling) -> anyhow::Result<()> {
        self.insert(filling).await
    }

    async fn insert(&mut self, filling: &mut Filling) -> anyhow::Result<()> {
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            let inserted = filling.insert(self.table.name, &self.columns, &rows).await;
            let inserted =
                inserted.with_context(|| format!("cannot fill the table {}; nothing was changed", self.table.name))?;
            ensure!(
                inserted == u64::try_from(rows.len())?,
                "a portal was started on this database meanwhile; nothing was changed"
            );
        }
        Ok(())
    }
}
