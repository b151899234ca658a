//! The cookies: parsing what a browser sent, and building what a response sets (R24).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};

use super::header_list::separated;
use crate::auth::passkey::CHALLENGE_S;
use crate::auth::token::{Token, TokenHash};

/// Name of the session's cookie.
pub const SESSION_COOKIE: &str = "__Host-postern";
/// Name of the cookie by which a browser is known.
pub const BROWSER_COOKIE: &str = "__Host-postern-browser";
/// Name of the cookie on an application's host, for its session there.
pub const APPLICATION_COOKIE: &str = "__Host-postern-app";
/// Name of the cookie on an application's host that identifies the browser during the log-in.
pub const BEGIN_COOKIE: &str = "__Host-postern-begin";
/// Name of the cookie of a browser that may log in by passkey alone.
pub const PASSKEY_COOKIE: &str = "__Host-postern-passkey";
/// How long a browser stays known: the maximum lifetime of a cookie in browsers.
pub const BROWSER_KNOWN_DAYS: i64 = 400;

/// The well-formed tokens that the browser sent. Parsed once per request.
#[derive(Clone, Debug)]
pub struct Cookies(Arc<Sent>);

#[derive(Debug)]
struct Sent {
    session: Option<Token>,
    browser: Option<Token>,
    passkey: Option<Token>,
    names_session: bool,
}

impl Cookies {
    /// Reads the portal's own cookies.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        Self(Arc::new(Sent {
            session: token(headers, SESSION_COOKIE),
            browser: token(headers, BROWSER_COOKIE),
            passkey: token(headers, PASSKEY_COOKIE),
            names_session: named(headers, SESSION_COOKIE).next().is_some(),
        }))
    }

    /// Hash of the session's token.
    #[must_use]
    pub fn session(&self) -> Option<TokenHash> {
        self.0.session.as_ref().map(Token::hash)
    }

    /// Hash of the token by which this browser may be known.
    #[must_use]
    pub fn browser(&self) -> Option<TokenHash> {
        self.0.browser.as_ref().map(Token::hash)
    }

    /// The token to which challenges for a log-in by passkey alone are bound.
    #[must_use]
    pub fn passkey(&self) -> Option<&Token> {
        self.0.passkey.as_ref()
    }

    /// Whether there was any session cookie, well-formed or not.
    #[must_use]
    pub fn names_session(&self) -> bool {
        self.0.names_session
    }
}

/// The well-formed token in the cookie of this name. Two cookies of the same name mean that somebody planted one, so neither is
/// accepted.
pub(crate) fn token(headers: &HeaderMap, name: &'static str) -> Option<Token> {
    let mut named = named(headers, name);
    let only = named.next()?;
    if named.next().is_some() { None } else { Token::parse(only.value()) }
}

/// The cookies of this name. Each cookie is read on its own, so that a cookie of another application on the same host, in
/// whichever encoding, hides none of them.
fn named<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = Cookie<'a>> {
    let pairs = separated(headers, &header::COOKIE, b';').flatten();
    pairs.filter_map(|pair| Cookie::parse(pair).ok()).filter(move |cookie| cookie.name() == name)
}

impl<S: Sync> FromRequestParts<S> for Cookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        if let Some(cookies) = parts.extensions.get::<Self>() {
            return Ok(cookies.clone());
        }
        let cookies = Self::read(&parts.headers);
        parts.extensions.insert(cookies.clone());
        Ok(cookies)
    }
}

/// The session cookie with a new token.
pub(crate) fn session_cookie(token: &Token) -> Cookie<'static> {
    cookie(SESSION_COOKIE, token.expose().to_owned()).build()
}

/// The persistent cookie by which a browser is known.
pub(crate) fn browser_cookie(token: &Token) -> Cookie<'static> {
    let lifetime = Duration::days(BROWSER_KNOWN_DAYS);
    cookie(BROWSER_COOKIE, token.expose().to_owned()).max_age(lifetime).build()
}

/// The cookie to which challenges for a log-in by passkey alone are bound. It lasts as long as they do, and holds nothing but a random
/// token.
pub(crate) fn passkey_cookie(token: &Token) -> Cookie<'static> {
    cookie(PASSKEY_COOKIE, token.expose().to_owned()).max_age(Duration::seconds(CHALLENGE_S)).build()
}

/// Removes the session cookie.
pub(crate) fn no_session_cookie() -> Cookie<'static> {
    removal(SESSION_COOKIE)
}

/// The cookie of a session with an application, on its host.
pub(crate) fn application_cookie(token: &Token) -> Cookie<'static> {
    cookie(APPLICATION_COOKIE, token.expose().to_owned()).build()
}

/// Removes the cookie of a session with an application.
pub(crate) fn no_application_cookie() -> Cookie<'static> {
    removal(APPLICATION_COOKIE)
}

/// The cookie that identifies a browser on an application's host during the log-in.
pub(crate) fn begin_cookie(token: &Token) -> Cookie<'static> {
    cookie(BEGIN_COOKIE, token.expose().to_owned()).build()
}

/// Adds a cookie to a response.
pub(crate) fn set(response: &mut Response, cookie: &Cookie<'static>) {
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn removal(name: &'static str) -> Cookie<'static> {
    let mut gone = cookie(name, String::new()).build();
    gone.make_removal();
    gone
}

/// `SameSite=Lax`, so that a link in an e-mail opens with the session.
fn cookie(name: &'static str, value: String) -> CookieBuilder<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
}
