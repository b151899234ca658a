//! Resets of second factors, on the screen of an account's users: open requests, and set-up codes.

use leptos::{html, prelude::*};
use postern_types::{AccountSecurity, Email, ResetPolicy, ResetRequest, ResetWait};
use wasm_bindgen::JsCast;

use crate::{
    api, clock,
    components::copy,
    console::{
        dialog::{Confirm, Dialog},
        e_mail::EMail,
        form::{Form, NotLoaded},
        loaded::{Loaded, load},
        state::Console,
        text::{resets as text, users},
    },
};

/// What the account's settings and requests say about resets.
#[derive(Clone, Copy)]
pub(super) struct Resets {
    /// The settings, with their version.
    policy: RwSignal<Option<(AccountSecurity, String)>>,
    pub(super) requests: Loaded<Vec<ResetRequest>>,
}

impl Resets {
    pub(super) fn load(console: Console, account: &str) -> Self {
        let (security, requests) = (account.to_owned(), account.to_owned());
        let policy = load(console, move || api::account::security(&security).send_versioned()).value;
        Self { policy, requests: load(console, move || api::account::reset_requests(&requests).send()) }
    }

    /// What a reset needs.
    pub(super) fn policy(self) -> ResetPolicy {
        self.policy.with(|loaded| loaded.as_ref().and_then(|(security, _)| security.reset).unwrap_or_default())
    }

    /// Whether there is an open request about a user.
    pub(super) fn is_requested(self, user: &str) -> bool {
        self.requests.value.with(|all| all.as_ref().is_some_and(|all| all.iter().any(|request| request.user == user)))
    }
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Approve,
    Refuse,
}

/// The open requests that concern the account; nothing if there are none.
#[component]
pub(super) fn ResetRequests(
    console: Console,
    account: StoredValue<String>,
    loaded: Loaded<Vec<ResetRequest>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(None::<(Decision, ResetRequest)>);
    let requests = move || loaded.value.get().unwrap_or_default();
    view! {
        {move || loaded.failure.get().map(|failure| view! {
            <NotLoaded failure on_retry=Callback::new(move |()| loaded.reload())/>
        })}
        {move || (!requests().is_empty()).then(|| view! {
            <section class="reset-requests" aria-labelledby="reset-requests">
                <h2 class="section-title" id="reset-requests">{text::TITLE}</h2>
                <ul class="requests">
                    <For each=requests key=Clone::clone let:request>
                        <Item request open/>
                    </For>
                </ul>
            </section>
        })}
        {move || open.get().map(|(decision, request)| view! {
            <Decide console account decision request open on_done/>
        })}
    }
}

#[component]
fn Item(request: ResetRequest, open: RwSignal<Option<(Decision, ResetRequest)>>) -> impl IntoView {
    let who = users::who(&request.name, request.email.as_str());
    let label = |what: &str| format!("{what}: {who}");
    let refuse_text = if request.is_own { text::WITHDRAW } else { text::REFUSE };
    let (approve_label, refuse_label) = (label(text::APPROVE), label(refuse_text));
    let asked = text::asked(request.asked_by.as_ref().map(Email::as_str), &clock::short(&request.asked_at));
    let waits = request.waits_for.iter().map(|wait| waits_for(*wait, &request)).collect::<Vec<_>>().join(" ");
    // With nothing but a delay left, it is carried out before it could expire, unless the delay was made longer since.
    let is_done_before = request.not_before.as_ref().is_none_or(|at| at.0 < request.expires_at.0);
    let until = (request.waits_for != [ResetWait::Delay] || !is_done_before)
        .then(|| text::until(&clock::short(&request.expires_at)));
    let (approve, refuse) = (request.clone(), request.clone());
    view! {
        <li>
            <div>
                <b>{request.name.clone()}</b>
                <EMail address=request.email.to_string()/>
                <p>{asked}</p>
                <p class="soft">{text::effect(request.set_up_code)}</p>
                <p class="soft">{waits} " " {until}</p>
            </div>
            <div class="row actions">
                {request.may_approve.then(|| view! {
                    <button type="button" class="small primary" aria-label=approve_label
                        on:click=move |_| open.set(Some((Decision::Approve, approve.clone())))>{text::APPROVE}</button>
                })}
                {request.may_refuse.then(|| view! {
                    <button type="button" class="small" aria-label=refuse_label
                        on:click=move |_| open.set(Some((Decision::Refuse, refuse.clone())))>{refuse_text}</button>
                })}
            </div>
        </li>
    }
}

fn waits_for(wait: ResetWait, request: &ResetRequest) -> String {
    match wait {
        ResetWait::ThisAccount if request.may_approve => text::WAITS_FOR_YOU.to_owned(),
        ResetWait::ThisAccount => text::WAITS_FOR_THIS.to_owned(),
        ResetWait::OtherAccounts => text::WAITS_FOR_OTHERS.to_owned(),
        ResetWait::Delay => {
            request.not_before.as_ref().map(|at| text::not_before(&clock::short(at))).unwrap_or_default()
        }
        ResetWait::Unknown => String::new(),
    }
}

#[component]
fn Decide(
    console: Console,
    account: StoredValue<String>,
    decision: Decision,
    request: ResetRequest,
    open: RwSignal<Option<(Decision, ResetRequest)>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let form = Form::new();
    let who = users::who(&request.name, request.email.as_str());
    let (question, consequence) = match decision {
        Decision::Approve => (text::approve_question(&who), text::APPROVE_CONSEQUENCE),
        Decision::Refuse if request.is_own => (text::withdraw_question(&who), text::WITHDRAW_CONSEQUENCE),
        Decision::Refuse => (text::refuse_question(&who), text::REFUSE_CONSEQUENCE),
    };
    let yes = Callback::new(move |()| {
        let (account, id, is_own, who) = (account.get_value(), request.id.clone(), request.is_own, who.clone());
        let work = async move {
            Ok(match decision {
                Decision::Approve => {
                    let approval = console.ask(|| api::account::approve_reset(&account, &id).send()).await?;
                    approved(&who, approval.request.as_ref())
                }
                Decision::Refuse => {
                    console.ask(|| api::account::refuse_reset(&account, &id).send()).await?;
                    if is_own { text::WITHDRAWN } else { text::REFUSED }.to_owned()
                }
            })
        };
        form.run(work, move |said: String| {
            console.say(said);
            open.set(None);
            on_done.run(());
        });
    });
    let no = Callback::new(move |()| open.set(None));
    view! { <Confirm question consequence form on_yes=yes on_no=no/> }
}

/// What came of an approval.
fn approved(who: &str, request: Option<&ResetRequest>) -> String {
    let Some(request) = request else { return text::approved_and_done(who) };
    let waits = request.waits_for.iter().map(|wait| waits_for(*wait, request)).collect::<Vec<_>>().join(" ");
    format!("{} {waits}", text::APPROVED)
}

/// A set-up code, which is shown this once, and what to do with it.
#[component]
pub(super) fn ShowCode(
    /// Whose it is.
    who: String,
    code: String,
    /// Whether it works from now on; otherwise it works once the reset is done.
    works: bool,
    on_leave: Callback<()>,
) -> impl IntoView {
    let shown = NodeRef::<html::Code>::new();
    let outcome = RwSignal::new("");
    let copied = code.clone();
    let copy_code = move |_| {
        outcome.set("");
        let element = shown.get_untracked().map(JsCast::unchecked_into);
        copy(&copied, element, move |done| outcome.set(if done { text::COPIED } else { text::COPY_REFUSED }));
    };
    view! {
        // Escape would lose the code.
        <Dialog id="set-up-code-shown" title=text::CODE_TITLE on_leave=Callback::new(|()| ())>
            <p>{text::code_for(&who)}</p>
            <div class="key-row">
                <code class="shown-code" role="group" aria-label=text::CODE_TITLE translate="no" node_ref=shown>{code}</code>
                <button type="button" on:click=copy_code>{text::COPY}</button>
            </div>
            <p class="copied" role="status">{outcome}</p>
            <p>{text::CODE_ADVICE}</p>
            <p class="soft">{if works { text::CODE_WORKS } else { text::CODE_WAITS }}</p>
            <div class="row end">
                <button type="button" class="primary" on:click=move |_| on_leave.run(())>{text::CODE_DONE}</button>
            </div>
        </Dialog>
    }
}
