//! Settings → Security Settings of an account.

use leptos::{prelude::*, task::spawn_local};
use postern_types::{AccountSecurity, SecurityEffect};

use super::Title;
use crate::{
    api,
    console::{
        Console,
        controls::{Form, NotLoaded},
        list,
        text::settings as text,
    },
};

mod addresses;
mod password_expiration;
mod two_factor;

/// The settings as they were loaded, and where they go when they are saved.
#[derive(Clone, Copy)]
struct Saved {
    console: Console,
    account: StoredValue<String>,
    /// What is in force, as far as is known here.
    current: RwSignal<AccountSecurity>,
    /// Its version.
    version: RwSignal<String>,
    /// What another administrator has saved meanwhile.
    theirs: RwSignal<Option<(AccountSecurity, String)>>,
    effect: RwSignal<Option<SecurityEffect>>,
}

impl Saved {
    /// Saves one part; the others stay as they are. Where somebody else was first, shows what they saved.
    fn save(self, form: Form, wanted: AccountSecurity, then: impl FnOnce() + 'static) {
        let (console, account) = (self.console, self.account.get_value());
        spawn_local(async move {
            let work = async {
                let version = self.version.get_untracked();
                let saved =
                    console.ask(|| api::account::change_security(&account, &version, &wanted).send_versioned()).await;
                if let Err(failure) = &saved
                    && failure.is_conflict()
                {
                    let theirs = console.ask(|| api::account::security(&account).send_versioned()).await?;
                    self.theirs.set(Some(theirs));
                }
                saved
            };
            if let Some((now, version)) = form.run(work).await {
                self.current.set(now);
                self.version.set(version);
                self.theirs.set(None);
                console.say(text::SAVED);
                then();
                self.ask_effect();
            }
        });
    }

    /// Takes what the other administrator saved, as a base to save upon or as it is.
    fn take_theirs(self) {
        if let Some((now, version)) = self.theirs.get_untracked() {
            self.current.set(now);
            self.version.set(version);
            self.theirs.set(None);
        }
    }

    /// Lets the next save go over what the other administrator saved.
    fn keep_mine(self) {
        if let Some((_, version)) = self.theirs.get_untracked() {
            self.version.set(version);
            self.theirs.set(None);
        }
    }

    fn ask_effect(self) {
        let (console, account) = (self.console, self.account.get_value());
        spawn_local(async move {
            if let Ok(effect) = console.ask(|| api::account::effect(&account).send()).await {
                self.effect.set(Some(effect));
            }
        });
    }
}

/// Loads the settings, then shows them.
#[component]
pub(super) fn Settings(console: Console, account: String) -> impl IntoView {
    let loaded = {
        let account = account.clone();
        list::load(console, move || api::account::security(&account).send_versioned())
    };
    let account = StoredValue::new(account);
    view! {
        <Title title=text::TITLE/>
        <h2 class="section-title">{text::SECURITY_SETTINGS}</h2>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || loaded.value.get().map(|(now, version)| {
            let settings = Saved {
                console,
                account,
                current: RwSignal::new(now),
                version: RwSignal::new(version),
                theirs: RwSignal::new(None),
                effect: RwSignal::new(None),
            };
            settings.ask_effect();
            view! { <Sections settings/> }
        })}
    }
}

#[component]
fn Sections(settings: Saved) -> impl IntoView {
    view! {
        <div class="sections">
            <two_factor::TwoFactor settings/>
            <password_expiration::PasswordExpiration settings/>
            <addresses::Addresses settings/>
        </div>
    }
}

/// Both versions, where another administrator was first. What was chosen here stays chosen.
#[component]
fn Theirs(
    settings: Saved,
    /// This part of the settings, in words.
    words: fn(&AccountSecurity) -> String,
    mine: Signal<String>,
) -> impl IntoView {
    move || {
        settings.theirs.get().map(|(theirs, _)| {
            view! {
                <div class="notice theirs" role="alert">
                    <p>{text::SOMEBODY_WAS_FIRST}</p>
                    <dl>
                        <dt>{text::THEIRS}</dt>
                        <dd>{words(&theirs)}</dd>
                        <dt>{text::MINE}</dt>
                        <dd>{mine}</dd>
                    </dl>
                    <div class="row">
                        <button type="button" on:click=move |_| settings.take_theirs()>{text::TAKE_THEIRS}</button>
                        <button type="button" on:click=move |_| settings.keep_mine()>{text::KEEP_MINE}</button>
                    </div>
                </div>
            }
        })
    }
}
