//! Long lists: which part is shown, in which order; loading it; the controls above and below it.

use std::{future::Future, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use postern_types::Page;

use super::{Console, place, text};
use crate::flow::Failure;

/// Sizes of a page.
const SIZES: [u32; 4] = [10, 25, 50, 100];
const USUAL_SIZE: u32 = 25;
/// How long to wait for the next letter of a search.
const PATIENCE: Duration = Duration::from_millis(300);

/// Which part of a list is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) search: String,
    pub(super) page: u32,
    pub(super) per_page: u32,
    /// A column, behind `-` for the other direction; empty for the list's own order.
    pub(super) sort: String,
}

impl Default for Query {
    fn default() -> Self {
        Self { search: String::new(), page: 1, per_page: USUAL_SIZE, sort: String::new() }
    }
}

impl Query {
    /// Reads what stands behind `?`; whatever it does not understand it leaves at the default.
    pub(super) fn read(text: &str) -> Self {
        let mut query = Self::default();
        for pair in text.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or_default();
            match name {
                "search" => query.search = decode(value),
                "page" => query.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
                "per_page" => {
                    query.per_page = value.parse().ok().filter(|size| SIZES.contains(size)).unwrap_or(USUAL_SIZE);
                }
                "sort" => query.sort = decode(value),
                _ => {}
            }
        }
        query
    }

    /// What stands behind the path, with its `?`; nothing where all is at the default.
    pub(super) fn write(&self) -> String {
        let mut parts = Vec::new();
        if !self.search.is_empty() {
            parts.push(format!("search={}", encode(&self.search)));
        }
        if self.page != 1 {
            parts.push(format!("page={}", self.page));
        }
        if self.per_page != USUAL_SIZE {
            parts.push(format!("per_page={}", self.per_page));
        }
        if !self.sort.is_empty() {
            parts.push(format!("sort={}", encode(&self.sort)));
        }
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }

    /// The order after a click on a column's head: this column, then the other way round.
    fn sorted_by(&self, column: &str) -> Self {
        let sort = if self.sort == column { format!("-{column}") } else { column.to_owned() };
        Self { sort, page: 1, ..self.clone() }
    }

    /// `aria-sort` of a column's head.
    fn direction(&self, column: &str, usual: &str) -> &'static str {
        let sort = if self.sort.is_empty() { usual } else { &self.sort };
        match sort.strip_prefix('-') {
            Some(name) if name == column => "descending",
            None if sort == column => "ascending",
            _ => "none",
        }
    }
}

/// Percent-encoding of everything but letters and digits (RFC 3986).
fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Something that was asked for.
pub(super) struct Loaded<T: Send + Sync + 'static> {
    /// The latest answer; kept while a newer one is under way.
    pub(super) value: RwSignal<Option<T>>,
    /// Why there is no newer one.
    pub(super) failure: RwSignal<Option<Failure>>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loaded<T> {}

impl<T: Send + Sync + 'static> Loaded<T> {
    /// Asks once more.
    pub(super) fn reload(self) {
        self.again.update(|times| *times += 1);
    }
}

/// Asks now, and whenever a signal that `make` reads has changed. The answer to an earlier question never takes the place of
/// that to a later one.
pub(super) fn load<T, F>(console: Console, make: impl Fn() -> F + Clone + 'static) -> Loaded<T>
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, Failure>> + 'static,
{
    let loaded = Loaded { value: RwSignal::new(None), failure: RwSignal::new(None), again: RwSignal::new(0) };
    let latest = StoredValue::new(0_u32);
    Effect::new(move || {
        loaded.again.track();
        drop(make());
        let (number, make) = (latest.get_value() + 1, make.clone());
        latest.set_value(number);
        spawn_local(async move {
            let answer = console.ask(|| untrack(&make)).await;
            if latest.try_get_value() != Some(number) {
                return;
            }
            match answer {
                Ok(value) => {
                    loaded.failure.set(None);
                    loaded.value.set(Some(value));
                }
                Err(failure) => loaded.failure.set(Some(failure)),
            }
        });
    });
    loaded
}

/// The part of the list that the address names; a signal that changes with it alone.
pub(super) fn query(console: Console) -> Memo<Query> {
    Memo::new(move |_| console.place.with(|place| place.query.clone()))
}

fn show(console: Console, query: Query) {
    console.place.update(|place| place.query = query);
    console.place.with_untracked(place::replace);
}

/// The field to search in.
#[component]
pub(super) fn Search(console: Console, label: &'static str) -> impl IntoView {
    let current = console.place.with_untracked(|place| place.query.search.clone());
    let latest = StoredValue::new(0_u32);
    let input = move |event| {
        let (typed, number) = (event_target_value(&event), latest.get_value() + 1);
        latest.set_value(number);
        set_timeout(
            move || {
                if latest.try_get_value() == Some(number) {
                    let query = console.place.with_untracked(|place| place.query.clone());
                    show(console, Query { search: typed, page: 1, ..query });
                }
            },
            PATIENCE,
        );
    };
    view! { <input class="search" type="search" aria-label=label placeholder=label value=current on:input=input/> }
}

/// How many a page shows, of how many.
#[component]
pub(super) fn PageSize(console: Console, query: Memo<Query>, total: Signal<Option<u64>>) -> impl IntoView {
    let choose = move |event| {
        let per_page = event_target_value(&event).parse().unwrap_or(USUAL_SIZE);
        show(console, Query { per_page, page: 1, ..query.get_untracked() });
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

/// The head of a column by which the list can be sorted.
#[component]
pub(super) fn SortHead(
    console: Console,
    query: Memo<Query>,
    column: &'static str,
    /// How the list is sorted where nothing was chosen.
    usual: &'static str,
    label: &'static str,
) -> impl IntoView {
    let sort = move |_| show(console, query.get_untracked().sorted_by(column));
    view! {
        <th scope="col" aria-sort=move || query.with(|query| query.direction(column, usual))>
            <button type="button" class="sort" on:click=sort>{label}</button>
        </th>
    }
}

/// Earlier and later pages.
#[component]
pub(super) fn Pager(console: Console, query: Memo<Query>, total: Signal<Option<u64>>) -> impl IntoView {
    let pages = move || pages(total.get().unwrap_or_default(), query.with(|query| query.per_page));
    let turn = move |by: i32| {
        let now = query.get_untracked();
        show(console, Query { page: now.page.saturating_add_signed(by).max(1), ..now });
    };
    move || {
        (pages() > 1).then(|| {
            let (page, pages) = (query.with(|query| query.page), pages());
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

/// How many there are, as soon as it is known.
pub(super) fn total<T: Clone + Send + Sync + 'static>(loaded: Loaded<Page<T>>) -> Signal<Option<u64>> {
    Signal::derive(move || loaded.value.with(|page| page.as_ref().map(|page| page.total)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_its_default_is_not_in_the_address() {
        assert_eq!(Query::default().write(), "");
        assert_eq!(Query::read(""), Query::default());
        let query = Query { search: "Bö & Co".to_owned(), page: 3, per_page: 100, sort: "-email".to_owned() };
        assert_eq!(query.write(), "?search=B%C3%B6%20%26%20Co&page=3&per_page=100&sort=-email");
        assert_eq!(Query::read(&query.write()), query);
    }

    #[test]
    fn an_address_that_makes_no_sense_shows_the_first_page() {
        assert_eq!(Query::read("?page=0&per_page=7&x=y&page"), Query::default());
        assert_eq!(Query::read("?search=%zz+%").search, "%zz %");
    }

    #[test]
    fn a_column_is_sorted_one_way_then_the_other_from_the_first_page_on() {
        let first = Query { page: 4, ..Query::default() }.sorted_by("email");
        assert_eq!((first.sort.as_str(), first.page), ("email", 1));
        assert_eq!(first.direction("email", "name"), "ascending");
        assert_eq!(first.sorted_by("email").direction("email", "name"), "descending");
        assert_eq!(Query::default().direction("at", "-at"), "descending");
        assert_eq!(first.direction("name", "name"), "none");
    }

    #[test]
    fn the_last_page_may_be_short() {
        assert_eq!([pages(0, 10), pages(10, 10), pages(11, 10)], [0, 1, 2]);
    }
}
