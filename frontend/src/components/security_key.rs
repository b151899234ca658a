//! The security key as text, and the button that copies it.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::text::set_up as text;

/// Groups of four, four per line. The gaps are styled, not spaces, so that copying by hand copies none.
#[component]
pub(crate) fn SecurityKey(key: String) -> impl IntoView {
    let shown = NodeRef::<html::Code>::new();
    let outcome = RwSignal::new("");
    let groups = groups(&key).map(|group| view! { <span>{group.to_owned()}</span><wbr/> }).collect_view();
    let copy = move |_| {
        let copying = copy(&key);
        spawn_local(async move {
            outcome.set("");
            let copied = match copying {
                Some(copying) => copying.await.is_ok(),
                None => false,
            };
            if !copied && let Some(shown) = shown.get_untracked() {
                select(&shown);
            }
            outcome.set(if copied { text::COPIED } else { text::COPY_REFUSED });
        });
    };
    view! {
        <div class="key-row">
            <code class="security-key" role="group" aria-label=text::KEY_LABEL translate="no" node_ref=shown>{groups}</code>
            <button type="button" on:click=copy>{text::COPY}</button>
        </div>
        <p class="copied" role="status">{outcome}</p>
    }
}

fn groups(key: &str) -> impl Iterator<Item = &str> {
    (0..key.len()).step_by(4).filter_map(|start| key.get(start..key.len().min(start + 4)))
}

/// `None` if the browser has no clipboard for this page: over plain http, except on localhost.
fn copy(text: &str) -> Option<JsFuture> {
    let clipboard = window().navigator().clipboard();
    let present = !AsRef::<JsValue>::as_ref(&clipboard).is_undefined();
    present.then(|| JsFuture::from(clipboard.write_text(text)))
}

fn select(element: &web_sys::HtmlElement) {
    if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(element);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_falls_into_groups_of_four() {
        assert_eq!(groups("GEZDGNBVGY").collect::<Vec<_>>(), ["GEZD", "GNBV", "GY"]);
    }
}
