//! Dialogs above a screen.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

use super::{
    form::{Form, Problem},
    text,
};

/// A modal dialog. Escape leaves it, and the focus returns to where it was.
#[component]
pub(super) fn Dialog(
    /// Id of its heading, which names the dialog.
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

/// The dialog *Confirm*: says whom it concerns and what will happen. **No** has the focus.
#[component]
pub(super) fn Confirm(
    question: String,
    #[prop(into)] consequence: String,
    form: Form,
    /// Whether it says why the form failed; otherwise the screen behind it does.
    #[prop(default = true)]
    says_why: bool,
    on_yes: Callback<()>,
    on_no: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog id="confirm" title=text::CONFIRM on_leave=on_no>
            <p>{question}</p>
            <p class="soft">{consequence}</p>
            {says_why.then(|| view! { <Problem form/> })}
            <div class="row end">
                <button type="button" autofocus on:click=move |_| on_no.run(())>{text::NO}</button>
                <button type="button" class="danger" data-busy=move || form.busy.get() on:click=move |_| on_yes.run(())>
                    {text::YES}
                </button>
            </div>
        </Dialog>
    }
}

/// The dialog *Confirm* before a form is sent, while `open` is set. Either answer closes it.
#[component]
pub(super) fn ConfirmFirst(
    open: RwSignal<bool>,
    #[prop(into)] question: Signal<String>,
    #[prop(into)] consequence: Signal<String>,
    form: Form,
    on_yes: Callback<()>,
) -> impl IntoView {
    let yes = Callback::new(move |()| {
        open.set(false);
        on_yes.run(());
    });
    let no = Callback::new(move |()| open.set(false));
    move || {
        open.get().then(|| {
            let question = question.get_untracked();
            view! { <Confirm question consequence=consequence.get_untracked() form says_why=false on_yes=yes on_no=no/> }
        })
    }
}
