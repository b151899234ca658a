//! An error message. Must be in an element with `role="alert"` that already exists, because an alert is announced when its
//! content changes.

use leptos::prelude::*;
use postern_types::ApiError;

use super::countdown::Countdown;
use crate::{clock, flow::Failure, text};

/// Clocks that differ by less do not explain a refused code.
const CLOCK_TOLERANCE_S: f64 = 20.0;

/// The latest problem, with a button to try again if that may help.
#[component]
pub(crate) fn Notice(
    problem: RwSignal<Option<Failure>>,
    /// Repeats the latest action.
    #[prop(optional)]
    retry: Option<Callback<()>>,
    /// Whether this notice should show the problem.
    #[prop(into, default = Signal::stored(true))]
    when: Signal<bool>,
    /// The text for a failure.
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
    let countdown = match failure.next_code_s() {
        Some(seconds) => Some(view! { <Countdown seconds said=text::next_code shown=text::next_code/> }),
        None => failure.wait_s().map(|seconds| view! { <Countdown seconds said=text::wait shown=text::countdown/> }),
    };
    view! {
        <div class="notice">
            <p>{words(&failure)} " " {countdown}</p>
            {clock_advice(&failure).map(|advice| view! { <p>{advice}</p> })}
            {retry_button}
        </div>
    }
}

/// Codes of a phone with a wrong clock are always refused. If the browser's clock is wrong, the phone's may be, too. After the
/// server's clock was set back, all codes are refused. If the server found the cause, the screen already names it.
fn clock_advice(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Refused(ApiError::InvalidCode { refused_until: Some(until), .. }) => {
            Some(text::clock_set_back(&clock::date_and_time(until)))
        }
        Failure::Refused(ApiError::InvalidCode { server_time, cause: None, .. })
            if clock::ahead_of_s(server_time).abs() > CLOCK_TOLERANCE_S =>
        {
            Some(text::clocks_differ(&clock::now_to_the_second(), &clock::to_the_second(server_time)))
        }
        _ => None,
    }
}
