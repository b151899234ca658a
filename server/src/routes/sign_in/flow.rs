//! `GET /api/flow`: the current step of this browser.

use axum::extract::State;
use postern_types::{ApiError, Step, route};

use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::AnySession;
use crate::sign_in::step::Answer;
use crate::state::AppState;

/// The current step of this browser. A missing or expired cookie is not an error.
#[utoipa::path(get, path = route::FLOW, responses(
    (status = 200, description = "The step", body = Step),
    (status = 503, description = "The database cannot be reached", body = ApiError),
))]
pub(in crate::routes) async fn flow(
    State(app): State<AppState>,
    cookies: Cookies,
    session: AnySession,
    client: Client,
) -> Result<Answer, AppError> {
    let answer = Answer::of(&app, &session, &client).await?;
    Ok(if answer.is_logged_out() && cookies.names_session() { Answer::logged_out() } else { answer })
}
