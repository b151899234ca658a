//! Signs of life for a supervisor.

use axum::extract::State;
use postern_types::ApiError;

use crate::http::error::AppError;
use crate::state::AppState;

/// The process runs.
#[utoipa::path(get, path = "/health/live", responses((status = 200, description = "`ok`", body = String)))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// The process can answer log-ins: its database answers.
#[utoipa::path(get, path = "/health/ready", responses(
    (status = 200, description = "`ok`", body = String),
    (status = 503, description = "The database cannot be reached", body = ApiError),
))]
pub(super) async fn ready(State(app): State<AppState>) -> Result<&'static str, AppError> {
    app.db.ping().await?;
    Ok("ok")
}
