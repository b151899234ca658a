//! Shown if the server could not be asked who is logged in.

use leptos::prelude::*;

use crate::{
    console::{card::Card, form::NotLoaded, state::Console},
    flow::Failure,
    text::unreachable as text,
};

/// Says why, with a button to try again.
#[component]
pub(in super::super) fn Unreachable(console: Console, failure: Failure) -> impl IntoView {
    view! {
        <Card title=text::TITLE>
            <NotLoaded failure on_retry=Callback::new(move |()| console.find_out())/>
        </Card>
    }
}
