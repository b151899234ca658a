//! Connections to SQLite.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AnyConnection, Connection, Executor};

use super::errors::Result;
use super::pools::{CONNECTIONS, Dialect, PATIENCE, Pools, REPORT_CONNECTIONS, explained};
use super::reports::Reports;
use crate::private_file;

/// The statements for SQLite.
pub(super) const DIALECT: Dialect = Dialect {
    // Takes the write lock at once: a transaction that reads first and then writes would fail, instead of waiting, beside a
    // writer in another process.
    begin: "begin immediate",
    begin_snapshot: "begin",
    // A lock file does it.
    lock_backups: "select 1",
    // There are none.
    without_limits: "select 1",
    columns: "select name, lower(type) from pragma_table_info($1) order by cid",
    durability: &[("journal_mode", "pragma journal_mode"), ("synchronous", "pragma synchronous")],
    // There are no row locks.
    skip_locked: "",
    // `autoincrement` never reuses a number, even if its row is gone.
    create_changes: "create table if not exists changes (seq integer primary key autoincrement, subject text not null);",
    create_trigger: |name, event, table, condition, column| {
        format!(
            "drop trigger if exists {name}; create trigger {name} after {event} on {table} {condition}
             begin insert into changes (subject) values ({column}); end;"
        )
    },
    // SQLite has no `truncate`, and `delete from` fires the row triggers.
    watch_truncate: |_| String::new(),
    notice_log_outs: "drop trigger if exists sessions_log_out; create trigger sessions_log_out after delete on sessions
        begin update oidc_log_ins set due_at = 0 where session_id = old.id and due_at is null; end;",
    // There is only one writer, so rows are committed in the order of their numbers.
    changes_since: "select c.subject, cast(last.seq as text)
        from (select coalesce(max(seq), 0) as seq from sqlite_sequence where name = 'changes') last
        left join changes c on c.seq > cast($1 as bigint)",
};
/// Set on every connection. The write-ahead log lets readers work beside the writer. Every commit is synced, because it may be
/// a counted attempt, a used code or a session. The timeout is [`PATIENCE`].
const PRAGMAS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;";
/// Waits for no lock.
const AT_ONCE: &str = "pragma busy_timeout = 0";
const READS_ONLY: &str = "pragma query_only = on;";
/// Fails on a connection that cannot write: it was opened when the file was read-only.
const CAN_WRITE: &str = "pragma user_version = 0";

/// Opens the file, and creates it if it does not exist.
pub(super) async fn connect(path: &Path) -> anyhow::Result<Pools> {
    if let Some(folder) = path.parent() {
        private_file::create_folder(folder)?;
    }
    // SQLite creates its other files with the mode of this one.
    private_file::open(path)?;
    private_file::check_folder(path.parent().unwrap_or(path))?;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        private_file::check(&with_suffix(path, suffix))?;
    }
    let file = path.to_str().context("the path of the database must be UTF-8")?;
    let options = AnyConnectOptions::from_str(&format!("sqlite://{}", utf8_percent_encode(file, NON_ALPHANUMERIC)))?;
    let write = AnyPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(PRAGMAS).await?;
                connection.execute(CAN_WRITE).await.map(drop)
            })
        })
        // A write that fails on a full disk can leave its transaction open; later writes would be acknowledged and then lost.
        .after_release(|connection, _| Box::pin(is_clean(connection)))
        .connect_with(options.clone())
        .await;
    let write = explained(write, can_open(&options)).await?;
    let read = AnyPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(PRAGMAS).await?;
                connection.execute(READS_ONLY).await.map(drop)
            })
        })
        .connect_with(options)
        .await?;
    let reports = SqlitePoolOptions::new()
        .max_connections(REPORT_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(PRAGMAS).await?;
                connection.execute(READS_ONLY).await.map(drop)
            })
        })
        .connect_lazy_with(SqliteConnectOptions::new().filename(path));
    Ok(Pools { read, write, reports: Reports::Sqlite(reports), dialect: &DIALECT })
}

async fn can_open(options: &AnyConnectOptions) -> Result<()> {
    let mut connection = AnyConnection::connect_with(options).await?;
    connection.execute(AT_ONCE).await?;
    connection.execute(CAN_WRITE).await.map(drop)
}

/// Whether a connection is outside of any transaction; otherwise the pool closes it. The ping waits for earlier commands.
async fn is_clean(connection: &mut AnyConnection) -> Result<bool> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut file = path.as_os_str().to_owned();
    file.push(suffix);
    file.into()
}
