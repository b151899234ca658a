//! The setting `mail.url`.

use std::fmt;

use anyhow::{Context, ensure};
use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::host::{host, is_loopback};

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all: the server is on this machine.
    None,
    /// By STARTTLS, without which nothing is sent (RFC 3207).
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// A mail server.
#[derive(Clone)]
pub struct MailServer {
    /// Its name, or its address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The protection.
    pub tls: MailTls,
    /// User name and password.
    pub credentials: Option<Credentials>,
}

/// A mail server, possibly with a password, or none. Its `Debug` shows neither.
#[derive(Clone, Default)]
pub struct SmtpUrl(Option<MailServer>);

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
        let url = Url::parse(text).ok().context(help)?;
        let host = host(&url).context(help)?;
        ensure!(matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none(), help);
        let (tls, port) = match url.scheme() {
            "smtps" => (MailTls::Implicit, 465),
            "smtp" if is_loopback(&host) => (MailTls::None, 25),
            "smtp" => (MailTls::StartTls, 587),
            _ => anyhow::bail!(help),
        };
        let decoded = |part: &str| percent_decode_str(part).decode_utf8().map(String::from).ok().context(help);
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username())?, decoded(password)?)),
            None => None,
        };
        let host = match host {
            Host::Domain(name) => name,
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        Ok(Self(Some(MailServer { host, port: url.port().unwrap_or(port), tls, credentials })))
    }

    /// The server, if there is one.
    #[must_use]
    pub const fn server(&self) -> Option<&MailServer> {
        self.0.as_ref()
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "SmtpUrl(…)" } else { "SmtpUrl(none)" })
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailServer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> (String, u16, MailTls, bool) {
        let url = SmtpUrl::parse(text).unwrap();
        let server = url.server().unwrap();
        (server.host.clone(), server.port, server.tls, server.credentials.is_some())
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_over_tls_only() {
        let cases = [
            ("smtp://u:p@mail.example.com:587", "mail.example.com", 587, MailTls::StartTls, true),
            ("smtp://mail.example.com", "mail.example.com", 587, MailTls::StartTls, false),
            ("smtps://u:p@mail.example.com", "mail.example.com", 465, MailTls::Implicit, true),
            ("smtp://192.0.2.7:25", "192.0.2.7", 25, MailTls::StartTls, false),
            ("smtp://[2001:db8::7]:25", "2001:db8::7", 25, MailTls::StartTls, false),
            ("smtps://[::1]", "::1", 465, MailTls::Implicit, false),
        ];
        for (text, host, port, tls, has_credentials) in cases {
            assert_eq!(server(text), (host.to_owned(), port, tls, has_credentials), "{text}");
        }
    }

    #[test]
    fn a_server_on_this_machine_is_spoken_to_in_the_clear_by_name_and_by_number() {
        for (text, host) in
            [("smtp://localhost:25", "localhost"), ("smtp://127.0.0.1:25", "127.0.0.1"), ("smtp://[::1]:25", "::1")]
        {
            assert_eq!(server(text), (host.to_owned(), 25, MailTls::None, false));
        }
        assert!(SmtpUrl::parse("").unwrap().server().is_none());
    }

    #[test]
    fn a_password_is_percent_decoded() {
        let url = SmtpUrl::parse("smtps://u%40example.com:p%2Fw%3A@mail.example.com").unwrap();
        let expected = Credentials::new("u@example.com".to_owned(), "p/w:".to_owned());
        assert!(url.server().unwrap().credentials == Some(expected));
    }

    #[test]
    fn what_is_no_mail_server_is_refused_without_repeating_it() {
        let texts = [
            "mail.example.com",
            "http://u:secret@mail.example.com",
            "smtp://",
            "smtp://u:secret@h?tls=opportunistic",
            "smtp://u:secret@300.1.1.1",
            "smtps://u:secret@h/name",
        ];
        for text in texts {
            let error = SmtpUrl::parse(text).unwrap_err().to_string();
            assert!(error.contains("smtps://USER:PASSWORD@HOST") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn debug_says_nothing_of_the_password() {
        let url = SmtpUrl::parse("smtps://u:secret@h.example").unwrap();
        assert_eq!(format!("{url:?} {:?}", url.server().unwrap()), "SmtpUrl(…) MailServer(…)");
    }
}
