//! The users of an account.

use leptos::{prelude::*, task::spawn_local};
use postern_types::{ChangeMember, Member, MemberState, SignedIn, TwoFactorState};

use super::{Title, user_form::UserForm};
use crate::{
    api, clock,
    console::{
        Console,
        controls::{Confirm, Form, NotLoaded},
        list::{self, Loaded, PageSize, Pager, Search, SortHead},
        text::users as text,
    },
};

/// What stands above the list.
#[derive(Clone, Debug, PartialEq)]
enum Open {
    Add,
    Edit(Member),
    Confirm(Act, Member),
}

/// What is asked about before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Reset,
    Lock,
    Remove,
}

/// The list, and what administrators do with it.
#[component]
pub(super) fn Users(console: Console, account: String, user: SignedIn) -> impl IntoView {
    let (query, open) = (list::query(console), RwSignal::new(None::<Open>));
    let users = {
        let account = account.clone();
        list::load(console, move || api::account::users(&account, &query.with(list::Query::write)).send())
    };
    let total = list::total(users);
    view! {
        <div class="row between">
            <Title title=text::TITLE/>
            <button type="button" class="primary small" on:click=move |_| open.set(Some(Open::Add))>{text::ADD}</button>
        </div>
        <div class="row between toolbar">
            <Search console label=text::SEARCH/>
            <PageSize console query total/>
        </div>
        {move || users.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| users.reload())/>
        })}
        <table class="cards">
            <thead>
                <tr>
                    <SortHead console query column="email" usual="email" label=text::USER/>
                    <SortHead console query column="state" usual="email" label=text::STATE/>
                    <SortHead console query column="two_factor" usual="email" label=text::TWO_FACTOR/>
                    <th scope="col">{text::ROLE}</th>
                    <SortHead console query column="last_sign_in" usual="email" label=text::LAST/>
                    <th scope="col"><span class="unseen">{text::ACTIONS}</span></th>
                </tr>
            </thead>
            <tbody>
                <For each=move || users.value.get().map(|page| page.items).unwrap_or_default() key=Clone::clone let:member>
                    <Row member open/>
                </For>
            </tbody>
        </table>
        {move || (total.get() == Some(0)).then(|| view! { <p class="empty soft">{text::NO_MATCH}</p> })}
        <Pager console query total/>
        {move || open.get().map(|it| view! { <Above console account=account.clone() me=user.user.id.clone() users open it/> })}
    }
}

#[component]
fn Row(member: Member, open: RwSignal<Option<Open>>) -> impl IntoView {
    let (edit, reset, remove) = (member.clone(), member.clone(), member.clone());
    let named = if member.name.is_empty() { member.email.to_string() } else { member.name.clone() };
    let label = |what: &str| format!("{what}: {named}");
    let active = member.state == MemberState::Active;
    let set_up = member.two_factor == TwoFactorState::SetUp;
    view! {
        <tr>
            <td>
                <b>{member.name.clone()}</b>
                <span class="soft e-mail">{member.email.to_string()}</span>
            </td>
            <td><span class=if active { "tag ok" } else { "tag bad" }>{if active { text::ACTIVE } else { text::LOCKED }}</span></td>
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
fn Above(
    console: Console,
    account: String,
    /// Id of whoever looks at the list.
    me: String,
    users: Loaded<postern_types::Page<Member>>,
    open: RwSignal<Option<Open>>,
    it: Open,
) -> impl IntoView {
    let leave = Callback::new(move |()| open.set(None));
    let done = Callback::new(move |()| {
        open.set(None);
        users.reload();
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
    /// Whether one does it to oneself.
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
        let (account, id, said) = (account.clone(), member.id.clone(), said.clone());
        spawn_local(async move {
            let lock = ChangeMember { active: Some(false), ..ChangeMember::default() };
            let work = async {
                match act {
                    Act::Reset => console.ask(|| api::account::reset_user(&account, &id).send()).await.map(drop),
                    Act::Lock => console.ask(|| api::account::change_user(&account, &id, &lock).send()).await.map(drop),
                    Act::Remove => console.ask(|| api::account::remove_user(&account, &id).send()).await,
                }
            };
            if form.run(work).await.is_some() {
                console.say(said);
                if own {
                    return console.find_out();
                }
                done.run(());
            }
        });
    });
    view! { <Confirm question consequence form on_yes=yes on_no=leave/> }
}
