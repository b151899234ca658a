//! Connections and transactions. The only place that knows that there are two databases.

mod errors;
mod reports;

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};
use tokio::sync::Notify;

use crate::config::DatabaseUrl;
use crate::private_file;

pub use errors::{Error, Result, is_unavailable};
pub(super) use reports::Report;
pub use reports::ReportError;
use reports::Reports;

static MIGRATOR: Migrator = sqlx::migrate!();
/// How long to wait for a connection, or for SQLite's write lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections of a pool. Queries are short, and both databases work best with few connections.
const CONNECTIONS: u32 = 8;
/// Set on every SQLite connection. The write-ahead log lets readers work beside the writer. Every commit is synced, because it
/// may be a counted attempt, a used code or a session. The timeout is [`PATIENCE`].
const SQLITE_PRAGMAS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;";
/// Takes the write lock at once: a transaction that reads first and then writes would fail, instead of waiting, beside a
/// writer in another process.
const SQLITE_BEGIN: &str = "begin immediate";
const SQLITE_READS_ONLY: &str = "pragma query_only = on;";
/// Connections of the reports. They may keep a processor busy, so there are fewer than processors of a small machine.
const REPORT_CONNECTIONS: u32 = 2;
/// Set on every PostgreSQL connection: nobody waits for long behind a lock, a slow statement or a transaction that was left.
const POSTGRES_LIMITS: &str = "set lock_timeout = '1s'; set statement_timeout = '10s';
    set idle_in_transaction_session_timeout = '10s'";
/// Also set for reports. From version 14 on, PostgreSQL itself notices that nobody waits for a statement any more.
const POSTGRES_REPORT_LIMITS: &str = "set statement_timeout = '6s'; set default_transaction_read_only = on;
    select set_config(name, '250ms', false) from pg_settings where name = 'client_connection_check_interval'";
/// Migrations may take longer.
const POSTGRES_NO_LIMITS: &str = "set lock_timeout = 0; set statement_timeout = 0";
/// Fails on a connection that cannot write: it was opened when the file or the server was read-only.
const SQLITE_CAN_WRITE: &str = "pragma user_version = 0";
const POSTGRES_READS_ONLY: &str = "select current_setting('transaction_read_only')";

/// The database. Reads, writes and reports have connections of their own, so that none of them waits behind another. SQLite
/// has one connection that writes, so that writers queue instead of failing.
#[derive(Clone, Debug)]
pub struct Db {
    pub(super) read: AnyPool,
    pub(super) write: AnyPool,
    reports: Reports,
    /// What begins a transaction.
    begin: &'static str,
    mail_waits: Arc<Notify>,
}

/// A transaction. It is rolled back unless [`Tx::commit`] is called.
pub struct Tx {
    inner: Transaction<'static, Any>,
    mail_waits: Arc<Notify>,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
}

impl Db {
    /// Connects, and creates the SQLite file if it does not exist.
    ///
    /// # Errors
    /// If the database cannot be reached or opened, with its name but never with its password.
    pub async fn connect(url: &DatabaseUrl) -> anyhow::Result<Self> {
        install_default_drivers();
        match url {
            DatabaseUrl::Sqlite(path) => {
                Self::connect_sqlite(path).await.with_context(|| format!("cannot open the database {}", path.display()))
            }
            DatabaseUrl::Postgres(url) => Self::connect_postgres(url).await.context("cannot connect to PostgreSQL"),
        }
    }

    async fn connect_sqlite(path: &Path) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            private_file::create_folder(folder)?;
        }
        // SQLite creates its other files with the mode of this one.
        private_file::open(path)?;
        let file = path.to_str().context("the path of the database must be UTF-8")?;
        let options =
            AnyConnectOptions::from_str(&format!("sqlite://{}", utf8_percent_encode(file, NON_ALPHANUMERIC)))?;
        let write = AnyPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(SQLITE_PRAGMAS).await?;
                    connection.execute(SQLITE_CAN_WRITE).await.map(drop)
                })
            })
            // A write that fails on a full disk can leave its transaction open; later writes would be acknowledged and then lost.
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .connect_with(options.clone())
            .await?;
        let read = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(SQLITE_PRAGMAS).await?;
                    connection.execute(SQLITE_READS_ONLY).await.map(drop)
                })
            })
            .connect_with(options)
            .await?;
        let reports = SqlitePoolOptions::new()
            .max_connections(REPORT_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(SQLITE_PRAGMAS).await?;
                    connection.execute(SQLITE_READS_ONLY).await.map(drop)
                })
            })
            .connect_lazy_with(SqliteConnectOptions::new().filename(path));
        Ok(Self { read, write, reports: Reports::Sqlite(reports), begin: SQLITE_BEGIN, mail_waits: Arc::default() })
    }

    async fn connect_postgres(url: &str) -> anyhow::Result<Self> {
        // sqlx's error could quote the URL.
        let native = PgConnectOptions::from_str(url).map_err(|_| anyhow::anyhow!("the URL cannot be read"))?;
        let options = AnyConnectOptions::from_str(url)?;
        let pool = || {
            AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).after_connect(
                |connection, _| Box::pin(async move { connection.execute(POSTGRES_LIMITS).await.map(drop) }),
            )
        };
        let write = pool()
            // Instead of the pool's own test, which costs as much.
            .test_before_acquire(false)
            .before_acquire(|connection, _| Box::pin(can_write(connection)))
            .connect_with(options.clone())
            .await?;
        let read = pool().connect_lazy_with(options);
        let reports = PgPoolOptions::new()
            .max_connections(REPORT_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(POSTGRES_LIMITS).await?;
                    connection.execute(POSTGRES_REPORT_LIMITS).await.map(drop)
                })
            })
            .connect_lazy_with(native);
        Ok(Self { read, write, reports: Reports::Postgres(reports), begin: "begin", mail_waits: Arc::default() })
    }

    /// Brings the schema up to date. Several processes may do so at once: one works, the others wait.
    ///
    /// # Errors
    /// If the schema is newer than this program, or a migration fails.
    pub async fn migrate(&self, url: &DatabaseUrl) -> anyhow::Result<()> {
        // PostgreSQL's migrator takes an advisory lock. SQLite's takes none, so a lock file is used.
        let _lock = match url {
            DatabaseUrl::Sqlite(path) => Some(lock_file(&path.with_extension("migrate-lock")).await?),
            DatabaseUrl::Postgres(_) => None,
        };
        let mut connection = self.write.acquire().await?.detach();
        if let DatabaseUrl::Postgres(_) = url {
            connection.execute(POSTGRES_NO_LIMITS).await?;
        }
        let migrated = MIGRATOR.run(&mut connection).await;
        connection.close().await?;
        match migrated {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(version)) => bail!(
                "the database has schema version {version}, which this program does not know: \
                 it was used by a newer Postern. Install that version again; nothing was changed"
            ),
            Err(error) => Err(error).context("cannot bring the database schema up to date"),
        }
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.write).await.map(drop)
    }

    /// A statement of a report.
    pub(super) fn report(&self, sql: String) -> Report<'_> {
        self.reports.statement(sql)
    }

    /// Waits until a transaction that put a mail into the outbox is committed.
    pub async fn mail_waits(&self) {
        self.mail_waits.notified().await;
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        self.reports.close().await;
        self.read.close().await;
        self.write.close().await;
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        let inner = self.write.begin_with(self.begin).await?;
        Ok(Tx { inner, mail_waits: Arc::clone(&self.mail_waits), after_commit: Vec::new() })
    }
}

impl Tx {
    /// Runs `effect` after the commit; never if the transaction is rolled back.
    pub(super) fn after_commit(&mut self, effect: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(effect));
    }

    /// Wakes the mailer after the commit.
    pub(super) fn wake_mailer_after_commit(&mut self) {
        let mail_waits = Arc::clone(&self.mail_waits);
        self.after_commit(move || mail_waits.notify_one());
    }

    pub(super) async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        for effect in self.after_commit {
            effect();
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// Whether a connection is outside of any transaction; otherwise the pool closes it. The ping waits for earlier commands.
async fn is_clean(connection: &mut AnyConnection) -> Result<bool> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Whether PostgreSQL lets a connection write; otherwise the pool closes it, and opens another.
async fn can_write(connection: &mut AnyConnection) -> Result<bool> {
    let reads_only: String = sqlx::query_scalar(POSTGRES_READS_ONLY).fetch_one(connection).await?;
    Ok(reads_only == "off")
}

/// Locks a file until it is dropped.
async fn lock_file(path: &Path) -> anyhow::Result<std::fs::File> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let file = private_file::open(&path)?;
        file.lock()?;
        Ok(file)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_on_sqlite_holds_the_write_lock_from_its_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("postern.sqlite");
        let db = Db::connect(&DatabaseUrl::Sqlite(path.clone())).await.unwrap();
        let mut other = AnyConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        other.execute("pragma busy_timeout = 0").await.unwrap();
        let tx = db.begin().await.unwrap();
        assert!(is_unavailable(&other.execute("begin immediate").await.unwrap_err()));
        drop(tx);
        db.ping().await.unwrap();
        other.execute("begin immediate").await.unwrap();
    }
}
