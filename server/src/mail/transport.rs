//! Sends a mail over SMTP, or writes it to a file if no mail server is configured.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use postern_types::Email;

use super::{Mail, message};
use crate::config::Config;
use crate::ids::MailId;
use crate::private_file;

/// How long one SMTP session may take.
const PATIENCE: Duration = Duration::from_secs(20);

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
    /// The mailer of these settings.
    ///
    /// # Errors
    /// If others can read the folder of the mails.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let way = if config.mail.url.is_set() {
            let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.mail.url.expose());
            let smtp = smtp.ok().context("mail.url cannot be used")?;
            Way::Smtp(Box::new(smtp.timeout(Some(PATIENCE)).build()))
        } else {
            let folder = config.server.data_dir.join("mail");
            private_file::check(&folder)?;
            Way::Files(folder)
        };
        Ok(Self { from: config.mail.from.clone(), product: config.brand.product_name.clone(), way })
    }

    /// Whether a mail server is configured, so that mails reach somebody.
    #[must_use]
    pub const fn is_smtp(&self) -> bool {
        matches!(self.way, Way::Smtp(_))
    }

    /// Sends one mail.
    ///
    /// # Errors
    /// If the server or the disk refuses it. The error contains nothing of the mail.
    pub async fn send(&self, id: &MailId, to: &Email, mail: &Mail) -> anyhow::Result<()> {
        let message = message::compose(mail, id, to, &self.from, &self.product)?;
        match &self.way {
            Way::Smtp(smtp) => {
                tokio::time::timeout(PATIENCE, smtp.send(message))
                    .await
                    .context("the mail server did not answer in time")??;
                Ok(())
            }
            Way::Files(folder) => write(folder, id, message.formatted()).await,
        }
    }

    /// Connects to the mail server without sending anything. `None` if none is configured.
    ///
    /// # Errors
    /// With the reason why the server cannot be used.
    pub async fn check(&self) -> anyhow::Result<Option<()>> {
        let Way::Smtp(smtp) = &self.way else { return Ok(None) };
        let works = tokio::time::timeout(PATIENCE, smtp.test_connection())
            .await
            .context("the mail server did not answer in time")?;
        ensure!(works.context("the mail server refused the connection")?, "the mail server does not answer");
        Ok(Some(()))
    }
}

async fn write(folder: &Path, id: &MailId, message: Vec<u8>) -> anyhow::Result<()> {
    let folder = folder.to_owned();
    let name = format!("{id}.eml");
    tokio::task::spawn_blocking(move || {
        private_file::create_folder(&folder)?;
        private_file::write(&folder.join(name), &message)
    })
    .await?
}
