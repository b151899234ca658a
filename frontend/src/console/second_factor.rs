//! The second factor during a session, for a sensitive action or an application: a passkey or a one-time code.

use leptos::{html, prelude::*};
use postern_types::{ApiError, CodeRequest, PasskeyPolicy, SteppedUp, TotpCode};

use super::{
    form::{Form, Problem},
    state::{Console, Gate},
    text::{self, step_up},
};
use crate::{
    api::{self, Request},
    components::CodeForm,
    flow::Failure,
    passkeys,
    text::{CANCEL, passkey},
};

/// The second factors that a user has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Factors {
    pub(super) app: bool,
    pub(super) passkey: bool,
}

impl Factors {
    /// Asks the server.
    pub(super) async fn load() -> Result<Self, Failure> {
        let app = api::me::authenticator().send().await?.since.is_some();
        let passkeys = api::passkey::mine().send().await?;
        let passkey = !passkeys.items.is_empty() && passkeys.allowed != PasskeyPolicy::NotAllowed;
        // A browser without passkeys is told so only if there is no code instead.
        Ok(Self { app, passkey: passkey && (!app || passkeys::are_known()) })
    }

    /// Whether there is any.
    pub(super) const fn any(self) -> bool {
        self.app || self.passkey
    }
}

/// Asks for one of these factors.
#[component]
pub(super) fn SecondFactor(
    console: Console,
    factors: Factors,
    /// Whether it is asked for in a gate, which has to give way to another one.
    #[prop(default = false)]
    in_gate: bool,
    /// Id of the text that says why.
    description: &'static str,
    on_done: Callback<()>,
    on_cancel: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let prompt = form.another_way();
    on_cleanup(passkeys::abort);
    let by_passkey = Callback::new(move |()| {
        prompt.run(show(console, in_gate), move |shown| {
            if shown.is_some() {
                on_done.run(());
            }
        });
    });
    let button = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    if !factors.app {
        return view! { <PasskeyAlone form=prompt button by_passkey on_cancel/> }.into_any();
    }
    let on_code = Callback::new(move |code: TotpCode| {
        let body = CodeRequest { code };
        passkeys::abort();
        let work = async move { send(console, in_gate, || api::me::step_up(&body)).await };
        form.run(work, move |_| on_done.run(()));
    });
    view! {
        <CodeForm
            busy=form.busy
            problem=form.problem
            on_code
            on_cancel
            label=step_up::LABEL
            submit=step_up::SUBMIT
            submitting=step_up::BUSY
            description
            focus=!factors.passkey
            words=text::failure
        >
            {factors.passkey.then(|| view! {
                <p><button type="button" node_ref=button data-busy=move || prompt.busy.get() on:click=move |_| by_passkey.run(())>{passkey::BY_PASSKEY}</button></p>
            })}
        </CodeForm>
    }
    .into_any()
}

#[component]
fn PasskeyAlone(
    form: Form,
    button: NodeRef<html::Button>,
    by_passkey: Callback<()>,
    on_cancel: Callback<()>,
) -> impl IntoView {
    view! {
        <form on:submit=move |event| {
            event.prevent_default();
            by_passkey.run(());
        }>
            <Problem form/>
            <div class="row">
                <button class="submit primary" node_ref=button data-busy=move || form.busy.get()>
                    <span>{passkey::BY_PASSKEY}</span>
                    <span>{passkey::WAITING}</span>
                </button>
                <button type="button" on:click=move |_| on_cancel.run(())>{CANCEL}</button>
            </div>
        </form>
    }
}

/// Lets the user show a passkey, and sends it; `None` if another request for one has taken its place.
async fn show(console: Console, in_gate: bool) -> Result<Option<SteppedUp>, Failure> {
    passkeys::check().await?;
    let options = send(console, in_gate, api::passkey::step_up_options).await?;
    let Some(credential) = passkeys::get(&options).await? else { return Ok(None) };
    send(console, in_gate, || api::passkey::step_up(&credential)).await.map(Some)
}

async fn send<T>(console: Console, in_gate: bool, make: impl Fn() -> Request<T>) -> Result<T, Failure> {
    if !in_gate {
        return console.ask(|| make().send()).await;
    }
    let answer = console.send(make()).await;
    if matches!(answer, Err(Failure::Refused(ApiError::SessionExpired))) {
        console.gate.set(Some(Gate::SessionOver));
    }
    answer
}
