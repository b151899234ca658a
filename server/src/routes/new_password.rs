//! `POST /api/sign-in/new-password`: a password in place of one that is temporary or too old (R18).

use axum::extract::State;
use postern_types::{ApiError, Email, NewPassword, Password, Step, route};

use super::step::{Answer, answer};
use crate::auth::password::{PasswordHash, Verdict};
use crate::auth::password_policy;
use crate::auth::token::{Token, TokenHash};
use crate::error::AppError;
use crate::extract::{Body, Client, NewPasswordSession, malformed};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::passwords::{self, FromSession};
use crate::store::sessions::Session;

/// Replaces the password and completes the log-in; all other sessions of the user end.
#[utoipa::path(post, path = route::SIGN_IN_NEW_PASSWORD, tag = "log-in", request_body = NewPassword, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason where it is not accepted", body = ApiError),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
))]
pub(super) async fn new_password(
    State(app): State<AppState>,
    NewPasswordSession(session, token): NewPasswordSession,
    client: Client,
    Body(NewPassword { new_password }): Body<NewPassword>,
) -> Result<Answer, AppError> {
    check(&app, &session.email, &session.name, &new_password)?;
    let old = passwords::hash(&app.db, &session.user_id).await?.ok_or(ApiError::SessionExpired)?;
    let same = Password::new(new_password.expose().to_owned());
    if app.hasher.admit()?.verify(same, Some(old.clone())).await? != Verdict::Wrong {
        return Err(malformed("new_password", "it is the password that you have now").into());
    }
    replace(&app, &session, &token, &client, &old, new_password).await
}

/// Stores the new password in place of the one that was compared, tells the user, and gives the session a new token.
pub(super) async fn replace(
    app: &AppState,
    session: &Session,
    token: &TokenHash,
    client: &Client,
    old: &PasswordHash,
    new_password: Password,
) -> Result<Answer, AppError> {
    let new = app.hasher.admit()?.hash(new_password).await?;
    let (fresh, now) = (Token::random(), app.clock.now());
    let to = fresh.hash();
    let from = FromSession { session_id: &session.id, user_id: &session.user_id, from: token, to: &to, now };
    let told = app.mail(&Email::from_stored(session.email.clone()), &Mail::PasswordChanged { at: now });
    if !passwords::replace(&app.db, from, old, &new, &told).await? {
        return Err(ApiError::SessionExpired.into());
    }
    app.mail_waits.notify_one();
    Ok(answer(app, &to, client).await?.with_session(&fresh))
}

/// Refuses a password that is easy to guess, with the reason (R15).
pub(super) fn check(app: &AppState, email: &str, name: &str, password: &Password) -> Result<(), ApiError> {
    let about_user = [email, name, &app.config.brand.product_name];
    password_policy::check(password, &about_user).map_err(|reason| malformed("new_password", &reason))
}
