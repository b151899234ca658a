//! *Configure your two-factor authentication*: get an app, add the key, confirm a code. The key is only ever on this screen.

use leptos::prelude::*;

use crate::{
    api,
    app::App,
    components::{CodeForm, Disclosure, Heading, Qr, SecurityKey, TimeLeft},
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
                    <li>
                        <h2>{text::GET_APP}</h2>
                        <p class="soft">{text::GET_APP_HOW}</p>
                        <ul class="apps">{text::APPS.map(|(name, href)| view! { <AppLink name href/> })}</ul>
                    </li>
                    <li class="scan">
                        <div>
                            <h2>{text::SCAN}</h2>
                            <p class="soft"><b>{text::OR}</b>{text::OR_COPY}</p>
                            <SecurityKey key=set_up.security_key/>
                            <p><a href=set_up.otpauth_uri>{text::OPEN_IN_APP}</a></p>
                            {old_entry.map(|advice| view! { <p class="soft">{advice}</p> })}
                        </div>
                        <Qr code=set_up.qr/>
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
                <Disclosure summary=text::HELP paragraphs=text::HELP_ADVICE/>
            </footer>
        </section>
    }
}

#[component]
fn AppLink(name: &'static str, href: &'static str) -> impl IntoView {
    view! { <li><a href=href target="_blank" rel="noreferrer">{name}</a></li> }
}
