//! `/api/me/recovery-codes`: how many are left, and a new set.

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, MyRecoveryCodes, RecoveryCodes, route};

use crate::auth::freshness::Freshness;
use crate::auth::throttle;
use crate::clock::rfc3339;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::sessions::FullSession;
use crate::mail::Mail;
use crate::sign_in::recovery_codes::{draw, grouped};
use crate::state::AppState;
use crate::store::{attempts, recovery_codes, transactions};

/// How many recovery codes the user has left. The codes are never shown again.
#[utoipa::path(get, path = route::MY_RECOVERY_CODES, tag = "me", responses(
    (status = 200, description = "How many are left", body = MyRecoveryCodes),
))]
pub(in crate::routes) async fn get(
    State(app): State<AppState>,
    session: FullSession,
) -> Result<Json<MyRecoveryCodes>, AppError> {
    let (left, created_at) = recovery_codes::left(&app.db, session.user_id()).await?;
    Ok(Json(MyRecoveryCodes { left, created_at: created_at.map(rfc3339) }))
}

/// Creates a new set. All earlier codes stop working.
#[utoipa::path(post, path = route::MY_RECOVERY_CODES, tag = "me", request_body = EmptyRequest, responses(
    (status = 200, description = "The new codes, shown only here", body = RecoveryCodes),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`; or `second_factor_required`: the user has none", body = ApiError),
    (status = 429, description = "Too many new sets", body = ApiError),
    (status = 503, description = "Too many log-ins at once", body = ApiError),
))]
pub(in crate::routes) async fn make(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Json<RecoveryCodes>, AppError> {
    session.require(Freshness::Fresh)?;
    let now = app.clock.now();
    let counters = [throttle::new_recovery_codes_counter(session.user_id())];
    attempts::take(&app.db, &counters, now).await?.or_refuse(now)?;
    let (codes, hashes) = draw(&app, session.user_id(), &client).await?;
    let notice = app.mail(session.email(), &Mail::RecoveryCodesMade { at: now });
    let by = session.authority(&client, Freshness::Fresh);
    transactions::make_recovery_codes(&app.db, &by, &hashes, &notice).await?;
    Ok(Json(RecoveryCodes { email: session.email().clone(), codes: grouped(&codes) }))
}
