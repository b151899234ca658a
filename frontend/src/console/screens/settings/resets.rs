//! *Resets of two-factor authentication*: what a reset needs besides an administrator.

use leptos::{html, prelude::*};
use postern_types::{AccountSecurity, ResetPolicy};

use super::{saved::Saved, summary::Summary, theirs::Theirs};
use crate::{
    components::Submit,
    console::{
        controls::{Field, ticked, value},
        form::{Form, Problem},
        text::{resets as text, users},
    },
};

fn policy(security: &AccountSecurity) -> ResetPolicy {
    security.reset.unwrap_or_default()
}

fn words(security: &AccountSecurity) -> String {
    text::rules(policy(security))
}

/// What a reset needs.
#[component]
pub(super) fn Resets(settings: Saved) -> impl IntoView {
    let form = Form::new();
    let [code, second, delay] = [(); 3].map(|()| NodeRef::<html::Input>::new());
    let current = Memo::new(move |_| settings.current.with(policy));
    let chosen = move || ResetPolicy {
        set_up_code: ticked(code),
        second_administrator: ticked(second),
        delay_h: value(delay).trim().parse().unwrap_or(u16::MAX),
    };
    let mine = RwSignal::new(String::new());
    let send = settings.on_submit(form, move || {
        let reset = chosen();
        mine.set(text::rules(reset));
        AccountSecurity { reset: Some(reset), ..AccountSecurity::default() }
    });
    let delay_now = current.get_untracked().delay_h.to_string();
    Effect::new(move || {
        let hours = current.get().delay_h.to_string();
        if let Some(field) = delay.get() {
            field.set_value(&hours);
        }
    });
    view! {
        <details class="section">
            <Summary
                title=text::SECTION
                on=Signal::derive(move || current.get() != ResetPolicy::default())
                words=Signal::derive(move || text::rules(current.get()))
            />
            <p>{text::WHY}</p>
            <form novalidate on:submit=send>
                <Theirs settings words mine=mine.into()/>
                <Choice id="reset-code" label=text::NEEDS_CODE hint=text::NEEDS_CODE_HINT node=code
                    on=Signal::derive(move || current.get().set_up_code)/>
                <Choice id="reset-second" label=text::NEEDS_SECOND hint=text::NEEDS_SECOND_HINT node=second
                    on=Signal::derive(move || current.get().second_administrator)/>
                <Field form name="reset.delay_h" id="reset-delay" label=text::DELAY node=delay kind="number" value=delay_now/>
                <p class="hint soft">{text::DELAY_HINT}</p>
                <Problem form/>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
        </details>
    }
}

/// A checkbox, and what it means.
#[component]
fn Choice(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    node: NodeRef<html::Input>,
    on: Signal<bool>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="tick">
            <input id=id type="checkbox" node_ref=node prop:checked=on aria-describedby=hint_id.clone()/>
            <label for=id>{label}</label>
        </div>
        <p class="hint soft" id=hint_id>{hint}</p>
    }
}
