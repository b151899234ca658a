//! The origin of an application.

use std::borrow::Borrow;
use std::fmt;

use url::{Host, Url};

/// The origin of an application, in canonical form (RFC 6454, section 6.2): `scheme://host[:port]`, in lower case, with
/// internationalised names in Punycode, without the default port and without a trailing dot. https, or http on `localhost` and
/// names under it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Origin(String);

/// The address at which users open an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationUrl {
    text: String,
    origin: Origin,
}

/// Why a URL cannot be the address of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// Over 2,000 bytes.
    #[error("must have at most {} bytes", ApplicationUrl::MAX_BYTES)]
    TooLong,
    /// Not an absolute URL with a host.
    #[error("must be a URL such as https://wiki.example.com")]
    NotAUrl,
    /// Plain http on another host than localhost, or another scheme.
    #[error(
        "must begin with https://, or with http:// on localhost: over plain http, browsers do not store Secure cookies"
    )]
    NotHttps,
    /// It holds a user name or a password.
    #[error("must not contain a user name or a password")]
    UserInfo,
    /// The host ends with a dot, or has characters that a host name cannot have.
    #[error("must have a host name of letters, digits, hyphens and dots, without a dot at the end")]
    OddHost,
}

/// Why no application can have the portal's host.
pub const OF_PORTAL: &str = "the portal has this host name, and an application needs another one: browsers send the cookies of a host to all its ports";

impl Origin {
    /// The origin of a URL.
    ///
    /// # Errors
    /// [`InvalidOrigin`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        // The URL parser would drop these.
        if text.contains(|c: char| c.is_control() || c == '\\') || text.trim() != text {
            return Err(InvalidOrigin::NotAUrl);
        }
        Self::of(&Url::parse(text).map_err(|_| InvalidOrigin::NotAUrl)?)
    }

    /// The origin of a parsed URL.
    ///
    /// # Errors
    /// [`InvalidOrigin`] says what is wrong.
    pub fn of(url: &Url) -> Result<Self, InvalidOrigin> {
        let host = url.host().ok_or(InvalidOrigin::NotAUrl)?;
        let is_local = matches!(&host, Host::Domain(name) if *name == "localhost" || name.ends_with(".localhost"));
        match url.scheme() {
            "https" => {}
            "http" if is_local => {}
            _ => return Err(InvalidOrigin::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidOrigin::UserInfo);
        }
        if matches!(host, Host::Domain(name) if !is_host_name(name)) {
            return Err(InvalidOrigin::OddHost);
        }
        Ok(Self(url.origin().ascii_serialization()))
    }

    /// `scheme://host[:port]`, as in the `Origin` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, as written in the origin. Browsers send the cookies of a host to all its ports (RFC 6265, section 8.5).
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, authority)| authority);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }
}

impl Borrow<str> for Origin {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl ApplicationUrl {
    /// Maximum length in bytes.
    pub const MAX_BYTES: usize = 2_000;

    /// Parses a URL.
    ///
    /// # Errors
    /// [`InvalidOrigin`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let origin = Origin::parse(text)?;
        let text = Url::parse(text).map_err(|_| InvalidOrigin::NotAUrl)?.to_string();
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidOrigin::TooLong);
        }
        Ok(Self { text, origin })
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its origin.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Labels of letters, digits, hyphens and underscores, none of them empty.
fn is_host_name(name: &str) -> bool {
    name.split('.').all(|label| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_form() {
        for (text, origin) in [
            ("https://wiki.example.com", "https://wiki.example.com"),
            ("https://Wiki.EXAMPLE.com:443/start?x#y", "https://wiki.example.com"),
            ("https://wiki.example.com:8443/", "https://wiki.example.com:8443"),
            ("https://k\u{f6}ln.example", "https://xn--kln-sna.example"),
            ("https://KÖLN.example", "https://xn--kln-sna.example"),
            ("http://localhost:80", "http://localhost"),
            ("http://app.localhost:8080", "http://app.localhost:8080"),
            ("https://192.0.2.7", "https://192.0.2.7"),
            ("https://[2001:DB8::7]:8443", "https://[2001:db8::7]:8443"),
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.0).as_deref(), Ok(origin), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_of_an_application_is_refused() {
        use InvalidOrigin::{NotAUrl, NotHttps, OddHost, UserInfo};
        for (text, why) in [
            ("", NotAUrl),
            ("wiki.example.com", NotAUrl),
            ("/wiki", NotAUrl),
            ("data:,x", NotAUrl),
            (" https://wiki.example.com", NotAUrl),
            ("https://wiki.exa\tmple.com", NotAUrl),
            ("https:\\\\wiki.example.com", NotAUrl),
            ("http://wiki.example.com", NotHttps),
            ("http://localhost.example.com", NotHttps),
            ("http://notlocalhost", NotHttps),
            ("http://127.0.0.1", NotHttps),
            ("ftp://wiki.example.com", NotHttps),
            ("https://user@wiki.example.com", UserInfo),
            ("https://:secret@wiki.example.com", UserInfo),
            ("https://wiki.example.com.", OddHost),
            ("https://wiki..example.com", OddHost),
            ("https://*.example.com", OddHost),
        ] {
            assert_eq!(Origin::parse(text), Err(why), "{text}");
        }
    }
}
