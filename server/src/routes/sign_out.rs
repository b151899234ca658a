//! `POST /api/sign-out`: end the session.

use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, Step, route};

use super::step::Answer;
use crate::error::AppError;
use crate::extract::{Body, Cookies};
use crate::state::AppState;
use crate::store::sessions;

/// Ends the session of this browser at the server (R27). Ending what has ended is no error.
#[utoipa::path(post, path = route::SIGN_OUT, request_body = EmptyRequest, responses(
    (status = 200, description = "Step `credentials`", body = Step),
    (status = 403, description = "Caused by a page of another origin", body = ApiError),
))]
pub(super) async fn sign_out(
    State(app): State<AppState>,
    cookies: Cookies,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    if let Some(token) = cookies.session {
        sessions::end(&app.db, &token.hash()).await?;
    }
    Ok(Answer::logged_out())
}
