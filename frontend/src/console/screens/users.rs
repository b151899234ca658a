//! The users of an account.

use leptos::prelude::*;
use postern_types::{Member, MemberState, ResetAnswer, ResetPolicy, SignedIn, TwoFactorState};

use super::{
    resets::{ResetRequests, Resets, ShowCode},
    user_form::UserForm,
};
use crate::{
    api, clock,
    components::Heading,
    console::{
        dialog::Confirm,
        e_mail::EMail,
        form::{Form, Problem},
        listing::{Column, List, Listing},
        state::Console,
        text::{passkeys, resets as resets_text, users as text},
    },
};

/// The dialog above the list.
#[derive(Clone, Debug, PartialEq)]
enum Open {
    Add,
    Edit(Member),
    Confirm(Act, Member),
    /// The offer of a set-up code for a new user.
    Offer(Member),
    /// A set-up code: whose it is, and whether it works from now on.
    Code {
        who: String,
        code: String,
        works: bool,
    },
}

/// An action that has to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Reset,
    Remove,
}

const COLUMNS: [Column; 6] = [
    Column::sorted("email", text::USER),
    Column::sorted("state", text::STATE).wide("state"),
    Column::sorted("two_factor", text::TWO_FACTOR).wide("two-factor"),
    Column::plain(text::ROLE).wide("role"),
    Column::sorted("last_sign_in", text::LAST).wide("day"),
    Column::unseen(text::ACTIONS).wide("actions"),
];

/// The list, and the actions on its users.
#[component]
pub(super) fn Users(console: Console, account: String, user: SignedIn) -> impl IntoView {
    let open = RwSignal::new(None::<Open>);
    let form = Form::new();
    let list = {
        let account = account.clone();
        List::new(console, move |query| api::account::users(&account, &query.write()))
    };
    let resets = Resets::load(console, &account);
    let account = StoredValue::new(account);
    let reload = Callback::new(move |()| {
        resets.requests.reload();
        list.reload();
    });
    view! {
        <div class="row between">
            <Heading title=text::TITLE/>
            <button type="button" class="primary small" on:click=move |_| open.set(Some(Open::Add))>{text::ADD}</button>
        </div>
        <ResetRequests console account loaded=resets.requests on_done=reload/>
        <Problem form/>
        <Listing list search=text::SEARCH columns=&COLUMNS usual="email" no_match=text::NO_MATCH empty=text::NOBODY>
            <For each=move || list.items() key=Clone::clone let:member>
                <Row console form account=account.get_value() list member open resets/>
            </For>
        </Listing>
        {move || open.get().map(|it| view! {
            <Opened console account=account.get_value() me=user.user.id.clone() reload resets open it/>
        })}
    }
}

#[component]
fn Row(
    console: Console,
    form: Form,
    account: String,
    list: List<Member>,
    member: Member,
    open: RwSignal<Option<Open>>,
    resets: Resets,
) -> impl IntoView {
    let requested = {
        let id = member.id.clone();
        Memo::new(move |_| resets.is_requested(&id))
    };
    let coded = member.clone();
    let of_account = account.clone();
    let make = move |_| make_code(console, form, of_account.clone(), &coded, open);
    let id = member.id.clone();
    let send_again = move |_| {
        let (account, id) = (account.clone(), id.clone());
        let work = async move { console.ask(|| api::account::invite_user(&account, &id).send()).await };
        form.run(work, move |member| {
            console.say(text::was_sent(member.email.as_str()));
            list.reload();
        });
    };
    let (edit, reset, remove) = (member.clone(), member.clone(), member.clone());
    let named = if member.name.is_empty() { member.email.to_string() } else { member.name.clone() };
    let label = |what: &str| format!("{what}: {named}");
    let set_up = member.two_factor != TwoFactorState::None;
    let (factor_class, factor) = match member.two_factor {
        TwoFactorState::None => ("tag none", text::NOT_SET_UP),
        TwoFactorState::SetUp => ("tag ok", text::SET_UP),
        TwoFactorState::Disabled => ("tag bad", text::DISABLED),
    };
    view! {
        <tr id=format!("user-{}", member.id)>
            <td>
                <b>{member.name.clone()}</b>
                <EMail address=member.email.to_string()/>
            </td>
            <td data-label=text::STATE><State member=member.clone()/></td>
            <td data-label=text::TWO_FACTOR>
                <span class=factor_class>{factor}</span>
                <span class="soft detail">{passkeys::factors(member.authenticator, member.passkeys)}</span>
                {move || requested.get().then(|| view! { " " <span class="tag none">{resets_text::REQUESTED}</span> })}
            </td>
            <td class="small-text" data-label=text::ROLE>{member.admin.then_some(text::ADMINISTRATOR)}</td>
            <td class="soft small-text" data-label=text::LAST>
                {match &member.last_sign_in {
                    Some(at) => view! { <time datetime=at.0.clone() title=clock::short(at)>{clock::day(at)}</time> }.into_any(),
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
                    {
                        let (label, make_label) = (label(text::RESET), label(resets_text::MAKE_CODE));
                        move || {
                            let reset = reset.clone();
                            let make = make.clone();
                            match (set_up, requested.get(), resets.policy().set_up_code) {
                                (true, false, _) => view! {
                                    <button type="button" class="small" aria-label=label.clone()
                                        on:click=move |_| open.set(Some(Open::Confirm(Act::Reset, reset.clone())))>{text::RESET}</button>
                                }.into_any(),
                                (false, _, true) => view! {
                                    <button type="button" class="small" aria-label=make_label.clone()
                                        data-busy=move || form.busy.get() on:click=make>{resets_text::MAKE_CODE}</button>
                                }.into_any(),
                                (true, true, _) | (false, _, false) => ().into_any(),
                            }
                        }
                    }
                    <button type="button" class="small" aria-label=label(text::REMOVE)
                        on:click=move |_| open.set(Some(Open::Confirm(Act::Remove, remove.clone())))>{text::REMOVE}</button>
                </div>
            </td>
        </tr>
    }
}

/// Whether the user can use the account. Beside the other columns a single word is enough.
#[component]
fn State(member: Member) -> impl IntoView {
    let (class, word) = match member.state {
        MemberState::Active if member.invited => {
            return view! { <span class="tag none">{text::INVITED}</span> }.into_any();
        }
        MemberState::Locked if member.locked_by_operator => {
            return view! { <span class="tag bad">{text::LOCKED_BY_OPERATOR}</span> }.into_any();
        }
        MemberState::Active => ("tag ok", text::ACTIVE),
        MemberState::Locked => ("tag bad", text::LOCKED),
    };
    view! { <span class=class><span class="long">{text::USER_ACCOUNT}</span><span class="word">{word}</span></span> }
        .into_any()
}

/// Makes a set-up code for a user, and shows it.
fn make_code(console: Console, form: Form, account: String, member: &Member, open: RwSignal<Option<Open>>) {
    let who = text::who(&member.name, member.email.as_str());
    let id = member.id.clone();
    let work = async move { console.ask(|| api::account::make_set_up_code(&account, &id).send()).await };
    form.run(work, move |made| open.set(Some(Open::Code { who, code: made.set_up_code, works: true })));
}

/// Offers a set-up code for a user who was just added.
#[component]
fn OfferCode(
    console: Console,
    account: String,
    member: Member,
    open: RwSignal<Option<Open>>,
    leave: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let question = resets_text::offer(&text::who(&member.name, member.email.as_str()));
    let yes = Callback::new(move |()| make_code(console, form, account.clone(), &member, open));
    view! { <Confirm question consequence=resets_text::OFFER_ADVICE form on_yes=yes on_no=leave/> }
}

/// The dialog above the list.
#[component]
fn Opened(
    console: Console,
    account: String,
    /// Id of the administrator.
    me: String,
    reload: Callback<()>,
    resets: Resets,
    open: RwSignal<Option<Open>>,
    it: Open,
) -> impl IntoView {
    let leave = Callback::new(move |()| open.set(None));
    let done = Callback::new(move |next: Option<Open>| {
        open.set(next);
        reload.run(());
    });
    let saved = Callback::new(move |_: Member| done.run(None));
    match it {
        Open::Add => {
            let added = Callback::new(move |member| {
                let offers_code = untrack(move || resets.policy()).set_up_code;
                done.run(offers_code.then_some(Open::Offer(member)));
            });
            view! { <UserForm console account me member=None on_leave=leave on_done=added/> }.into_any()
        }
        Open::Edit(member) => {
            view! { <UserForm console account me member=Some(member) on_leave=leave on_done=saved/> }.into_any()
        }
        Open::Confirm(act, member) => {
            let own = member.id == me;
            view! { <Confirmed console account act member own policy=resets.policy() leave done/> }.into_any()
        }
        Open::Offer(member) => view! { <OfferCode console account member open leave/> }.into_any(),
        Open::Code { who, code, works } => view! { <ShowCode who code works on_leave=leave/> }.into_any(),
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
    /// What a reset needs.
    policy: ResetPolicy,
    leave: Callback<()>,
    done: Callback<Option<Open>>,
) -> impl IntoView {
    let form = Form::new();
    let who = text::who(&member.name, member.email.as_str());
    let (question, consequence) = match act {
        Act::Reset => {
            let consequence = format!("{}{}", text::reset_consequence(own), resets_text::consequences(policy));
            (text::reset_question(&who), consequence)
        }
        Act::Remove => (text::remove_question(&who), text::remove_consequence(own).to_owned()),
    };
    let yes = Callback::new(move |()| {
        let (account, id, who) = (account.clone(), member.id.clone(), who.clone());
        let work = async move {
            match act {
                Act::Reset => console.ask(|| api::account::reset_user(&account, &id).send()).await.map(Some),
                Act::Remove => console.ask(|| api::account::remove_user(&account, &id).send()).await.map(|()| None),
            }
        };
        form.run(work, move |answer: Option<ResetAnswer>| {
            let waits = answer.as_ref().is_some_and(|answer| answer.request.is_some());
            console.say(match act {
                Act::Reset if waits => resets_text::was_requested(&who),
                Act::Reset => text::was_reset(&who),
                Act::Remove => text::was_removed(&who),
            });
            let code = answer.and_then(|answer| answer.set_up_code);
            match code {
                Some(code) => done.run(Some(Open::Code { who, code, works: !waits })),
                None if own && !waits => console.find_out(),
                None => done.run(None),
            }
        });
    });
    view! { <Confirm question consequence form on_yes=yes on_no=leave/> }
}
