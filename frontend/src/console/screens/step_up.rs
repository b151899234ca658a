//! What an application needs before it can be opened: a fresh one-time code, a recent log-in, or a second factor. The fragment
//! says where to go afterwards: `/console/step-up#return=/open?…`.

use leptos::prelude::*;
use postern_types::{ApiError, CodeRequest, MyAuthenticator, TotpCode};

use super::authenticator::Authenticator;
use crate::{
    address, api,
    components::{CodeForm, Submit},
    console::{
        card::Card,
        form::{Form, NotLoaded, Problem},
        loaded::load,
        state::Console,
        text::{self, LOADING, security, step_up},
    },
    flow::Failure,
    page,
};

/// Words in the address that say what the application needs. Without one, it needs a fresh code.
const NEEDS_LOG_IN: &str = "log_in";
const NEEDS_FACTOR: &str = "second_factor";

/// What has to be done first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Code,
    LogIn,
    Factor,
}

impl Need {
    /// Depends on the word in the address and on what the user has: a user without a second factor cannot show one again.
    fn of(word: Option<&str>, it: &MyAuthenticator) -> Self {
        match word {
            Some(NEEDS_LOG_IN) => Self::LogIn,
            _ if it.since.is_some() => Self::Code,
            Some(NEEDS_FACTOR) => Self::Factor,
            _ => Self::LogIn,
        }
    }
}

/// Finds out what has to be done first, and continues to the application when it has been done.
#[component]
pub(in super::super) fn StepUp(console: Console) -> impl IntoView {
    let word = page::reason();
    let loaded = load(console, || async {
        let it = api::me::authenticator().send().await?;
        Ok((it, application().await))
    });
    move || match (loaded.value.get(), loaded.failure.get()) {
        (Some((it, name)), _) => match Need::of(word.as_deref(), &it) {
            Need::Code => view! { <Code console name/> }.into_any(),
            Need::LogIn => view! { <LogInAgain console name/> }.into_any(),
            Need::Factor => view! { <Factor console name/> }.into_any(),
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

#[component]
fn Code(console: Console, name: String) -> impl IntoView {
    let form = Form::new();
    let on_code = Callback::new(move |code: TotpCode| {
        let body = CodeRequest { code };
        let work = async move { console.ask(|| api::me::step_up(&body).send()).await };
        form.run(work, |_| go_on());
    });
    view! {
        <Card title=step_up::TITLE focus=false>
            <p class="soft" id="code-why">{step_up::needs_code(&name)}</p>
            <CodeForm
                busy=form.busy
                problem=form.problem
                on_code
                on_cancel=Callback::new(|()| page::go_to(address::APPLICATIONS))
                label=step_up::LABEL
                submit=step_up::SUBMIT
                submitting=step_up::BUSY
                description="code-why"
                focus=true
                words=text::failure
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

/// Sets up an authenticator app, which also counts as a second factor for this session.
#[component]
fn Factor(console: Console, name: String) -> impl IntoView {
    view! {
        <Card title=step_up::SET_UP>
            <p>{step_up::needs_factor(&name)}</p>
            <h2>{security::AUTHENTICATOR}</h2>
            <Authenticator console on_done=Callback::new(|()| go_on())/>
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
    use postern_types::Rfc3339;

    use super::*;

    #[test]
    fn only_who_has_a_second_factor_is_asked_for_a_code() {
        let app = |since: Option<&str>| MyAuthenticator {
            since: since.map(|time| Rfc3339(time.to_owned())),
            disabled_since: None,
        };
        let with = app(Some("2026-11-25T09:12:00Z"));
        assert_eq!(Need::of(None, &with), Need::Code);
        assert_eq!(Need::of(Some(NEEDS_FACTOR), &with), Need::Code);
        assert_eq!(Need::of(None, &app(None)), Need::LogIn);
        assert_eq!(Need::of(Some(NEEDS_FACTOR), &app(None)), Need::Factor);
        assert_eq!(Need::of(Some(NEEDS_LOG_IN), &with), Need::LogIn);
    }
}
