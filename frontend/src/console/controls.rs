//! The fields of the console's forms.

use leptos::{html, prelude::*};

use super::text;

/// A field with its label. Its value is read from the page when the form is sent, however it was filled in.
#[component]
pub(super) fn Field(
    id: &'static str,
    label: &'static str,
    node: NodeRef<html::Input>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(default = "")] hint: &'static str,
    #[prop(default = false)] focus: bool,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    take_focus(node, focus);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                node_ref=node
                type=kind
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                value=value
                autofocus=focus
                aria-describedby=(!hint.is_empty()).then(|| hint_id.clone())
            />
            {(!hint.is_empty()).then(|| view! { <p class="hint soft" id=hint_id.clone()>{hint}</p> })}
        </div>
    }
}

/// A field for a password, with a button to show it.
#[component]
pub(super) fn PasswordField(
    id: &'static str,
    label: &'static str,
    node: NodeRef<html::Input>,
    autocomplete: &'static str,
    #[prop(default = "")] hint: &'static str,
    #[prop(default = false)] focus: bool,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    take_focus(node, focus);
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="password">
                <input
                    id=id
                    node_ref=node
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=focus
                    aria-describedby=(!hint.is_empty()).then(|| hint_id.clone())
                />
                <button
                    type="button"
                    aria-label=move || if shown.get() { text::HIDE_PASSWORD } else { text::SHOW_PASSWORD }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { text::HIDE } else { text::SHOW_TEXT }}
                </button>
            </div>
            {(!hint.is_empty()).then(|| view! { <p class="hint soft" id=hint_id.clone()>{hint}</p> })}
        </div>
    }
}

/// Focuses a field when it is mounted. In a dialog, `autofocus` does so when the dialog opens.
fn take_focus(node: NodeRef<html::Input>, focus: bool) {
    Effect::new(move || {
        if let Some(field) = node.get().filter(|_| focus) {
            let _ = field.focus();
        }
    });
}

/// A checkbox with its label.
#[component]
pub(super) fn Tick(
    id: &'static str,
    label: &'static str,
    node: NodeRef<html::Input>,
    #[prop(default = false)] checked: bool,
) -> impl IntoView {
    view! {
        <div class="tick">
            <input id=id type="checkbox" node_ref=node prop:checked=checked/>
            <label for=id>{label}</label>
        </div>
    }
}

/// The current value of a field.
pub(super) fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|field| field.value()).unwrap_or_default()
}

/// Whether a checkbox is ticked now.
pub(super) fn ticked(node: NodeRef<html::Input>) -> bool {
    node.get_untracked().is_some_and(|field| field.checked())
}

/// The lines of a text that are not empty, trimmed.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_on_a_line_of_its_own() {
        assert_eq!(lines(" 192.0.2.1 \n\n2001:db8::/32\n"), ["192.0.2.1", "2001:db8::/32"]);
        assert!(lines(" \n").is_empty());
    }
}
