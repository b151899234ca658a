//! `/api/step-up/passkey`: a passkey during a session, which allows sensitive actions for a while.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use postern_types::{ApiError, EmptyRequest, PasskeyOptions, ShowPasskey, SteppedUp, route};

use super::step_up::stepped_up;
use crate::auth::token::Token;
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
    (status = 200, description = "Sensitive actions are allowed for a while; with a new session cookie", body = SteppedUp),
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
) -> Result<Response, AppError> {
    let shown = passkey_check::verify_own(&app, &session, Purpose::StepUp, &client, &cookies, credential).await?;
    let (now, token) = (app.clock.now(), Token::random());
    let new_token = token.hash();
    let renewal = session.renewal(&new_token, now);
    match transactions::show_passkey_again(&app.db, &renewal, &shown.to_record(), client.address()).await? {
        PasskeyAccepted::Yes => Ok(stepped_up(&token, now)),
        refused => Err(shown.refuse(&app, &client, refused).await),
    }
}
