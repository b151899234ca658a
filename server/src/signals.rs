//! The signals that end the server.

use std::io::IsTerminal;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

/// Completes at SIGINT or SIGTERM, which from now on do not end the process by themselves. SIGHUP is ignored, as a request to
/// read settings again, unless it says that the terminal is gone.
pub(crate) fn stopped() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut hang_up = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
    let has_terminal = std::io::stderr().is_terminal();
    Ok(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => return,
                _ = hang_up.recv() => {
                    if has_terminal {
                        return;
                    }
                    tracing::warn!("SIGHUP is ignored: settings are read only when the server starts");
                }
            }
        }
    })
}
