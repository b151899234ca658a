//! The portal's sign and name.

use leptos::prelude::*;

use crate::page;

/// The sign has its own colour as the icon of the window; here the stylesheet gives it another.
const ICON: &str = include_str!("../../icon.svg");

/// As they stand in the pages themselves.
#[component]
pub(crate) fn Brand() -> impl IntoView {
    view! {
        <span class="icon" inner_html=ICON></span>
        <span class="brand-name">{page::product_name()}</span>
    }
}
