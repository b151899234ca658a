//! `GET /api/flow`: where this browser stands.

use axum::extract::State;
use postern_types::{ApiError, Step, route};

use super::step::{Answer, step_of};
use crate::error::AppError;
use crate::extract::{AnySession, Client, Cookies};
use crate::state::AppState;

/// Where this browser stands. Never an error for a missing or dead cookie.
#[utoipa::path(get, path = route::FLOW, responses(
    (status = 200, description = "The step", body = Step),
    (status = 503, description = "The database cannot be reached", body = ApiError),
))]
pub(super) async fn flow(
    State(app): State<AppState>,
    cookies: Cookies,
    session: AnySession,
    client: Client,
) -> Result<Answer, AppError> {
    let step = step_of(&app, &session, &client).await?;
    Ok(if step == Step::Credentials && cookies.names_session { Answer::logged_out() } else { Answer::new(step) })
}
