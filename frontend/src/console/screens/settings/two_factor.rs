//! *Two-factor authentication (2FA)*: what it is, which apps work, and the checkbox that requires it.

use leptos::{html, prelude::*};
use postern_types::{AccountSecurity, TwoFactorPolicy};

use super::{saved::Saved, theirs::Theirs};
use crate::{
    components::Submit,
    console::{
        controls::{Tick, ticked},
        form::{Form, Problem},
        text::{settings as text, users},
    },
    text::set_up::APPS,
};

fn required(security: &AccountSecurity) -> bool {
    security.two_factor.is_some_and(|policy| policy.required)
}

fn words(security: &AccountSecurity) -> String {
    (if required(security) { text::IS_REQUIRED } else { text::IS_NOT_REQUIRED }).to_owned()
}

/// Whether every user needs a second factor.
#[component]
pub(super) fn TwoFactor(settings: Saved) -> impl IntoView {
    let form = Form::new();
    let node = NodeRef::<html::Input>::new();
    let end_node = NodeRef::<html::Input>::new();
    let chosen = RwSignal::new(required(&settings.current.get_untracked()));
    Effect::new(move || chosen.set(required(&settings.current.get())));
    let send = settings.on_submit(form, move || {
        let two_factor = Some(TwoFactorPolicy { required: ticked(node), end_sessions: ticked(end_node) });
        AccountSecurity { two_factor, ..AccountSecurity::default() }
    });
    let mine =
        Signal::derive(move || (if chosen.get() { text::IS_REQUIRED } else { text::IS_NOT_REQUIRED }).to_owned());
    view! {
        <details class="section" open>
            <summary>{text::TWO_FACTOR}</summary>
            <p>{text::WHAT_IT_IS}</p>
            <p class="soft">{text::APPS_THAT_WORK}</p>
            <ul class="apps">
                {APPS.map(|(name, href)| view! { <li><a href=href target="_blank" rel="noreferrer">{name}</a></li> })}
            </ul>
            <form on:submit=send>
                <Theirs settings words mine/>
                <div class="tick">
                    <input
                        id="require"
                        type="checkbox"
                        node_ref=node
                        aria-describedby="effect"
                        prop:checked=move || chosen.get()
                        on:change=move |_| chosen.set(ticked(node))
                    />
                    <label for="require">{text::ENABLE}</label>
                </div>
                <p class="hint soft" id="effect">
                    {move || settings.effect.get().map(|effect| text::effect(&effect, chosen.get()))}
                </p>
                {move || (chosen.get() && !required(&settings.current.get())).then(|| view! {
                    <Tick id="end-sessions" label=text::END_SESSIONS node=end_node/>
                })}
                <Problem form/>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
        </details>
    }
}
