//! The HTML page around the app: which part is shown, its title, and its elements.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, PageTransitionEvent, UrlSearchParams};

use crate::address;

/// The parts of the page. One of them is shown.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// A message while the server is asked.
    Checking,
    /// The log-in form.
    LogIn,
    /// A screen of the app.
    App,
}

const SESSION: &str = "data-session";
/// Parameter of the address that says why the browser was sent here.
const REASON: &str = "because";

/// Shows a part.
pub(crate) fn show(part: Part) {
    let session = match part {
        Part::Checking => "maybe",
        Part::LogIn => "none",
        Part::App => "open",
    };
    let _ = root().set_attribute(SESSION, session);
}

/// Whether the server has written into the page that this browser has no session.
pub(crate) fn has_no_session() -> bool {
    root().get_attribute(SESSION).as_deref() == Some("none")
}

/// Sets the title of the window to the screen and the product.
pub(crate) fn set_title(screen: &str) {
    document().set_title(&format!("{screen} – {}", product_name()));
}

/// The configured product name.
pub(crate) fn product_name() -> String {
    let meta = document().query_selector("meta[name=product-name]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

/// Reloads the page.
pub(crate) fn reload() {
    let _ = location().reload();
}

/// Runs `then` when the browser restores the page from its back/forward cache.
pub(crate) fn on_return_from_memory(then: impl Fn() + 'static) {
    window_event_listener_untyped("pageshow", move |event| {
        if event.unchecked_ref::<PageTransitionEvent>().persisted() {
            then();
        }
    });
}

/// Goes to another page of the portal, which replaces this one in the history.
pub(crate) fn go_to(place: &str) {
    let _ = location().replace(place);
}

/// The same during a log-in: passes on where the log-in returns to, and why the browser is sent there.
pub(crate) fn hand_over_to(page: &str, reason: Option<&str>) {
    go_to(&[because(page, reason).as_str(), &fragment()].concat());
}

/// The address of a page that says why the browser is sent there.
pub(crate) fn because(page: &str, reason: Option<&str>) -> String {
    let query = reason.map(|reason| ["?", REASON, "=", reason].concat()).unwrap_or_default();
    [page, &query].concat()
}

/// The address of another page of this log-in, with the place that it returns to.
pub(crate) fn in_this_log_in(page: &str) -> String {
    [page, &fragment()].concat()
}

/// The origin of the portal.
pub(crate) fn origin() -> String {
    location().origin().unwrap_or_default()
}

/// Prints the page.
pub(crate) fn print() {
    let _ = window().print();
}

/// Opens an address, like a link.
pub(crate) fn open(url: &str) {
    let _ = location().assign(url);
}

/// Whether the device is mainly operated by touch.
pub(crate) fn is_touched() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// Whether the browser is at this address.
pub(crate) fn is_at(page: &str) -> bool {
    location().pathname().is_ok_and(|path| path == page)
}

/// Why the browser was sent here, in a word.
pub(crate) fn reason() -> Option<String> {
    UrlSearchParams::new_with_str(&location().search().ok()?).ok()?.get(REASON)
}

/// The same. Removes it from the address, so that it is shown only once.
pub(crate) fn take_reason() -> Option<String> {
    let reason = reason()?;
    let here = location().pathname().unwrap_or_default() + &fragment();
    let _ = window().history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&here));
    Some(reason)
}

/// Where this log-in returns to.
pub(crate) fn return_place() -> Option<String> {
    address::return_place(&fragment()).map(str::to_owned)
}

fn fragment() -> String {
    location().hash().unwrap_or_default()
}

/// An element of the page.
#[expect(clippy::expect_used, reason = "page and program are of one build")]
pub(crate) fn element<T: JsCast>(id: &str) -> T {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into().ok());
    element.expect("page and program are of one build")
}

#[expect(clippy::expect_used, reason = "every page has a root")]
fn root() -> Element {
    document().document_element().expect("a page has a root")
}
