//! When a log-in expires: shown from the start, and announced again shortly before (WCAG 2.2.1).

use std::time::Duration;

use leptos::prelude::*;
use postern_types::Rfc3339;

use crate::{clock, text};

/// How long before the end it is announced.
const NOTICE_MS: f64 = 120_000.0;
/// The server is asked a little after the end, so that the log-in has expired there, too.
const GRACE_MS: f64 = 2_000.0;

/// The time left, by the server's clock and not the browser's.
#[component]
pub(crate) fn TimeLeft(expires_at: Rfc3339, on_end: Callback<()>) -> impl IntoView {
    let until = clock::time_of_day(&expires_at);
    let left_ms = clock::ms_until(&expires_at).max(0.0);
    let nearly_over = RwSignal::new(false);
    after(left_ms - NOTICE_MS, move || nearly_over.set(true));
    after(left_ms + GRACE_MS, move || on_end.run(()));
    let words = move || if nearly_over.get() { text::little_time_left(&until) } else { text::time_left(&until) };
    view! { <p class="time-left soft" role="status">{words}</p> }
}

/// Runs `then` after a time, unless the screen is gone by then.
fn after(ms: f64, then: impl FnOnce() + 'static) {
    if let Ok(timer) = set_timeout_with_handle(then, Duration::from_secs_f64(ms.max(0.0) / 1000.0)) {
        on_cleanup(move || timer.clear());
    }
}
