//! The two cookies: parsing what a browser sent, and building what a response sets (R24).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use cookie::time::Duration;
use cookie::{Cookie, CookieBuilder, SameSite};

use super::header_list::separated;
use crate::auth::token::{Token, TokenHash};

/// Name of the session's cookie.
pub const SESSION_COOKIE: &str = "__Host-postern";
/// Name of the cookie by which a browser is known.
pub const BROWSER_COOKIE: &str = "__Host-postern-browser";
/// How long a browser stays known: the maximum lifetime of a cookie in browsers.
pub const BROWSER_KNOWN_DAYS: i64 = 400;

/// The well-formed tokens that the browser sent. Parsed once per request.
#[derive(Clone, Debug)]
pub struct Cookies(Arc<Sent>);

#[derive(Debug)]
struct Sent {
    session: Option<Token>,
    browser: Option<Token>,
    names_session: bool,
}

impl Cookies {
    /// Reads each cookie for itself: what another application of the same host has set, in whichever encoding, hides nothing.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let pairs = separated(headers, &header::COOKIE, b';').flatten();
        let cookies: Vec<Cookie<'_>> = pairs.filter_map(|pair| Cookie::parse(pair).ok()).collect();
        let named = |name| cookies.iter().filter(move |cookie| cookie.name() == name);
        // Two cookies of the same name mean that somebody planted one, so neither is accepted.
        let only = |name| match (named(name).next(), named(name).nth(1)) {
            (Some(cookie), None) => Token::parse(cookie.value()),
            _ => None,
        };
        Self(Arc::new(Sent {
            session: only(SESSION_COOKIE),
            browser: only(BROWSER_COOKIE),
            names_session: named(SESSION_COOKIE).next().is_some(),
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

    /// Whether there was any session cookie, well-formed or not.
    #[must_use]
    pub fn names_session(&self) -> bool {
        self.0.names_session
    }
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

/// The lasting cookie by which a browser is known.
pub(crate) fn browser_cookie(token: &Token) -> Cookie<'static> {
    let lifetime = Duration::days(BROWSER_KNOWN_DAYS);
    cookie(BROWSER_COOKIE, token.expose().to_owned()).max_age(lifetime).build()
}

/// Removes the session cookie.
pub(crate) fn no_session_cookie() -> Cookie<'static> {
    let mut gone = cookie(SESSION_COOKIE, String::new()).build();
    gone.make_removal();
    gone
}

/// `SameSite=Lax`, so that a link in a mail opens with the session.
fn cookie(name: &'static str, value: String) -> CookieBuilder<'static> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax)
}
