//! The form for a one-time code, as set-up and log-in both have it.

use leptos::{html, prelude::*};
use postern_types::CodeRequest;

use super::{
    code_input::{CodeInput, read},
    notice::Notice,
    submit::Submit,
};
use crate::{
    api::{self, Request},
    app::{Action, App},
    flow::Failure,
    text,
};

/// One code field, the button that sends it, and the way out.
#[component]
pub(crate) fn CodeForm(
    app: App,
    /// Which request the code goes into.
    request: fn(&CodeRequest) -> Request,
    label: &'static str,
    submit: &'static str,
    busy: &'static str,
    /// Id of the text that explains the field, or nothing.
    description: &'static str,
    focus: bool,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let send = Action::new(move |()| {
        let value = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        read(&value).map(|code| request(&CodeRequest { code })).ok_or(Failure::NoCode)
    });
    let cancel = Action::new(|()| Ok(api::cancel()));
    view! {
        <form class="code-form" novalidate on:submit=move |event| {
            event.prevent_default();
            app.perform(send);
        }>
            <label for="code">{label}</label>
            <div id="code-problem" class="alerts" role="alert"><Notice problem=app.problem retry=app.again()/></div>
            <div class="row">
                <CodeInput problem=app.problem field description focus on_complete=move || app.perform(send)/>
                <Submit waits=app.busy label=submit busy/>
                <button type="button" on:click=move |_| app.perform(cancel)>{text::CANCEL}</button>
            </div>
        </form>
    }
}
