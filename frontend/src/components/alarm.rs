//! Says that a code of the user was entered a second time, until the user acts.

use leptos::prelude::*;
use postern_types::LastSignIn;

use super::notice::Notice;
use crate::{address, clock, flow::Failure, text::alarm as text};

/// What happened, with a button to end all other sessions and one to dismiss this. Once the sessions are ended, it says what comes next.
#[component]
pub(crate) fn Alarm(
    alarm: LastSignIn,
    /// Whether a request is in flight.
    busy: RwSignal<bool>,
    /// Why the latest one failed.
    problem: RwSignal<Option<Failure>>,
    /// Whether the other sessions were ended.
    is_ended: RwSignal<bool>,
    on_end_others: Callback<()>,
    on_dismiss: Callback<()>,
) -> impl IntoView {
    view! {
        <section class="notice" aria-labelledby="alarm-title">
            <p id="alarm-title"><b>{text::TITLE}</b></p>
            <p>{text::code_replayed(&clock::date_and_time(&alarm.at), &alarm.address)}</p>
            <p role="status">{move || if is_ended.get() { text::ENDED } else { text::ADVICE }}</p>
            <div class="alerts" role="alert"><Notice problem/></div>
            <div class="row">
                {move || if is_ended.get() {
                    view! { <a class="button primary" href=address::PASSWORD>{text::CHANGE_PASSWORD}</a> }.into_any()
                } else {
                    view! {
                        <button type="button" class="primary" data-busy=move || busy.get() on:click=move |_| on_end_others.run(())>
                            {text::END_OTHERS}
                        </button>
                    }.into_any()
                }}
                <button type="button" data-busy=move || busy.get() on:click=move |_| on_dismiss.run(())>{text::DISMISS}</button>
            </div>
        </section>
    }
}
