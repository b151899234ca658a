//! Connections to PostgreSQL.

use std::net::IpAddr;
use std::str::FromStr;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{AnyConnection, Executor};

use super::errors::Result;
use super::pools::{CONNECTIONS, PATIENCE, Pools, REPORT_CONNECTIONS};
use super::reports::Reports;
use crate::config::DatabaseUrl;

/// Set on every connection: nobody waits for long behind a lock, a slow statement or a transaction that was left.
const LIMITS: &str = "set lock_timeout = '1s'; set statement_timeout = '10s';
    set idle_in_transaction_session_timeout = '10s'";
/// Also set for reports. From version 14 on, PostgreSQL itself notices that nobody waits for a statement any more.
const REPORT_LIMITS: &str = "set statement_timeout = '6s'; set default_transaction_read_only = on;
    select set_config(name, '250ms', false) from pg_settings where name = 'client_connection_check_interval'";
const READS_ONLY: &str = "select current_setting('transaction_read_only')";

/// Connects to the server.
pub(super) async fn connect(url: &str) -> anyhow::Result<Pools> {
    let native = options_of(url)?;
    let options = AnyConnectOptions::from_str(url)?;
    let pool = || {
        AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .after_connect(|connection, _| Box::pin(async move { connection.execute(LIMITS).await.map(drop) }))
    };
    let write = pool()
        // Instead of the pool's own test, which costs as much.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(can_write(connection)))
        .connect_with(options.clone())
        .await?;
    let read = pool().connect_lazy_with(options);
    let reports = PgPoolOptions::new()
        .max_connections(REPORT_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(LIMITS).await?;
                connection.execute(REPORT_LIMITS).await.map(drop)
            })
        })
        .connect_lazy_with(native);
    Ok(Pools { read, write, reports: Reports::Postgres(reports) })
}

/// Whether PostgreSQL lets a connection write; otherwise the pool closes it, and opens another.
async fn can_write(connection: &mut AnyConnection) -> Result<bool> {
    let reads_only: String = sqlx::query_scalar(READS_ONLY).fetch_one(connection).await?;
    Ok(reads_only == "off")
}

/// sqlx's own error could quote the URL.
fn options_of(url: &str) -> anyhow::Result<PgConnectOptions> {
    PgConnectOptions::from_str(url).map_err(|_| anyhow::anyhow!("the URL cannot be read"))
}

/// Whether somebody between the portal and a PostgreSQL server elsewhere could read the connection: encryption is not required.
/// The URL's `sslmode` decides, or else the environment's `PGSSLMODE`.
///
/// # Errors
/// If the URL cannot be read.
pub fn can_be_overheard(url: &DatabaseUrl) -> anyhow::Result<bool> {
    let DatabaseUrl::Postgres(url) = url else { return Ok(false) };
    let options = options_of(url)?;
    let host = options.get_host();
    let is_here = options.get_socket().is_some()
        || host == "localhost"
        || host.starts_with('/')
        || host.trim_matches(['[', ']']).parse().is_ok_and(|address: IpAddr| address.is_loopback());
    let is_required =
        matches!(options.get_ssl_mode(), PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull);
    Ok(!is_here && !is_required)
}
