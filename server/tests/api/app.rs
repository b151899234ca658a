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
use postern::mail::Mail;
use postern::state::AppState;
use postern::store::users::NewUser;
use postern::store::{Db, accounts, users};
use postern::web::Web;
use postern_types::{Email, Password, route};
use sqlx::{PgPool, SqlitePool};

use crate::browser::Browser;

/// The first second of a time step (vectors.md, section 3).
pub(crate) const T0: i64 = 1_700_000_010;
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ADA: &str = "ada@example.com";
/// A secret whose codes are known beforehand (vectors.md, section 3), and its security key.
pub(crate) const S1: &[u8] = b"12345678901234567890";
pub(crate) const S1_KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

pub(crate) struct TestApp {
    pub(crate) state: AppState,
    pub(crate) router: Router,
    clock: Arc<AtomicI64>,
    rows: Rows,
    dir: Arc<tempfile::TempDir>,
}

/// An administrator who is logged in.
pub(crate) struct Admin {
    pub(crate) browser: Browser,
    pub(crate) id: String,
    /// Id of the account.
    pub(crate) account: String,
}

impl Admin {
    /// A path of the account.
    pub(crate) fn path(&self, path: &str) -> String {
        route::fill(path, &[&self.account])
    }

    /// A path of one of the account's users.
    pub(crate) fn user_path(&self, path: &str, user_id: &str) -> String {
        route::fill(path, &[&self.account, user_id])
    }
}

async fn accounts_by_name(app: &TestApp) -> Vec<(String, String)> {
    let names = app.texts("select name from accounts order by id").await;
    names.into_iter().zip(app.texts("select id from accounts order by id").await).collect()
}

/// A look into the database past the product's own code.
#[derive(Clone)]
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
        Db::connect(&url).await.unwrap().migrate(&url).await.unwrap();
        let rows = match &url {
            DatabaseUrl::Sqlite(path) => Rows::Sqlite(SqlitePool::connect(&path.to_string_lossy()).await.unwrap()),
            DatabaseUrl::Postgres(url) => Rows::Postgres(PgPool::connect(url).await.unwrap()),
        };
        let clock = Arc::new(AtomicI64::new(T0));
        let config = Config::defaults(dir.path().to_owned(), url);
        let cipher = Cipher::create(&config.key_file()).unwrap();
        Self::new(config, cipher, cheap_hasher(), clock, rows, Arc::new(dir)).await
    }

    async fn new(
        config: Config,
        cipher: Cipher,
        hasher: PasswordHasher,
        clock: Arc<AtomicI64>,
        rows: Rows,
        dir: Arc<tempfile::TempDir>,
    ) -> Self {
        let db = Db::connect(&config.database.url).await.unwrap();
        let web = Arc::new(Web::load(&config.brand.product_name).unwrap());
        let state = AppState::new(config, db, Clock::manual(Arc::clone(&clock)), cipher, hasher, web).unwrap();
        Self { router: postern::app(&state), state, clock, rows, dir }
    }

    /// Another process on the same database, with the same key and clock: a second node, or this one after a restart.
    pub(crate) async fn node(&self) -> Self {
        self.node_with(|_| {}).await
    }

    /// Such a process with other settings.
    pub(crate) async fn node_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.state.config.clone();
        change(&mut config);
        let cipher = Cipher::load(&config.key_file()).unwrap().unwrap();
        self.another(config, cipher, self.state.hasher.clone()).await
    }

    /// Such a process with another master key.
    pub(crate) async fn node_with_another_key(&self) -> Self {
        self.another(self.state.config.clone(), Cipher::random(), self.state.hasher.clone()).await
    }

    /// Such a process with another password hasher.
    pub(crate) async fn node_with_hasher(&self, hasher: PasswordHasher) -> Self {
        let cipher = Cipher::load(&self.state.config.key_file()).unwrap().unwrap();
        self.another(self.state.config.clone(), cipher, hasher).await
    }

    async fn another(&self, config: Config, cipher: Cipher, hasher: PasswordHasher) -> Self {
        Self::new(config, cipher, hasher, Arc::clone(&self.clock), self.rows.clone(), Arc::clone(&self.dir)).await
    }

    /// Adds an account with one active user; returns the user's id.
    pub(crate) async fn add_user(&self, account: &str, email: &str) -> String {
        self.add_user_with_password(account, email, PASSWORD).await
    }

    pub(crate) async fn add_user_with_password(&self, account: &str, email: &str, password: &str) -> String {
        let (id, now) = (random_id(), self.now());
        accounts::add(&self.state.db, &random_id(), account, now).await.unwrap();
        let password_hash = &self.state.hasher.hash(&Password::new(password.to_owned())).unwrap();
        let email = &Email::parse(email).unwrap();
        let user =
            NewUser { id: &id, email, name: "", account, admin: false, active: true, password_hash, temporary: false };
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

    /// A user whose second factor has this secret; no code of it was used yet.
    pub(crate) async fn add_user_with_secret(&self, email: &str, secret: &[u8]) -> String {
        let id = self.add_user_who_needs_a_factor(email).await;
        self.give_factor(&id, secret).await;
        id
    }

    /// Gives a user of the account the administrator role.
    pub(crate) async fn make_admin(&self, user_id: &str) {
        self.execute_with("update memberships set admin_since = 1 where user_id = $1", &[user_id]).await;
    }

    /// Makes a user a member of a further account, which is added where there is none.
    pub(crate) async fn join(&self, account: &str, user_id: &str) {
        accounts::add(&self.state.db, &random_id(), account, self.now()).await.unwrap();
        let join =
            "insert into memberships (account_id, user_id, created_at) select id, $2, 1 from accounts where name = $1";
        self.execute_with(join, &[account, user_id]).await;
    }

    /// Gives a user a second factor with this secret; no code of it was used yet.
    pub(crate) async fn give_factor(&self, user_id: &str, secret: &[u8]) {
        let sealed = self.state.cipher.seal(secret, &format!("totp:{user_id}"));
        let factor = "insert into totp_factors
            (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step)
            values ($1, $2, 'SHA1', 6, 30, 1, 0)";
        self.execute_with(factor, &[user_id, sealed.as_str()]).await;
        self.execute_with("update users set two_factor_since = 1 where id = $1", &[user_id]).await;
    }

    /// The id of an account.
    pub(crate) async fn account_id(&self, name: &str) -> String {
        let all = accounts_by_name(self).await;
        all.into_iter().find(|(it, _)| it == name).unwrap().1
    }

    /// An administrator with a second factor (secret `S1`), logged in just now; the clock then stands one step later.
    pub(crate) async fn admin(&self, account: &str, email: &str) -> Admin {
        let id = self.add_user(account, email).await;
        self.make_admin(&id).await;
        self.give_factor(&id, S1).await;
        let mut browser = self.ticket(email).await;
        browser.code(&self.code(S1_KEY)).await.expect(200);
        self.advance(30);
        Admin { browser, id, account: self.account_id(account).await }
    }

    /// A browser that has shown the password of a user with a second factor.
    pub(crate) async fn ticket(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        assert_eq!(browser.sign_in(email).await.expect(200).step(), "code");
        browser
    }

    /// What `postern user lock` does.
    pub(crate) async fn lock(&self, email: &str) {
        assert!(users::lock(&self.state.db, &Email::parse(email).unwrap(), self.now()).await.unwrap());
    }

    /// What `postern user unlock` does.
    pub(crate) async fn unlock(&self, email: &str) {
        assert!(users::unlock(&self.state.db, &Email::parse(email).unwrap()).await.unwrap());
    }

    /// What `postern user reset-2fa` does.
    pub(crate) async fn reset(&self, email: &str) {
        let email = Email::parse(email).unwrap();
        let told = self.state.mail(&email, &Mail::TwoFactorReset { by: "x".to_owned(), at: self.now() });
        assert!(users::reset_two_factor(&self.state.db, &email, &told).await.unwrap());
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

    pub(crate) fn set_clock(&self, time: i64) {
        self.clock.store(time, Ordering::SeqCst);
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
        self.execute_with(sql, &[]).await;
    }

    /// Changes the database by hand, with texts for `$1` and so on.
    pub(crate) async fn execute_with(&self, sql: &'static str, values: &[&str]) {
        match &self.rows {
            Rows::Sqlite(pool) => {
                let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value));
                query.execute(pool).await.unwrap();
            }
            Rows::Postgres(pool) => {
                let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value));
                query.execute(pool).await.unwrap();
            }
        }
    }

    /// How many results of this kind the log-in history holds.
    pub(crate) async fn results(&self, result: &str) -> usize {
        let all = self.texts("select result from login_history").await;
        all.iter().filter(|entry| *entry == result).count()
    }
}

/// A hash that costs next to nothing.
fn cheap_hasher() -> PasswordHasher {
    PasswordHasher::new(64, 1, 2).unwrap()
}
