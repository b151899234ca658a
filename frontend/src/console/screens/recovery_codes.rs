//! One's own recovery codes: how many are left, and a new set.

use leptos::prelude::*;

use crate::{
    api, clock, components,
    console::{
        dialog::{Confirm, Dialog},
        form::{Form, NotLoaded, Problem},
        loaded::{Loaded, load},
        second_factor::Factors,
        state::Console,
        text::{LOADING, security as text},
    },
};

/// How many recovery codes are left, and a button for new ones, for users who have a second factor.
#[component]
pub(super) fn RecoveryCodes(console: Console, factors: Loaded<Factors>) -> impl IntoView {
    let loaded = load(console, || api::me::recovery_codes().send());
    let form = Form::new();
    let asks = RwSignal::new(false);
    let made = RwSignal::new(None::<postern_types::RecoveryCodes>);
    let make = move || {
        form.run(console.ask(|| api::me::make_recovery_codes().send()), move |codes| {
            asks.set(false);
            made.set(Some(codes));
            loaded.reload();
        });
    };
    let has_factor = move || factors.value.with(|factors| factors.is_some_and(Factors::any));
    let has_no_factor = move || factors.value.with(|factors| factors.is_some_and(|factors| !factors.any()));
    let has_codes = move || loaded.value.with(|it| it.as_ref().is_some_and(|it| it.left > 0));
    let saved = Callback::new(move |()| made.set(None));
    view! {
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || (loaded.value.with(Option::is_none) && loaded.failure.with(Option::is_none)).then(|| view! {
            <p class="loading soft">{LOADING}</p>
        })}
        {move || loaded.value.get().map(|it| match it.created_at {
            Some(at) => view! { <p>{text::codes_left(it.left, &clock::day(&at))}</p> },
            None if has_no_factor() => view! { <p>{text::CODES_NEED_FACTOR.to_owned()}</p> },
            None => view! { <p>{text::NO_RECOVERY_CODES.to_owned()}</p> },
        })}
        // The dialog says itself why it failed.
        {move || (!asks.get()).then(|| view! { <Problem form/> })}
        {move || has_factor().then(|| view! {
            <button
                type="button"
                data-busy=move || form.busy.get()
                on:click=move |_| if has_codes() { asks.set(true) } else { make() }
            >
                {move || if has_codes() { text::MAKE_NEW_CODES } else { text::MAKE_CODES }}
            </button>
        })}
        {move || asks.get().then(|| view! {
            <Confirm
                question=text::MAKE_QUESTION.to_owned()
                consequence=text::MAKE_CONSEQUENCE
                form
                on_yes=Callback::new(move |()| make())
                on_no=Callback::new(move |()| asks.set(false))
            />
        })}
        {move || made.get().map(|codes| view! {
            <Dialog id="new-codes" title=text::NEW_CODES on_leave=Callback::new(|()| ())>
                <p>{text::NEW_CODES_ADVICE}</p>
                <components::RecoveryCodes codes/>
                <div class="row end">
                    <button type="button" class="primary" on:click=move |_| saved.run(())>{text::CODES_SAVED}</button>
                </div>
            </Dialog>
        })}
    }
}
