//! The state of a form: whether it is being sent, and what is wrong with it. What concerns one field is shown there.

use std::future::Future;

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use postern_types::{ApiError, Email, Reason};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use super::text;
use crate::{
    address,
    components::Countdown,
    flow::Failure,
    text::{self as common, TRY_AGAIN},
};

/// The state of a form.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) busy: RwSignal<bool>,
    /// Why it failed, if no single field is the reason.
    pub(super) problem: RwSignal<Option<Failure>>,
    /// What is wrong with its fields.
    faults: RwSignal<Vec<Failure>>,
    /// Its fields, in the order of the page.
    fields: StoredValue<Vec<Known>>,
}

/// A field of a form.
#[derive(Clone, Copy)]
struct Known {
    /// Its name in the request.
    name: &'static str,
    /// The id of its element.
    id: &'static str,
    check: Check,
}

/// What is checked before a form is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing: the server decides.
    Nothing,
    /// Something must have been entered.
    Filled,
    /// It must look like an e-mail address.
    Email,
}

impl Check {
    /// Why the value would be refused.
    fn refuse(self, value: &str) -> Option<Reason> {
        match self {
            Self::Nothing => None,
            Self::Filled => value.trim().is_empty().then_some(Reason::Empty),
            Self::Email => Email::parse(value).err().map(Reason::from),
        }
    }
}

impl Form {
    pub(super) fn new() -> Self {
        Self {
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            faults: RwSignal::new(Vec::new()),
            fields: StoredValue::new(Vec::new()),
        }
    }

    /// The same form for another way to complete it, with a busy state of its own.
    pub(super) fn another_way(self) -> Self {
        Self { busy: RwSignal::new(false), ..self }
    }

    /// Adds a field, so that what is wrong with it can be shown there.
    pub(super) fn add(self, name: &'static str, id: &'static str, check: Check) {
        self.fields.update_value(|fields| fields.push(Known { name, id, check }));
    }

    /// What is wrong with a field.
    pub(super) fn fault(self, name: &str) -> Option<String> {
        self.faults.with(|faults| faults.iter().find(|fault| field_of(fault) == Some(name)).map(text::failure))
    }

    /// Forgets what was wrong with a field: it is being corrected.
    pub(super) fn forget(self, name: &str) {
        if self.faults.with_untracked(|faults| faults.iter().any(|fault| field_of(fault) == Some(name))) {
            self.faults.update(|faults| faults.retain(|fault| field_of(fault) != Some(name)));
        }
    }

    /// Checks all fields and shows everything that is wrong at once. `true` if nothing is.
    pub(super) fn check(self) -> bool {
        let fault = |Known { name, id, check }: &Known| {
            let input = document().get_element_by_id(id)?.dyn_into::<HtmlInputElement>().ok()?;
            let reason = check.refuse(&input.value())?;
            Some(Failure::Refused(ApiError::Malformed { field: (*name).to_owned(), reason }))
        };
        let faults: Vec<_> = self.fields.with_value(|fields| fields.iter().filter_map(fault).collect());
        let good = faults.is_empty();
        self.problem.set(None);
        self.show(faults);
        good
    }

    /// A handler for the form's submit event: `read` reads the fields and returns the work to do, `then` receives its result.
    pub(super) fn on_submit<T, W>(
        self,
        read: impl Fn() -> W + Copy + 'static,
        then: impl Fn(T) + Copy + 'static,
    ) -> impl Fn(SubmitEvent) + Copy + 'static
    where
        T: 'static,
        W: Future<Output = Result<T, Failure>> + 'static,
    {
        move |event| {
            event.prevent_default();
            if !self.busy.get_untracked() && self.check() {
                self.run(read(), then);
            }
        }
    }

    /// Does the work, unless some is in progress, and calls `then` with the result. A failure is shown.
    pub(super) fn run<T: 'static>(
        self,
        work: impl Future<Output = Result<T, Failure>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        self.faults.set(Vec::new());
        spawn_local(async move {
            let outcome = work.await;
            self.busy.set(false);
            match outcome {
                Ok(answer) => then(answer),
                Err(failure) if self.has_field_of(&failure) => self.show(vec![failure]),
                Err(failure) => self.problem.set(Some(failure)),
            }
        });
    }

    fn has_field_of(self, failure: &Failure) -> bool {
        self.fields.with_value(|fields| fields.iter().any(|field| field_of(failure) == Some(field.name)))
    }

    /// Shows what is wrong with fields, and focuses the first of them.
    fn show(self, faults: Vec<Failure>) {
        let is_wrong = |field: &&Known| faults.iter().any(|fault| field_of(fault) == Some(field.name));
        let first = self.fields.with_value(|fields| fields.iter().find(is_wrong).map(|field| field.id));
        self.faults.set(faults);
        if let Some(first) = first.and_then(|id| document().get_element_by_id(id)) {
            if let Ok(Some(folded)) = first.closest("details:not([open])") {
                let _ = folded.set_attribute("open", "");
            }
            let _ = first.dyn_ref::<HtmlElement>().map(HtmlElement::focus);
        }
    }
}

/// The field that a failure is about, by its name in the request.
fn field_of(failure: &Failure) -> Option<&str> {
    match failure {
        Failure::NoEmail | Failure::Refused(ApiError::Conflict) => Some("email"),
        Failure::Refused(ApiError::InvalidCredentials) => Some("current_password"),
        Failure::Refused(ApiError::Malformed { field, .. }) => Some(field),
        _ => None,
    }
}

/// Why a form failed, if no single field is the reason. A set-up code has a notice of its own.
#[component]
pub(super) fn Problem(form: Form) -> impl IntoView {
    let alert = NodeRef::<html::Div>::new();
    Effect::new(move || {
        if form.problem.with(Option::is_some)
            && let Some(alert) = alert.get()
        {
            alert.scroll_into_view_with_bool(false);
        }
    });
    let body = move |failure: Failure| view! { <div class="notice"><Words failure/></div> };
    let problem = move || form.problem.get().filter(|problem| !problem.concerns_set_up_code());
    view! { <div class="alerts" role="alert" node_ref=alert>{move || problem().map(body)}</div> }
}

/// Why something could not be loaded, with a button to try again.
#[component]
pub(super) fn NotLoaded(
    failure: Failure,
    on_retry: Callback<()>,
    #[prop(default = TRY_AGAIN)] button: &'static str,
) -> impl IntoView {
    view! {
        <div class="notice" role="alert">
            <Words failure/>
            <button type="button" on:click=move |_| on_retry.run(())>{button}</button>
        </div>
    }
}

/// The text for a failure, with how long to wait, or a link to fix it, if there is one.
#[component]
fn Words(failure: Failure) -> impl IntoView {
    let needs_app = failure == Failure::Refused(ApiError::SecondFactorRequired);
    view! {
        <p>
            {text::failure(&failure)}
            {failure.wait_s().map(|seconds| view! {
                " " <Countdown seconds said=common::wait shown=common::countdown/>
            })}
            {needs_app.then(|| view! { " " <a href=address::MY_SECURITY>{text::MY_SECURITY}</a> })}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_would_refuse_is_noticed_before_it_is_sent() {
        assert_eq!(Check::Filled.refuse(" "), Some(Reason::Empty));
        assert_eq!(Check::Email.refuse("bo"), Some(Reason::NotAnEmail));
        assert_eq!(Check::Email.refuse(" bo@example.com "), None);
        assert_eq!(Check::Nothing.refuse(""), None);
    }

    #[test]
    fn a_refusal_names_its_field() {
        let guessable = ApiError::Malformed { field: "new_password".to_owned(), reason: Reason::Empty };
        assert_eq!(field_of(&Failure::Refused(guessable)), Some("new_password"));
        assert_eq!(field_of(&Failure::Refused(ApiError::Conflict)), Some("email"));
        assert_eq!(field_of(&Failure::Refused(ApiError::InvalidCredentials)), Some("current_password"));
        assert_eq!(field_of(&Failure::Offline), None);
    }
}
