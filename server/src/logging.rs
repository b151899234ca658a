//! The log on standard error: for people by default, JSON on request. It never holds secrets: secret types have no
//! `Display`, and bodies, cookies and query strings are never logged.

use std::io::{IsTerminal, stderr};
use std::panic::{self, PanicHookInfo};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging, of panics too. `level` is a level or a list of filter directives, such as `info,postern=debug`.
///
/// # Errors
/// If `level` is invalid.
pub fn init(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).context("log.level is invalid")?;
    // It logs what clients send. Refused passkeys are in the login history.
    let filter = filter.add_directive("webauthn_rs_core=off".parse()?);
    // What PostgreSQL says about tables that are there already.
    let filter = filter.add_directive("sqlx::postgres::notice=warn".parse()?);
    // The reader of the log may be gone; a line that cannot be written must not fail a request.
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).log_internal_errors(false);
    match format {
        LogFormat::Human => logs.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs where a panic happened, without its message, which may hold a secret value.
pub(crate) fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "panic: this is a bug");
}
