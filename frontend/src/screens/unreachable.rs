//! Shown if the server could not be asked for the current step, or if the page was drawn for another user.

use leptos::prelude::*;

use crate::{
    app::App,
    components::{Countdown, Heading, Submit},
    flow::Failure,
    text,
};

/// Says why, with a button to ask for the current step.
#[component]
pub(crate) fn Unreachable(app: App, failure: Failure) -> impl IntoView {
    let (title, label) = text::unreachable::title_and_button(&failure);
    view! {
        <section class="body">
            <Heading title/>
            <p role="alert">
                {text::failure(&failure)} " "
                {failure.wait_s().map(|seconds| view! { <Countdown seconds said=text::wait shown=text::countdown/> })}
            </p>
            <form on:submit=move |event| {
                event.prevent_default();
                app.find_out();
            }>
                <Submit waits=app.busy label busy=text::unreachable::BUSY/>
            </form>
        </section>
    }
}
