//! The tabs of the reports.

use leptos::prelude::*;

use crate::console::{
    place::{Place, Screen},
    text::reports as text,
};

/// Links to the reports of an account.
#[component]
pub(super) fn Tabs(screen: Screen) -> impl IntoView {
    let account = screen.account().unwrap_or_default().to_owned();
    let tab = |there: Screen, label: &'static str| {
        let here = (there == screen).then_some("page");
        view! { <a href=Place::from(there).path() aria-current=here>{label}</a> }
    };
    view! {
        <nav class="tabs" aria-label=text::REPORTS>
            {tab(Screen::History { account: account.clone() }, text::HISTORY)}
            {tab(Screen::Events { account }, text::ADMINISTRATION)}
        </nav>
    }
}
