//! The dialogs *Add user* and *Edit user*.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{AddMember, ChangeMember, Email, Member, MemberState};

use crate::{
    api,
    components::Submit,
    console::{
        Console,
        controls::{Dialog, Field, Form, Problem, Tick, ticked, value},
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

impl Fields {
    /// `None` where it is no address.
    fn email(self) -> Option<Email> {
        Email::parse(&value(self.email)).ok()
    }

    fn added(self) -> Result<AddMember, Failure> {
        let email = self.email().ok_or(Failure::NoEmail)?;
        Ok(AddMember { email, name: value(self.name), admin: ticked(self.admin) })
    }

    /// What differs from before. Locking is asked about first, in a dialog of its own.
    fn changed(self, before: &Member) -> Result<ChangeMember, Failure> {
        let email = self.email().ok_or(Failure::NoEmail)?;
        let (name, admin, active) = (value(self.name), ticked(self.admin), ticked(self.active));
        let addresses = lines(&self.addresses.get_untracked().map(|field| field.value()).unwrap_or_default());
        let was_active = before.state == MemberState::Active;
        Ok(ChangeMember {
            name: (name.trim() != before.name).then_some(name),
            email: (email != before.email).then_some(email),
            admin: (admin != before.admin).then_some(admin),
            active: (active && !was_active).then_some(true),
            allowed_addresses: (addresses != before.allowed_addresses).then_some(addresses),
        })
    }
}

/// The lines of a text that hold something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Adds a user, or changes one.
#[component]
pub(super) fn UserForm(
    console: Console,
    account: String,
    /// Whom to change; nobody, to add somebody.
    member: Option<Member>,
    on_leave: Callback<()>,
    on_done: Callback<()>,
    /// Asks whether the user is to be locked.
    on_lock: Callback<Member>,
) -> impl IntoView {
    let (form, fields) = (Form::new(), Fields::default());
    let is_new = member.is_none();
    let before = member.clone();
    let send = move || {
        let (account, before) = (account.clone(), before.clone());
        let was_active = before.as_ref().is_some_and(|before| before.state == MemberState::Active);
        let locks = was_active && !ticked(fields.active);
        spawn_local(async move {
            let work = async {
                match &before {
                    None => {
                        let new = fields.added()?;
                        console.ask(|| api::account::add_user(&account, &new).send()).await
                    }
                    Some(before) => {
                        let change = fields.changed(before)?;
                        console.ask(|| api::account::change_user(&account, &before.id, &change).send()).await
                    }
                }
            };
            let Some(member) = form.run(work).await else { return };
            console.say(if is_new {
                text::was_added(member.email.as_str())
            } else {
                text::was_saved(member.email.as_str())
            });
            on_done.run(());
            if locks {
                on_lock.run(member);
            }
        });
    };
    let shown = member.unwrap_or_else(nobody);
    view! {
        <Dialog id="user-form" title=if is_new { text::ADD } else { text::EDIT_USER } on_leave>
            <form novalidate on:submit=move |event| {
                event.prevent_default();
                send();
            }>
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
                        <p class="hint soft">{text::WHOLE_PERSON}</p>
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

/// Where the user may come from.
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
        admin: false,
        two_factor: postern_types::TwoFactorState::None,
        last_sign_in: None,
        allowed_addresses: Vec::new(),
    }
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
