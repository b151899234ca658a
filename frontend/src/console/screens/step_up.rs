//! What an application needs before it can be opened: a fresh second factor, a recent log-in, or a second factor. The fragment
//! says where to go afterwards: `/console/step-up#return=/open?…`.

use leptos::prelude::*;
use postern_types::{ApiError, SignedIn};

use super::{authenticator::Authenticator, passkeys::Passkeys};
use crate::{
    address, api,
    components::Submit,
    console::{
        card::Card,
        form::{Form, NotLoaded, Problem},
        loaded::load,
        second_factor::{Factors, SecondFactor},
        state::Console,
        text::{LOADING, passkeys, security, step_up},
    },
    flow::Failure,
    page,
};

/// Words in the address that say what the application needs. Without one, it needs a fresh second factor.
const NEEDS_LOG_IN: &str = "log_in";
const NEEDS_FACTOR: &str = "second_factor";

/// What has to be done first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Again,
    LogIn,
    Factor,
}

impl Need {
    /// Depends on the word in the address and on what the user has: a user without a second factor cannot show one again.
    fn of(word: Option<&str>, factors: Factors) -> Self {
        match word {
            Some(NEEDS_LOG_IN) => Self::LogIn,
            _ if factors.any() => Self::Again,
            Some(NEEDS_FACTOR) => Self::Factor,
            _ => Self::LogIn,
        }
    }
}

/// Finds out what has to be done first, and continues to the application when it has been done.
#[component]
pub(in super::super) fn StepUp(console: Console, user: SignedIn) -> impl IntoView {
    let user = StoredValue::new(user);
    let word = page::reason();
    let loaded = load(console, || async {
        let factors = Factors::load().await?;
        Ok((factors, application().await))
    });
    move || match (loaded.value.get(), loaded.failure.get()) {
        (Some((factors, name)), _) => match Need::of(word.as_deref(), factors) {
            Need::Again => view! { <Again console factors name/> }.into_any(),
            Need::LogIn => view! { <LogInAgain console name/> }.into_any(),
            Need::Factor => view! { <Factor console user=user.get_value() name/> }.into_any(),
        },
        (None, Some(failure)) => view! {
            <Card title=step_up::TITLE>
                <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
            </Card>
        }
        .into_any(),
        (None, None) => view! {
            <Card title=step_up::TITLE><p class="loading soft">{LOADING}</p></Card>
        }
        .into_any(),
    }
}

/// The name of the application that is being opened, or *The application* if it cannot be found out.
async fn application() -> String {
    let id = page::return_place().and_then(|place| address::application_of(&place).map(str::to_owned));
    let found = api::applications().send().await.unwrap_or_default();
    let found = found.into_iter().find(|application| Some(&application.id) == id.as_ref());
    found.map_or_else(|| step_up::THE_APPLICATION.to_owned(), |application| application.name)
}

/// Continues to the application.
fn go_on() {
    page::go_to(page::return_place().as_deref().unwrap_or(address::APPLICATIONS));
}

/// Asks for the second factor again.
#[component]
fn Again(console: Console, factors: Factors, name: String) -> impl IntoView {
    view! {
        <Card title=step_up::TITLE focus=!factors.app>
            <p class="soft" id="code-why">{step_up::needs_factor_again(&name, factors.app, factors.passkey)}</p>
            <SecondFactor
                console
                factors
                description="code-why"
                on_done=Callback::new(|()| go_on())
                on_cancel=Callback::new(|()| page::go_to(address::APPLICATIONS))
            />
        </Card>
    }
}

/// Ends the session, and goes to the log-in, which continues to the application.
#[component]
fn LogInAgain(console: Console, name: String) -> impl IntoView {
    let form = Form::new();
    let log_out = form.on_submit(
        move || async move {
            match console.send(api::sign_out()).await {
                Err(Failure::Refused(ApiError::SessionExpired)) => Ok(()),
                answer => answer.map(drop),
            }
        },
        move |()| page::go_to(&console.log_in()),
    );
    view! {
        <Card title=step_up::LOG_IN_AGAIN>
            <p>{step_up::needs_log_in(&name)}</p>
            <form on:submit=log_out>
                <Problem form/>
                <div class="row">
                    <Submit waits=form.busy label=step_up::LOG_IN_AGAIN busy=step_up::LOGGING_OUT/>
                    <Back/>
                </div>
            </form>
        </Card>
    }
}

/// Sets up an authenticator app or a passkey, which also counts as a second factor for this session.
#[component]
fn Factor(console: Console, user: SignedIn, name: String) -> impl IntoView {
    let done = Callback::new(|()| go_on());
    view! {
        <Card title=step_up::SET_UP>
            <p>{step_up::needs_factor(&name)}</p>
            <h2>{security::AUTHENTICATOR}</h2>
            <Authenticator console on_done=done/>
            <h2>{passkeys::TITLE}</h2>
            <Passkeys console user on_done=done/>
            <p><Back/></p>
        </Card>
    }
}

#[component]
fn Back() -> impl IntoView {
    view! { <a class="button" href=address::APPLICATIONS>{step_up::BACK}</a> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_a_second_factor_is_asked_for_it() {
        let none = Factors::default();
        for has in [Factors { app: true, passkey: false }, Factors { app: false, passkey: true }] {
            assert_eq!(Need::of(None, has), Need::Again);
            assert_eq!(Need::of(Some(NEEDS_FACTOR), has), Need::Again);
            assert_eq!(Need::of(Some(NEEDS_LOG_IN), has), Need::LogIn);
        }
        assert_eq!(Need::of(None, none), Need::LogIn);
        assert_eq!(Need::of(Some(NEEDS_FACTOR), none), Need::Factor);
    }
}
