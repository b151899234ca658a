//! The security key as text, and the button that copies it.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use super::copy::copy;
use crate::text::set_up as text;

/// Groups of four, four per line. The gaps are styled, not spaces, so that copying by hand copies none.
#[component]
pub(crate) fn SecurityKey(key: String) -> impl IntoView {
    let shown = NodeRef::<html::Code>::new();
    let outcome = RwSignal::new("");
    let groups = groups(&key).map(|group| view! { <span>{group.to_owned()}</span><wbr/> }).collect_view();
    let copy_key = move |_| {
        outcome.set("");
        let shown = shown.get_untracked().map(JsCast::unchecked_into);
        copy(&key, shown, move |copied| outcome.set(if copied { text::COPIED } else { text::COPY_REFUSED }));
    };
    view! {
        <div class="key-row">
            <code class="security-key" role="group" aria-label=text::KEY_LABEL translate="no" node_ref=shown>{groups}</code>
            <button type="button" on:click=copy_key>{text::COPY}</button>
        </div>
        <p class="copied" role="status">{outcome}</p>
    }
}

fn groups(key: &str) -> impl Iterator<Item = &str> {
    (0..key.len()).step_by(4).filter_map(|start| key.get(start..key.len().min(start + 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_falls_into_groups_of_four() {
        assert_eq!(groups("GEZDGNBVGY").collect::<Vec<_>>(), ["GEZD", "GNBV", "GY"]);
    }
}
