//! `POST /api/me/alarm/dismiss`: the alarm that a session shows.

use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{EmptyRequest, route};

use crate::auth::freshness::Freshness;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::sessions::FullSession;
use crate::state::AppState;
use crate::store::transactions;

/// Dismisses the alarm about a code that was entered again, in this session. The user's other sessions still show it.
#[utoipa::path(post, path = route::MY_ALARM_DISMISS, tag = "me", request_body = EmptyRequest, responses(
    (status = 204, description = "Dismissed, or there was none"),
))]
pub(in crate::routes) async fn dismiss(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<StatusCode, AppError> {
    transactions::dismiss_alarm(&app.db, &session.authority(&client, Freshness::Any)).await?;
    Ok(StatusCode::NO_CONTENT)
}
