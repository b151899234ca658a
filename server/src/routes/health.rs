//! Health checks.

use axum::extract::State;
use postern_types::ApiError;

use crate::http::error::AppError;
use crate::state::AppState;
use crate::store::meta;

/// Whether the process is running.
#[utoipa::path(get, path = "/health/live", responses((status = 200, description = "`ok`", body = String)))]
pub(super) async fn live() -> &'static str {
    "ok"
}

/// Whether the process can serve requests: its database can be written. A write is tried once a second at most, so that
/// checks cost nothing.
#[utoipa::path(get, path = "/health/ready", responses(
    (status = 200, description = "`ok`", body = String),
    (status = 503, description = "The database cannot be reached or written", body = ApiError),
))]
pub(super) async fn ready(State(app): State<AppState>) -> Result<&'static str, AppError> {
    let mut wrote_at = app.wrote_at.lock().await;
    let now = app.clock.now();
    if *wrote_at == Some(now) {
        app.db.ping().await?;
    } else {
        *wrote_at = None;
        meta::try_to_write(&app.db, now).await?;
        *wrote_at = Some(now);
    }
    Ok("ok")
}
