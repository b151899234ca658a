//! *Forgotten password?* The response is the same whether or not there is such a user.

use leptos::{html, prelude::*};
use postern_types::PasswordReset;

use crate::{
    api,
    components::Submit,
    console::{
        card::Card,
        controls::{Field, value},
        form::{Check, Form, Problem},
        text::{passwords as text, users},
    },
};

/// Asks for the user name and requests a link.
#[component]
pub(super) fn ForgottenPassword() -> impl IntoView {
    let form = Form::new();
    let node = NodeRef::<html::Input>::new();
    let asked = RwSignal::new(false);
    let send = form.on_submit(
        move || {
            let email = value(node);
            async move { api::me::password_reset(&PasswordReset { email }).send().await }
        },
        move |_| asked.set(true),
    );
    view! {
        <Card title=text::FORGOTTEN focus=false>
            {move || if asked.get() {
                view! { <p role="status">{text::ON_ITS_WAY}</p> }.into_any()
            } else {
                view! {
                    <p>{text::FORGOTTEN_ADVICE}</p>
                    <form novalidate on:submit=send>
                        <Problem form/>
                        <Field form name="email" id="e-mail" label=users::EMAIL node check=Check::Email kind="email" autocomplete="username" focus=true/>
                        <Submit waits=form.busy label=text::SEND_LINK busy=text::SENDING_LINK/>
                    </form>
                }.into_any()
            }}
            <p><a href="/">{text::BACK_TO_LOG_IN}</a></p>
        </Card>
    }
}
