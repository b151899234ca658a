//! A code, wherever one is required: counting the attempt, refusing it, and completing the log-in.

use postern_types::{ApiError, Email, Factor, Outcome, TotpCode};

use super::proof::Proof;
use super::recovery_codes::{new_set, set_to_offer};
use super::replay::report_replay;
use super::secrets;
use super::session::{known_browser, require_address};
use super::step::Answer;
use crate::auth::throttle::{self, Counter};
use crate::auth::token::Token;
use crate::auth::totp::{PERIOD_S, TimeStep, matching_step, seconds_to_next_code};
use crate::clock::{UnixTime, rfc3339};
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::ids::UserId;
use crate::mail::{CodePurpose, Mail};
use crate::state::AppState;
use crate::store::Session;
use crate::store::attempts::{self, Taken};
use crate::store::factors::{self, Accepted};
use crate::store::known_browsers::KnownBrowser;
use crate::store::login_history::{self, Entry};
use crate::store::recovery_codes::NewSet;
use crate::store::sessions;
use crate::store::transactions::{self, Arrival, Attempt, Promotion};

/// Seconds after a log-in in which the same code, sent again by the same browser, is not an error.
const REPEATED_S: i64 = 60;

/// Somebody who shows a second factor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shows<'a> {
    /// The user.
    pub(crate) user_id: &'a UserId,
    /// The client.
    pub(crate) client: &'a Client,
    /// The factor.
    pub(crate) factor: Factor,
}

impl<'a> Shows<'a> {
    /// A one-time code.
    pub(crate) const fn code(user_id: &'a UserId, client: &'a Client) -> Self {
        Self { user_id, client, factor: Factor::Totp }
    }
}

/// The time step of a correct code of the user's active factor. The attempt is counted before anything is compared, and a code that
/// is not accepted is recorded.
pub(crate) async fn verify(
    app: &AppState,
    session: &Session,
    client: &Client,
    cookies: &Cookies,
    code: &TotpCode,
) -> Result<TimeStep, AppError> {
    let user_id = session.user_id();
    let counters = counters(app, session, client, cookies).await?;
    let shows = Shows::code(user_id, client);
    count(app, shows, &counters).await?;
    require_clock(app, user_id, client).await?;
    let Some(secret) = secrets::active_secret(app, user_id).await? else {
        return Err(refuse(app, shows, Outcome::FactorUnusable).await);
    };
    match matching_step(&secret, code, app.clock.now(), app.config.totp.window) {
        Some(step) => {
            take_back(app, &counters).await?;
            Ok(step)
        }
        None => Err(refuse(app, shows, Outcome::WrongCode).await),
    }
}

/// Takes a correct code back from the counter that a log-in does not clear, because it was not a guess.
async fn take_back(app: &AppState, counters: &[Counter]) -> Result<(), AppError> {
    let shared: Vec<_> = counters.iter().filter(|counter| !counter.own).cloned().collect();
    if shared.is_empty() {
        return Ok(());
    }
    Ok(attempts::forgive(&app.db, &shared, app.clock.now()).await?)
}

/// The counters of a code that a browser sends.
async fn counters(
    app: &AppState,
    session: &Session,
    client: &Client,
    cookies: &Cookies,
) -> Result<Vec<Counter>, AppError> {
    let browser = known_browser(app, cookies, session.email()).await?;
    Ok(throttle::code_counters(session.user_id(), client.counted_as(), browser.as_ref()))
}

/// Counts the attempt, durably, before the code is compared. At the limit of the counter the factor is disabled, and its
/// user and the administrators are notified (R11).
pub(crate) async fn count(app: &AppState, shows: Shows<'_>, counters: &[Counter]) -> Result<(), AppError> {
    let Shows { user_id, client, factor } = shows;
    let now = app.clock.now();
    let address = client.address();
    let attempt = Attempt { user_id: Some(user_id), address, factor, now };
    let taken = transactions::count_attempt(&app.db, counters, &attempt).await?;
    if taken == Taken::Ended {
        let notice = |to: &Email, user: &Email| {
            app.mail(to, &Mail::TwoFactorDisabled { user: user.to_string(), at: now, is_own: to == user })
        };
        transactions::disable_factor(&app.db, user_id, address, now, notice).await?;
    }
    taken.or_refuse(now)?;
    Ok(())
}

/// Records why a code was not accepted, and returns what the browser may know about it.
pub(crate) async fn refuse(app: &AppState, shows: Shows<'_>, outcome: Outcome) -> AppError {
    let Shows { user_id, client, factor } = shows;
    let now = app.clock.now();
    let entry = Entry { user_id: Some(user_id), at: now, address: client.address(), factor, outcome };
    if let Err(error) = login_history::record_alone(&app.db, &entry).await {
        return error.into();
    }
    match outcome {
        Outcome::FactorUnusable => ApiError::SecondFactorUnusable,
        Outcome::WrongSetUpCode => ApiError::InvalidSetUpCode,
        Outcome::SetUpRefused => ApiError::Forbidden { public_url: None },
        _ => return invalid_code(app, user_id, now, None).await,
    }
    .into()
}

async fn invalid_code(app: &AppState, user_id: &UserId, now: UnixTime, refused_until: Option<UnixTime>) -> AppError {
    let period_s = match factors::period_s(&app.db, user_id).await {
        Ok(period_s) => period_s.unwrap_or(PERIOD_S),
        Err(error) => return error.into(),
    };
    let invalid = ApiError::InvalidCode {
        server_time: rfc3339(now),
        next_code_in_s: seconds_to_next_code(now, period_s),
        refused_until: refused_until.map(rfc3339),
        cause: None,
    };
    invalid.into()
}

/// Refuses every code, compared or not, while the clock is behind the last code that was accepted, and says so: nothing else
/// would explain why correct codes are refused. See [`factors::refused_until`].
async fn require_clock(app: &AppState, user_id: &UserId, client: &Client) -> Result<(), AppError> {
    let now = app.clock.now();
    let Some(until) = factors::refused_until(&app.db, user_id, now, app.config.totp.window).await? else {
        return Ok(());
    };
    tracing::error!(
        user = %user_id,
        "the clock was set back: it shows {}, and codes of this user are refused until {}, so that none works twice. Check \
         the clock. To let the user in before then, reset the second factor",
        rfc3339(now),
        rfc3339(until)
    );
    let (address, outcome) = (client.address(), Outcome::ClockSetBack);
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Totp, outcome };
    login_history::record_alone(&app.db, &entry).await?;
    Err(invalid_code(app, user_id, now, Some(until)).await)
}

/// Completes a log-in with a second factor: the session becomes full and gets a new token, and the browser becomes known.
pub(crate) async fn complete(
    app: &AppState,
    session: &PendingSession,
    client: &Client,
    cookies: &Cookies,
    proof: Proof<'_>,
) -> Result<Answer, AppError> {
    require_address(app, session.user_id(), client, proof.factor()).await?;
    let now = app.clock.now();
    let new_codes = codes_with(app, session, client, proof).await?;
    let token = Token::random();
    let new_token = token.hash();
    let (browser, old_browser) = (Token::random(), cookies.browser());
    let alarm = app.mail(session.email(), &Mail::UnfamiliarSignIn { at: now, from: client.origin() });
    let promotion = Promotion {
        renewal: session.renewal(&new_token, now),
        factor: proof.factor(),
        expires_at: now + app.config.sessions.absolute_s,
        arrival: Arrival {
            browser: KnownBrowser { token: &browser.hash(), replaces: old_browser.as_ref() },
            address: client.address(),
            alarm: matches!(proof, Proof::Code(_)).then_some(&alarm),
        },
        recovery_codes: new_codes.as_ref(),
    };
    let accepted = match proof {
        Proof::Code(step) => transactions::complete_sign_in(&app.db, &promotion, step).await?,
        Proof::FirstCode { sealed, step, set_up_code } => {
            let notice = app.mail(session.email(), &Mail::TwoFactorSetUp { at: now });
            let (promotion, notice) = (&promotion, &notice);
            let accept = |sealed| async move {
                transactions::set_up_factor(&app.db, promotion, &sealed, step, set_up_code, notice).await
            };
            secrets::accept_first_code(app, session, sealed, accept).await?
        }
        Proof::RecoveryCode { hash, left } => {
            let (from, purpose) = (Some(client.origin()), CodePurpose::SignIn);
            let notice = app.mail(session.email(), &Mail::RecoveryCodeUsed { at: now, left, from, purpose });
            transactions::complete_sign_in_by_recovery_code(&app.db, &promotion, hash, &notice).await?
        }
    };
    match accepted {
        Accepted::Yes => {
            let answer = Answer::of_token(app, new_token, client).await?;
            Ok(answer.with_session(&token).with_browser(&browser))
        }
        Accepted::NoSetUpCode => {
            Err(refuse(app, Shows::code(session.user_id(), client), Outcome::WrongSetUpCode).await)
        }
        Accepted::Replayed | Accepted::TooLate => {
            if let Some(step) = proof.step()
                && let Some(answer) = repeated(app, session, client, step).await?
            {
                return Ok(answer);
            }
            if accepted == Accepted::TooLate {
                return Err(ApiError::SessionExpired.into());
            }
            if let Some(step) = proof.step() {
                report_replay(app, session, client, step).await?;
            }
            let shows = Shows { user_id: session.user_id(), client, factor: proof.factor() };
            Err(refuse(app, shows, Outcome::Replayed).await)
        }
    }
}

/// New recovery codes, which the log-in shows: after a set-up, and once to a user who has none and was never asked.
async fn codes_with(
    app: &AppState,
    session: &PendingSession,
    client: &Client,
    proof: Proof<'_>,
) -> Result<Option<NewSet>, AppError> {
    match proof {
        Proof::FirstCode { .. } => new_set(app, (session.user_id(), session.id()), client, None).await.map(Some),
        Proof::Code(_) => set_to_offer(app, (session.user_id(), session.id()), client, session.email()).await,
        Proof::RecoveryCode { .. } => Ok(None),
    }
}

/// The step of the log-in that this browser has just completed with this very code, for the second of two identical requests.
/// It is the browser of the first, because it sent the token that the first one used up. The cookies are in the other answer.
async fn repeated(
    app: &AppState,
    session: &PendingSession,
    client: &Client,
    step: TimeStep,
) -> Result<Option<Answer>, AppError> {
    let now = app.clock.now();
    let completed = sessions::completed_with(&app.db, session.token(), step, now, REPEATED_S).await?;
    let Some(token) = completed else { return Ok(None) };
    let mut counters = throttle::code_counters(session.user_id(), client.counted_as(), None);
    counters.retain(|counter| counter.own);
    attempts::forgive(&app.db, &counters, now).await?;
    Ok(Some(Answer::of_token(app, token, client).await?))
}
