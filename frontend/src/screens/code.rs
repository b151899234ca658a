//! The one-time code of a later log-in.

use leptos::prelude::*;
use postern_types::Rfc3339;

use crate::{
    address, api,
    app::App,
    components::{CodeForm, Disclosure, Heading, TimeLeft},
    page,
    text::code as text,
};

/// Asks for the code that the app shows now. The field has the focus.
#[component]
pub(crate) fn Code(
    app: App,
    expires_at: Rfc3339,
    issuer: String,
    label: String,
    /// Whether codes of an app are accepted now.
    has_app: bool,
    has_recovery_codes: bool,
) -> impl IntoView {
    let recovery = has_recovery_codes.then(|| {
        view! { <p><a href=page::in_this_log_in(address::RECOVERY)>{text::RECOVERY}</a></p> }
    });
    let intro = if has_app { text::INTRO } else { text::NOT_NOW };
    view! {
        <section>
            <div class="body">
                <Heading title=text::TITLE focus=false/>
                <p class="soft" id="code-intro">{intro}<b>{issuer}</b>", " {label}"."</p>
                <CodeForm
                    busy=app.busy
                    problem=app.problem
                    on_code=app.on_code(api::sign_in_code)
                    on_cancel=app.on_cancel()
                    label=text::LABEL
                    submit=text::SUBMIT
                    submitting=text::BUSY
                    description="code-intro"
                    focus=true
                />
                {recovery}
                <TimeLeft expires_at on_end=app.on_end()/>
            </div>
            <footer>
                <Disclosure summary=text::NO_PHONE paragraphs=text::NO_PHONE_ADVICE/>
            </footer>
        </section>
    }
}
