//! `postern doctor`: checks everything that a running portal needs.

use anyhow::{Context, bail, ensure};
use postern_types::Email;

use super::checks::{Check, Finding, answer};
use super::client_text;
use super::text;
use super::tools::Answer;
use crate::auth::diagnosis::agreed_offset;
use crate::clock::{Clock, SKEW_S, UnixTime, rfc3339};
use crate::config::{Config, DatabaseUrl, PublicUrl};
use crate::ids::MailId;
use crate::keys;
use crate::mail::Mail;
use crate::mail::message::Envelope;
use crate::mail::transport::{Mailer, NotSent};
use crate::store::{Db, can_be_overheard, clock_offsets, factors, meta, oidc_clients, passkeys};

use standards::{CLOCKS, CODES_WORK_ONCE, KEYS, NOTICES};

mod address;
mod certificate;
mod machine;
mod proxy;
mod standards;
mod waiting;

/// Changes nothing, except that an older database schema is brought up to date, as at every start.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also send a test e-mail to this address
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<Answer> {
    let now = Clock::system().now();
    let mut checks = vec![Check::of("settings", Ok("they are valid".to_owned()))];
    match database(&config).await {
        Ok(db) => {
            checks.extend(of_database(&db, &config, now).await);
            db.close().await;
        }
        Err(error) => checks.push(Check::of("database", Err(error))),
    }
    checks.push(mail(&config, args.mail_to.as_deref()).await);
    Ok(answer(&checks))
}

async fn of_database(db: &Db, config: &Config, now: UnixTime) -> Vec<Check> {
    let mut checks = vec![
        Check::settled("database", connection(&config.database.url)).asked_by("ASVS 5.0, 12.3.1"),
        Check::settled("commits", machine::durability(db).await).asked_by(CODES_WORK_ONCE),
        Check::settled("disk", machine::disk(config)).asked_by("ASVS 5.0, 16.5.2"),
        Check::settled("backup", waiting::backup(db, &config.backup, now).await),
        Check::settled("key", machine::key(db, &config.keys.source, now).await).asked_by(KEYS),
        Check::of("clock", clock(db, config).await).asked_by(CLOCKS),
        Check::settled("factors", waiting::factors(db).await).asked_by("ASVS 5.0, 6.3.3; NIST SP 800-63B-4, 2.2.1"),
        Check::settled("admins", waiting::administrators(db, now).await).asked_by("NIST SP 800-63B-4, 4.5"),
        Check::settled("outbox", waiting::outbox(db, now).await).asked_by(NOTICES),
        Check::settled("audit", waiting::audit(db, config, now).await).asked_by("ASVS 5.0, 16.4.2"),
        Check::settled("passkeys", passkeys_at(db, config).await).asked_by("NIST SP 800-63B-4, 3.2.5"),
        Check::of("clients", clients_of(db, config).await),
        Check::settled("log-outs", waiting::log_outs(db, now).await)
            .asked_by("ASVS 5.0, 7.4.1; NIST SP 800-63B-4, 5.1"),
    ];
    checks.extend(at_the_address(db, config, now).await);
    checks
}

/// What a browser sees. A portal that does not answer is asked nothing more.
async fn at_the_address(db: &Db, config: &Config, now: UnixTime) -> Vec<Check> {
    let origin = match meta::public_url(db).await {
        Ok(Some(origin)) => origin,
        Ok(None) => return vec![Check::of("address", Ok("the portal has not been started yet".to_owned()))],
        Err(error) => return vec![Check::of("address", Err(error.into()))],
    };
    let mut checks = Vec::new();
    if origin.starts_with("https:") {
        checks.extend(certificate::look(&origin, now).await);
    }
    let (answers, seen) = address::look(&origin).await;
    checks.extend(seen);
    if answers && let Ok(cipher) = keys::open(db, &config.keys.source).await {
        checks.extend(proxy::look(&origin, &cipher, now).await);
    }
    checks
}

async fn database(config: &Config) -> anyhow::Result<Db> {
    let db = Db::connect_existing(&config.database.url).await?;
    db.ping().await.context("the database does not answer")?;
    Ok(db)
}

fn connection(url: &DatabaseUrl) -> anyhow::Result<Finding> {
    let (version, schema) = (env!("CARGO_PKG_VERSION"), Db::schema());
    let found = format!("{url} answers, and its schema ({schema}) is that of Postern {version}");
    Ok(if can_be_overheard(url)? {
        Finding::warning(format!("{found}; its connection may be unencrypted"), text::ENCRYPT)
    } else {
        Finding::ok(found)
    })
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

/// Where passkeys work, and what they depend on: the address of the running server.
async fn passkeys_at(db: &Db, config: &Config) -> anyhow::Result<Finding> {
    let given = &config.server.public_url;
    let running = match meta::public_url(db).await? {
        Some(origin) => PublicUrl::parse(&origin)?,
        None => given.clone(),
    };
    let found = match running.passkey_host() {
        None => format!("{}: {}", running.origin(), text::NO_PASSKEYS),
        Some(host) => {
            let found = text::passkeys_belong_to(host, passkeys::total(db).await?);
            if host.contains('.') || host == "localhost" { found } else { format!("{found}; {}", text::SINGLE_LABEL) }
        }
    };
    Ok(if config.has_public_url && given.origin() != running.origin() {
        let (given, running) = (given.origin(), running.origin());
        Finding::warning(
            format!("{found}. The server was last started with {running}, and this command with {given}"),
            "Use the same server.public_url for both",
        )
    } else {
        Finding::ok(found)
    })
}

/// How many applications know the portal by its address, so that a new one must be entered in each.
async fn clients_of(db: &Db, config: &Config) -> anyhow::Result<String> {
    let recorded = if config.has_public_url { None } else { meta::public_url(db).await? };
    let issuer = recorded.unwrap_or_else(|| config.server.public_url.origin().to_owned());
    Ok(client_text::known_as(&issuer, oidc_clients::total(db).await?))
}

async fn mail(config: &Config, to: Option<&str>) -> Check {
    let finding = match try_mail_server(config, to).await {
        Ok(Some(found)) => Ok(Finding::ok(found)),
        Ok(None) => Ok(Finding::note(text::NO_MAIL_SERVER, "Set mail.url")),
        Err(error) => Err(error),
    };
    Check::settled("mail", finding).asked_by(NOTICES)
}

/// What the mail server answers; `None` if there is none.
async fn try_mail_server(config: &Config, to: Option<&str>) -> anyhow::Result<Option<String>> {
    let mailer = Mailer::new(config)?;
    let to = to.map(Email::parse).transpose().context("--mail-to")?;
    let has_server = mailer.check().await?.is_some();
    let Some(to) = to else {
        return Ok(has_server.then(|| "the mail server answers".to_owned()));
    };
    ensure!(has_server, "the test e-mail was not sent: {}", text::NO_MAIL_SERVER);
    try_mail(&mailer, &to).await.map_err(|not_sent| not_sent.error).context("the test e-mail was not sent")?;
    Ok(Some(format!("the mail server answers; a test e-mail was sent to {to}")))
}

async fn try_mail(mailer: &Mailer, to: &Email) -> Result<(), NotSent> {
    let id = MailId::random();
    let envelope = Envelope { id: &id, to, at: Clock::system().now(), joined: 0, not_me: None };
    mailer.offer(to).await?.send(&Mail::Trial, &envelope).await
}
