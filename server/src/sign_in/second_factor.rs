//! A code, wherever one is required: counting the attempt, refusing it, and completing the log-in.

use postern_types::{ApiError, Email, Factor, Outcome, TotpCode};

use super::secrets;
use super::session::{known_browser, require_address};
use super::step::Answer;
use crate::auth::cipher::Sealed;
use crate::auth::throttle::{self, Counter};
use crate::auth::token::Token;
use crate::auth::totp::{TimeStep, matching_step, seconds_to_next_code};
use crate::clock::{UnixTime, rfc3339};
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::ids::UserId;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::Session;
use crate::store::attempts::{self, Taken};
use crate::store::factors::{self, Accepted};
use crate::store::known_browsers::KnownBrowser;
use crate::store::login_history::{self, Entry};
use crate::store::sessions;
use crate::store::transactions::{self, Attempt, Promotion};

/// For this long after a log-in, the same code sent again by the same browser is no error, in seconds.
const REPEATED_S: i64 = 60;

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
    count(app, user_id, client, &counters).await?;
    require_clock(app, user_id, client).await?;
    let Some(secret) = secrets::active_secret(app, user_id).await? else {
        return Err(refuse(app, user_id, client, Outcome::FactorUnusable).await);
    };
    match matching_step(&secret, code, app.clock.now(), app.config.totp.window) {
        Some(step) => Ok(step),
        None => Err(refuse(app, user_id, client, Outcome::WrongCode).await),
    }
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
pub(crate) async fn count(
    app: &AppState,
    user_id: &UserId,
    client: &Client,
    counters: &[Counter],
) -> Result<(), AppError> {
    let now = app.clock.now();
    let address = client.address();
    let attempt = Attempt { user_id: Some(user_id), address, factor: Factor::Totp, now };
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
pub(crate) async fn refuse(app: &AppState, user_id: &UserId, client: &Client, outcome: Outcome) -> AppError {
    let now = app.clock.now();
    let entry = Entry { user_id: Some(user_id), at: now, address: client.address(), factor: Factor::Totp, outcome };
    if let Err(error) = login_history::record_alone(&app.db, &entry).await {
        return error.into();
    }
    match outcome {
        Outcome::FactorUnusable => ApiError::SecondFactorUnusable,
        Outcome::SetUpRefused => ApiError::Forbidden { public_url: None },
        _ => invalid_code(now, None),
    }
    .into()
}

fn invalid_code(now: UnixTime, refused_until: Option<UnixTime>) -> ApiError {
    ApiError::InvalidCode {
        server_time: rfc3339(now),
        next_code_in_s: seconds_to_next_code(now),
        refused_until: refused_until.map(rfc3339),
    }
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
    Err(invalid_code(now, Some(until)).into())
}

/// The correct code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'a> {
    /// A code of the user's active factor, with its time step.
    Code(TimeStep),
    /// The first code of the secret that this log-in is setting up, with its time step.
    FirstCode(&'a Sealed, TimeStep),
}

impl Proof<'_> {
    const fn factor(self) -> Factor {
        match self {
            Self::Code(_) | Self::FirstCode(..) => Factor::Totp,
        }
    }

    const fn step(self) -> TimeStep {
        match self {
            Self::Code(step) | Self::FirstCode(_, step) => step,
        }
    }
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
    let token = Token::random();
    let new_token = token.hash();
    let (browser, old_browser) = (Token::random(), cookies.browser());
    let promotion = Promotion {
        renewal: session.renewal(&new_token, now),
        factor: proof.factor(),
        browser: KnownBrowser { token: &browser.hash(), replaces: old_browser.as_ref() },
        expires_at: now + app.config.sessions.absolute_s,
        address: client.address(),
    };
    let accepted = match proof {
        Proof::Code(step) => transactions::complete_sign_in(&app.db, &promotion, step).await?,
        Proof::FirstCode(sealed, step) => {
            let notice = app.mail(session.email(), &Mail::TwoFactorSetUp { at: now });
            transactions::set_up_factor(&app.db, &promotion, sealed, step, &notice).await?
        }
    };
    match accepted {
        Accepted::Yes => {
            let answer = Answer::of_token(app, new_token, client).await?;
            Ok(answer.with_session(&token).with_browser(&browser))
        }
        Accepted::Replayed | Accepted::TooLate => {
            if let Some(answer) = repeated(app, session, client, proof.step()).await? {
                return Ok(answer);
            }
            if accepted == Accepted::TooLate {
                return Err(ApiError::SessionExpired.into());
            }
            Err(refuse(app, session.user_id(), client, Outcome::Replayed).await)
        }
    }
}

/// The step of the log-in that this browser has just completed with this very code, for the second of two equal requests. It is
/// the browser of the first, because it sent the token that the first one used up. The cookies are in the other answer.
async fn repeated(
    app: &AppState,
    session: &PendingSession,
    client: &Client,
    step: TimeStep,
) -> Result<Option<Answer>, AppError> {
    let now = app.clock.now();
    let completed = sessions::completed_with(&app.db, session.token(), step, now, REPEATED_S).await?;
    let Some(token) = completed else { return Ok(None) };
    attempts::forgive(&app.db, &throttle::code_counters(session.user_id(), client.counted_as(), None), now).await?;
    Ok(Some(Answer::of_token(app, token, client).await?))
}
