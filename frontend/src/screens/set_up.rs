//! *Configure your two-factor authentication*: get an app, add the key, confirm a code. The key is only ever on this screen.

use leptos::prelude::*;

use crate::{
    api,
    app::App,
    components::{AddKey, CodeForm, Disclosure, Heading, TimeLeft, add_key_heading},
    text::set_up as text,
};

/// Registers an authenticator app.
#[component]
pub(crate) fn SetUp(app: App, set_up: postern_types::SetUp) -> impl IntoView {
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
                            on_code=app.on_code(api::confirm_set_up)
                            on_cancel=app.on_cancel()
                            label=text::LABEL
                            submit=text::SUBMIT
                            submitting=text::BUSY
                        />
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
