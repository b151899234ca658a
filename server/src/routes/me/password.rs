//! `POST /api/me/password`: change one's own password.

use axum::extract::State;
use postern_types::{ApiError, ChangePassword, Step, route};

use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::sessions::FullSession;
use crate::sign_in::own_password;
use crate::sign_in::step::Answer;
use crate::state::AppState;

/// Changes one's own password (R19). All other sessions end; this one continues with a new token.
#[utoipa::path(post, path = route::MY_PASSWORD, tag = "me", request_body = ChangePassword, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason if it is not accepted", body = ApiError),
    (status = 401, description = "`invalid_credentials`: the current password is wrong; or `session_expired`", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
))]
pub(in crate::routes) async fn password(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    Body(ChangePassword { current_password, new_password }): Body<ChangePassword>,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    let old = own_password::verify(&app, &session, &client, current_password).await?;
    let new = own_password::hash_replacement(&app, &client, user_id, new_password, old.password_hash).await?;
    own_password::replace(&app, &session, &client, old.password_version, &new).await
}
