//! The users of an account to choose from.

use std::collections::HashSet;

use leptos::prelude::*;
use postern_types::{Member, MemberState};

use crate::{
    api,
    console::{
        controls::SearchField,
        form::NotLoaded,
        loaded::load,
        query::{Query, SIZES},
        state::Console,
        text::{LOADING, applications as text},
    },
    flow::Failure,
};

/// How many users are loaded for one search.
const MAX_LOADED: usize = 1_000;

/// The users that match a search, and their total number.
#[derive(Clone, Debug)]
struct Found {
    users: Vec<Member>,
    total: u64,
}

/// Loads the users page by page.
async fn find(account: String, search: String) -> Result<Found, Failure> {
    let per_page = SIZES[SIZES.len() - 1];
    let mut found = Found { users: Vec::new(), total: 0 };
    for page in 1.. {
        let query = Query { search: search.clone(), page, per_page, ..Query::default() };
        let part = api::account::users(&account, &query.write()).send().await?;
        let is_last = part.items.len() < per_page as usize;
        found.total = part.total;
        found.users.extend(part.items);
        if is_last || found.users.len() >= MAX_LOADED {
            break;
        }
    }
    Ok(found)
}

/// A searchable list of the users with a checkbox each. Those who were chosen before come first.
#[component]
pub(super) fn People(
    console: Console,
    account: StoredValue<String>,
    /// Ids of the chosen users.
    chosen: RwSignal<HashSet<String>>,
) -> impl IntoView {
    let before = chosen.get_untracked();
    let search = RwSignal::new(String::new());
    let found = load(console, move || find(account.get_value(), search.get()));
    let rows = move || {
        let users = found.value.with(|found| found.as_ref().map(|found| found.users.clone()).unwrap_or_default());
        let (mut first, rest) = users.into_iter().partition::<Vec<_>, _>(|user| before.contains(&user.id));
        first.extend(rest);
        first
    };
    let note = move || {
        found.value.with(|found| {
            let found = found.as_ref()?;
            let shown = found.users.len();
            match shown {
                0 => Some(text::NO_MATCH.to_owned()),
                _ if (shown as u64) < found.total => Some(text::not_all(shown, found.total)),
                _ => None,
            }
        })
    };
    view! {
        <SearchField label=text::SEARCH current=search on_search=Callback::new(move |typed| search.set(typed))/>
        {move || found.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| found.reload())/>
        })}
        {move || (found.value.with(Option::is_none) && found.failure.with(Option::is_none)).then(|| view! {
            <p class="loading soft">{LOADING}</p>
        })}
        <ul class="people" aria-label=text::USERS>
            <For each=rows key=|user| user.id.clone() let:user><Person user chosen/></For>
        </ul>
        <p class="hint soft" role="status">{move || text::chosen(chosen.with(HashSet::len))} " " {note}</p>
    }
}

/// A user with a checkbox. A user who cannot use the account at the moment cannot be added, but can be removed.
#[component]
fn Person(user: Member, chosen: RwSignal<HashSet<String>>) -> impl IntoView {
    let absent =
        if user.invited { Some(text::INVITED) } else { (user.state == MemberState::Locked).then_some(text::LOCKED) };
    let field = format!("choose-{}", user.id);
    let id = StoredValue::new(user.id);
    let is_chosen = move || id.with_value(|id| chosen.with(|chosen| chosen.contains(id)));
    let choose = move |event| {
        let (id, ticked) = (id.get_value(), event_target_checked(&event));
        chosen.update(|chosen| {
            if ticked {
                chosen.insert(id);
            } else {
                chosen.remove(&id);
            }
        });
    };
    view! {
        <li class="tick">
            <input
                id=field.clone()
                type="checkbox"
                prop:checked=is_chosen
                disabled={absent.is_some() && !untrack(is_chosen)}
                on:change=choose
            />
            <label for=field>
                <b>{user.name}</b> " " <span class="soft">{user.email.to_string()}</span>
                {absent.map(|word| view! { " " <span class="tag none">{word}</span> })}
            </label>
        </li>
    }
}
