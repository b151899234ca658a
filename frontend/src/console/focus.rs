//! Keeps the focus on the page. Whatever has the focus may be removed: a row of a list, a stage of a form, a dialog. The browser
//! then forgets where its user was. Here the focus goes to what has taken its place, or to the heading of the part around it.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit};

/// What can be worked with.
const CONTROLS: &str = "button, a[href], input, select, textarea, summary";

/// Watches the page.
pub(super) fn keep() {
    let path = StoredValue::new_local(Vec::<Element>::new());
    window_event_listener(ev::focusin, move |event| {
        let focused = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        path.set_value(std::iter::successors(focused, |element| element.parent_element()).collect());
    });
    let removed = Closure::<dyn Fn()>::new(move || {
        let is_lost = document().active_element().is_none_or(|active| active.tag_name() == "BODY");
        let was_removed = path.with_value(|path| path.first().is_some_and(|focused| !focused.is_connected()));
        if is_lost && was_removed {
            path.with_value(|path| replacement(path).map(|place| place.focus()));
        }
    });
    let watched = MutationObserverInit::new();
    watched.set_child_list(true);
    watched.set_subtree(true);
    if let (Ok(observer), Some(body)) = (MutationObserver::new(removed.as_ref().unchecked_ref()), document().body()) {
        let _ = observer.observe_with_options(&body, &watched);
    }
    removed.forget();
}

/// Where the focus goes after the first element of `path` was removed. The others are those around it, from the inside out.
fn replacement(path: &[Element]) -> Option<HtmlElement> {
    let place = path.iter().find_map(|around| {
        if around.is_connected() {
            return around.query_selector("h1, h2, h3").ok().flatten();
        }
        let id = around.id();
        let successor = (!id.is_empty()).then(|| document().get_element_by_id(&id)).flatten()?;
        if successor.matches(CONTROLS).unwrap_or(false) {
            return Some(successor);
        }
        successor.query_selector(CONTROLS).ok().flatten()
    })?;
    if !place.matches(CONTROLS).unwrap_or(false) {
        let _ = place.set_attribute("tabindex", "-1");
    }
    place.dyn_into().ok()
}
