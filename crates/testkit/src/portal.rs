//! A portal inside the test's process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use postern::auth::cipher::Cipher;
use postern::auth::password::PasswordHasher;
use postern::clock::Clock;
use postern::config::Config;
use postern::keys;
use postern::state::AppState;
use postern::store::Db;
use postern::web::Web;
use tempfile::TempDir;

use crate::authenticator;
use crate::browser::Browser;
use crate::database::Database;

/// The time at which a portal's clock starts: the first second of a time step (RFC 6238).
pub const T0: i64 = 1_700_000_010;

/// The real router with its own database, and a clock that stands still until the test moves it.
#[derive(Clone, Debug)]
pub struct Portal {
    /// The state of the handlers.
    pub state: AppState,
    /// All routes.
    pub router: Router,
    /// The rows.
    pub database: Database,
    clock: Arc<AtomicI64>,
    _dir: Arc<TempDir>,
}

impl Portal {
    /// A portal on SQLite, in a directory that is removed with it.
    pub async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::sqlite(dir.path());
        Self::start(dir, database).await
    }

    /// A portal on PostgreSQL, in its own schema.
    pub async fn on_postgres() -> Self {
        Self::start(tempfile::tempdir().unwrap(), Database::postgres().await).await
    }

    async fn start(dir: TempDir, database: Database) -> Self {
        Db::connect(&database.url).await.unwrap().migrate(&database.url).await.unwrap();
        let config = Config::defaults(dir.path().to_owned(), database.url.clone());
        let db = Db::connect(&database.url).await.unwrap();
        keys::create(&db, &config.keys.source).await.unwrap();
        let cipher = keys::open(&db, &config.keys.source).await.unwrap();
        db.close().await;
        // A hash that costs very little.
        let hasher = PasswordHasher::new(64, 1, 2).unwrap();
        let clock = Arc::new(AtomicI64::new(T0));
        let state = state(config, &clock, cipher, hasher).await;
        database.is_followed_by(state.db.changes());
        Self { router: postern::app(&state), state, database, clock, _dir: Arc::new(dir) }
    }

    /// Another portal on the same database, with the same key and clock: a second node, or this one after a restart.
    pub async fn node(&self) -> Self {
        self.node_with(|_| {}).await
    }

    /// The same, with other settings.
    pub async fn node_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.state.config.clone();
        change(&mut config);
        self.another(config, self.key().await, self.state.hasher.clone()).await
    }

    /// The same, with another master key.
    pub async fn node_with_another_key(&self) -> Self {
        self.another(self.state.config.clone(), Cipher::random(), self.state.hasher.clone()).await
    }

    /// The same, with another password hasher.
    pub async fn node_with_hasher(&self, hasher: PasswordHasher) -> Self {
        self.another(self.state.config.clone(), self.key().await, hasher).await
    }

    async fn another(&self, config: Config, cipher: Cipher, hasher: PasswordHasher) -> Self {
        let state = state(config, &self.clock, cipher, hasher).await;
        self.database.is_followed_by(state.db.changes());
        Self { router: postern::app(&state), state, ..self.clone() }
    }

    async fn key(&self) -> Cipher {
        keys::open(&self.state.db, &self.state.config.keys.source).await.unwrap()
    }

    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// What the clock shows, in unix seconds. All nodes share it.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Moves the clock by this many seconds.
    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Moves the clock second by second, while all nodes follow what changes, as running ones do.
    pub async fn pass(&self, seconds: i64) {
        for _ in 0..seconds {
            self.advance(1);
            self.database.follow().await;
        }
    }

    /// Sets the clock to a unix time.
    pub fn set_clock(&self, time: i64) {
        self.clock.store(time, Ordering::SeqCst);
    }

    /// The code that an authenticator app shows now.
    #[must_use]
    pub fn code(&self, key: &str) -> String {
        authenticator::code_at(key, self.now())
    }

    /// Six digits that are wrong now, and three steps before and after it.
    #[must_use]
    pub fn wrong_code(&self, key: &str) -> String {
        authenticator::wrong_code_at(key, self.now())
    }
}

async fn state(config: Config, clock: &Arc<AtomicI64>, cipher: Cipher, hasher: PasswordHasher) -> AppState {
    let db = Db::connect(&config.database.url).await.unwrap();
    let web = Arc::new(Web::load(&config.brand.product_name, &config.server.public_url).unwrap());
    AppState::new(config, db, Clock::manual(Arc::clone(clock)), cipher, hasher, web).unwrap()
}
