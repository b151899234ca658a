//! `POST /api/sign-in/new-password`: replaces a password that is temporary or expired (R18).

use axum::extract::State;
use postern_types::{ApiError, NewPassword, Password, Reason, Step, route};

use crate::auth::password::Verdict;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::{AppError, malformed};
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
))]
pub(in crate::routes) async fn new_password(
    State(app): State<AppState>,
    session: NewPasswordSession,
    client: Client,
    Body(NewPassword { new_password }): Body<NewPassword>,
) -> Result<Answer, AppError> {
    own_password::check_new(&app, session.email().as_str(), session.name(), &new_password)?;
    let old = users::password_hash(&app.db, session.user_id()).await?.ok_or(ApiError::SessionExpired)?;
    let same = Password::new(new_password.expose().to_owned());
    if app.hasher.admit()?.verify(same, Some(old.clone())).await? != Verdict::Wrong {
        return Err(malformed("new_password", Reason::SamePassword).into());
    }
    own_password::replace(&app, &session, &client, &old, new_password).await
}
