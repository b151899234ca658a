//! Postern's browser side: four programs of one library, each with its own page. **Log-in** draws the current step and sends
//! what a person enters. **Set-up** draws one step, the set-up of a second factor. **Launcher** is the page after a log-in,
//! with the user's applications. **Console** is for people's own security and for administrators. They are separate, so that
//! nobody has to wait at log-in for code that is rarely needed.
//!
//! They decide nothing and store nothing: no rule about the order of a log-in, no local or session storage (R25).
//!
//! A panic traps the WebAssembly. The script in the page then shows a message and a *Reload* button.

#![allow(unreachable_pub, reason = "`#[component]` writes `pub` builders")]

mod address;
mod api;
mod app;
mod clock;
mod components;
mod console;
mod flow;
mod launcher;
mod log_in;
mod page;
mod passkeys;
mod screens;
mod set_up;
mod text;

/// Starts the program of `index.html`.
pub fn start_log_in() {
    show_panics();
    log_in::start();
}

/// Starts the program of `set-up.html`.
pub fn start_set_up() {
    show_panics();
    set_up::start();
}

/// Starts the program of `launcher.html`.
pub fn start_launcher() {
    show_panics();
    launcher::start();
}

/// Starts the program of `console.html`.
pub fn start_console() {
    show_panics();
    console::start();
}

fn show_panics() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
}
