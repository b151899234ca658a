//! A look into a portal's database past the product's own code.

use std::path::{Path, PathBuf};

use postern::auth::token::random_id;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// Where a portal keeps its rows.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(PathBuf),
    /// The URL, with a schema of its own in it.
    Postgres(String),
}

/// Runs `$body` with a connection to the database.
macro_rules! with {
    ($database:expr, $connection:ident => $body:expr) => {
        wait(async {
            match $database {
                Database::Sqlite(path) => {
                    let mut opened = SqliteConnection::connect(&path.to_string_lossy()).await.unwrap();
                    let $connection = &mut opened;
                    $body
                }
                Database::Postgres(url) => {
                    let mut opened = PgConnection::connect(url).await.unwrap();
                    let $connection = &mut opened;
                    $body
                }
            }
        })
    };
}

impl Database {
    /// The file in this data directory.
    pub(crate) fn sqlite(data_dir: &Path) -> Self {
        Self::Sqlite(data_dir.join("postern.sqlite"))
    }

    /// The password in the URL; empty where there is none.
    pub(crate) fn password(&self) -> &str {
        let Self::Postgres(url) = self else { return "" };
        let credentials = url.split_once("://").and_then(|(_, rest)| rest.split_once('@')).map(|(before, _)| before);
        credentials.and_then(|both| both.split_once(':')).map_or("", |(_, password)| password)
    }

    /// An empty schema of its own.
    pub(crate) fn postgres() -> Self {
        let base = postgres_server();
        let schema = format!("process_{}", random_id());
        let create = AssertSqlSafe(format!("create schema {schema}"));
        let server = Self::Postgres(base.clone());
        with!(&server, connection => { sqlx::query(create).execute(connection).await.unwrap(); });
        let separator = if base.contains('?') { '&' } else { '?' };
        Self::Postgres(format!("{base}{separator}options=-csearch_path%3D{schema}"))
    }

    /// The number that a statement yields.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        with!(self, connection => sqlx::query_scalar(sql).fetch_one(connection).await.unwrap())
    }

    /// The texts that a statement yields, one column.
    #[track_caller]
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        with!(self, connection => sqlx::query_scalar(sql).fetch_all(connection).await.unwrap())
    }

    /// Changes the database by hand.
    #[track_caller]
    pub(crate) fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        with!(self, connection => { sqlx::query(sql).execute(connection).await.unwrap(); });
    }
}

/// The URL of the server on which tests may do anything.
pub(crate) fn postgres_server() -> String {
    std::env::var("POSTERN_TEST_POSTGRES_URL")
        .expect("POSTERN_TEST_POSTGRES_URL names a PostgreSQL server; `cargo xtask test` starts one and sets it")
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
