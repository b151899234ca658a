//! The program of `set-up.html`: the set-up of a second factor during a log-in, recovery codes, and the log-in with one. It is
//! rarely needed, so it is not part of the log-in program; its files are fetched while the password is checked.

use leptos::{mount::mount_to, prelude::*};

use crate::{
    address,
    app::App,
    flow::Screen,
    page,
    screens::{Passkey, Recovered, RecoveryCode, SaveRecoveryCodes, SetUp, Unreachable},
};

/// Takes over the page.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let app = App::new(
            [address::RECOVERY, address::PASSKEY].into_iter().find(|page| page::is_at(page)).unwrap_or(address::SET_UP),
        );
        move || draw(app)
    })
    .forget();
}

fn draw(app: App) -> AnyView {
    match app.screen.get() {
        Screen::Unreachable(failure) => view! { <Unreachable app failure/> }.into_any(),
        Screen::SetUp(set_up) => view! { <SetUp app set_up=*set_up/> }.into_any(),
        Screen::RecoveryCodes(codes) => view! { <SaveRecoveryCodes app codes/> }.into_any(),
        Screen::Code { expires_at, has_passkey, .. } if page::is_at(address::RECOVERY) => {
            view! { <RecoveryCode app expires_at has_passkey/> }.into_any()
        }
        Screen::Code { expires_at, issuer, label, has_app, has_recovery_codes, .. } => {
            view! { <Passkey app expires_at issuer label has_app has_recovery_codes/> }.into_any()
        }
        Screen::SignedIn(signed_in) => {
            view! { <Recovered codes_left=signed_in.recovery_codes_left.unwrap_or_default()/> }.into_any()
        }
        _ => ().into_any(),
    }
}
