//! What to enter in an application that logs its users in by OpenID Connect.

use leptos::prelude::*;
use postern_types::{ApplicationClient, endpoint};

use crate::console::{copyable::Copyable, state::Console, text::clients as text};

/// The addresses below the issuer, in the order in which applications ask for them.
const ADDRESSES: [(&str, &str); 6] = [
    (text::DISCOVERY, endpoint::OPENID_CONFIGURATION),
    (text::AUTHORIZATION, endpoint::AUTHORIZE),
    (text::TOKEN, endpoint::TOKEN),
    (text::USERINFO, endpoint::USERINFO),
    (text::KEYS, endpoint::KEYS),
    (text::LOG_OUT, endpoint::SIGN_OUT),
];

/// The values of each client, and the addresses that all of them use. Folded, because they are needed once.
#[component]
pub(super) fn Clients(
    console: Console,
    /// The name of the application.
    application: String,
    issuer: String,
    clients: Vec<ApplicationClient>,
) -> impl IntoView {
    let addresses = ADDRESSES.map(|(label, path)| (label, format!("{issuer}{path}")));
    view! {
        <details class="clients">
            <summary>{text::TITLE}<span class="unseen">": "{application}</span></summary>
            <p class="soft">{text::INTRO}</p>
            {clients.into_iter().map(|client| view! { <Client console issuer=issuer.clone() client/> }).collect_view()}
            <h3>{text::ADDRESSES}</h3>
            <p class="soft">{text::ADDRESSES_ADVICE}</p>
            <dl>
                {addresses.map(|(label, value)| view! { <Value console label value/> }).collect_view()}
            </dl>
        </details>
    }
}

/// The values of one client.
#[component]
fn Client(console: Console, issuer: String, client: ApplicationClient) -> impl IntoView {
    let ApplicationClient { name, client_id, public, redirect_uris } = client;
    let command = text::secret_command(&name);
    view! {
        <h3>{name}</h3>
        <dl>
            <Value console label=text::ISSUER value=issuer/>
            <Value console label=text::CLIENT_ID value=client_id/>
            <div>
                <dt>{text::SECRET}</dt>
                {if public {
                    view! { <dd>{text::NO_SECRET}</dd> }.into_any()
                } else {
                    view! {
                        <dd>
                            <p class="soft">{text::SECRET_ADVICE}</p>
                            <Copyable console label=text::COMMAND value=command/>
                        </dd>
                    }.into_any()
                }}
            </div>
            {redirect_uris.into_iter().map(|value| view! { <Value console label=text::REDIRECT_URI value/> }).collect_view()}
        </dl>
    }
}

#[component]
fn Value(console: Console, label: &'static str, value: String) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd><Copyable console label value/></dd>
        </div>
    }
}
