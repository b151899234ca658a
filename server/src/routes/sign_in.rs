//! The password, and the one-time code of a later log-in.

use axum::extract::State;
use postern_types::{ApiError, CodeRequest, Email, EmptyRequest, SignInRequest, Step, route};

use super::step::{Answer, bound_to, step_of};
use crate::auth::password::{Slot, Verdict};
use crate::auth::throttle::{self, Counter};
use crate::auth::token::{Token, TokenHash, random_id};
use crate::auth::totp::{TimeStep, TotpSecret, matching_step, seconds_to_next_code};
use crate::clock::{UnixTime, rfc3339};
use crate::error::AppError;
use crate::extract::{AnySession, Body, Client, Cookies, FullSession, PendingSession};
use crate::flow::{Next, Standing, next_step};
use crate::state::AppState;
use crate::store::attempts::Taken;
use crate::store::factors::Accepted;
use crate::store::login_history::{Entry, Factor, Outcome};
use crate::store::sessions::{self, NewSession, Promotion, Session};
use crate::store::users::{self, Credentials};
use crate::store::{accounts, attempts, factors, known_browsers, login_history};

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
    begin(&app, &client, cookies, &user).await
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
    refuse_unless_counted(attempts::take(&app.db, &counters, app.clock.now()).await?, app.clock.now())?;
    Ok(counters)
}

fn refuse_unless_counted(taken: Taken, now: UnixTime) -> Result<(), ApiError> {
    match taken {
        Taken::Counted => Ok(()),
        Taken::WaitUntil(at) => Err(ApiError::Throttled { retry_after_s: u32::try_from(at - now).unwrap_or(1).max(1) }),
        Taken::Ended => Err(ApiError::SecondFactorUnusable),
    }
}

/// The user, if the password is right and the user is not locked. No database connection is held while hashing.
async fn check_password(
    app: &AppState,
    slot: Slot,
    password: postern_types::Password,
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

/// Begins the session that the password has earned, in place of the one that this browser had.
async fn begin(app: &AppState, client: &Client, cookies: Cookies, user: &Credentials) -> Result<Answer, AppError> {
    let required = !accounts::requiring_two_factor(&app.db, &user.user_id).await?.is_empty();
    let complete = next_step(Standing::PasswordShown { has_factor: user.has_factor, required }) == Next::SignedIn;
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
    let full = NewSession { expires_at: now + app.config.session_absolute, ..new };
    let begun_full = complete && sessions::begin_full(&app.db, full, &browser.hash()).await?;
    // A factor that was set up or required just now makes the statement refuse: then it is asked for.
    if !begun_full && !sessions::begin_pending(&app.db, new).await? {
        return Err(ApiError::InvalidCredentials.into());
    }
    let answer = answer(app, &hash).await?.with_session(&token);
    Ok(if begun_full { answer.with_browser(&browser) } else { answer })
}

/// The step at which the session of a token stands.
pub(super) async fn answer(app: &AppState, token: &TokenHash) -> Result<Answer, AppError> {
    let session = match sessions::find(&app.db, token, app.clock.now(), app.config.session_idle).await? {
        None => AnySession::None,
        Some(session) if session.authenticated_at.is_some() => AnySession::Full(FullSession(session)),
        Some(session) => AnySession::Pending(PendingSession(session, token.clone())),
    };
    Ok(Answer::new(step_of(app, &session).await?))
}

/// The one-time code of a later log-in.
#[utoipa::path(post, path = route::SIGN_IN_CODE, request_body = CodeRequest, responses(
    (status = 200, description = "Step `signed_in`, with a new session cookie", body = Step),
    (status = 400, description = "Not six digits; does not count as a try", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`second_factor_unusable`: an administrator must reset it", body = ApiError),
    (status = 409, description = "`out_of_step`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
))]
pub(super) async fn code(
    State(app): State<AppState>,
    PendingSession(session, token): PendingSession,
    client: Client,
    cookies: Cookies,
    Body(CodeRequest { code }): Body<CodeRequest>,
) -> Result<Answer, AppError> {
    if next_step(Standing::Pending { has_factor: session.two_factor_since.is_some() }) != Next::Code {
        return Err(ApiError::OutOfStep.into());
    }
    count_code(&app, &session, &throttle::code_counter(&session.user_id)).await?;
    let Some(secret) = active_secret(&app, &session.user_id).await? else {
        return Err(refuse(&app, &session, &client, Outcome::FactorUnusable).await);
    };
    let Some(step) = matching_step(&secret, &code, app.clock.now(), app.config.totp_window) else {
        return Err(refuse(&app, &session, &client, Outcome::WrongCode).await);
    };
    promote(&app, &session, &token, &client, cookies, With::Factor(step)).await
}

/// Counts the try, durably, before the code is compared; at the end of the counter the factor is disabled (R11).
pub(super) async fn count_code(app: &AppState, session: &Session, counter: &Counter) -> Result<(), AppError> {
    let now = app.clock.now();
    let taken = attempts::take(&app.db, std::slice::from_ref(counter), now).await?;
    if taken == Taken::Ended {
        factors::disable(&app.db, &session.user_id, now).await?;
    }
    Ok(refuse_unless_counted(taken, now)?)
}

/// The secret of the user's factor. `None` where it is missing, disabled or damaged: never a way around it (R13, C103).
async fn active_secret(app: &AppState, user_id: &str) -> Result<Option<TotpSecret>, AppError> {
    let Some(sealed) = factors::active(&app.db, user_id).await? else {
        tracing::error!(user = user_id, "the second factor is missing or disabled; reset it");
        return Ok(None);
    };
    let opened = app.cipher.open(&sealed, &bound_to(user_id));
    if let Err(error) = opened {
        tracing::error!(user = user_id, %error, "the second factor is damaged; reset it");
    }
    Ok(opened.ok().map(|bytes| TotpSecret::from_bytes(&bytes)))
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
    SetUp(&'a crate::auth::cipher::Sealed, TimeStep),
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
    let (token, browser, now) = (Token::random(), cookies.browser.unwrap_or_else(Token::random), app.clock.now());
    let (to, browser_hash) = (token.hash(), browser.hash());
    let promotion = Promotion {
        session_id: &session.id,
        user_id: &session.user_id,
        from,
        to: &to,
        browser: &browser_hash,
        now,
        expires_at: now + app.config.session_absolute,
        address: client.address,
    };
    let accepted = match with {
        With::Factor(step) => factors::accept(&app.db, promotion, step).await?,
        With::SetUp(sealed, step) => factors::confirm(&app.db, promotion, sealed, step).await?,
    };
    match accepted {
        Accepted::Yes => Ok(answer(app, &to).await?.with_session(&token).with_browser(&browser)),
        Accepted::Replayed => Err(refuse(app, session, client, Outcome::Replayed).await),
        Accepted::TooLate => Err(ApiError::SessionExpired.into()),
    }
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
        AnySession::Pending(PendingSession(_, token)) => sessions::end(&app.db, &token).await?,
        AnySession::None => {}
    }
    Ok(Answer::logged_out())
}
