//! Settings: from a flag, else the environment, else a TOML file, else the default. An unknown name or an impossible value
//! stops the start, with the name, where it came from and what is allowed.
//!
//! Must never repeat a value in an error: a database URL may hold a password.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use ipnet::IpNet;

mod database_url;
mod flags;
mod parse;
mod public_url;
mod sources;

pub use database_url::DatabaseUrl;
pub use flags::{ConfigArgs, ServeSettings};
pub use parse::LogFormat;
pub use public_url::PublicUrl;
pub use sources::load;

use lettre::message::Mailbox;
use parse::{address, filter, folder, issuer, mailbox, networks, number, product_name};
use sources::Values;

use crate::mail::SmtpUrl;

/// One row of the table from which environment variables, keys of the file and of `--set`, and the README's table come.
#[derive(Debug)]
struct Setting {
    /// The key in the file and of `--set`. The environment variable is in capitals behind `POSTERN_`.
    name: &'static str,
    /// What it means, with its unit and range.
    meaning: &'static str,
    /// The field's type; for a `Vec` the file may hold a list.
    type_name: &'static str,
    /// Text of the default, in which `{data_dir}`, `{cores}` and the `{port}` of `listen` are filled in.
    default: &'static str,
}

/// Declares the settings. A new one is one entry here: meaning, name, type, default, and how its text is read.
macro_rules! settings {
    ($( $(#[doc = $meaning:literal])+ $name:ident: $type:ty = $default:literal, $parse:expr; )+) => {
        /// The settings, each of them checked.
        #[derive(Clone, Debug)]
        pub struct Config {
            $( $(#[doc = $meaning])+ pub $name: $type, )+
        }

        const SETTINGS: &[Setting] = &[$(
            Setting {
                name: stringify!($name),
                meaning: concat!($($meaning),+),
                type_name: stringify!($type),
                default: $default,
            },
        )+];

        impl Config {
            fn read(values: &Values) -> anyhow::Result<Self> {
                let config = Self { $( $name: values.read(stringify!($name), $parse)?, )+ };
                config.check_together(values)?;
                Ok(config)
            }
        }
    };
}

settings! {
    /// Address and port to listen on, without TLS, which is the reverse proxy's job.
    listen: SocketAddr = "127.0.0.1:8080", address;
    /// Address at which browsers reach the portal: https, or http on localhost. Cookies and the check of origins follow it.
    public_url: PublicUrl = "http://localhost:{port}", PublicUrl::parse;
    /// Folder of the key file and of the SQLite database, made at the first start.
    data_dir: PathBuf = "postern-data", folder;
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. A password belongs in the environment: others can see flags.
    database: DatabaseUrl = "sqlite:{data_dir}/postern.sqlite", DatabaseUrl::parse;
    /// Name on the screens, 1 to 40 characters.
    product_name: String = "Postern", product_name;
    /// Name of the entry in authenticator apps, 1 to 30 characters: letters, digits, blanks and `- _ . ( )`.
    issuer: String = "Postern", issuer;
    /// Addresses and networks of reverse proxies whose forwarding headers are believed, separated by commas.
    trusted_proxies: Vec<IpNet> = "", networks;
    /// Mail server: `smtps://USER:PASSWORD@HOST`, or `smtp://USER:PASSWORD@HOST:587` for STARTTLS. Without one, mails are only written as files into `{data_dir}/mail`.
    smtp_url: SmtpUrl = "", SmtpUrl::parse;
    /// Sender of the mails, such as `Postern <login@example.com>`.
    mail_from: Mailbox = "Postern <postern@localhost>", mailbox;
    /// One-time codes accepted before and after the current one: 0 or 1.
    totp_window: u8 = "1", |text| number(text, 0..=1);
    /// Seconds without a request after which a session ends, 60 to 86400.
    session_idle: i64 = "3600", |text| number(text, 60..=86_400);
    /// Seconds after which a session ends in any case, from `session_idle` to 2592000 (30 days).
    session_absolute: i64 = "86400", |text| number(text, 60..=2_592_000);
    /// Days for which the login history and the record of administration are kept, 1 to 3650.
    history_days: i64 = "30", |text| number(text, 1..=3650);
    /// Memory of one password hash (Argon2id) in KiB, 19456 to 1048576.
    password_hash_memory_kib: u32 = "19456", |text| number(text, 19_456..=1_048_576);
    /// Passes of one password hash (Argon2id), 2 to 10.
    password_hash_iterations: u32 = "2", |text| number(text, 2..=10);
    /// Password hashes that run at once, 1 to 64; each takes `password_hash_memory_kib`.
    hash_concurrency: usize = "{cores}", |text| number(text, 1..=64);
    /// Form of the log on standard error: `human` or `json`.
    log_format: LogFormat = "human", LogFormat::parse;
    /// What is logged: `off`, `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,postern=debug`.
    log_level: String = "info", filter;
}

impl Config {
    /// The defaults, for this database.
    ///
    /// # Panics
    /// Never: a test holds that the defaults are valid.
    #[must_use]
    pub fn defaults(data_dir: PathBuf, database: DatabaseUrl) -> Self {
        Self { data_dir, database, ..Self::read(&Values::default()).expect("the defaults are valid") }
    }

    /// The file of the master key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("postern.key")
    }

    /// What no setting shows alone.
    fn check_together(&self, values: &Values) -> anyhow::Result<()> {
        let (idle, absolute) = (self.session_idle, self.session_absolute);
        ensure!(
            idle <= absolute,
            "{}: must be at least session_idle, which is {idle}",
            values.whence("session_absolute")
        );
        Ok(())
    }
}

impl Setting {
    fn named(name: &str) -> anyhow::Result<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name).with_context(|| {
            let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
            format!("there is no such setting; the settings are {}", names.join(", "))
        })
    }

    fn variable(&self) -> String {
        format!("POSTERN_{}", self.name.to_ascii_uppercase())
    }
}

/// The table of settings for the README, in Markdown.
#[must_use]
pub fn config_table() -> String {
    let row = |setting: &Setting| {
        let Setting { name, default, meaning, .. } = setting;
        let default = if default.is_empty() { "none".to_owned() } else { format!("`{default}`") };
        format!("| `{name}` | `{}` | {default} | {} |\n", setting.variable(), meaning.trim())
    };
    let head = "| Setting | Environment | Default | Meaning |\n|---|---|---|---|\n".to_owned();
    head + &SETTINGS.iter().map(row).collect::<String>()
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
