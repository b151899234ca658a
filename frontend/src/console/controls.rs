//! The fields of the console's forms. Each shows what is wrong with it. Values are read from the page when the form is sent,
//! however they were filled in.

use std::time::Duration;

use leptos::{html, prelude::*};

use super::{
    form::{Check, Form},
    text,
};

/// How long to wait for further typing before searching.
const PATIENCE: Duration = Duration::from_millis(300);

/// A field for a search, which begins once the typing has paused.
#[component]
pub(super) fn SearchField(
    label: &'static str,
    #[prop(into)] current: Signal<String>,
    on_search: Callback<String>,
) -> impl IntoView {
    let latest = StoredValue::new(0_u32);
    let input = move |event| {
        let typed = event_target_value(&event);
        let number = latest.get_value() + 1;
        latest.set_value(number);
        set_timeout(
            move || {
                if latest.try_get_value() == Some(number) {
                    on_search.run(typed);
                }
            },
            PATIENCE,
        );
    };
    // In a dialog, Enter would send the form around it.
    let keep = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
        }
    };
    view! {
        <input
            class="search"
            type="search"
            maxlength="200"
            aria-label=label
            placeholder=label
            prop:value=current
            on:input=input
            on:keydown=keep
        />
    }
}

/// A field with its label.
#[component]
pub(super) fn Field(
    form: Form,
    /// Its name in the request.
    name: &'static str,
    id: &'static str,
    label: &'static str,
    node: NodeRef<html::Input>,
    #[prop(default = Check::Nothing)] check: Check,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(default = false)] focus: bool,
) -> impl IntoView {
    form.add(name, id, check);
    take_focus(node, focus);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <Fault form name id/>
            <input
                id=id
                node_ref=node
                type=kind
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                value=value
                autofocus=focus
                aria-invalid=move || form.fault(name).is_some().to_string()
                aria-describedby=described_by(id, "")
                on:input=move |_| form.forget(name)
            />
        </div>
    }
}

/// A field for a password, with a button to show it.
#[component]
pub(super) fn PasswordField(
    form: Form,
    /// Its name in the request.
    name: &'static str,
    id: &'static str,
    label: &'static str,
    node: NodeRef<html::Input>,
    autocomplete: &'static str,
    #[prop(default = "")] hint: &'static str,
    #[prop(default = false)] focus: bool,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    form.add(name, id, Check::Filled);
    take_focus(node, focus);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <Fault form name id/>
            <div class="password">
                <input
                    id=id
                    node_ref=node
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus=focus
                    aria-invalid=move || form.fault(name).is_some().to_string()
                    aria-describedby=described_by(id, hint)
                    on:input=move |_| form.forget(name)
                />
                <button
                    type="button"
                    aria-label=move || if shown.get() { text::HIDE_PASSWORD } else { text::SHOW_PASSWORD }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { text::HIDE } else { text::SHOW_TEXT }}
                </button>
            </div>
            {(!hint.is_empty()).then(|| view! { <p class="hint soft" id=format!("{id}-hint")>{hint}</p> })}
        </div>
    }
}

/// A field for a list, one entry per line. The children are its hint.
#[component]
pub(super) fn Lines(
    form: Form,
    /// Its name in the request.
    name: &'static str,
    id: &'static str,
    label: &'static str,
    node: NodeRef<html::Textarea>,
    #[prop(default = Vec::new())] value: Vec<String>,
    /// Receives the lines whenever they change.
    #[prop(optional)]
    on_change: Option<Callback<Vec<String>>>,
    children: Children,
) -> impl IntoView {
    form.add(name, id, Check::Nothing);
    let input = move |event| {
        form.forget(name);
        if let Some(on_change) = on_change {
            on_change.run(lines(&event_target_value(&event)));
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <Fault form name id/>
            <textarea
                id=id
                node_ref=node
                rows="4"
                spellcheck="false"
                aria-invalid=move || form.fault(name).is_some().to_string()
                aria-describedby=described_by(id, "hint")
                on:input=input
            >
                {value.join("\n")}
            </textarea>
            <p class="hint soft" id=format!("{id}-hint")>{children()}</p>
        </div>
    }
}

/// What is wrong with a field. Read out when it appears, and again with the field.
#[component]
fn Fault(form: Form, name: &'static str, id: &'static str) -> impl IntoView {
    view! {
        <div class="alerts" role="alert" id=format!("{id}-fault")>
            {move || form.fault(name).map(|words| view! { <p class="fault">{words}</p> })}
        </div>
    }
}

/// The ids of the texts that explain a field.
fn described_by(id: &str, hint: &str) -> String {
    if hint.is_empty() { format!("{id}-fault") } else { format!("{id}-fault {id}-hint") }
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
    #[prop(default = Signal::stored(false), into)] checked: Signal<bool>,
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
