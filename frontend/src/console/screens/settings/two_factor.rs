//! *Two-factor authentication (2FA)*: what it is, which apps work, and the checkbox that requires it.

use leptos::{ev::SubmitEvent, html, prelude::*};
use postern_types::{AccountSecurity, TwoFactorPolicy};

use super::{saved::Saved, summary::Summary, theirs::Theirs};
use crate::{
    components::Submit,
    console::{
        controls::{Tick, ticked},
        dialog::ConfirmFirst,
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
    let doubtful = RwSignal::new(false);
    let consequence =
        Signal::derive(move || settings.effect.with(|effect| text::turn_off_consequence(effect.as_ref())));
    let save = Callback::new(move |()| {
        let two_factor = Some(TwoFactorPolicy { required: ticked(node), end_sessions: ticked(end_node) });
        settings.save(form, AccountSecurity { two_factor, ..AccountSecurity::default() });
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if settings.current.with_untracked(required) && !ticked(node) {
            doubtful.set(true);
        } else {
            save.run(());
        }
    };
    let mine =
        Signal::derive(move || (if chosen.get() { text::IS_REQUIRED } else { text::IS_NOT_REQUIRED }).to_owned());
    view! {
        <details class="section" open>
            <Summary
                title=text::TWO_FACTOR
                on=Signal::derive(move || settings.current.with(required))
                words=Signal::derive(move || text::on_or_off(settings.current.with(required)).to_owned())
            />
            <Explanation/>
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
            <ConfirmFirst open=doubtful question=text::TURN_OFF consequence form on_yes=save/>
        </details>
    }
}

/// What a second factor is, and which apps work.
#[component]
fn Explanation() -> impl IntoView {
    view! {
        <p>{text::WHAT_IT_IS}</p>
        <p class="soft">{text::APPS_THAT_WORK}</p>
        <ul class="apps">
            {APPS.map(|(name, href)| view! { <li><a href=href target="_blank" rel="noreferrer">{name}</a></li> })}
        </ul>
    }
}
