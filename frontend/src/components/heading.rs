//! The heading of a screen, by which people and screen readers notice that it changed.

use leptos::{html, prelude::*};

use crate::page;

/// Names the screen and the window; takes the focus where the screen has no field to begin with.
#[component]
pub(crate) fn Heading(title: &'static str, focus: bool) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    page::set_title(title);
    Effect::new(move || {
        if let Some(heading) = heading.get().filter(|_| focus) {
            let _ = heading.focus();
        }
    });
    view! { <h1 tabindex="-1" node_ref=heading>{title}</h1> }
}
