//! The field for a one-time code. What is typed, pasted or filled in stays unchanged.

use leptos::{ev, html, prelude::*};
use postern_types::TotpCode;
use wasm_bindgen::JsCast;
use web_sys::InputEvent;

use crate::flow::Failure;

/// Calls `on_complete` only if a whole code was entered at once (paste or autofill), and never twice for the same code. A
/// person who types can still correct the last digit.
#[component]
pub(crate) fn CodeInput(
    problem: RwSignal<Option<Failure>>,
    field: NodeRef<html::Input>,
    /// Id of the text that explains the field; may be empty.
    description: &'static str,
    focus: bool,
    on_complete: impl Fn() + 'static,
) -> impl IntoView {
    let before = StoredValue::new(String::new());
    let sent = StoredValue::new(None::<TotpCode>);
    let input = move |event: ev::Event| {
        let value = event_target_value(&event);
        let (kind, composing) = describe(&event);
        let previous = before.try_update_value(|before| std::mem::replace(before, value.clone()));
        if composing || !in_one_go(&kind, &previous.unwrap_or_default()) {
            return;
        }
        let code = TotpCode::find(&value);
        if code.is_some() && code != sent.get_value() {
            sent.set_value(code);
            on_complete();
        }
    };
    Effect::new(move || {
        if let Some(field) = field.get().filter(|_| focus) {
            let _ = field.focus();
        }
    });
    Effect::new(move || {
        if let (Some(problem), Some(field)) = (problem.get(), field.get_untracked()) {
            answer(&field, &problem);
            before.set_value(field.value());
        }
    });
    view! {
        <input
            id="code"
            class="code"
            inputmode="numeric"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby=format!("code-problem {description}")
            aria-invalid=move || problem.with(|p| p.as_ref().is_some_and(Failure::concerns_code)).to_string()
            node_ref=field
            on:input=input
        />
    }
}

/// Clears a refused code and focuses the field.
fn answer(field: &web_sys::HtmlInputElement, problem: &Failure) {
    if problem.refutes_input() {
        field.set_value("");
    }
    if problem.concerns_code() {
        let _ = field.focus();
    }
}

/// The type of an input event, and whether an input method is still composing.
fn describe(event: &ev::Event) -> (String, bool) {
    // Autofill and password managers send a plain event.
    event.dyn_ref::<InputEvent>().map_or_else(Default::default, |input| (input.input_type(), input.is_composing()))
}

/// Whether an input of this type entered the whole value at once.
fn in_one_go(kind: &str, previous: &str) -> bool {
    match kind {
        "" | "insertReplacementText" => true,
        "insertFromPaste" => previous.is_empty() || TotpCode::find(previous).is_some(),
        _ => previous.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_never_sends_by_itself() {
        assert!(!in_one_go("insertText", "73230"));
        assert!(!in_one_go("insertText", "732303"));
        assert!(!in_one_go("insertFromPaste", "73230"));
    }

    #[test]
    fn paste_and_autofill_send_by_themselves() {
        assert!(in_one_go("insertFromPaste", ""));
        assert!(in_one_go("insertFromPaste", "111 111"));
        assert!(in_one_go("insertText", ""), "the keyboard of a phone fills a whole code in");
        assert!(in_one_go("", "732"), "a password manager");
    }
}
