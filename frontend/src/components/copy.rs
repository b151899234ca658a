//! Copies a text that is on the screen.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Copies `text`. Where the browser does not allow it, selects the element that shows it. `then` receives whether it was copied.
pub(crate) fn copy(text: &str, shown: Option<web_sys::HtmlElement>, then: impl FnOnce(bool) + 'static) {
    let copying = begin(text);
    spawn_local(async move {
        let copied = match copying {
            Some(copying) => copying.await.is_ok(),
            None => false,
        };
        if !copied && let Some(shown) = shown {
            select(&shown);
        }
        then(copied);
    });
}

/// `None` if the browser has no clipboard for this page: over plain http, except on localhost.
fn begin(text: &str) -> Option<JsFuture> {
    let clipboard = window().navigator().clipboard();
    let present = !AsRef::<JsValue>::as_ref(&clipboard).is_undefined();
    present.then(|| JsFuture::from(clipboard.write_text(text)))
}

fn select(element: &web_sys::HtmlElement) {
    if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(element);
    }
}
