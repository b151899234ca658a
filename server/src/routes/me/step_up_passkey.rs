//! `/api/step-up/passkey`: a passkey during a session, which allows sensitive actions for a while.

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, PasskeyOptions, ShowPasskey, SteppedUp, route};

use crate::auth::freshness::FRESH_S;
use crate::clock::rfc3339;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::FullSession;
use crate::sign_in::{passkey, passkey_check};
use crate::state::AppState;
use crate::store::passkey_ceremonies::Purpose;
use crate::store::transactions::{self, PasskeyAccepted};

/// Options for using one of the user's own passkeys.
#[utoipa::path(post, path = route::STEP_UP_PASSKEY_OPTIONS, tag = "me", request_body = EmptyRequest, responses(
    (status = 200, description = "The options, valid for one response within 5 minutes", body = PasskeyOptions),
    (status = 403, description = "`passkey_not_allowed`", body = ApiError),
    (status = 409, description = "`no_passkey`", body = ApiError),
))]
pub(in crate::routes) async fn options(
    State(app): State<AppState>,
    session: FullSession,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Json<PasskeyOptions>, AppError> {
    Ok(Json(passkey::options_to_show(&app, &session, Purpose::StepUp).await?))
}

/// Shows the second factor again. The same counters as at log-in apply.
#[utoipa::path(post, path = route::STEP_UP_PASSKEY, tag = "me", request_body = ShowPasskey, responses(
    (status = 200, description = "Sensitive actions are allowed for a while", body = SteppedUp),
    (status = 400, description = "Not an authenticator's response; does not count as an attempt", body = ApiError),
    (status = 401, description = "`unknown_passkey`, `invalid_passkey`, `passkey_expired`, `passkey_counter`, `passkey_changed`, \
                                  `passkey_not_verified`, or `session_expired`", body = ApiError),
    (status = 403, description = "`passkey_wrong_origin`, or `passkey_not_allowed`", body = ApiError),
    (status = 429, description = "Too many attempts", body = ApiError),
))]
pub(in crate::routes) async fn show(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    cookies: Cookies,
    Body(ShowPasskey { credential }): Body<ShowPasskey>,
) -> Result<Json<SteppedUp>, AppError> {
    let shown = passkey_check::verify_own(&app, &session, Purpose::StepUp, &client, &cookies, credential).await?;
    let now = app.clock.now();
    let (token, address) = (session.token(), client.address());
    match transactions::show_passkey_again(&app.db, &session, token, &shown.to_record(), address, now).await? {
        PasskeyAccepted::Yes => Ok(Json(SteppedUp { until: rfc3339(now + FRESH_S) })),
        refused => Err(shown.refuse(&app, &client, refused).await),
    }
}
