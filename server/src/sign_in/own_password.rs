//! A user's own password: verifying it during a session, and replacing it.

use postern_types::{ApiError, Password};

use super::step::Answer;
use crate::auth::password::{PasswordHash, Verdict};
use crate::auth::password_policy;
use crate::auth::throttle::own_password_counter;
use crate::auth::token::Token;
use crate::http::client::Client;
use crate::http::error::{AppError, malformed};
use crate::http::sessions::LiveSession;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::Session;
use crate::store::{attempts, transactions, users};

/// Refuses a new password that is easy to guess, with the reason (R15).
pub(crate) fn check_new(app: &AppState, email: &str, name: &str, password: &Password) -> Result<(), ApiError> {
    let about_user = [email, name, &app.config.brand.product_name];
    password_policy::check(password, &about_user).map_err(|reason| malformed("new_password", reason))
}

/// Verifies the user's own password. The attempt is counted first, so that a stolen session does not help to guess it.
pub(crate) async fn verify(app: &AppState, session: &Session, password: Password) -> Result<PasswordHash, AppError> {
    let slot = app.hasher.admit()?;
    let counters = [own_password_counter(session.user_id())];
    let now = app.clock.now();
    attempts::take(&app.db, &counters, now).await?.or_refuse(now)?;
    let own = users::password_hash(&app.db, session.user_id()).await?.ok_or(ApiError::SessionExpired)?;
    if slot.verify(password, Some(own.clone())).await? == Verdict::Wrong {
        return Err(ApiError::InvalidCredentials.into());
    }
    attempts::forgive(&app.db, &counters).await?;
    Ok(own)
}

/// Replaces the password that was verified, notifies the user, and gives the session a new token.
pub(crate) async fn replace(
    app: &AppState,
    session: &LiveSession,
    client: &Client,
    old: &PasswordHash,
    new_password: Password,
) -> Result<Answer, AppError> {
    let new = app.hasher.admit()?.hash(new_password).await?;
    let now = app.clock.now();
    let token = Token::random();
    let new_token = token.hash();
    let notice = app.mail(session.email(), &Mail::PasswordChanged { at: now });
    let renewal = session.renewal(&new_token, now);
    if !transactions::replace_password(&app.db, &renewal, old, &new, &notice).await? {
        return Err(ApiError::SessionExpired.into());
    }
    Ok(Answer::of_token(app, new_token, client).await?.with_session(&token))
}
