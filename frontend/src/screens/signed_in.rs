//! The page after a log-in: the user's applications, their accounts, and the log-in before this one.

use std::time::Duration;

use leptos::prelude::*;
use postern_types::{AccountMembership, LastSignIn, MyApplication, Rfc3339, SessionInfo};

use super::applications::Applications;
use crate::{
    address, api,
    app::{Action, App},
    clock,
    components::{Alarm, Heading, Notice, Submit},
    flow::Failure,
    text::{recovery_code, signed_in as text},
};

/// How long the page waits for the applications, so that nothing moves when they arrive. After that, it is shown without them.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows the applications and who is logged in, with a button to log out, even if the applications cannot be loaded.
#[component]
pub(crate) fn SignedIn(app: App, signed_in: postern_types::SignedIn) -> impl IntoView {
    let postern_types::SignedIn { user, accounts, session, last_sign_in, recovery_codes_left, code_replayed, .. } =
        signed_in;
    let alarm = RwSignal::new(code_replayed);
    let found = RwSignal::new(None::<Vec<MyApplication>>);
    let failure = RwSignal::new(None::<Failure>);
    let load = Callback::new(move |()| {
        failure.set(None);
        app.ask(api::applications(), move |answer| match answer {
            Ok(applications) => found.set(Some(applications)),
            Err(why) => failure.set(Some(why)),
        });
    });
    load.run(());
    let is_late = RwSignal::new(false);
    if let Ok(timer) = set_timeout_with_handle(move || is_late.set(true), PATIENCE) {
        on_cleanup(move || timer.clear());
    }
    let is_shown = Memo::new(move |_| is_late.get() || found.with(Option::is_some) || failure.with(Option::is_some));
    let details = StoredValue::new((user, accounts, session, last_sign_in));
    move || {
        if !is_shown.get() {
            return view! { <p class="body soft" role="status">{text::ONE_MOMENT}</p> }.into_any();
        }
        let (user, accounts, session, last) = details.get_value();
        let admin = accounts.iter().any(|account| account.admin);
        view! {
            <section>
            <div class="body">
                {move || match found.get() {
                    Some(applications) if !applications.is_empty() => view! {
                        <Heading title=text::APPLICATIONS/>
                        <Applications applications/>
                    }.into_any(),
                    None if failure.with(Option::is_none) => view! {
                        <Heading title=text::TITLE/>
                        <p class="soft" role="status">{text::LOADING}</p>
                    }.into_any(),
                    _ => view! { <Heading title=text::TITLE/> }.into_any(),
                }}
                <div class="alerts" role="alert"><Notice problem=failure retry=load words=text::not_loaded/></div>
                <Warned app alarm/>
                {recovery_codes_left.map(|left| view! {
                    <p class="notice">
                        {text::RECOVERED} {recovery_code::left(left)} " " <a href=address::MY_SECURITY>{text::MY_SECURITY}</a>
                    </p>
                })}
                <p class="who"><b>{user.name}</b><span class="soft">{user.email.to_string()}</span></p>
                <p class="soft"><LastLogIn last/></p>
                <Memberships accounts session/>
                <div class="alerts" role="alert"><Notice problem=app.problem retry=app.again()/></div>
                {admin.then(|| view! { <p><a class="button primary" href=address::CONSOLE>{text::CONSOLE}</a></p> })}
            </div>
            <Footer app/>
            </section>
        }
        .into_any()
    }
}

/// The alarm of this session, until the user acts.
#[component]
fn Warned(app: App, alarm: RwSignal<Option<LastSignIn>>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Failure>);
    let is_ended = RwSignal::new(false);
    let act = move |request: fn() -> api::Request<()>, then: fn(RwSignal<Option<LastSignIn>>, RwSignal<bool>)| {
        Callback::new(move |()| {
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            problem.set(None);
            app.ask(request(), move |answer| {
                busy.set(false);
                match answer {
                    Ok(()) => then(alarm, is_ended),
                    Err(failure) => problem.set(Some(failure)),
                }
            });
        })
    };
    move || {
        alarm.get().map(|alarm| {
            let on_end_others = act(api::end_other_sessions, |_, is_ended| is_ended.set(true));
            let on_dismiss = act(api::dismiss_alarm, |alarm, _| alarm.set(None));
            view! { <Alarm alarm busy problem is_ended on_end_others on_dismiss/> }
        })
    }
}

/// The log-in before this one. A user who does not recognise it can end all other sessions and change the password.
#[component]
fn LastLogIn(last: Option<LastSignIn>) -> impl IntoView {
    match last {
        Some(LastSignIn { at, address }) => view! {
            {text::LAST} <Time time=at/> {text::FROM} {address} ". "
            <a href=address::MY_SECURITY>{text::NOT_YOU}</a>
        }
        .into_any(),
        None => text::FIRST.into_any(),
    }
}

#[component]
fn Memberships(accounts: Vec<AccountMembership>, session: SessionInfo) -> impl IntoView {
    view! {
        <dl>
            <div>
                <dt>{text::ACCOUNTS}</dt>
                {accounts.is_empty().then(|| view! { <dd>{text::NO_ACCOUNTS}</dd> })}
                {accounts.into_iter().map(|account| view! {
                    <dd>
                        {account.name} " "
                        {account.admin.then(|| view! { <span class="badge">{text::ADMINISTRATOR}</span> })}
                    </dd>
                }).collect_view()}
            </div>
            <div>
                <dt>{text::ENDS}</dt>
                <dd><Time time=session.expires_at/></dd>
            </div>
        </dl>
    }
}

#[component]
fn Footer(app: App) -> impl IntoView {
    let log_out = Action::new(|()| Ok(api::sign_out()));
    view! {
        <footer class="row between">
            <a href=address::MY_SECURITY>{text::MY_SECURITY}</a>
            <form on:submit=move |event| {
                event.prevent_default();
                app.perform(log_out);
            }>
                <Submit waits=app.busy label=text::LOG_OUT busy=text::BUSY class="submit"/>
            </form>
        </footer>
    }
}

/// A time in the reader's time zone, with UTC as the tooltip.
#[component]
fn Time(time: Rfc3339) -> impl IntoView {
    let local = clock::date_and_time(&time);
    view! { <time datetime=time.0.clone() title=time.0>{local}</time> }
}
