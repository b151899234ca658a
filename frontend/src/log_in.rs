//! The program of `index.html`: its screens, and which of them is on.

use leptos::{mount::mount_to, prelude::*};

use crate::{
    app::App,
    flow::Screen,
    page, return_to,
    screens::{Code, SetUp, SignedIn, Unreachable, log_in},
};

/// Takes the page over from `index.html`.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let app = App::new();
        // Before the screens' own effects: what is not shown cannot take the focus.
        Effect::new(move || app.screen.with(|screen| page::show(part(screen))));
        log_in::bind(app);
        page::on_return_from_memory(move || app.forget_all());
        move || draw(app)
    })
    .forget();
}

fn part(screen: &Screen) -> page::Part {
    match screen {
        Screen::Checking | Screen::Elsewhere => page::Part::Checking,
        Screen::LogIn => page::Part::LogIn,
        Screen::Unreachable(_) | Screen::SetUp(_) | Screen::Code { .. } | Screen::SignedIn(_) => page::Part::App,
    }
}

fn draw(app: App) -> AnyView {
    match app.screen.get() {
        Screen::Checking | Screen::LogIn => ().into_any(),
        Screen::Elsewhere => {
            page::go_to(return_to::CONSOLE);
            ().into_any()
        }
        Screen::Unreachable(failure) => view! { <Unreachable app failure/> }.into_any(),
        Screen::SetUp(set_up) => view! { <SetUp app set_up=*set_up/> }.into_any(),
        Screen::Code { expires_at, issuer, label } => view! { <Code app expires_at issuer label/> }.into_any(),
        Screen::SignedIn(signed_in) => view! { <SignedIn app signed_in=*signed_in/> }.into_any(),
    }
}
