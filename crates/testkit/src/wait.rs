//! Waiting for other processes and tasks.

use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How a process ended; `None` if it still runs after this time.
pub(crate) fn end_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        sleep(Duration::from_millis(10));
    }
    None
}

/// How long a test waits for what must come, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until a condition is true.
pub async fn eventually(what: &str, is_so: impl AsyncFnMut() -> bool) {
    within(what, PATIENCE, is_so).await;
}

/// Polls until a condition is true, where the program promises a time.
pub async fn within(what: &str, promised: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < promised, "not within {promised:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
