//! What went wrong, above the field that it is about. Stands inside an element with `role="alert"` that is there
//! before it, because an alert is announced when its content changes.

use leptos::prelude::*;
use postern_types::ApiError;

use super::countdown::Countdown;
use crate::{clock, flow::Failure, text};

/// Clocks that differ by less say nothing about a code that was refused.
const CLOCK_TOLERANCE_S: f64 = 20.0;

/// The latest problem, with a way to try again where that may help.
#[component]
pub(crate) fn Notice(
    problem: RwSignal<Option<Failure>>,
    /// The latest action once more.
    #[prop(optional)]
    retry: Option<Callback<()>>,
    /// Whether the problem is this notice's business.
    #[prop(into, default = Signal::stored(true))]
    when: Signal<bool>,
    /// A failure in words.
    #[prop(default = text::failure)]
    words: fn(&Failure) -> String,
) -> impl IntoView {
    move || problem.get().filter(|_| when.get()).map(|failure| view! { <Body failure retry words/> })
}

#[component]
fn Body(failure: Failure, retry: Option<Callback<()>>, words: fn(&Failure) -> String) -> impl IntoView {
    let retry_button = retry.filter(|_| failure.may_pass()).map(|retry| {
        view! { <button type="button" on:click=move |_| retry.run(())>{text::TRY_AGAIN}</button> }
    });
    let seconds = failure.wait_s();
    view! {
        <div class="notice">
            <p>{words(&failure)} " " {seconds.map(|seconds| view! { <Countdown seconds/> })}</p>
            {clock_advice(&failure).map(|advice| view! { <p>{advice}</p> })}
            {retry_button}
        </div>
    }
}

/// A phone whose clock is off makes codes that are refused for weeks. Where the browser's clock is off, the
/// phone's may be as well.
fn clock_advice(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Refused(ApiError::InvalidCode { server_time, .. })
            if clock::difference_s(server_time) > CLOCK_TOLERANCE_S =>
        {
            Some(text::clocks_differ(&clock::now_to_the_second(), &clock::to_the_second(server_time)))
        }
        _ => None,
    }
}
