//! The password, and the one-time code of a later log-in.

use axum::extract::State;
use postern_types::{ApiError, Email, EmptyRequest, Password, SignInRequest, Step, route};

use super::step::{Answer, answer};
use crate::auth::password::{Slot, Verdict};
use crate::auth::throttle::{self, Counter};
use crate::auth::token::{Token, random_id};
use crate::error::AppError;
use crate::extract::{AnySession, Body, Client, Cookies, NewPasswordSession, PendingSession};
use crate::flow::{Next, Standing, next_step};
use crate::state::AppState;
use crate::store::login_history::{Entry, Factor, Outcome};
use crate::store::sessions::{self, NewSession};
use crate::store::users::{self, Credentials};
use crate::store::{account_security, accounts, attempts, known_browsers, login_history};

/// How long a log-in may stand between the password and the second factor, in seconds (R14).
const PENDING_S: i64 = 600;

/// E-mail and password. Wrong password, unknown user and locked user get the same answer after the same work (R12).
#[utoipa::path(post, path = route::SIGN_IN, request_body = SignInRequest, responses(
    (status = 200, description = "Step `signed_in`, `code` or `set_up`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed", body = ApiError),
    (status = 401, description = "`invalid_credentials`", body = ApiError),
    (status = 403, description = "Caused by a page of another origin", body = ApiError),
    (status = 413, description = "Over 16 KiB", body = ApiError),
    (status = 415, description = "Not JSON", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
    (status = 503, description = "Too many log-ins at once", body = ApiError),
))]
pub(super) async fn sign_in(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Body(SignInRequest { email, password }): Body<SignInRequest>,
) -> Result<Answer, AppError> {
    let slot = app.hasher.admit()?;
    let counters = count_password(&app, &email, &client, &cookies).await?;
    let user = match Email::parse(&email) {
        Ok(email) => users::credentials(&app.db, &email).await?,
        Err(_) => None,
    };
    let user = check_password(&app, slot, password, user, &client).await?;
    attempts::forgive(&app.db, &counters).await?;
    begin(&app, &client, cookies, &user, Begin::AsRequired).await
}

/// Counts the try, durably, before anything is compared.
async fn count_password(
    app: &AppState,
    email: &str,
    client: &Client,
    cookies: &Cookies,
) -> Result<Vec<Counter>, AppError> {
    let browser = match (&cookies.browser, Email::parse(email)) {
        (Some(token), Ok(email)) => {
            let token = token.hash();
            known_browsers::knows(&app.db, &token, &email).await?.then_some(token)
        }
        _ => None,
    };
    let counters = throttle::password_counters(email, client.address, browser.as_ref());
    let now = app.clock.now();
    attempts::take(&app.db, &counters, now).await?.or_refuse(now)?;
    Ok(counters)
}

/// The user, if the password is right and the user is not locked. No database connection is held while hashing.
async fn check_password(
    app: &AppState,
    slot: Slot,
    password: Password,
    user: Option<Credentials>,
    client: &Client,
) -> Result<Credentials, AppError> {
    let verdict = slot.verify(password, user.as_ref().map(|user| user.password_hash.clone())).await?;
    let outcome = match (verdict, user) {
        (Verdict::Right(new_hash), Some(user)) if !user.locked => {
            if let Some(new) = new_hash {
                users::rehash(&app.db, &user.user_id, &user.password_hash, &new).await?;
            }
            return Ok(user);
        }
        (Verdict::Right(_), Some(user)) => (Some(user), Outcome::Locked),
        (_, Some(user)) => (Some(user), Outcome::WrongPassword),
        (_, None) => (None, Outcome::UnknownUser),
    };
    let (user, outcome) = outcome;
    let (user_id, at) = (user.as_ref().map(|user| user.user_id.as_str()), app.clock.now());
    let entry = Entry { user_id, at, address: client.address, factor: Factor::Password, outcome };
    login_history::record(&app.db, entry).await?;
    Err(ApiError::InvalidCredentials.into())
}

/// Whether a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// Where there is one, or an account requires it.
    AsRequired,
    /// In any case: one that is missing is set up.
    WithSecondFactor,
}

/// Begins the session that the password has earned, in place of the one that this browser had.
pub(super) async fn begin(
    app: &AppState,
    client: &Client,
    cookies: Cookies,
    user: &Credentials,
    how: Begin,
) -> Result<Answer, AppError> {
    let required =
        how == Begin::WithSecondFactor || !accounts::requiring_two_factor(&app.db, &user.user_id).await?.is_empty();
    let complete = next_step(Standing::PasswordShown { has_factor: user.has_factor, required }) == Next::SignedIn;
    if complete {
        require_address(app, &user.user_id, client, Factor::Password).await?;
    }
    let (id, token, replaces, now) =
        (random_id(), Token::random(), cookies.session.map(|old| old.hash()), app.clock.now());
    let hash = token.hash();
    let new = NewSession {
        id: &id,
        token: &hash,
        user_id: &user.user_id,
        now,
        expires_at: now + PENDING_S,
        address: client.address,
        user_agent: &client.user_agent,
        replaces: replaces.as_ref(),
    };
    let browser = cookies.browser.unwrap_or_else(Token::random);
    let full = NewSession { expires_at: now + app.config.sessions.absolute_s, ..new };
    let begun_full = complete && sessions::begin_full(&app.db, full, &browser.hash()).await?;
    // A factor that was set up or required just now makes the statement refuse: then it is asked for.
    if !begun_full && !sessions::begin_pending(&app.db, new).await? {
        return Err(ApiError::InvalidCredentials.into());
    }
    let answer = answer(app, &hash, client).await?.with_session(&token);
    Ok(if begun_full { answer.with_browser(&browser) } else { answer })
}

/// Refuses, once everything was shown, a client from whose address none of the user's accounts can be used.
pub(super) async fn require_address(
    app: &AppState,
    user_id: &str,
    client: &Client,
    factor: Factor,
) -> Result<(), AppError> {
    let at = app.clock.now();
    if account_security::any_allows(&app.db, user_id, client.address, at).await? {
        return Ok(());
    }
    let entry = Entry { user_id: Some(user_id), at, address: client.address, factor, outcome: Outcome::AddressRefused };
    login_history::record(&app.db, entry).await?;
    Err(ApiError::AddressRefused.into())
}

/// Leaves a log-in that was begun. A full session is not touched: that is what sign-out is for.
#[utoipa::path(post, path = route::SIGN_IN_CANCEL, request_body = EmptyRequest, responses(
    (status = 200, description = "Step `credentials`", body = Step),
    (status = 409, description = "`out_of_step`: the log-in is complete", body = ApiError),
))]
pub(super) async fn cancel(
    State(app): State<AppState>,
    session: AnySession,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    match session {
        AnySession::Full(_) => return Err(ApiError::OutOfStep.into()),
        AnySession::NewPassword(NewPasswordSession(_, token)) => sessions::end(&app.db, &token).await?,
        AnySession::Pending(PendingSession(_, token)) => sessions::end(&app.db, &token).await?,
        AnySession::None => {}
    }
    Ok(Answer::logged_out())
}
