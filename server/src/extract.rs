//! What handlers ask for, as types: a body that was checked, a client, a session that has come so far.
//!
//! Authority is a type here. A handler that takes [`FullSession`] cannot be reached without every factor.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use cookie::Cookie;
use postern_types::ApiError;
use serde::de::DeserializeOwned;

use crate::auth::token::{Token, TokenHash};
use crate::client_address::{client_address, looks_proxied};
use crate::error::AppError;
use crate::state::AppState;
use crate::store::sessions::{self, Session};

/// Name of the session's cookie (R24).
pub const SESSION_COOKIE: &str = "__Host-postern";
/// Name of the cookie by which a browser is known.
pub const BROWSER_COOKIE: &str = "__Host-postern-browser";
/// Longest `User-Agent` that is kept, in characters.
const MAX_USER_AGENT: usize = 256;

/// A session that has shown the password only. Worth nothing but the next step (R14).
#[derive(Debug)]
pub struct PendingSession(pub Session, pub TokenHash);

/// A session that has shown every factor that was asked for.
#[derive(Debug)]
pub struct FullSession(pub Session, pub TokenHash);

/// A session that has shown every factor, and must replace the password before it is worth anything (R18).
#[derive(Debug)]
pub struct NewPasswordSession(pub Session, pub TokenHash);

/// Whatever session this browser has, if any.
#[derive(Debug)]
pub enum AnySession {
    /// None, or one that is over.
    None,
    /// The password was shown.
    Pending(PendingSession),
    /// Everything was shown, but the password must be replaced.
    NewPassword(NewPasswordSession),
    /// Everything was shown.
    Full(FullSession),
}

/// The tokens that the browser sent, well-formed ones only.
#[derive(Debug)]
pub struct Cookies {
    /// Of the session.
    pub session: Option<Token>,
    /// Of the known browser.
    pub browser: Option<Token>,
    /// Whether there was any session cookie, well-formed or not.
    pub names_session: bool,
}

/// Where a request came from.
#[derive(Debug)]
pub struct Client {
    /// The client's address, seen through trusted proxies.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// A JSON body, every field of it known.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl Cookies {
    fn read(headers: &HeaderMap) -> Self {
        let cookies: Vec<Cookie<'_>> = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .collect();
        let named = |name| cookies.iter().filter(move |cookie| cookie.name() == name);
        // Two cookies of one name come from somebody who plants them: neither is taken.
        let only = |name| match (named(name).next(), named(name).nth(1)) {
            (Some(cookie), None) => Token::parse(cookie.value()),
            _ => None,
        };
        Self {
            session: only(SESSION_COOKIE),
            browser: only(BROWSER_COOKIE),
            names_session: named(SESSION_COOKIE).next().is_some(),
        }
    }
}

impl AnySession {
    /// What a live session is worth.
    #[must_use]
    pub const fn of(session: Session, token: TokenHash) -> Self {
        match (session.authenticated_at, session.new_password_since) {
            (None, _) => Self::Pending(PendingSession(session, token)),
            (Some(_), Some(_)) => Self::NewPassword(NewPasswordSession(session, token)),
            (Some(_), None) => Self::Full(FullSession(session, token)),
        }
    }
}

impl FromRequestParts<AppState> for Cookies {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, AppError> {
        Ok(Self::read(&parts.headers))
    }
}

impl FromRequestParts<AppState> for AnySession {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let Some(token) = Cookies::read(&parts.headers).session.map(|token| token.hash()) else {
            return Ok(Self::None);
        };
        let (now, idle_s) = (app.clock.now(), app.config.session_idle);
        let Some(session) = sessions::find(&app.db, &token, now, idle_s).await? else { return Ok(Self::None) };
        if session.authenticated_at.is_none() {
            return Ok(Self::of(session, token));
        }
        // A write for every request would cost more than the request; a minute is close enough (R26).
        if now - session.last_seen_at >= (idle_s / 10).min(60) {
            sessions::touch(&app.db, &session.id, now).await?;
        }
        Ok(Self::of(session, token))
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

impl FromRequestParts<AppState> for Client {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, app)
            .await
            .map_err(|_| anyhow::anyhow!("the peer's address is not known"))?;
        let trusted = &app.config.trusted_proxies;
        if looks_proxied(peer.ip(), &parts.headers, trusted) && !app.proxy_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                peer = %peer.ip(),
                "requests carry forwarding headers, but trusted_proxies does not name this peer: all users share its address, \
                 and with it one limit of wrong passwords"
            );
        }
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            address: client_address(peer.ip(), &parts.headers, trusted),
            user_agent: agent.chars().take(MAX_USER_AGENT).collect(),
        })
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, AppError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType.into());
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
            _ => malformed("body", "it could not be read to its end"),
        })?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (field, cause) = (error.path().to_string(), error.into_inner());
            let whole = field == "." || !cause.is_data();
            malformed(if whole { "body" } else { &field }, &reason(&cause))
        })?;
        json.end().map_err(|_| malformed("body", "there is something behind the JSON value"))?;
        Ok(Self(body))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

pub(crate) fn malformed(field: &str, reason: &str) -> ApiError {
    ApiError::Malformed { field: field.to_owned(), reason: reason.to_owned() }
}

/// What would be right, without repeating what was sent: serde's own words are what stands behind the last "expected".
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let expected = text.rsplit_once(", expected ").map(|(_, after)| after.split(" at line").next().unwrap_or(after));
    match expected {
        _ if !error.is_data() => "it is not JSON".to_owned(),
        Some(expected) if text.starts_with("unknown field") => {
            format!("there is a field too many, expected {expected}")
        }
        Some(expected) => format!("expected {expected}"),
        None if text.starts_with("unknown field") => "there is a field too many, expected none".to_owned(),
        None => text.split(" at line").next().unwrap_or(&text).to_owned(),
    }
}
