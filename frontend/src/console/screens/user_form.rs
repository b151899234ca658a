//! The dialogs *Add user* and *Edit user*.

use leptos::{html, prelude::*};
use postern_types::{AddMember, ChangeMember, Email, Member, MemberState};

use crate::{
    api,
    components::Submit,
    console::{
        controls::{Field, Tick, lines, ticked, value},
        dialog::Dialog,
        form::{Form, Problem},
        state::Console,
        text::users as text,
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
enum Wanted {
    New(AddMember),
    Changed {
        id: String,
        /// What differs from before, except locking, which has to be confirmed first.
        change: ChangeMember,
        locked: bool,
    },
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
        let change = ChangeMember {
            name: (name.trim() != before.name).then_some(name),
            email: (email != before.email).then_some(email),
            admin: (admin != before.admin).then_some(admin),
            active: (active && !was_active).then_some(true),
            allowed_addresses: (addresses != before.allowed_addresses).then_some(addresses),
        };
        Ok(Wanted::Changed { id: before.id.clone(), change, locked: was_active && !active })
    }
}

/// Adds a user, or changes one.
#[component]
pub(super) fn UserForm(
    console: Console,
    account: String,
    /// The user to change; `None` to add one.
    member: Option<Member>,
    on_leave: Callback<()>,
    on_done: Callback<()>,
    /// Asks to confirm that the user is to be locked.
    on_lock: Callback<Member>,
) -> impl IntoView {
    let form = Form::new();
    let fields = Fields::default();
    let is_new = member.is_none();
    let account = StoredValue::new(account);
    let before = StoredValue::new(member.clone());
    let send = form.on_submit(
        move || {
            let wanted = before.with_value(|before| fields.read(before.as_ref()));
            async move {
                let account = account.get_value();
                match wanted? {
                    Wanted::New(new) => {
                        let member = console.ask(|| api::account::add_user(&account, &new).send()).await?;
                        Ok((member, false))
                    }
                    Wanted::Changed { id, change, locked } => {
                        let member = console.ask(|| api::account::change_user(&account, &id, &change).send()).await?;
                        Ok((member, locked))
                    }
                }
            }
        },
        move |(member, locked): (Member, bool)| {
            let said = if is_new { text::was_added } else { text::was_saved };
            console.say(said(member.email.as_str()));
            on_done.run(());
            if locked {
                on_lock.run(member);
            }
        },
    );
    let shown = member.unwrap_or_else(nobody);
    view! {
        <Dialog id="user-form" title=if is_new { text::ADD } else { text::EDIT_USER } on_leave>
            <form novalidate on:submit=send>
                <Problem form/>
                <Field id="user-name" label=text::NAME node=fields.name value=shown.name focus=true/>
                <Field id="user-e-mail" label=text::EMAIL node=fields.email kind="email" value=shown.email.to_string()/>
                <Tick id="user-admin" label=text::ADMINISTRATOR node=fields.admin checked=shown.admin/>
                {if is_new {
                    view! { <p class="hint soft">{text::STARTS_LOCKED}</p> }.into_any()
                } else {
                    let active = shown.state == MemberState::Active;
                    view! {
                        <Tick id="user-active" label=text::IS_ACTIVE node=fields.active checked=active/>
                        <p class="hint soft">{text::LOCK_ADVICE}</p>
                        <Addresses node=fields.addresses list=shown.allowed_addresses/>
                    }.into_any()
                }}
                <div class="row end">
                    <button type="button" on:click=move |_| on_leave.run(())>{CANCEL}</button>
                    <Submit waits=form.busy label=text::SAVE busy=text::SAVING/>
                </div>
            </form>
        </Dialog>
    }
}

/// The user's own list of allowed addresses.
#[component]
fn Addresses(node: NodeRef<html::Textarea>, list: Vec<String>) -> impl IntoView {
    view! {
        <details class="field" open=!list.is_empty()>
            <summary>{text::ADDRESSES}</summary>
            <label class="unseen" for="user-addresses">{text::ADDRESSES}</label>
            <textarea id="user-addresses" rows="3" spellcheck="false" aria-describedby="user-addresses-hint" node_ref=node>
                {list.join("\n")}
            </textarea>
            <p class="hint soft" id="user-addresses-hint">{text::ADDRESSES_HINT}</p>
        </details>
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
        two_factor: postern_types::TwoFactorState::None,
        last_sign_in: None,
        allowed_addresses: Vec::new(),
    }
}
