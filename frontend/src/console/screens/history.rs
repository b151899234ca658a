//! *Reports*, *Login history*.

use leptos::prelude::*;
use postern_types::{Outcome, SignInEntry};

use super::tabs::Tabs;
use crate::{
    api, clock,
    components::Heading,
    console::{
        e_mail::EMail,
        listing::{Column, List, Listing},
        place::Screen,
        query::Query,
        state::Console,
        text::reports as text,
    },
};

const COLUMNS: [Column; 5] = [
    Column::sorted("email", text::USER),
    Column::sorted("at", text::WHEN).wide("time"),
    Column::sorted("address", text::ADDRESS).wide("address"),
    Column::plain(text::FACTOR).wide("factor"),
    Column::sorted("result", text::RESULT),
];

/// Who logged in or failed to, when and from where.
#[component]
pub(super) fn History(console: Console, account: String) -> impl IntoView {
    let list = {
        let account = account.clone();
        List::new(console, move |query| {
            let outcomes = text::outcomes_like(&query.search);
            api::account::login_history(&account, &query.write_with("search_results", &words(&outcomes)))
        })
    };
    let file = {
        let account = account.clone();
        move || {
            let query = Query { search: list.query.with(|query| query.search.clone()), ..Query::default() };
            let outcomes = text::outcomes_like(&query.search);
            api::account::login_history_file(&account, &query.write_with("search_results", &words(&outcomes)))
        }
    };
    view! {
        <div class="row between">
            <Heading title=text::HISTORY/>
            <a class="button small" href=file download="login-history.csv">{text::EXPORT}</a>
        </div>
        <Tabs screen=Screen::History { account }/>
        <Listing list search=text::SEARCH columns=&COLUMNS usual="-at" no_match=text::NO_MATCH empty=text::NOTHING>
            {move || list.items().into_iter().map(|entry| view! { <Row entry/> }).collect_view()}
        </Listing>
    }
}

/// The words of the API, separated by commas.
fn words(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(|outcome| outcome.as_str()).collect::<Vec<_>>().join(",")
}

#[component]
fn Row(entry: SignInEntry) -> impl IntoView {
    let good = text::is_good(entry.result);
    view! {
        <tr>
            <td><EMail address=entry.email/></td>
            <td data-label=text::WHEN><time datetime=entry.at.0.clone() title=entry.at.0.clone()>{clock::short(&entry.at)}</time></td>
            <td data-label=text::ADDRESS>{entry.address}</td>
            <td data-label=text::FACTOR>{text::factor(entry.factor)}</td>
            <td data-label=text::RESULT><span class=if good { "tag none" } else { "tag bad" }>{text::outcome(entry.result)}</span></td>
        </tr>
    }
}
