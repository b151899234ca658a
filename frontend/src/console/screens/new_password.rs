//! The step of a log-in that asks for a new password.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::PasswordReason;

use super::Card;
use crate::{
    api,
    components::Submit,
    console::{
        Console,
        controls::{Form, PasswordField, Problem, value},
        text::passwords as text,
    },
    page,
    text::CANCEL,
};

/// A password in place of one that is temporary or too old.
#[component]
pub(in super::super) fn NewPassword(console: Console, email: String, reason: PasswordReason) -> impl IntoView {
    let (form, node) = (Form::new(), NodeRef::<html::Input>::new());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = value(node);
        spawn_local(async move {
            let body = postern_types::NewPassword { new_password: postern_types::Password::new(typed) };
            if let Some(step) = form.run(async { api::me::new_password(&body).send().await }).await {
                console.say(text::CHANGED);
                console.arrive(Ok(step));
            }
        });
    };
    let cancel = move |_| {
        spawn_local(async move {
            let _ = api::cancel().send().await;
            page::go_to("/");
        });
    };
    view! {
        <Card title=text::CHOOSE focus=false>
            <p>{match reason {
                PasswordReason::Temporary => text::TEMPORARY,
                PasswordReason::Expired => text::EXPIRED,
            }}</p>
            <form novalidate on:submit=send>
                <input class="unseen" type="email" autocomplete="username" tabindex="-1" aria-hidden="true" readonly value=email/>
                <Problem form/>
                <PasswordField id="new-password" label=text::NEW node autocomplete="new-password" hint=text::HINT focus=true/>
                <div class="row">
                    <Submit waits=form.busy label=text::SET busy=text::SETTING/>
                    <button type="button" on:click=cancel>{CANCEL}</button>
                </div>
            </form>
        </Card>
    }
}
