//! The users of an account.

use leptos::prelude::*;
use postern_types::{ChangeMember, Member, MemberState, SignedIn, TwoFactorState};

use super::user_form::UserForm;
use crate::{
    api, clock,
    components::Heading,
    console::{
        dialog::Confirm,
        form::Form,
        listing::{Column, List, Listing},
        state::Console,
        text::users as text,
    },
};

/// The dialog above the list.
#[derive(Clone, Debug, PartialEq)]
enum Open {
    Add,
    Edit(Member),
    Confirm(Act, Member),
}

/// An action that has to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Reset,
    Lock,
    Remove,
}

const COLUMNS: [Column; 6] = [
    Column::sorted("email", text::USER),
    Column::sorted("state", text::STATE),
    Column::sorted("two_factor", text::TWO_FACTOR),
    Column::plain(text::ROLE),
    Column::sorted("last_sign_in", text::LAST),
    Column::unseen(text::ACTIONS),
];

/// The list, and the actions on its users.
#[component]
pub(super) fn Users(console: Console, account: String, user: SignedIn) -> impl IntoView {
    let open = RwSignal::new(None::<Open>);
    let list = {
        let account = account.clone();
        List::new(console, move |query| api::account::users(&account, &query.write()))
    };
    let account = StoredValue::new(account);
    view! {
        <div class="row between">
            <Heading title=text::TITLE/>
            <button type="button" class="primary small" on:click=move |_| open.set(Some(Open::Add))>{text::ADD}</button>
        </div>
        <Listing list search=text::SEARCH columns=&COLUMNS usual="email" empty=text::NO_MATCH>
            <For each=move || list.items() key=Clone::clone let:member>
                <Row console account=account.get_value() list member open/>
            </For>
        </Listing>
        {move || open.get().map(|it| view! {
            <Opened console account=account.get_value() me=user.user.id.clone() list open it/>
        })}
    }
}

#[component]
fn Row(
    console: Console,
    account: String,
    list: List<Member>,
    member: Member,
    open: RwSignal<Option<Open>>,
) -> impl IntoView {
    let form = Form::new();
    let id = member.id.clone();
    let send_again = move |_| {
        let (account, id) = (account.clone(), id.clone());
        let work = async move { console.ask(|| api::account::invite_user(&account, &id).send()).await };
        form.run(work, move |member| {
            console.say(text::was_sent(member.email.as_str()));
            list.reload();
        });
    };
    let edit = member.clone();
    let reset = member.clone();
    let remove = member.clone();
    let named = if member.name.is_empty() { member.email.to_string() } else { member.name.clone() };
    let label = |what: &str| format!("{what}: {named}");
    let active = member.state == MemberState::Active;
    let state = match member.state {
        MemberState::Active if member.invited => text::INVITED,
        MemberState::Active => text::ACTIVE,
        MemberState::Locked if member.locked_by_operator => text::LOCKED_BY_OPERATOR,
        MemberState::Locked => text::LOCKED,
    };
    let set_up = member.two_factor == TwoFactorState::SetUp;
    view! {
        <tr>
            <td>
                <b>{member.name.clone()}</b>
                <span class="soft e-mail">{member.email.to_string()}</span>
            </td>
            <td><span class=if active { "tag ok" } else { "tag bad" }>{state}</span></td>
            <td data-label=text::TWO_FACTOR><span class=if set_up { "tag ok" } else { "tag none" }>{if set_up { text::SET_UP } else { text::NOT_SET_UP }}</span></td>
            <td>{member.admin.then_some(text::ADMINISTRATOR)}</td>
            <td class="soft" data-label=text::LAST>
                {match &member.last_sign_in {
                    Some(at) => view! { <time datetime=at.0.clone() title=at.0.clone()>{clock::short(at)}</time> }.into_any(),
                    None => text::NEVER.into_any(),
                }}
            </td>
            <td>
                <div class="row actions">
                    {member.invited.then(|| view! {
                        <button type="button" class="small" aria-label=label(text::SEND_AGAIN)
                            data-busy=move || form.busy.get() on:click=send_again>{text::SEND_AGAIN}</button>
                    })}
                    <button type="button" class="small" aria-label=label(text::EDIT)
                        on:click=move |_| open.set(Some(Open::Edit(edit.clone())))>{text::EDIT}</button>
                    <button type="button" class="small" aria-label=label(text::RESET)
                        on:click=move |_| open.set(Some(Open::Confirm(Act::Reset, reset.clone())))>{text::RESET}</button>
                    <button type="button" class="small" aria-label=label(text::REMOVE)
                        on:click=move |_| open.set(Some(Open::Confirm(Act::Remove, remove.clone())))>{text::REMOVE}</button>
                </div>
            </td>
        </tr>
    }
}

/// The dialog above the list.
#[component]
fn Opened(
    console: Console,
    account: String,
    /// Id of the administrator.
    me: String,
    list: List<Member>,
    open: RwSignal<Option<Open>>,
    it: Open,
) -> impl IntoView {
    let leave = Callback::new(move |()| open.set(None));
    let done = Callback::new(move |()| {
        open.set(None);
        list.reload();
    });
    match it {
        Open::Add => {
            view! { <UserForm console account member=None on_leave=leave on_done=done on_lock=Callback::new(|_| {})/> }
                .into_any()
        }
        Open::Edit(member) => {
            let lock = Callback::new(move |member| open.set(Some(Open::Confirm(Act::Lock, member))));
            view! { <UserForm console account member=Some(member) on_leave=leave on_done=done on_lock=lock/> }
                .into_any()
        }
        Open::Confirm(act, member) => {
            let own = member.id == me;
            view! { <Confirmed console account act member own leave done/> }.into_any()
        }
    }
}

#[component]
fn Confirmed(
    console: Console,
    account: String,
    act: Act,
    member: Member,
    /// Whether it is the administrator's own user.
    own: bool,
    leave: Callback<()>,
    done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let who = text::who(&member.name, member.email.as_str());
    let (question, consequence, said) = match act {
        Act::Reset => (text::reset_question(&who), text::RESET_CONSEQUENCE, text::was_reset(&who)),
        Act::Lock => (text::lock_question(&who), text::LOCK_CONSEQUENCE, text::was_locked(&who)),
        Act::Remove => (text::remove_question(&who), text::REMOVE_CONSEQUENCE, text::was_removed(&who)),
    };
    let yes = Callback::new(move |()| {
        let account = account.clone();
        let id = member.id.clone();
        let said = said.clone();
        let work = async move {
            let lock = ChangeMember { active: Some(false), ..ChangeMember::default() };
            match act {
                Act::Reset => console.ask(|| api::account::reset_user(&account, &id).send()).await.map(drop),
                Act::Lock => console.ask(|| api::account::change_user(&account, &id, &lock).send()).await.map(drop),
                Act::Remove => console.ask(|| api::account::remove_user(&account, &id).send()).await,
            }
        };
        form.run(work, move |()| {
            console.say(said);
            if own {
                console.find_out();
            } else {
                done.run(());
            }
        });
    });
    view! { <Confirm question consequence form on_yes=yes on_no=leave/> }
}
