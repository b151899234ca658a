//! What the commands work with, and what they print.

use serde_json::Value;

use crate::auth::password::PasswordHasher;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Db;

/// What a command prints: for a person, and with `--json` for a program.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Value,
}

impl Answer {
    pub(super) const fn new(text: String, json: Value) -> Self {
        Self { text, json }
    }
}

/// What the commands work with.
pub(super) struct Tools {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) config: Config,
}

impl Tools {
    /// Opens the configured database and brings its schema up to date.
    pub(super) async fn open(config: Config) -> anyhow::Result<Self> {
        let db = Db::connect(&config.database.url).await?;
        db.migrate(&config.database.url).await?;
        Ok(Self { db, clock: Clock::system(), config })
    }

    pub(super) fn hasher(&self) -> anyhow::Result<PasswordHasher> {
        let config = &self.config;
        PasswordHasher::new(config.passwords.hash_memory_kib, config.passwords.hash_iterations, 1)
    }
}
