//! `/api/me/authenticator`: set up an authenticator app voluntarily, or replace the current one. The old one stays valid until
//! the new one is confirmed (R4).

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, ConfirmSetUp, MyAuthenticator, NewAuthenticator, Outcome, SetUp, Step, route};

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::Sealed;
use crate::auth::freshness::Freshness;
use crate::auth::token::Token;
use crate::auth::totp::{TotpSecret, matching_step};
use crate::clock::rfc3339;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::{FreshSession, FullSession};
use crate::mail::Mail;
use crate::sign_in::recovery_codes::new_set;
use crate::sign_in::second_factor::{self, Shows};
use crate::sign_in::step::{Answer, set_up_material};
use crate::sign_in::{diagnosis, own_password, secrets, set_up_code};
use crate::state::AppState;
use crate::store::factors::{self, Accepted};
use crate::store::recovery_codes;
use crate::store::transactions::{self, Replacement};

/// Whether the user has an authenticator app. Its secret is never shown again.
#[utoipa::path(get, path = route::MY_AUTHENTICATOR, tag = "me", responses(
    (status = 200, description = "Since when the user has one", body = MyAuthenticator),
))]
pub(in crate::routes) async fn get(
    State(app): State<AppState>,
    session: FullSession,
) -> Result<Json<MyAuthenticator>, AppError> {
    let disabled_since = factors::disabled_since(&app.db, session.user_id()).await?;
    let since = factors::since(&app.db, session.user_id()).await?;
    Ok(Json(MyAuthenticator { since: since.map(rfc3339), disabled_since: disabled_since.map(rfc3339) }))
}

/// Begins a set-up or a replacement. Needs the password, and a fresh code of the app that is to be replaced.
#[utoipa::path(post, path = route::MY_AUTHENTICATOR, tag = "me", request_body = NewAuthenticator, responses(
    (status = 200, description = "The new secret; the same one until it is confirmed", body = SetUp),
    (status = 401, description = "`invalid_credentials`: the password is wrong; or `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
))]
pub(in crate::routes) async fn begin(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    Body(NewAuthenticator { current_password }): Body<NewAuthenticator>,
) -> Result<Json<SetUp>, AppError> {
    own_password::verify(&app, &session, &client, current_password).await?;
    let place = AssociatedData::TotpSecret(session.user_id());
    let fresh = app.cipher.seal(TotpSecret::random().expose(), place);
    let by = session.authority(&client, Freshness::FreshIfSetUp);
    let sealed = transactions::begin_replacement(&app.db, &by, &fresh).await?;
    let secret = app.cipher.open(&sealed, place).map_err(anyhow::Error::from)?;
    Ok(Json(set_up_material(&app, &session, &TotpSecret::from_bytes(&secret)).await?))
}

/// A correct code activates the new app and ends all other sessions (R27). After a wrong one the refusal says what is wrong, if the server
/// can find out.
#[utoipa::path(post, path = route::MY_AUTHENTICATOR_CONFIRM, tag = "me", request_body = ConfirmSetUp, responses(
    (status = 200, description = "Step `signed_in`, or `recovery_codes` where there are none yet, with a new session cookie", body = Step),
    (status = 400, description = "Neither six nor eight digits; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, `invalid_set_up_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 409, description = "`out_of_step`: no set-up was begun", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(in crate::routes) async fn confirm(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    cookies: Cookies,
    Body(ConfirmSetUp { code, set_up_code }): Body<ConfirmSetUp>,
) -> Result<Answer, AppError> {
    let now = app.clock.now();
    let user_id = session.user_id();
    let Some(sealed) = factors::pending(&app.db, session.id()).await? else {
        return Err(ApiError::OutOfStep.into());
    };
    let shows = Shows::code(user_id, &client);
    let check = set_up_code::Check::begin(&app, &session, shows, &cookies).await?;
    let set_up_code = check.verify(&app, shows, set_up_code.as_deref()).await?;
    let secret = app.cipher.open(&sealed, AssociatedData::TotpSecret(user_id)).map_err(anyhow::Error::from)?;
    let secret = TotpSecret::from_bytes(&secret);
    let Some(step) = matching_step(&secret, &code, now, app.config.totp.window) else {
        return Err(diagnosis::refuse(&app, shows, &secret, &code).await);
    };
    let token = Token::random();
    let new_token = token.hash();
    let renewal = session.renewal(&new_token, now);
    let replaces = factors::since(&app.db, user_id).await?.is_some();
    let mail = if replaces { Mail::TwoFactorReplaced { at: now } } else { Mail::TwoFactorSetUp { at: now } };
    let notice = app.mail(session.email(), &mail);
    let new_codes = if recovery_codes::are_to_be_offered(&app.db, user_id).await? {
        Some(new_set(&app, (user_id, session.id()), &client, None).await?)
    } else {
        None
    };
    let (db, renewal, notice) = (&app.db, &renewal, &notice);
    let (address, set_up_code, recovery_codes) = (client.address(), set_up_code.as_ref(), new_codes.as_ref());
    let accept = |sealed: Sealed| async move {
        let replacement = Replacement { renewal, sealed: &sealed, step, address, set_up_code, recovery_codes };
        transactions::replace_factor(db, &replacement, notice).await
    };
    match secrets::accept_first_code(&app, &session, &sealed, accept).await? {
        Accepted::Yes => Ok(Answer::of_token(&app, new_token, &client).await?.with_session(&token)),
        Accepted::NoSetUpCode => Err(second_factor::refuse(&app, shows, Outcome::WrongSetUpCode).await),
        Accepted::Replayed | Accepted::TooLate => Err(ApiError::SessionExpired.into()),
    }
}
