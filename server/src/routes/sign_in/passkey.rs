//! `/api/sign-in/passkey`: a passkey, as the second factor after the password or alone.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use postern_types::{ApiError, EmptyRequest, PasskeyOptions, ShowPasskey, Step, route};

use crate::auth::token::Token;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::{self, Cookies, passkey_cookie};
use crate::http::error::AppError;
use crate::http::sessions::AnySession;
use crate::sign_in::step::Answer;
use crate::sign_in::{passkey, passkey_check, passkey_sign_in};
use crate::state::AppState;
use crate::store::passkey_ceremonies::Purpose;

/// Options for using a passkey. After the password, they list the user's own passkeys; otherwise they are for any passkey, and a cookie
/// binds them to this browser.
#[utoipa::path(post, path = route::SIGN_IN_PASSKEY_OPTIONS, request_body = EmptyRequest, responses(
    (status = 200, description = "The options, valid for one response within 5 minutes", body = PasskeyOptions),
    (status = 403, description = "`passkey_not_allowed`", body = ApiError),
    (status = 409, description = "`no_passkey`: the password was shown, but the user has no passkey", body = ApiError),
    (status = 429, description = "Too many requests without a session", body = ApiError),
))]
pub(in crate::routes) async fn options(
    State(app): State<AppState>,
    session: AnySession,
    client: Client,
    cookies: Cookies,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Response, AppError> {
    if let AnySession::Pending(session) = session {
        let options = passkey::options_to_show(&app, &session, Purpose::SecondFactor).await?;
        return Ok(Json(options).into_response());
    }
    let browser = cookies.passkey().cloned().unwrap_or_else(Token::random);
    let mut response = Json(passkey::options_to_sign_in(&app, &client, &cookies, &browser).await?).into_response();
    cookies::set(&mut response, &passkey_cookie(&browser));
    Ok(response)
}

/// Completes a log-in with a passkey: after the password as the second factor, otherwise alone.
#[utoipa::path(post, path = route::SIGN_IN_PASSKEY, request_body = ShowPasskey, responses(
    (status = 200, description = "Step `signed_in`, `recovery_codes` or `new_password`, with a new session cookie", body = Step),
    (status = 400, description = "Not an authenticator's response; does not count as an attempt", body = ApiError),
    (status = 401, description = "`unknown_passkey`, `invalid_passkey`, `passkey_expired`, `passkey_counter`, `passkey_changed`, \
                                  `passkey_not_verified`, or `session_expired`", body = ApiError),
    (status = 403, description = "`passkey_wrong_origin`, `passkey_not_allowed`, or `address_refused`", body = ApiError),
    (status = 429, description = "Too many attempts", body = ApiError),
))]
pub(in crate::routes) async fn show(
    State(app): State<AppState>,
    session: AnySession,
    client: Client,
    cookies: Cookies,
    Body(ShowPasskey { credential }): Body<ShowPasskey>,
) -> Result<Answer, AppError> {
    if let AnySession::Pending(session) = session {
        let purpose = Purpose::SecondFactor;
        let shown = passkey_check::verify_own(&app, &session, purpose, &client, &cookies, credential).await?;
        return passkey_sign_in::complete(&app, &session, &client, &cookies, &shown).await;
    }
    let shown = passkey_check::verify_alone(&app, &client, &cookies, credential).await?;
    passkey_sign_in::begin(&app, &client, &cookies, &shown).await
}
