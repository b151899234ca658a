//! A button that opens a list of links. It is a popover, so the browser closes it by Escape, by a click outside and when another
//! one opens, returns the focus, and says whether it is open.

use leptos::{html, prelude::*};

/// The button, and the list that it opens: the items are the children.
#[component]
pub(super) fn Menu(
    /// Id of the list.
    id: &'static str,
    /// Label of the button.
    label: String,
    children: Children,
) -> impl IntoView {
    let title = label.clone();
    let list = NodeRef::<html::Ul>::new();
    // A link may lead to the screen that is shown already.
    let close = move |_| {
        if let Some(list) = list.get_untracked() {
            let _ = list.hide_popover();
        }
    };
    view! {
        <div class="menu">
            <button type="button" class="small" popovertarget=id title=title><span>{label}</span></button>
            <ul id=id popover="auto" node_ref=list on:click=close>{children()}</ul>
        </div>
    }
}
