//! For an address that leads to nothing.

use leptos::prelude::*;

use crate::{components::Heading, console::text::nowhere as text};

/// Says so, and leads back to the beginning.
#[component]
pub(super) fn Nowhere() -> impl IntoView {
    view! {
        <Heading title=text::TITLE/>
        <p>{text::ADVICE} <a href="/console">{text::HOME}</a></p>
    }
}
