//! The user's applications: a tile for each, and a search if there are many.

use js_sys::JsString;
use leptos::{
    ev::{self, KeyboardEvent, SubmitEvent},
    html,
    prelude::*,
};
use postern_types::MyApplication;

use crate::{components::ApplicationIcon, page, text::signed_in as text};

/// With more applications than this, there is a search field.
const SEEN_AT_A_GLANCE: usize = 8;

/// The tiles. Each is a link to its application.
#[component]
pub(super) fn Applications(applications: Vec<MyApplication>) -> impl IntoView {
    let searchable = applications.len() > SEEN_AT_A_GLANCE;
    let typed = RwSignal::new(String::new());
    let found = Memo::new(move |_| typed.with(|typed| matching(&applications, typed)));
    let count = move || (!typed.with(String::is_empty)).then(|| text::found(found.with(Vec::len)));
    let open_first = Callback::new(move |()| {
        if let Some(url) = found.with_untracked(|found| found.first().map(|first| first.url.clone())) {
            page::open(&url);
        }
    });
    view! {
        {searchable.then(|| view! { <Search typed open_first/> })}
        <ul class="tiles">
            {move || found.get().into_iter().map(|application| view! { <Tile application/> }).collect_view()}
        </ul>
        {searchable.then(|| view! { <p class="found soft" role="status">{count}</p> })}
    }
}

/// The search field. Ctrl+K, or ⌘K, focuses it, and Enter opens the first match. A key without a modifier would be in the way of
/// speech input (WCAG 2.1.4).
#[component]
fn Search(typed: RwSignal<String>, open_first: Callback<()>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let pressed = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
        if event.key().eq_ignore_ascii_case("k") && (event.ctrl_key() || event.meta_key()) && !event.alt_key() {
            event.prevent_default();
            let _ = field.get_untracked().map(|field| field.focus());
        }
    });
    on_cleanup(move || pressed.remove());
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if !typed.with_untracked(|typed| typed.trim().is_empty()) {
            open_first.run(());
        }
    };
    view! {
        <form role="search" on:submit=send>
            <input
                class="search"
                type="search"
                maxlength="200"
                aria-label=text::SEARCH
                aria-keyshortcuts="Control+K Meta+K"
                placeholder=text::SEARCH
                node_ref=field
                on:input=move |event| typed.set(event_target_value(&event))
            />
        </form>
    }
}

/// A long name is cut off on the screen; the tooltip has all of it.
#[component]
fn Tile(application: MyApplication) -> impl IntoView {
    let MyApplication { name, url, icon, .. } = application;
    let tooltip = name.clone();
    view! {
        <li>
            <a class="tile" href=url title=tooltip>
                <ApplicationIcon name=name.clone() icon/>
                <span class="name">{name}</span>
            </a>
        </li>
    }
}

/// The applications whose name contains the search term.
fn matching(applications: &[MyApplication], typed: &str) -> Vec<MyApplication> {
    let wanted = fold(typed.trim());
    applications.iter().filter(|application| fold(&application.name).contains(&wanted)).cloned().collect()
}

/// Folds a text for comparison, as the server's searches do: compatibility forms and case are ignored. The browser does it, because
/// tables of our own would be a tenth of the program. Upper case, because it turns `ß` into `SS` and `ς` into `Σ`.
fn fold(text: &str) -> String {
    JsString::from(text).normalize("NFKC").to_upper_case().normalize("NFKC").into()
}
