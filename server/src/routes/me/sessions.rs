//! `/api/me/sessions`: one's own sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{ApiError, MySession, route};

use crate::auth::freshness::Freshness;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::path::SessionInPath;
use crate::http::sessions::FullSession;
use crate::state::AppState;
use crate::store::{sessions, transactions};

/// One's own sessions, the most recently used first.
#[utoipa::path(get, path = route::MY_SESSIONS, tag = "me", responses(
    (status = 200, description = "The sessions", body = Vec<MySession>),
))]
pub(in crate::routes) async fn list_sessions(
    State(app): State<AppState>,
    session: FullSession,
) -> Result<Json<Vec<MySession>>, AppError> {
    let now = app.clock.now();
    let idle_s = app.config.sessions.idle_s;
    Ok(Json(sessions::of_user(&app.db, session.user_id(), session.id(), now, idle_s).await?))
}

/// Ends all of one's own sessions except this one.
#[utoipa::path(delete, path = route::MY_SESSIONS, tag = "me", responses(
    (status = 204, description = "Ended"),
))]
pub(in crate::routes) async fn end_other_sessions(
    State(app): State<AppState>,
    client: Client,
    session: FullSession,
) -> Result<StatusCode, AppError> {
    transactions::end_other_sessions(&app.db, &session.authority(&client, Freshness::Any)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = route::MY_SESSION, tag = "me", responses(
    (status = 204, description = "Ended"),
    (status = 404, description = "No such session of one's own", body = ApiError),
))]
pub(in crate::routes) async fn end_session(
    State(app): State<AppState>,
    client: Client,
    session: FullSession,
    SessionInPath(id): SessionInPath,
) -> Result<StatusCode, AppError> {
    transactions::end_session(&app.db, &session.authority(&client, Freshness::Any), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
