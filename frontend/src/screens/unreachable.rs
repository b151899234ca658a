//! Shown if the server could not be asked for the current step.

use leptos::prelude::*;

use crate::{
    app::App,
    components::{Heading, Submit},
    flow::Failure,
    text,
};

/// Says why, with a button to try again.
#[component]
pub(crate) fn Unreachable(app: App, failure: Failure) -> impl IntoView {
    view! {
        <section class="body">
            <Heading title=text::unreachable::TITLE/>
            <p role="alert">{text::failure(&failure)}</p>
            <form on:submit=move |event| {
                event.prevent_default();
                app.retry();
            }>
                <Submit waits=app.busy label=text::TRY_AGAIN busy=text::unreachable::BUSY/>
            </form>
        </section>
    }
}
