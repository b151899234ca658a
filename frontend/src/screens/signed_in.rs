//! Logged in: the user, their accounts, the previous log-in.

use leptos::prelude::*;
use postern_types::{AccountMembership, LastSignIn, Rfc3339};

use crate::{
    address, api,
    app::{Action, App},
    clock,
    components::{Heading, Notice, Submit},
    text::signed_in as text,
};

/// Shows who is logged in, with a button to log out.
#[component]
pub(crate) fn SignedIn(app: App, signed_in: postern_types::SignedIn) -> impl IntoView {
    let postern_types::SignedIn { user, accounts, session, last_sign_in, .. } = signed_in;
    let log_out = Action::new(|()| Ok(api::sign_out()));
    let admin = accounts.iter().any(|account| account.admin);
    view! {
        <section>
        <div class="body">
            <Heading title=text::TITLE/>
            <p class="who"><b>{user.name}</b><span class="soft">{user.email.to_string()}</span></p>
            <dl>
                <dt>{text::ACCOUNTS}</dt>
                {accounts.is_empty().then(|| view! { <dd>{text::NO_ACCOUNTS}</dd> })}
                {accounts.into_iter().map(|account| view! { <Account account/> }).collect_view()}
                <dt>{text::LAST}</dt>
                <dd><LastLogIn last=last_sign_in/></dd>
                <dt>{text::ENDS}</dt>
                <dd><Time time=session.expires_at/></dd>
            </dl>
            <div class="alerts" role="alert"><Notice problem=app.problem retry=app.again()/></div>
            {admin.then(|| view! { <p><a class="button primary" href=address::CONSOLE>{text::CONSOLE}</a></p> })}
        </div>
        <footer class="row between">
            <a href=address::MY_SECURITY>{text::MY_SECURITY}</a>
            <form on:submit=move |event| {
                event.prevent_default();
                app.perform(log_out);
            }>
                <Submit waits=app.busy label=text::LOG_OUT busy=text::BUSY class="submit"/>
            </form>
        </footer>
        </section>
    }
}

#[component]
fn Account(account: AccountMembership) -> impl IntoView {
    view! {
        <dd>{account.name} " " {account.admin.then(|| view! { <span class="badge">{text::ADMINISTRATOR}</span> })}</dd>
    }
}

#[component]
fn LastLogIn(last: Option<LastSignIn>) -> impl IntoView {
    match last {
        Some(LastSignIn { at, address }) => view! { <Time time=at/> {text::FROM} {address} }.into_any(),
        None => text::FIRST.into_any(),
    }
}

/// A time in the reader's time zone, with UTC as the tooltip.
#[component]
fn Time(time: Rfc3339) -> impl IntoView {
    let local = clock::date_and_time(&time);
    view! { <time datetime=time.0.clone() title=time.0>{local}</time> }
}
