//! Logs on standard error: for a person by default, JSON on request. No secret ever reaches them: secret types have no
//! `Display`, and bodies, cookies and query strings are never logged.

use std::io::{IsTerminal, stderr};
use std::panic::{self, PanicHookInfo};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging, of panics too. `level` is a level or a list of filter directives, such as `info,postern=debug`.
///
/// # Errors
/// Where `level` cannot be read.
pub fn init(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level).context("log.level cannot be read")?;
    // Whoever reads the log may have gone; a line that nobody reads must not end a request.
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).log_internal_errors(false);
    match format {
        LogFormat::Human => logs.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Logs where a panic happened. Its message is left out: it may show the value that nobody expected.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "this must not happen: the program has a fault");
}
