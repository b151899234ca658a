//! A log-in with a passkey alone: by its button, or among the suggestions of the field for the e-mail address. The options are
//! there before they are needed, because some browsers show a passkey only right after a click.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Event, HtmlElement};

use crate::{
    api::{self, Request},
    app::{Action, App},
    clock,
    flow::{Failure, Screen},
    page, passkeys,
};

/// Options are replaced before they expire, which is after five minutes.
const FRESH_MS: f64 = 240_000.0;
/// How often their age is checked.
const CHECKED_EVERY: Duration = Duration::from_secs(10);
const BUSY: &str = "data-busy";

#[derive(Clone, Copy)]
struct Offer {
    app: App,
    /// Whether the button was clicked, and what follows is not over yet.
    clicked: RwSignal<bool>,
    /// The current options, until they have been used.
    options: StoredValue<Option<String>>,
    /// When options were last asked for.
    asked_at: StoredValue<f64>,
    /// Whether options are being asked for.
    asks: StoredValue<bool>,
    /// Whether the browser has passkeys among its suggestions.
    suggests: StoredValue<bool>,
}

/// Attaches to the button of `index.html`. The result says whether it is being used.
pub(super) fn offer(app: App) -> RwSignal<bool> {
    let offer = Offer {
        app,
        clicked: RwSignal::new(false),
        options: StoredValue::new(None),
        asked_at: StoredValue::new(f64::NEG_INFINITY),
        asks: StoredValue::new(false),
        suggests: StoredValue::new(false),
    };
    let button: HtmlElement = page::element("log-in-passkey");
    if button.has_attribute("hidden") {
        return offer.clicked;
    }
    let was_clicked = button.has_attribute(BUSY);
    let click = Closure::<dyn Fn(Event)>::new(move |_| offer.click());
    let _ = button.add_event_listener_with_callback("click", click.as_ref().unchecked_ref());
    click.forget();
    Effect::new(move || {
        let _ = button.toggle_attribute_with_force(BUSY, offer.clicked.get());
    });
    Effect::new(move || offer.follow(app.at_log_in(), app.busy.get()));
    set_interval(move || offer.renew(), CHECKED_EVERY);
    if was_clicked {
        offer.click();
    }
    offer.clicked
}

impl Offer {
    fn click(self) {
        if self.is_free() {
            self.clicked.set(true);
            self.proceed();
        }
    }

    /// Begins when the form is shown, and again after everything that was tried. Ends when it is left.
    fn follow(self, here: bool, busy: bool) {
        if !here {
            passkeys::abort();
        } else if !busy && !self.asks.get_value() {
            self.clicked.set(false);
            self.proceed();
        }
    }

    /// Gets options, then lets the browser use them.
    fn proceed(self) {
        match self.fresh_options() {
            _ if self.asks.get_value() => {}
            None => spawn_local(self.ask()),
            Some(_) if self.clicked.get_untracked() => self.app.ask_browser(move || self.choose()),
            Some(_) if self.suggests.get_value() => {}
            Some(options) => spawn_local(self.suggest(options)),
        }
    }

    async fn ask(self) {
        self.asks.set_value(true);
        let answer = match passkeys::check().await {
            Ok(()) => api::passkey::sign_in_options().send().await,
            Err(failure) => Err(failure),
        };
        self.asks.set_value(false);
        self.asked_at.set_value(clock::now_ms());
        match answer {
            Ok(options) => {
                self.options.set_value(Some(options));
                self.proceed();
            }
            // Whoever does not want a passkey need not know.
            Err(failure) if self.clicked.get_untracked() => {
                self.clicked.set(false);
                self.app.problem.set(Some(failure));
            }
            Err(_) => {}
        }
    }

    async fn choose(self) -> Result<Option<Request>, Failure> {
        let options = self.fresh_options().ok_or(Failure::TookTooLong)?;
        let credential = passkeys::get(&options).await?;
        Ok(credential.map(|credential| self.sign_in(&credential)))
    }

    async fn suggest(self, options: String) {
        self.suggests.set_value(true);
        let chosen = passkeys::autofill(&options).await;
        self.suggests.set_value(false);
        match chosen {
            Ok(Some(credential)) => self.app.perform(Action::new(move |()| Ok(self.sign_in(&credential)))),
            _ => self.renew(),
        }
    }

    fn sign_in(self, credential: &str) -> Request {
        self.options.set_value(None);
        api::passkey::sign_in(credential)
    }

    /// Gets new options before the old ones expire, unless nobody looks at the page.
    fn renew(self) {
        if !self.is_free() || document().hidden() || !self.is_stale() {
            return;
        }
        if self.suggests.get_value() {
            passkeys::abort();
        } else {
            self.proceed();
        }
    }

    fn is_free(self) -> bool {
        self.app.screen.with_untracked(|screen| *screen == Screen::LogIn) && !self.app.busy.get_untracked()
    }

    fn is_stale(self) -> bool {
        clock::now_ms() - self.asked_at.get_value() > FRESH_MS
    }

    fn fresh_options(self) -> Option<String> {
        self.options.get_value().filter(|_| !self.is_stale())
    }
}
