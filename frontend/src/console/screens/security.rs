//! *My security*: one's own authenticator app, sessions and accounts.

use leptos::prelude::*;
use postern_types::{MySession, SignedIn};

use super::{authenticator::Authenticator, my_accounts::MyAccounts};
use crate::{
    api, clock,
    components::Heading,
    console::{
        device,
        form::{Form, NotLoaded, Problem},
        loaded::{Loaded, load},
        state::Console,
        text::{LOADING, security as text, times_are_in},
    },
};

/// One's own authenticator app, sessions and accounts.
#[component]
pub(super) fn Security(console: Console, user: SignedIn) -> impl IntoView {
    view! {
        <Heading title=text::TITLE/>
        <div class="sections">
            <section class="section">
                <h2>{text::AUTHENTICATOR}</h2>
                <Authenticator console/>
            </section>
            <section class="section">
                <h2>{text::SESSIONS}</h2>
                <Sessions console/>
            </section>
            <section class="section">
                <h2>{text::ACCOUNTS}</h2>
                <MyAccounts console user/>
            </section>
        </div>
    }
}

#[component]
fn Sessions(console: Console) -> impl IntoView {
    let loaded = load(console, || api::me::sessions().send());
    let form = Form::new();
    let end_others = move |_| {
        form.run(console.ask(|| api::me::end_other_sessions().send()), move |()| {
            console.say(text::OTHERS_ENDED);
            loaded.reload();
        });
    };
    view! {
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        <Problem form/>
        {move || (loaded.value.with(Option::is_none) && loaded.failure.with(Option::is_none)).then(|| view! {
            <p class="loading soft">{LOADING}</p>
        })}
        <ul class="sessions">
            {move || loaded.value.get().map(|sessions| {
                sessions.into_iter().map(|session| view! { <Session console session loaded form/> }).collect_view()
            })}
        </ul>
        {move || (loaded.value.with(|all| all.as_ref().map_or(0, Vec::len)) > 1).then(|| view! {
            <button type="button" on:click=end_others>{text::END_OTHERS}</button>
        })}
        <p class="hint soft">{times_are_in(&clock::time_zone())}</p>
    }
}

#[component]
fn Session(console: Console, session: MySession, loaded: Loaded<Vec<MySession>>, form: Form) -> impl IntoView {
    let device = device::name(&session.user_agent);
    let label = format!("{}: {device}, {}", text::END, session.address);
    let end = move |_| {
        let id = session.id.clone();
        form.run(console.ask(move || api::me::end_session(&id).send()), move |()| {
            console.say(text::ENDED);
            loaded.reload();
        });
    };
    view! {
        <li class="row between">
            <div>
                <b>{device}</b>
                {session.current.then(|| view! { " " <span class="tag ok">{text::THIS_ONE}</span> })}
                <span class="soft detail">
                    {session.address} " · " {text::SINCE} {clock::short(&session.since)} " · " {text::SEEN} {clock::short(&session.last_seen)}
                </span>
            </div>
            {(!session.current).then(|| view! {
                <button type="button" class="small" aria-label=label on:click=end>{text::END}</button>
            })}
        </li>
    }
}
