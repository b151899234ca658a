//! The second factor of a later log-in, of a user who has a passkey. The log-in page has none of this, so that it stays small.

use leptos::prelude::*;
use postern_types::Rfc3339;

use crate::{
    address,
    api::{self, Request},
    app::App,
    components::{CodeForm, Disclosure, Heading, Notice, Submit, TimeLeft},
    flow::Failure,
    page, passkeys,
    text::{CANCEL, code, passkey as text},
};

/// Asks for the passkey, and offers the other ways.
#[component]
pub(crate) fn Passkey(
    app: App,
    expires_at: Rfc3339,
    issuer: String,
    label: String,
    has_app: bool,
    has_recovery_codes: bool,
) -> impl IntoView {
    // A browser without passkeys is told so only if there is no code instead.
    let possible = !has_app || passkeys::are_known();
    let by_passkey = RwSignal::new(possible);
    let change = move |_| {
        app.stop_waiting();
        app.problem.set(None);
        by_passkey.update(|by_passkey| *by_passkey = !*by_passkey);
    };
    view! {
        <section>
            <div class="body">
                {move || if by_passkey.get() {
                    view! { <ByPasskey app/> }.into_any()
                } else {
                    view! { <ByCode app issuer=issuer.clone() label=label.clone()/> }.into_any()
                }}
                {(has_app && possible).then(|| view! {
                    <p><button type="button" on:click=change>
                        {move || if by_passkey.get() { text::BY_CODE } else { text::BY_PASSKEY }}
                    </button></p>
                })}
                {has_recovery_codes.then(|| view! {
                    <p><a href=page::in_this_log_in(address::RECOVERY)>{code::RECOVERY}</a></p>
                })}
                <TimeLeft expires_at on_end=app.on_end()/>
            </div>
            <footer>
                <Disclosure summary=text::NONE paragraphs=text::NONE_ADVICE/>
            </footer>
        </section>
    }
}

/// Asks for the code that the app shows now. The field has the focus.
#[component]
fn ByCode(app: App, issuer: String, label: String) -> impl IntoView {
    view! {
        <Heading title=code::TITLE focus=false/>
        <p class="soft" id="code-intro">{code::INTRO}<b>{issuer}</b>", " {label}"."</p>
        <CodeForm
            busy=app.busy
            problem=app.problem
            on_code=app.on_code(api::sign_in_code)
            on_cancel=app.on_cancel()
            label=code::LABEL
            submit=code::SUBMIT
            submitting=code::BUSY
            description="code-intro"
            focus=true
        />
    }
}

/// Asks for a passkey, after a click: some browsers refuse it otherwise.
#[component]
fn ByPasskey(app: App) -> impl IntoView {
    let retry = Callback::new(move |()| app.ask_browser(show()));
    view! {
        <Heading title=text::BY_PASSKEY/>
        <p class="soft">{text::INTRO}</p>
        <div class="alerts" role="alert"><Notice problem=app.problem retry/></div>
        <form class="row" on:submit=move |event| {
            event.prevent_default();
            retry.run(());
        }>
            <Submit waits=app.waits label=text::BY_PASSKEY busy=text::WAITING/>
            <button type="button" on:click=move |_| app.on_cancel().run(())>{CANCEL}</button>
        </form>
    }
}

async fn show() -> Result<Option<Request>, Failure> {
    passkeys::check().await?;
    let options = api::passkey::sign_in_options().send().await?;
    Ok(passkeys::get(&options).await?.map(|credential| api::passkey::sign_in(&credential)))
}
