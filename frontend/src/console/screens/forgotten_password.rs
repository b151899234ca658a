//! *Forgotten password?* The answer is the same whether or not there is such a user.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::PasswordReset;

use super::Card;
use crate::{
    api,
    components::Submit,
    console::{
        controls::{Field, Form, Problem, value},
        text::{passwords as text, users},
    },
    flow::Failure,
};

/// Asks for the user name and promises a mail.
#[component]
pub(super) fn ForgottenPassword() -> impl IntoView {
    let (form, node, asked) = (Form::new(), NodeRef::<html::Input>::new(), RwSignal::new(false));
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let email = value(node);
        spawn_local(async move {
            let work = async {
                if email.trim().is_empty() {
                    return Err(Failure::NoEmail);
                }
                api::me::password_reset(&PasswordReset { email }).send().await
            };
            if form.run(work).await.is_some() {
                asked.set(true);
            }
        });
    };
    view! {
        <Card title=text::FORGOTTEN focus=false>
            {move || if asked.get() {
                view! { <p role="status">{text::ON_ITS_WAY}</p> }.into_any()
            } else {
                view! {
                    <p>{text::FORGOTTEN_ADVICE}</p>
                    <form novalidate on:submit=send>
                        <Problem form/>
                        <Field id="e-mail" label=users::EMAIL node kind="email" autocomplete="username" focus=true/>
                        <Submit waits=form.busy label=text::SEND_LINK busy=text::SENDING_LINK/>
                    </form>
                }.into_any()
            }}
            <p><a href="/">{text::BACK_TO_LOG_IN}</a></p>
        </Card>
    }
}
