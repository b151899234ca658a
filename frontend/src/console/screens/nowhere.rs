//! Shown for an unknown address.

use leptos::prelude::*;

use crate::{components::Heading, console::text::nowhere as text};

/// Says so, with a link to the start page.
#[component]
pub(super) fn Nowhere() -> impl IntoView {
    view! {
        <Heading title=text::TITLE/>
        <p>{text::ADVICE} <a href="/console">{text::HOME}</a></p>
    }
}
