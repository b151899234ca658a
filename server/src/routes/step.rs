//! The answer of every log-in route: a step, and the cookies that go with it.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use postern_types::{Email, LastSignIn, MailDelivery, PasswordReason, SessionInfo, SetUp, SignedIn, Step, UserInfo};

use crate::auth::qr;
use crate::auth::token::{Token, TokenHash};
use crate::auth::totp::{TotpSecret, label, otpauth_uri};
use crate::clock::rfc3339;
use crate::error::AppError;
use crate::extract::{
    AnySession, BROWSER_COOKIE, Client, FullSession, NewPasswordSession, PendingSession, SESSION_COOKIE,
};
use crate::flow::{Next, Standing, next_step};
use crate::state::AppState;
use crate::store::sessions::{self, Session};
use crate::store::{accounts, factors};

/// How long a browser stays known (the longest that browsers keep a cookie).
pub(crate) const BROWSER_KNOWN_DAYS: i64 = 400;

/// A step and the cookies to set.
#[derive(Debug)]
pub(super) struct Answer {
    step: Step,
    cookies: Vec<Cookie<'static>>,
}

impl Answer {
    /// The step alone.
    pub(super) const fn new(step: Step) -> Self {
        Self { step, cookies: Vec::new() }
    }

    /// With a new session token.
    pub(super) fn with_session(mut self, token: &Token) -> Self {
        self.cookies.push(cookie(SESSION_COOKIE, token.expose().to_owned()).build());
        self
    }

    /// With the token by which this browser is known from now on.
    pub(super) fn with_browser(mut self, token: &Token) -> Self {
        let lasting = cookie(BROWSER_COOKIE, token.expose().to_owned()).max_age(Duration::days(BROWSER_KNOWN_DAYS));
        self.cookies.push(lasting.build());
        self
    }

    /// *Credentials*, with the browser's session cookie removed.
    pub(super) fn logged_out() -> Self {
        let mut gone = cookie(SESSION_COOKIE, String::new()).build();
        gone.make_removal();
        Self { step: Step::Credentials, cookies: vec![gone] }
    }
}

/// The attributes of R24. `Lax`, so that a link from a mail finds the session.
fn cookie(name: &'static str, value: String) -> cookie::CookieBuilder<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Json(self.step).into_response();
        for cookie in self.cookies {
            if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        response
    }
}

/// The step at which the session of a token stands.
pub(super) async fn answer(app: &AppState, token: &TokenHash, client: &Client) -> Result<Answer, AppError> {
    let session = sessions::find(&app.db, token, app.clock.now(), app.config.session_idle).await?;
    let session = session.map_or(AnySession::None, |session| AnySession::of(session, token.clone()));
    Ok(Answer::new(step_of(app, &session, client).await?))
}

/// The step at which a session stands.
pub(super) async fn step_of(app: &AppState, session: &AnySession, client: &Client) -> Result<Step, AppError> {
    let standing = match session {
        AnySession::None => Standing::Nobody,
        AnySession::Pending(PendingSession(session, _)) => {
            Standing::Pending { has_factor: session.two_factor_since.is_some() }
        }
        AnySession::NewPassword(_) => Standing::PasswordOutdated,
        AnySession::Full(_) => Standing::Complete,
    };
    match (next_step(standing), session) {
        (Next::SetUp, AnySession::Pending(PendingSession(session, _))) => set_up(app, session).await,
        (Next::Code, AnySession::Pending(PendingSession(session, _))) => {
            Ok(Step::Code { email: email(session)?, expires_at: rfc3339(session.expires_at) })
        }
        (Next::NewPassword, AnySession::NewPassword(NewPasswordSession(session, _))) => {
            let temporary = session.password_temporary_since.is_some();
            let reason = if temporary { PasswordReason::Temporary } else { PasswordReason::Expired };
            Ok(Step::NewPassword { email: email(session)?, reason })
        }
        (Next::SignedIn, AnySession::Full(session)) => signed_in(app, session, client).await,
        _ => Ok(Step::Credentials),
    }
}

fn email(session: &Session) -> anyhow::Result<Email> {
    Ok(Email::parse(&session.email)?)
}

async fn set_up(app: &AppState, session: &Session) -> Result<Step, AppError> {
    let Some(secret) = pending_secret(app, session).await? else { return Ok(Step::Credentials) };
    Ok(Step::SetUp(Box::new(set_up_material(app, session, &secret).await?)))
}

/// All that a person needs to put a secret into an authenticator app.
pub(super) async fn set_up_material(app: &AppState, session: &Session, secret: &TotpSecret) -> Result<SetUp, AppError> {
    let (issuer, label) = (&app.config.issuer, label(&session.email));
    let otpauth_uri = otpauth_uri(issuer, label, secret);
    let qr = qr::draw(&otpauth_uri).map_err(|error| anyhow::anyhow!("the QR code cannot be drawn: {error}"))?;
    Ok(SetUp {
        issuer: issuer.clone(),
        label: label.to_owned(),
        security_key: secret.to_base32(),
        otpauth_uri,
        qr,
        required_by: accounts::requiring_two_factor(&app.db, &session.user_id).await?,
        expires_at: rfc3339(session.expires_at),
    })
}

/// The secret that this log-in has begun to set up, or a fresh one that it begins now. `None` where the session is over.
async fn pending_secret(app: &AppState, session: &Session) -> Result<Option<TotpSecret>, AppError> {
    let bound_to = bound_to(&session.user_id);
    let sealed = match factors::pending(&app.db, &session.id).await? {
        Some(sealed) => Some(sealed),
        None => {
            let fresh = app.cipher.seal(TotpSecret::random().expose(), &bound_to);
            factors::keep_pending(&app.db, &session.id, &fresh, app.clock.now()).await?
        }
    };
    let opened = sealed.map(|sealed| app.cipher.open(&sealed, &bound_to)).transpose();
    Ok(opened.map_err(anyhow::Error::from)?.map(|bytes| TotpSecret::from_bytes(&bytes)))
}

/// What a sealed TOTP secret is bound to: its user.
pub(super) fn bound_to(user_id: &str) -> String {
    format!("totp:{user_id}")
}

async fn signed_in(app: &AppState, FullSession(session, _): &FullSession, client: &Client) -> Result<Step, AppError> {
    let last_sign_in = session.previous_sign_in_at.map(|at| LastSignIn {
        at: rfc3339(at),
        address: session.previous_sign_in_address.clone().unwrap_or_default(),
    });
    Ok(Step::SignedIn(Box::new(SignedIn {
        user: UserInfo { id: session.user_id.clone(), email: email(session)?, name: session.name.clone() },
        accounts: accounts::of_user(&app.db, &session.user_id, client.address, app.clock.now()).await?,
        session: SessionInfo { expires_at: rfc3339(session.expires_at) },
        last_sign_in,
        mail: if app.mailer.is_smtp() { MailDelivery::Smtp } else { MailDelivery::Files },
    })))
}
