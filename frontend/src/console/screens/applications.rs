//! The applications of an account, and which of its users may use them.

use leptos::prelude::*;
use postern_types::{AccountApplication, AccountApplications, SignedIn};

use crate::{
    api,
    components::{ApplicationIcon, Heading},
    console::{
        form::NotLoaded,
        loaded::{Loaded, load},
        state::Console,
        text::{LOADING, applications as text},
    },
};

mod clients;
mod members;
mod people;
mod tester;

use clients::Clients;
use members::Members;
use tester::Tester;

/// The applications, and the access test.
#[component]
pub(super) fn Applications(console: Console, account: String, user: SignedIn) -> impl IntoView {
    let loaded = {
        let account = account.clone();
        load(console, move || api::account::applications(&account).send())
    };
    let open = RwSignal::new(None::<AccountApplication>);
    let name = user.accounts.iter().find(|membership| membership.id == account).map(|found| found.name.clone());
    let command = text::command(&name.unwrap_or_default());
    let account = StoredValue::new(account);
    let is_empty = Memo::new(move |_| loaded.value.with(|all| all.as_ref().map(|all| all.applications.is_empty())));
    view! {
        <Heading title=text::TITLE/>
        <p class="soft">{text::INTRO}</p>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || (is_empty.get().is_none() && loaded.failure.with(Option::is_none)).then(|| view! {
            <p class="loading soft">{LOADING}</p>
        })}
        {move || match is_empty.get() {
            Some(true) => view! {
                <section class="section narrow">
                    <p>{text::NONE}</p>
                    <p><code>{command.clone()}</code></p>
                </section>
            }.into_any(),
            Some(false) => view! {
                <List console loaded open/>
                <Tester console account/>
            }.into_any(),
            None => ().into_any(),
        }}
        {move || open.get().map(|application| {
            let leave = Callback::new(move |()| open.set(None));
            let done = Callback::new(move |()| {
                open.set(None);
                loaded.reload();
            });
            view! { <Members console account application on_leave=leave on_done=done/> }
        })}
    }
}

#[component]
fn List(
    console: Console,
    loaded: Loaded<AccountApplications>,
    open: RwSignal<Option<AccountApplication>>,
) -> impl IntoView {
    let all = move || loaded.value.with(|all| all.as_ref().map(|all| all.applications.clone()).unwrap_or_default());
    let issuer = move || loaded.value.with(|all| all.as_ref().map(|all| all.issuer.clone()).unwrap_or_default());
    view! {
        <ul class="applications">
            <For each=all key=|it| (it.id.clone(), it.version) let:application>
                <Application console issuer=untrack(issuer) application open/>
            </For>
        </ul>
    }
}

#[component]
fn Application(
    console: Console,
    issuer: String,
    application: AccountApplication,
    open: RwSignal<Option<AccountApplication>>,
) -> impl IntoView {
    let AccountApplication { id, name, url, icon, everyone, users, clients, .. } = application.clone();
    let label = format!("{}: {name}", text::CHANGE);
    let href = url.clone();
    let has_clients = !clients.is_empty();
    view! {
        <li class="section row between" id=format!("application-{id}")>
            <ApplicationIcon name=name.clone() icon/>
            <div>
                <h2>{name.clone()}</h2>
                <a href=href>{url}</a>
                <span class="soft detail">{text::may_use(everyone, users.len())}</span>
            </div>
            <button type="button" class="small" aria-label=label on:click=move |_| open.set(Some(application.clone()))>
                {text::CHANGE}
            </button>
            {has_clients.then(|| view! { <Clients console application=name issuer clients/> })}
        </li>
    }
}
