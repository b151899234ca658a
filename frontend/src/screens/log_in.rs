//! The log-in form. It is part of `index.html` and is never redrawn: this module attaches to it, and reads the fields only when
//! the form is sent, however they were filled in.

use leptos::{mount::mount_to, prelude::*};
use postern_types::{Password, SignInRequest};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, HtmlElement, HtmlFormElement, HtmlInputElement};

use crate::{
    api::{self, Request},
    app::{Action, App},
    components::Notice,
    flow::Failure,
    page, text,
};

/// Set by the script in `index.html` if the form was submitted before the app had started.
const SUBMITTED: &str = "data-submitted";
/// Set by `passkey.js` if it submits the form: empty after a log-in, otherwise why there was none.
const PASSKEY: &str = "data-passkey";

#[derive(Clone)]
struct Fields {
    email: HtmlInputElement,
    password: HtmlInputElement,
}

/// Attaches to the form of `index.html`.
pub(crate) fn bind(app: App) {
    let form: HtmlFormElement = page::element("log-in-form");
    let fields = Fields { email: page::element("email"), password: page::element("password") };
    let action = Action::new({
        let fields = fields.clone();
        move |()| fields.read()
    });

    let submit = Closure::<dyn Fn(Event)>::new({
        let form = form.clone();
        move |_| match form.get_attribute(PASSKEY) {
            Some(outcome) => app.follow_passkey(&outcome),
            None => app.perform(action),
        }
    });
    let _ = form.add_event_listener_with_callback("submit", submit.as_ref().unchecked_ref());
    submit.forget();

    mount_to(
        page::element("log-in-problem"),
        move || view! { <Notice problem=app.problem retry=app.again() when=move || app.at_log_in()/> },
    )
    .forget();
    show_progress(app);
    Effect::new({
        let fields = fields.clone();
        move || fields.mark(app.problem.get().filter(|_| app.at_log_in()).as_ref())
    });
    Effect::new(move |before: Option<bool>| fields.enter_or_leave(before, app.at_log_in()));

    if form.has_attribute(SUBMITTED) {
        app.perform(action);
    }
}

fn show_progress(app: App) {
    let button: HtmlElement = page::element("log-in-submit");
    Effect::new(move || {
        let _ = button.toggle_attribute_with_force("data-busy", app.busy.get());
    });
}

impl Fields {
    fn read(&self) -> Result<Request, Failure> {
        let email = self.email.value();
        let password = Password::new(self.password.value());
        if email.is_empty() {
            return Err(Failure::NoEmail);
        }
        if password.expose().is_empty() {
            return Err(Failure::NoPassword);
        }
        Ok(api::sign_in(&SignInRequest { email, password }))
    }

    /// Marks the fields that are wrong, and focuses the first one to correct. The e-mail stays.
    fn mark(&self, problem: Option<&Failure>) {
        let refuted = problem.is_some_and(Failure::refutes_input);
        let no_email = problem == Some(&Failure::NoEmail);
        let no_password = problem == Some(&Failure::NoPassword);
        set_invalid(&self.email, refuted || no_email);
        set_invalid(&self.password, refuted || no_password);
        if refuted {
            self.password.set_value("");
        }
        if refuted || no_password {
            let _ = self.password.focus();
        } else if no_email {
            let _ = self.email.focus();
        }
    }

    /// Clears the password when the form is left. When it is shown again, sets the title and focuses the heading.
    fn enter_or_leave(&self, before: Option<bool>, here: bool) -> bool {
        if here {
            page::set_title(text::log_in::TITLE);
            if before.is_some() {
                let _ = page::element::<HtmlElement>("log-in-title").focus();
            }
        } else {
            self.password.set_value("");
        }
        here
    }
}

fn set_invalid(field: &HtmlInputElement, invalid: bool) {
    let _ = field.set_attribute("aria-invalid", if invalid { "true" } else { "false" });
}
