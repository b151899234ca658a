//! `POST /api/step-up`: a one-time code in the middle of a session, so that sensitive actions pass for a while.

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, CodeRequest, SteppedUp, route};

use super::admin::FRESH_S;
use super::code::active_secret;
use super::second_factor::{count, refuse};
use crate::auth::throttle;
use crate::auth::totp::matching_step;
use crate::clock::rfc3339;
use crate::error::AppError;
use crate::extract::{Body, Client, FullSession};
use crate::state::AppState;
use crate::store::factors::{self, Accepted};
use crate::store::login_history::Outcome;

/// Shows the second factor again. The same counter as at log-in applies, and a code works once.
#[utoipa::path(post, path = route::STEP_UP, tag = "me", request_body = CodeRequest, responses(
    (status = 200, description = "Sensitive actions pass for a while", body = SteppedUp),
    (status = 400, description = "Not six digits; does not count as a try", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`second_factor_required`: there is none; `second_factor_unusable`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(super) async fn step_up(
    State(app): State<AppState>,
    FullSession(session, _): FullSession,
    client: Client,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Json<SteppedUp>, AppError> {
    if session.two_factor_since.is_none() {
        return Err(ApiError::SecondFactorRequired.into());
    }
    count(&app, &session, &throttle::code_counter(&session.user_id)).await?;
    let Some(secret) = active_secret(&app, &session.user_id).await? else {
        return Err(refuse(&app, &session, &client, Outcome::FactorUnusable).await);
    };
    let now = app.clock.now();
    let Some(step) = matching_step(&secret, &code, now, app.config.totp.window) else {
        return Err(refuse(&app, &session, &client, Outcome::WrongCode).await);
    };
    match factors::show_again(&app.db, &session, step, client.address, now).await? {
        Accepted::Yes => Ok(Json(SteppedUp { until: rfc3339(now + FRESH_S) })),
        Accepted::Replayed => Err(refuse(&app, &session, &client, Outcome::Replayed).await),
        Accepted::TooLate => Err(ApiError::SessionExpired.into()),
    }
}
