//! The signals that end the server.

use std::io::IsTerminal;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Does some work, unless a signal comes first. Then it is given up, and what it holds is removed.
pub(crate) async fn until_stopped<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let stopped = stopped()?;
    tokio::select! {
        done = work => done,
        () = stopped => bail!("interrupted; no file was written"),
    }
}

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
