//! The program of `index.html`: draws the screens of the log-in. Everything after the log-in is in other programs, so that this
//! one stays small.

use leptos::{mount::mount_to, prelude::*};

use crate::{
    address,
    app::App,
    flow::Screen,
    page,
    screens::{Code, Unreachable, log_in},
};

/// Takes over the page.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let app = App::new(address::LOG_IN);
        log_in::bind(app);
        move || draw(app)
    })
    .forget();
}

fn draw(app: App) -> AnyView {
    match app.screen.get() {
        Screen::Unreachable(failure) => view! { <Unreachable app failure/> }.into_any(),
        Screen::Code { expires_at, issuer, label, has_app, has_recovery_codes, .. } => {
            view! { <Code app expires_at issuer label has_app has_recovery_codes/> }.into_any()
        }
        _ => ().into_any(),
    }
}
