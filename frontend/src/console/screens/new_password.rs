//! The step of a log-in that asks for a new password.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{Password, PasswordReason};

use crate::{
    api,
    components::Submit,
    console::{
        card::Card,
        controls::{PasswordField, value},
        form::{Form, Problem},
        state::Console,
        text::passwords as text,
    },
    page,
    text::CANCEL,
};

/// Replaces a temporary or expired password, or the one from before a lockdown.
#[component]
pub(in super::super) fn NewPassword(console: Console, email: String, reason: PasswordReason) -> impl IntoView {
    let form = Form::new();
    let node = NodeRef::<html::Input>::new();
    let send = form.on_submit(
        move || {
            let body = postern_types::NewPassword { new_password: Password::new(value(node)) };
            async move { console.send(api::me::new_password(&body)).await }
        },
        move |step| {
            console.say(text::CHANGED);
            console.arrive(Ok(step));
        },
    );
    let cancel = move |_| {
        spawn_local(async move {
            if !console.send(api::cancel()).await.is_err_and(|failure| failure.is_another_user()) {
                page::go_to("/");
            }
        });
    };
    view! {
        <Card title=text::CHOOSE focus=false>
            <p>{match reason {
                PasswordReason::Temporary => text::TEMPORARY,
                PasswordReason::Expired => text::EXPIRED,
                PasswordReason::LockedDown => text::LOCKED_DOWN,
            }}</p>
            <form novalidate on:submit=send>
                <input class="unseen" type="email" autocomplete="username" tabindex="-1" aria-hidden="true" readonly value=email/>
                <Problem form/>
                <PasswordField form name="new_password" id="new-password" label=text::NEW node autocomplete="new-password" hint=text::HINT focus=true/>
                <div class="row">
                    <Submit waits=form.busy label=text::SET busy=text::SETTING/>
                    <button type="button" on:click=cancel>{CANCEL}</button>
                </div>
            </form>
        </Card>
    }
}
