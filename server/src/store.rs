//! The database: SQLite or PostgreSQL, behind one SQL text. This module and its children alone name sqlx.
//!
//! Must never contain a decision that is not one conditional statement: what matters for security is decided by
//! `rows_affected` or `returning`, never by reading, checking and writing.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::config::DatabaseUrl;
use crate::private_file;

pub mod account_security;
pub mod accounts;
pub mod attempts;
pub mod events;
pub mod factors;
pub mod known_browsers;
pub mod links;
mod listing;
pub mod login_history;
pub mod login_report;
pub mod member_changes;
pub mod members;
pub mod meta;
pub mod outbox;
pub mod passwords;
pub mod sessions;
pub mod users;

pub use listing::Listing;

/// What a statement failed with.
pub type Error = sqlx::Error;
/// The answer of a store function.
pub type Result<T> = std::result::Result<T, Error>;

static MIGRATOR: Migrator = sqlx::migrate!();
/// How long a request waits for a connection, or for SQLite's write lock.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections of a pool: queries are short, and SQLite and PostgreSQL both serve few connections best.
const CONNECTIONS: u32 = 8;

/// The database. SQLite has one connection that writes, so that writers queue instead of failing, and others that read.
#[derive(Clone, Debug)]
pub struct Db {
    read: Pool,
    write: Pool,
}

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs a body, type-checked once for each database, with `$pool` bound to the pool of the one that is in use.
macro_rules! on {
    ($db:expr, $pool:ident => $body:expr) => {
        match &$db {
            $crate::store::Pool::Sqlite($pool) => $body,
            $crate::store::Pool::Postgres($pool) => $body,
        }
    };
}
use on;

impl Db {
    /// Connects, and creates the SQLite file where there is none.
    ///
    /// # Errors
    /// Where the database cannot be reached or opened, with its name but never with its password.
    pub async fn connect(url: &DatabaseUrl) -> anyhow::Result<Self> {
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
        // SQLite gives its files beside it the mode of this one.
        private_file::open(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
        // A write that fails on a full disk can leave its transaction open; what came after would be acknowledged and lost.
        let write = pool(1).after_release(|connection, _| Box::pin(is_clean(connection)));
        let write = write.connect_with(options.clone()).await?;
        let read = pool(CONNECTIONS).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self { read: Pool::Sqlite(read), write: Pool::Sqlite(write) })
    }

    async fn connect_postgres(url: &str) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(|_| anyhow::anyhow!("the URL cannot be read"))?;
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_with(options).await?;
        Ok(Self { read: Pool::Postgres(pool.clone()), write: Pool::Postgres(pool) })
    }

    /// Brings the schema up to date. Several processes may do so at once: one works, the others wait.
    ///
    /// # Errors
    /// Where the schema is newer than this program, or a migration fails.
    pub async fn migrate(&self, url: &DatabaseUrl) -> anyhow::Result<()> {
        // PostgreSQL's migrator takes an advisory lock; SQLite's takes none, so a lock file stands in.
        let _lock = match url {
            DatabaseUrl::Sqlite(path) => Some(lock_file(&path.with_extension("migrate-lock")).await?),
            DatabaseUrl::Postgres(_) => None,
        };
        match on!(self.write, pool => MIGRATOR.run(pool).await) {
            Ok(()) => Ok(()),
            Err(MigrateError::VersionMissing(version)) => bail!(
                "the database has schema version {version}, which this program does not know: \
                 it was used by a newer Postern. Install that version again; nothing was changed"
            ),
            Err(error) => Err(error).context("cannot bring the database schema up to date"),
        }
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn ping(&self) -> Result<()> {
        on!(self.write, pool => sqlx::query("select 1").execute(pool).await.map(drop))
    }

    /// Finishes what runs and closes all connections.
    pub async fn close(&self) {
        on!(self.read, pool => pool.close().await);
        on!(self.write, pool => pool.close().await);
    }
}

/// Whether a connection is outside every transaction; else it is closed. The answer to the ping comes after what was begun.
async fn is_clean(connection: &mut SqliteConnection) -> Result<bool> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Whether the error passes by itself or by an operator's hand (database away, disk full), so that trying again makes sense.
#[must_use]
pub fn is_unavailable(error: &Error) -> bool {
    match error {
        Error::PoolTimedOut | Error::PoolClosed | Error::Io(_) | Error::Tls(_) | Error::WorkerCrashed => true,
        // The peer does not speak PostgreSQL: a proxy whose server is gone.
        Error::Protocol(_) => true,
        Error::Database(error) => error.code().is_some_and(|code| is_unavailable_code(&code)),
        _ => false,
    }
}

/// SQLite result codes (busy, locked, I/O, full, cannot open; extended codes hold them in the low byte), and PostgreSQL
/// classes 08 (connection), 40 (rolled back in favour of another), 53 (resources) and 57P (shut-down).
fn is_unavailable_code(code: &str) -> bool {
    if code.len() < 5 {
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14));
    }
    ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class))
}

/// Holds the lock until the file is dropped.
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

    #[test]
    fn passing_faults_are_told_from_lasting_ones() {
        for code in ["5", "13", "10", "778", "53300", "57P01", "08006", "40P01"] {
            assert!(is_unavailable_code(code), "{code}");
        }
        for code in ["1", "2067", "23505", "42601"] {
            assert!(!is_unavailable_code(code), "{code}");
        }
    }
}
