//! Postern's browser app. It draws the step that the server names and sends what a person enters; it decides nothing
//! and keeps nothing: no rule about the order of log-in, no local or session storage (R25).
//!
//! A panic traps the WebAssembly, and the script in `index.html` answers a trap with a message and a *Reload* button.

#![allow(unreachable_pub, reason = "`#[component]` writes `pub` builders")]

mod api;
mod app;
mod clock;
mod components;
mod flow;
mod page;
mod screens;
mod text;

fn main() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    app::start();
}
