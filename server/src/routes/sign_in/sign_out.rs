//! `POST /api/sign-out`: end the session.

use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, Step, route};

use crate::http::body::Body;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::AnySession;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::sessions;

/// Ends the session of this browser on the server (R27). It is not an error if there is none.
#[utoipa::path(post, path = route::SIGN_OUT, request_body = EmptyRequest, responses(
    (status = 200, description = "Step `credentials`", body = Step),
    (status = 403, description = "Caused by a page of another origin", body = ApiError),
    (status = 409, description = "`another_user`", body = ApiError),
))]
pub(in crate::routes) async fn sign_out(
    State(app): State<AppState>,
    _of_this_page: AnySession,
    cookies: Cookies,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    if let Some(token) = cookies.session() {
        sessions::end(&app.db, &token).await?;
    }
    Ok(Answer::logged_out())
}
