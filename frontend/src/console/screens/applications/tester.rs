//! *Test access*: whether a request is allowed, rule by rule.

use leptos::{html, prelude::*};
use postern_types::{ApiError, ApplicationCheck, CheckApplication, CheckedRule, Reason, RequestMethod, RuleMatch};
use strum::IntoEnumIterator;

use crate::{
    api,
    components::Submit,
    console::{
        controls::{Field, value},
        form::{Check, Form, Problem},
        query::Query,
        state::Console,
        text::applications as text,
    },
    flow::Failure,
};

/// The form, and below it the latest result.
#[component]
pub(super) fn Tester(console: Console, account: StoredValue<String>) -> impl IntoView {
    let form = Form::new();
    let [url, user, address] = [(); 3].map(|()| NodeRef::<html::Input>::new());
    let method = NodeRef::<html::Select>::new();
    let result = RwSignal::new(None::<ApplicationCheck>);
    let send = form.on_submit(
        move || {
            result.set(None);
            let chosen = method.get_untracked().map(|field| field.value()).unwrap_or_default();
            let address = value(address).trim().to_owned();
            let wanted = CheckApplication {
                url: value(url).trim().to_owned(),
                method: chosen.parse().unwrap_or(RequestMethod::Get),
                user: value(user).trim().to_owned(),
                address: (!address.is_empty()).then_some(address),
            };
            check(console, account.get_value(), wanted)
        },
        move |answer| result.set(Some(answer)),
    );
    view! {
        <section class="section">
            <h2>{text::TEST}</h2>
            <p class="soft">{text::TEST_ADVICE}</p>
            <form novalidate on:submit=send>
                <Problem form/>
                <Field form name="url" id="test-url" label=text::URL node=url check=Check::Filled kind="url"/>
                <div class="field">
                    <label for="test-method">{text::METHOD}</label>
                    <select id="test-method" node_ref=method>
                        {RequestMethod::iter().map(|method| view! { <option>{method.as_str()}</option> }).collect_view()}
                    </select>
                </div>
                <Field form name="user" id="test-user" label=text::USER node=user check=Check::Email kind="email"/>
                <Field form name="address" id="test-address" label=text::FROM node=address/>
                <Submit waits=form.busy label=text::CHECK busy=text::CHECKING/>
            </form>
            <div role="status">{move || result.get().map(|check| view! { <Answer check/> })}</div>
        </section>
    }
}

/// Finds the user's id by the e-mail address, and sends the request. `wanted` has the e-mail address in place of the id.
async fn check(console: Console, account: String, mut wanted: CheckApplication) -> Result<ApplicationCheck, Failure> {
    let query = Query { search: wanted.user.clone(), ..Query::default() }.write();
    let found = console.ask(|| api::account::users(&account, &query).send()).await?;
    let same = |email: &str| email.eq_ignore_ascii_case(&wanted.user);
    let Some(user) = found.items.into_iter().find(|user| same(user.email.as_str())) else {
        return Err(Failure::Refused(ApiError::Malformed { field: "user".to_owned(), reason: Reason::NotAllowed }));
    };
    wanted.user = user.id;
    console.ask(|| api::account::check_application(&account, &wanted).send()).await
}

#[component]
fn Answer(check: ApplicationCheck) -> impl IntoView {
    let class = match text::is_allowed(check.verdict) {
        Some(true) => "tag ok",
        Some(false) => "tag bad",
        None => "tag none",
    };
    view! {
        <p><b>{check.application}</b> " " <span class=class>{text::verdict(check.verdict)}</span></p>
        <ol class="rules">
            {check.rules.into_iter().map(|rule| view! { <Rule rule/> }).collect_view()}
        </ol>
    }
}

#[component]
fn Rule(rule: CheckedRule) -> impl IntoView {
    let words = text::rule(&rule);
    view! {
        <li class="row between" class:soft=rule.matched != RuleMatch::Decides>
            <div>
                <b>{rule.name}</b>
                <span class="soft detail">{words}</span>
            </div>
            {match text::passed_over(rule.matched) {
                Some(why) => view! { <span class="tag none">{why}</span> },
                None => view! { <span class="tag ok">{text::DECIDES}</span> },
            }}
        </li>
    }
}
