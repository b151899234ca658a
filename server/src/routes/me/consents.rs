//! `/api/me/consents`: what the user has allowed clients of OpenID Connect to learn.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{ApiError, MyConsent, MyConsents, route};

use crate::auth::freshness::Freshness;
use crate::clock::rfc3339;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::path::ClientInPath;
use crate::http::sessions::FullSession;
use crate::state::AppState;
use crate::store::{oidc_consents, transactions};

/// The clients to which the user has agreed.
#[utoipa::path(get, path = route::MY_CONSENTS, tag = "me", responses(
    (status = 200, description = "The clients", body = MyConsents),
))]
pub(in crate::routes) async fn list(
    State(app): State<AppState>,
    session: FullSession,
) -> Result<Json<MyConsents>, AppError> {
    let given = oidc_consents::of_user(&app.db, session.user_id()).await?;
    let consents = given.into_iter().map(|consent| MyConsent {
        client_id: consent.client_id.to_string(),
        scopes: consent.scopes().iter().map(|scope| scope.as_str().to_owned()).collect(),
        name: consent.application,
        given_at: rfc3339(consent.given_at),
    });
    Ok(Json(MyConsents { consents: consents.collect() }))
}

/// Takes a consent back. The client's tokens for the user stop working, and it has to ask again.
#[utoipa::path(delete, path = route::MY_CONSENT, tag = "me", responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "The user has not agreed to such a client", body = ApiError),
))]
pub(in crate::routes) async fn take_back(
    State(app): State<AppState>,
    client: Client,
    session: FullSession,
    ClientInPath(id): ClientInPath,
) -> Result<StatusCode, AppError> {
    transactions::take_back_consent(&app.db, &session.authority(&client, Freshness::Any), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
