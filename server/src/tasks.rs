//! Work that continues even if nobody waits for it. The message of a panic may contain a secret, and `JoinError` shows it, so
//! only this file handles one. The panic hook logs where a panic happened.

use anyhow::anyhow;
use tokio::task::JoinError;
use tracing::Instrument;

/// Runs work that blocks on a thread for it.
///
/// # Errors
/// If it panics, or the server is shutting down.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(without_text)
}

/// Runs work to its end, even if the caller goes away.
///
/// # Errors
/// If it panics, or the server is shutting down.
pub(crate) async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> anyhow::Result<T> {
    tokio::spawn(work.in_current_span()).await.map_err(without_text)
}

fn without_text(error: JoinError) -> anyhow::Error {
    anyhow!(if error.is_panic() { "a task panicked" } else { "a task was cancelled" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_text_of_a_panic_is_no_part_of_the_error() {
        let in_task = to_its_end(async { panic!("my secret") }).await;
        let on_thread = blocking(|| panic!("my {}", "secret")).await;
        for result in [in_task, on_thread] {
            let result: anyhow::Result<()> = result;
            let error = result.unwrap_err();
            let shown = format!("{error} {error:#} {error:?}");
            assert!(shown.contains("panicked") && !shown.contains("secret"), "{shown}");
        }
    }
}
