//! `postern import`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args as ClapArgs, ValueEnum};
use postern_types::Email;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::import_text::{self as words, Remark, Report};
use super::text;
use super::tools::{Answer, Tools};
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::Cipher;
use crate::auth::password::PasswordHash;
use crate::display_name::DisplayName;
use crate::ids::UserId;
use crate::importing::{self, Entry, Format, Incoming, Membership, Reading};
use crate::keys;
use crate::store::events::Act;
use crate::store::factors::ImportedFactor;
use crate::store::totp_secrets::StoredSecret;
use crate::store::transactions::{Imported, ImportedUser, import_user};
use crate::store::users::NewUser;
use crate::store::{accounts, meta};

#[derive(Debug, ClapArgs)]
#[command(after_help = words::COLUMNS)]
pub(super) struct Args {
    /// The file
    file: PathBuf,
    /// Its format
    #[arg(long)]
    format: FileFormat,
    /// Account of the users for whom the file names none
    #[arg(long)]
    account: Option<String>,
    /// A second file of Authelia, with the authenticator apps
    #[arg(long, value_name = "FILE")]
    totp: Option<PathBuf>,
    /// Domain to add to user names that are not e-mail addresses
    #[arg(long, value_parser = domain)]
    domain: Option<String>,
    /// Report what would happen, without changing anything
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FileFormat {
    /// A table as text, whose first line names its columns
    Csv,
    /// Links of authenticator apps, otpauth:// or otpauth-migration://, one a line
    Otpauth,
    /// The file of users, with --totp for the export of TOTP configurations
    Authelia,
    /// A realm as JSON, exported with its users
    Keycloak,
    /// The output of dumpdata as JSON, with the tables of django-otp or authentik
    Django,
    /// The list of tokens as YAML
    Privacyidea,
    /// What postern export writes
    Postern,
}

impl From<FileFormat> for Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Otpauth => Self::Otpauth,
            FileFormat::Authelia => Self::Authelia,
            FileFormat::Keycloak => Self::Keycloak,
            FileFormat::Django => Self::Django,
            FileFormat::Privacyidea => Self::PrivacyIdea,
            FileFormat::Postern => Self::Postern,
        }
    }
}

/// A domain that makes an e-mail address of a user name.
fn domain(text: &str) -> Result<String, String> {
    match Email::parse(&format!("ada@{text}")) {
        Ok(_) if !text.contains('@') => Ok(text.to_owned()),
        _ => Err("write a domain alone, such as example.com".to_owned()),
    }
}

/// What the users are added with.
struct Importer<'a> {
    tools: &'a Tools,
    cipher: Cipher,
    account: Option<DisplayName>,
    seen: HashSet<String>,
    report: Report,
}

pub(super) async fn run(args: Args, tools: &Tools) -> anyhow::Result<Answer> {
    let format = args.format.into();
    ensure!(args.totp.is_none() || format == Format::Authelia, "--totp is for --format authelia only");
    let account = match &args.account {
        Some(name) => Some(existing_account(tools, name).await?),
        None => None,
    };
    let (file, apps) = (read(&args.file)?, args.totp.as_deref().map(read).transpose()?);
    let with = Reading { apps: apps.as_deref().map(Vec::as_slice), domain: args.domain.as_deref() };
    let contents = importing::read(format, &file, &with)?;
    let cipher = keys::open(&tools.db, &tools.config.keys.source).await?;
    let report =
        Report { rehearsal: args.dry_run, unit: words::unit(format), ignored: contents.ignored, ..Report::default() };
    let mut importer = Importer { tools, cipher, account, seen: HashSet::new(), report };
    for entry in contents.entries {
        importer.add(entry).await?;
    }
    Ok(answer(&importer.report))
}

async fn existing_account(tools: &Tools, name: &str) -> anyhow::Result<DisplayName> {
    let name = DisplayName::parse(name)?;
    let accounts = accounts::list(&tools.db).await?;
    ensure!(accounts.iter().any(|account| account.name == name.as_str()), text::no_account(name.as_str()));
    Ok(name)
}

/// The file is wiped from memory afterwards.
fn read(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    fs::read(path).map(Zeroizing::new).with_context(|| format!("cannot read {}", path.display()))
}

impl Importer<'_> {
    /// Adds a user in one transaction. Whoever was added before an interruption is there already when the command runs again.
    async fn add(&mut self, Entry { number, user, found }: Entry) -> anyhow::Result<()> {
        let refused = match found {
            Err(refusal) => Some(refusal.to_string()),
            Ok(incoming) if !self.seen.insert(incoming.email.to_string()) => Some(words::TWICE.to_owned()),
            Ok(incoming) => match self.accounts_of(&incoming) {
                accounts if accounts.is_empty() => Some(words::NO_ACCOUNT.to_owned()),
                accounts => match self.import(&incoming, &accounts).await? {
                    Imported::Yes => {
                        self.note_added(number, &incoming);
                        None
                    }
                    Imported::IsThere => {
                        self.report.there += 1;
                        self.report.apps_of_others += u64::from(incoming.totp.is_some());
                        None
                    }
                    Imported::NoSuchAccount(name) => Some(text::no_account(name.as_str())),
                },
            },
        };
        self.report.refused.extend(refused.map(|reason| Remark { number, user, reason }));
        Ok(())
    }

    fn accounts_of(&self, incoming: &Incoming) -> Vec<Membership> {
        if !incoming.accounts.is_empty() {
            return incoming.accounts.clone();
        }
        let named = self.account.clone().map(|account| Membership { account, admin: incoming.admin, locked: false });
        named.into_iter().collect()
    }

    async fn import(&self, incoming: &Incoming, accounts: &[Membership]) -> anyhow::Result<Imported> {
        let id = UserId::random();
        let now = self.tools.clock.now();
        // A long import may meet a rotation.
        let check = meta::key_check(&self.tools.db).await?.context("the database has no key check")?;
        self.cipher
            .seal_as(&check)
            .context("the keys were rotated meanwhile; run the command again, and it goes on")?;
        let secret = incoming.totp.as_ref().map(|totp| {
            let sealed = self.cipher.seal(totp.expose(), AssociatedData::TotpSecret(&id));
            StoredSecret { sealed, parameters: totp.parameters() }
        });
        let factor = secret.as_ref().map(|secret| ImportedFactor {
            secret,
            last_step: secret.parameters.latest_step(now, self.tools.config.totp.window),
            disabled: incoming.totp_disabled,
        });
        let none = PasswordHash::of_nothing();
        let user = NewUser {
            id: &id,
            email: &incoming.email,
            name: &incoming.name,
            active: incoming.active,
            password_hash: incoming.password.as_ref().map_or(&none, |password| &password.hash),
            temporary: incoming.password.as_ref().is_some_and(|password| password.temporary),
        };
        let new = ImportedUser { user, accounts, factor };
        Ok(import_user(&self.tools.db, &Act::of_operator(now), &new, self.report.rehearsal).await?)
    }

    fn note_added(&mut self, number: u64, incoming: &Incoming) {
        self.report.added += 1;
        self.report.with_app += u64::from(incoming.totp.is_some());
        self.report.without_password += u64::from(incoming.password.is_none());
        let remark =
            |what: &&'static str| Remark { number, user: incoming.email.to_string(), reason: (*what).to_owned() };
        self.report.left_out.extend(incoming.left_out.iter().map(remark));
    }
}

fn answer(report: &Report) -> Answer {
    let remarks = |remarks: &[Remark]| -> Value {
        remarks.iter().map(|it| json!({"number": it.number, "user": it.user, "reason": it.reason})).collect()
    };
    let json = json!({
        "dry_run": report.rehearsal,
        "added": report.added,
        "already_there": report.there,
        "with_authenticator_app": report.with_app,
        "authenticator_apps_not_added": report.apps_of_others,
        "without_password": report.without_password,
        "refused": remarks(&report.refused),
        "left_out": remarks(&report.left_out),
        "ignored": report.ignored,
    });
    Answer::new(words::report(report), json).failed_if(!report.refused.is_empty())
}
