//! `POST /oidc/revoke`: a client gives a token back (RFC 7009).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::client::authenticate;
use super::cors;
use super::failure::Failure;
use super::form::Form;
use crate::auth::token::TokenHash;
use crate::oidc::client::Client;
use crate::oidc::parameters::Parameters;
use crate::oidc::refresh_token::RefreshToken;
use crate::oidc::refusal::{NO_TOKEN, Refusal};
use crate::state::AppState;
use crate::store::{oidc_access_tokens, oidc_grants};

/// Revokes a token of the client. With a refresh token, everything that belongs to it ends. A token that does not work is no failure.
#[utoipa::path(post, path = "/oidc/revoke", tag = "openid connect", responses(
    (status = 200, description = "The token does not work"),
    (status = 400, description = "Refused", body = Refusal),
    (status = 401, description = "The client has not proved who it is", body = Refusal),
))]
pub(super) async fn revoke(State(app): State<AppState>, headers: HeaderMap, Form(form): Form) -> Response {
    match authenticate(&app, &headers, &form).await {
        Ok(client) => cors::readable_by(&client, give_back(&app, &client, &form).await),
        Err(failure) => failure.into_response(),
    }
}

async fn give_back(app: &AppState, client: &Client, form: &Parameters) -> Result<StatusCode, Failure> {
    let token = form.get("token")?.ok_or(NO_TOKEN)?;
    match RefreshToken::parse(token) {
        Some(token) => oidc_grants::revoke(&app.db, token.grant_id(), &client.id, &token.hash()).await?,
        None => oidc_access_tokens::revoke(&app.db, &TokenHash::of_text(token), &client.id).await?,
    }
    Ok(StatusCode::OK)
}
