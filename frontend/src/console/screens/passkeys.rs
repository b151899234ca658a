//! One's own passkeys: the list, and what can be done with each.

use leptos::{html, prelude::*, task::spawn_local};
use postern_types::{MyPasskey, MyPasskeys, PasskeyPolicy, RenamePasskey, SignedIn};
use serde_json::json;

use super::new_passkey::NewPasskey;
use crate::{
    api, clock,
    components::Submit,
    console::{
        controls::{Field, value},
        dialog::{Confirm, Dialog},
        form::{Check, Form, NotLoaded, Problem},
        loaded::{Loaded, load},
        state::Console,
        text::{LOADING, passkeys as text, users},
    },
    flow::Failure,
    passkeys,
    text::{CANCEL, failure},
};

/// The dialog above the list.
#[derive(Clone, Debug, PartialEq)]
enum Open {
    Rename(MyPasskey),
    Remove(MyPasskey),
}

/// One's own passkeys. `on_done` is called when other sessions may have ended.
#[component]
pub(super) fn Passkeys(console: Console, user: SignedIn, on_done: Callback<()>) -> impl IntoView {
    let loaded = load(console, || api::passkey::mine().send());
    let obstacle = RwSignal::new(None::<Failure>);
    spawn_local(async move { obstacle.set(passkeys::check().await.err()) });
    let user = StoredValue::new(user.user);
    Effect::new(move || {
        if let Some(mine) = loaded.value.get() {
            tell_devices(mine, user.with_value(|user| (user.email.to_string(), user.name.clone())));
        }
    });
    let open = RwSignal::new(None::<Open>);
    let changed = Callback::new(move |()| {
        open.set(None);
        loaded.reload();
        on_done.run(());
    });
    let is_last = move || {
        loaded.value.with(|mine| mine.as_ref().is_some_and(|mine| mine.items.len() == 1 && !mine.authenticator))
    };
    view! {
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || (loaded.value.with(Option::is_none) && loaded.failure.with(Option::is_none)).then(|| view! {
            <p class="loading soft">{LOADING}</p>
        })}
        <ul class="sessions">
            {move || loaded.value.get().map(|mine| {
                mine.items.into_iter().map(|passkey| view! { <Passkey passkey open/> }).collect_view()
            })}
        </ul>
        {move || loaded.value.get().map(|mine| view! { <Adding console mine obstacle changed/> })}
        {move || open.get().map(|it| match it {
            Open::Rename(passkey) => view! { <Rename console passkey loaded open/> }.into_any(),
            Open::Remove(passkey) => view! { <Remove console passkey is_last=is_last() open changed/> }.into_any(),
        })}
    }
}

/// What stands below the list: a form for a new one, or why there is none.
#[component]
fn Adding(
    console: Console,
    mine: MyPasskeys,
    obstacle: RwSignal<Option<Failure>>,
    changed: Callback<()>,
) -> impl IntoView {
    let is_empty = mine.items.is_empty();
    let is_full = mine.items.len() >= MyPasskeys::MOST as usize;
    let policy = mine.allowed;
    let set_up_code_from = StoredValue::new(mine.set_up_code_from);
    let advice = match policy {
        _ if mine.rp_id.is_empty() => Some(text::NOT_HERE),
        PasskeyPolicy::NotAllowed => Some(text::NOT_ALLOWED),
        PasskeyPolicy::SecondFactor => Some(text::SECOND_FACTOR),
        PasskeyPolicy::WithoutPassword => None,
    };
    let is_possible = !mine.rp_id.is_empty() && policy != PasskeyPolicy::NotAllowed;
    view! {
        {(is_empty && is_possible).then(|| view! { <p>{text::NONE}</p> })}
        {advice.map(|advice| view! { <p class="soft">{advice}</p> })}
        {(is_full && is_possible).then(|| view! { <p class="soft">{text::full()}</p> })}
        {(is_possible && !is_full).then(|| view! {
            {move || match obstacle.get() {
                Some(why) => view! { <p class="soft">{failure(&why)}</p> }.into_any(),
                None => view! { <NewPasskey console changed set_up_code_from/> }.into_any(),
            }}
        })}
    }
}

#[component]
fn Passkey(passkey: MyPasskey, open: RwSignal<Option<Open>>) -> impl IntoView {
    let label = |what: &str| format!("{what}: {}", passkey.name);
    let (rename_label, remove_label) = (label(text::RENAME), label(text::REMOVE));
    let (rename, remove) = (passkey.clone(), passkey.clone());
    let place = match (passkey.device_bound, passkey.backed_up) {
        (true, _) => text::THIS_DEVICE,
        (false, true) => text::SYNCED,
        (false, false) => text::NOT_SYNCED_YET,
    };
    let used = passkey.last_used_at.as_ref().map(clock::short);
    view! {
        <li class="row between">
            <div>
                <b>{passkey.name.clone()}</b>
                " " <span class="tag none">{place}</span>
                <span class="soft detail">
                    {(passkey.kind != passkey.name).then(|| format!("{} · ", passkey.kind))}
                    {text::ADDED} {clock::day(&passkey.created_at)} " · "
                    {match used {
                        Some(at) => format!("{}{at}", text::USED),
                        None => text::NEVER_USED.to_owned(),
                    }}
                </span>
            </div>
            <span class="row">
                <button type="button" class="small" aria-label=rename_label
                    on:click=move |_| open.set(Some(Open::Rename(rename.clone())))>{text::RENAME}</button>
                <button type="button" class="small" aria-label=remove_label
                    on:click=move |_| open.set(Some(Open::Remove(remove.clone())))>{text::REMOVE}</button>
            </span>
        </li>
    }
}

#[component]
fn Rename(
    console: Console,
    passkey: MyPasskey,
    loaded: Loaded<MyPasskeys>,
    open: RwSignal<Option<Open>>,
) -> impl IntoView {
    let form = Form::new();
    let node = NodeRef::<html::Input>::new();
    let id = StoredValue::new(passkey.id);
    let leave = Callback::new(move |()| open.set(None));
    let send = form.on_submit(
        move || {
            let body = RenamePasskey { name: value(node) };
            async move { console.ask(|| api::passkey::rename(&id.get_value(), &body).send()).await }
        },
        move |_| {
            open.set(None);
            console.say(text::RENAMED);
            loaded.reload();
        },
    );
    view! {
        <Dialog id="rename-passkey" title=text::RENAME_TITLE on_leave=leave>
            <form novalidate on:submit=send>
                <Problem form/>
                <Field form name="name" id="passkey-new-name" label=text::NAME node check=Check::Filled value=passkey.name focus=true/>
                <div class="row end">
                    <button type="button" on:click=move |_| leave.run(())>{CANCEL}</button>
                    <Submit waits=form.busy label=users::SAVE busy=users::SAVING/>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn Remove(
    console: Console,
    passkey: MyPasskey,
    /// Whether it is the user's only second factor.
    is_last: bool,
    open: RwSignal<Option<Open>>,
    changed: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let question = text::remove_question(&passkey.name);
    let removed = StoredValue::new(passkey);
    let yes = Callback::new(move |()| {
        let MyPasskey { id, name, .. } = removed.get_value();
        let work = async move { console.ask(|| api::passkey::remove(&id).send()).await };
        form.run(work, move |()| {
            console.say(text::was_removed(&name));
            changed.run(());
        });
    });
    let no = Callback::new(move |()| open.set(None));
    let consequence = if is_last { text::LAST_CONSEQUENCE } else { text::REMOVE_CONSEQUENCE };
    view! { <Confirm question consequence form on_yes=yes on_no=no/> }
}

/// Tells the passkey provider which passkeys still work, and the name of their user.
fn tell_devices(mine: MyPasskeys, (name, display_name): (String, String)) {
    let MyPasskeys { rp_id, user_handle, credential_ids, .. } = mine;
    if rp_id.is_empty() || user_handle.is_empty() {
        return;
    }
    let accepted = json!({"rpId": rp_id, "userId": user_handle, "allAcceptedCredentialIds": credential_ids});
    let details = json!({"rpId": rp_id, "userId": user_handle, "name": name, "displayName": display_name});
    spawn_local(async move {
        passkeys::signal("signalAllAcceptedCredentials", &accepted.to_string()).await;
        passkeys::signal("signalCurrentUserDetails", &details.to_string()).await;
    });
}
