//! A card in the middle of the page, for screens without a frame.

use leptos::prelude::*;

use crate::components::{Brand, Heading};

/// The portal's name, a heading and the content.
#[component]
pub(super) fn Card(
    title: &'static str,
    /// Whether the heading takes the focus: if no field does.
    #[prop(default = true)]
    focus: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="card">
            <header class="brand"><Brand/></header>
            <section class="body">
                <Heading title focus/>
                {children()}
            </section>
        </main>
    }
}
