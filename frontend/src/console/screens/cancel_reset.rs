//! The target of the link by which a user cancels a reset of their second factor. The token is in the fragment, and is taken out of the
//! address at once.

use leptos::prelude::*;
use postern_types::{ApiError, LinkToken};

use crate::{
    api,
    components::Submit,
    console::{
        card::Card,
        form::{Form, Problem},
        place,
        state::Console,
        text::{passwords, resets as text},
    },
    flow::Failure,
};

/// Asks first: a mail program may open links by itself.
#[component]
pub(super) fn CancelReset(console: Console) -> impl IntoView {
    let form = Form::new();
    let token = StoredValue::new(place::link_token());
    let cancelled = RwSignal::new(false);
    let send = form.on_submit(
        move || {
            let body = LinkToken { token: token.get_value() };
            async move { api::me::cancel_reset(&body).send().await }
        },
        move |_| {
            console.place.with_untracked(place::replace);
            cancelled.set(true);
        },
    );
    let is_dead = move || form.problem.with(|problem| *problem == Some(Failure::Refused(ApiError::NotFound)));
    view! {
        <Card title=text::CANCEL_TITLE>
            {move || if cancelled.get() {
                view! { <p role="status">{text::CANCELLED}</p><p>{text::CANCELLED_ADVICE}</p> }.into_any()
            } else if is_dead() {
                view! { <p role="alert">{text::CANCEL_DEAD}</p> }.into_any()
            } else {
                view! {
                    <p>{text::CANCEL_QUESTION}</p>
                    <form on:submit=send>
                        <Problem form/>
                        <Submit waits=form.busy label=text::CANCEL_RESET busy=text::CANCELLING/>
                    </form>
                }.into_any()
            }}
            <p>
                <a href="/console/forgotten-password">{passwords::FORGOTTEN}</a> " · "
                <a href="/">{passwords::BACK_TO_LOG_IN}</a>
            </p>
        </Card>
    }
}
