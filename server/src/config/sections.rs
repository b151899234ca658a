//! The settings by section, with their types. A new setting is a field here and a default in `defaults.toml`. The README's
//! table shows the first paragraph of its comment, `postern.example.toml` all of it (`cargo xtask tidy --bless`).

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use lettre::message::Mailbox;
use postern_types::Email;
use serde::Deserialize;
use url::Url;

use super::application::ApplicationSettings;
use super::database_url::DatabaseUrl;
use super::key_source::KeySource;
use super::parse::LogFormat;
use super::parse::{
    address, address_or_none, database, email_or_none, filter, folder, http_url_or_none, issuer, log_format,
    mail_server, mailbox, networks, number, path_or_none,
};
use super::parse::{key_source, product_name, public_url};
use super::public_url::PublicUrl;
use super::smtp_url::SmtpUrl;

/// The validated settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The portal and its place on the network.
    pub server: Server,
    /// The master keys.
    pub keys: Keys,
    /// The database.
    pub database: Database,
    /// How the portal presents itself.
    pub brand: Brand,
    /// How e-mails are sent.
    pub mail: Mail,
    /// One-time codes.
    pub totp: Totp,
    /// How long a log-in lasts.
    pub sessions: Sessions,
    /// How long records are kept.
    pub history: History,
    /// Scheduled backups.
    pub backup: Backup,
    /// The audit log.
    pub audit: Audit,
    /// What a password hash costs.
    pub passwords: Passwords,
    /// The log on standard error.
    pub log: Log,
    /// The metrics for Prometheus.
    pub metrics: Metrics,
    /// Traces for OpenTelemetry.
    pub traces: Traces,
    /// The applications in the settings file.
    #[serde(default, rename = "application")]
    pub applications: Vec<ApplicationSettings>,
    /// Whether `server.public_url` was given, and is not the default.
    #[serde(skip)]
    pub has_public_url: bool,
}

/// The portal and its place on the network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on, without TLS: that is the reverse proxy's job.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Address at which browsers reach the portal: https, or http on localhost. Cookies and the origin check depend on it.
    ///
    /// For example `https://login.example.com`. A path is refused.
    #[serde(deserialize_with = "public_url")]
    pub public_url: PublicUrl,
    /// Addresses and networks of the reverse proxies whose forwarding headers are trusted: a list, or a comma-separated string.
    ///
    /// For example `["127.0.0.1", "10.0.0.0/8"]`. The headers are X-Forwarded-For and Forwarded. Behind a proxy that is not
    /// listed here, all users share one address, and with it one limit for wrong passwords.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Directory of the key file and of the SQLite database, created at the first start.
    #[serde(deserialize_with = "folder")]
    pub data_dir: PathBuf,
}

/// The master keys, which encrypt the secrets in the database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Where the key ring comes from: `file:PATH`, `environment:NAME`, `credential:NAME` (systemd), or `command:PROGRAM ARGUMENT…`,
    /// whose output is read.
    ///
    /// Postern creates and rotates the keys of a file; for the others, docs/operation.md says how.
    #[serde(deserialize_with = "key_source")]
    pub source: KeySource,
}

/// The database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME`. Put a password in the environment: other users can see flags.
    ///
    /// Anyone who can read this file can read a password in it.
    #[serde(deserialize_with = "database")]
    pub url: DatabaseUrl,
}

/// How the portal presents itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Name shown on the screens, 1 to 40 characters.
    #[serde(deserialize_with = "product_name")]
    pub product_name: String,
}

/// How e-mails are sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Mail server: `smtps://USER:PASSWORD@HOST`, or `smtp://USER:PASSWORD@HOST:587` for STARTTLS. Without one, e-mails are
    /// only written to files in `{data_dir}/mail`.
    ///
    /// Put a password in the environment: anyone who can read this file can read it.
    #[serde(deserialize_with = "mail_server")]
    pub url: SmtpUrl,
    /// Sender of the e-mails, such as `Postern <login@example.com>`.
    #[serde(deserialize_with = "mailbox")]
    pub from: Mailbox,
}

/// One-time codes (RFC 6238).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totp {
    /// Name of the entry in authenticator apps, 1 to 30 characters: letters, digits, spaces and `- _ . ( )`.
    #[serde(deserialize_with = "issuer")]
    pub issuer: String,
    /// One-time codes accepted before and after the current one: 0 or 1.
    #[serde(deserialize_with = "number::<0, 1, _, _>")]
    pub window: u8,
}

/// How long a log-in lasts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Seconds without a request after which a session ends, 60 to 86400.
    #[serde(deserialize_with = "number::<60, 86_400, _, _>")]
    pub idle_s: i64,
    /// Seconds after which a session ends in any case, from `idle_s` to 2592000 (30 days).
    #[serde(deserialize_with = "number::<60, 2_592_000, _, _>")]
    pub absolute_s: i64,
}

/// How long records are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// Days for which the login history and the record of administration are kept, 1 to 3650.
    #[serde(deserialize_with = "number::<1, 3650, _, _>")]
    pub days: i64,
}

/// Scheduled backups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Directory for scheduled backups of this portal, and of no other; without one, the server makes none (docs/backup.md).
    ///
    /// For example `/var/backups/postern`. It is created if it does not exist. The key ring is never in these backups.
    #[serde(deserialize_with = "path_or_none")]
    pub folder: Option<PathBuf>,
    /// Hours between scheduled backups, 1 to 720.
    #[serde(deserialize_with = "number::<1, 720, _, _>")]
    pub every_hours: i64,
    /// Number of scheduled backups to keep, 1 to 10000. After each backup, the oldest are removed.
    #[serde(deserialize_with = "number::<1, 10_000, _, _>")]
    pub keep: usize,
}

/// The audit log (docs/audit.md).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Hours between anchors of the audit log, 1 to 720. A server also makes anchors when it starts.
    #[serde(deserialize_with = "number::<1, 720, _, _>")]
    pub anchor_every_hours: i64,
    /// File to which each server appends anchors; without one, anchors are not written to a file.
    ///
    /// Best on a disk to which administrators of the database cannot write.
    #[serde(deserialize_with = "path_or_none")]
    pub anchor_file: Option<PathBuf>,
    /// Local syslog socket to which each server sends anchors, usually `/dev/log`; without one, anchors are not sent to syslog.
    #[serde(deserialize_with = "path_or_none")]
    pub anchor_syslog: Option<PathBuf>,
    /// E-mail address to which anchors are sent, once for all servers; without one, anchors are not sent by e-mail.
    #[serde(deserialize_with = "email_or_none")]
    pub anchor_mail: Option<Email>,
}

/// What a password hash costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// Memory of one password hash (Argon2id) in KiB, 19456 to 1048576.
    #[serde(deserialize_with = "number::<19_456, 1_048_576, _, _>")]
    pub hash_memory_kib: u32,
    /// Passes of one password hash (Argon2id), 2 to 10.
    #[serde(deserialize_with = "number::<2, 10, _, _>")]
    pub hash_iterations: u32,
    /// Password hashes computed at once, 1 to 64; each takes `hash_memory_kib`. The default is the number of cores.
    #[serde(deserialize_with = "number::<1, 64, _, _>")]
    pub hash_concurrency: usize,
}

/// The log on standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Format of the log on standard error: `human` or `json`.
    #[serde(deserialize_with = "log_format")]
    pub format: LogFormat,
    /// What is logged: `off`, `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,postern=debug`.
    #[serde(deserialize_with = "filter")]
    pub level: String,
}

/// The metrics for Prometheus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Address and port at which Prometheus reads `/metrics`, apart from the portal; without one, there is none (docs/metrics.md).
    ///
    /// For example `127.0.0.1:9464`. Whoever reaches it can read it, without TLS and without logging in.
    #[serde(deserialize_with = "address_or_none")]
    pub listen: Option<SocketAddr>,
}

/// Traces for OpenTelemetry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// URL to which traces are sent by OTLP over HTTP; without one, there are none (docs/metrics.md).
    ///
    /// For example `http://127.0.0.1:4318/v1/traces`. For another machine, use https, or a network where nobody else can listen.
    #[serde(deserialize_with = "http_url_or_none")]
    pub endpoint: Option<Url>,
}
