//! An e-mail address in a list. A long one breaks before its `@`.

use leptos::prelude::*;

/// An e-mail address.
#[component]
pub(super) fn EMail(address: String) -> impl IntoView {
    let (local, domain) = address.split_at(address.rfind('@').unwrap_or(address.len()));
    view! { <span class="e-mail">{local.to_owned()}<wbr/>{domain.to_owned()}</span> }
}
