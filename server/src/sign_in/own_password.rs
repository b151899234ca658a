//! A user's own password: verifying it during a session, choosing a new one, and replacing it.

use postern_types::{ApiError, Factor, Outcome, Password};

use super::step::Answer;
use crate::auth::password::{ChosenPassword, PasswordHash, Verdict};
use crate::auth::queue::Caller;
use crate::auth::throttle::{Counter, known_caller, new_password_counter, own_password_counter};
use crate::auth::token::Token;
use crate::http::client::Client;
use crate::http::error::{AppError, malformed};
use crate::http::sessions::LiveSession;
use crate::ids::UserId;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::Session;
use crate::store::login_history::{self, Entry};
use crate::store::transactions::{self, Attempt};
use crate::store::users::StoredPassword;
use crate::store::{attempts, users};

/// Verifies the user's own password. The attempt is counted first, so that a stolen session does not help to guess it.
/// A wrong one is recorded in the login history.
pub(crate) async fn verify(
    app: &AppState,
    session: &Session,
    client: &Client,
    password: Password,
) -> Result<StoredPassword, AppError> {
    let user_id = session.user_id();
    let slot = app.hasher.admit(known_caller(user_id.as_str(), client.counted_as())).await?;
    let counters = [own_password_counter(user_id)];
    let now = app.clock.now();
    let (address, factor) = (client.address(), Factor::Password);
    let attempt = Attempt { user_id: Some(user_id), address, factor, now };
    transactions::count_attempt(&app.db, &counters, &attempt).await?.or_refuse(now)?;
    let own = users::password(&app.db, user_id).await?.ok_or(ApiError::SessionExpired)?;
    if slot.verify(password, Some(own.password_hash.clone())).await? == Verdict::Wrong {
        let entry = Entry { user_id: Some(user_id), at: now, address, factor, outcome: Outcome::WrongPassword };
        login_history::record_alone(&app.db, &entry).await?;
        return Err(ApiError::InvalidCredentials.into());
    }
    attempts::forgive(&app.db, &counters, now).await?;
    Ok(own)
}

/// Checks and hashes a password that this user chose in place of another one.
pub(crate) async fn hash_replacement(
    app: &AppState,
    client: &Client,
    user_id: &UserId,
    password: Password,
    replaces: PasswordHash,
) -> Result<PasswordHash, AppError> {
    let mut known_words = users::known_words(&app.db, user_id).await?;
    known_words.push(app.config.brand.product_name.clone());
    let chosen = ChosenPassword { password, known_words, replaces: Some(replaces) };
    let caller = known_caller(user_id.as_str(), client.counted_as());
    hash_chosen(app, caller, new_password_counter(user_id.as_str()), chosen).await
}

/// Checks a chosen password against the rules (R15), and hashes it. Counted first, because checking costs as much as hashing and
/// a refused password may be tried again.
pub(crate) async fn hash_chosen(
    app: &AppState,
    caller: Caller,
    counter: Counter,
    chosen: ChosenPassword,
) -> Result<PasswordHash, AppError> {
    let slot = app.hasher.admit(caller).await?;
    let counters = [counter];
    let now = app.clock.now();
    attempts::take(&app.db, &counters, now).await?.or_refuse(now)?;
    let hash = slot.hash_chosen(chosen).await?.map_err(|reason| malformed("new_password", reason))?;
    attempts::forgive(&app.db, &counters, now).await?;
    Ok(hash)
}

/// Replaces the password of this version, notifies the user, and gives the session a new token.
pub(crate) async fn replace(
    app: &AppState,
    session: &LiveSession,
    client: &Client,
    old_version: i64,
    new: &PasswordHash,
) -> Result<Answer, AppError> {
    let now = app.clock.now();
    let token = Token::random();
    let new_token = token.hash();
    let notice = app.mail(session.email(), &Mail::PasswordChanged { at: now });
    let renewal = session.renewal(&new_token, now);
    if !transactions::replace_password(&app.db, &renewal, old_version, new, client.address(), &notice).await? {
        return Err(ApiError::SessionExpired.into());
    }
    Ok(Answer::of_token(app, new_token, client).await?.with_session(&token))
}
