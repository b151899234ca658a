//! Logs on standard error: for a person by default, JSON on request. No secret ever reaches them: secret types have no
//! `Display`, and bodies, cookies and query strings are never logged.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging. `level` is a level or a list of filter directives, such as `info` or `postern=debug,sqlx=warn`.
///
/// # Errors
/// Where `level` cannot be read.
pub fn init(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(level)
        .with_context(|| format!("log_level: {level:?} cannot be read; allowed are error, warn, info, debug, trace, or directives such as postern=debug"))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Human => logs.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}
