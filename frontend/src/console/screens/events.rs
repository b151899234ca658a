//! Reports → Administration: what administrators did.

use leptos::prelude::*;
use postern_types::EventEntry;

use super::{Title, history::Tabs};
use crate::{
    api, clock,
    console::{
        Console,
        controls::NotLoaded,
        list::{self, PageSize, Pager, Search},
        place::Screen,
        text::reports as text,
    },
};

/// Who did what, to whom, when.
#[component]
pub(super) fn Events(console: Console, account: String) -> impl IntoView {
    let query = list::query(console);
    let loaded = {
        let account = account.clone();
        list::load(console, move || api::account::events(&account, &query.with(list::Query::write)).send())
    };
    let total = list::total(loaded);
    view! {
        <Title title=text::ADMINISTRATION/>
        <Tabs screen=Screen::Events { account }/>
        <div class="row between toolbar">
            <Search console label=text::SEARCH_EVENTS/>
            <PageSize console query total/>
        </div>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">{text::WHEN}</th>
                    <th scope="col">{text::WHAT}</th>
                    <th scope="col">{text::WHOM}</th>
                    <th scope="col">{text::BY}</th>
                </tr>
            </thead>
            <tbody>
                {move || loaded.value.get().map(|page| page.items.into_iter().map(|entry| view! { <Row entry/> }).collect_view())}
            </tbody>
        </table>
        {move || (total.get() == Some(0)).then(|| view! { <p class="empty soft">{text::NOTHING}</p> })}
        <Pager console query total/>
    }
}

#[component]
fn Row(entry: EventEntry) -> impl IntoView {
    view! {
        <tr>
            <td><time datetime=entry.at.0.clone() title=entry.at.0.clone()>{clock::short(&entry.at)}</time></td>
            <td>{text::what(&entry.what).to_owned()} <span class="soft detail">{entry.detail}</span></td>
            <td class="e-mail">{entry.subject}</td>
            <td class="e-mail">{entry.actor} <span class="soft detail">{entry.address}</span></td>
        </tr>
    }
}
