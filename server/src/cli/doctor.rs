//! `postern doctor`: checks everything that a running portal needs.

use anyhow::{Context, bail};
use postern_types::Email;
use serde_json::{Value, json};

use super::tools::Answer;
use crate::clock::rfc3339;
use crate::config::Config;
use crate::ids::MailId;
use crate::mail::Mail;
use crate::mail::transport::Mailer;
use crate::state::open_cipher;
use crate::store::{Db, outbox};

/// Changes nothing, except that an older database schema is brought up to date, as at every start.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Also send a test mail to this address
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
}

/// One line of the answer.
struct Check {
    name: &'static str,
    outcome: anyhow::Result<String>,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<Answer> {
    let mut checks = vec![Check { name: "settings", outcome: Ok("they are valid".to_owned()) }];
    match database(&config).await {
        Ok(db) => {
            checks.push(Check { name: "database", outcome: Ok("it answers, and its schema is up to date".to_owned()) });
            let key = open_cipher(&db, &config.key_file()).await;
            let key = key.map(|cipher| format!("key {} belongs to this database", cipher.key_id()));
            checks.push(Check { name: "key", outcome: key });
            checks.push(Check { name: "outbox", outcome: waiting(&db).await });
            db.close().await;
        }
        Err(error) => checks.push(Check { name: "database", outcome: Err(error) }),
    }
    checks.push(Check { name: "mail", outcome: mail(&config, args.mail_to.as_deref()).await });
    answer(&checks)
}

async fn database(config: &Config) -> anyhow::Result<Db> {
    let db = Db::connect(&config.database.url).await?;
    db.migrate(&config.database.url).await?;
    db.ping().await.context("the database does not answer")?;
    Ok(db)
}

async fn waiting(db: &Db) -> anyhow::Result<String> {
    Ok(match outbox::waiting(db).await? {
        (mails, Some(since)) => format!("mails waiting: {mails}, the oldest since {}", rfc3339(since).0),
        _ => "no mails are waiting".to_owned(),
    })
}

async fn mail(config: &Config, to: Option<&str>) -> anyhow::Result<String> {
    let mailer = Mailer::new(config)?;
    let to = to.map(Email::parse).transpose().context("--mail-to")?;
    let found = match mailer.check().await? {
        Some(()) => "the mail server answers",
        None => "no mail server is configured (mail.url): mails are only written to files, and nobody receives them",
    };
    if let Some(to) = to {
        mailer.send(&MailId::random(), &to, &Mail::Trial).await.context("the test mail was not sent")?;
        return Ok(format!("{found}; a test mail was sent to {to}"));
    }
    Ok(found.to_owned())
}

fn answer(checks: &[Check]) -> anyhow::Result<Answer> {
    let line = |check: &Check| match &check.outcome {
        Ok(found) => format!("ok      {:<9} {found}", check.name),
        Err(error) => format!("FAILED  {:<9} {error:#}", check.name),
    };
    let text = checks.iter().map(line).collect::<Vec<_>>().join("\n");
    if checks.iter().any(|check| check.outcome.is_err()) {
        bail!("a check failed\n{text}");
    }
    let json: Vec<Value> = checks.iter().map(|check| json!({"check": check.name, "ok": true})).collect();
    Ok(Answer::new(text, json.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_command_and_every_line_is_shown() {
        let check = |name, outcome| Check { name, outcome };
        let checks = [check("settings", Ok("fine".to_owned())), check("mail", Err(anyhow::anyhow!("refused")))];
        let text = answer(&checks).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("ok      settings  fine") && text.contains("FAILED  mail      refused"), "{text}");
    }
}
