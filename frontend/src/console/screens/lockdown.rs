//! The lockdown of a user account: one's own, or that of a user of the account.

use leptos::{html, prelude::*};
use postern_types::{ApiError, Lockdown as Body, Member, MyLockdown};

use crate::{
    address, api,
    components::LookUpSecret,
    console::{
        controls::{Tick, ticked, value},
        dialog::Dialog,
        form::{Form, Problem},
        loaded::load,
        state::Console,
        text::{self as common, lockdown as text, users},
    },
    flow::Failure,
    text::recovery_code,
};

/// The section of *My security*, with a button.
#[component]
pub(super) fn Lockdown(console: Console) -> impl IntoView {
    let form = Form::new();
    let asks = RwSignal::new(false);
    let left = load(console, || api::me::recovery_codes().send());
    let has_codes = move || left.value.with_untracked(|codes| codes.as_ref().is_some_and(|codes| codes.left > 0));
    let field = NodeRef::<html::Input>::new();
    let open = RwSignal::new(false);
    let ends_codes = RwSignal::new(true);
    let refusal = RwSignal::new(None::<&'static str>);
    let yes = Callback::new(move |recovery_codes| {
        let typed = Some(value(field)).filter(|typed| !typed.trim().is_empty());
        let work = async move {
            let ask = || api::me::lock_down(&MyLockdown { recovery_codes, recovery_code: typed.clone() }).send();
            let answer = console.ask(ask).await;
            // Whoever could not show the second factor may have lost it.
            if matches!(answer, Err(Failure::Refused(ApiError::StepUpRequired))) {
                open.set(true);
            }
            refusal.set(answer.as_ref().err().and_then(recovery_code::refusal));
            if refusal.get_untracked().is_some() { Ok(None) } else { answer.map(Some) }
        };
        form.run(work, move |step| {
            if let Some(step) = step {
                console.arrive_after(Ok(step), Some(Failure::LockedDown));
            }
        });
    });
    let ask = move |_| {
        ends_codes.set(true);
        asks.set(true);
    };
    view! {
        <p>{text::WHEN}</p>
        <button type="button" class="danger" on:click=ask>{text::LOCK_DOWN_MINE}</button>
        {move || asks.get().then(|| view! {
            <ConfirmLockdown
                question=text::QUESTION_MINE.to_owned()
                consequence=text::CONSEQUENCE_MINE
                form
                ends_codes
                on_yes=yes
                on_no=Callback::new(move |()| asks.set(false))
            >
                {has_codes().then(|| view! { <RecoveryCode field open ends_codes refusal/> })}
            </ConfirmLockdown>
        })}
    }
}

/// A recovery code in place of the second factor, for a user who has lost it.
#[component]
fn RecoveryCode(
    field: NodeRef<html::Input>,
    /// Whether the field is shown without a click.
    open: RwSignal<bool>,
    /// Whether recovery codes stop working, too. Whoever has to use one may need another one for the next log-in.
    ends_codes: RwSignal<bool>,
    /// What is wrong with the code.
    refusal: RwSignal<Option<&'static str>>,
) -> impl IntoView {
    let is_refused = Signal::derive(move || refusal.get().is_some());
    // Each of them counts whenever it changes.
    let focus = Signal::derive(move || [open.get(), is_refused.get()].contains(&true));
    view! {
        <details prop:open=open on:toggle=move |_| ends_codes.set(false)>
            <summary>{text::LOST}</summary>
            <label for="lockdown-recovery-code">{recovery_code::LABEL}</label>
            <div class="alerts" role="alert" id="lockdown-recovery-code-fault">
                {move || refusal.get().map(|why| view! { <p class="fault">{why}</p> })}
            </div>
            <LookUpSecret
                id="lockdown-recovery-code"
                field
                described_by="lockdown-recovery-code-fault lockdown-recovery-code-hint"
                is_refused
                focus
            />
            <p class="hint soft" id="lockdown-recovery-code-hint">{text::RECOVERY_CODE_HINT}</p>
        </details>
    }
}

/// The same in the form of a user of the account. An administrator's own is under *My security*.
#[component]
pub(super) fn LockdownIn(
    console: Console,
    account: String,
    member: Member,
    /// Whether it is the administrator's own user.
    own: bool,
    on_done: Callback<()>,
) -> impl IntoView {
    if own {
        let link = view! { <a href=address::MY_SECURITY>{common::MY_SECURITY}</a> };
        return view! { <p class="hint soft">{text::ADVICE_MINE} " " {link} "."</p> }.into_any();
    }
    view! { <LockdownOf console account member on_done/> }.into_any()
}

/// The lockdown of another user. A person who also belongs to another account can only be locked.
#[component]
fn LockdownOf(console: Console, account: String, member: Member, on_done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let asks = RwSignal::new(false);
    let is_shared = RwSignal::new(false);
    let who = StoredValue::new(users::who(&member.name, member.email.as_str()));
    let target = StoredValue::new((account, member.id));
    let yes = Callback::new(move |recovery_codes| {
        let (account, id) = target.get_value();
        let work = async move {
            let answer =
                console.ask(|| api::account::lock_down_user(&account, &id, &Body { recovery_codes }).send()).await;
            if matches!(answer, Err(Failure::Refused(ApiError::SharedUser))) { Ok(None) } else { answer.map(Some) }
        };
        form.run(work, move |done| {
            if done.is_some() {
                console.say(text::was_locked_down(&who.get_value()));
                on_done.run(());
            } else {
                is_shared.set(true);
                asks.set(false);
            }
        });
    });
    view! {
        <div class="row between">
            {move || if is_shared.get() {
                view! { <p class="hint" role="alert">{text::SHARED}</p> }.into_any()
            } else {
                view! {
                    <span class="hint soft">{text::ADVICE}</span>
                    <button type="button" class="small" on:click=move |_| asks.set(true)>{text::LOCK_DOWN}</button>
                }.into_any()
            }}
        </div>
        {move || asks.get().then(|| view! {
            <ConfirmLockdown
                question=text::question(&who.get_value())
                consequence=text::CONSEQUENCE
                form
                on_yes=yes
                on_no=Callback::new(move |()| asks.set(false))
            />
        })}
    }
}

/// Says what a lockdown does, and asks whether recovery codes are part of it. **No** has the focus.
#[component]
fn ConfirmLockdown(
    question: String,
    consequence: &'static str,
    form: Form,
    /// Whether recovery codes stop working, too, as it is proposed.
    #[prop(default = RwSignal::new(true))]
    ends_codes: RwSignal<bool>,
    /// Receives whether recovery codes stop working, too.
    on_yes: Callback<bool>,
    on_no: Callback<()>,
    /// What else it asks for.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let recovery_codes = NodeRef::<html::Input>::new();
    view! {
        <Dialog id="confirm" title=common::CONFIRM on_leave=on_no>
            <p>{question}</p>
            <p class="soft">{consequence}</p>
            <Tick id="lockdown-recovery-codes" label=text::RECOVERY_CODES node=recovery_codes checked=ends_codes/>
            <p class="hint soft">{text::RECOVERY_CODES_ADVICE}</p>
            {children.map(|children| children())}
            <Problem form/>
            <div class="row end">
                <button type="button" autofocus on:click=move |_| on_no.run(())>{common::NO}</button>
                <button
                    type="button"
                    class="danger"
                    data-busy=move || form.busy.get()
                    on:click=move |_| on_yes.run(ticked(recovery_codes))
                >
                    {common::YES}
                </button>
            </div>
        </Dialog>
    }
}
