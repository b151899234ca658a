//! The dialogs *Add user* and *Edit user*.

use leptos::{ev::SubmitEvent, html, prelude::*};
use postern_types::{AddMember, ChangeMember, Email, Member, MemberState, TwoFactorState};

use super::lockdown::LockdownIn;
use crate::{
    api,
    components::Submit,
    console::{
        controls::{Field, Lines, Tick, lines, ticked, value},
        dialog::{ConfirmFirst, Dialog},
        form::{Check, Form, Problem},
        state::Console,
        text::{passkeys, users as text},
    },
    flow::Failure,
    text::CANCEL,
};

/// The fields of the form.
#[derive(Clone, Copy, Default)]
struct Fields {
    name: NodeRef<html::Input>,
    email: NodeRef<html::Input>,
    admin: NodeRef<html::Input>,
    active: NodeRef<html::Input>,
    addresses: NodeRef<html::Textarea>,
}

/// What the form requests.
#[derive(Clone)]
enum Wanted {
    New(AddMember),
    Changed(ChangeMember),
}

impl Wanted {
    /// Whether the user is to be locked, which has to be confirmed.
    fn is_lock(&self) -> bool {
        matches!(self, Self::Changed(ChangeMember { active: Some(false), .. }))
    }
}

impl Fields {
    /// Reads the fields, for a new user or for a change of `before`.
    fn read(self, before: Option<&Member>) -> Result<Wanted, Failure> {
        let email = Email::parse(&value(self.email)).map_err(|_| Failure::NoEmail)?;
        let name = value(self.name);
        let admin = ticked(self.admin);
        let Some(before) = before else { return Ok(Wanted::New(AddMember { email, name, admin })) };
        let active = ticked(self.active);
        let was_active = before.state == MemberState::Active;
        let addresses = lines(&self.addresses.get_untracked().map(|field| field.value()).unwrap_or_default());
        Ok(Wanted::Changed(ChangeMember {
            name: (name.trim() != before.name).then_some(name),
            email: (email != before.email).then_some(email),
            admin: (admin != before.admin).then_some(admin),
            active: (active != was_active).then_some(active),
            allowed_addresses: (addresses != before.allowed_addresses).then_some(addresses),
        }))
    }
}

/// Adds a user, or changes one. A lock is confirmed before anything is saved.
#[component]
pub(super) fn UserForm(
    console: Console,
    account: String,
    /// Id of the administrator.
    me: String,
    /// The user to change; `None` to add one.
    member: Option<Member>,
    on_leave: Callback<()>,
    on_done: Callback<Member>,
) -> impl IntoView {
    let form = Form::new();
    let fields = Fields::default();
    let before = StoredValue::new(member);
    let locks = RwSignal::new(false);
    let of_account = account.clone();
    let save = Callback::new(move |()| {
        let wanted = before.with_value(|before| fields.read(before.as_ref()));
        let account = account.clone();
        let id = before.with_value(|before| before.as_ref().map(|before| before.id.clone()).unwrap_or_default());
        let work = async move {
            let wanted = wanted?;
            let member = match &wanted {
                Wanted::New(new) => console.ask(|| api::account::add_user(&account, new).send()).await?,
                Wanted::Changed(change) => {
                    console.ask(|| api::account::change_user(&account, &id, change).send()).await?
                }
            };
            Ok((wanted, member))
        };
        form.run(work, move |(wanted, member): (Wanted, Member)| {
            console.say(outcome(&wanted, &member));
            on_done.run(member);
        });
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if !form.check() {
            return;
        }
        let wanted = before.with_value(|before| fields.read(before.as_ref()));
        if wanted.is_ok_and(|wanted| wanted.is_lock()) {
            locks.set(true);
        } else {
            save.run(());
        }
    };
    let member = before.get_value();
    let existing = member.clone();
    let own = member.as_ref().is_some_and(|member| member.id == me);
    let who = member.as_ref().map(|member| text::who(&member.name, member.email.as_str())).unwrap_or_default();
    view! {
        <Dialog id="user-form" title=if member.is_none() { text::ADD } else { text::EDIT_USER } on_leave>
            <form novalidate on:submit=send>
                <Inputs form fields member/>
                <div class="row end">
                    <button type="button" on:click=move |_| on_leave.run(())>{CANCEL}</button>
                    <Submit waits=form.busy label=text::SAVE busy=text::SAVING/>
                </div>
            </form>
            {existing.map(|member| {
                let locked_down = member.clone();
                let on_done = Callback::new(move |()| on_done.run(locked_down.clone()));
                view! { <LockdownIn console account=of_account member own on_done/> }
            })}
        </Dialog>
        <ConfirmFirst open=locks question=text::lock_question(&who) consequence=text::lock_consequence(own) form on_yes=save/>
    }
}

/// What was done.
fn outcome(wanted: &Wanted, member: &Member) -> String {
    match wanted {
        Wanted::New(_) => text::was_added(member.email.as_str()),
        Wanted::Changed(_) if wanted.is_lock() => text::was_locked(&text::who(&member.name, member.email.as_str())),
        Wanted::Changed(_) => text::was_saved(member.email.as_str()),
    }
}

/// The fields of the form.
#[component]
fn Inputs(form: Form, fields: Fields, member: Option<Member>) -> impl IntoView {
    let is_new = member.is_none();
    let shown = member.unwrap_or_else(nobody);
    view! {
        <Problem form/>
        <Field form name="name" id="user-name" label=text::NAME node=fields.name value=shown.name focus=true/>
        <Field form name="email" id="user-e-mail" label=text::EMAIL node=fields.email check=Check::Email kind="email" value=shown.email.to_string()/>
        <Tick id="user-admin" label=text::ADMINISTRATOR node=fields.admin checked=shown.admin/>
        {if is_new {
            view! { <p class="hint soft">{text::STARTS_LOCKED}</p> }.into_any()
        } else {
            let active = shown.state == MemberState::Active;
            let has_addresses = !shown.allowed_addresses.is_empty();
            view! {
                {if shown.locked_by_operator {
                    view! { <p class="hint soft">{text::OPERATOR_LOCK_ADVICE}</p> }.into_any()
                } else {
                    view! {
                        <Tick id="user-active" label=text::IS_ACTIVE node=fields.active checked=active/>
                        <p class="hint soft">{text::LOCK_ADVICE}</p>
                    }.into_any()
                }}
                {(shown.two_factor != TwoFactorState::None).then(|| view! {
                    <p class="hint soft">{text::FACTORS} {passkeys::factors(shown.authenticator, shown.passkeys)} "."</p>
                })}
                {(shown.two_factor == TwoFactorState::Disabled)
                    .then(|| view! { <p class="hint soft">{text::DISABLED_ADVICE}</p> })}
                <details open=has_addresses>
                    <summary>{text::ADDRESSES}</summary>
                    <Lines
                        form
                        name="allowed_addresses"
                        id="user-addresses"
                        label=text::ADDRESSES_LABEL
                        node=fields.addresses
                        value=shown.allowed_addresses
                    >
                        {text::ADDRESSES_HINT}
                    </Lines>
                </details>
            }.into_any()
        }}
    }
}

/// The empty form.
fn nobody() -> Member {
    Member {
        id: String::new(),
        email: Email::from_stored(String::new()),
        name: String::new(),
        state: MemberState::Locked,
        invited: false,
        locked_by_operator: false,
        admin: false,
        two_factor: TwoFactorState::None,
        authenticator: false,
        passkeys: 0,
        last_sign_in: None,
        allowed_addresses: Vec::new(),
    }
}
