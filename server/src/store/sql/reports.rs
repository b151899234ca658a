//! Statements of reports. They have few connections of their own, end after a time, and end when nobody waits for them any
//! more, so that they never keep log-ins waiting.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, FromRow, PgPool, Pool, Postgres, Sqlite, SqlitePool, Type, pool,
};

use super::errors::Error;
use crate::metrics::moment;

/// How long a statement of a report may take.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Instructions of SQLite's virtual machine between two checks of whether the answer is still wanted: about a millisecond.
const INSTRUCTIONS: i32 = 10_000;

/// What a report fails with.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It took too long.
    #[error("the report took longer than {} s", TIME_LIMIT.as_secs())]
    TooLong,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// The connections of reports.
#[derive(Clone, Debug)]
pub(super) enum Reports {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A statement and its values.
pub(in crate::store) struct Report<'a> {
    sql: String,
    on: On<'a>,
}

enum On<'a> {
    Sqlite(&'a SqlitePool, SqliteArguments),
    Postgres(&'a PgPool, PgArguments),
}

impl Reports {
    pub(super) fn statement(&self, sql: String) -> Report<'_> {
        let on = match self {
            Self::Sqlite(pool) => On::Sqlite(pool, SqliteArguments::default()),
            Self::Postgres(pool) => On::Postgres(pool, PgArguments::default()),
        };
        Report { sql, on }
    }

    pub(super) fn now(&self) -> moment::Pool {
        let (size, idle) = match self {
            Self::Sqlite(pool) => (pool.size(), pool.num_idle()),
            Self::Postgres(pool) => (pool.size(), pool.num_idle()),
        };
        moment::Pool { name: "reports", size, idle }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Report<'_> {
    /// Binds the next value.
    pub(in crate::store) fn bind<T>(mut self, value: T) -> Result<Self, ReportError>
    where
        T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres>,
    {
        match &mut self.on {
            On::Sqlite(_, arguments) => arguments.add(value),
            On::Postgres(_, arguments) => arguments.add(value),
        }
        .map_err(Error::Encode)?;
        Ok(self)
    }

    /// The rows.
    pub(in crate::store) async fn rows<T>(self) -> Result<Vec<T>, ReportError>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let sql = AssertSqlSafe(self.sql);
        match self.on {
            On::Sqlite(pool, arguments) => {
                let mut connection = Borrowed::from(pool).await?;
                let wanted = Arc::clone(&connection.wanted);
                let is_wanted = move || wanted.load(Ordering::Relaxed);
                connection.lock_handle().await?.set_progress_handler(INSTRUCTIONS, is_wanted);
                in_time(sqlx::query_as_with(sql, arguments).fetch_all(&mut **connection)).await.inspect(|_| {
                    connection.is_idle = true;
                })
            }
            On::Postgres(pool, arguments) => {
                let mut connection = Borrowed::from(pool).await?;
                in_time(sqlx::query_as_with(sql, arguments).fetch_all(&mut **connection)).await.inspect(|_| {
                    connection.is_idle = true;
                })
            }
        }
    }

    /// The number that the statement returns in its only row.
    pub(in crate::store) async fn number(self) -> Result<u64, ReportError> {
        let rows: Vec<(i64,)> = self.rows().await?;
        Ok(rows.iter().map(|(number,)| number.unsigned_abs()).sum())
    }
}

async fn in_time<T>(rows: impl Future<Output = Result<T, Error>>) -> Result<T, ReportError> {
    match tokio::time::timeout(TIME_LIMIT, rows).await {
        Ok(rows) => Ok(rows?),
        Err(_) => Err(ReportError::TooLong),
    }
}

/// A connection that is closed, with what still runs on it, unless its statement has ended well.
struct Borrowed<DB: Database> {
    connection: pool::PoolConnection<DB>,
    wanted: Arc<AtomicBool>,
    is_idle: bool,
}

impl<DB: Database> Borrowed<DB> {
    async fn from(pool: &Pool<DB>) -> Result<Self, Error> {
        Ok(Self { connection: pool.acquire().await?, wanted: Arc::new(AtomicBool::new(true)), is_idle: false })
    }
}

impl<DB: Database> Drop for Borrowed<DB> {
    fn drop(&mut self) {
        if !self.is_idle {
            self.wanted.store(false, Ordering::Relaxed);
            self.connection.close_on_drop();
        }
    }
}

impl<DB: Database> Deref for Borrowed<DB> {
    type Target = pool::PoolConnection<DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Database> DerefMut for Borrowed<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DatabaseUrl;
    use crate::store::Db;

    const ENDLESS: &str = "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n";
    const ABANDONED: usize = 20;

    async fn an_abandoned_report_leaves_its_place(db: &Db) {
        for _ in 0..ABANDONED {
            let report = db.report(ENDLESS.to_owned()).rows::<(i64,)>();
            tokio::time::timeout(Duration::from_millis(20), report).await.unwrap_err();
        }
        let answer: Vec<(i64,)> = db.report("select cast(1 as bigint)".to_owned()).rows().await.unwrap();
        assert_eq!(answer, [(1,)]);
    }

    /// Each SQLite connection is a thread.
    fn sqlite_threads() -> usize {
        let names = std::fs::read_dir("/proc/self/task").unwrap().filter_map(|task| {
            std::fs::read_to_string(task.ok()?.path().join("comm")).ok().filter(|name| name.starts_with("sqlx-sqlite"))
        });
        names.count()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_abandoned_report_ends_on_sqlite() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::connect(&DatabaseUrl::Sqlite(dir.path().join("postern.sqlite"))).await.unwrap();
        an_abandoned_report_leaves_its_place(&db).await;
        tokio::time::timeout(Duration::from_secs(20), async {
            while sqlite_threads() >= ABANDONED {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("what nobody waits for is interrupted");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_abandoned_report_ends_on_postgres() {
        let url = std::env::var("POSTERN_TEST_POSTGRES_URL").expect("a PostgreSQL server for tests");
        let db = Db::connect(&DatabaseUrl::Postgres(url)).await.unwrap();
        an_abandoned_report_leaves_its_place(&db).await;
        let running =
            "select count(*) from pg_stat_activity where query like 'with recursive n (i)%' and state = 'active'";
        tokio::time::timeout(Duration::from_secs(4), async {
            while db.report(running.to_owned()).rows::<(i64,)>().await.unwrap() != [(0,)] {}
        })
        .await
        .expect("what nobody waits for is cancelled");
    }
}
