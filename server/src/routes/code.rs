//! `POST /api/sign-in/code`: the one-time code of a later log-in.

use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Step, route};

use super::second_factor::{With, count, promote, refuse};
use super::step::{Answer, bound_to};
use crate::auth::throttle;
use crate::auth::totp::{TotpSecret, matching_step};
use crate::error::AppError;
use crate::extract::{Body, Client, Cookies, PendingSession};
use crate::flow::{Next, Standing, next_step};
use crate::state::AppState;
use crate::store::factors;
use crate::store::login_history::Outcome;

/// The one-time code of a later log-in.
#[utoipa::path(post, path = route::SIGN_IN_CODE, request_body = CodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Not six digits; does not count as a try", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`second_factor_unusable`: an administrator must reset it", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(super) async fn code(
    State(app): State<AppState>,
    PendingSession(session, token): PendingSession,
    client: Client,
    cookies: Cookies,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Answer, AppError> {
    if next_step(Standing::Pending { has_factor: session.two_factor_since.is_some() }) != Next::Code {
        return Err(ApiError::OutOfStep.into());
    }
    count(&app, &session, &throttle::code_counter(&session.user_id)).await?;
    let Some(secret) = active_secret(&app, &session.user_id).await? else {
        return Err(refuse(&app, &session, &client, Outcome::FactorUnusable).await);
    };
    let Some(step) = matching_step(&secret, &code, app.clock.now(), app.config.totp_window) else {
        return Err(refuse(&app, &session, &client, Outcome::WrongCode).await);
    };
    promote(&app, &session, &token, &client, cookies, With::Factor(step)).await
}

/// The secret of the user's factor. `None` where it is missing, disabled or damaged: never a way around it (R13).
pub(super) async fn active_secret(app: &AppState, user_id: &str) -> Result<Option<TotpSecret>, AppError> {
    let Some(sealed) = factors::active(&app.db, user_id).await? else {
        tracing::error!(user = user_id, "the second factor is missing or disabled; reset it");
        return Ok(None);
    };
    let opened = app.cipher.open(&sealed, &bound_to(user_id));
    if let Err(error) = opened {
        tracing::error!(user = user_id, %error, "the second factor is damaged; reset it");
    }
    Ok(opened.ok().map(|bytes| TotpSecret::from_bytes(&bytes)))
}
