//! `POST /api/sign-in/new-password`: replaces a password that is temporary or expired, or the one from before a lockdown (R18).

use axum::extract::State;
use postern_types::{ApiError, NewPassword, Step, route};

use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::sessions::NewPasswordSession;
use crate::sign_in::own_password;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::users;

/// Replaces the password and completes the log-in; all other sessions of the user end.
#[utoipa::path(post, path = route::SIGN_IN_NEW_PASSWORD, tag = "log-in", request_body = NewPassword, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason if it is not accepted", body = ApiError),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many passwords that were not accepted", body = ApiError),
))]
pub(in crate::routes) async fn new_password(
    State(app): State<AppState>,
    session: NewPasswordSession,
    client: Client,
    Body(NewPassword { new_password }): Body<NewPassword>,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    let old = users::password(&app.db, user_id).await?.ok_or(ApiError::SessionExpired)?;
    let new = own_password::hash_replacement(&app, &client, user_id, new_password, old.password_hash).await?;
    own_password::replace(&app, &session, &client, old.password_version, &new).await
}
