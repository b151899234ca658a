//! Health checks.

use axum::extract::State;
use postern_types::ApiError;

use crate::http::error::AppError;
use crate::state::AppState;

/// Whether the process is running.
#[utoipa::path(get, path = "/health/live", responses((status = 200, description = "`ok`", body = String)))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// Whether the process can serve requests: its database is reachable.
#[utoipa::path(get, path = "/health/ready", responses(
    (status = 200, description = "`ok`", body = String),
    (status = 503, description = "The database cannot be reached", body = ApiError),
))]
pub(super) async fn ready(State(app): State<AppState>) -> Result<&'static str, AppError> {
    app.db.ping().await?;
    Ok("ok")
}
