//! Every route of the API, in one table.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json, Router, middleware};
use postern_types::ApiError;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::compression::{self, Compressible};
use crate::http::error::{self, AppError};
use crate::http::{guard, listen};
use crate::state::AppState;

mod account;
mod docs;
mod document;
mod health;
mod links;
mod me;
mod sign_in;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postern",
        description = "Sign-in with two-factor authentication. Mutating requests need `Content-Type: application/json`, with or \
                       without a body, and must come from the portal's own origin. Every response has `X-Request-Id` and \
                       `Cache-Control: no-store`. A step names its user in the header `Postern-User`. A request that sends it \
                       back is refused with 409 `another_user` if the session belongs to somebody else by now."
    ),
    components(schemas(ApiError))
)]
struct Document;

/// The OpenAPI document of the API, as `GET /api/openapi.json` returns it.
#[must_use]
pub fn api_document() -> utoipa::openapi::OpenApi {
    documented().1
}

fn documented() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    let (api, mut document) = routes().split_for_parts();
    document::complete(&mut document);
    (api, document)
}

/// The API.
pub(crate) fn router(app: &AppState) -> Router<AppState> {
    let (api, document) = documented();
    let docs = Arc::new(docs::Docs::of(&serde_json::to_value(&document).unwrap_or_default()));
    let api = api
        .route("/api/openapi.json", axum::routing::get(async move || (Extension(Compressible), Json(document))))
        .route("/api/docs", axum::routing::get(docs::docs).with_state(docs))
        .route("/api", axum::routing::any(unknown))
        .route("/api/", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .layer(middleware::from_fn(guard::finish_what_was_begun))
        .layer(middleware::from_fn_with_state(app.clone(), guard::refuse_other_sites));
    listen::limits(api).layer(compression::layer()).layer(middleware::from_fn(error::report))
}

fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(sign_in::flow::flow))
        .routes(routes!(sign_in::password::sign_in))
        .routes(routes!(sign_in::code::code))
        .routes(routes!(sign_in::cancel::cancel))
        .routes(routes!(sign_in::set_up::confirm))
        .routes(routes!(sign_in::sign_out::sign_out))
        .routes(routes!(sign_in::new_password::new_password))
        .routes(routes!(links::link))
        .routes(routes!(links::password_reset))
        .routes(routes!(links::password_reset_confirm))
        .routes(routes!(links::invitation_accept))
        .routes(routes!(links::first_run))
        .routes(routes!(me::step_up::step_up))
        .routes(routes!(me::password::password))
        .routes(routes!(me::sessions::list_sessions, me::sessions::end_other_sessions))
        .routes(routes!(me::sessions::end_session))
        .routes(routes!(me::accounts::leave))
        .routes(routes!(me::authenticator::get, me::authenticator::begin))
        .routes(routes!(me::authenticator::confirm))
        .routes(routes!(account::security::get, account::security::put))
        .routes(routes!(account::security::effect))
        .routes(routes!(account::security::confirm_addresses))
        .routes(routes!(account::users::list, account::users::add))
        .routes(routes!(account::users::get, account::users::patch, account::users::remove))
        .routes(routes!(account::users::reset))
        .routes(routes!(account::users::invite))
        .routes(routes!(account::login_history::login_history))
        .routes(routes!(account::login_history::login_history_csv))
        .routes(routes!(account::events::events))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

/// An unknown path below `/api` is never answered with a page.
async fn unknown(State(_): State<AppState>) -> AppError {
    ApiError::NotFound.into()
}
