//! *Reports*, *Administration*: the record of administration.

use leptos::prelude::*;
use postern_types::EventEntry;

use super::tabs::Tabs;
use crate::{
    api, clock,
    components::Heading,
    console::{
        e_mail::EMail,
        listing::{Column, List, Listing},
        place::Screen,
        state::Console,
        text::reports as text,
    },
};

const COLUMNS: [Column; 4] = [
    Column::plain(text::WHEN).wide("time"),
    Column::plain(text::WHAT),
    Column::plain(text::WHOM),
    Column::plain(text::BY),
];

/// Who did what, to whom, when.
#[component]
pub(super) fn Events(console: Console, account: String) -> impl IntoView {
    let list = {
        let account = account.clone();
        List::new(console, move |query| api::account::events(&account, &query.write()))
    };
    view! {
        <Heading title=text::ADMINISTRATION/>
        <Tabs screen=Screen::Events { account }/>
        <Listing list search=text::SEARCH_EVENTS columns=&COLUMNS no_match=text::NO_MATCH empty=text::NOTHING>
            {move || list.items().into_iter().map(|entry| view! { <Row entry/> }).collect_view()}
        </Listing>
    }
}

#[component]
fn Row(entry: EventEntry) -> impl IntoView {
    view! {
        <tr>
            <td data-label=text::WHEN><time datetime=entry.at.0.clone() title=entry.at.0.clone()>{clock::short(&entry.at)}</time></td>
            <td data-label=text::WHAT>{text::what(entry.what)} <span class="soft detail">{text::detail(&entry.detail)}</span></td>
            <td data-label=text::WHOM>{entry.subject.clone().map(|address| view! { <EMail address/> })}</td>
            <td data-label=text::BY>
                {match entry.actor.clone() {
                    Some(address) => view! { <EMail address/> }.into_any(),
                    None => text::unnamed_actor(&entry).into_any(),
                }}
                " " <span class="soft detail">{entry.address.clone()}</span>
            </td>
        </tr>
    }
}
