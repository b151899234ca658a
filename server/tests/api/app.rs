//! A portal on a database of its own.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use postern::auth::cipher::Cipher;
use postern::auth::password::PasswordHasher;
use postern::auth::token::random_id;
use postern::clock::Clock;
use postern::config::{Config, DatabaseUrl};
use postern::state::AppState;
use postern::store::users::NewUser;
use postern::store::{Db, accounts, users};
use postern::web::Web;
use postern_types::{Email, Password};
use sqlx::{PgPool, SqlitePool};

use crate::browser::Browser;

/// The first second of a time step (vectors.md, section 3).
pub(crate) const T0: i64 = 1_700_000_010;
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ADA: &str = "ada@example.com";

pub(crate) struct TestApp {
    pub(crate) state: AppState,
    pub(crate) router: Router,
    clock: Arc<AtomicI64>,
    rows: Rows,
    _dir: tempfile::TempDir,
}

/// A look into the database past the product's own code.
enum Rows {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl TestApp {
    pub(crate) async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("postern.sqlite"));
        Self::start(dir, url).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let base = std::env::var("POSTERN_TEST_POSTGRES_URL")
            .expect("POSTERN_TEST_POSTGRES_URL names a PostgreSQL server; `cargo xtask test` starts one and sets it");
        let schema = format!("test_{}", random_id());
        let pool = PgPool::connect(&base).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("create schema {schema}"))).execute(&pool).await.unwrap();
        pool.close().await;
        let separator = if base.contains('?') { '&' } else { '?' };
        let url = format!("{base}{separator}options=-csearch_path%3D{schema}");
        Self::start(tempfile::tempdir().unwrap(), DatabaseUrl::Postgres(url)).await
    }

    async fn start(dir: tempfile::TempDir, url: DatabaseUrl) -> Self {
        let db = Db::connect(&url).await.unwrap();
        db.migrate(&url).await.unwrap();
        let rows = match &url {
            DatabaseUrl::Sqlite(path) => Rows::Sqlite(SqlitePool::connect(&path.to_string_lossy()).await.unwrap()),
            DatabaseUrl::Postgres(url) => Rows::Postgres(PgPool::connect(url).await.unwrap()),
        };
        let clock = Arc::new(AtomicI64::new(T0));
        let config = Config::defaults(dir.path().to_owned(), url);
        let hasher = PasswordHasher::new(64, 1, 2).unwrap();
        let web = Arc::new(Web::load(&config.product_name).unwrap());
        let state = AppState::new(config, db, Clock::manual(Arc::clone(&clock)), Cipher::random(), hasher, web);
        Self { router: postern::app(&state), state, clock, rows, _dir: dir }
    }

    /// Adds an account with one active user; returns the user's id.
    pub(crate) async fn add_user(&self, account: &str, email: &str) -> String {
        let (id, now) = (random_id(), self.now());
        accounts::add(&self.state.db, &random_id(), account, now).await.unwrap();
        let password_hash = &self.state.hasher.hash(&Password::new(PASSWORD.to_owned())).unwrap();
        let email = &Email::parse(email).unwrap();
        let user = NewUser { id: &id, email, name: "", account, admin: false, active: true, password_hash };
        assert_eq!(users::add(&self.state.db, &user, now).await.unwrap(), users::Added::Yes);
        id
    }

    pub(crate) async fn require_two_factor(&self, account: &str) {
        assert!(accounts::require_two_factor(&self.state.db, account, Some(self.now())).await.unwrap());
    }

    /// A user of an account that requires a second factor.
    pub(crate) async fn add_user_who_needs_a_factor(&self, email: &str) -> String {
        let id = self.add_user("Acme", email).await;
        self.require_two_factor("Acme").await;
        id
    }

    /// A user who has set up a second factor; returns the security key. The clock then stands one step later, so that the
    /// current code is fresh.
    pub(crate) async fn add_user_with_factor(&self, email: &str) -> String {
        self.add_user_who_needs_a_factor(email).await;
        let mut browser = self.browser();
        let key = browser.sign_in(email).await.json()["security_key"].as_str().unwrap().to_owned();
        browser.confirm(&self.code(&key)).await.expect(200);
        self.advance(30);
        key
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The code that an authenticator app shows now, from `oathtool`.
    pub(crate) fn code(&self, key: &str) -> String {
        self.code_at(key, self.now())
    }

    pub(crate) fn code_at(&self, key: &str, time: i64) -> String {
        let output = Command::new("oathtool").args(["--totp", "-b", "-N", &format!("@{time}"), key]).output();
        let output = output.expect("oathtool is installed; `cargo xtask setup` does it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Six digits that are wrong now and in both neighbouring steps.
    pub(crate) fn wrong_code(&self, key: &str) -> String {
        let near: Vec<String> = (-2..=2).map(|step| self.code_at(key, self.now() + step * 30)).collect();
        (0..).map(|n| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }

    /// The number that a statement yields.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        match &self.rows {
            Rows::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
            Rows::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
        }
    }

    /// The texts that a statement yields, one column.
    pub(crate) async fn texts(&self, sql: &'static str) -> Vec<String> {
        match &self.rows {
            Rows::Sqlite(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
            Rows::Postgres(pool) => sqlx::query_scalar(sql).fetch_all(pool).await.unwrap(),
        }
    }

    /// Changes the database by hand.
    pub(crate) async fn execute(&self, sql: &'static str) {
        match &self.rows {
            Rows::Sqlite(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
            Rows::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
        }
    }
}
