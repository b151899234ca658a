//! What forms and dialogs of the console are made of.

use leptos::{html, prelude::*};
use postern_types::ApiError;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

use super::text;
use crate::{components::Notice, flow::Failure, page, text::TRY_AGAIN};

/// A form that is being filled in: whether it is on its way, and what became of it.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<Failure>>,
}

impl Form {
    pub(super) fn new() -> Self {
        Self { busy: RwSignal::new(false), problem: RwSignal::new(None) }
    }

    /// Runs what a form does, unless it does so already; `None` where it was refused, which the form then shows.
    pub(super) async fn run<T>(self, work: impl Future<Output = Result<T, Failure>>) -> Option<T> {
        if self.busy.get_untracked() {
            return None;
        }
        self.busy.set(true);
        self.problem.set(None);
        let outcome = work.await;
        self.busy.set(false);
        outcome.map_err(|failure| self.problem.set(Some(failure))).ok()
    }
}

/// A dialog above everything else. Escape leaves it, and the focus goes back to where it came from.
#[component]
pub(super) fn Dialog(
    /// Names the dialog, and its heading in the page.
    id: &'static str,
    title: &'static str,
    on_leave: Callback<()>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let opener = document().active_element().and_then(|opener| opener.dyn_into::<HtmlElement>().ok());
    let opened = StoredValue::new_local((opener, None::<HtmlDialogElement>));
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.show_modal();
            opened.update_value(|(_, opened)| *opened = Some(dialog));
        }
    });
    on_cleanup(move || {
        let (opener, dialog) = opened.try_get_value().unwrap_or_default();
        // Nothing outside a modal dialog can take the focus.
        if let Some(dialog) = dialog {
            dialog.close();
        }
        if let Some(opener) = opener {
            let _ = opener.focus();
        }
    });
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-labelledby=id
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                on_leave.run(());
            }
        >
            <h2 id=id>{title}</h2>
            {children()}
        </dialog>
    }
}

/// *Confirm*: names whom it concerns and what will happen. **No** has the focus.
#[component]
pub(super) fn Confirm(
    question: String,
    consequence: &'static str,
    form: Form,
    on_yes: Callback<()>,
    on_no: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog id="confirm" title=text::CONFIRM on_leave=on_no>
            <p>{question}</p>
            <p class="soft">{consequence}</p>
            <Problem form/>
            <div class="row end">
                <button type="button" autofocus on:click=move |_| on_no.run(())>{text::NO}</button>
                <button type="button" class="danger" data-busy=move || form.busy.get() on:click=move |_| on_yes.run(())>
                    {text::YES}
                </button>
            </div>
        </Dialog>
    }
}

/// What went wrong with a form, in the console's words.
#[component]
pub(super) fn Problem(form: Form) -> impl IntoView {
    view! {
        <div class="alerts" role="alert">
            {move || form.problem.get().map(|failure| view! { <Told failure/> })}
        </div>
    }
}

#[component]
fn Told(failure: Failure) -> impl IntoView {
    if failure.wait_s().is_some() {
        // Counts down.
        let problem = RwSignal::new(Some(failure));
        return view! { <Notice problem retry=Callback::new(|()| {})/> }.into_any();
    }
    let needs_app = failure == Failure::Refused(ApiError::SecondFactorRequired);
    view! {
        <div class="notice">
            <p>
                {text::failure(&failure)}
                {needs_app.then(|| view! { " " <a href=page::MY_SECURITY>{text::MY_SECURITY}</a> })}
            </p>
        </div>
    }
    .into_any()
}

/// Why a list or a form could not be loaded, and a way to try again.
#[component]
pub(super) fn NotLoaded(failure: Failure, on_retry: Callback<()>) -> impl IntoView {
    let needs_app = failure == Failure::Refused(ApiError::SecondFactorRequired);
    view! {
        <div class="notice" role="alert">
            <p>
                {text::failure(&failure)}
                {needs_app.then(|| view! { " " <a href=page::MY_SECURITY>{text::MY_SECURITY}</a> })}
            </p>
            <button type="button" on:click=move |_| on_retry.run(())>{TRY_AGAIN}</button>
        </div>
    }
}

/// A field with its label. Its value is read from the page when the form is sent, whatever filled it in.
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

/// A field for a password, which can be shown.
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

/// Puts the cursor into a field once it is there. In a dialog `autofocus` does, which looks when the dialog opens.
fn take_focus(node: NodeRef<html::Input>, focus: bool) {
    Effect::new(move || {
        if let Some(field) = node.get().filter(|_| focus) {
            let _ = field.focus();
        }
    });
}

/// A box to tick.
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

/// What stands in a field now.
pub(super) fn value(node: NodeRef<html::Input>) -> String {
    node.get_untracked().map(|field| field.value()).unwrap_or_default()
}

/// Whether a box is ticked now.
pub(super) fn ticked(node: NodeRef<html::Input>) -> bool {
    node.get_untracked().is_some_and(|field| field.checked())
}
