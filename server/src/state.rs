//! What every request needs, created once at start.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use postern_types::Email;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::addresses::ClientAddress;
use crate::auth::cipher::Cipher;
use crate::auth::passkey::RelyingParty;
use crate::auth::password::PasswordHasher;
use crate::clock::{Clock, UnixTime};
use crate::config::Config;
use crate::ids::UserId;
use crate::mail::transport::Mailer;
use crate::mail::{Mail, Queued};
use crate::metrics::Metrics;
use crate::provider::complaints::Complaints;
use crate::sparing::Sparing;
use crate::store::Db;
use crate::store::known_applications::KnownApplications;
use crate::store::known_keys::KnownKeys;
use crate::store::live_sessions::LiveSessions;
use crate::web::Web;

/// A handle to the parts of the portal; cloning is cheap.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Parts>);

/// The parts of a running portal.
#[derive(Debug)]
pub struct Parts {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Who is logged in.
    pub sessions: LiveSessions,
    /// The applications behind the portal.
    pub applications: KnownApplications,
    /// The keys that sign tokens.
    pub keys: KnownKeys,
    /// What the log has said of requests of clients.
    pub complaints: Complaints,
    /// What the log has said of refused requests: by address, user and reason.
    pub refusals: Sparing<(ClientAddress, Option<UserId>, String)>,
    /// Held while the first of them are made.
    pub making_keys: Mutex<()>,
    /// The metrics for Prometheus.
    pub metrics: Metrics,
    /// The clock.
    pub clock: Clock,
    /// The master keys.
    pub cipher: Cipher,
    /// The password hasher.
    pub hasher: PasswordHasher,
    /// The browser app.
    pub web: Arc<Web>,
    /// The portal as authenticators see it; `None` at an address where browsers allow no passkeys.
    pub passkeys: Option<RelyingParty>,
    /// Sends e-mails.
    pub mailer: Mailer,
    /// Cancelled when the server shuts down.
    pub stopping: CancellationToken,
    /// When the database last accepted a write. Requests that need to know wait for the one that is trying.
    pub wrote_at: Mutex<Option<UnixTime>>,
    /// Whether this process has seen an audit log. It never begins another one.
    pub has_audit_log: AtomicBool,
    /// Whether a missing `server.trusted_proxies` was already reported.
    pub proxy_warned: AtomicBool,
    /// Whether the log has said that an untrusted peer sends checks of requests to applications.
    pub untrusted_proxy_warned: AtomicBool,
    /// Whether the log has said that a page of another origin was refused.
    pub origin_warned: AtomicBool,
}

impl AppState {
    /// Puts the parts together.
    ///
    /// # Errors
    /// If the mail settings cannot be used.
    pub fn new(
        config: Config,
        db: Db,
        clock: Clock,
        cipher: Cipher,
        hasher: PasswordHasher,
        web: Arc<Web>,
    ) -> anyhow::Result<Self> {
        db.follow_changes(clock.clone());
        Ok(Self(Arc::new(Parts {
            sessions: LiveSessions::new(db.clone(), config.sessions.idle_s),
            applications: KnownApplications::new(db.clone()),
            keys: KnownKeys::new(db.clone()),
            complaints: Complaints::default(),
            refusals: Sparing::default(),
            making_keys: Mutex::default(),
            metrics: Metrics::new(clock.now(), db.counted()),
            passkeys: RelyingParty::new(&config.server.public_url, &config.totp.issuer),
            mailer: Mailer::new(&config)?,
            stopping: CancellationToken::new(),
            wrote_at: Mutex::default(),
            has_audit_log: AtomicBool::new(false),
            proxy_warned: AtomicBool::new(false),
            untrusted_proxy_warned: AtomicBool::new(false),
            origin_warned: AtomicBool::new(false),
            config,
            db,
            clock,
            cipher,
            hasher,
            web,
        })))
    }
}

impl AppState {
    /// Seals an e-mail for the outbox.
    #[must_use]
    pub fn mail(&self, to: &Email, mail: &Mail) -> Queued {
        Queued::new(&self.cipher, to, mail, self.clock.now())
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
