//! The address at which browsers reach the portal.

use anyhow::{Context, ensure};
use url::{Host, Url};

use super::host::{host, is_loopback};
use crate::auth::token::Token;
use crate::ids::AccountId;

/// The portal's own origin, as browsers write it (RFC 6454, 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: Host,
}

impl PublicUrl {
    /// Parses an https origin, or an http one on this machine.
    ///
    /// # Errors
    /// With what is allowed.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let help = "must be a URL such as https://login.example.com";
        let url = Url::parse(text).ok().context(help)?;
        let host = host(&url).context(help)?;
        ensure!(matches!(url.scheme(), "https" | "http"), "must begin with https://, or with http:// on localhost");
        // Browsers never look these names up (RFC 6761, 6.3).
        let is_below_localhost = matches!(&host, Host::Domain(name) if name.ends_with(".localhost"));
        ensure!(
            url.scheme() == "https" || is_loopback(&host) || is_below_localhost,
            "must be https: over plain http, browsers keep the Secure session cookie only on localhost and names such as login.localhost. \
             Put a TLS proxy in front of the portal, and give its https address here"
        );
        ensure!(
            url.path() == "/",
            "must have no path: the `__Host-` cookies and the app need a host name of their own, such as login.example.com"
        );
        let is_bare = url.username().is_empty() && url.password().is_none();
        ensure!(
            is_bare && url.query().is_none() && url.fragment().is_none(),
            "must have no user name, no query and no fragment"
        );
        Ok(Self { origin: url.origin().ascii_serialization(), host })
    }

    /// `scheme://host[:port]`, as in the `Origin` header.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The address of a one-time link. The token is in the fragment, which browsers never send.
    #[must_use]
    pub fn one_time_link(&self, token: &Token) -> String {
        format!("{}/console/link#{}", self.origin, token.expose())
    }

    /// The address of the link by which a user cancels a reset, in the same way.
    #[must_use]
    pub fn cancel_link(&self, token: &Token) -> String {
        format!("{}/console/cancel-reset#{}", self.origin, token.expose())
    }

    /// The address of an account's open requests to reset a second factor, in the console.
    #[must_use]
    pub fn requests_link(&self, account_id: &AccountId) -> String {
        format!("{}/console/{account_id}/users", self.origin)
    }

    /// The host as the id of a relying party; `None` if it is an IP address, for which browsers allow no passkeys.
    #[must_use]
    pub fn passkey_host(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    /// Whether browsers reach the portal over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<String, String> {
        PublicUrl::parse(text).map(|url| url.origin).map_err(|error| error.to_string())
    }

    #[test]
    fn the_origin_is_written_as_browsers_write_it() {
        let cases = [
            ("https://Login.Example.com:443/", "https://login.example.com"),
            ("https://login.example.com:8443", "https://login.example.com:8443"),
            ("https://köln.example", "https://xn--kln-sna.example"),
            ("http://localhost:80", "http://localhost"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://login.localhost:8080", "http://login.localhost:8080"),
            ("http://127.8.0.1:8080", "http://127.8.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://192.0.2.7", "https://192.0.2.7"),
            ("https://[2001:DB8::7]:8443", "https://[2001:db8::7]:8443"),
        ];
        for (text, expected) in cases {
            assert_eq!(origin(text).as_deref(), Ok(expected));
        }
        assert!(PublicUrl::parse("https://a.example").unwrap().is_https());
        assert!(!PublicUrl::parse("http://localhost").unwrap().is_https());
    }

    #[test]
    fn plain_http_beyond_localhost_is_refused_with_what_to_do() {
        for text in [
            "http://192.168.1.5:8080",
            "http://[2001:db8::7]",
            "http://login.example.com",
            "http://localhost.example.com",
        ] {
            assert!(origin(text).unwrap_err().contains("Put a TLS proxy"), "{text}");
        }
    }

    #[test]
    fn a_path_is_refused_with_the_reason() {
        for text in ["https://example.com/auth", "https://example.com/auth/"] {
            assert!(origin(text).unwrap_err().contains("host name of their own"), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        let texts =
            ["", "login.example.com", "ftp://a.example", "data:,x", "https://u:p@a.example", "https://a.example/?x"];
        for text in texts {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
