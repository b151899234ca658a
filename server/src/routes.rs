//! Every route of the API, in one table.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::{Json, Router, middleware};
use postern_types::ApiError;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error::{self, AppError};
use crate::listen;
use crate::state::AppState;

mod account_reports;
mod account_security;
mod account_users;
mod admin;
mod code;
mod docs;
mod flow;
mod guard;
mod health;
mod list_query;
mod me;
mod my_authenticator;
mod new_password;
mod one_time_link;
mod second_factor;
mod set_up;
mod sign_in;
mod sign_out;
mod step;
mod step_up;

pub(crate) use step::BROWSER_KNOWN_DAYS;

/// Largest request body in bytes.
const MAX_BODY: usize = 16 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postern",
        description = "Sign-in with two-factor authentication. Mutating requests carry `Content-Type: application/json` and \
                       come from the portal's own origin. Every answer has `X-Request-Id`, and `Cache-Control: no-store`."
    ),
    components(schemas(ApiError))
)]
struct Document;

/// The API and the document that describes it.
pub(crate) fn router(app: &AppState) -> Router<AppState> {
    let (api, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(flow::flow))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(code::code))
        .routes(routes!(sign_in::cancel))
        .routes(routes!(set_up::confirm))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(new_password::new_password))
        .routes(routes!(one_time_link::link))
        .routes(routes!(one_time_link::password_reset))
        .routes(routes!(one_time_link::password_reset_confirm))
        .routes(routes!(one_time_link::invitation_accept))
        .routes(routes!(one_time_link::first_run))
        .routes(routes!(step_up::step_up))
        .routes(routes!(me::password))
        .routes(routes!(me::list_sessions, me::end_other_sessions))
        .routes(routes!(me::end_session))
        .routes(routes!(my_authenticator::get, my_authenticator::begin))
        .routes(routes!(my_authenticator::confirm))
        .routes(routes!(account_security::get, account_security::put))
        .routes(routes!(account_security::effect))
        .routes(routes!(account_security::confirm_addresses))
        .routes(routes!(account_users::list, account_users::add))
        .routes(routes!(account_users::get, account_users::patch, account_users::remove))
        .routes(routes!(account_users::reset))
        .routes(routes!(account_reports::login_history))
        .routes(routes!(account_reports::login_history_csv))
        .routes(routes!(account_reports::events))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .split_for_parts();
    let docs = Arc::new(docs::Docs::of(&serde_json::to_value(&document).unwrap_or_default()));
    let api = api
        .route("/api/openapi.json", axum::routing::get(async move || Json(document)))
        .route("/api/docs", axum::routing::get(docs::docs).with_state(docs))
        .route("/api", axum::routing::any(unknown))
        .route("/api/", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
        .layer(middleware::from_fn(guard::finish_what_was_begun))
        .layer(middleware::from_fn_with_state(app.clone(), guard::require_own_origin))
        .layer(DefaultBodyLimit::max(MAX_BODY));
    listen::limits(api).layer(middleware::from_fn(error::report))
}

/// An unknown path below `/api` is never answered by the browser app.
async fn unknown(State(_): State<AppState>) -> AppError {
    ApiError::NotFound.into()
}
