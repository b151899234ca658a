//! The response of every log-in route: a step, and the cookies that go with it.

use axum::Json;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use postern_types::{
    AccountMembership, LastSignIn, MailDelivery, PasswordReason, SessionInfo, SetUp, SetUpOccasion, SignedIn, Step,
    USER_HEADER, UserInfo,
};

use super::flow::{Next, Standing, next_step};
use super::{passkey, recovery_codes, secrets};
use crate::auth::qr;
use crate::auth::token::{Token, TokenHash};
use crate::auth::totp::{TotpSecret, label, otpauth_uri};
use crate::clock::rfc3339;
use crate::http::client::Client;
use crate::http::cookies::{self, browser_cookie, no_session_cookie, session_cookie};
use crate::http::error::AppError;
use crate::http::sessions::AnySession;
use crate::ids::UserId;
use crate::state::AppState;
use crate::store::Session;
use crate::store::{accounts, factors, set_up_codes};

/// A step, for whom it is, and the cookies to set.
#[derive(Debug)]
pub(crate) struct Answer {
    step: Step,
    user_id: Option<UserId>,
    cookies: Vec<Cookie<'static>>,
}

impl Answer {
    /// The step of a session, without cookies.
    pub(crate) async fn of(app: &AppState, session: &AnySession, client: &Client) -> Result<Self, AppError> {
        let step = step_of(app, session, client).await?;
        let user_id = session.user_id().filter(|_| step != Step::Credentials).cloned();
        Ok(Self { step, user_id, cookies: Vec::new() })
    }

    /// The step of the session with this token.
    pub(crate) async fn of_token(app: &AppState, token: TokenHash, client: &Client) -> Result<Self, AppError> {
        let session = AnySession::find(app, token).await?;
        Self::of(app, &session, client).await
    }

    /// Whether nobody is logged in or logging in.
    pub(crate) fn is_logged_out(&self) -> bool {
        self.step == Step::Credentials
    }

    /// Adds a new session token.
    pub(crate) fn with_session(mut self, token: &Token) -> Self {
        self.cookies.push(session_cookie(token));
        self
    }

    /// Adds the token by which this browser is known from now on.
    pub(crate) fn with_browser(mut self, token: &Token) -> Self {
        self.cookies.push(browser_cookie(token));
        self
    }

    /// Step `credentials`, and removes the session cookie.
    pub(crate) fn logged_out() -> Self {
        Self { step: Step::Credentials, user_id: None, cookies: vec![no_session_cookie()] }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let user = self.user_id.as_ref().map_or("", UserId::as_str);
        let user = HeaderValue::from_str(user).map(|user| [(HeaderName::from_static(USER_HEADER), user)]);
        let mut response = (user.ok(), Json(self.step)).into_response();
        for cookie in &self.cookies {
            cookies::set(&mut response, cookie);
        }
        response
    }
}

/// The current step of a session.
async fn step_of(app: &AppState, session: &AnySession, client: &Client) -> Result<Step, AppError> {
    let (standing, session) = match session {
        AnySession::None => return Ok(Step::Credentials),
        AnySession::Pending(session) => (Standing::Pending { has_factor: session.has_second_factor() }, &***session),
        AnySession::NewPassword(session) => (Standing::PasswordOutdated, &***session),
        AnySession::Full(session) if session.recovery_codes_since().is_some() => {
            (Standing::RecoveryCodesUnsaved, &***session)
        }
        AnySession::Full(session) => (Standing::Complete, &***session),
    };
    match next_step(standing) {
        Next::Credentials => Ok(Step::Credentials),
        Next::SetUp => set_up(app, session).await,
        Next::SecondFactor => Ok(Step::Code {
            email: session.email().clone(),
            expires_at: rfc3339(session.expires_at()),
            methods: secrets::usable_methods(app, session.user_id()).await?,
            issuer: app.config.totp.issuer.clone(),
            label: label(session.email().as_str()).to_owned(),
        }),
        Next::NewPassword => {
            let reason = match (session.locked_down_at(), session.password_temporary_since()) {
                (Some(_), _) => PasswordReason::LockedDown,
                (None, Some(_)) => PasswordReason::Temporary,
                (None, None) => PasswordReason::Expired,
            };
            Ok(Step::NewPassword { email: session.email().clone(), reason })
        }
        Next::RecoveryCodes => match recovery_codes::shown(app, session).await? {
            Some(codes) => Ok(Step::RecoveryCodes(codes)),
            None => signed_in(app, session, client).await,
        },
        Next::SignedIn => signed_in(app, session, client).await,
    }
}

async fn set_up(app: &AppState, session: &Session) -> Result<Step, AppError> {
    let Some(secret) = secrets::secret_to_set_up(app, session).await? else { return Ok(Step::Credentials) };
    Ok(Step::SetUp(Box::new(set_up_material(app, session, &secret).await?)))
}

/// Everything that a person needs to add a secret to an authenticator app.
pub(crate) async fn set_up_material(app: &AppState, session: &Session, secret: &TotpSecret) -> Result<SetUp, AppError> {
    let issuer = &app.config.totp.issuer;
    let label = label(session.email().as_str());
    let otpauth_uri = otpauth_uri(issuer, label, secret);
    let qr = qr::draw(&otpauth_uri).map_err(|error| anyhow::anyhow!("the QR code cannot be drawn: {error}"))?;
    let set_up_code_from = set_up_codes::demanded_by(&app.db, session.user_id()).await?;
    Ok(SetUp {
        issuer: issuer.clone(),
        label: label.to_owned(),
        security_key: secret.to_base32(),
        otpauth_uri,
        qr,
        occasion: occasion(app, session).await?,
        needs_set_up_code: !set_up_code_from.is_empty(),
        set_up_code_from,
        passkey: passkey::may_be_set_up(app, session).await?,
        required_by: accounts::requiring_two_factor(&app.db, session.user_id()).await?,
        expires_at: rfc3339(session.expires_at()),
    })
}

async fn occasion(app: &AppState, session: &Session) -> Result<SetUpOccasion, AppError> {
    if factors::since(&app.db, session.user_id()).await?.is_some() {
        return Ok(SetUpOccasion::Replacement);
    }
    let was_reset = factors::was_reset(&app.db, session.user_id()).await?;
    Ok(if was_reset { SetUpOccasion::AfterReset } else { SetUpOccasion::First })
}

async fn signed_in(app: &AppState, session: &Session, client: &Client) -> Result<Step, AppError> {
    let now = app.clock.now();
    let accesses = app.sessions.accesses(session.user_id(), now).await?;
    let usable = accesses.into_iter().filter(|access| access.allows(client.address(), now));
    let last_sign_in = session.previous_sign_in_at().map(|at| LastSignIn {
        at: rfc3339(at),
        address: session.previous_sign_in_address().unwrap_or_default().to_owned(),
    });
    Ok(Step::SignedIn(Box::new(SignedIn {
        user: UserInfo {
            id: session.user_id().to_string(),
            email: session.email().clone(),
            name: session.name().to_owned(),
        },
        accounts: usable.map(AccountMembership::from).collect(),
        session: SessionInfo {
            expires_at: rfc3339(session.expires_at()),
            amr: session.factors().amr().into_iter().map(str::to_owned).collect(),
        },
        last_sign_in,
        recovery_codes_left: recovery_codes::left_after_use(app, session).await?,
        code_replayed: session
            .code_replayed()
            .map(|(at, address)| LastSignIn { at: rfc3339(at), address: address.to_owned() }),
        mail: if app.mailer.is_smtp() { MailDelivery::Smtp } else { MailDelivery::Files },
    })))
}
