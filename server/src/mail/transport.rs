//! How a mail leaves: over SMTP, or, where no server is configured, into a file that nobody receives.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use url::{Host, Url};

use super::{Mail, message};
use crate::config::Config;
use crate::private_file;

/// How long one conversation with the mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server, perhaps with a password. Its `Debug` says neither.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SmtpUrl(String);

impl SmtpUrl {
    /// Reads `smtps://…`, or `smtp://…`, which is given TLS by STARTTLS unless the server is this machine. Empty for none.
    ///
    /// # Errors
    /// What is allowed, never the text.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let help = "must be smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST:587, \
                    with every sign of the password but letters and digits percent-encoded";
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

/// Sends mails.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: Mailbox,
    product: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Files(PathBuf),
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp(_) => f.write_str("Smtp(…)"),
            Self::Files(folder) => f.debug_tuple("Files").field(folder).finish(),
        }
    }
}

impl Mailer {
    /// As configured.
    ///
    /// # Errors
    /// Never for settings that were checked.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let way = if config.mail.url.is_set() {
            let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.mail.url.0);
            let smtp = smtp.ok().context("mail.url cannot be used")?;
            Way::Smtp(Box::new(smtp.timeout(Some(PATIENCE)).build()))
        } else {
            Way::Files(config.server.data_dir.join("mail"))
        };
        Ok(Self { from: config.mail.from.clone(), product: config.brand.product_name.clone(), way })
    }

    /// Whether mails reach anybody.
    #[must_use]
    pub const fn is_smtp(&self) -> bool {
        matches!(self.way, Way::Smtp(_))
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// Where the server or the disk refuses it; the text holds nothing of the mail.
    pub async fn send(&self, id: &str, to: &str, mail: &Mail) -> anyhow::Result<()> {
        let message = message::compose(mail, id, to, &self.from, &self.product)?;
        match &self.way {
            Way::Smtp(smtp) => {
                tokio::time::timeout(PATIENCE, smtp.send(message)).await.context("the mail server is too slow")??;
                Ok(())
            }
            Way::Files(folder) => write(folder, id, message.formatted()).await,
        }
    }

    /// Talks to the mail server without sending anything. `None` where none is configured.
    ///
    /// # Errors
    /// Why the server cannot be used.
    pub async fn check(&self) -> anyhow::Result<Option<()>> {
        let Way::Smtp(smtp) = &self.way else { return Ok(None) };
        let works =
            tokio::time::timeout(PATIENCE, smtp.test_connection()).await.context("the mail server is too slow")?;
        ensure!(works.context("the mail server refuses")?, "the mail server does not answer");
        Ok(Some(()))
    }
}

async fn write(folder: &Path, id: &str, message: Vec<u8>) -> anyhow::Result<()> {
    let (folder, name) = (folder.to_owned(), format!("{id}.eml"));
    tokio::task::spawn_blocking(move || {
        private_file::create_folder(&folder)?;
        private_file::write(&folder.join(name), &message)
    })
    .await?
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
