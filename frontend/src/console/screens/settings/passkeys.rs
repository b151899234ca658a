//! *Passkeys*: not allowed, as a second factor, or also without a password.

use leptos::prelude::*;
use postern_types::{AccountSecurity, PasskeyPolicy};

use super::{saved::Saved, summary::Summary, theirs::Theirs};
use crate::{
    components::Submit,
    console::{
        form::{Form, Problem},
        text::{passkeys as text, users},
    },
};

fn policy(security: &AccountSecurity) -> PasskeyPolicy {
    security.passkeys.unwrap_or_default()
}

fn words(security: &AccountSecurity) -> String {
    text::policy(policy(security)).to_owned()
}

/// How users can use passkeys.
#[component]
pub(super) fn Passkeys(settings: Saved) -> impl IntoView {
    let form = Form::new();
    let chosen = RwSignal::new(policy(&settings.current.get_untracked()));
    Effect::new(move || chosen.set(policy(&settings.current.get())));
    let send = settings.on_submit(form, move || AccountSecurity {
        passkeys: Some(chosen.get_untracked()),
        ..AccountSecurity::default()
    });
    view! {
        <details class="section">
            <Summary
                title=text::TITLE
                on=Signal::derive(move || settings.current.with(policy) != PasskeyPolicy::NotAllowed)
                words=Signal::derive(move || settings.current.with(words))
            />
            <p>{text::WHAT_THEY_ARE}</p>
            <form on:submit=send>
                <Theirs settings words mine=Signal::derive(move || text::policy(chosen.get()).to_owned())/>
                <fieldset>
                    <legend>{text::CHOICE}</legend>
                    {PasskeyPolicy::ALL.map(|policy| view! { <Choice policy chosen/> })}
                </fieldset>
                <p class="hint soft">{text::STRICTEST}</p>
                <Problem form/>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
        </details>
    }
}

/// A choice, and what it means.
#[component]
fn Choice(policy: PasskeyPolicy, chosen: RwSignal<PasskeyPolicy>) -> impl IntoView {
    let id = format!("passkeys-{}", policy.as_str());
    let hint = format!("{id}-hint");
    view! {
        <div class="tick">
            <input
                id=id.clone()
                type="radio"
                name="passkeys"
                aria-describedby=hint.clone()
                prop:checked=move || chosen.get() == policy
                on:change=move |_| chosen.set(policy)
            />
            <label for=id>{text::policy(policy)}</label>
        </div>
        <p class="hint soft" id=hint>{text::policy_meaning(policy)}</p>
    }
}
