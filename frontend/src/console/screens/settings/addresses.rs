//! *Access restriction by address*: from where the account can be used. A change must be confirmed within a minute, so that
//! administrators cannot shut themselves out for good.

use std::time::Duration;

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{AccountSecurity, AddressPolicy, Rfc3339};

use super::{saved::Saved, summary::Summary, theirs::Theirs};
use crate::{
    api, clock,
    components::Submit,
    console::{
        controls::Lines,
        dialog::ConfirmFirst,
        form::{Form, Problem},
        text::{settings as text, users},
    },
};

fn allowed(security: &AccountSecurity) -> Vec<String> {
    security.addresses.as_ref().map(|policy| policy.allowed.clone()).unwrap_or_default()
}

fn words(security: &AccountSecurity) -> String {
    text::addresses(&allowed(security))
}

/// From where the account can be used.
#[component]
pub(super) fn Addresses(settings: Saved) -> impl IntoView {
    let form = Form::new();
    let node = NodeRef::<html::Textarea>::new();
    let typed = RwSignal::new(allowed(&settings.current.get_untracked()));
    let doubtful = RwSignal::new(false);
    let starts_open = settings.current.with_untracked(|now| !allowed(now).is_empty());
    Effect::new(move || {
        let list = allowed(&settings.current.get());
        // A list that was undone stays, to be corrected and tried again.
        if settings.undone.get_untracked() {
            return;
        }
        if let Some(node) = node.get() {
            node.set_value(&list.join("\n"));
        }
        typed.set(list);
    });
    let save = Callback::new(move |()| {
        let addresses = Some(AddressPolicy { allowed: typed.get_untracked(), confirm_until: None });
        settings.save(form, AccountSecurity { addresses, ..AccountSecurity::default() });
    });
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !form.check() {
            return;
        }
        let own = settings.effect.with_untracked(|effect| effect.as_ref().map(|effect| effect.own_address.clone()));
        if own.is_some_and(|own| leaves_out(&typed.get_untracked(), &own)) {
            doubtful.set(true);
        } else {
            save.run(());
        }
    };
    view! {
        <details class="section" open=starts_open>
            <Summary
                title=text::ADDRESSES
                on=Signal::derive(move || settings.current.with(|now| !allowed(now).is_empty()))
                words=Signal::derive(move || text::entries(settings.current.with(|now| allowed(now).len())))
            />
            <p>{text::ADDRESSES_ADVICE}</p>
            <ToConfirm settings/>
            <form on:submit=send>
                <Theirs settings words mine=Signal::derive(move || text::addresses(&typed.get()))/>
                <Allowed settings form node typed/>
                <Problem form/>
                <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
            </form>
            <ConfirmFirst
                open=doubtful
                question=text::LEAVES_YOU_OUT
                consequence=text::LEAVES_YOU_OUT_CONSEQUENCE
                form
                on_yes=save
            />
        </details>
    }
}

/// The field for the list.
#[component]
fn Allowed(settings: Saved, form: Form, node: NodeRef<html::Textarea>, typed: RwSignal<Vec<String>>) -> impl IntoView {
    let own_address = move || settings.effect.get().map(|effect| text::own_address(&effect.own_address));
    view! {
        <Lines
            form
            name="addresses.allowed"
            id="addresses"
            label=text::ALLOWED
            node
            on_change=Callback::new(move |list| typed.set(list))
        >
            {text::ALLOWED_HINT} " " {own_address}
        </Lines>
    }
}

/// A change that must be confirmed, with a countdown; or that it was undone.
#[component]
fn ToConfirm(settings: Saved) -> impl IntoView {
    let until = Memo::new(move |_| settings.current.with(|now| now.addresses.as_ref()?.confirm_until.clone()));
    view! {
        {move || until.get().map(|until| view! { <Waiting settings until/> })}
        <div role="alert">
            {move || settings.undone.get().then(|| view! { <p class="warning">{text::UNDONE}</p> })}
        </div>
    }
}

#[component]
fn Waiting(settings: Saved, until: Rfc3339) -> impl IntoView {
    let form = Form::new();
    let left = RwSignal::new(seconds_until(&until));
    let console = settings.console;
    let account = settings.account.get_value();
    let reload = {
        let account = account.clone();
        move || {
            let account = account.clone();
            spawn_local(async move {
                if let Ok(now) = console.ask(|| api::account::security(&account).send_versioned()).await {
                    let waited_for = settings.current.with_untracked(allowed);
                    settings.undone.set(allowed(&now.0) != waited_for);
                    settings.take(now);
                }
            });
        }
    };
    let tick = move || {
        left.set(seconds_until(&until));
        if left.get_untracked() == 0 {
            reload();
        }
    };
    if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || timer.clear());
    }
    let keep = move |_| {
        let account = account.clone();
        let work = async move { console.ask(|| api::account::confirm_addresses(&account).send_versioned()).await };
        form.run(work, move |now| {
            settings.take(now);
            console.say(text::KEPT);
        });
    };
    view! {
        <div class="warning" role="alert">
            <p>{text::MUST_BE_CONFIRMED}</p>
            <div class="row">
                <button type="button" class="primary" data-busy=move || form.busy.get() on:click=keep>{text::KEEP}</button>
                <span aria-hidden="true">{move || text::seconds_left(left.get())}</span>
            </div>
            <Problem form/>
        </div>
    }
}

fn seconds_until(time: &Rfc3339) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 60")]
    let seconds = (clock::ms_until(time) / 1000.0).ceil().clamp(0.0, 60.0) as u32;
    seconds
}

/// Whether a list clearly does not contain an address. Only for a warning: the server decides. An entry that cannot be parsed
/// counts as containing the address, because the server will refuse it.
fn leaves_out(list: &[String], own: &str) -> bool {
    use std::net::IpAddr;
    let Ok(own) = own.parse::<IpAddr>() else { return false };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32_u32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let holds = |entry: &String| {
        let (address, prefix) =
            entry.split_once('/').map_or((entry.as_str(), None), |(address, prefix)| (address, Some(prefix)));
        let Ok(address) = address.parse::<IpAddr>() else { return true };
        let ((network, width), (own, own_width)) = (bits(address), bits(own));
        let prefix = prefix.map_or(Some(width), |prefix| prefix.parse().ok().filter(|prefix| *prefix <= width));
        let Some(prefix) = prefix else { return true };
        width == own_width && (network ^ own).checked_shr(width - prefix).unwrap_or(0) == 0
    };
    !list.is_empty() && !list.iter().any(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(list: &[&str], own: &str) -> bool {
        leaves_out(&list.iter().map(ToString::to_string).collect::<Vec<_>>(), own)
    }

    #[test]
    fn a_list_without_ones_own_address_is_noticed() {
        assert!(out(&["192.0.2.0/24"], "192.0.3.1"));
        assert!(out(&["2001:db8::/32"], "192.0.2.1"));
        assert!(out(&["192.0.2.1"], "192.0.2.2"));
        assert!(!out(&[], "192.0.2.1"));
        assert!(!out(&["198.51.100.0/24", "192.0.2.0/24"], "192.0.2.200"));
        assert!(!out(&["0.0.0.0/0"], "192.0.2.1"));
        assert!(!out(&["2001:db8::/32"], "2001:db8:1::1"));
        assert!(!out(&["nonsense"], "192.0.2.1"), "the server will say so");
    }
}
