//! The log on standard error: for people by default, JSON on request. It never holds secrets: secret types have no
//! `Display`, and bodies, cookies and query strings are never logged.

use std::io::{IsTerminal, stderr};
use std::panic::{self, PanicHookInfo};

use anyhow::Context;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::LogFormat;
use crate::traces;
use crate::traces::export::Traces;

/// Starts logging, of panics too. `level` is a level or a list of filter directives, such as `info,postern=debug`. Spans go to `traces`
/// alone.
///
/// # Errors
/// If `level` is invalid.
pub fn init(format: LogFormat, level: &str, traces: Option<&Traces>) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).context("log.level is invalid")?;
    // It logs what clients send. Refused passkeys are in the login history.
    let filter = filter.add_directive("webauthn_rs_core=off".parse()?);
    let filter = filter.add_directive(format!("{}=off", traces::TARGET).parse()?);
    // What PostgreSQL says about tables that are there already.
    let filter = filter.add_directive("sqlx::postgres::notice=warn".parse()?);
    // The reader of the log may be gone; a line that cannot be written must not fail a request.
    let lines = tracing_subscriber::fmt::layer().with_writer(stderr).log_internal_errors(false);
    let lines = match format {
        LogFormat::Human => lines.with_ansi(stderr().is_terminal()).with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    tracing_subscriber::registry().with(lines).with(traces.map(Traces::layer)).init();
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs where a panic happened, without its message, which may hold a secret value.
pub(crate) fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "panic: this is a bug");
}
