//! A log-in with a recovery code, and what follows it.

use leptos::{html, prelude::*};
use postern_types::{RecoveryCodeRequest, Rfc3339};

use crate::{
    address, api,
    app::{Action, App},
    components::{Disclosure, Heading, LookUpSecret, Notice, Submit, TimeLeft},
    flow::Failure,
    page,
    text::{passkey, recovery_code as text},
};

/// Asks for a recovery code in place of a one-time code or a passkey.
#[component]
pub(crate) fn RecoveryCode(app: App, expires_at: Rfc3339, has_passkey: bool) -> impl IntoView {
    let back = if has_passkey { passkey::BY_PASSKEY } else { passkey::BY_CODE };
    let field = NodeRef::<html::Input>::new();
    let send = Action::new(move |()| {
        let recovery_code = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        if recovery_code.trim().is_empty() {
            return Err(Failure::NoCode);
        }
        Ok(api::sign_in_recovery(&RecoveryCodeRequest { recovery_code }))
    });
    let refused = Signal::derive(move || app.problem.with(|problem| problem.as_ref().and_then(text::refusal)));
    let focus = Signal::derive(move || refused.get().is_some() || !app.busy.get());
    view! {
        <section>
            <div class="body">
                <Heading title=text::TITLE focus=false/>
                <p class="soft" id="recovery-code-intro">{text::INTRO}</p>
                <form class="recovery-code" novalidate on:submit=move |event| {
                    event.prevent_default();
                    app.perform(send);
                }>
                    <label for="recovery-code">{text::LABEL}</label>
                    <div id="recovery-code-problem" class="alerts" role="alert">
                        {move || refused.get().map(|why| view! { <div class="notice"><p>{why}</p></div> })}
                        <Notice problem=app.problem retry=app.again() when=move || refused.get().is_none()/>
                    </div>
                    <LookUpSecret
                        id="recovery-code"
                        field
                        described_by="recovery-code-problem recovery-code-intro"
                        is_refused=Signal::derive(move || refused.get().is_some())
                        focus
                    />
                    <div class="row">
                        <Submit waits=app.busy label=text::SUBMIT busy=text::BUSY/>
                        <a class="button" href=page::in_this_log_in(address::LOG_IN)>{back}</a>
                    </div>
                </form>
                <TimeLeft expires_at on_end=app.on_end()/>
            </div>
            <footer>
                <Disclosure summary=text::NO_CODES paragraphs=text::NO_CODES_ADVICE/>
            </footer>
        </section>
    }
}

/// After a log-in with a recovery code: how many are left, and the way to a new authenticator app.
#[component]
pub(crate) fn Recovered(codes_left: u32) -> impl IntoView {
    let further = page::return_place().unwrap_or_else(|| address::APPLICATIONS.to_owned());
    view! {
        <section class="body">
            <Heading title=text::RECOVERED/>
            <p>{text::left(codes_left)}</p>
            <p>{text::NEW_APP}</p>
            <p class="row">
                <a class="button primary" href=address::MY_SECURITY>{text::MY_SECURITY}</a>
                <a class="button" href=further>{text::CONTINUE}</a>
            </p>
        </section>
    }
}
