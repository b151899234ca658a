//! Where browsers are sent, and where log-outs are announced. Compared exactly (RFC 6749, 3.1.2; RFC 9700, 2.1).

use url::{Host, Url};

use super::client_kind::ClientKind;

/// A registered URI, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

/// Why a URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUri {
    /// Not an absolute URI, or over 2,000 bytes.
    #[error(
        "must be an absolute URI such as https://app.example.com/callback, of at most {} bytes",
        RedirectUri::MAX_BYTES
    )]
    NotAUri,
    /// It has a fragment.
    #[error("must have no fragment (#)")]
    Fragment,
    /// It holds a user name or a password.
    #[error("must not contain a user name or a password")]
    UserInfo,
    /// It has a wildcard.
    #[error("must not contain *: a redirect URI is compared as it is, so add one for each address")]
    Pattern,
    /// Plain http to a host other than this machine.
    #[error("must begin with https://, or with http:// on localhost")]
    NotHttps,
    /// A scheme of its own, for a client with a secret; or one without a dot.
    #[error(
        "must begin with https://; only a public client can have a scheme of its own, which needs a dot: com.example.app:/callback"
    )]
    Scheme,
}

impl RedirectUri {
    /// Maximum length in bytes.
    pub const MAX_BYTES: usize = 2_000;

    /// Parses a URI for a client of this kind: https, http on this machine, or for a public client a private-use scheme (RFC 8252,
    /// 7.1).
    ///
    /// # Errors
    /// [`InvalidUri`] says what is wrong.
    pub fn parse(text: &str, kind: ClientKind) -> Result<Self, InvalidUri> {
        let url = parsed(text)?;
        match (url.scheme(), kind) {
            ("https", _) => {}
            ("http", _) if is_here(&url) => {}
            ("http", _) => return Err(InvalidUri::NotHttps),
            (scheme, ClientKind::Public) if scheme.contains('.') => {}
            _ => return Err(InvalidUri::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// Parses the address at which a client wants to learn of log-outs (OpenID Connect Back-Channel Logout 1.0, 2.2). `allows_http` is
    /// for servers in a network where nobody else can listen.
    ///
    /// # Errors
    /// [`InvalidUri`] says what is wrong.
    pub fn parse_back_channel(text: &str, allows_http: bool) -> Result<Self, InvalidUri> {
        let url = parsed(text)?;
        match url.scheme() {
            "https" => Ok(Self(text.to_owned())),
            "http" if allows_http || is_here(&url) => Ok(Self(text.to_owned())),
            _ => Err(InvalidUri::NotHttps),
        }
    }

    /// A URI from the database, which was parsed when it was registered.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a client may use the URI that it sent. A public client on the user's machine may listen at any port of a loopback
    /// address (RFC 8252, 7.3). Everything else is compared as it is.
    #[must_use]
    pub fn allows(&self, sent: &str, kind: ClientKind) -> bool {
        let without_port = |text| loopback(text).filter(|_| kind == ClientKind::Public);
        self.0 == sent || without_port(&self.0).is_some_and(|own| without_port(sent) == Some(own))
    }
}

fn parsed(text: &str) -> Result<Url, InvalidUri> {
    let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(text).ok().filter(|_| is_printable && text.len() <= RedirectUri::MAX_BYTES);
    let url = url.ok_or(InvalidUri::NotAUri)?;
    // `https:app.example` is relative to a page that is at https itself.
    let is_relative = url.has_host() && text.get(url.scheme().len()..).is_none_or(|rest| !rest.starts_with("://"));
    if is_relative {
        return Err(InvalidUri::NotAUri);
    }
    if text.contains('#') {
        return Err(InvalidUri::Fragment);
    }
    if text.contains('*') {
        return Err(InvalidUri::Pattern);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidUri::UserInfo);
    }
    Ok(url)
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Host, and path and query, of an http URI at a loopback address, without the port.
fn loopback(text: &str) -> Option<(&str, &str)> {
    let after_scheme = text.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| after_scheme.starts_with(host))?;
    let rest = &after_scheme[host.len()..];
    let path = match rest.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    (path.is_empty() || path.starts_with(['/', '?'])).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_relative_to_a_page_is_none() {
        for text in ["https:wiki.example.com/cb", "https:/wiki.example.com/cb", "https:\\wiki.example.com/cb"] {
            assert_eq!(parsed(text).err(), Some(InvalidUri::NotAUri), "{text}");
        }
        assert!(parsed("HTTPS://wiki.example.com/cb").is_ok() && parsed("com.example.app:/cb").is_ok());
    }
    use ClientKind::{Confidential, Public};

    #[test]
    fn what_cannot_be_compared_or_protected_is_refused() {
        for (text, kind, why) in [
            ("/callback", Confidential, InvalidUri::NotAUri),
            ("https://app.example.com/a b", Confidential, InvalidUri::NotAUri),
            ("https://app.example.com/#x", Confidential, InvalidUri::Fragment),
            ("https://*.example.com/callback", Confidential, InvalidUri::Pattern),
            ("https://user@app.example.com/", Confidential, InvalidUri::UserInfo),
            ("http://app.example.com/callback", Confidential, InvalidUri::NotHttps),
            ("com.example.app:/callback", Confidential, InvalidUri::Scheme),
            ("javascript:alert(1)", Public, InvalidUri::Scheme),
            ("app:/callback", Public, InvalidUri::Scheme),
        ] {
            assert_eq!(RedirectUri::parse(text, kind), Err(why), "{text}");
        }
        for (text, kind) in [
            ("https://app.example.com/callback?x=1", Confidential),
            ("http://localhost:3000/callback", Confidential),
            ("http://127.0.0.1/callback", Public),
            ("com.example.app:/callback", Public),
        ] {
            assert!(RedirectUri::parse(text, kind).is_ok(), "{text}");
        }
    }

    #[test]
    fn log_outs_are_announced_in_the_clear_on_this_machine_alone_unless_it_is_allowed() {
        let parse = RedirectUri::parse_back_channel;
        assert!(
            parse("https://app.example.com/out", false).is_ok() && parse("http://127.0.0.1:3000/out", false).is_ok()
        );
        assert_eq!(parse("http://app:3000/out", false), Err(InvalidUri::NotHttps));
        assert!(parse("http://app:3000/out", true).is_ok());
        assert_eq!(parse("ftp://app.example.com/out", true), Err(InvalidUri::NotHttps));
    }

    #[test]
    fn a_uri_is_compared_as_it_is() {
        let registered = RedirectUri::parse("https://app.example.com/callback", Confidential).unwrap();
        assert!(registered.allows("https://app.example.com/callback", Confidential));
        for other in [
            "https://app.example.com/callback/",
            "https://app.example.com/callback?x=1",
            "https://app.example.com/callbackx",
            "https://app.example.com/callback/../x",
            "https://APP.example.com/callback",
            "https://app.example.com:443/callback",
            "https://app.example.com.evil.example/callback",
        ] {
            assert!(!registered.allows(other, Confidential), "{other}");
        }
    }

    #[test]
    fn a_public_client_listens_at_any_port_of_a_loopback_address() {
        let registered = RedirectUri::parse("http://127.0.0.1/callback", Public).unwrap();
        assert!(registered.allows("http://127.0.0.1:51004/callback", Public));
        assert!(!registered.allows("http://127.0.0.1:51004/callback", Confidential));
        for other in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost:51004/callback",
            "http://[::1]:51004/callback",
            "https://127.0.0.1:51004/callback",
        ] {
            assert!(!registered.allows(other, Public), "{other}");
        }
        let registered = RedirectUri::parse("http://[::1]:8000/callback?a=b", Public).unwrap();
        assert!(registered.allows("http://[::1]:9/callback?a=b", Public));
    }
}
