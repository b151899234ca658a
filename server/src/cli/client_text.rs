//! What `postern client` and `postern oidc` print.

use crate::auth::token::Token;
use crate::clock::in_words;
use crate::oidc::client::{Client, ClientKind, TokenForm};
use crate::oidc::key::{KeyState, Term};

/// What to enter in the application.
pub(super) fn added(client: &Client, secret: Option<&Token>, issuer: Option<&str>) -> String {
    let secret = match secret {
        Some(secret) => format!("client secret  {}\n               It is shown only now.\n", secret.expose()),
        None => "client secret  none: this client is public, and uses PKCE\n".to_owned(),
    };
    let issuer = issuer.unwrap_or("the address of the portal, which it records at its next start");
    format!(
        "Client {:?} added. Enter this in the application:\n\
         issuer         {issuer}\n\
         client id      {}\n\
         {secret}\
         scopes         openid profile email groups\n\
         Most applications find everything else by themselves, at /.well-known/openid-configuration below the issuer.",
        client.name.as_str(),
        client.id
    )
}

pub(super) fn changed(client: &Client) -> String {
    format!("Client {:?} changed.", client.name.as_str())
}

pub(super) fn removed(name: &str) -> String {
    format!("Client {name:?} removed. Its tokens no longer work.")
}

pub(super) fn listed(client: &Client, application: &str) -> String {
    let kind = if client.kind == ClientKind::Public { "public" } else { "with secret" };
    let uris = client.redirect_uris.iter().map(|uri| format!("\n  redirect URI  {}", uri.as_str()));
    let sign_out = client.sign_out_uris.iter().map(|uri| format!("\n  sign-out URI  {}", uri.as_str()));
    let back_channel = client.back_channel_uri.iter().map(|uri| format!("\n  back channel  {}", uri.as_str()));
    let lines: String = uris.chain(sign_out).chain(back_channel).collect();
    let switches = [
        (client.requires_challenge(), "PKCE"),
        (client.requires_consent, "consent"),
        (client.has_id_token_claims, "id-token claims"),
        (client.access_tokens == TokenForm::Jwt, "JWT"),
    ];
    let switches: String = switches.iter().filter(|(is_on, _)| *is_on).map(|(_, name)| format!("\t{name}")).collect();
    format!("{}\t{application}\t{}\t{kind}\t{}{switches}{lines}", client.name, client.id, client.algorithm.as_str())
}

pub(super) const NO_CLIENTS: &str =
    "There are no OpenID Connect clients. Add one with: postern client add NAME --app NAME --redirect-uri URI";

pub(super) fn secret(secret: &Token) -> String {
    format!(
        "{}\nIt is shown only now. The secret before it keeps working until you create another one; older ones do not work.",
        secret.expose()
    )
}

pub(super) const NO_KEYS: &str = "There are no keys yet. They are created when an application first logs a user in.";

pub(super) fn key(kid: &str, term: Term, state: KeyState) -> String {
    let what = match state {
        KeyState::Next => format!("signs from {} on", in_words(term.active_from)),
        KeyState::Current => "signs".to_owned(),
        KeyState::Old => "no longer signs, still published".to_owned(),
        KeyState::Over => "no longer signs, no longer published".to_owned(),
    };
    format!("{kid}\t{}\t{what}", term.algorithm.as_str())
}

pub(super) fn rotated(active_from: i64) -> String {
    format!(
        "The next keys are published now, and sign from {} on. Until then, applications fetch them by themselves.",
        in_words(active_from)
    )
}

pub(super) const KEY_WAITS: &str =
    "the next key is already waiting: it is published for 24 hours before it signs; see: postern oidc keys list";

/// What a change of the portal's address breaks.
pub(super) fn known_as(issuer: &str, clients: i64) -> String {
    match clients {
        0 => "no OpenID Connect clients are registered".to_owned(),
        _ => format!(
            "OpenID Connect clients: {clients}. Each knows the portal as {issuer}: if server.public_url changes, enter the new \
             issuer in each of them"
        ),
    }
}
