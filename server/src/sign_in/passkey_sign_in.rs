//! Completes a log-in with a passkey: as the second factor, alone, or set up for the first time.

use postern_types::{ApiError, Factor, MyPasskeys, Outcome};

use super::passkey_check::Verified;
use super::recovery_codes::{new_set, set_to_offer};
use super::second_factor::{self, Shows};
use super::session::require_address;
use super::step::Answer;
use crate::auth::token::Token;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::ids::SessionId;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::known_browsers::KnownBrowser;
use crate::store::sessions::NewSession;
use crate::store::transactions::{self, Arrival, NewPasskey, PasskeyAccepted, PasskeyAdded, Promotion};

/// Completes a log-in that has shown the password.
pub(crate) async fn complete(
    app: &AppState,
    session: &PendingSession,
    client: &Client,
    cookies: &Cookies,
    passkey: &Verified,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    require_address(app, user_id, client, Factor::Passkey).await?;
    let now = app.clock.now();
    let new_codes = set_to_offer(app, (user_id, session.id()), client, session.email()).await?;
    let (token, browser, old_browser) = (Token::random(), Token::random(), cookies.browser());
    let new_token = token.hash();
    let alarm = app.mail(session.email(), &Mail::UnfamiliarSignIn { at: now, from: client.origin() });
    let promotion = Promotion {
        renewal: session.renewal(&new_token, now),
        factor: Factor::Passkey,
        expires_at: now + app.config.sessions.absolute_s,
        arrival: Arrival {
            browser: KnownBrowser { token: &browser.hash(), replaces: old_browser.as_ref() },
            address: client.address(),
            alarm: Some(&alarm),
        },
        recovery_codes: new_codes.as_ref(),
    };
    match transactions::complete_sign_in_by_passkey(&app.db, &promotion, &passkey.to_record()).await? {
        PasskeyAccepted::Yes => {
            Ok(Answer::of_token(app, new_token, client).await?.with_session(&token).with_browser(&browser))
        }
        refused => Err(passkey.refuse(app, client, refused).await),
    }
}

/// Logs in with a passkey alone, in place of the session that this browser had.
pub(crate) async fn begin(
    app: &AppState,
    client: &Client,
    cookies: &Cookies,
    passkey: &Verified,
) -> Result<Answer, AppError> {
    let owned = passkey.owned();
    require_address(app, &owned.user_id, client, Factor::Passkey).await?;
    let now = app.clock.now();
    let (token, browser, old_browser, replaced) =
        (Token::random(), Token::random(), cookies.browser(), cookies.session());
    let new_token = token.hash();
    let alarm = app.mail(&owned.email, &Mail::UnfamiliarSignIn { at: now, from: client.origin() });
    let id = SessionId::random();
    let new_codes = set_to_offer(app, (&owned.user_id, &id), client, &owned.email).await?;
    let new = NewSession {
        id: &id,
        token: &new_token,
        user_id: &owned.user_id,
        password_version: owned.password_version,
        now,
        expires_at: now + app.config.sessions.absolute_s,
        address: client.address(),
        user_agent: client.user_agent(),
        replaces: replaced.as_ref(),
    };
    let arrival = Arrival {
        browser: KnownBrowser { token: &browser.hash(), replaces: old_browser.as_ref() },
        address: client.address(),
        alarm: Some(&alarm),
    };
    let shown = passkey.to_record();
    match transactions::begin_session_by_passkey(&app.db, &new, &arrival, &shown, new_codes.as_ref()).await? {
        PasskeyAccepted::Yes => {
            Ok(Answer::of_token(app, new_token, client).await?.with_session(&token).with_browser(&browser))
        }
        PasskeyAccepted::TooLate => Err(ApiError::InvalidPasskey.into()),
        refused => Err(passkey.refuse(app, client, refused).await),
    }
}

/// Completes a log-in with the user's first passkey, which becomes their second factor.
pub(crate) async fn set_up(
    app: &AppState,
    session: &PendingSession,
    client: &Client,
    cookies: &Cookies,
    passkey: &NewPasskey<'_>,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    require_address(app, user_id, client, Factor::Passkey).await?;
    let now = app.clock.now();
    let new_codes = new_set(app, (user_id, session.id()), client, None).await?;
    let (token, browser, old_browser) = (Token::random(), Token::random(), cookies.browser());
    let new_token = token.hash();
    let promotion = Promotion {
        renewal: session.renewal(&new_token, now),
        factor: Factor::Passkey,
        expires_at: now + app.config.sessions.absolute_s,
        arrival: Arrival {
            browser: KnownBrowser { token: &browser.hash(), replaces: old_browser.as_ref() },
            address: client.address(),
            alarm: None,
        },
        recovery_codes: Some(&new_codes),
    };
    match transactions::set_up_passkey(&app.db, &promotion, passkey).await? {
        PasskeyAdded::Yes => {
            Ok(Answer::of_token(app, new_token, client).await?.with_session(&token).with_browser(&browser))
        }
        refused => Err(not_added(app, Shows { user_id, client, factor: Factor::Passkey }, refused).await),
    }
}

/// Why a passkey was not added. A wrong set-up code is recorded.
pub(crate) async fn not_added(app: &AppState, shows: Shows<'_>, added: PasskeyAdded) -> AppError {
    match added {
        PasskeyAdded::NoSetUpCode => second_factor::refuse(app, shows, Outcome::WrongSetUpCode).await,
        PasskeyAdded::NotAllowed => ApiError::PasskeyNotAllowed.into(),
        PasskeyAdded::TooMany => ApiError::TooManyPasskeys { most: MyPasskeys::MOST }.into(),
        PasskeyAdded::Exists => ApiError::PasskeyExists.into(),
        PasskeyAdded::Yes | PasskeyAdded::First | PasskeyAdded::TooLate => ApiError::SessionExpired.into(),
    }
}
