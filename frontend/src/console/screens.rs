//! One module per screen of the console.

use leptos::prelude::*;
use postern_types::SignedIn;

use super::{Console, place::Screen, text};
use crate::{components::Heading, flow::Failure, page};

mod authenticator;
mod events;
mod forgotten_password;
mod history;
mod link;
mod new_password;
mod password;
mod security;
mod settings;
mod user_form;
mod users;

pub(super) use new_password::NewPassword;

/// A screen for whoever is logged in.
pub(super) fn of_user(console: Console, screen: &Screen, user: SignedIn) -> AnyView {
    match screen.clone() {
        Screen::Users { account } => view! { <users::Users console account user/> }.into_any(),
        Screen::Settings { account } => view! { <settings::Settings console account/> }.into_any(),
        Screen::History { account } => view! { <history::History console account/> }.into_any(),
        Screen::Events { account } => view! { <events::Events console account/> }.into_any(),
        Screen::Password => view! { <password::ChangePassword console user/> }.into_any(),
        Screen::Security | Screen::Home => view! { <security::Security console/> }.into_any(),
        Screen::Nowhere | Screen::ForgottenPassword | Screen::Link => view! { <Nowhere/> }.into_any(),
    }
}

/// A screen that needs no session.
pub(super) fn public(console: Console, screen: &Screen) -> AnyView {
    match screen {
        Screen::Link => view! { <link::Link console/> }.into_any(),
        _ => view! { <forgotten_password::ForgottenPassword/> }.into_any(),
    }
}

/// The heading of a screen; takes the focus, so that a new screen is read out, unless a field does.
#[component]
fn Title(title: &'static str, #[prop(default = true)] focus: bool) -> impl IntoView {
    view! { <Heading title focus/> }
}

/// A quiet card in the middle, for what has no frame around it.
#[component]
fn Card(title: &'static str, #[prop(default = true)] focus: bool, children: Children) -> impl IntoView {
    view! {
        <main class="card">
            <header class="brand">
                <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
                    <path d="M4 21V9a8 8 0 0 1 16 0v12M9 21v-8a3 3 0 0 1 6 0v8M3 21h18"/>
                </svg>
                <span>{page::product_name()}</span>
            </header>
            <section class="body">
                <Title title focus/>
                {children()}
            </section>
        </main>
    }
}

#[component]
fn Nowhere() -> impl IntoView {
    view! {
        <Title title=text::nowhere::TITLE/>
        <p>{text::nowhere::ADVICE} <a href="/console">{text::nowhere::HOME}</a></p>
    }
}

/// Shown where nobody could tell who is here.
#[component]
pub(super) fn Unreachable(console: Console, failure: Failure) -> impl IntoView {
    view! {
        <Card title=crate::text::unreachable::TITLE>
            <super::controls::NotLoaded failure on_retry=Callback::new(move |()| console.find_out())/>
        </Card>
    }
}
