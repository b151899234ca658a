//! Connections and transactions. The only place that knows that there are two databases.

mod changes;
mod errors;
mod locks;
mod pools;
mod postgres;
mod reports;
mod sqlite;
mod watched;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use sqlx::any::install_default_drivers;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Row, Transaction};
use tokio::sync::Notify;
use tracing::Span;

use crate::clock::Clock;
use crate::config::DatabaseUrl;
use crate::metrics::counted::Counted;
use crate::metrics::moment::Pool;
use crate::{private_file, traces};

pub use changes::Changes;
pub(super) use changes::{AsOf, Subject};
pub use errors::{Error, Result, Trouble, is_unavailable, trouble};
use locks::lock_file;
pub(super) use locks::try_lock_file;
pub(super) use pools::Dialect;
use pools::Pools;
pub use postgres::can_be_overheard;
pub(super) use reports::Report;
pub use reports::ReportError;
use reports::Reports;

static MIGRATOR: Migrator = sqlx::migrate!();
/// Migrations on PostgreSQL may take longer than a request.
const NO_LIMITS: &str = "set lock_timeout = 0; set statement_timeout = 0";

/// The database. Reads, writes and reports have connections of their own, so that none of them waits behind another. SQLite
/// has one connection that writes, so that writers queue instead of failing.
#[derive(Clone, Debug)]
pub struct Db {
    pub(super) read: AnyPool,
    pub(super) write: AnyPool,
    reports: Reports,
    pub(super) dialect: &'static Dialect,
    changes: Arc<Changes>,
    mail_waits: Arc<Notify>,
    counted: Arc<Counted>,
}

/// A transaction. It is rolled back unless [`Tx::commit`] is called.
pub struct Tx {
    inner: Transaction<'static, Any>,
    changes: Arc<Changes>,
    mail_waits: Arc<Notify>,
    counted: Arc<Counted>,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
    /// Lasts as long as the transaction.
    _span: Span,
}

impl Db {
    /// Connects, and creates the SQLite file if it does not exist.
    ///
    /// # Errors
    /// If the database cannot be reached or opened, with its name but never with its password.
    pub async fn connect(url: &DatabaseUrl) -> anyhow::Result<Self> {
        install_default_drivers();
        let pools = match url {
            DatabaseUrl::Sqlite(path) => sqlite::connect(path).await,
            DatabaseUrl::Postgres(url) => postgres::connect(url).await,
        };
        let Pools { read, write, reports, dialect } =
            pools.with_context(|| format!("cannot open the database {url}"))?;
        let changes = Arc::new(Changes::new(read.clone(), dialect.changes_since));
        Ok(Self { read, write, reports, dialect, changes, mail_waits: Arc::default(), counted: Arc::default() })
    }

    /// Connects to the database of a portal that has been started before, and brings its schema up to date.
    ///
    /// # Errors
    /// If there is no such database. It is not created.
    pub async fn connect_existing(url: &DatabaseUrl) -> anyhow::Result<Self> {
        let absent = || {
            format!(
                "there is no database of a portal at {url}. `postern serve` creates one; for another one, check \
                 --database, --data-dir and the working directory"
            )
        };
        if let DatabaseUrl::Sqlite(path) = url {
            ensure!(private_file::exists(path)?, absent());
        }
        let db = Self::connect(url).await?;
        match sqlx::query("select 1 from meta").execute(&db.write).await {
            Err(error @ Error::Database(_)) if !is_unavailable(&error) => bail!(absent()),
            answer => answer.with_context(|| format!("cannot read the database {url}"))?,
        };
        db.migrate(url).await?;
        Ok(db)
    }

    /// Brings the schema up to date. Several processes may do so at once: one works, the others wait.
    ///
    /// # Errors
    /// If the schema is newer than this program, or a migration fails.
    pub async fn migrate(&self, url: &DatabaseUrl) -> anyhow::Result<()> {
        self.migrate_to(url, Self::schema()).await
    }

    /// The version of the schema that this program works with.
    #[must_use]
    pub fn schema() -> i64 {
        MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default()
    }

    /// Brings the schema to a version that it does not have yet.
    ///
    /// # Errors
    /// If the schema is newer than this program, or a migration fails.
    pub async fn migrate_to(&self, url: &DatabaseUrl, version: i64) -> anyhow::Result<()> {
        // PostgreSQL's migrator takes an advisory lock. SQLite's takes none, so a lock file is used.
        let _lock = match url {
            DatabaseUrl::Sqlite(path) => Some(lock_file(&path.with_extension("migrate-lock")).await?),
            DatabaseUrl::Postgres(_) => None,
        };
        let mut connection = self.write.acquire().await?.detach();
        if let DatabaseUrl::Postgres(_) = url {
            connection.execute(NO_LIMITS).await?;
        }
        let migrated = MIGRATOR.run_to(version, &mut connection).await;
        if migrated.is_ok() && version == Self::schema() {
            watched::install(&mut connection, self.dialect, version).await?;
        }
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

    /// The database's settings on which durable commits depend, by name, of a connection that writes.
    pub async fn durability(&self) -> Result<Vec<(&'static str, String)>> {
        let mut settings = Vec::new();
        for (name, sql) in self.dialect.durability {
            let row = sqlx::query(*sql).fetch_one(&self.write).await?;
            let value = row.try_get::<String, _>(0).or_else(|_| row.try_get::<i64, _>(0).map(|it| it.to_string()))?;
            settings.push((*name, value));
        }
        Ok(settings)
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
        let span = traces::transaction();
        let inner = self.write.begin_with(self.dialect.begin).await?;
        let (changes, mail_waits) = (Arc::clone(&self.changes), Arc::clone(&self.mail_waits));
        let counted = Arc::clone(&self.counted);
        Ok(Tx { inner, changes, mail_waits, counted, after_commit: Vec::new(), _span: span })
    }

    /// What transactions count.
    #[must_use]
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// The connections that are open now.
    #[must_use]
    pub fn pools_now(&self) -> Vec<Pool> {
        let pool = |name, pool: &AnyPool| Pool { name, size: pool.size(), idle: pool.num_idle() };
        vec![pool("read", &self.read), pool("write", &self.write), self.reports.now()]
    }

    /// The changes that invalidate cached answers.
    #[must_use]
    pub fn changes(&self) -> &Arc<Changes> {
        &self.changes
    }

    /// Starts following changes, so that answers may be cached.
    pub fn follow_changes(&self, clock: Clock) {
        self.changes.follow_by(clock);
    }

    /// The end of a query over `s` that locks its rows and skips those that are already locked.
    pub(super) const fn skip_locked(&self) -> &'static str {
        self.dialect.skip_locked
    }
}

impl Tx {
    /// Runs `effect` after the commit; never if the transaction is rolled back.
    pub(super) fn after_commit(&mut self, effect: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(effect));
    }

    /// Counts something after the commit.
    pub(super) fn count_after_commit(&mut self, count: impl FnOnce(&Counted) + Send + 'static) {
        let counted = Arc::clone(&self.counted);
        self.after_commit(move || count(&counted));
    }

    /// Wakes the mailer after the commit.
    pub(super) fn wake_mailer_after_commit(&mut self) {
        let mail_waits = Arc::clone(&self.mail_waits);
        self.after_commit(move || mail_waits.notify_one());
    }

    /// Commits. When this returns, the change has invalidated this node's cached answers, or the cache is not used any more.
    pub(super) async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        if let Err(error) = self.changes.catch_up().await {
            tracing::warn!(%error, "changes cannot be followed: the database is asked each time until they can");
        }
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
