//! The places of the console and their addresses, for deep links, reload and the back button.

use leptos::{ev, prelude::*};
use postern_types::SignedIn;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{Element, HtmlAnchorElement, MouseEvent};

use super::query::Query;
use crate::address::CONSOLE;

/// A screen, and the query of its list, if it shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) screen: Screen,
    pub(super) query: Query,
}

/// A screen of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    /// The start page, which depends on the user.
    Home,
    /// The users of an account.
    Users { account: String },
    /// The applications of an account.
    Applications { account: String },
    /// An account's security settings.
    Settings { account: String },
    /// An account's login history.
    History { account: String },
    /// An account's record of administration.
    Events { account: String },
    /// One's own sessions and authenticator app.
    Security,
    /// One's own password.
    Password,
    /// A fresh one-time code for an application, which may require one.
    StepUp,
    /// *Forgotten password?*
    ForgottenPassword,
    /// The target of a one-time link.
    Link,
    /// The target of the link by which a user cancels a reset.
    CancelReset,
    /// An unknown address.
    Nowhere,
}

impl Screen {
    /// The start page: the users of the first account that the user administers, or else their own security.
    pub(super) fn home(user: &SignedIn) -> Self {
        let first = user.accounts.iter().find(|account| account.admin);
        first.map_or(Self::Security, |account| Self::Users { account: account.id.clone() })
    }

    /// Whether it is only for users who are logged in.
    pub(super) const fn needs_user(&self) -> bool {
        !matches!(self, Self::ForgottenPassword | Self::Link | Self::CancelReset)
    }

    /// The account that it is about.
    pub(super) fn account(&self) -> Option<&str> {
        match self {
            Self::Users { account }
            | Self::Applications { account }
            | Self::Settings { account }
            | Self::History { account }
            | Self::Events { account } => Some(account),
            _ => None,
        }
    }

    /// The same screen of another account; the users, if it does not belong to an account.
    pub(super) fn of(&self, account: &str) -> Self {
        let account = account.to_owned();
        match self {
            Self::Applications { .. } => Self::Applications { account },
            Self::Settings { .. } => Self::Settings { account },
            Self::History { .. } => Self::History { account },
            Self::Events { .. } => Self::Events { account },
            _ => Self::Users { account },
        }
    }

    fn read(path: &str) -> Self {
        let rest = path.strip_prefix(CONSOLE).unwrap_or("/?");
        let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        match parts[..] {
            [] => Self::Home,
            ["security"] => Self::Security,
            ["password"] => Self::Password,
            ["step-up"] => Self::StepUp,
            ["forgotten-password"] => Self::ForgottenPassword,
            ["link"] => Self::Link,
            ["cancel-reset"] => Self::CancelReset,
            [account, "users"] => Self::Users { account: account.to_owned() },
            [account, "applications"] => Self::Applications { account: account.to_owned() },
            [account, "settings"] => Self::Settings { account: account.to_owned() },
            [account, "reports"] => Self::History { account: account.to_owned() },
            [account, "reports", "administration"] => Self::Events { account: account.to_owned() },
            _ => Self::Nowhere,
        }
    }

    fn path(&self) -> String {
        let rest = match self {
            Self::Home | Self::Nowhere => String::new(),
            Self::Users { account } => format!("/{account}/users"),
            Self::Applications { account } => format!("/{account}/applications"),
            Self::Settings { account } => format!("/{account}/settings"),
            Self::History { account } => format!("/{account}/reports"),
            Self::Events { account } => format!("/{account}/reports/administration"),
            Self::Security => "/security".to_owned(),
            Self::Password => "/password".to_owned(),
            Self::StepUp => "/step-up".to_owned(),
            Self::ForgottenPassword => "/forgotten-password".to_owned(),
            Self::Link => "/link".to_owned(),
            Self::CancelReset => "/cancel-reset".to_owned(),
        };
        CONSOLE.to_owned() + &rest
    }
}

impl From<Screen> for Place {
    fn from(screen: Screen) -> Self {
        Self { screen, query: Query::default() }
    }
}

impl Place {
    fn read(path: &str, query: &str) -> Self {
        Self { screen: Screen::read(path), query: Query::read(query) }
    }

    /// The address.
    pub(super) fn path(&self) -> String {
        self.screen.path() + &self.query.write()
    }
}

/// The place of the current address.
pub(super) fn current() -> Place {
    let location = location();
    Place::read(&location.pathname().unwrap_or_default(), &location.search().unwrap_or_default())
}

/// Handles the browser's back and forward buttons, and plain clicks on links within the console.
pub(super) fn follow(place: RwSignal<Place>) {
    window_event_listener(ev::popstate, move |_| place.set(current()));
    let click = Closure::<dyn Fn(MouseEvent)>::new(move |event: MouseEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
        let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) else { return };
        let there = Place::read(&link.pathname(), &link.search());
        let ours = link.pathname().starts_with(CONSOLE) && link.target().is_empty() && !link.has_attribute("download");
        if event.button() == 0 && !modified && !event.default_prevented() && ours && there.screen != Screen::Nowhere {
            event.prevent_default();
            push(&there);
            place.set(there);
        }
    });
    let _ = document().add_event_listener_with_callback("click", click.as_ref().unchecked_ref());
    click.forget();
}

/// Adds an entry to the browser's history.
pub(super) fn push(place: &Place) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&place.path()));
    }
}

/// Replaces the current entry of the browser's history.
pub(super) fn replace(place: &Place) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&place.path()));
    }
}

/// The token of a one-time link. It moves from the fragment into this entry of the browser's history: a reload finds it there, and
/// neither the address bar nor the list of visited pages shows it. [`replace`] forgets it.
pub(super) fn link_token() -> String {
    let fragment = location().hash().unwrap_or_default();
    let Ok(history) = window().history() else { return String::new() };
    match fragment.strip_prefix('#') {
        Some(token) => {
            let _ = history.replace_state_with_url(&token.into(), "", Some(&current().path()));
            token.to_owned()
        }
        None => history.state().ok().and_then(|state| state.as_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_screen_and_back() {
        for path in [
            "/console",
            "/console/a1/users",
            "/console/a1/applications",
            "/console/a1/settings",
            "/console/a1/reports",
            "/console/a1/reports/administration",
            "/console/security",
            "/console/password",
            "/console/step-up",
            "/console/forgotten-password",
            "/console/link",
            "/console/cancel-reset",
        ] {
            assert_eq!(Place::read(path, "").path(), path);
        }
        let there = Place::read("/console/a1/users", "?search=bo%26co&page=2");
        assert_eq!(there.path(), "/console/a1/users?search=bo%26co&page=2");
    }

    #[test]
    fn an_address_that_means_nothing_is_nowhere() {
        for path in ["/console/x", "/console/a1/users/9", "/other", "/console/a/b/c/d"] {
            assert_eq!(Screen::read(path), Screen::Nowhere, "{path}");
        }
    }

    #[test]
    fn another_account_shows_the_same_screen() {
        let settings = Screen::Settings { account: "a1".to_owned() };
        assert_eq!(settings.of("b2"), Screen::Settings { account: "b2".to_owned() });
        assert_eq!(Screen::Security.of("b2"), Screen::Users { account: "b2".to_owned() });
    }
}
