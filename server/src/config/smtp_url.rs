//! The setting `mail.url`.

use std::fmt;

use anyhow::{Context, ensure};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::{Host, Url};

/// A mail server, possibly with a password. Its `Debug` shows neither.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    /// Parses `smtps://…`, or `smtp://…`, which requires STARTTLS unless the server is on this machine. Empty for none.
    ///
    /// # Errors
    /// With what is allowed, never with the value.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let help = "must be smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST:587, \
                    with every character of the password except letters and digits percent-encoded";
        let mut url = Url::parse(text).ok().filter(Url::has_host).context(help)?;
        ensure!(matches!(url.scheme(), "smtp" | "smtps"), help);
        ensure!(url.query().is_none() && url.fragment().is_none(), help);
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if url.scheme() == "smtp" && !is_local {
            url.query_pairs_mut().append_pair("tls", "required");
        }
        AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).ok().context(help)?;
        Ok(Self(url.to_string()))
    }

    /// The URL, for the transport and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is a server.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !self.0.is_empty()
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_set() { "SmtpUrl(…)" } else { "SmtpUrl(none)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_spoken_to_over_tls_only() {
        let url = |text| SmtpUrl::parse(text).map(|url| url.0);
        assert_eq!(url("smtp://u:p@mail.example.com:587").unwrap(), "smtp://u:p@mail.example.com:587?tls=required");
        assert_eq!(url("smtps://u:p@mail.example.com").unwrap(), "smtps://u:p@mail.example.com");
        assert_eq!(url("smtp://localhost:2525").unwrap(), "smtp://localhost:2525");
        assert_eq!(url("smtp://[::1]:2525").unwrap(), "smtp://[::1]:2525");
        assert_eq!(url("").unwrap(), "");
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_repeating_it() {
        for text in
            ["mail.example.com", "http://u:secret@mail.example.com", "smtp://", "smtp://u:secret@h?tls=opportunistic"]
        {
            let error = SmtpUrl::parse(text).unwrap_err().to_string();
            assert!(error.contains("smtps://USER:PASSWORD@HOST") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn debug_says_nothing_of_the_password() {
        assert_eq!(format!("{:?}", SmtpUrl::parse("smtps://u:secret@h.example").unwrap()), "SmtpUrl(…)");
    }
}
