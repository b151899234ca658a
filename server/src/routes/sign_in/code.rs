//! `POST /api/sign-in/code`: the one-time code of a later log-in.

use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Step, route};

use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::sign_in::proof::Proof;
use crate::sign_in::second_factor;
use crate::sign_in::secrets;
use crate::sign_in::step::Answer;
use crate::state::AppState;

/// The one-time code of a later log-in.
#[utoipa::path(post, path = route::SIGN_IN_CODE, request_body = CodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Neither six nor eight digits; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`second_factor_unusable`: a recovery code or a reset helps", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(in crate::routes) async fn code(
    State(app): State<AppState>,
    session: PendingSession,
    client: Client,
    cookies: Cookies,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Answer, AppError> {
    if !secrets::expects_code(&app, &session).await? {
        return Err(ApiError::OutOfStep.into());
    }
    let step = second_factor::verify(&app, &session, &client, &cookies, &code).await?;
    second_factor::complete(&app, &session, &client, &cookies, Proof::Code(step)).await
}
