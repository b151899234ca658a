//! Direct access to a portal's database, without the product's code.

use std::path::Path;
use std::sync::{Arc, Mutex};

use postern::auth::token::random_id;
use postern::config::DatabaseUrl;
use postern::store::Changes;
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, AssertSqlSafe, query, query_scalar};

/// The database of one test.
#[derive(Clone, Debug)]
pub struct Database {
    /// The URL, for the product.
    pub url: DatabaseUrl,
    rows: AnyPool,
    /// What the portals of this process know of changes.
    followers: Arc<Mutex<Vec<Arc<Changes>>>>,
}

impl Database {
    /// A file in this data directory, which the product creates.
    #[must_use]
    pub fn sqlite(data_dir: &Path) -> Self {
        Self::new(DatabaseUrl::Sqlite(data_dir.join("postern.sqlite")), AnyPoolOptions::new())
    }

    /// A new, empty schema on the test server.
    pub async fn postgres() -> Self {
        let server = postgres_server();
        let schema = format!("test_{}", random_id());
        let create = format!("create schema {schema}");
        Self::new(DatabaseUrl::Postgres(server.clone()), AnyPoolOptions::new()).closing().execute(&create).await;
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
        Self::new(DatabaseUrl::Postgres(url), AnyPoolOptions::new())
    }

    /// A new, empty database on the test server, which the product reaches by this URL: what comes between them may know no schemas.
    pub async fn postgres_by(name: &str, url: String) -> Self {
        let server = postgres_server();
        let create = format!("create database {name}");
        Self::new(DatabaseUrl::Postgres(server), AnyPoolOptions::new()).closing().execute(&create).await;
        Self::new(DatabaseUrl::Postgres(url), AnyPoolOptions::new())
    }

    /// The same database, with a new connection for each statement: none is open when a server is killed, so that the next
    /// one finds what a power failure leaves.
    #[must_use]
    pub fn closing(self) -> Self {
        Self::new(self.url, AnyPoolOptions::new().after_release(|_, _| Box::pin(async { Ok(false) })))
    }

    /// The same database at another URL, such as that of something in between.
    #[must_use]
    pub fn by_way_of(self, url: String) -> Self {
        Self::new(DatabaseUrl::Postgres(url), AnyPoolOptions::new())
    }

    fn new(url: DatabaseUrl, options: AnyPoolOptions) -> Self {
        install_default_drivers();
        let address = address(&url);
        // Without timeouts the pool needs no background task, so that a test of commands needs no runtime.
        let rows = options.max_lifetime(None).idle_timeout(None).connect_lazy(&address).unwrap();
        Self { url, rows, followers: Arc::default() }
    }

    /// The URL, for sqlx.
    #[must_use]
    pub fn address(&self) -> String {
        address(&self.url)
    }

    /// The number that a query returns.
    pub async fn count(&self, sql: &str) -> i64 {
        let row = query_scalar(AssertSqlSafe(sql)).fetch_one(&self.rows).await;
        row.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The texts that a query with one column returns.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = query_scalar(AssertSqlSafe(sql)).fetch_all(&self.rows).await;
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Checks what the database itself promises: that its file is sound, and that no row refers to one that is missing.
    pub async fn check_integrity(&self) {
        if let DatabaseUrl::Sqlite(_) = self.url {
            assert_eq!(self.texts("pragma integrity_check").await, ["ok"]);
            assert!(self.texts("select \"table\" from pragma_foreign_key_check").await.is_empty());
        }
    }

    /// A portal of this process that uses it.
    pub(crate) fn is_followed_by(&self, changes: &Arc<Changes>) {
        self.followers.lock().unwrap().push(Arc::clone(changes));
    }

    /// Lets the portals of this process learn of all changes, as every node does twice a second.
    pub async fn follow(&self) {
        let followers = self.followers.lock().unwrap().clone();
        for changes in followers {
            changes.catch_up().await.unwrap();
        }
    }

    /// Executes a statement, and waits until the portals of this process have learned of it.
    pub async fn execute(&self, sql: &str) {
        self.execute_with(sql, &[]).await;
    }

    /// Executes a statement with texts for `$1` and so on.
    pub async fn execute_with(&self, sql: &str, values: &[&str]) {
        let statement = values.iter().fold(query(AssertSqlSafe(sql)), |statement, value| statement.bind(*value));
        statement.execute(&self.rows).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        self.follow().await;
    }
}

fn address(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

/// The URL of the PostgreSQL server for tests.
#[must_use]
pub fn postgres_server() -> String {
    std::env::var("POSTERN_TEST_POSTGRES_URL")
        .expect("POSTERN_TEST_POSTGRES_URL names a PostgreSQL server; `cargo xtask test` starts one and sets it")
}
