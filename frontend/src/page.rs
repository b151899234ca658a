//! The page around the app, as `index.html` has it: which part is shown, its title, the elements that it names.
//! It knows nothing of what the parts are for.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, PageTransitionEvent};

use crate::return_to;

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
/// Where people look after their own security.
pub(crate) const MY_SECURITY: &str = "/console/security";

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

/// The place of the console to which this log-in goes back.
pub(crate) fn return_place() -> Option<String> {
    return_to::place(&location().hash().unwrap_or_default()).map(str::to_owned)
}

/// An element of `index.html`.
pub(crate) fn element<T: JsCast>(id: &str) -> T {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into().ok());
    element.expect("index.html and the app are of one build")
}

fn root() -> Element {
    document().document_element().expect("a page has a root")
}
