//! `POST /api/step-up`: a one-time code during a session, which allows sensitive actions for a while.

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Outcome, SteppedUp, route};

use crate::auth::freshness::FRESH_S;
use crate::clock::rfc3339;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::FullSession;
use crate::sign_in::replay::report_replay;
use crate::sign_in::second_factor::{self, Shows};
use crate::sign_in::secrets;
use crate::state::AppState;
use crate::store::factors::Accepted;
use crate::store::transactions;

/// Shows the second factor again. The same counter as at log-in applies, and a code works once.
#[utoipa::path(post, path = route::STEP_UP, tag = "me", request_body = CodeRequest, responses(
    (status = 200, description = "Sensitive actions are allowed for a while", body = SteppedUp),
    (status = 400, description = "Neither six nor eight digits; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`second_factor_required`: the user has none; or `second_factor_unusable`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(in crate::routes) async fn step_up(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    cookies: Cookies,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Json<SteppedUp>, AppError> {
    if !secrets::expects_code(&app, &session).await? {
        return Err(ApiError::SecondFactorRequired.into());
    }
    let step = second_factor::verify(&app, &session, &client, &cookies, &code).await?;
    let now = app.clock.now();
    match transactions::show_factor_again(&app.db, &session, session.token(), step, client.address(), now).await? {
        Accepted::Yes => Ok(Json(SteppedUp { until: rfc3339(now + FRESH_S) })),
        Accepted::Replayed => {
            report_replay(&app, &session, &client, step).await?;
            Err(second_factor::refuse(&app, Shows::code(session.user_id(), &client), Outcome::Replayed).await)
        }
        Accepted::TooLate | Accepted::NoSetUpCode => Err(ApiError::SessionExpired.into()),
    }
}
