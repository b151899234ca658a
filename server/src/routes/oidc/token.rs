//! `POST /oidc/token`: a client exchanges a code or a refresh token for tokens (RFC 6749, 4.1.3 and 6).

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::client::authenticate;
use super::cors;
use super::failure::Failure;
use super::form::Form;
use crate::auth::token::Token;
use crate::metrics::{Grant, TokenResult};
use crate::oidc::client::Client;
use crate::oidc::parameters::Parameters;
use crate::oidc::refresh_token::RefreshToken;
use crate::oidc::refusal::{
    CODE, CODE_REDIRECT_URI, ENDED, GRANT_TYPE, NO_CODE, NO_GRANT_TYPE, NO_REDIRECT_URI, NO_REFRESH_TOKEN,
    REFRESH_TOKEN, Refusal, SCOPE, VERIFIER,
};
use crate::oidc::scope::Scopes;
use crate::provider::rights::Entitled;
use crate::provider::tokens::{TokenResponse, draft};
use crate::state::AppState;
use crate::store::oidc_grants::{self, Issued};
use crate::store::transactions;

/// Exchanges a code, or a refresh token, for tokens. The body is form-encoded. A client with a secret authenticates with
/// `client_secret_basic` or `client_secret_post`.
#[utoipa::path(post, path = "/oidc/token", tag = "openid connect", responses(
    (status = 200, description = "The tokens", body = TokenResponse),
    (status = 400, description = "Refused", body = Refusal),
    (status = 401, description = "The client has not proved who it is", body = Refusal),
))]
pub(super) async fn token(State(app): State<AppState>, headers: HeaderMap, Form(form): Form) -> Response {
    let client = match authenticate(&app, &headers, &form).await {
        Ok(client) => client,
        Err(failure) => {
            count(&app, &form, Some(&failure));
            return failure.into_response();
        }
    };
    let tokens = exchange(&app, &client, &form).await;
    count(&app, &form, tokens.as_ref().err());
    if let Err(Failure::Refused(refusal)) = &tokens {
        app.complaints.say(Some(&client), *refusal, "", app.clock.now());
    }
    cors::readable_by(&client, tokens.map(Json))
}

fn count(app: &AppState, form: &Parameters, failure: Option<&Failure>) {
    let grant = match form.get("grant_type") {
        Ok(Some("authorization_code")) => Grant::AuthorizationCode,
        Ok(Some("refresh_token")) => Grant::RefreshToken,
        _ => Grant::Other,
    };
    let result = match failure {
        None => TokenResult::Issued,
        Some(Failure::Internal(_)) => TokenResult::Failed,
        Some(Failure::Refused(_) | Failure::Unauthenticated(_)) => TokenResult::Refused,
    };
    app.metrics.token_request(grant, result);
}

async fn exchange(app: &AppState, client: &Client, form: &Parameters) -> Result<TokenResponse, Failure> {
    match form.get("grant_type")? {
        Some("authorization_code") => redeem(app, client, form).await,
        Some("refresh_token") => refresh(app, client, form).await,
        Some(_) => Err(GRANT_TYPE.into()),
        None => Err(NO_GRANT_TYPE.into()),
    }
}

/// Exchanges a code. Any attempt of its client uses it up.
async fn redeem(app: &AppState, client: &Client, form: &Parameters) -> Result<TokenResponse, Failure> {
    let code = form.get("code")?.ok_or(NO_CODE)?;
    let redirect_uri = form.get("redirect_uri")?.ok_or(NO_REDIRECT_URI)?;
    let verifier = form.get("code_verifier")?;
    let now = app.clock.now();
    let code = Token::parse(code).ok_or(CODE)?;
    let issued = transactions::use_code(&app.db, &code.hash(), &client.id, now).await?.ok_or(CODE)?;
    check(&issued, redirect_uri, verifier)?;
    let grant = oidc_grants::live(&app.db, &issued.id, now, app.config.sessions.idle_s).await?.ok_or(ENDED)?;
    let entitled = Entitled::check(app, grant).await?.ok_or(ENDED)?;
    let scopes = Scopes::parse(&entitled.grant.scope);
    let draft = draft(app, &entitled, client, &scopes, entitled.grant.nonce.as_deref()).await?;
    if !transactions::begin_grant(&app.db, &entitled.grant, client, &draft.to_store()).await? {
        return Err(ENDED.into());
    }
    Ok(draft.into_response())
}

/// A code that was asked for with a challenge needs its verifier, and one without a challenge has none: otherwise somebody could leave
/// out the challenge of a log-in that they have begun in another browser (RFC 9700, 4.8.2).
fn check(issued: &Issued, redirect_uri: &str, verifier: Option<&str>) -> Result<(), Refusal> {
    if issued.redirect_uri != redirect_uri {
        return Err(CODE_REDIRECT_URI);
    }
    match (&issued.code_challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        _ => Err(VERIFIER),
    }
}

/// Exchanges a refresh token for others. One that was used before ends everything that belongs to it.
async fn refresh(app: &AppState, client: &Client, form: &Parameters) -> Result<TokenResponse, Failure> {
    let token = form.get("refresh_token")?.ok_or(NO_REFRESH_TOKEN)?;
    let token = RefreshToken::parse(token).ok_or(REFRESH_TOKEN)?;
    let (now, idle_s) = (app.clock.now(), app.config.sessions.idle_s);
    let grant = oidc_grants::of_refresh_token(&app.db, token.grant_id(), &token.hash(), now, idle_s).await?;
    let Some(grant) = grant.filter(|grant| grant.client_id == client.id) else {
        transactions::end_grant_of_used_token(&app.db, token.grant_id(), &client.id, &token.hash()).await?;
        return Err(REFRESH_TOKEN.into());
    };
    let entitled = Entitled::check(app, grant).await?.ok_or(ENDED)?;
    let granted = Scopes::parse(&entitled.grant.scope);
    let scopes = form.get("scope")?.map_or_else(|| granted.clone(), Scopes::parse);
    if !granted.cover(&scopes) {
        return Err(SCOPE.into());
    }
    let draft = draft(app, &entitled, client, &scopes, None).await?;
    let (id, old) = (token.grant_id(), token.hash());
    if !transactions::refresh_grant(&app.db, id, &client.id, &old, &draft.to_store()).await? {
        return Err(REFRESH_TOKEN.into());
    }
    Ok(draft.into_response())
}
