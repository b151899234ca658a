//! A list of an account: its table, with search, sorting and pages.

use std::time::Duration;

use leptos::prelude::*;
use postern_types::Page;

use super::{
    form::NotLoaded,
    loaded::{Loaded, load},
    query::{Query, SIZES, USUAL_SIZE},
    state::Console,
    text,
};
use crate::api::Request;

/// How long to wait for further typing before searching.
const PATIENCE: Duration = Duration::from_millis(300);

/// A list: the query in the address, and the page that was loaded.
pub(super) struct List<T: Send + Sync + 'static> {
    console: Console,
    pub(super) query: Memo<Query>,
    loaded: Loaded<Page<T>>,
}

impl<T: Send + Sync + 'static> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for List<T> {}

impl<T: Clone + Send + Sync + 'static> List<T> {
    /// Loads the page of the query in the address, now and whenever the query changes.
    pub(super) fn new(console: Console, ask: impl Fn(&Query) -> Request<Page<T>> + Clone + 'static) -> Self {
        let query = Memo::new(move |_| console.place.with(|place| place.query.clone()));
        let loaded = load(console, move || query.with(|query| ask(query)).send());
        Self { console, query, loaded }
    }

    /// The items of the page.
    pub(super) fn items(self) -> Vec<T> {
        self.loaded.value.with(|page| page.as_ref().map(|page| page.items.clone()).unwrap_or_default())
    }

    /// Loads the page again.
    pub(super) fn reload(self) {
        self.loaded.reload();
    }
}

/// A column of the table.
#[derive(Clone, Copy)]
pub(super) struct Column {
    label: &'static str,
    /// The name of the column in the query, if the list can be sorted by it.
    sort: Option<&'static str>,
    shown: bool,
}

impl Column {
    /// A column by which the list can be sorted.
    pub(super) const fn sorted(sort: &'static str, label: &'static str) -> Self {
        Self { label, sort: Some(sort), shown: true }
    }

    /// A column by which the list cannot be sorted.
    pub(super) const fn plain(label: &'static str) -> Self {
        Self { label, sort: None, shown: true }
    }

    /// A column with a heading only for screen readers.
    pub(super) const fn unseen(label: &'static str) -> Self {
        Self { label, sort: None, shown: false }
    }
}

/// The table, with search, sorting and pages. Its rows are the children.
#[component]
pub(super) fn Listing<T>(
    list: List<T>,
    /// Label of the search field.
    search: &'static str,
    columns: &'static [Column],
    /// The default order; empty if the list cannot be sorted.
    #[prop(default = "")]
    usual: &'static str,
    /// Shown if there are no items.
    empty: &'static str,
    children: Children,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
{
    let List { console, query, loaded } = list;
    let total = Signal::derive(move || loaded.value.with(|page| page.as_ref().map(|page| page.total)));
    view! {
        <div class="row between toolbar">
            <Search console label=search/>
            <PageSize console query total/>
        </div>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        <table class="cards">
            <thead>
                <tr>{columns.iter().map(|column| view! { <Head console query usual column=*column/> }).collect_view()}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
        <p class="empty soft" role="status">{move || (total.get() == Some(0)).then_some(empty)}</p>
        <Pager console query total/>
    }
}

/// The heading of a column.
#[component]
fn Head(console: Console, query: Memo<Query>, usual: &'static str, column: Column) -> impl IntoView {
    let Column { label, sort, shown } = column;
    match sort {
        Some(sort) => view! {
            <th scope="col" aria-sort=move || query.with(|query| query.direction(sort, usual))>
                <button type="button" class="sort" on:click=move |_| console.show(query.get_untracked().sorted_by(sort))>
                    {label}
                </button>
            </th>
        }
        .into_any(),
        None => view! { <th scope="col"><span class:unseen=!shown>{label}</span></th> }.into_any(),
    }
}

/// The search field.
#[component]
fn Search(console: Console, label: &'static str) -> impl IntoView {
    let current = console.place.with_untracked(|place| place.query.search.clone());
    let latest = StoredValue::new(0_u32);
    let input = move |event| {
        let typed = event_target_value(&event);
        let number = latest.get_value() + 1;
        latest.set_value(number);
        set_timeout(
            move || {
                if latest.try_get_value() == Some(number) {
                    let query = console.place.with_untracked(|place| place.query.clone());
                    console.show(Query { search: typed, page: 1, ..query });
                }
            },
            PATIENCE,
        );
    };
    view! { <input class="search" type="search" aria-label=label placeholder=label value=current on:input=input/> }
}

/// The page size, and the total number.
#[component]
fn PageSize(console: Console, query: Memo<Query>, total: Signal<Option<u64>>) -> impl IntoView {
    let choose = move |event| {
        let per_page = event_target_value(&event).parse().unwrap_or(USUAL_SIZE);
        console.show(Query { per_page, page: 1, ..query.get_untracked() });
    };
    view! {
        <label class="page-size soft">
            {text::SHOW}
            <select on:change=choose>
                {SIZES.map(|size| view! {
                    <option value=size selected=move || query.with(|query| query.per_page == size)>{size}</option>
                })}
            </select>
            {move || total.get().map(text::of_total)}
        </label>
    }
}

/// Buttons for the previous and the next page.
#[component]
fn Pager(console: Console, query: Memo<Query>, total: Signal<Option<u64>>) -> impl IntoView {
    let pages = move || pages(total.get().unwrap_or_default(), query.with(|query| query.per_page));
    let turn = move |by: i32| {
        let now = query.get_untracked();
        console.show(Query { page: now.page.saturating_add_signed(by).max(1), ..now });
    };
    move || {
        (pages() > 1).then(|| {
            let page = query.with(|query| query.page);
            let pages = pages();
            view! {
                <nav class="pager" aria-label=text::PAGES>
                    <button type="button" class="small" disabled={page <= 1} on:click=move |_| turn(-1)>{text::EARLIER_PAGE}</button>
                    <span role="status">{text::page_of(page, pages)}</span>
                    <button type="button" class="small" disabled={page >= pages} on:click=move |_| turn(1)>{text::LATER_PAGE}</button>
                </nav>
            }
        })
    }
}

fn pages(total: u64, per_page: u32) -> u32 {
    u32::try_from(total.div_ceil(u64::from(per_page.max(1)))).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_may_be_short() {
        assert_eq!([pages(0, 10), pages(10, 10), pages(11, 10)], [0, 1, 2]);
    }
}
