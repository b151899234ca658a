//! The lockdown of a user account: one's own, or that of a user of the account.

use leptos::{html, prelude::*};
use postern_types::{Lockdown as Body, Member};

use crate::{
    api,
    console::{
        controls::{Tick, ticked},
        dialog::Dialog,
        form::{Form, Problem},
        state::Console,
        text::{self as common, lockdown as text, users},
    },
};

/// The section of *My security*, with a button.
#[component]
pub(super) fn Lockdown(console: Console) -> impl IntoView {
    let form = Form::new();
    let asks = RwSignal::new(false);
    let yes = Callback::new(move |recovery_codes| {
        let work = console.ask(move || api::me::lock_down(&Body { recovery_codes }).send());
        form.run(work, move |step| console.arrive(Ok(step)));
    });
    view! {
        <p>{text::WHEN}</p>
        <button type="button" class="danger" on:click=move |_| asks.set(true)>{text::LOCK_DOWN_MINE}</button>
        {move || asks.get().then(|| view! {
            <ConfirmLockdown
                question=text::QUESTION_MINE.to_owned()
                consequence=text::CONSEQUENCE_MINE
                form
                on_yes=yes
                on_no=Callback::new(move |()| asks.set(false))
            />
        })}
    }
}

/// The same for a user of the account, in their form.
#[component]
pub(super) fn LockdownOf(
    console: Console,
    account: String,
    member: Member,
    /// Whether it is the administrator's own user.
    own: bool,
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let asks = RwSignal::new(false);
    let who = StoredValue::new(users::who(&member.name, member.email.as_str()));
    let target = StoredValue::new((account, member.id));
    let yes = Callback::new(move |recovery_codes| {
        let (account, id) = target.get_value();
        let work = async move {
            console.ask(|| api::account::lock_down_user(&account, &id, &Body { recovery_codes }).send()).await
        };
        form.run(work, move |()| {
            console.say(text::was_locked_down(&who.get_value()));
            if own {
                console.find_out();
            } else {
                on_done.run(());
            }
        });
    });
    view! {
        <div class="row between">
            <span class="hint soft">{text::ADVICE}</span>
            <button type="button" class="small" on:click=move |_| asks.set(true)>{text::LOCK_DOWN}</button>
        </div>
        {move || asks.get().then(|| view! {
            <ConfirmLockdown
                question=text::question(&who.get_value())
                consequence=if own { text::CONSEQUENCE_MINE } else { text::CONSEQUENCE }
                form
                on_yes=yes
                on_no=Callback::new(move |()| asks.set(false))
            />
        })}
    }
}

/// Says what a lockdown does, and asks whether recovery codes are part of it. **No** has the focus.
#[component]
pub(super) fn ConfirmLockdown(
    question: String,
    consequence: &'static str,
    form: Form,
    /// Receives whether recovery codes stop working, too.
    on_yes: Callback<bool>,
    on_no: Callback<()>,
) -> impl IntoView {
    let recovery_codes = NodeRef::<html::Input>::new();
    view! {
        <Dialog id="confirm" title=common::CONFIRM on_leave=on_no>
            <p>{question}</p>
            <p class="soft">{consequence}</p>
            <Tick id="lockdown-recovery-codes" label=text::RECOVERY_CODES node=recovery_codes checked=true/>
            <p class="hint soft">{text::RECOVERY_CODES_ADVICE}</p>
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
