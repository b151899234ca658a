//! `POST /api/sign-in/cancel`: cancel a log-in.

use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, Step, route};

use crate::http::body::Body;
use crate::http::error::AppError;
use crate::http::sessions::AnySession;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::sessions;

/// Cancels an incomplete log-in. A full session is not touched; use sign-out for that.
#[utoipa::path(post, path = route::SIGN_IN_CANCEL, request_body = EmptyRequest, responses(
    (status = 200, description = "Step `credentials`", body = Step),
    (status = 409, description = "`out_of_step`: the log-in is complete", body = ApiError),
))]
pub(in crate::routes) async fn cancel(
    State(app): State<AppState>,
    session: AnySession,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    match session {
        AnySession::Full(_) => return Err(ApiError::OutOfStep.into()),
        AnySession::NewPassword(session) => sessions::end(&app.db, session.token()).await?,
        AnySession::Pending(session) => sessions::end(&app.db, session.token()).await?,
        AnySession::None => {}
    }
    Ok(Answer::logged_out())
}
