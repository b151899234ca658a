//! What may stand between a request and its answer: a fresh one-time code, or a session that has ended. Both open above the
//! screen, so that nothing that was typed is lost.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{ApiError, CodeRequest, Step, TotpCode};

use super::{
    Console, Gate, Who,
    controls::{Dialog, Form, Problem},
    text,
};
use crate::{
    api,
    components::{CodeInput, Submit},
    flow::Failure,
    text::{CANCEL, TRY_AGAIN},
};

/// The gate that is closed now, if any.
#[component]
pub(super) fn Gates(console: Console) -> impl IntoView {
    move || match console.gate.get() {
        Some(Gate::StepUp) => view! { <StepUp console/> }.into_any(),
        Some(Gate::SessionOver) => view! { <SessionOver console/> }.into_any(),
        None => ().into_any(),
    }
}

/// Asks for a one-time code; then what was asked for goes on by itself.
#[component]
fn StepUp(console: Console) -> impl IntoView {
    let (form, field) = (Form::new(), NodeRef::<html::Input>::new());
    let send = move || {
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        spawn_local(async move {
            let work = async {
                let code = TotpCode::parse(&typed).map_err(|_| Failure::NoCode)?;
                api::me::step_up(&CodeRequest { code }).send().await
            };
            match form.run(work).await {
                Some(_) => console.leave_gate(true),
                None if form.problem.get_untracked() == Some(Failure::Refused(ApiError::SessionExpired)) => {
                    console.gate.set(Some(Gate::SessionOver));
                }
                None => {}
            }
        });
    };
    let leave = Callback::new(move |()| console.leave_gate(false));
    view! {
        <Dialog id="step-up" title=text::step_up::TITLE on_leave=leave>
            <form class="code-form" novalidate on:submit=move |event| {
                event.prevent_default();
                send();
            }>
                <p class="soft" id="step-up-why">{text::step_up::WHY}</p>
                <label for="code">{text::step_up::LABEL}</label>
                <div id="code-problem"><Problem form/></div>
                <div class="row">
                    <CodeInput problem=form.problem field description="step-up-why" focus=true on_complete=send/>
                    <Submit waits=form.busy label=text::step_up::SUBMIT busy=text::step_up::BUSY/>
                    <button type="button" on:click=move |_| leave.run(())>{CANCEL}</button>
                </div>
            </form>
        </Dialog>
    }
}

/// Says that the session has ended, and waits until there is one again.
#[component]
fn SessionOver(console: Console) -> impl IntoView {
    let form = Form::new();
    let retry = move |_| {
        spawn_local(async move {
            let answer = form.run(async {
                match api::flow().send().await? {
                    Step::SignedIn(user) => Ok(user),
                    _ => Err(Failure::SessionEnded),
                }
            });
            if let Some(user) = answer.await {
                let same =
                    console.who.with_untracked(|who| matches!(who, Who::User(old) if old.user.id == user.user.id));
                if !same {
                    // What is on screen was another person's.
                    return crate::page::reload();
                }
                console.leave_gate(true);
            }
        });
    };
    let leave = Callback::new(move |()| console.leave_gate(false));
    view! {
        <Dialog id="session-over" title=text::session_over::TITLE on_leave=leave>
            <p>{text::session_over::ADVICE}</p>
            <Problem form/>
            <div class="row end">
                <a class="button" href=console.log_in() target="_blank" rel="noreferrer">{text::session_over::LOG_IN}</a>
                <button type="button" class="primary" data-busy=move || form.busy.get() on:click=retry>{TRY_AGAIN}</button>
            </div>
        </Dialog>
    }
}
