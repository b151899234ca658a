//! Shown if the server could not be asked who is logged in, or if the page was drawn for another user.

use leptos::prelude::*;

use crate::{
    address,
    console::{card::Card, form::NotLoaded, state::Console},
    flow::Failure,
    page,
    text::unreachable as text,
};

/// Says why, with a button to go on.
#[component]
pub(in super::super) fn Unreachable(console: Console, failure: Failure) -> impl IntoView {
    let (title, button) = text::title_and_button(&failure);
    let on_retry = if failure.is_another_user() {
        // This screen may not be one of theirs.
        Callback::new(|()| page::go_to(address::CONSOLE))
    } else {
        Callback::new(move |()| console.find_out())
    };
    view! {
        <Card title>
            <NotLoaded failure on_retry button/>
        </Card>
    }
}
