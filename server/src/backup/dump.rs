//! Writing a backup.

use std::path::Path;

use anyhow::ensure;

use super::file::{Lock, Writer};
use super::format::{FORMAT, Header, Line};
use crate::clock::UnixTime;
use crate::store::Db;
use crate::store::tables::{Part, Snapshot, TABLES};

/// How many rows are written between two reports of the progress.
const STEP: u64 = 1_000;

/// Writes everything to a new file, as it is in a snapshot; returns the number of rows. Reports after some rows how many of how many
/// are written.
///
/// # Errors
/// If the database cannot be read, or was upgraded by a newer version, whose columns no restore would know; or if the file cannot be
/// written. A file with the name of the backup is always complete.
pub async fn dump(
    mut snapshot: Snapshot,
    path: &Path,
    lock: &Lock,
    key_file: Option<String>,
    now: UnixTime,
    mut progress: impl FnMut(u64, u64),
) -> anyhow::Result<u64> {
    let schema = snapshot.schema().await?;
    ensure!(
        schema == Db::schema(),
        "the database has schema version {schema}, which this program does not know: a newer Postern has upgraded it; make the backup with \
         that version"
    );
    let kept = || TABLES.iter().filter(|table| table.part != Part::Left);
    let mut all = 0;
    for table in kept() {
        all += u64::try_from(snapshot.count(table.name).await?)?;
    }
    let mut writer = Writer::create(path, lock)?;
    let header = Header { postern_backup: FORMAT, schema, created_at: now, rows: all, key_file };
    writer.line(&Line::Header(header))?;
    let mut rows = 0;
    for table in kept() {
        let columns = snapshot.columns(table.name).await?;
        writer.line(&Line::Table { name: table.name.to_owned(), columns: columns.clone() })?;
        let write = |row| {
            rows += 1;
            if rows % STEP == 0 {
                progress(rows, all);
            }
            writer.line(&Line::Row(row))
        };
        snapshot.rows(table.name, &columns, write).await?;
    }
    writer.line(&Line::End { rows })?;
    writer.finish()?;
    progress(rows, all);
    Ok(rows)
}
