//! A list of an account: its table, with search, sorting and pages.

use leptos::{html, prelude::*};
use postern_types::Page;

use super::{
    controls::SearchField,
    form::NotLoaded,
    loaded::{Loaded, load},
    query::{Query, SIZES, USUAL_SIZE},
    state::Console,
    text,
};
use crate::{api::Request, clock};

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
    /// The class of its heading, which sets its width; empty for a share of the rest.
    width: &'static str,
}

impl Column {
    /// A column by which the list can be sorted.
    pub(super) const fn sorted(sort: &'static str, label: &'static str) -> Self {
        Self { label, sort: Some(sort), shown: true, width: "" }
    }

    /// A column by which the list cannot be sorted.
    pub(super) const fn plain(label: &'static str) -> Self {
        Self { label, sort: None, shown: true, width: "" }
    }

    /// A column with a heading only for screen readers.
    pub(super) const fn unseen(label: &'static str) -> Self {
        Self { label, sort: None, shown: false, width: "" }
    }

    /// The same column with a width of its own.
    pub(super) const fn wide(self, width: &'static str) -> Self {
        Self { width, ..self }
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
    /// Shown if nothing matches the search.
    no_match: &'static str,
    /// Shown if there are no items at all.
    empty: &'static str,
    children: Children,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
{
    let List { console, query, loaded } = list;
    let table = NodeRef::<html::Table>::new();
    let total = Signal::derive(move || loaded.value.with(|page| page.as_ref().map(|page| page.total)));
    let nothing = move || if query.with_untracked(|query| query.search.is_empty()) { empty } else { no_match };
    let is_first_load = move || total.get().is_none() && loaded.failure.with(Option::is_none);
    stay_within(list);
    view! {
        <div class="row between toolbar">
            <Search console label=search/>
            <PageSize console query total/>
        </div>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        <table class="cards" node_ref=table tabindex="-1" aria-busy=move || loaded.busy.get().to_string()>
            <thead>
                <tr>{columns.iter().map(|column| view! { <Head console query usual column=*column/> }).collect_view()}</tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
        {move || is_first_load().then(|| view! { <p class="empty loading soft">{text::LOADING}</p> })}
        {move || (total.get() == Some(0)).then(|| view! { <p class="empty soft">{nothing()}</p> })}
        <Pager console query total table/>
        <p class="hint soft">{text::times_are_in(&clock::time_zone())}</p>
        <p class="unseen" role="status">{move || announcement(list, columns, usual, nothing())}</p>
    }
}

/// Shows the last page instead of one behind it: an old address, or a page whose last item was removed.
fn stay_within<T: Clone + Send + Sync + 'static>(list: List<T>) {
    let last = move |page: &Page<T>| pages(page.total, page.per_page).max(1);
    Effect::new(move || {
        let last = list.loaded.value.with(|page| page.as_ref().map(last));
        let query = list.query.get_untracked();
        if let Some(last) = last.filter(|last| *last < query.page) {
            list.console.show(Query { page: last, ..query });
        }
    });
}

/// What screen readers say when the list has changed.
fn announcement<T>(list: List<T>, columns: &[Column], usual: &str, nothing: &str) -> Option<String>
where
    T: Clone + Send + Sync + 'static,
{
    let (total, per_page) = list.loaded.value.with(|page| page.as_ref().map(|page| (page.total, page.per_page)))?;
    if total == 0 {
        return Some(nothing.to_owned());
    }
    let query = list.query.get_untracked();
    let mut said = text::found(total, query.page, pages(total, per_page));
    for column in columns {
        let direction = column.sort.map_or("none", |sort| query.direction(sort, usual));
        if direction != "none" {
            said += &text::sorted_by(column.label, direction);
        }
    }
    Some(said)
}

/// The heading of a column.
#[component]
fn Head(console: Console, query: Memo<Query>, usual: &'static str, column: Column) -> impl IntoView {
    let Column { label, sort, shown, width } = column;
    match sort {
        Some(sort) => view! {
            <th scope="col" class=width aria-sort=move || query.with(|query| query.direction(sort, usual))>
                <button type="button" class="sort" on:click=move |_| console.show(query.get_untracked().sorted_by(sort))>
                    {label}
                </button>
            </th>
        }
        .into_any(),
        None => view! { <th scope="col" class=width><span class:unseen=!shown>{label}</span></th> }.into_any(),
    }
}

/// The search field of the list. It follows the address, which the back button changes.
#[component]
fn Search(console: Console, label: &'static str) -> impl IntoView {
    let current = Memo::new(move |_| console.place.with(|place| place.query.search.clone()));
    let on_search = Callback::new(move |search| {
        let query = console.place.with_untracked(|place| place.query.clone());
        console.show(Query { search, page: 1, ..query });
    });
    view! { <SearchField label current on_search/> }
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

/// Buttons for the previous and the next page. Each page is an entry of the browser's history, and is read from its top.
#[component]
fn Pager(
    console: Console,
    query: Memo<Query>,
    total: Signal<Option<u64>>,
    table: NodeRef<html::Table>,
) -> impl IntoView {
    let pages = move || pages(total.get().unwrap_or_default(), query.with(|query| query.per_page));
    let turn = move |by: i32| {
        let now = query.get_untracked();
        console.turn_to(Query { page: now.page.saturating_add_signed(by).max(1), ..now });
        if let Some(table) = table.get_untracked() {
            table.scroll_into_view();
            let _ = table.focus();
        }
    };
    move || {
        (pages() > 1).then(|| {
            let page = query.with(|query| query.page);
            let pages = pages();
            view! {
                <nav class="pager" aria-label=text::PAGES>
                    <button type="button" class="small" disabled={page <= 1} on:click=move |_| turn(-1)>{text::EARLIER_PAGE}</button>
                    <span>{text::page_of(page, pages)}</span>
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
