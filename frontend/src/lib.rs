//! Postern's browser side: three programs of one library, each with a page of its own. **Log-in** draws the step that the
//! server names and sends what a person enters. **Set-up** draws one step, the set-up of a second factor. **Console** is where
//! people look after their own security, and administrators after an account. They are three, so that nobody who logs in
//! waits for what is rare.
//!
//! None decides anything or keeps anything: no rule about the order of log-in, no local or session storage (R25).
//!
//! A panic traps the WebAssembly, and the script in the page answers a trap with a message and a *Reload* button.

#![allow(unreachable_pub, reason = "`#[component]` writes `pub` builders")]

mod address;
mod api;
mod app;
mod clock;
mod components;
mod console;
mod flow;
mod log_in;
mod page;
mod screens;
mod set_up;
mod text;

/// Takes `index.html` over.
pub fn start_log_in() {
    show_panics();
    log_in::start();
}

/// Takes `set-up.html` over.
pub fn start_set_up() {
    show_panics();
    set_up::start();
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
