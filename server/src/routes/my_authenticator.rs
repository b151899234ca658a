//! `/api/me/authenticator`: set up an authenticator app where no account demands it, or replace the one that there is. The
//! old one stays valid until the new one is confirmed (R4).

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Email, MyAuthenticator, NewAuthenticator, SetUp, Step, route};

use super::admin::require_fresh_if_any;
use super::me::verify_own;
use super::second_factor::{count, refuse};
use super::step::{Answer, answer, bound_to, set_up_material};
use crate::auth::throttle;
use crate::auth::token::Token;
use crate::auth::totp::{TotpSecret, matching_step};
use crate::clock::rfc3339;
use crate::error::AppError;
use crate::extract::{Body, Client, FullSession};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::factors::{self, Accepted};
use crate::store::login_history::Outcome;
use crate::store::passwords::FromSession;

/// Whether one has an authenticator app. Its secret is never told again.
#[utoipa::path(get, path = route::MY_AUTHENTICATOR, tag = "me", responses(
    (status = 200, description = "Since when", body = MyAuthenticator),
    (status = 401, description = "`session_expired`", body = ApiError),
))]
pub(super) async fn get(FullSession(session, _): FullSession) -> Json<MyAuthenticator> {
    Json(MyAuthenticator { since: session.two_factor_since.map(rfc3339) })
}

/// Begins a set-up or a replacement: asks for the password, and for a fresh code of the app that is to be replaced.
#[utoipa::path(post, path = route::MY_AUTHENTICATOR, tag = "me", request_body = NewAuthenticator, responses(
    (status = 200, description = "The new secret; the same until it is confirmed", body = SetUp),
    (status = 401, description = "`invalid_credentials`: the password is wrong; or `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
))]
pub(super) async fn begin(
    State(app): State<AppState>,
    FullSession(session, _): FullSession,
    Body(NewAuthenticator { current_password }): Body<NewAuthenticator>,
) -> Result<Json<SetUp>, AppError> {
    let now = app.clock.now();
    require_fresh_if_any(&session, now)?;
    verify_own(&app, &session, current_password).await?;
    let bound_to = bound_to(&session.user_id);
    let fresh = app.cipher.seal(TotpSecret::random().expose(), &bound_to);
    let sealed = factors::keep_replacement(&app.db, &session.id, &fresh, now).await?;
    let sealed = sealed.ok_or(ApiError::SessionExpired)?;
    let secret = app.cipher.open(&sealed, &bound_to).map_err(anyhow::Error::from)?;
    Ok(Json(set_up_material(&app, &session, &TotpSecret::from_bytes(&secret)).await?))
}

/// A right code makes the new app the one that counts, and ends all other sessions (R27).
#[utoipa::path(post, path = route::MY_AUTHENTICATOR_CONFIRM, tag = "me", request_body = CodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Not six digits; does not count as a try", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 409, description = "`out_of_step`: nothing was begun", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(super) async fn confirm(
    State(app): State<AppState>,
    FullSession(session, token): FullSession,
    client: Client,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Answer, AppError> {
    let now = app.clock.now();
    require_fresh_if_any(&session, now)?;
    let Some(sealed) = factors::pending(&app.db, &session.id).await? else { return Err(ApiError::OutOfStep.into()) };
    count(&app, &session, &throttle::set_up_counter(&session.user_id)).await?;
    let secret = app.cipher.open(&sealed, &bound_to(&session.user_id)).map_err(anyhow::Error::from)?;
    let secret = TotpSecret::from_bytes(&secret);
    let Some(step) = matching_step(&secret, &code, now, app.config.totp_window) else {
        return Err(refuse(&app, &session, &client, Outcome::WrongCode).await);
    };
    let fresh = Token::random();
    let to = fresh.hash();
    let from = FromSession { session_id: &session.id, user_id: &session.user_id, from: &token, to: &to, now };
    let email = Email::from_stored(session.email);
    let told = app.mail(
        &email,
        &match session.two_factor_since {
            Some(_) => Mail::TwoFactorReplaced { at: now },
            None => Mail::TwoFactorSetUp { at: now },
        },
    );
    let replaced = factors::replace(&app.db, from, &sealed, step, client.address, &told).await?;
    app.mail_waits.notify_one();
    match replaced {
        Accepted::Yes => Ok(answer(&app, &to, &client).await?.with_session(&fresh)),
        Accepted::Replayed | Accepted::TooLate => Err(ApiError::SessionExpired.into()),
    }
}
