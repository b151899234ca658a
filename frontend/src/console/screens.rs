//! The screens of the console, one module for each.

use leptos::prelude::*;
use postern_types::SignedIn;

use super::{place::Screen, state::Console};

mod applications;
mod authenticator;
mod cancel_reset;
mod consents;
mod events;
mod forgotten_password;
mod history;
mod link;
mod lockdown;
mod my_accounts;
mod new_passkey;
mod new_password;
mod nowhere;
mod passkeys;
mod password;
mod recovery_codes;
mod resets;
mod security;
mod settings;
mod step_up;
mod tabs;
mod unreachable;
mod user_form;
mod users;

pub(super) use new_password::NewPassword;
pub(super) use step_up::StepUp;
pub(super) use unreachable::Unreachable;

/// A screen for users who are logged in.
pub(super) fn of_user(console: Console, screen: &Screen, user: SignedIn) -> AnyView {
    match screen.clone() {
        Screen::Users { account } => view! { <users::Users console account user/> }.into_any(),
        Screen::Applications { account } => view! { <applications::Applications console account user/> }.into_any(),
        Screen::Settings { account } => view! { <settings::Settings console account/> }.into_any(),
        Screen::History { account } => view! { <history::History console account/> }.into_any(),
        Screen::Events { account } => view! { <events::Events console account/> }.into_any(),
        Screen::Password => view! { <password::ChangePassword console user/> }.into_any(),
        Screen::Security | Screen::Home => view! { <security::Security console user/> }.into_any(),
        Screen::Nowhere | Screen::StepUp | Screen::ForgottenPassword | Screen::Link | Screen::CancelReset => {
            view! { <nowhere::Nowhere/> }.into_any()
        }
    }
}

/// A screen that needs no session.
pub(super) fn public(console: Console, screen: &Screen) -> AnyView {
    match screen {
        Screen::Link => view! { <link::Link console/> }.into_any(),
        Screen::CancelReset => view! { <cancel_reset::CancelReset console/> }.into_any(),
        _ => view! { <forgotten_password::ForgottenPassword/> }.into_any(),
    }
}
