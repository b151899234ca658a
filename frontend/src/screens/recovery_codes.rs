//! New recovery codes, after a set-up or once at a log-in. Only this screen shows them.

use leptos::prelude::*;

use crate::{
    api,
    app::{Action, App},
    components::{Heading, Notice, RecoveryCodes, Submit},
    text::recovery_codes as text,
};

/// Shows the codes until the user has saved or declined them.
#[component]
pub(crate) fn SaveRecoveryCodes(app: App, codes: postern_types::RecoveryCodes) -> impl IntoView {
    let saved = Action::new(|()| Ok(api::recovery_codes_saved()));
    let declined = Action::new(|()| Ok(api::decline_recovery_codes()));
    view! {
        <section>
            <div class="body">
                <Heading title=text::TITLE/>
                <p>{text::WHY}</p>
                <RecoveryCodes codes/>
                <div class="alerts" role="alert"><Notice problem=app.problem retry=app.again()/></div>
                <form class="row" on:submit=move |event| {
                    event.prevent_default();
                    app.perform(saved);
                }>
                    <Submit waits=app.busy label=text::SAVED busy=text::BUSY/>
                </form>
            </div>
            <footer>
                <details>
                    <summary>{text::DECLINE_QUESTION}</summary>
                    <p class="soft">{text::DECLINE_ADVICE}</p>
                    <p><button type="button" on:click=move |_| app.perform(declined)>{text::DECLINE}</button></p>
                </details>
            </footer>
        </section>
    }
}
