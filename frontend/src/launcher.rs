//! The program of `launcher.html`: the page after the log-in, with the user's applications.

use leptos::{mount::mount_to, prelude::*};

use crate::{
    address,
    app::App,
    flow::Screen,
    page,
    screens::{SignedIn, Unreachable},
};

/// Starts the app in the page.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let app = App::new(address::APPLICATIONS);
        move || draw(app)
    })
    .forget();
}

fn draw(app: App) -> AnyView {
    match app.screen.get() {
        Screen::Unreachable(failure) => view! { <Unreachable app failure/> }.into_any(),
        Screen::SignedIn(signed_in) => view! { <SignedIn app signed_in=*signed_in/> }.into_any(),
        _ => ().into_any(),
    }
}
