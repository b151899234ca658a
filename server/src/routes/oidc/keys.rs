//! `GET /oidc/keys`: the public keys with which clients check tokens (RFC 7517).

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::{cors, discovery};
use crate::http::error::AppError;
use crate::oidc::key::JwkSet;
use crate::provider;
use crate::state::AppState;

/// The public keys. The next one is among them for at least 24 hours before it signs, and an old one for as long as it may be needed to check a token.
#[utoipa::path(get, path = "/oidc/keys", tag = "openid connect", responses(
    (status = 200, description = "The keys", body = JwkSet),
))]
pub(super) async fn keys(State(app): State<AppState>) -> Result<Response, AppError> {
    let keys = provider::keys::keys(&app).await?.published(app.clock.now());
    Ok(cors::readable((discovery::kept(), Json(JwkSet { keys }))))
}
