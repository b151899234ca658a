//! The state of a form: whether it is being sent, and why it failed.

use std::future::Future;

use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use postern_types::ApiError;

use super::text;
use crate::{address, components::Notice, flow::Failure, text::TRY_AGAIN};

/// The state of a form.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<Failure>>,
}

impl Form {
    pub(super) fn new() -> Self {
        Self { busy: RwSignal::new(false), problem: RwSignal::new(None) }
    }

    /// A handler for the form's submit event: `read` reads the fields and returns the work to do, `then` receives its result.
    pub(super) fn on_submit<T, W>(
        self,
        read: impl Fn() -> W + Copy + 'static,
        then: impl Fn(T) + Copy + 'static,
    ) -> impl Fn(SubmitEvent) + Copy + 'static
    where
        T: 'static,
        W: Future<Output = Result<T, Failure>> + 'static,
    {
        move |event| {
            event.prevent_default();
            self.run(read(), then);
        }
    }

    /// Does the work, unless some is in progress, and calls `then` with the result. A failure is shown.
    pub(super) fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, Failure>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let outcome = work.await;
            self.busy.set(false);
            match outcome {
                Ok(answer) => then(answer),
                Err(failure) => self.problem.set(Some(failure)),
            }
        });
    }
}

/// Why a form failed.
#[component]
pub(super) fn Problem(form: Form) -> impl IntoView {
    let body = move |failure: Failure| match failure.wait_s() {
        // With a countdown.
        Some(_) => view! { <Notice problem=form.problem/> }.into_any(),
        None => view! { <div class="notice"><Words failure/></div> }.into_any(),
    };
    view! { <div class="alerts" role="alert">{move || form.problem.get().map(body)}</div> }
}

/// Why something could not be loaded, with a button to try again.
#[component]
pub(super) fn NotLoaded(failure: Failure, on_retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="notice" role="alert">
            <Words failure/>
            <button type="button" on:click=move |_| on_retry.run(())>{TRY_AGAIN}</button>
        </div>
    }
}

/// The text for a failure, with a link to fix it if there is one.
#[component]
fn Words(failure: Failure) -> impl IntoView {
    let needs_app = failure == Failure::Refused(ApiError::SecondFactorRequired);
    view! {
        <p>
            {text::failure(&failure)}
            {needs_app.then(|| view! { " " <a href=address::MY_SECURITY>{text::MY_SECURITY}</a> })}
        </p>
    }
}
