//! `/api/me/…`: one's own password and sessions.

use axum::Json;
use axum::extract::{RawPathParams, State};
use axum::http::StatusCode;
use postern_types::{ApiError, ChangePassword, MySession, Password, Step, route};

use super::new_password::{check, replace};
use super::step::Answer;
use crate::auth::password::{PasswordHash, Verdict};
use crate::auth::throttle::own_password_counter;
use crate::error::AppError;
use crate::extract::{Body, Client, FullSession, malformed};
use crate::state::AppState;
use crate::store::sessions::Session;
use crate::store::{attempts, passwords, sessions};

/// Changes one's own password (R19). All other sessions end; this one goes on under a new token.
#[utoipa::path(post, path = route::MY_PASSWORD, tag = "me", request_body = ChangePassword, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason where it is not accepted", body = ApiError),
    (status = 401, description = "`invalid_credentials`: the current password is wrong; or `session_expired`", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
))]
pub(super) async fn password(
    State(app): State<AppState>,
    FullSession(session, token): FullSession,
    client: Client,
    Body(ChangePassword { current_password, new_password }): Body<ChangePassword>,
) -> Result<Answer, AppError> {
    check(&app, &session.email, &session.name, &new_password)?;
    if current_password.expose() == new_password.expose() {
        return Err(malformed("new_password", "it is the password that you have now").into());
    }
    let old = verify_own(&app, &session, current_password).await?;
    replace(&app, &session, &token, &client, &old, new_password).await
}

/// Compares with the user's own password, counted first: a session that somebody else holds must not help to guess it.
pub(super) async fn verify_own(
    app: &AppState,
    session: &Session,
    password: Password,
) -> Result<PasswordHash, AppError> {
    let slot = app.hasher.admit()?;
    let (counters, now) = ([own_password_counter(&session.user_id)], app.clock.now());
    attempts::take(&app.db, &counters, now).await?.or_refuse(now)?;
    let old = passwords::hash(&app.db, &session.user_id).await?.ok_or(ApiError::SessionExpired)?;
    if slot.verify(password, Some(old.clone())).await? == Verdict::Wrong {
        return Err(ApiError::InvalidCredentials.into());
    }
    attempts::forgive(&app.db, &counters).await?;
    Ok(old)
}

/// One's own sessions, the latest first.
#[utoipa::path(get, path = route::MY_SESSIONS, tag = "me", responses(
    (status = 200, description = "The sessions", body = Vec<MySession>),
    (status = 401, description = "`session_expired`", body = ApiError),
))]
pub(super) async fn list_sessions(
    State(app): State<AppState>,
    FullSession(session, _): FullSession,
) -> Result<Json<Vec<MySession>>, AppError> {
    let (now, idle_s) = (app.clock.now(), app.config.sessions.idle_s);
    Ok(Json(sessions::of_user(&app.db, &session.user_id, &session.id, now, idle_s).await?))
}

/// Ends all of one's own sessions but this one.
#[utoipa::path(delete, path = route::MY_SESSIONS, tag = "me", responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "`session_expired`", body = ApiError),
))]
pub(super) async fn end_other_sessions(
    State(app): State<AppState>,
    FullSession(session, _): FullSession,
) -> Result<StatusCode, AppError> {
    sessions::end_others(&app.db, &session.user_id, &session.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = route::MY_SESSION, tag = "me", responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 404, description = "No such session of one's own", body = ApiError),
))]
pub(super) async fn end_session(
    State(app): State<AppState>,
    FullSession(session, _): FullSession,
    path: RawPathParams,
) -> Result<StatusCode, AppError> {
    let id = path.iter().find(|(name, _)| *name == "session").map_or("", |(_, value)| value);
    if !sessions::end_one(&app.db, &session.user_id, id).await? {
        return Err(ApiError::NotFound.into());
    }
    Ok(StatusCode::NO_CONTENT)
}
