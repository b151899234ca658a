//! The applications that the user has allowed to learn who they are, and how to take that back.

use leptos::prelude::*;
use postern_types::{MyConsent, MyConsents};

use crate::{
    api, clock,
    console::{
        dialog::Confirm,
        form::{Form, NotLoaded},
        loaded::{Loaded, load},
        state::Console,
        text::consents as text,
    },
};

/// The section, for users who have allowed something. Once shown, it stays.
#[component]
pub(super) fn Consents(console: Console) -> impl IntoView {
    let loaded = load(console, || api::me::consents().send());
    let taking_back = RwSignal::new(None::<MyConsent>);
    let is_empty = move || loaded.value.with(|mine| mine.as_ref().is_none_or(|mine| mine.consents.is_empty()));
    let is_shown = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or_default() || !is_empty() || loaded.failure.with(Option::is_some)
    });
    move || {
        is_shown.get().then(|| {
            view! {
                <section class="section" id="consents">
                    <h2>{text::TITLE}</h2>
                    {move || loaded.failure.get().map(|failure| view! {
                        <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
                    })}
                    {move || match (is_empty(), loaded.value.with(Option::is_some)) {
                        (false, _) => view! { <p class="soft">{text::INTRO}</p> }.into_any(),
                        (true, true) => view! { <p>{text::NONE}</p> }.into_any(),
                        (true, false) => ().into_any(),
                    }}
                    <ul class="sessions">
                        {move || loaded.value.get().map(|mine: MyConsents| {
                            mine.consents.into_iter().map(|consent| view! { <Consent consent taking_back/> }).collect_view()
                        })}
                    </ul>
                    {move || taking_back.get().map(|consent| view! { <TakeBack console consent loaded taking_back/> })}
                </section>
            }
        })
    }
}

#[component]
fn Consent(consent: MyConsent, taking_back: RwSignal<Option<MyConsent>>) -> impl IntoView {
    let label = format!("{}: {}", text::TAKE_BACK, consent.name);
    let name = consent.name.clone();
    let learns = text::learns(&consent.scopes);
    let since = clock::day(&consent.given_at);
    view! {
        <li class="row between">
            <div>
                <b>{name}</b>
                <span class="soft detail">{learns}</span>
                <span class="soft detail">{text::SINCE} {since}</span>
            </div>
            <button type="button" class="small" aria-label=label on:click=move |_| taking_back.set(Some(consent.clone()))>
                {text::TAKE_BACK}
            </button>
        </li>
    }
}

/// Asks before the permission is taken back.
#[component]
fn TakeBack(
    console: Console,
    consent: MyConsent,
    loaded: Loaded<MyConsents>,
    taking_back: RwSignal<Option<MyConsent>>,
) -> impl IntoView {
    let form = Form::new();
    let question = text::question(&consent.name);
    let MyConsent { client_id, name, .. } = consent;
    let client_id = StoredValue::new(client_id);
    let yes = Callback::new(move |()| {
        let taken_back = text::taken_back(&name);
        let work = async move { console.ask(|| api::me::take_back(&client_id.get_value()).send()).await };
        form.run(work, move |()| {
            taking_back.set(None);
            console.say(taken_back);
            loaded.reload();
        });
    });
    let no = Callback::new(move |()| taking_back.set(None));
    view! { <Confirm question consequence=text::CONSEQUENCE form on_yes=yes on_no=no/> }
}
