//! The dialog *Who may use it?*

use std::collections::HashSet;

use leptos::{ev::SubmitEvent, prelude::*};
use postern_types::{AccountApplication, ApplicationMembers};

use super::people::People;
use crate::{
    api,
    components::Submit,
    console::{
        dialog::{ConfirmFirst, Dialog},
        form::{Form, Problem},
        state::Console,
        text::{applications as text, users},
    },
    text::CANCEL,
};

/// Chooses everyone, or some users of the account. The users stay chosen while everyone may use the application.
#[component]
pub(super) fn Members(
    console: Console,
    account: StoredValue<String>,
    application: AccountApplication,
    on_leave: Callback<()>,
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let everyone = RwSignal::new(application.everyone);
    let chosen = RwSignal::new(application.users.iter().cloned().collect::<HashSet<_>>());
    let overtaken = RwSignal::new(false);
    let name = application.name.clone();
    let application = StoredValue::new(application);
    let doubtful = RwSignal::new(false);
    let question = text::nobody_question(&name);
    let save = Callback::new(move |()| {
        let body = ApplicationMembers {
            everyone: everyone.get_untracked(),
            users: chosen.with_untracked(|chosen| chosen.iter().cloned().collect()),
        };
        let before = application.get_value();
        let account = account.get_value();
        let work = async move {
            match console.ask(|| api::account::choose_members(&account, &before, &body).send()).await {
                Err(failure) if failure.is_conflict() => Ok(None),
                answer => answer.map(Some),
            }
        };
        form.run(work, move |saved: Option<AccountApplication>| match saved {
            Some(now) => {
                console.say(text::saved(&now.name, now.everyone, now.users.len()));
                on_done.run(());
            }
            None => overtaken.set(true),
        });
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if !everyone.get_untracked() && chosen.with_untracked(HashSet::is_empty) {
            doubtful.set(true);
        } else {
            save.run(());
        }
    };
    view! {
        <Dialog id="application-members" title=text::WHO on_leave>
            <form novalidate on:submit=send>
                <fieldset>
                    <legend>{name}</legend>
                    <Choice id="everyone" label=text::EVERYONE value=true everyone/>
                    <Choice id="chosen" label=text::CHOSEN value=false everyone/>
                </fieldset>
                {move || (!everyone.get()).then(|| view! { <People console account chosen/> })}
                <p class="hint soft">{text::CONSEQUENCE}</p>
                <Problem form/>
                <Overtaken overtaken on_done/>
                <div class="row end">
                    <button type="button" on:click=move |_| on_leave.run(())>{CANCEL}</button>
                    <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
                </div>
            </form>
            <ConfirmFirst open=doubtful question consequence=text::NOBODY_CONSEQUENCE form on_yes=save/>
        </Dialog>
    }
}

/// Says that another administrator was faster.
#[component]
fn Overtaken(overtaken: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    view! {
        <div class="alerts" role="alert">
            {move || overtaken.get().then(|| view! {
                <div class="notice">
                    <p>{text::SOMEBODY_WAS_FIRST}</p>
                    <button type="button" on:click=move |_| on_done.run(())>{text::SHOW_THEIRS}</button>
                </div>
            })}
        </div>
    }
}

/// One of the two choices.
#[component]
fn Choice(id: &'static str, label: &'static str, value: bool, everyone: RwSignal<bool>) -> impl IntoView {
    view! {
        <div class="tick">
            <input
                id=id
                type="radio"
                name="who"
                prop:checked=move || everyone.get() == value
                on:change=move |_| everyone.set(value)
            />
            <label for=id>{label}</label>
        </div>
    }
}
