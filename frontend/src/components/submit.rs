//! The main button of a form.

use leptos::prelude::*;

/// Both labels take up space, even the hidden one, so that the width of the button never changes. It is never disabled:
/// a field may have been filled without an event.
#[component]
pub(crate) fn Submit(
    /// Whether a request is in flight.
    waits: RwSignal<bool>,
    label: &'static str,
    busy: &'static str,
    #[prop(default = "submit primary")] class: &'static str,
) -> impl IntoView {
    view! {
        <button class=class data-busy=move || waits.get()>
            <span>{label}</span>
            <span>{busy}</span>
        </button>
    }
}
