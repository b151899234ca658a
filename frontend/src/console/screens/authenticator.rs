//! One's own authenticator app: set up voluntarily, or replaced. The old one works until the new one is confirmed.

use leptos::{html, prelude::*};
use postern_types::{ApiError, Cause, ConfirmSetUp, NewAuthenticator, Password, SetUp, Step, TotpCode};

use crate::{
    api, clock,
    components::{AddKey, CodeForm, SetUpCode, Submit, add_key_heading, diagnosis, typed_set_up_code},
    console::{
        controls::{PasswordField, value},
        form::{Form, NotLoaded, Problem},
        loaded::load,
        state::Console,
        text::{self, security},
    },
    flow::Failure,
    text::{CANCEL, set_up},
};

/// The stage of a set-up.
#[derive(Clone, Debug, PartialEq)]
enum Stage {
    /// No set-up was begun.
    Rest,
    /// The password is asked for.
    Password,
    /// The key is shown, and a code is asked for.
    Confirm(Box<SetUp>),
}

/// Whether there is an app, and the set-up of a new one. `on_done` is called after it.
#[component]
pub(super) fn Authenticator(console: Console, on_done: Callback<()>) -> impl IntoView {
    let loaded = load(console, || api::me::authenticator().send());
    let stage = RwSignal::new(Stage::Rest);
    let has_app = move || loaded.value.with(|it| it.as_ref().is_some_and(|it| it.since.is_some()));
    let is_disabled = move || loaded.value.with(|it| it.as_ref().is_some_and(|it| it.disabled_since.is_some()));
    let rest = Callback::new(move |()| stage.set(Stage::Rest));
    let done = Callback::new(move |()| {
        stage.set(Stage::Rest);
        console.say(security::APP_SET_UP);
        loaded.reload();
        on_done.run(());
    });
    view! {
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || loaded.value.get().map(|it| match it.since {
            Some(since) => view! {
                <p>{security::APP_SINCE} {clock::short(&since)} "."</p>
                {it.disabled_since.map(|_| view! { <p class="notice">{security::DISABLED}</p> })}
            }.into_any(),
            None => view! { <p>{security::NO_APP}</p> }.into_any(),
        })}
        {move || match stage.get() {
            Stage::Rest if is_disabled() => ().into_any(),
            Stage::Rest => view! {
                <button type="button" on:click=move |_| stage.set(Stage::Password)>
                    {move || if has_app() { security::REPLACE } else { security::SET_UP }}
                </button>
            }.into_any(),
            Stage::Password => {
                let advice = if has_app() { security::REPLACE_ADVICE } else { security::SET_UP_ADVICE };
                view! { <AskPassword console advice stage leave=rest/> }.into_any()
            }
            Stage::Confirm(set_up) => view! { <NewApp console set_up=*set_up leave=rest done/> }.into_any(),
        }}
    }
}

#[component]
fn AskPassword(console: Console, advice: &'static str, stage: RwSignal<Stage>, leave: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let node = NodeRef::<html::Input>::new();
    let send = form.on_submit(
        move || {
            let body = NewAuthenticator { current_password: Password::new(value(node)) };
            async move { console.ask(|| api::me::new_authenticator(&body).send()).await }
        },
        move |set_up| stage.set(Stage::Confirm(Box::new(set_up))),
    );
    view! {
        <form novalidate on:submit=send>
            <p class="soft">{advice}</p>
            <Problem form/>
            <PasswordField form name="current_password" id="own-password" label=security::YOUR_PASSWORD node autocomplete="current-password" focus=true/>
            <div class="row">
                <Submit waits=form.busy label=security::CONTINUE busy=security::CHECKING/>
                <button type="button" on:click=move |_| leave.run(())>{CANCEL}</button>
            </div>
        </form>
    }
}

#[component]
fn NewApp(console: Console, set_up: SetUp, leave: Callback<()>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let old_entry = set_up::old_entry(set_up.occasion, &set_up.issuer, &set_up.label);
    let field = NodeRef::<html::Input>::new();
    let set_up_code = set_up.needs_set_up_code.then_some(set_up.set_up_code_from);
    let on_code = Callback::new(move |code: TotpCode| {
        let set_up_code = typed_set_up_code(field);
        let work = async move {
            let body = ConfirmSetUp { code, set_up_code: set_up_code? };
            console.ask(|| api::me::confirm_authenticator(&body).send()).await
        };
        form.run(work, move |step| match step {
            // Their page returns here.
            Step::RecoveryCodes(_) => console.arrive(Ok(step)),
            _ => done.run(()),
        });
    });
    view! {
        <h3>{add_key_heading()}</h3>
        <AddKey security_key=set_up.security_key otpauth_uri=set_up.otpauth_uri qr=set_up.qr/>
        {old_entry.map(|advice| view! { <p class="soft">{advice}</p> })}
        <CodeForm
            busy=form.busy
            problem=form.problem
            on_code
            on_cancel=leave
            label=set_up::LABEL
            submit=set_up::SUBMIT
            submitting=set_up::BUSY
            words=words
        >
            {set_up_code.map(|from| view! { <SetUpCode from problem=form.problem field/> })}
        </CodeForm>
    }
}

/// What went wrong, with the cause of a refused code if it is known. The old entry may still be needed, which is said above the form.
fn words(problem: &Failure) -> String {
    match problem {
        Failure::Refused(ApiError::InvalidCode { cause: Some(Cause::OldEntry), .. }) => security::OLD_ENTRY.to_owned(),
        problem => diagnosis(problem).unwrap_or_else(|| text::failure(problem)),
    }
}
