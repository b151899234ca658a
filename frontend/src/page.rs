//! The page around the app, as the HTML files have it: which part is shown, its title, the elements that it names.
//! It knows nothing of what the parts are for.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, PageTransitionEvent, UrlSearchParams};

use crate::address;

/// The parts of the page, of which one is on screen.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// A quiet word while the server is asked.
    Checking,
    /// The log-in form.
    LogIn,
    /// A screen of the app.
    App,
}

const SESSION: &str = "data-session";
/// Says why another page of the portal sent the browser here, in the query of an address.
const REASON: &str = "because";

/// Puts a part on screen.
pub(crate) fn show(part: Part) {
    let session = match part {
        Part::Checking => "maybe",
        Part::LogIn => "none",
        Part::App => "open",
    };
    let _ = root().set_attribute(SESSION, session);
}

/// Whether the server has told that this browser has no session, so that nothing needs to be asked.
pub(crate) fn has_no_session() -> bool {
    root().get_attribute(SESSION).as_deref() == Some("none")
}

/// Names the window after the screen and the product.
pub(crate) fn set_title(screen: &str) {
    document().set_title(&format!("{screen} – {}", product_name()));
}

/// The configured name of the portal.
pub(crate) fn product_name() -> String {
    let meta = document().query_selector("meta[name=product-name]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// Loads the page anew.
pub(crate) fn reload() {
    let _ = location().reload();
}

/// Runs `then` when the browser shows the page again as it was left, out of its memory.
pub(crate) fn on_return_from_memory(then: impl Fn() + 'static) {
    window_event_listener_untyped("pageshow", move |event| {
        if event.unchecked_ref::<PageTransitionEvent>().persisted() {
            then();
        }
    });
}

/// Leaves for another page of the portal, in place of this one in the history.
pub(crate) fn go_to(place: &str) {
    let _ = location().replace(place);
}

/// The same in the course of a log-in: where it goes back to is handed on, and why this browser is sent there.
pub(crate) fn hand_over_to(page: &str, reason: Option<&str>) {
    let query = reason.map(|reason| ["?", REASON, "=", reason].concat()).unwrap_or_default();
    go_to(&[page, &query, &fragment()].concat());
}

/// Whether the browser is at this address.
pub(crate) fn is_at(page: &str) -> bool {
    location().pathname().is_ok_and(|path| path == page)
}

/// Why another page sent the browser here. Said once: it is not in the address any more.
pub(crate) fn take_reason() -> Option<String> {
    let query = location().search().ok()?;
    let reason = UrlSearchParams::new_with_str(&query).ok()?.get(REASON)?;
    let here = location().pathname().unwrap_or_default() + &fragment();
    let _ = window().history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&here));
    Some(reason)
}

/// The place of the console to which this log-in goes back.
pub(crate) fn return_place() -> Option<String> {
    address::return_place(&fragment()).map(str::to_owned)
}

fn fragment() -> String {
    location().hash().unwrap_or_default()
}

/// An element that stands in the page.
pub(crate) fn element<T: JsCast>(id: &str) -> T {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into().ok());
    element.expect("page and program are of one build")
}

fn root() -> Element {
    document().document_element().expect("a page has a root")
}
