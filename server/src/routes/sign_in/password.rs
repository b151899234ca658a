//! `POST /api/sign-in`: e-mail and password.

use axum::extract::State;
use postern_types::{ApiError, Email, Factor, Outcome, Password, SignInRequest, Step, route};

use crate::auth::password::{Slot, Verdict};
use crate::auth::throttle::{self, Counter};
use crate::auth::token::TokenHash;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::sign_in::session::{self, SecondFactor, begin};
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::attempts;
use crate::store::login_history::{self, Entry};
use crate::store::transactions::{self, Attempt};
use crate::store::users::{self, Credentials};

/// Begins a log-in. A wrong password, an unknown user and a locked user get the same response after the same work (R12).
#[utoipa::path(post, path = route::SIGN_IN, request_body = SignInRequest, responses(
    (status = 200, description = "Step `signed_in`, `code` or `set_up`, with a new session cookie", body = Step),
    (status = 401, description = "`invalid_credentials`", body = ApiError),
    (status = 403, description = "Caused by a page of another origin", body = ApiError),
    (status = 413, description = "Over 16 KiB", body = ApiError),
    (status = 415, description = "Not JSON", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
    (status = 503, description = "Too many log-ins at once", body = ApiError),
))]
pub(in crate::routes) async fn sign_in(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Body(SignInRequest { email, password }): Body<SignInRequest>,
) -> Result<Answer, AppError> {
    let name = Email::parse(&email).ok();
    let browser = match &name {
        Some(name) => session::known_browser(&app, &cookies, name).await?,
        None => None,
    };
    let slot = app.hasher.admit(throttle::caller(&email, client.counted_as(), browser.is_some())).await?;
    let user = match &name {
        Some(name) => users::credentials(&app.db, name).await?,
        None => None,
    };
    let counters = count_password(&app, &email, user.as_ref(), &client, browser.as_ref()).await?;
    let user = check_password(&app, slot, password, user, &client).await?;
    attempts::forgive(&app.db, &counters, app.clock.now()).await?;
    begin(&app, &client, &cookies, &user, SecondFactor::AsRequired).await
}

/// Counts the attempt, durably, before anything is compared.
async fn count_password(
    app: &AppState,
    email: &str,
    user: Option<&Credentials>,
    client: &Client,
    browser: Option<&TokenHash>,
) -> Result<Vec<Counter>, AppError> {
    let mut counters = throttle::password_counters(email, client.counted_as(), browser);
    let now = app.clock.now();
    let user_id = user.map(|user| &user.user_id);
    let attempt = Attempt { user_id, address: client.address(), factor: Factor::Password, now };
    let taken = transactions::count_attempt(&app.db, &counters, &attempt).await?.or_refuse(now)?;
    counters.truncate(taken);
    Ok(counters)
}

/// The user, if the password is correct and the user is not locked. No database connection is held while hashing.
async fn check_password(
    app: &AppState,
    slot: Slot,
    password: Password,
    user: Option<Credentials>,
    client: &Client,
) -> Result<Credentials, AppError> {
    let verdict = slot.verify(password, user.as_ref().map(|user| user.password_hash.clone())).await?;
    let (user, outcome) = match (verdict, user) {
        (Verdict::Right(new_hash), Some(user)) if !user.is_locked() => {
            if let Some(new) = new_hash {
                users::rehash(&app.db, &user.user_id, &user.password_hash, &new).await?;
            }
            return Ok(user);
        }
        (Verdict::Right(_), Some(user)) => (Some(user), Outcome::Locked),
        (_, Some(user)) => (Some(user), Outcome::WrongPassword),
        (_, None) => (None, Outcome::UnknownUser),
    };
    let entry = Entry {
        user_id: user.as_ref().map(|user| &user.user_id),
        at: app.clock.now(),
        address: client.address(),
        factor: Factor::Password,
        outcome,
    };
    login_history::record_alone(&app.db, &entry).await?;
    Err(ApiError::InvalidCredentials.into())
}
