//! A value to be entered elsewhere, with a button that copies it.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use super::{state::Console, text::copyable as text};
use crate::components::copy;

/// The value and the button. What became of it is a status message.
#[component]
pub(super) fn Copyable(
    console: Console,
    /// What the value is.
    label: &'static str,
    value: String,
) -> impl IntoView {
    let shown = NodeRef::<html::Code>::new();
    let copied = value.clone();
    let copy_value = move |_| {
        let shown = shown.get_untracked().map(JsCast::unchecked_into);
        copy(&copied, shown, move |done| {
            console.say(if done { text::copied(label) } else { text::REFUSED.to_owned() });
        });
    };
    view! {
        <div class="copyable">
            <code translate="no" node_ref=shown>{value}</code>
            <button type="button" class="small" aria-label=text::copy(label) on:click=copy_value>{text::COPY}</button>
        </div>
    }
}
