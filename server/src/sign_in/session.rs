//! The session after a correct password.

use postern_types::{ApiError, Email, Factor, Outcome};

use super::flow::{Next, Standing, next_step};
use super::step::Answer;
use crate::auth::token::{Token, TokenHash};
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::ids::{SessionId, UserId};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::known_browsers::{self, KnownBrowser};
use crate::store::login_history::{self, Entry};
use crate::store::sessions::NewSession;
use crate::store::transactions::{self, Arrival};
use crate::store::users::Credentials;
use crate::store::{account_security, accounts};

/// How long a log-in may take between the password and the second factor, in seconds (R14).
const PENDING_S: i64 = 600;

/// Whether a second factor is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondFactor {
    /// If the user has one, or an account requires one.
    AsRequired,
    /// Always: a missing one must be set up.
    Always,
}

/// Begins a session after a correct password, in place of the one that this browser had.
pub(crate) async fn begin(
    app: &AppState,
    client: &Client,
    cookies: &Cookies,
    user: &Credentials,
    second_factor: SecondFactor,
) -> Result<Answer, AppError> {
    let required = second_factor == SecondFactor::Always
        || !accounts::requiring_two_factor(&app.db, &user.user_id).await?.is_empty();
    let has_factor = user.two_factor_since.is_some();
    let complete = next_step(Standing::PasswordShown { has_factor, required }) == Next::SignedIn;
    if complete {
        require_address(app, &user.user_id, client, Factor::Password).await?;
    }
    let now = app.clock.now();
    let token = Token::random();
    let hash = token.hash();
    let replaced = cookies.session();
    let pending = NewSession {
        id: &SessionId::random(),
        token: &hash,
        user_id: &user.user_id,
        password_version: user.password_version,
        now,
        expires_at: now + PENDING_S,
        address: client.address(),
        user_agent: client.user_agent(),
        replaces: replaced.as_ref(),
    };
    if complete {
        let (browser, old_browser) = (Token::random(), cookies.browser());
        let alarm = app.mail(&user.email, &Mail::UnfamiliarSignIn { at: now, from: client.origin() });
        let arrival = Arrival {
            browser: KnownBrowser { token: &browser.hash(), replaces: old_browser.as_ref() },
            address: client.address(),
            alarm: Some(&alarm),
        };
        let full = NewSession { expires_at: now + app.config.sessions.absolute_s, ..pending };
        if transactions::begin_full_session(&app.db, &full, &arrival).await? {
            let answer = Answer::of_token(app, hash, client).await?;
            return Ok(answer.with_session(&token).with_browser(&browser));
        }
        // A factor was set up or became required in the meantime, so it is asked for.
    }
    if !transactions::begin_pending_session(&app.db, &pending).await? {
        return Err(ApiError::InvalidCredentials.into());
    }
    Ok(Answer::of_token(app, hash, client).await?.with_session(&token))
}

/// By what this browser's attempts are counted, if the user has logged in from it before.
pub(crate) async fn known_browser(
    app: &AppState,
    cookies: &Cookies,
    user: &Email,
) -> Result<Option<TokenHash>, AppError> {
    let Some(token) = cookies.browser() else { return Ok(None) };
    Ok(known_browsers::counted_as(&app.db, &token, user).await?)
}

/// Refuses a client from whose address none of the user's accounts can be used. Called when every factor is correct.
pub(crate) async fn require_address(
    app: &AppState,
    user_id: &UserId,
    client: &Client,
    factor: Factor,
) -> Result<(), AppError> {
    let at = app.clock.now();
    if account_security::any_allows(&app.db, user_id, client.address(), at).await? {
        return Ok(());
    }
    let address = client.address();
    let entry = Entry { user_id: Some(user_id), at, address, factor, outcome: Outcome::AddressRefused };
    login_history::record_alone(&app.db, &entry).await?;
    Err(ApiError::AddressRefused.into())
}
