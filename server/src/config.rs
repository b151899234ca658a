//! Settings: from a flag, else the environment, else a TOML file, else `config/defaults.toml`. The sources are merged into
//! one TOML table, which is then parsed into types once. An unknown name or an invalid value prevents the start; the error
//! says the name, its source and what is allowed.
//!
//! An error must never repeat a value: a database URL may hold a password.

use std::path::PathBuf;

use anyhow::{anyhow, ensure};

use crate::applications::OF_PORTAL;

mod application;
mod chosen;
mod database_url;
mod flags;
mod given;
mod host;
mod key_source;
mod names;
mod parse;
mod public_url;
mod sections;
mod smtp_url;
mod sources;

pub use application::ApplicationSettings;
pub use chosen::Chosen;
pub use database_url::DatabaseUrl;
pub use flags::{ConfigArgs, GENERAL, ServeSettings};
pub use key_source::KeySource;
pub use parse::LogFormat;
pub use public_url::PublicUrl;
pub use sections::{
    Audit, Backup, Brand, Config, Database, History, Keys, Log, Mail, Metrics, Passwords, Server, Sessions, Totp,
};
pub use smtp_url::{MailServer, MailTls, SmtpUrl};
pub use sources::{USUAL_FILE, load};

use given::Given;

impl Config {
    /// The default settings for this data directory and database.
    ///
    /// # Panics
    /// Never: a test checks that the defaults are valid.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test holds that the defaults are valid")]
    pub fn defaults(data_dir: PathBuf, database: DatabaseUrl) -> Self {
        let mut config = Self::read(&Given::default()).expect("the defaults are valid");
        config.keys.source = KeySource::File(data_dir.join("postern.key"));
        config.server.data_dir = data_dir;
        config.database.url = database;
        config
    }

    fn read(given: &Given) -> anyhow::Result<Self> {
        let mut config: Self = serde_path_to_error::deserialize(given.with_defaults())
            .map_err(|error| anyhow!("{}: {}", given.origin(&error.path().to_string()), error.inner().message()))?;
        config.has_public_url = given.has("server.public_url");
        config.check_together(given)?;
        Ok(config)
    }

    /// Checks that involve more than one setting.
    fn check_together(&self, given: &Given) -> anyhow::Result<()> {
        let Sessions { idle_s, absolute_s } = self.sessions;
        ensure!(
            idle_s <= absolute_s,
            "{}: must be at least {}, which is {idle_s}",
            given.origin("sessions.absolute_s"),
            given.name("sessions.idle_s")
        );
        let listen = self.server.listen;
        ensure!(
            listen.port() == 0 || self.metrics.listen != Some(listen),
            "{}: must be another address or port than {}, which is {listen}",
            given.origin("metrics.listen"),
            given.name("server.listen")
        );
        self.check_applications(given)
    }

    /// No two applications share a name or a host, and none has the portal's host.
    fn check_applications(&self, given: &Given) -> anyhow::Result<()> {
        for (index, application) in self.applications.iter().enumerate() {
            let origin = |key: &str| given.origin(&format!("application[{index}].{key}"));
            let earlier = &self.applications[..index];
            ensure!(
                earlier.iter().all(|other| other.name != application.name),
                "{}: another application has this name",
                origin("name")
            );
            ensure!(
                earlier.iter().all(|other| other.url.origin().host() != application.url.origin().host()),
                "{}: another application has this host; each application needs its own host name",
                origin("url")
            );
            ensure!(
                application.url.origin().host() != self.server.public_url.host().to_string(),
                "{}: {OF_PORTAL}",
                origin("url")
            );
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "config/names_tests.rs"]
mod names_tests;
#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
