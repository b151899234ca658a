//! A countdown in seconds.

use std::time::Duration;

use leptos::prelude::*;

use crate::text;

/// Shows how long to wait and counts down. Screen readers announce it once.
#[component]
pub(crate) fn Countdown(seconds: u32) -> impl IntoView {
    let left = RwSignal::new(seconds);
    let tick = move || left.update(|left| *left = left.saturating_sub(1));
    if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || timer.clear());
    }
    view! {
        <span class="unseen">{text::wait(seconds)}</span>
        <span aria-hidden="true">{move || text::countdown(left.get())}</span>
    }
}
