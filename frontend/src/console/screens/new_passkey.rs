//! A new passkey of one's own.

use leptos::{html, prelude::*};
use postern_types::{ApiError, BeginPasskey, MyPasskey, Password, Step};

use crate::{
    api,
    components::{SetUpCode, Submit, typed_set_up_code},
    console::{
        controls::{Field, PasswordField, value},
        form::{Form, NotLoaded, Problem},
        loaded::load,
        second_factor::Factors,
        state::Console,
        text::{LOADING, passkeys as text, security},
    },
    flow::Failure,
    passkeys,
    text::CANCEL,
};

/// The fields of the form.
#[derive(Clone, Copy, Default)]
struct Fields {
    name: NodeRef<html::Input>,
    password: NodeRef<html::Input>,
    set_up_code: NodeRef<html::Input>,
}

/// A button that opens a form, which asks for a name.
#[component]
pub(super) fn NewPasskey(
    console: Console,
    changed: Callback<()>,
    /// Names of the accounts that demand a set-up code with it.
    set_up_code_from: StoredValue<Vec<String>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        {move || if open.get() {
            view! { <Ask console open changed set_up_code_from/> }.into_any()
        } else {
            view! { <button type="button" on:click=move |_| open.set(true)>{text::ADD}</button> }.into_any()
        }}
    }
}

/// Waits until it is known whether it will be the first second factor: then the form asks for the password.
#[component]
fn Ask(
    console: Console,
    open: RwSignal<bool>,
    changed: Callback<()>,
    set_up_code_from: StoredValue<Vec<String>>,
) -> impl IntoView {
    let factors = load(console, Factors::load);
    move || match (factors.value.get(), factors.failure.get()) {
        (Some(factors), _) => {
            view! { <Fill console is_first=!factors.any() open changed set_up_code_from/> }.into_any()
        }
        (None, Some(failure)) => {
            view! { <NotLoaded failure on_retry=Callback::new(move |()| factors.reload())/> }.into_any()
        }
        (None, None) => view! { <p class="loading soft">{LOADING}</p> }.into_any(),
    }
}

#[component]
fn Fill(
    console: Console,
    is_first: bool,
    open: RwSignal<bool>,
    changed: Callback<()>,
    set_up_code_from: StoredValue<Vec<String>>,
) -> impl IntoView {
    let form = Form::new();
    let fields = Fields::default();
    // The account may have begun to demand one after the list was read.
    let needs_code = RwSignal::new(!set_up_code_from.with_value(Vec::is_empty));
    Effect::new(move || {
        let lacks_code = form.problem.with(|problem| *problem == Some(Failure::Refused(ApiError::InvalidSetUpCode)));
        if lacks_code && !needs_code.get_untracked() {
            needs_code.set(true);
            // None was asked for so far.
            form.problem.set(Some(Failure::NoSetUpCode));
        }
    });
    let send = form.on_submit(
        move || add(console, fields, is_first),
        move |added| match added {
            Some((_, Some(step @ Step::RecoveryCodes(_)))) => console.arrive(Ok(step)),
            Some((MyPasskey { name, .. }, _)) => {
                open.set(false);
                console.say(text::was_added(&name));
                changed.run(());
            }
            None => {}
        },
    );
    view! {
        <form novalidate on:submit=send>
            <p class="soft">{text::ADD_ADVICE}</p>
            {is_first.then(|| view! {
                <p class="soft">{text::PASSWORD_ADVICE}</p>
                <PasswordField form name="current_password" id="passkey-password" label=security::YOUR_PASSWORD
                    node=fields.password autocomplete="current-password" focus=true/>
            })}
            <Field form name="name" id="passkey-name" label=text::NAME node=fields.name focus=!is_first/>
            <p class="hint soft">{text::NAME_HINT}</p>
            {move || needs_code.get().then(|| view! {
                <SetUpCode from=set_up_code_from.get_value() problem=form.problem field=fields.set_up_code/>
            })}
            <Problem form/>
            <div class="row">
                <Submit waits=form.busy label=text::CONTINUE busy=text::WAITING/>
                <button type="button" on:click=move |_| open.set(false)>{CANCEL}</button>
            </div>
        </form>
    }
}

/// Makes a passkey and adds it; `None` if another request for one has taken its place. After the first second factor, there may be recovery
/// codes to save: the step says so.
async fn add(console: Console, fields: Fields, is_first: bool) -> Result<Option<(MyPasskey, Option<Step>)>, Failure> {
    let name = value(fields.name);
    let name = Some(name.trim()).filter(|name| !name.is_empty());
    let set_up_code = typed_set_up_code(fields.set_up_code)?;
    let password = || Some(value(fields.password)).filter(|typed| !typed.is_empty()).map(Password::new);
    let begin = BeginPasskey { current_password: password() };
    passkeys::check().await?;
    let options = console.ask(|| api::passkey::new_options(&begin).send()).await?;
    let Some(credential) = passkeys::create(&options).await? else { return Ok(None) };
    let added = console.ask(|| api::passkey::add(&credential, name, set_up_code.as_deref()).send()).await?;
    let step = if is_first { Some(console.ask(|| api::flow().send()).await?) } else { None };
    Ok(Some((added, step)))
}
