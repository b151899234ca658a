//! The heading of a screen, by which people and screen readers notice that it changed.

use leptos::{html, prelude::*};

use crate::page;

/// Names the screen and the window.
#[component]
pub(crate) fn Heading(
    title: &'static str,
    /// Whether it takes the focus, since the screen has no field to begin with.
    #[prop(default = true)]
    focus: bool,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    page::set_title(title);
    Effect::new(move || {
        if let Some(heading) = heading.get().filter(|_| focus) {
            let _ = heading.focus();
        }
    });
    view! { <h1 tabindex="-1" node_ref=heading>{title}</h1> }
}
