//! The accounts to which one belongs, and how to leave one.

use leptos::prelude::*;
use postern_types::{AccountMembership, SignedIn};

use crate::{
    api,
    console::{dialog::Confirm, form::Form, state::Console, text::security as text},
};

/// One's own accounts.
#[component]
pub(super) fn MyAccounts(console: Console, user: SignedIn) -> impl IntoView {
    let leaving = RwSignal::new(None::<AccountMembership>);
    let is_only = user.accounts.len() == 1;
    view! {
        <ul class="sessions">
            {user.accounts.into_iter().map(|account| {
                let label = format!("{}: {}", text::LEAVE, account.name);
                let name = account.name.clone();
                view! {
                    <li class="row between">
                        <b>{name}</b>
                        <button type="button" class="small" aria-label=label
                            on:click=move |_| leaving.set(Some(account.clone()))>{text::LEAVE}</button>
                    </li>
                }
            }).collect_view()}
        </ul>
        {move || leaving.get().map(|account| view! { <Leave console account is_only leaving/> })}
    }
}

/// Asks before the account is left.
#[component]
fn Leave(
    console: Console,
    account: AccountMembership,
    /// Whether no other account can be used.
    is_only: bool,
    leaving: RwSignal<Option<AccountMembership>>,
) -> impl IntoView {
    let form = Form::new();
    let question = text::leave_question(&account.name);
    let consequence = if is_only { text::LEAVE_ONLY_CONSEQUENCE } else { text::LEAVE_CONSEQUENCE };
    let yes = Callback::new(move |()| {
        let account = account.clone();
        let left = text::was_left(&account.name);
        let work = async move { console.ask(|| api::me::leave_account(&account.id).send()).await };
        form.run(work, move |step| {
            leaving.set(None);
            console.say(left);
            console.arrive(Ok(step));
        });
    });
    let no = Callback::new(move |()| leaving.set(None));
    view! { <Confirm question consequence form on_yes=yes on_no=no/> }
}
