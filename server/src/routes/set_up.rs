//! `POST /api/set-up/confirm`: the first code of a new authenticator app.

use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Step, route};

use super::second_factor::{With, count, promote, refuse};
use super::step::{Answer, bound_to};
use crate::auth::throttle;
use crate::auth::totp::{TotpSecret, matching_step};
use crate::error::AppError;
use crate::extract::{Body, Client, Cookies, PendingSession};
use crate::state::AppState;
use crate::store::factors;
use crate::store::login_history::Outcome;

/// A right code makes the factor active and completes the log-in (R4). A wrong one changes nothing: the same secret stays.
#[utoipa::path(post, path = route::SET_UP_CONFIRM, request_body = CodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Not six digits; does not count as a try", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "The user has a second factor already", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(super) async fn confirm(
    State(app): State<AppState>,
    PendingSession(session, token): PendingSession,
    client: Client,
    cookies: Cookies,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Answer, AppError> {
    if session.two_factor_since.is_some() {
        return Err(refuse(&app, &session, &client, Outcome::SetUpRefused).await);
    }
    count(&app, &session, &throttle::set_up_counter(&session.user_id)).await?;
    let Some(sealed) = factors::pending(&app.db, &session.id).await? else {
        return Err(ApiError::OutOfStep.into());
    };
    let secret = app.cipher.open(&sealed, &bound_to(&session.user_id)).map_err(anyhow::Error::from)?;
    let secret = TotpSecret::from_bytes(&secret);
    match matching_step(&secret, &code, app.clock.now(), app.config.totp_window) {
        Some(step) => promote(&app, &session, &token, &client, cookies, With::SetUp(&sealed, step)).await,
        None => Err(refuse(&app, &session, &client, Outcome::WrongCode).await),
    }
}
