//! The line of a section that is always shown: what it is about, and what is in force.

use leptos::prelude::*;

/// The name of a section, and the setting in force.
#[component]
pub(super) fn Summary(
    title: &'static str,
    /// Whether the setting is on.
    on: Signal<bool>,
    /// The setting in a word or two.
    words: Signal<String>,
) -> impl IntoView {
    view! {
        <summary>
            <span>{title}</span>
            " "
            <span class=move || if on.get() { "tag ok" } else { "tag none" }>{words}</span>
        </summary>
    }
}
