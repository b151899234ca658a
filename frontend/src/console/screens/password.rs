//! *Change password*.

use leptos::{html, prelude::*};
use postern_types::{Password, SignedIn};

use crate::{
    api,
    components::{Heading, Submit},
    console::{
        controls::{PasswordField, value},
        form::{Form, Problem},
        place::Screen,
        state::Console,
        text::{passwords as text, users},
    },
};

/// Replaces one's own password; the other sessions end.
#[component]
pub(super) fn ChangePassword(console: Console, user: SignedIn) -> impl IntoView {
    let form = Form::new();
    let current = NodeRef::<html::Input>::new();
    let new = NodeRef::<html::Input>::new();
    let send = form.on_submit(
        move || {
            let current_password = Password::new(value(current));
            let new_password = Password::new(value(new));
            let body = postern_types::ChangePassword { current_password, new_password };
            async move { console.ask(|| api::me::change_password(&body).send()).await }
        },
        move |_| {
            console.say(text::CHANGED);
            console.go(Screen::Security.into());
        },
    );
    view! {
        <Heading title=text::CHANGE focus=false/>
        <section class="section narrow">
            <form novalidate on:submit=send>
                <input class="unseen" type="email" autocomplete="username" tabindex="-1" aria-hidden="true" readonly value=user.user.email.to_string()/>
                <Problem form/>
                <PasswordField form name="current_password" id="current-password" label=text::CURRENT node=current autocomplete="current-password" focus=true/>
                <PasswordField form name="new_password" id="new-password" label=text::NEW node=new autocomplete="new-password" hint=text::HINT/>
                <p class="hint soft">{text::OTHERS_END}</p>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
        </section>
    }
}
