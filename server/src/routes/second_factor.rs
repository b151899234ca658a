//! What the code of a later log-in and the first code of a set-up have in common: counting, refusing, promoting.

use postern_types::{ApiError, Email};

use super::sign_in::require_address;
use super::step::{Answer, answer};
use crate::auth::cipher::Sealed;
use crate::auth::throttle::Counter;
use crate::auth::token::{Token, TokenHash};
use crate::auth::totp::{TimeStep, seconds_to_next_code};
use crate::clock::rfc3339;
use crate::error::AppError;
use crate::extract::{Client, Cookies};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::attempts::Taken;
use crate::store::factors::Accepted;
use crate::store::login_history::{Entry, Factor, Outcome};
use crate::store::sessions::{Promotion, Session};
use crate::store::{attempts, factors, login_history};

/// Counts the try, durably, before the code is compared; at the end of the counter the factor is disabled (R11).
pub(super) async fn count(app: &AppState, session: &Session, counter: &Counter) -> Result<(), AppError> {
    let now = app.clock.now();
    let taken = attempts::take(&app.db, std::slice::from_ref(counter), now).await?;
    if taken == Taken::Ended {
        factors::disable(&app.db, &session.user_id, now).await?;
    }
    Ok(taken.or_refuse(now)?)
}

/// Records why a second factor was not accepted, and says what the browser may know of it.
pub(super) async fn refuse(app: &AppState, session: &Session, client: &Client, outcome: Outcome) -> AppError {
    let now = app.clock.now();
    let entry =
        Entry { user_id: Some(&session.user_id), at: now, address: client.address, factor: Factor::Totp, outcome };
    if let Err(error) = login_history::record(&app.db, entry).await {
        return error.into();
    }
    match outcome {
        Outcome::FactorUnusable => ApiError::SecondFactorUnusable,
        Outcome::SetUpRefused => ApiError::Forbidden { public_url: None },
        _ => ApiError::InvalidCode { server_time: rfc3339(now), next_code_in_s: seconds_to_next_code(now) },
    }
    .into()
}

/// Which statement accepts a right code.
pub(super) enum With<'a> {
    /// The user's active factor.
    Factor(TimeStep),
    /// The secret that this log-in has begun to set up.
    SetUp(&'a Sealed, TimeStep),
}

/// Makes the session a full one, under a new token.
pub(super) async fn promote(
    app: &AppState,
    session: &Session,
    from: &TokenHash,
    client: &Client,
    cookies: Cookies,
    with: With<'_>,
) -> Result<Answer, AppError> {
    require_address(app, &session.user_id, client, Factor::Totp).await?;
    let (token, browser, now) = (Token::random(), cookies.browser.unwrap_or_else(Token::random), app.clock.now());
    let (to, browser_hash) = (token.hash(), browser.hash());
    let promotion = Promotion {
        session_id: &session.id,
        user_id: &session.user_id,
        from,
        to: &to,
        browser: &browser_hash,
        now,
        expires_at: now + app.config.sessions.absolute_s,
        address: client.address,
    };
    let accepted = match with {
        With::Factor(step) => factors::accept(&app.db, promotion, step).await?,
        With::SetUp(sealed, step) => {
            let told = app.mail(&Email::from_stored(session.email.clone()), &Mail::TwoFactorSetUp { at: now });
            let accepted = factors::confirm(&app.db, promotion, sealed, step, &told).await?;
            app.mail_waits.notify_one();
            accepted
        }
    };
    match accepted {
        Accepted::Yes => Ok(answer(app, &to, client).await?.with_session(&token).with_browser(&browser)),
        Accepted::Replayed => Err(refuse(app, session, client, Outcome::Replayed).await),
        Accepted::TooLate => Err(ApiError::SessionExpired.into()),
    }
}
