//! What a user does with the recovery codes that are shown after a set-up or a log-in.

use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, Step, route};

use crate::auth::freshness::Freshness;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::sessions::FullSession;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::transactions::{self, Shown};

/// The codes are not shown again.
#[utoipa::path(post, path = route::RECOVERY_CODES_SAVED, request_body = EmptyRequest, responses(
    (status = 200, description = "Step `signed_in`", body = Step),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 409, description = "`out_of_step`: no codes are shown", body = ApiError),
))]
pub(in crate::routes) async fn saved(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    settle(&app, &session, &client, Shown::Saved).await
}

/// The codes stop working, and are not offered again before a reset. The user can create some under *My security*.
#[utoipa::path(post, path = route::RECOVERY_CODES_DECLINE, request_body = EmptyRequest, responses(
    (status = 200, description = "Step `signed_in`", body = Step),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 409, description = "`out_of_step`: no codes are shown", body = ApiError),
))]
pub(in crate::routes) async fn decline(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    settle(&app, &session, &client, Shown::Declined).await
}

async fn settle(app: &AppState, session: &FullSession, client: &Client, shown: Shown) -> Result<Answer, AppError> {
    let by = session.authority(client, Freshness::Any);
    if !transactions::settle_recovery_codes(&app.db, &by, shown).await? {
        return Err(ApiError::OutOfStep.into());
    }
    Answer::of_token(app, session.token().clone(), client).await
}
