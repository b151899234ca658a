//! `POST /api/set-up/confirm`: the first code of a new authenticator app.

use axum::extract::State;
use postern_types::{ApiError, ConfirmSetUp, Outcome, Step, route};

use crate::auth::associated_data::AssociatedData;
use crate::auth::totp::{TotpSecret, matching_step};
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::sign_in::proof::Proof;
use crate::sign_in::second_factor::{self, Shows};
use crate::sign_in::step::Answer;
use crate::sign_in::{diagnosis, set_up_code};
use crate::state::AppState;
use crate::store::factors;

/// A correct code activates the second factor and completes the log-in (R4). After a wrong one the same secret stays, and the refusal
/// says what is wrong, if the server can find out. A set-up code, if one is needed, is checked first.
#[utoipa::path(post, path = route::SET_UP_CONFIRM, request_body = ConfirmSetUp, responses(
    (status = 200, description = "Step `recovery_codes`, with a new session cookie", body = Step),
    (status = 400, description = "Neither six nor eight digits; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, `invalid_set_up_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "The user already has a second factor", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(in crate::routes) async fn confirm(
    State(app): State<AppState>,
    session: PendingSession,
    client: Client,
    cookies: Cookies,
    Body(ConfirmSetUp { code, set_up_code }): Body<ConfirmSetUp>,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    let shows = Shows::code(user_id, &client);
    if session.has_second_factor() {
        return Err(second_factor::refuse(&app, shows, Outcome::SetUpRefused).await);
    }
    let check = set_up_code::Check::begin(&app, &session, shows, &cookies).await?;
    let Some(sealed) = factors::pending(&app.db, session.id()).await? else {
        return Err(ApiError::OutOfStep.into());
    };
    let secret = app.cipher.open(&sealed, AssociatedData::TotpSecret(user_id)).map_err(anyhow::Error::from)?;
    let secret = TotpSecret::from_bytes(&secret);
    let set_up_code = check.verify(&app, shows, set_up_code.as_deref()).await?;
    let set_up_code = set_up_code.as_ref();
    match matching_step(&secret, &code, app.clock.now(), app.config.totp.window) {
        Some(step) => {
            let proof = Proof::FirstCode { sealed: &sealed, step, set_up_code };
            second_factor::complete(&app, &session, &client, &cookies, proof).await
        }
        None => Err(diagnosis::refuse(&app, shows, &secret, &code).await),
    }
}
