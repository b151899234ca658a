//! `POST /oidc/introspect`: a server asks whether a token works (RFC 7662).

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::client::authenticate;
use super::failure::Failure;
use super::form::Form;
use crate::clock::UnixTime;
use crate::oidc::client::{Client, ClientKind};
use crate::oidc::refresh_token::RefreshToken;
use crate::oidc::refusal::{NO_TOKEN, PUBLIC, Refusal};
use crate::oidc::scope::{Scope, Scopes};
use crate::provider::rights::Entitled;
use crate::state::AppState;
use crate::store::oidc_grants;

/// What is known about a token: of one that does not work, only that it does not.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Introspection {
    /// Whether it works now.
    active: bool,
    /// What it is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// The client that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    /// The user name, with the scope `profile` or `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// `Bearer` for an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// When it expires at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<UnixTime>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// The portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
}

/// Whether a token of the client's application works, and what it is good for. For clients with a secret.
#[utoipa::path(post, path = "/oidc/introspect", tag = "openid connect", responses(
    (status = 200, description = "What is known of the token", body = Introspection),
    (status = 400, description = "Refused", body = Refusal),
    (status = 401, description = "The client has not proved who it is", body = Refusal),
))]
pub(super) async fn introspect(
    State(app): State<AppState>,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Json<Introspection>, Failure> {
    let client = authenticate(&app, &headers, &form).await?;
    if client.kind == ClientKind::Public {
        app.complaints.say(Some(&client), PUBLIC, "", app.clock.now());
        return Err(PUBLIC.into());
    }
    let token = form.get("token")?.ok_or(NO_TOKEN)?;
    Ok(Json(find(&app, &client, token).await?.unwrap_or_default()))
}

async fn find(app: &AppState, client: &Client, token: &str) -> Result<Option<Introspection>, Failure> {
    let found = match RefreshToken::parse(token) {
        Some(token) => of_refresh_token(app, &token).await?,
        None => Entitled::of_access_token(app, token).await?.map(|(entitled, token)| {
            let active = active(app, &entitled, &token.scopes, token.expires_at, Some("Bearer"));
            (entitled, active)
        }),
    };
    let found = found.filter(|(entitled, _)| entitled.grant.application_id == client.application_id);
    Ok(found.map(|(_, active)| active))
}

async fn of_refresh_token(app: &AppState, token: &RefreshToken) -> Result<Option<(Entitled, Introspection)>, Failure> {
    let (now, idle_s) = (app.clock.now(), app.config.sessions.idle_s);
    let grant = oidc_grants::of_refresh_token(&app.db, token.grant_id(), &token.hash(), now, idle_s).await?;
    let Some(grant) = grant else { return Ok(None) };
    let entitled = Entitled::check(app, grant).await?;
    Ok(entitled.map(|entitled| {
        let scopes = Scopes::parse(&entitled.grant.scope);
        let active = active(app, &entitled, &scopes, entitled.grant.expires_at, None);
        (entitled, active)
    }))
}

fn active(
    app: &AppState,
    entitled: &Entitled,
    scopes: &Scopes,
    exp: UnixTime,
    token_type: Option<&'static str>,
) -> Introspection {
    let names_user = scopes.contain(Scope::Profile) || scopes.contain(Scope::Email);
    Introspection {
        active: true,
        scope: Some(scopes.to_string()),
        client_id: Some(entitled.grant.client_id.to_string()),
        username: names_user.then(|| entitled.grant.email.clone()),
        token_type,
        exp: Some(exp),
        sub: Some(entitled.grant.user_id.to_string()),
        iss: Some(app.config.server.public_url.origin().to_owned()),
    }
}
