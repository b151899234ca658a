//! The field for a set-up code, in the forms that set up a second factor.

use leptos::{html, prelude::*};
use postern_types::ApiError;

use crate::{flow::Failure, text::set_up as text};

/// Which code is asked for, and who gives it.
#[component]
pub(crate) fn SetUpCode(
    /// Names of the accounts whose administrators give it.
    from: Vec<String>,
    problem: RwSignal<Option<Failure>>,
    field: NodeRef<html::Input>,
) -> impl IntoView {
    let refused = move || problem.with(|problem| matches!(problem, Some(Failure::Refused(ApiError::InvalidSetUpCode))));
    Effect::new(move || {
        if let Some(field) = field.get().filter(|_| refused()) {
            let _ = field.focus();
        }
    });
    view! {
        <div class="set-up-code">
            <label for="set-up-code">{text::SET_UP_CODE}</label>
            <p class="soft" id="set-up-code-hint">{text::set_up_code_hint(&from)}</p>
            <input
                id="set-up-code"
                node_ref=field
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                maxlength="100"
                aria-describedby="code-problem set-up-code-hint"
                aria-invalid=move || refused().to_string()
            />
        </div>
    }
}

/// What was typed; `None` if no set-up code is asked for.
pub(crate) fn typed(field: NodeRef<html::Input>) -> Option<String> {
    field.get_untracked().map(|field| field.value())
}
