//! The dialogs that a request may have to pass first: for a fresh one-time code, and for a session that has ended. They open
//! above the screen, so that nothing that was typed is lost.

use leptos::prelude::*;
use postern_types::Step;

use super::{
    dialog::Dialog,
    form::{Form, NotLoaded, Problem},
    loaded::load,
    second_factor::{Factors, SecondFactor},
    state::{Console, Gate, Who},
    text,
};
use crate::{
    api,
    flow::Failure,
    page,
    text::{CANCEL, TRY_AGAIN},
};

/// The current gate, if any.
#[component]
pub(super) fn Gates(console: Console) -> impl IntoView {
    move || match console.gate.get() {
        Some(Gate::StepUp) => view! { <StepUp console/> }.into_any(),
        Some(Gate::SessionOver) => view! { <SessionOver console/> }.into_any(),
        None => ().into_any(),
    }
}

/// Asks for a second factor. After that the waiting requests continue.
#[component]
fn StepUp(console: Console) -> impl IntoView {
    let loaded = load(console, Factors::load);
    let done = Callback::new(move |()| console.leave_gate(true));
    let leave = Callback::new(move |()| console.leave_gate(false));
    view! {
        <Dialog id="step-up" title=text::step_up::TITLE on_leave=leave>
            {move || match (loaded.value.get(), loaded.failure.get()) {
                (Some(factors), _) => view! {
                    <p class="soft" id="step-up-why">{text::step_up::why(factors.app, factors.passkey)}</p>
                    <SecondFactor console factors in_gate=true description="step-up-why" on_done=done on_cancel=leave/>
                }.into_any(),
                (None, Some(failure)) => view! {
                    <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
                    <button type="button" on:click=move |_| leave.run(())>{CANCEL}</button>
                }.into_any(),
                (None, None) => view! { <p class="loading soft">{text::LOADING}</p> }.into_any(),
            }}
        </Dialog>
    }
}

/// Says that the session has ended, and waits for a new one.
#[component]
fn SessionOver(console: Console) -> impl IntoView {
    let form = Form::new();
    let ask = async || match api::flow().peek().await? {
        Step::SignedIn(user) => Ok(user),
        _ => Err(Failure::SessionEnded),
    };
    let retry = move |_| {
        form.run(ask(), move |user| {
            let same = console.who.with_untracked(|who| matches!(who, Who::User(old) if old.user.id == user.user.id));
            if same {
                console.leave_gate(true);
            } else {
                // The screen belongs to another person.
                page::reload();
            }
        });
    };
    let leave = Callback::new(move |()| console.leave_gate(false));
    view! {
        <Dialog id="session-over" title=text::session_over::TITLE on_leave=leave>
            <p>{text::session_over::ADVICE}</p>
            <Problem form/>
            <div class="row end">
                <a class="button primary" href=console.log_in() target="_blank" rel="noreferrer" autofocus>{text::session_over::LOG_IN}</a>
                <button type="button" data-busy=move || form.busy.get() on:click=retry>{TRY_AGAIN}</button>
            </div>
        </Dialog>
    }
}
