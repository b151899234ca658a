//! The main button of a form.

use leptos::prelude::*;

use crate::app::App;

/// Both labels lie in one place and the hidden one keeps its room, so that the button never changes its width. It is
/// never disabled: a field that looks empty to the app may be full (C33).
#[component]
pub(crate) fn Submit(app: App, label: &'static str, busy: &'static str) -> impl IntoView {
    view! {
        <button class="submit primary" data-busy=move || app.busy.get()>
            <span>{label}</span>
            <span>{busy}</span>
        </button>
    }
}
