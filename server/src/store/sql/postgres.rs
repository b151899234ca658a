//! Connections to PostgreSQL.

use std::borrow::Cow;
use std::env;
use std::net::IpAddr;
use std::str::FromStr;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{AnyConnection, Connection, Error, Executor};
use url::Url;

use super::changes::EVERYTHING;
use super::errors::Result;
use super::pools::{CONNECTIONS, Dialect, PATIENCE, Pools, REPORT_CONNECTIONS, explained};
use super::reports::Reports;
use crate::config::DatabaseUrl;

/// The statements for PostgreSQL.
const DIALECT: Dialect = Dialect {
    begin: "begin",
    begin_snapshot: "begin isolation level repeatable read read only",
    lock_backups: "select case when pg_try_advisory_xact_lock(hashtextextended('postern backup ' || current_schema(), 0))
        then cast(1 as bigint) else 0 end",
    without_limits: "select set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true),
        set_config('idle_in_transaction_session_timeout', '0', true)",
    columns: "select column_name::text, data_type::text from information_schema.columns
        where table_schema = current_schema() and table_name = $1 order by ordinal_position",
    durability: &[
        ("fsync", "select current_setting('fsync')"),
        ("full_page_writes", "select current_setting('full_page_writes')"),
        ("synchronous_commit", "select current_setting('synchronous_commit')"),
    ],
    skip_locked: "for update of s skip locked",
    // Rows have the number of their transaction, because they are not committed in the order of their own numbers.
    create_changes: "create table if not exists changes (seq bigint generated always as identity primary key,
            subject text not null, transaction bigint not null default pg_current_xact_id()::text::bigint);
        create index if not exists changes_transaction on changes (transaction);",
    create_trigger: |name, event, table, condition, column| {
        format!(
            "create or replace function {name}() returns trigger language plpgsql set search_path from current
                 as $$ begin insert into changes (subject) values ({column}); return null; end $$;
             drop trigger if exists {name} on {table};
             create trigger {name} after {event} on {table} for each row {condition} execute function {name}();"
        )
    },
    watch_truncate: |table| {
        format!(
            "create or replace function {table}_truncated() returns trigger language plpgsql set search_path from current
                 as $$ begin insert into changes (subject) values ('{EVERYTHING}'); return null; end $$;
             drop trigger if exists {table}_truncated on {table};
             create trigger {table}_truncated after truncate on {table}
                 for each statement execute function {table}_truncated();"
        )
    },
    notice_log_outs: "create or replace function sessions_log_out() returns trigger language plpgsql set search_path from current
             as $$ begin update oidc_log_ins set due_at = 0 where session_id = old.id and due_at is null; return null; end $$;
         drop trigger if exists sessions_log_out on sessions;
         create trigger sessions_log_out after delete on sessions for each row execute function sessions_log_out();",
    // A position is a snapshot of a server: rows that were committed after it belong to a later transaction, or to one that was
    // running then. Another server, after a failover, may not have all transactions of the first one: then anything may have changed.
    changes_since: "with here as (select extract(epoch from pg_postmaster_start_time())::text as server),
            place as (select split_part(cast($1 as text), ' ', 1)::pg_snapshot as snapshot,
                split_part(cast($1 as text), ' ', 2) as server),
            new as (select '*' as subject from place, here where place.server <> here.server
                union all select c.subject from changes c
                    where c.transaction >= (select pg_snapshot_xmax(snapshot)::text::bigint from place)
                union all select c.subject from changes c
                    where c.transaction = any (array(select pg_snapshot_xip(snapshot)::text::bigint from place)))
        select new.subject, pg_current_snapshot()::text || ' ' || here.server from here left join new on true",
};
/// Set on every connection: nobody waits for long behind a lock, a slow statement or a transaction that was left open.
const LIMITS: &str = "set lock_timeout = '1s'; set statement_timeout = '10s';
    set idle_in_transaction_session_timeout = '10s'";
/// Also set for reports. From version 14 on, PostgreSQL itself notices that nobody waits for a statement any more.
const REPORT_LIMITS: &str = "set statement_timeout = '6s'; set default_transaction_read_only = on;
    select set_config(name, '250ms', false) from pg_settings where name = 'client_connection_check_interval'";
const NO_TLS: &str = "a PostgreSQL server on another machine must speak TLS with a certificate that can be verified. For a certificate \
                      authority of your own, add sslrootcert=FILE to database.url; in a network where nobody else can listen, such as \
                      a container network, add sslmode=disable";
const READS_ONLY: &str = "select current_setting('transaction_read_only')";

/// Connects to the server.
pub(super) async fn connect(url: &str) -> anyhow::Result<Pools> {
    let url = with_mode(url)?;
    let native = options_of(&url)?;
    let options = AnyConnectOptions::from_str(&url)?;
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
        .await;
    let attempt = async { AnyConnection::connect_with(&options).await.map(drop) };
    let write = explained(write, attempt).await.map_err(with_cure)?;
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
    Ok(Pools { read, write, reports: Reports::Postgres(reports), dialect: &DIALECT })
}

/// Says what to do if a server does not speak TLS, or if its certificate cannot be verified.
fn with_cure(error: Error) -> anyhow::Error {
    let is_tls = matches!(error, Error::Tls(_)) || error.to_string().contains("certificate");
    let error = anyhow::Error::from(error);
    if is_tls { error.context(NO_TLS) } else { error }
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

/// The URL with the `sslmode` that counts: that of the URL, or else the environment's `PGSSLMODE`. Where nobody has chosen one, a server
/// elsewhere must prove who it is, so that nothing falls back to plain text.
fn with_mode(url: &str) -> anyhow::Result<Cow<'_, str>> {
    let mut parsed = Url::parse(url).map_err(|_| anyhow::anyhow!("the URL cannot be read"))?;
    let is_chosen = parsed.query_pairs().any(|(name, _)| name == "sslmode") || env::var_os("PGSSLMODE").is_some();
    if is_chosen || is_here(&options_of(url)?) {
        return Ok(Cow::Borrowed(url));
    }
    parsed.query_pairs_mut().append_pair("sslmode", "verify-full");
    Ok(Cow::Owned(parsed.into()))
}

fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host == "localhost"
        || host.starts_with('/')
        || host.trim_matches(['[', ']']).parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether somebody between the portal and a PostgreSQL server elsewhere could read the traffic: encryption is not required.
///
/// # Errors
/// If the URL cannot be read.
pub fn can_be_overheard(url: &DatabaseUrl) -> anyhow::Result<bool> {
    let DatabaseUrl::Postgres(url) = url else { return Ok(false) };
    let options = options_of(&with_mode(url)?)?;
    let is_required =
        matches!(options.get_ssl_mode(), PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull);
    Ok(!is_here(&options) && !is_required)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_must_prove_who_it_is_unless_somebody_has_chosen_otherwise() {
        for (url, expected) in [
            ("postgres://db.example/p", "postgres://db.example/p?sslmode=verify-full"),
            ("postgres://db/p?application_name=x", "postgres://db/p?application_name=x&sslmode=verify-full"),
            ("postgres://db.example/p#x", "postgres://db.example/p?sslmode=verify-full#x"),
            ("postgres://db.example/p?sslmode=disable", "postgres://db.example/p?sslmode=disable"),
            ("postgres://localhost/p", "postgres://localhost/p"),
            ("postgres://[::1]/p", "postgres://[::1]/p"),
            ("postgres:///p?host=/run/postgresql", "postgres:///p?host=/run/postgresql"),
        ] {
            assert_eq!(with_mode(url).unwrap(), expected);
        }
    }

    #[test]
    fn who_has_no_tls_learns_what_to_do() {
        let error = with_cure(Error::Tls("server does not support TLS".into()));
        assert!(format!("{error:#}").contains("add sslmode=disable"), "{error:#}");
    }
}
