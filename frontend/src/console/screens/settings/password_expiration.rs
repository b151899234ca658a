//! *Password expiration*: off, as NIST advises, or after 30, 60 or 90 days.

use leptos::prelude::*;
use postern_types::{AccountSecurity, PasswordPolicy};

use super::{saved::Saved, summary::Summary, theirs::Theirs};
use crate::{
    components::Submit,
    console::{
        form::{Form, Problem},
        text::{settings as text, users},
    },
};

fn age(security: &AccountSecurity) -> Option<u16> {
    security.password.and_then(|policy| policy.max_age_days)
}

fn words(security: &AccountSecurity) -> String {
    text::expires(age(security))
}

/// How long passwords last.
#[component]
pub(super) fn PasswordExpiration(settings: Saved) -> impl IntoView {
    let form = Form::new();
    let chosen = RwSignal::new(age(&settings.current.get_untracked()));
    Effect::new(move || chosen.set(age(&settings.current.get())));
    let send = settings.on_submit(form, move || {
        let password = Some(PasswordPolicy { max_age_days: chosen.get_untracked() });
        AccountSecurity { password, ..AccountSecurity::default() }
    });
    let choices = std::iter::once(None).chain(PasswordPolicy::AGES.map(Some));
    view! {
        <details class="section">
            <Summary
                title=text::PASSWORD_EXPIRATION
                on=Signal::derive(move || settings.current.with(age).is_some())
                words=Signal::derive(move || text::expires_or_off(settings.current.with(age)))
            />
            <p>{text::NIST_ADVICE}</p>
            <form on:submit=send>
                <Theirs settings words mine=Signal::derive(move || text::expires(chosen.get()))/>
                <fieldset>
                    <legend>{text::PASSWORDS_EXPIRE}</legend>
                    {choices.map(|choice| {
                        let id = choice.map_or_else(|| "never".to_owned(), |days| format!("days-{days}"));
                        view! {
                            <div class="tick">
                                <input
                                    id=id.clone()
                                    type="radio"
                                    name="max-age"
                                    prop:checked=move || chosen.get() == choice
                                    on:change=move |_| chosen.set(choice)
                                />
                                <label for=id>{text::expires(choice)}</label>
                            </div>
                        }
                    }).collect_view()}
                </fieldset>
                <Problem form/>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
        </details>
    }
}
