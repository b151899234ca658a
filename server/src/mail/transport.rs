//! Sends a mail over SMTP (RFC 5321), or writes it to a file if no mail server is configured.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{self, Data, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use postern_types::Email;
use tokio::time::timeout;
use url::Host;

use super::Mail;
use super::message::{self, Envelope, Reader};
use crate::clock::rfc3339;
use crate::config::{Config, MailServer, MailTls};
use crate::private_file;
use crate::tasks;

/// How long the mail server may take until it accepts the recipient.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to accept the mail. Longer, because a mail that is given up here may be sent twice.
const PATIENCE_WITH_MAIL: Duration = Duration::from_secs(60);
/// How long the end of a session may take; nothing depends on it.
const PATIENCE_WITH_GOODBYE: Duration = Duration::from_secs(1);

/// Why a mail was not sent.
#[derive(Debug)]
pub struct NotSent {
    /// Whether the recipient or the mail was refused for good (a 5xx reply, RFC 5321, 4.2.1). What concerns the portal, such as
    /// its password or its sender, is never final.
    pub is_final: bool,
    /// The reason. It contains nothing of the mail.
    pub error: anyhow::Error,
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
    Smtp(Box<Smtp>),
    Files(PathBuf),
}

/// A mail server, and how the portal introduces itself.
#[derive(Clone)]
struct Smtp {
    server: MailServer,
    hello: ClientId,
    tls: Option<TlsParameters>,
}

/// A mail whose recipient was accepted.
pub struct Accepted<'a> {
    mailer: &'a Mailer,
    session: Option<AsyncSmtpConnection>,
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
        let way = if let Some(server) = config.mail.url.server() {
            Way::Smtp(Box::new(Smtp::new(server, config.server.public_url.host())?))
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

    /// Asks the mail server whether it accepts an e-mail for this recipient. Nothing is sent yet.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn offer(&self, to: &Email) -> Result<Accepted<'_>, NotSent> {
        let session = match &self.way {
            Way::Smtp(smtp) => {
                let offer = timeout(PATIENCE, smtp.offer(&self.from, to)).await;
                Some(offer.map_err(|_| NotSent::for_now(anyhow!("the mail server did not answer in time")))??)
            }
            Way::Files(_) => None,
        };
        Ok(Accepted { mailer: self, session })
    }

    /// Connects to the mail server without sending anything. `None` if none is configured.
    ///
    /// # Errors
    /// With the reason why the server cannot be used.
    pub async fn check(&self) -> anyhow::Result<Option<()>> {
        let Way::Smtp(smtp) = &self.way else { return Ok(None) };
        let check = async {
            let mut session = smtp.connect().await?;
            session.command(Noop).await?;
            say_goodbye(session).await;
            anyhow::Ok(())
        };
        let checked = timeout(PATIENCE, check).await.context("the mail server did not answer in time")?;
        checked.context("the mail server refused the connection")?;
        Ok(Some(()))
    }
}

impl Accepted<'_> {
    /// Sends the mail. Once this has begun, only its result says whether the mail server has the mail.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(self, mail: &Mail, envelope: &Envelope<'_>) -> Result<(), NotSent> {
        let Mailer { from, product, way } = self.mailer;
        let reader = if self.session.is_some() { Reader::MailServer } else { Reader::Person };
        let message = message::compose(mail, envelope, from, product, reader).map_err(NotSent::for_good)?;
        match (self.session, way) {
            (Some(session), _) => {
                let sent = timeout(PATIENCE_WITH_MAIL, send_data(session, &message)).await;
                sent.map_err(|_| NotSent::for_now(anyhow!("the mail server did not answer in time")))?
            }
            (None, Way::Files(folder)) => write(folder, envelope, message).await.map_err(NotSent::for_now),
            (None, Way::Smtp(_)) => Err(NotSent::for_now(anyhow!("no session with the mail server"))),
        }
    }
}

impl Smtp {
    fn new(server: &MailServer, own_host: &Host) -> anyhow::Result<Self> {
        // A name, or an address literal (RFC 5321, 4.1.1.1).
        let hello = match own_host {
            Host::Domain(name) => ClientId::Domain(name.clone()),
            Host::Ipv4(address) => ClientId::Ipv4(*address),
            Host::Ipv6(address) => ClientId::Ipv6(*address),
        };
        let tls = (server.tls != MailTls::None).then(|| TlsParameters::new(server.host.clone())).transpose();
        Ok(Self { server: server.clone(), hello, tls: tls.context("mail.url cannot be used")? })
    }

    async fn connect(&self) -> anyhow::Result<AsyncSmtpConnection> {
        let MailServer { host, port, tls, credentials } = &self.server;
        let implicit_tls = if *tls == MailTls::Implicit { self.tls.clone() } else { None };
        let place = (host.as_str(), *port);
        let mut session =
            AsyncSmtpConnection::connect_tokio1(place, Some(PATIENCE), &self.hello, implicit_tls, None).await?;
        if let (MailTls::StartTls, Some(parameters)) = (tls, &self.tls) {
            session.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(credentials) = credentials {
            session.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(session)
    }

    async fn offer(&self, from: &Mailbox, to: &Email) -> Result<AsyncSmtpConnection, NotSent> {
        let to: lettre::Address =
            to.as_str().parse().context("the address cannot be read").map_err(NotSent::for_good)?;
        let mut session = self.connect().await.map_err(NotSent::for_now)?;
        let is_ascii = |address: &lettre::Address| address.user().is_ascii() && address.domain().is_ascii();
        let needs_utf8 = !(is_ascii(&to) && is_ascii(&from.email));
        if needs_utf8 && !session.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(NotSent::for_good(anyhow!("the mail server does not accept addresses beyond ASCII")));
        }
        let parameters = if needs_utf8 { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
        let sender = commands::Mail::new(Some(from.email.clone()), parameters);
        session.command(sender).await.map_err(|error| NotSent::for_now(error.into()))?;
        session.command(Rcpt::new(to, Vec::new())).await?;
        Ok(session)
    }
}

async fn send_data(mut session: AsyncSmtpConnection, message: &Message) -> Result<(), NotSent> {
    session.command(Data).await?;
    session.message(&message.formatted()).await?;
    say_goodbye(session).await;
    Ok(())
}

async fn say_goodbye(mut session: AsyncSmtpConnection) {
    let _ = timeout(PATIENCE_WITH_GOODBYE, session.quit()).await;
}

impl NotSent {
    const fn for_now(error: anyhow::Error) -> Self {
        Self { is_final: false, error }
    }

    const fn for_good(error: anyhow::Error) -> Self {
        Self { is_final: true, error }
    }
}

/// A reply about the recipient or the mail.
impl From<lettre::transport::smtp::Error> for NotSent {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        Self { is_final: error.is_permanent(), error: error.into() }
    }
}

/// The file's name says when the mail was written, and to whom.
async fn write(folder: &Path, envelope: &Envelope<'_>, message: Message) -> anyhow::Result<()> {
    let folder = folder.to_owned();
    let at = rfc3339(envelope.at).to_string().replace(':', "");
    let is_plain = |letter: &char| letter.is_alphanumeric() || "@._-".contains(*letter);
    let to: String = envelope.to.as_str().chars().filter(is_plain).take(64).collect();
    let name = format!("{at}-{to}-{}.eml", envelope.id);
    tasks::blocking(move || {
        private_file::create_folder(&folder)?;
        private_file::write(&folder.join(name), &message.formatted())
    })
    .await?
}
