//! The form for a one-time code, for log-in, set-up, and sensitive actions.

use leptos::{html, prelude::*};
use postern_types::TotpCode;

use super::{code_input::CodeInput, notice::Notice, submit::Submit};
use crate::{flow::Failure, text};

/// A field for a code, the button that sends it, and **Cancel**.
#[component]
pub(crate) fn CodeForm(
    /// Whether a request is in flight. There is never more than one.
    busy: RwSignal<bool>,
    problem: RwSignal<Option<Failure>>,
    on_code: Callback<TotpCode>,
    on_cancel: Callback<()>,
    label: &'static str,
    submit: &'static str,
    /// The label of that button while the code is verified.
    submitting: &'static str,
    /// Id of the text that explains the field; may be empty.
    #[prop(default = "")]
    description: &'static str,
    #[prop(default = false)] focus: bool,
    /// The text for a failure.
    #[prop(default = text::failure)]
    words: fn(&Failure) -> String,
    /// What is shown before the field.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let send = Callback::new(move |()| {
        let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        match TotpCode::find(&typed) {
            Some(code) => on_code.run(code),
            // A refused code was cleared: the reason stays until another one is entered.
            None if typed.is_empty()
                && problem.with_untracked(|problem| matches!(problem, Some(Failure::Refused(_)))) =>
            {
                let _ = field.get_untracked().map(|field| field.focus());
            }
            None => problem.set(Some(Failure::NoCode)),
        }
    });
    let latest = StoredValue::new(send);
    let act = move |action: Callback<()>| {
        if !busy.get_untracked() {
            latest.set_value(action);
            action.run(());
        }
    };
    let retry = Callback::new(move |()| act(latest.get_value()));
    // A set-up code has a field and a notice of its own.
    let when =
        Signal::derive(move || problem.with(|problem| !problem.as_ref().is_some_and(Failure::concerns_set_up_code)));
    view! {
        <form class="code-form" novalidate on:submit=move |event| {
            event.prevent_default();
            act(send);
        }>
            {children.map(|children| children())}
            <label for="code">{label}</label>
            <div id="code-problem" class="alerts" role="alert"><Notice problem retry when words/></div>
            <div class="row">
                <CodeInput problem field description focus on_complete=move || act(send)/>
                <Submit waits=busy label=submit busy=submitting/>
                <button type="button" on:click=move |_| act(on_cancel)>{text::CANCEL}</button>
            </div>
        </form>
    }
}
