//! *Configure your two-factor authentication*: get an app, add the key, confirm a code; or use a passkey instead. The key is only
//! ever on this screen.

use leptos::{html, prelude::*};
use postern_types::{ConfirmSetUp, TotpCode};

use crate::{
    api::{self, Request},
    app::{Action, App},
    components::{
        AddKey, CodeForm, Disclosure, Heading, SetUpCode, TimeLeft, add_key_heading, diagnosis, typed_set_up_code,
    },
    flow::Failure,
    passkeys,
    text::{failure, passkey, set_up as text},
};

/// Registers an authenticator app, or a passkey.
#[component]
pub(crate) fn SetUp(app: App, set_up: postern_types::SetUp) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let set_up_code = set_up.needs_set_up_code.then_some(set_up.set_up_code_from);
    let on_code = Callback::new(move |code: TotpCode| {
        app.perform(Action::new(move |()| {
            let set_up_code = typed_set_up_code(field)?;
            Ok(api::confirm_set_up(&ConfirmSetUp { code: code.clone(), set_up_code }))
        }));
    });
    let use_passkey = move |_| app.ask_browser(add_passkey(field));
    let instead = (set_up.passkey && passkeys::are_known()).then(|| {
        view! { <p><button type="button" data-busy=move || app.waits.get() on:click=use_passkey>{passkey::INSTEAD}</button></p> }
    });
    let old_entry = text::old_entry(set_up.occasion, &set_up.issuer, &set_up.label);
    view! {
        <section>
            <div class="body">
                <Heading title=text::TITLE/>
                <details class="soft">
                    <summary>{text::WHY}</summary>
                    <p>{text::reason(&set_up.required_by)}</p>
                </details>
                <ol class="steps">
                    <li class="get-app">
                        <h2>{text::GET_APP}</h2>
                        <span class="soft">
                            {text::BEFORE_APPS.into_iter().zip(text::APPS).map(|(before, (name, href))| view! {
                                {before} <a href=href target="_blank" rel="noreferrer">{name}</a>
                            }).collect_view()}
                            "."
                        </span>
                    </li>
                    <li>
                        <h2>{add_key_heading()}</h2>
                        <AddKey security_key=set_up.security_key otpauth_uri=set_up.otpauth_uri qr=set_up.qr/>
                    </li>
                    <li>
                        <CodeForm
                            busy=app.busy
                            problem=app.problem
                            on_code
                            on_cancel=app.on_cancel()
                            label=text::LABEL
                            submit=text::SUBMIT
                            submitting=text::BUSY
                            words=words
                        >
                            {set_up_code.map(|from| view! { <SetUpCode from problem=app.problem field/> })}
                        </CodeForm>
                        {instead}
                        <TimeLeft expires_at=set_up.expires_at on_end=app.on_end()/>
                    </li>
                </ol>
            </div>
            <footer>
                <Disclosure summary=text::HELP paragraphs=text::HELP_ADVICE first=old_entry/>
            </footer>
        </section>
    }
}

/// Makes a passkey. A set-up code comes first: a passkey that the portal refuses would stay on the device.
async fn add_passkey(field: NodeRef<html::Input>) -> Result<Option<Request>, Failure> {
    let set_up_code = typed_set_up_code(field)?;
    passkeys::check().await?;
    let options = api::passkey::set_up_options().send().await?;
    let credential = passkeys::create(&options).await?;
    Ok(credential.map(|credential| api::passkey::set_up(&credential, set_up_code.as_deref())))
}

/// What went wrong, with the cause of a refused code if it is known.
fn words(problem: &Failure) -> String {
    diagnosis(problem).unwrap_or_else(|| failure(problem))
}
