//! The redirects that take a browser from an application to the portal's log-in and back: `/.postern/start` on the
//! application's host, `/open` on the portal, `/.postern/callback` on the application's host.
//!
//! Each is parsed strictly: no parameter may be repeated or unknown.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded::parse;

use super::forwarded::Target;
use crate::applications::Origin;
use crate::auth::token::{Token, TokenHash};
use crate::ids::ApplicationId;

/// Path on the portal that issues a code for an application.
pub const OPEN: &str = "/open";
/// Path on an application's host where the log-in begins.
pub const START: &str = "/.postern/start";
/// Path on an application's host where the log-in ends.
pub const CALLBACK: &str = "/.postern/callback";
/// Path on an application's host that logs out.
pub const SIGN_OUT: &str = "/.postern/sign-out";
/// Maximum length of an encoded target in bytes. A longer one becomes the root: some proxies limit a head to 4 KiB.
const MAX_TARGET: usize = 2_000;
/// Everything except the characters that need no encoding in a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'/');

/// `/.postern/start?to=…`: the requested page on the application's host. Without `to`, the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Path and query.
    pub to: String,
    /// Whether this is a second attempt, because the code was issued for another browser.
    pub is_again: bool,
}

/// `/open?application=…&begin=…&to=…`: the application, the browser, and the requested page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The application.
    pub application_id: ApplicationId,
    /// Hash of the token that identifies the browser on the application's host.
    pub begin: TokenHash,
    /// Path and query.
    pub target: Target,
    /// As in [`Start`].
    pub is_again: bool,
}

/// `/.postern/callback?code=…`.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The code.
    pub code: Token,
    /// As in [`Start`].
    pub is_again: bool,
}

/// The parameters of a query.
struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// `None` if a name is unknown or repeated.
    fn parse(query: &'a str, names: &[&str]) -> Option<Self> {
        let pairs: Vec<_> = parse(query.as_bytes()).collect();
        let is_sound = pairs.iter().enumerate().all(|(index, (name, _))| {
            names.contains(&&**name) && !pairs[..index].iter().any(|(earlier, _)| earlier == name)
        });
        is_sound.then_some(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| &**value)
    }
}

impl Start {
    /// The address on an application's host.
    #[must_use]
    pub fn url(origin: &Origin, to: &str, is_again: bool) -> String {
        let to = utf8_percent_encode(to, PLAIN).to_string();
        let to = if to.len() > MAX_TARGET { "/" } else { &to };
        format!("{origin}{START}?to={to}{}", again(is_again))
    }

    /// Parses the query. `None` if it is malformed, or the target is not a path on the application's own host.
    #[must_use]
    pub fn parse(query: &str) -> Option<Self> {
        let parameters = Parameters::parse(query, &["to", "again"])?;
        let to = parameters.get("to").unwrap_or("/");
        let is_too_long = utf8_percent_encode(to, PLAIN).map(str::len).sum::<usize>() > MAX_TARGET;
        let to = if is_too_long { "/" } else { Target::parse(to).ok().map(|_| to)? };
        Some(Self { to: to.to_owned(), is_again: parameters.get("again").is_some() })
    }
}

impl Opening {
    /// Path and query on the portal. The target is in Base64, because this address becomes a parameter itself during the
    /// log-in, and percent signs would then be encoded twice.
    #[must_use]
    pub fn path(application_id: &ApplicationId, begin: &TokenHash, start: &Start) -> String {
        let to = URL_SAFE_NO_PAD.encode(&start.to);
        let begin = begin.as_str();
        format!("{OPEN}?application={application_id}&begin={begin}&to={to}{}", again(start.is_again))
    }

    /// Parses the query.
    #[must_use]
    pub fn parse(query: &str) -> Option<Self> {
        let parameters = Parameters::parse(query, &["application", "begin", "to", "again"])?;
        let id = parameters.get("application").filter(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let to = URL_SAFE_NO_PAD.decode(parameters.get("to")?).ok()?;
        Some(Self {
            application_id: ApplicationId::named(id.to_owned()),
            begin: TokenHash::parse(parameters.get("begin")?)?,
            target: Target::parse(str::from_utf8(&to).ok()?).ok()?,
            is_again: parameters.get("again").is_some(),
        })
    }
}

impl Callback {
    /// The address on an application's host.
    #[must_use]
    pub fn url(origin: &Origin, code: &Token, is_again: bool) -> String {
        format!("{origin}{CALLBACK}?code={}{}", code.expose(), again(is_again))
    }

    /// Parses the query.
    #[must_use]
    pub fn parse(query: &str) -> Option<Self> {
        let parameters = Parameters::parse(query, &["code", "again"])?;
        Some(Self { code: Token::parse(parameters.get("code")?)?, is_again: parameters.get("again").is_some() })
    }
}

/// What an application requires before it can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A second factor that was shown recently.
    FreshFactor,
    /// A recent log-in.
    RecentLogIn,
    /// A second factor, which the user has not set up.
    SecondFactor,
}

/// The log-in page, which continues to `path` after the log-in. `path` is in the fragment, and the page checks it.
#[must_use]
pub fn log_in_page(path: &str) -> String {
    format!("/#return={path}")
}

/// The page of the console that asks for what is required, and then continues to `path`.
#[must_use]
pub fn step_up_page(need: Need, path: &str) -> String {
    let because = match need {
        Need::FreshFactor => "",
        Need::RecentLogIn => "?because=log_in",
        Need::SecondFactor => "?because=second_factor",
    };
    format!("/console/step-up{because}#return={path}")
}

fn again(is_again: bool) -> &'static str {
    if is_again { "&again" } else { "" }
}

#[cfg(test)]
#[path = "redirects_tests.rs"]
mod tests;
