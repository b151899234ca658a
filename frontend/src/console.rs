//! The console: their own security for all users, and an account's users, settings and reports for its administrators.
//!
//! ```text
//! console.html ─ start ─ Console { place, who, gate } ─┬─ bar           account, user's menu, navigation
//!                                                      ├─ screens       one module each, named by what it shows
//!                                                      └─ gates         dialogs that a request may have to pass first
//! ```
//! Screens send requests by [`Console::ask`]. If the server requires a fresh one-time code, or the session has ended, a gate
//! opens: a dialog above the screen, which keeps everything that was typed. Once it is passed, the request is sent again.

use leptos::{mount::mount_to, prelude::*};

use crate::page;

mod bar;
mod card;
mod controls;
mod copyable;
mod dialog;
mod e_mail;
mod focus;
mod form;
mod gates;
mod listing;
mod loaded;
mod menu;
mod place;
mod query;
mod screens;
mod second_factor;
mod state;
mod text;

use state::{Console, Who};

/// Takes over the page.
pub(crate) fn start() {
    mount_to(page::element("app"), || {
        let console = Console::new();
        place::follow(console.place);
        focus::keep();
        page::on_return_from_memory(page::reload);
        if console.place.with_untracked(|place| place.screen.needs_user()) {
            console.find_out();
        } else {
            page::show(page::Part::App);
        }
        move || view! { <Page console/> }
    })
    .forget();
}

/// The screen, and the gate above it.
#[component]
fn Page(console: Console) -> impl IntoView {
    let screen = Memo::new(move |_| console.place.with(|place| place.screen.clone()));
    view! {
        {move || {
            let screen = screen.get();
            if !screen.needs_user() {
                return screens::public(console, &screen);
            }
            match console.who.get() {
                Who::Unknown => ().into_any(),
                Who::Unreachable(failure) => view! { <screens::Unreachable console failure/> }.into_any(),
                Who::NewPassword { email, reason } => {
                    view! { <screens::NewPassword console email reason/> }.into_any()
                }
                Who::User(user) if screen == place::Screen::StepUp => view! { <screens::StepUp console user=*user/> }.into_any(),
                Who::User(user) => view! { <bar::Frame console user=*user screen/> }.into_any(),
            }
        }}
        <gates::Gates console/>
        <p class="said" role="status">{console.said}</p>
    }
}
