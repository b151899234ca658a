//! `POST /api/sign-in/recovery`: a recovery code, in place of the one-time code.

use axum::extract::State;
use postern_types::{ApiError, Reason, RecoveryCodeRequest, Step, route};

use crate::auth::look_up_secret::RecoveryCode;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::{AppError, malformed};
use crate::http::sessions::PendingSession;
use crate::sign_in::proof::Proof;
use crate::sign_in::recovery_code;
use crate::sign_in::second_factor;
use crate::sign_in::step::Answer;
use crate::state::AppState;

/// Completes a log-in with a recovery code, which works once. It is counted like a one-time code, but works even if too many wrong
/// codes have disabled one-time codes, and enables them again.
#[utoipa::path(post, path = route::SIGN_IN_RECOVERY, request_body = RecoveryCodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie and `recovery_codes_left`", body = Step),
    (status = 400, description = "Not a recovery code; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
    (status = 503, description = "Too many log-ins at once", body = ApiError),
))]
pub(in crate::routes) async fn recovery(
    State(app): State<AppState>,
    session: PendingSession,
    client: Client,
    cookies: Cookies,
    Body(RecoveryCodeRequest { recovery_code: typed }): Body<RecoveryCodeRequest>,
) -> Result<Answer, AppError> {
    if !session.has_second_factor() {
        return Err(ApiError::OutOfStep.into());
    }
    let Some(code) = RecoveryCode::parse(&typed) else {
        return Err(malformed("recovery_code", Reason::NotARecoveryCode).into());
    };
    let (hash, left) = recovery_code::verify(&app, &session, &client, &cookies, code).await?;
    second_factor::complete(&app, &session, &client, &cookies, Proof::RecoveryCode { hash: &hash, left }).await
}
