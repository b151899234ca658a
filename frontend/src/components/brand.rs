//! The portal's logo and name.

use leptos::prelude::*;

use crate::page;

/// As the icon of the window it has its own colour; here the stylesheet sets the colour.
const ICON: &str = include_str!("../../icon.svg");

/// The same as in the HTML of the pages.
#[component]
pub(crate) fn Brand() -> impl IntoView {
    view! {
        <span class="icon" inner_html=ICON></span>
        <span class="brand-name">{page::product_name()}</span>
    }
}
