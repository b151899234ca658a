//! *My security*: one's own password, authenticator app, passkeys, recovery codes, sessions, permissions and accounts, and the
//! lockdown.

use leptos::prelude::*;
use postern_types::{MySession, SignedIn, device_name};

use super::{
    authenticator::Authenticator, consents::Consents, lockdown::Lockdown, my_accounts::MyAccounts, passkeys::Passkeys,
    recovery_codes::RecoveryCodes,
};
use crate::{
    address, api, clock,
    components::Heading,
    console::{
        form::{Form, NotLoaded, Problem},
        loaded::{Loaded, load},
        second_factor::Factors,
        state::Console,
        text::{CHANGE_PASSWORD, LOADING, lockdown, passkeys, security as text, times_are_in},
    },
};

/// One's own password, authenticator app, passkeys, recovery codes, sessions, permissions and accounts, and the lockdown.
#[component]
pub(super) fn Security(console: Console, user: SignedIn) -> impl IntoView {
    let sessions = load(console, || api::me::sessions().send());
    let factors = load(console, Factors::load);
    // A set-up ends the other sessions.
    let on_done = Callback::new(move |()| {
        sessions.reload();
        factors.reload();
    });
    view! {
        <Heading title=text::TITLE/>
        <div class="sections">
            <section class="section">
                <h2>{text::PASSWORD}</h2>
                <a class="button" href=address::PASSWORD>{CHANGE_PASSWORD}</a>
            </section>
            <section class="section">
                <h2>{text::AUTHENTICATOR}</h2>
                <Authenticator console on_done/>
            </section>
            <section class="section" id="passkeys">
                <h2>{passkeys::TITLE}</h2>
                <Passkeys console user=user.clone() on_done/>
            </section>
            <section class="section">
                <h2>{text::RECOVERY_CODES}</h2>
                <RecoveryCodes console factors/>
            </section>
            <section class="section">
                <h2>{text::SESSIONS}</h2>
                <Sessions console loaded=sessions/>
            </section>
            <Consents console/>
            <section class="section">
                <h2>{text::ACCOUNTS}</h2>
                <MyAccounts console user/>
            </section>
            <section class="section">
                <h2>{lockdown::TITLE}</h2>
                <Lockdown console/>
            </section>
        </div>
    }
}

#[component]
fn Sessions(console: Console, loaded: Loaded<Vec<MySession>>) -> impl IntoView {
    let form = Form::new();
    let end_others = move |_| {
        form.run(console.ask(|| api::end_other_sessions().send()), move |()| {
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
    let device = device_name(&session.user_agent).unwrap_or_else(|| unknown_device(&session.user_agent));
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

/// The beginning of an unknown `User-Agent`.
fn unknown_device(user_agent: &str) -> String {
    if user_agent.is_empty() { text::UNKNOWN_DEVICE.to_owned() } else { user_agent.chars().take(60).collect() }
}
