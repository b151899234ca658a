//! The program of `set-up.html`: the set-up of a second factor during a log-in. It is rare, so it is not part of the log-in
//! program; its files are fetched while the password is checked.

use leptos::{mount::mount_to, prelude::*};

use crate::{
    address,
    app::App,
    flow::Screen,
    page,
    screens::{SetUp, Unreachable},
};

/// Takes over the page.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let app = App::new(address::SET_UP);
        move || draw(app)
    })
    .forget();
}

fn draw(app: App) -> AnyView {
    match app.screen.get() {
        Screen::Unreachable(failure) => view! { <Unreachable app failure/> }.into_any(),
        Screen::SetUp(set_up) => view! { <SetUp app set_up=*set_up/> }.into_any(),
        _ => ().into_any(),
    }
}
