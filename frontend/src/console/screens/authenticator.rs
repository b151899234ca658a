//! One's own authenticator app: set up where no account demands it, or replaced. The old one counts until the new one is
//! confirmed.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{CodeRequest, NewAuthenticator, Password, SetUp, TotpCode};

use crate::{
    api, clock,
    components::{CodeInput, Qr, SecurityKey, Submit},
    console::{
        Console,
        controls::{Form, NotLoaded, PasswordField, Problem, value},
        list,
        text::security as text,
    },
    flow::Failure,
    text::{CANCEL, set_up},
};

/// How far a set-up has come.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// Nothing was begun.
    Rest,
    /// The password is asked for.
    Password,
    /// The new app is filled and confirmed.
    Confirm(Box<SetUp>),
}

/// Whether there is an app, and the way to a new one.
#[component]
pub(super) fn Authenticator(console: Console) -> impl IntoView {
    let (loaded, stage) = (list::load(console, || api::me::authenticator().send()), RwSignal::new(Stage::Rest));
    let has_app = move || loaded.value.with(|it| it.as_ref().is_some_and(|it| it.since.is_some()));
    let rest = Callback::new(move |()| stage.set(Stage::Rest));
    let done = Callback::new(move |()| {
        stage.set(Stage::Rest);
        console.say(text::APP_SET_UP);
        loaded.reload();
    });
    view! {
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || loaded.value.get().map(|it| match it.since {
            Some(since) => view! { <p>{text::APP_SINCE} {clock::short(&since)} "."</p> }.into_any(),
            None => view! { <p>{text::NO_APP}</p> }.into_any(),
        })}
        {move || match stage.get() {
            Stage::Rest => view! {
                <button type="button" on:click=move |_| stage.set(Stage::Password)>
                    {move || if has_app() { text::REPLACE } else { text::SET_UP }}
                </button>
            }.into_any(),
            Stage::Password => view! { <AskPassword console stage leave=rest/> }.into_any(),
            Stage::Confirm(set_up) => view! { <NewApp console set_up=*set_up leave=rest done/> }.into_any(),
        }}
    }
}

#[component]
fn AskPassword(console: Console, stage: RwSignal<Stage>, leave: Callback<()>) -> impl IntoView {
    let (form, node) = (Form::new(), NodeRef::<html::Input>::new());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = value(node);
        spawn_local(async move {
            let body = || NewAuthenticator { current_password: Password::new(typed.clone()) };
            let work = console.ask(|| {
                let body = body();
                async move { api::me::new_authenticator(&body).send().await }
            });
            if let Some(set_up) = form.run(work).await {
                stage.set(Stage::Confirm(Box::new(set_up)));
            }
        });
    };
    view! {
        <form novalidate on:submit=send>
            <p class="soft">{text::REPLACE_ADVICE}</p>
            <Problem form/>
            <PasswordField id="own-password" label=text::YOUR_PASSWORD node autocomplete="current-password" focus=true/>
            <div class="row">
                <Submit waits=form.busy label=text::GO_ON busy=text::CHECKING/>
                <button type="button" on:click=move |_| leave.run(())>{CANCEL}</button>
            </div>
        </form>
    }
}

#[component]
fn NewApp(console: Console, set_up: SetUp, leave: Callback<()>, done: Callback<()>) -> impl IntoView {
    let (form, field) = (Form::new(), NodeRef::<html::Input>::new());
    let old_entry = set_up::old_entry(&set_up.issuer, &set_up.label);
    let send = move || {
        let typed = value(field);
        spawn_local(async move {
            let work = async {
                let code = TotpCode::parse(&typed).map_err(|_| Failure::NoCode)?;
                let body = CodeRequest { code };
                console.ask(|| api::me::confirm_authenticator(&body).send()).await
            };
            if form.run(work).await.is_some() {
                done.run(());
            }
        });
    };
    view! {
        <div class="scan">
            <div>
                <h3>{set_up::SCAN}</h3>
                <p class="soft"><b>{set_up::OR}</b>{set_up::OR_COPY}</p>
                <SecurityKey key=set_up.security_key/>
                <p><a href=set_up.otpauth_uri>{set_up::OPEN_IN_APP}</a></p>
                <p class="soft">{old_entry}</p>
            </div>
            <Qr code=set_up.qr/>
        </div>
        <form class="code-form" novalidate on:submit=move |event| {
            event.prevent_default();
            send();
        }>
            <label for="code">{set_up::LABEL}</label>
            <div id="code-problem"><Problem form/></div>
            <div class="row">
                <CodeInput problem=form.problem field description="" focus=false on_complete=send/>
                <Submit waits=form.busy label=set_up::SUBMIT busy=set_up::BUSY/>
                <button type="button" on:click=move |_| leave.run(())>{CANCEL}</button>
            </div>
        </form>
    }
}
