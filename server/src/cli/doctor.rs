//! `postern doctor`: checks everything that a running portal needs.

use anyhow::{Context, bail, ensure};
use postern_types::Email;

use super::checks::{Check, answer};
use super::client_text;
use super::text;
use super::tools::Answer;
use crate::auth::diagnosis::agreed_offset;
use crate::clock::{Clock, SKEW_S, rfc3339};
use crate::config::{Config, DatabaseUrl};
use crate::ids::MailId;
use crate::keys;
use crate::mail::Mail;
use crate::mail::message::Envelope;
use crate::mail::transport::{Mailer, NotSent};
use crate::store::{Db, can_be_overheard, clock_offsets, events, factors, meta, oidc_clients, outbox, passkeys};

/// Changes nothing, except that an older database schema is brought up to date, as at every start.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also send a test e-mail to this address
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<Answer> {
    let mut checks = vec![Check { name: "settings", outcome: Ok("they are valid".to_owned()) }];
    match database(&config).await {
        Ok(db) => {
            checks.push(Check { name: "database", outcome: connection(&config.database.url) });
            checks.push(Check { name: "key", outcome: keys_of(&db, &config).await });
            checks.push(Check { name: "clock", outcome: clock(&db, &config).await });
            checks.push(Check { name: "outbox", outcome: waiting(&db).await });
            checks.push(Check { name: "passkeys", outcome: passkeys_at(&db, &config).await });
            checks.push(Check { name: "clients", outcome: clients_of(&db, &config).await });
            db.close().await;
        }
        Err(error) => checks.push(Check { name: "database", outcome: Err(error) }),
    }
    checks.push(Check { name: "mail", outcome: mail(&config, args.mail_to.as_deref()).await });
    Ok(answer(&checks))
}

async fn database(config: &Config) -> anyhow::Result<Db> {
    let db = Db::connect_existing(&config.database.url).await?;
    db.ping().await.context("the database does not answer")?;
    Ok(db)
}

/// Which key seals, and which others there are.
async fn keys_of(db: &Db, config: &Config) -> anyhow::Result<String> {
    let cipher = keys::open(db, &config.keys.source).await?;
    let held = keys::listed(&cipher.ring());
    Ok(format!("key {} belongs to this database; {} holds {held}", cipher.key_id(), config.keys.source))
}

fn connection(url: &DatabaseUrl) -> anyhow::Result<String> {
    let found = format!("{url} answers, and its schema is up to date");
    Ok(if can_be_overheard(url)? { format!("{found}; {}", text::OVERHEARD) } else { found })
}

/// Whether the clock was set back: the database then has times in the future. Whether it is wrong: the phones of several users, whose
/// codes were refused during set-up, then agree on another time.
async fn clock(db: &Db, config: &Config) -> anyhow::Result<String> {
    let now = Clock::system().now();
    let shown = rfc3339(now);
    let refused = factors::refused_users(db, now, config.totp.window).await?;
    let latest = meta::latest_time(db).await?.filter(|latest| *latest > now + SKEW_S);
    if let (users, Some(until)) = refused {
        bail!(text::codes_refused(&shown.0, users, &rfc3339(until).0));
    }
    if let Some(latest) = latest {
        bail!(text::clock_set_back(&shown.0, &rfc3339(latest).0));
    }
    if let Some((ahead_s, phones)) = agreed_offset(&clock_offsets::latest(db, now).await?) {
        bail!(text::clock_wrong(&shown.0, ahead_s, phones));
    }
    Ok(format!("it shows {shown}, and nothing in the database is later"))
}

/// Where passkeys work, and what they depend on.
async fn passkeys_at(db: &Db, config: &Config) -> anyhow::Result<String> {
    let Some(host) = config.server.public_url.passkey_host() else {
        return Ok(format!("{}: {}", config.server.public_url.origin(), text::NO_PASSKEYS));
    };
    let found = text::passkeys_belong_to(host, passkeys::total(db).await?);
    Ok(if host.contains('.') || host == "localhost" { found } else { format!("{found}; {}", text::SINGLE_LABEL) })
}

/// How many applications know the portal by its address, so that a new one must be entered in each.
async fn clients_of(db: &Db, config: &Config) -> anyhow::Result<String> {
    let recorded = if config.has_public_url { None } else { meta::public_url(db).await? };
    let issuer = recorded.unwrap_or_else(|| config.server.public_url.origin().to_owned());
    Ok(client_text::known_as(&issuer, oidc_clients::total(db).await?))
}

async fn waiting(db: &Db) -> anyhow::Result<String> {
    let waiting = match outbox::waiting(db).await? {
        (mails, Some(since)) => format!("e-mails waiting: {mails}, the oldest since {}", rfc3339(since).0),
        _ => "no e-mails are waiting".to_owned(),
    };
    Ok(match events::undelivered_mails(db).await? {
        (mails, Some(latest)) => {
            format!("{waiting}; e-mails that could not be delivered: {mails}, the latest on {}", rfc3339(latest).0)
        }
        _ => waiting,
    })
}

async fn mail(config: &Config, to: Option<&str>) -> anyhow::Result<String> {
    let mailer = Mailer::new(config)?;
    let to = to.map(Email::parse).transpose().context("--mail-to")?;
    let has_server = mailer.check().await?.is_some();
    let Some(to) = to else {
        return Ok(if has_server { "the mail server answers" } else { text::NO_MAIL_SERVER }.to_owned());
    };
    ensure!(has_server, "the test e-mail was not sent: {}", text::NO_MAIL_SERVER);
    try_mail(&mailer, &to).await.map_err(|not_sent| not_sent.error).context("the test e-mail was not sent")?;
    Ok(format!("the mail server answers; a test e-mail was sent to {to}"))
}

async fn try_mail(mailer: &Mailer, to: &Email) -> Result<(), NotSent> {
    let id = MailId::random();
    let envelope = Envelope { id: &id, to, at: Clock::system().now(), joined: 0, not_me: None };
    mailer.offer(to).await?.send(&Mail::Trial, &envelope).await
}
