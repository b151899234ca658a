//! `POST /api/set-up/confirm`: the first code of a new authenticator app.

use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Outcome, Step, route};

use crate::auth::throttle;
use crate::auth::totp::{TotpSecret, matching_step};
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::sign_in::second_factor::{self, Proof};
use crate::sign_in::secrets;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::factors;

/// A correct code activates the second factor and completes the log-in (R4). After a wrong one the same secret stays.
#[utoipa::path(post, path = route::SET_UP_CONFIRM, request_body = CodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Not six digits; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "The user already has a second factor", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(in crate::routes) async fn confirm(
    State(app): State<AppState>,
    session: PendingSession,
    client: Client,
    cookies: Cookies,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    if secrets::second_factors_of(&session).any() {
        return Err(second_factor::refuse(&app, user_id, &client, Outcome::SetUpRefused).await);
    }
    second_factor::count(&app, user_id, &client, &[throttle::set_up_counter(user_id)]).await?;
    let Some(sealed) = factors::pending(&app.db, session.id()).await? else {
        return Err(ApiError::OutOfStep.into());
    };
    let secret = app.cipher.open(&sealed, &secrets::bound_to(user_id)).map_err(anyhow::Error::from)?;
    let secret = TotpSecret::from_bytes(&secret);
    match matching_step(&secret, &code, app.clock.now(), app.config.totp.window) {
        Some(step) => second_factor::complete(&app, &session, &client, &cookies, Proof::FirstCode(&sealed, step)).await,
        None => Err(second_factor::refuse(&app, user_id, &client, Outcome::WrongCode).await),
    }
}
