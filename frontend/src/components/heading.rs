//! The heading of a screen. It tells people and screen readers that the screen has changed.

use leptos::{html, prelude::*};

use crate::page;

/// The heading, which is also the title of the window.
#[component]
pub(crate) fn Heading(
    title: &'static str,
    /// Whether it takes the focus: if the screen does not begin with a field.
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
