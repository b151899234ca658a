//! Reports → Login history.

use leptos::prelude::*;
use postern_types::SignInEntry;

use super::Title;
use crate::{
    api, clock,
    console::{
        Console,
        controls::NotLoaded,
        list::{self, PageSize, Pager, Search, SortHead},
        place::Screen,
        text::reports as text,
    },
};

/// Who got in or did not, when and from where.
#[component]
pub(super) fn History(console: Console, account: String) -> impl IntoView {
    let query = list::query(console);
    let loaded = {
        let account = account.clone();
        list::load(console, move || api::account::login_history(&account, &query.with(list::Query::write)).send())
    };
    let total = list::total(loaded);
    let file = {
        let account = account.clone();
        move || {
            let search = query.with(|query| list::Query { search: query.search.clone(), ..list::Query::default() });
            api::account::login_history_file(&account, &search.write())
        }
    };
    view! {
        <div class="row between">
            <Title title=text::HISTORY/>
            <a class="button small" href=file download="login-history.csv">{text::EXPORT}</a>
        </div>
        <Tabs screen=Screen::History { account }/>
        <div class="row between toolbar">
            <Search console label=text::SEARCH/>
            <PageSize console query total/>
        </div>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        <table class="cards">
            <thead>
                <tr>
                    <SortHead console query column="email" usual="-at" label=text::USER/>
                    <SortHead console query column="at" usual="-at" label=text::WHEN/>
                    <SortHead console query column="address" usual="-at" label=text::ADDRESS/>
                    <th scope="col">{text::FACTOR}</th>
                    <SortHead console query column="result" usual="-at" label=text::RESULT/>
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
fn Row(entry: SignInEntry) -> impl IntoView {
    let good = matches!(entry.result.as_str(), "signed_in" | "set_up" | "next_factor" | "stepped_up" | "replaced");
    view! {
        <tr>
            <td class="e-mail">{entry.email}</td>
            <td><time datetime=entry.at.0.clone() title=entry.at.0.clone()>{clock::short(&entry.at)}</time></td>
            <td>{entry.address}</td>
            <td>{text::factor(&entry.factor).to_owned()}</td>
            <td><span class=if good { "tag none" } else { "tag bad" }>{text::result(&entry.result).to_owned()}</span></td>
        </tr>
    }
}

/// The two reports.
#[component]
pub(super) fn Tabs(screen: Screen) -> impl IntoView {
    let account = screen.account().unwrap_or_default().to_owned();
    let here = |is: bool| is.then_some("page");
    view! {
        <nav class="tabs" aria-label=text::REPORTS>
            <a href=format!("/console/{account}/reports") aria-current=here(matches!(screen, Screen::History { .. }))>{text::HISTORY}</a>
            <a
                href=format!("/console/{account}/reports/administration")
                aria-current=here(matches!(screen, Screen::Events { .. }))
            >{text::ADMINISTRATION}</a>
        </nav>
    }
}
