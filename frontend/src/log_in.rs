//! The program of `index.html`: draws the screens of the log-in. Set-up and the console are separate programs, so that they do
//! not add to its size.

use leptos::{mount::mount_to, prelude::*};

use crate::{
    address,
    app::App,
    flow::Screen,
    page,
    screens::{Code, SignedIn, Unreachable, log_in},
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
        Screen::Code { expires_at, issuer, label } => view! { <Code app expires_at issuer label/> }.into_any(),
        Screen::SignedIn(signed_in) => view! { <SignedIn app signed_in=*signed_in/> }.into_any(),
        Screen::Checking | Screen::LogIn | Screen::SetUp(_) | Screen::NewPassword => ().into_any(),
    }
}
