//! The loaded settings, and how they are saved: one part at a time, based on the version that was loaded.

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use postern_types::{AccountSecurity, SecurityEffect};

use crate::{
    api,
    console::{form::Form, state::Console, text::settings as text},
    flow::Failure,
};

/// The loaded settings of an account.
#[derive(Clone, Copy)]
pub(super) struct Saved {
    pub(super) console: Console,
    pub(super) account: StoredValue<String>,
    /// The settings in force, as last seen.
    pub(super) current: RwSignal<AccountSecurity>,
    /// Their version.
    version: RwSignal<String>,
    /// What another administrator has saved in the meantime.
    pub(super) theirs: RwSignal<Option<(AccountSecurity, String)>>,
    pub(super) effect: RwSignal<Option<SecurityEffect>>,
    /// Whether a list of addresses was undone because nobody confirmed it.
    pub(super) undone: RwSignal<bool>,
}

impl Saved {
    /// The settings as loaded.
    pub(super) fn new(console: Console, account: StoredValue<String>, now: AccountSecurity, version: String) -> Self {
        Self {
            console,
            account,
            current: RwSignal::new(now),
            version: RwSignal::new(version),
            theirs: RwSignal::new(None),
            effect: RwSignal::new(None),
            undone: RwSignal::new(false),
        }
    }

    /// A submit handler that saves one part.
    pub(super) fn on_submit(
        self,
        form: Form,
        part: impl Fn() -> AccountSecurity + Copy + 'static,
    ) -> impl Fn(SubmitEvent) + Copy + 'static {
        form.on_submit(move || self.send(part()), move |saved| self.was_saved(saved))
    }

    /// Saves one part; the others stay unchanged. If somebody else has saved in the meantime, shows their settings.
    pub(super) fn save(self, form: Form, part: AccountSecurity) {
        form.run(self.send(part), move |saved| self.was_saved(saved));
    }

    fn was_saved(self, saved: (AccountSecurity, String)) {
        self.undone.set(false);
        self.take(saved);
        self.theirs.set(None);
        self.console.say(text::SAVED);
        self.ask_effect();
    }

    async fn send(self, part: AccountSecurity) -> Result<(AccountSecurity, String), Failure> {
        let account = self.account.get_value();
        let version = self.version.get_untracked();
        let saved =
            self.console.ask(|| api::account::change_security(&account, &version, &part).send_versioned()).await;
        if saved.as_ref().is_err_and(Failure::is_conflict) {
            let theirs = self.console.ask(|| api::account::security(&account).send_versioned()).await?;
            self.theirs.set(Some(theirs));
        }
        saved
    }

    /// Takes over the settings in force.
    pub(super) fn take(self, (now, version): (AccountSecurity, String)) {
        self.current.set(now);
        self.version.set(version);
    }

    /// Takes over what the other administrator has saved.
    pub(super) fn take_theirs(self) {
        if let Some(theirs) = self.theirs.get_untracked() {
            self.undone.set(false);
            self.take(theirs);
            self.theirs.set(None);
        }
    }

    /// Lets the next save overwrite what the other administrator has saved.
    pub(super) fn keep_mine(self) {
        if let Some((_, version)) = self.theirs.get_untracked() {
            self.version.set(version);
            self.theirs.set(None);
        }
    }

    /// Loads how many users the settings affect.
    pub(super) fn ask_effect(self) {
        let console = self.console;
        let account = self.account.get_value();
        spawn_local(async move {
            if let Ok(effect) = console.ask(|| api::account::effect(&account).send()).await {
                self.effect.set(Some(effect));
            }
        });
    }
}
