//! `postern serve`.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::file_applications;
use super::text;
use super::tools::Answer;
use crate::auth::password::PasswordHasher;
use crate::auth::token::Token;
use crate::clock::{Clock, UnixTime};
use crate::config::{Config, DatabaseUrl, ServeSettings};
use crate::http::connections::Limits;
use crate::http::listen::LIMITS;
use crate::http::{bind, listen};
use crate::mail::delivery;
use crate::provider::log_outs;
use crate::state::AppState;
use crate::store::{Db, accounts, can_be_overheard, links, meta};
use crate::traces::export::Traces;
use crate::web::Web;
use crate::{alarms, app, audit, backup, following, housekeeping, keys, logging, metrics_app, tasks};

/// How long a shutdown waits for mails that the mail server is about to accept.
const MAIL_GRACE: Duration = Duration::from_secs(20);

/// The most connections to the listener for metrics.
const METRICS_CONNECTIONS: usize = 16;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) settings: ServeSettings,
}

pub(super) async fn run(config: Config, as_json: bool) -> anyhow::Result<()> {
    let traces = config.traces.endpoint.as_ref().map(Traces::start).transpose()?;
    logging::init(config.log.format, &config.log.level, traces.as_ref())?;
    let served = serve(config, as_json).await;
    if let Some(traces) = traces {
        tasks::blocking(move || traces.finish()).await?;
    }
    served
}

async fn serve(config: Config, as_json: bool) -> anyhow::Result<()> {
    warn_of_settings(&config)?;
    let db = Db::connect(&config.database.url).await?;
    db.migrate(&config.database.url).await?;
    keys::create(&db, &config.keys.source).await?;
    let cipher = keys::open(&db, &config.keys.source).await?;
    let clock = Clock::system();
    let hasher = PasswordHasher::new(
        config.passwords.hash_memory_kib,
        config.passwords.hash_iterations,
        config.passwords.hash_concurrency,
    )?;
    let web = Web::load(&config.brand.product_name, &config.server.public_url)?;
    let listener = bind::bind(config.server.listen, "--listen")?;
    let for_metrics = config.metrics.listen.map(|address| bind::bind(address, "metrics.listen")).transpose()?;
    if let Some(listener) = &for_metrics {
        announce_metrics(listener.local_addr()?);
    }
    let public_url = config.server.public_url.origin().to_owned();
    meta::keep_public_url(&db, &public_url).await?;
    file_applications::take_over(&db, &config, clock.now()).await?;
    if accounts::none_exist(&db).await? {
        offer_first_run(&db, &config, clock.now(), as_json).await?;
    }
    let state = AppState::new(config, db.clone(), clock, cipher, hasher, Arc::new(web))?;
    let following = tokio::spawn(following::run(state.clone()));
    let following_keys = tokio::spawn(keys::follower::run(state.clone()));
    let cleaning = tokio::spawn(housekeeping::run(state.clone()));
    let watching = tokio::spawn(alarms::run(state.clone()));
    let sending = tokio::spawn(delivery::run(state.clone()));
    let announcing = tokio::spawn(log_outs::run(state.clone()));
    let backing_up = tokio::spawn(backup::schedule::run(state.clone()));
    let chaining = tokio::spawn(audit::chaining::run(state.clone()));
    let anchoring = tokio::spawn(audit::anchoring::run(state.clone()));
    let measuring = for_metrics.map(|listener| tokio::spawn(serve_metrics(state.clone(), listener)));
    let served = listen::serve(app(&state), listener, &public_url, &state.config.server.trusted_proxies).await;
    cleaning.abort();
    watching.abort();
    anchoring.abort();
    state.stopping.cancel();
    let _ = following.await;
    let _ = following_keys.await;
    let _ = announcing.await;
    let _ = backing_up.await;
    if let Some(measuring) = measuring {
        let _ = measuring.await;
    }
    // An e-mail that the mail server has not accepted by then is left to the next start: its claim expires by itself.
    if tokio::time::timeout(MAIL_GRACE, sending).await.is_err() {
        tracing::warn!("the mail server has not said whether it accepts an e-mail; the e-mail may be sent twice");
    }
    let _ = chaining.await;
    audit::chaining::finish(&state).await;
    db.close().await;
    served
}

/// Warns of settings with which the portal works, but not as well as it could.
fn warn_of_settings(config: &Config) -> anyhow::Result<()> {
    if can_be_overheard(&config.database.url)? {
        tracing::warn!("{}: {}", config.database.url, text::OVERHEARD);
    }
    match config.server.public_url.passkey_host() {
        None => tracing::warn!("server.public_url: {}", text::NO_PASSKEYS),
        Some(host) if !host.contains('.') && host != "localhost" => {
            tracing::warn!("server.public_url: {}", text::SINGLE_LABEL);
        }
        Some(_) => {}
    }
    Ok(())
}

/// Says where the metrics are, and warns if others than this machine can read them.
fn announce_metrics(address: SocketAddr) {
    tracing::info!("the metrics for Prometheus are at http://{address}/metrics");
    if !address.ip().is_loopback() {
        tracing::warn!(
            "metrics.listen: whoever reaches {address} can read the metrics, without TLS and without logging in"
        );
    }
}

/// Serves the metrics for Prometheus until the server stops.
async fn serve_metrics(state: AppState, listener: TcpListener) {
    let limits = Limits { total: METRICS_CONNECTIONS, ..LIMITS };
    let stopped = state.stopping.clone().cancelled_owned();
    if let Err(error) = listen::serve_until(stopped, metrics_app(&state), listener, limits, &[]).await {
        tracing::error!("the metrics for Prometheus are no longer served: {error:#}");
    }
}

/// Prints the first-run link, since there are no default users (R34). To standard output only, because logs are stored.
async fn offer_first_run(db: &Db, config: &Config, now: UnixTime, as_json: bool) -> anyhow::Result<()> {
    let token = Token::random();
    links::keep_first_run(db, &token.hash(), now).await?;
    tracing::warn!("{}", first_steps(config));
    let link = config.server.public_url.one_time_link(&token);
    Answer::new(text::first_run(&link), json!({"first_run": {"link": link}})).print(as_json);
    Ok(())
}

/// What to do with an empty database.
fn first_steps(config: &Config) -> String {
    let place = place(config);
    format!(
        "the database is empty, so nobody can log in yet. A one-time link for the first run is on standard output; a \
         restart prints a new one. Alternatively, run these commands in another shell\
         {}:\n  \
         postern account add 'My organisation' {place}\n  \
         postern user add you@example.com --account 'My organisation' --admin --active {place}\n  \
         postern account require-2fa 'My organisation' on {place}",
        match config.database.url {
            DatabaseUrl::Postgres(_) => " (with the same database.url, for example in POSTERN_DATABASE__URL)",
            DatabaseUrl::Sqlite(_) => "",
        }
    )
}

/// The flags with which another command uses the same data, quoted for a shell. The URL of a PostgreSQL database may hold a
/// password, so it is left out.
fn place(config: &Config) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let path = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let data_dir = format!("--data-dir {}", quoted(&path(&config.server.data_dir)));
    match &config.database.url {
        DatabaseUrl::Sqlite(file) => format!("{data_dir} --database {}", quoted(&format!("sqlite:{}", path(file)))),
        DatabaseUrl::Postgres(_) => data_dir,
    }
}
