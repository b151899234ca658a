//! The field for a code that a person has on paper or is told: a recovery code, or a set-up code.

use leptos::{html, prelude::*};

/// The field alone: its label and what is wrong with it are the form's.
#[component]
pub(crate) fn LookUpSecret(
    id: &'static str,
    field: NodeRef<html::Input>,
    /// Ids of the texts that explain it.
    described_by: &'static str,
    /// Whether what was typed is refused.
    #[prop(into)]
    is_refused: Signal<bool>,
    /// Whenever this becomes true, the field takes the focus.
    #[prop(into)]
    focus: Signal<bool>,
) -> impl IntoView {
    Effect::new(move || {
        if let Some(field) = field.get().filter(|_| focus.get()) {
            let _ = field.focus();
        }
    });
    view! {
        <input
            id=id
            node_ref=field
            type="text"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            maxlength="100"
            aria-describedby=described_by
            aria-invalid=move || is_refused.get().to_string()
        />
    }
}
