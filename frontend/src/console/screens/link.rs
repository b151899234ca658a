//! The target of a one-time link: the first run, a password, an alarm, a further account. The token is in the fragment, and is taken out of
//! the address at once.

use leptos::{ev, html, prelude::*, task::spawn_local};
use postern_types::{ApiError, ConfirmPasswordReset, Email, FirstRun, Link as LinkKind, LinkToken, Password};

use crate::{
    api,
    components::Submit,
    console::{
        card::Card,
        controls::{Field, PasswordField, value},
        form::{Check, Form, NotLoaded, Problem},
        place,
        state::Console,
        text::{LOADING, links as text, passwords, users},
    },
    flow::Failure,
    text::unreachable,
};

/// Asks the server what the link is for, and shows that. Another link may be opened in the same tab: only the fragment changes
/// then, and the page is not loaded again.
#[component]
pub(super) fn Link(console: Console) -> impl IntoView {
    let token = StoredValue::new(place::link_token());
    let found = RwSignal::new(None::<Result<LinkKind, Failure>>);
    let ask = move || {
        let asked = token.get_value();
        found.set(None);
        spawn_local(async move {
            let answer = api::me::link(&LinkToken { token: asked.clone() }).send().await;
            // Another link may have been opened in the meantime.
            if token.try_get_value() == Some(asked) {
                found.set(Some(answer));
            }
        });
    };
    let moved = window_event_listener(ev::popstate, move |_| {
        token.set_value(place::link_token());
        ask();
    });
    on_cleanup(move || moved.remove());
    ask();
    move || {
        match found.get() {
        None => view! { <p class="loading soft">{LOADING}</p> }.into_any(),
        Some(Ok(LinkKind::FirstRun)) => view! { <FirstRunForm console token/> }.into_any(),
        Some(Ok(LinkKind::Password { email })) => view! {
            <PasswordForm console token email title=passwords::CHOOSE submit=passwords::SET/>
        }
        .into_any(),
        Some(Ok(LinkKind::NotMe { email })) => view! {
            <PasswordForm console token email title=text::NOT_ME submit=text::NOT_ME_SET done=Failure::NotMe>
                <p>{text::NOT_ME_ADVICE}</p>
                <p>{text::NOT_ME_PASSWORD}</p>
            </PasswordForm>
        }
        .into_any(),
        Some(Ok(LinkKind::Invitation { email_confirmed: false, .. })) => view! {
            <Card title=text::INVITATION>
                <p>{text::UNCONFIRMED}</p>
                <p><a href="/console/forgotten-password">{passwords::FORGOTTEN}</a></p>
            </Card>
        }
        .into_any(),
        Some(Ok(LinkKind::Invitation { email, account, .. })) => {
            view! { <InvitationForm console token email account/> }.into_any()
        }
        Some(Err(Failure::Refused(ApiError::NotFound))) => view! {
            <Card title=text::DEAD>
                <p>{text::DEAD_ADVICE}</p>
                <p><a href="/console/forgotten-password">{passwords::FORGOTTEN}</a> " · " <a href="/">{passwords::BACK_TO_LOG_IN}</a></p>
            </Card>
        }
        .into_any(),
        Some(Err(failure)) => view! {
            <Card title=unreachable::TITLE>
                <NotLoaded failure on_retry=Callback::new(move |()| ask())/>
            </Card>
        }
        .into_any(),
    }
    }
}

#[component]
fn FirstRunForm(console: Console, token: StoredValue<String>) -> impl IntoView {
    let form = Form::new();
    let [account, name, email, password] = [(); 4].map(|()| NodeRef::<html::Input>::new());
    let send = form.on_submit(
        move || {
            let token = token.get_value();
            let account = value(account);
            let name = value(name);
            let email = value(email);
            let password = Password::new(value(password));
            async move {
                let email = Email::parse(&email).map_err(|_| Failure::NoEmail)?;
                api::me::first_run(&FirstRun { token, account, email, name, password }).send().await
            }
        },
        move |_| console.begin(None),
    );
    view! {
        <Card title=text::FIRST_RUN focus=false>
            <p>{text::FIRST_RUN_ADVICE}</p>
            <form novalidate on:submit=send>
                <Problem form/>
                <Field form name="account" id="account-name" label=text::ACCOUNT_NAME node=account check=Check::Filled autocomplete="organization" focus=true/>
                <Field form name="name" id="own-name" label=text::YOUR_NAME node=name autocomplete="name"/>
                <Field form name="email" id="e-mail" label=users::EMAIL node=email check=Check::Email kind="email" autocomplete="username"/>
                <PasswordField form name="password" id="new-password" label=text::PASSWORD node=password autocomplete="new-password" hint=passwords::HINT/>
                <Submit waits=form.busy label=text::CREATE busy=text::CREATING/>
            </form>
        </Card>
    }
}

#[component]
fn PasswordForm(
    console: Console,
    token: StoredValue<String>,
    email: Email,
    title: &'static str,
    submit: &'static str,
    /// What the next page says of it.
    #[prop(optional)]
    done: Option<Failure>,
    /// What else the link does.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let form = Form::new();
    let done = StoredValue::new(done);
    let node = NodeRef::<html::Input>::new();
    let send = form.on_submit(
        move || {
            let body = ConfirmPasswordReset { token: token.get_value(), new_password: Password::new(value(node)) };
            async move { api::me::confirm_password_reset(&body).send().await }
        },
        move |_| console.begin(done.get_value()),
    );
    let who = email.to_string();
    view! {
        <Card title focus=false>
            <p>{text::PASSWORD_FOR} <b>{who.clone()}</b>"."</p>
            {children.map(|children| children())}
            <form novalidate on:submit=send>
                <input class="unseen" type="email" autocomplete="username" tabindex="-1" aria-hidden="true" readonly value=who/>
                <Problem form/>
                <PasswordField form name="new_password" id="new-password" label=passwords::NEW node autocomplete="new-password" hint=passwords::HINT focus=true/>
                <Submit waits=form.busy label=submit busy=passwords::SETTING/>
            </form>
        </Card>
    }
}

#[component]
fn InvitationForm(console: Console, token: StoredValue<String>, email: Email, account: String) -> impl IntoView {
    let form = Form::new();
    let joined = RwSignal::new(false);
    let send = form.on_submit(
        move || {
            let body = LinkToken { token: token.get_value() };
            async move { api::me::accept_invitation(&body).send().await }
        },
        move |_| {
            console.place.with_untracked(place::replace);
            joined.set(true);
            console.say(text::JOINED);
        },
    );
    let question = text::invitation(&account, email.as_str());
    view! {
        <Card title=text::INVITATION>
            {move || if joined.get() {
                view! { <p>{text::JOINED} " " <a href="/">{passwords::BACK_TO_LOG_IN}</a></p> }.into_any()
            } else {
                view! {
                    <p>{question.clone()}</p>
                    <form on:submit=send>
                        <Problem form/>
                        <Submit waits=form.busy label=text::JOIN busy=text::JOINING/>
                    </form>
                }.into_any()
            }}
        </Card>
    }
}
