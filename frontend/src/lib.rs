//! Postern's browser side: two programs of one library. **Log-in** draws the step that the server names and sends what a
//! person enters. **Console** is where people look after their own security, and administrators after an account. They are
//! two, so that nobody who logs in waits for the console.
//!
//! Neither decides anything or keeps anything: no rule about the order of log-in, no local or session storage (R25).
//!
//! A panic traps the WebAssembly, and the script in the page answers a trap with a message and a *Reload* button.

#![allow(unreachable_pub, reason = "`#[component]` writes `pub` builders")]

mod api;
mod app;
mod clock;
mod components;
mod console;
mod flow;
mod log_in;
mod page;
mod return_to;
mod screens;
mod text;

/// Takes `index.html` over.
pub fn start_log_in() {
    show_panics();
    log_in::start();
}

/// Takes `console.html` over.
pub fn start_console() {
    show_panics();
    console::start();
}

fn show_panics() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
}
