//! A countdown in seconds.

use std::time::Duration;

use leptos::prelude::*;

/// Says how long something still takes, every second. Screen readers announce it once.
#[component]
pub(crate) fn Countdown(
    seconds: u32,
    /// What is announced, given the seconds at the start.
    said: fn(u32) -> String,
    /// What is shown, given the seconds that are left.
    shown: fn(u32) -> String,
) -> impl IntoView {
    let left = RwSignal::new(seconds);
    let tick = move || left.update(|left| *left = left.saturating_sub(1));
    if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || timer.clear());
    }
    view! {
        <span class="unseen">{said(seconds)}</span>
        <span aria-hidden="true">{move || shown(left.get())}</span>
    }
}
