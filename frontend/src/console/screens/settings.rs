//! *Settings*, *Security Settings* of an account.

use leptos::prelude::*;

use crate::{
    api,
    components::Heading,
    console::{
        form::NotLoaded,
        loaded::load,
        state::Console,
        text::{LOADING, settings as text},
    },
};

mod addresses;
mod passkeys;
mod password_expiration;
mod resets;
mod saved;
mod summary;
mod theirs;
mod two_factor;

use saved::Saved;

/// Loads the settings, then shows them.
#[component]
pub(super) fn Settings(console: Console, account: String) -> impl IntoView {
    let loaded = {
        let account = account.clone();
        load(console, move || api::account::security(&account).send_versioned())
    };
    let account = StoredValue::new(account);
    view! {
        <Heading title=text::TITLE/>
        <h2 class="section-title">{text::SECURITY_SETTINGS}</h2>
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || (loaded.value.with(Option::is_none) && loaded.failure.with(Option::is_none)).then(|| view! {
            <p class="loading soft">{LOADING}</p>
        })}
        {move || loaded.value.get().map(|(now, version)| {
            let settings = Saved::new(console, account, now, version);
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
            <passkeys::Passkeys settings/>
            <resets::Resets settings/>
            <password_expiration::PasswordExpiration settings/>
            <addresses::Addresses settings/>
        </div>
    }
}
