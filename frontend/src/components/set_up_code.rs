//! The field for a set-up code, in the forms that set up a second factor.

use leptos::{html, prelude::*};
use postern_types::{ApiError, SetUpCode as Code};

use super::{look_up_secret::LookUpSecret, notice::Notice};
use crate::{flow::Failure, text::set_up as text};

/// Which code is asked for, who gives it, and what is wrong with the one that was typed.
#[component]
pub(crate) fn SetUpCode(
    /// Names of the accounts whose administrators give it.
    from: Vec<String>,
    problem: RwSignal<Option<Failure>>,
    field: NodeRef<html::Input>,
) -> impl IntoView {
    let is_refused =
        Signal::derive(move || problem.with(|problem| problem.as_ref().is_some_and(Failure::concerns_set_up_code)));
    view! {
        <div class="set-up-code">
            <label for="set-up-code">{text::SET_UP_CODE}</label>
            <p class="soft" id="set-up-code-hint">{text::set_up_code_hint(&from)}</p>
            <div id="set-up-code-problem" class="alerts" role="alert"><Notice problem when=is_refused words/></div>
            <LookUpSecret
                id="set-up-code"
                field
                described_by="set-up-code-problem set-up-code-hint"
                is_refused
                focus=is_refused
            />
        </div>
    }
}

/// What was typed; `None` if no set-up code is asked for.
///
/// # Errors
/// If it cannot be a set-up code. It is then not sent, because each attempt counts.
pub(crate) fn typed(field: NodeRef<html::Input>) -> Result<Option<String>, Failure> {
    let typed = field.get_untracked().map(|field| field.value());
    if typed.as_ref().is_some_and(|typed| !Code::may_be(typed)) { Err(Failure::NoSetUpCode) } else { Ok(typed) }
}

fn words(problem: &Failure) -> String {
    let words = match problem {
        Failure::Refused(ApiError::InvalidSetUpCode) => text::SET_UP_CODE_REFUSED,
        _ => text::NOT_A_SET_UP_CODE,
    };
    words.to_owned()
}
