//! Shown for an unknown address.

use leptos::prelude::*;

use crate::{components::Heading, console::text::nowhere as text};

/// Says so, with a link to the start page.
#[component]
pub(super) fn Nowhere() -> impl IntoView {
    view! {
        <Heading title=text::TITLE/>
        <section class="section narrow">
            <p>{text::ADVICE}</p>
            <p><a class="button" href="/console">{text::HOME}</a></p>
        </section>
    }
}
