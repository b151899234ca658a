//! The session of a request, as types. A handler that takes [`FullSession`] is only reached with every factor. The fields are
//! private to this file, so nothing else can create one.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use postern_types::{ApiError, USER_HEADER};

use super::client::Client;
use super::cookies::Cookies;
use super::error::AppError;
use super::refusals::UserOfRequest;
use crate::auth::freshness::Freshness;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};
use crate::state::AppState;
use crate::store::Session;
use crate::store::authority::Authority;
use crate::store::sessions::Renewal;

/// A session that has shown only the password. It is good for the next step and nothing else (R14).
#[derive(Debug)]
pub struct PendingSession(LiveSession);

/// A session that has shown every required factor.
#[derive(Debug)]
pub struct FullSession(LiveSession);

/// A [`FullSession`] that has shown its second factor within ten minutes, or whose user has none.
#[derive(Debug)]
pub struct FreshSession(FullSession);

/// A session that has shown every required factor, but whose user must replace the password first (R18).
#[derive(Debug)]
pub struct NewPasswordSession(LiveSession);

/// The session of this browser, if any.
#[derive(Debug)]
pub enum AnySession {
    /// None, or one that has ended.
    None,
    /// Only the password was shown.
    Pending(PendingSession),
    /// Every factor was shown, but the password must be replaced.
    NewPassword(NewPasswordSession),
    /// Every factor was shown.
    Full(FullSession),
}

/// A session that had not ended when the request came, and the hash of the token by which it was found.
#[derive(Debug)]
pub struct LiveSession {
    session: Session,
    token: TokenHash,
    at: UnixTime,
}

impl LiveSession {
    /// By what right the user changes something: checked again in the transaction.
    pub(crate) const fn authority(&self, client: &Client, freshness: Freshness) -> Authority<'_> {
        Authority { session: &self.session, token: &self.token, address: client.address(), at: self.at, freshness }
    }

    /// Refuses a session that has not shown a second factor recently enough.
    pub(crate) fn require(&self, freshness: Freshness) -> Result<(), ApiError> {
        freshness.check(self.two_factor_since(), self.factor_shown_at(), self.at)
    }

    /// Hash of the token.
    #[must_use]
    pub const fn token(&self) -> &TokenHash {
        &self.token
    }

    /// The session under a new token.
    pub(crate) const fn renewal<'a>(&'a self, new_token: &'a TokenHash, now: UnixTime) -> Renewal<'a> {
        Renewal {
            session_id: self.session.id(),
            user_id: self.session.user_id(),
            old_token: &self.token,
            new_token,
            now,
        }
    }
}

impl Deref for LiveSession {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Deref for PendingSession {
    type Target = LiveSession;

    fn deref(&self) -> &LiveSession {
        &self.0
    }
}

impl Deref for FullSession {
    type Target = LiveSession;

    fn deref(&self) -> &LiveSession {
        &self.0
    }
}

impl Deref for FreshSession {
    type Target = FullSession;

    fn deref(&self) -> &FullSession {
        &self.0
    }
}

impl Deref for NewPasswordSession {
    type Target = LiveSession;

    fn deref(&self) -> &LiveSession {
        &self.0
    }
}

impl AnySession {
    /// Classifies a live session.
    fn of(session: Session, token: TokenHash, at: UnixTime) -> Self {
        let live = LiveSession { session, token, at };
        match (live.authenticated_at(), live.new_password_since()) {
            (None, _) => Self::Pending(PendingSession(live)),
            (Some(_), Some(_)) => Self::NewPassword(NewPasswordSession(live)),
            (Some(_), None) => Self::Full(FullSession(live)),
        }
    }

    /// What all kinds of sessions have.
    const fn live(&self) -> Option<&LiveSession> {
        match self {
            Self::None => None,
            Self::Pending(PendingSession(live))
            | Self::NewPassword(NewPasswordSession(live))
            | Self::Full(FullSession(live)) => Some(live),
        }
    }

    /// The id, if there is a session.
    pub(crate) fn id(&self) -> Option<&SessionId> {
        self.live().map(|live| live.id())
    }

    /// The user, if there is a session.
    pub(crate) fn user_id(&self) -> Option<&UserId> {
        self.live().map(|live| live.user_id())
    }

    /// Refuses a request of a page that was drawn for another user, before anything is done: since then, somebody else has
    /// logged in with the same browser. See [`USER_HEADER`].
    fn require_user_of_page(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(live) = self.live() else { return Ok(()) };
        if headers.get_all(USER_HEADER).iter().all(|user| user == live.user_id().as_str()) {
            return Ok(());
        }
        Err(ApiError::AnotherUser { email: live.email().clone() })
    }

    /// The session of a token.
    pub(crate) async fn find(app: &AppState, token: TokenHash) -> Result<Self, AppError> {
        let now = app.clock.now();
        let session = app.sessions.find(&token, now).await?;
        Ok(session.map_or(Self::None, |session| Self::of(session, token, now)))
    }
}

impl FromRequestParts<AppState> for AnySession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let Ok(cookies) = Cookies::from_request_parts(parts, app).await;
        let Some(token) = cookies.session() else { return Ok(Self::None) };
        let session = Self::find(app, token).await?;
        if let (Some(user), Some(live)) = (parts.extensions.get::<UserOfRequest>(), session.live()) {
            user.note(live.user_id());
        }
        session.require_user_of_page(&parts.headers)?;
        if let Self::Full(FullSession(live)) | Self::NewPassword(NewPasswordSession(live)) = &session {
            app.sessions.note_use(live, live.token(), app.clock.now()).await?;
        }
        Ok(session)
    }
}

impl FromRequestParts<AppState> for PendingSession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        match AnySession::from_request_parts(parts, app).await? {
            AnySession::Pending(session) => Ok(session),
            AnySession::NewPassword(_) | AnySession::Full(_) => Err(ApiError::OutOfStep.into()),
            AnySession::None => Err(ApiError::SessionExpired.into()),
        }
    }
}

impl FromRequestParts<AppState> for FullSession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        match AnySession::from_request_parts(parts, app).await? {
            AnySession::Full(session) => Ok(session),
            AnySession::Pending(_) => Err(ApiError::SecondFactorRequired.into()),
            AnySession::NewPassword(_) => Err(ApiError::OutOfStep.into()),
            AnySession::None => Err(ApiError::SessionExpired.into()),
        }
    }
}

impl FromRequestParts<AppState> for FreshSession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let session = FullSession::from_request_parts(parts, app).await?;
        session.require(Freshness::FreshIfSetUp)?;
        Ok(Self(session))
    }
}

impl FromRequestParts<AppState> for NewPasswordSession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        match AnySession::from_request_parts(parts, app).await? {
            AnySession::NewPassword(session) => Ok(session),
            AnySession::Pending(_) | AnySession::Full(_) => Err(ApiError::OutOfStep.into()),
            AnySession::None => Err(ApiError::SessionExpired.into()),
        }
    }
}
