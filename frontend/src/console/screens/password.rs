//! *Change password*.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{Password, SignedIn};

use super::Title;
use crate::{
    api,
    components::Submit,
    console::{
        Console,
        controls::{Form, PasswordField, Problem, value},
        place::Screen,
        text::{passwords as text, users},
    },
};

/// Replaces one's own password; the other sessions end.
#[component]
pub(super) fn ChangePassword(console: Console, user: SignedIn) -> impl IntoView {
    let form = Form::new();
    let (current, new) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (current, new) = (value(current), value(new));
        spawn_local(async move {
            let work = console.ask(|| {
                let (current_password, new_password) = (Password::new(current.clone()), Password::new(new.clone()));
                let body = postern_types::ChangePassword { current_password, new_password };
                async move { api::me::change_password(&body).send().await }
            });
            if form.run(work).await.is_some() {
                console.say(text::CHANGED);
                console.go(Screen::Security.into());
            }
        });
    };
    view! {
        <Title title=text::CHANGE focus=false/>
        <section class="section narrow">
            <form novalidate on:submit=send>
                <input class="unseen" type="email" autocomplete="username" tabindex="-1" aria-hidden="true" readonly value=user.user.email.to_string()/>
                <Problem form/>
                <PasswordField id="current-password" label=text::CURRENT node=current autocomplete="current-password" focus=true/>
                <PasswordField id="new-password" label=text::NEW node=new autocomplete="new-password" hint=text::HINT/>
                <p class="hint soft">{text::OTHERS_END}</p>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
        </section>
    }
}
