//! The main button of a form.

use leptos::prelude::*;

/// Both labels lie in one place and the hidden one keeps its room, so that the button never changes its width. It is
/// never disabled: a field that looks empty to the app may be full.
#[component]
pub(crate) fn Submit(
    /// Whether a request is in flight.
    waits: RwSignal<bool>,
    label: &'static str,
    busy: &'static str,
) -> impl IntoView {
    view! {
        <button class="submit primary" data-busy=move || waits.get()>
            <span>{label}</span>
            <span>{busy}</span>
        </button>
    }
}
