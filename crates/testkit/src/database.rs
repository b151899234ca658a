//! A look into a portal's database past the product's own code.

use std::path::Path;

use postern::auth::token::random_id;
use postern::config::DatabaseUrl;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, AssertSqlSafe, query, query_scalar};

/// A database of a test's own.
#[derive(Clone, Debug)]
pub struct Database {
    /// Where the rows are, as the product takes it.
    pub url: DatabaseUrl,
    rows: AnyPool,
}

impl Database {
    /// A file in this data directory, which the first connection of the product makes.
    #[must_use]
    pub fn sqlite(data_dir: &Path) -> Self {
        Self::new(DatabaseUrl::Sqlite(data_dir.join("postern.sqlite")), AnyPoolOptions::new())
    }

    /// An empty schema of its own on the test server.
    pub async fn postgres() -> Self {
        let server = postgres_server();
        let schema = format!("test_{}", random_id());
        let create = format!("create schema {schema}");
        Self::new(DatabaseUrl::Postgres(server.clone()), AnyPoolOptions::new()).closing().execute(&create).await;
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
        Self::new(DatabaseUrl::Postgres(url), AnyPoolOptions::new())
    }

    /// The same database, looked at over a connection for each statement: none is open when a server is killed, so that
    /// the next one finds what a power cut leaves.
    #[must_use]
    pub fn closing(self) -> Self {
        Self::new(self.url, AnyPoolOptions::new().after_release(|_, _| Box::pin(async { Ok(false) })))
    }

    fn new(url: DatabaseUrl, options: AnyPoolOptions) -> Self {
        install_default_drivers();
        let address = address(&url);
        // Without times the pool needs no task of its own, and a test that only runs commands needs no runtime.
        let rows = options.max_lifetime(None).idle_timeout(None).connect_lazy(&address).unwrap();
        Self { url, rows }
    }

    /// Where the rows are, as sqlx takes it.
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.url)
    }

    /// The number that a statement yields.
    pub async fn count(&self, sql: &str) -> i64 {
        let row = query_scalar(AssertSqlSafe(sql)).fetch_one(&self.rows).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The texts that a statement yields, one column.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = query_scalar(AssertSqlSafe(sql)).fetch_all(&self.rows).await;
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Changes rows by hand.
    pub async fn execute(&self, sql: &str) {
        self.execute_with(sql, &[]).await;
    }

    /// Changes rows by hand, with texts for `$1` and so on.
    pub async fn execute_with(&self, sql: &str, values: &[&str]) {
        let statement = values.iter().fold(query(AssertSqlSafe(sql)), |statement, value| statement.bind(*value));
        statement.execute(&self.rows).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

fn address(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

/// The URL of the PostgreSQL server on which tests may do anything.
#[must_use]
pub fn postgres_server() -> String {
    std::env::var("POSTERN_TEST_POSTGRES_URL")
        .expect("POSTERN_TEST_POSTGRES_URL names a PostgreSQL server; `cargo xtask test` starts one and sets it")
}
