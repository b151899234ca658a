//! `postern export`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args as ClapArgs;
use serde_json::json;
use zeroize::Zeroizing;

use super::import_text as words;
use super::text;
use super::tools::{Answer, Tools};
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::Cipher;
use crate::auth::password::PasswordHash;
use crate::auth::totp::{TotpSecret, label, otpauth_uri};
use crate::importing::{Exported, ExportedAccount, ExportedPassword};
use crate::keys;
use crate::private_file::Unfinished;
use crate::store::accounts;
use crate::store::export::{self, Leaving};

/// Users that are read at once.
const AT_ONCE: i64 = 500;

#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The file to write, a line of JSON for each user; it must not exist
    file: PathBuf,
    /// Only the users of this account, without their other accounts
    #[arg(long)]
    account: Option<String>,
}

pub(super) async fn run(args: Args, tools: &Tools) -> anyhow::Result<Answer> {
    let account = args.account.as_deref().map(str::trim);
    if let Some(name) = account {
        let accounts = accounts::list(&tools.db).await?;
        ensure!(accounts.iter().any(|account| account.name == name), text::no_account(name));
    }
    let cipher = keys::open(&tools.db, &tools.config.keys.source).await?;
    let (unfinished, file) = Unfinished::begin(&args.file)?;
    let mut file = BufWriter::new(file);
    let (mut users, mut with_passkeys, mut after) = (0_u64, 0_u64, None);
    loop {
        let page = export::page(&tools.db, account, after.as_ref(), AT_ONCE).await?;
        for user in &page {
            let line = Zeroizing::new(serde_json::to_string(&exported(user, account, &cipher, tools).await?)?);
            writeln!(file, "{}", *line).with_context(|| format!("cannot write {}", args.file.display()))?;
            users += 1;
            with_passkeys += u64::from(user.passkeys > 0);
        }
        match page.into_iter().next_back() {
            Some(last) => after = Some(last.email),
            None => break,
        }
    }
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error);
    unfinished.complete(&file.with_context(|| format!("cannot write {}", args.file.display()))?)?;
    let json = json!({"file": args.file, "users": users, "with_passkeys": with_passkeys});
    Ok(Answer::new(words::exported(users, with_passkeys, &args.file), json))
}

async fn exported(user: &Leaving, only: Option<&str>, cipher: &Cipher, tools: &Tools) -> anyhow::Result<Exported> {
    let accounts = export::accounts(&tools.db, &user.user_id).await?.into_iter();
    let accounts = accounts.filter(|(name, ..)| only.is_none_or(|only| name == only));
    let totp = user.factor.as_ref().map(|factor| {
        let Ok(factor) = factor else { bail!(words::unknown_parameters(&user.email)) };
        let bytes = cipher.open(&factor.sealed, AssociatedData::TotpSecret(&user.user_id)).with_context(|| {
            format!("the authenticator app of {} cannot be opened; reset it with: postern user reset-2fa", user.email)
        })?;
        let secret = TotpSecret::with(factor.parameters, &bytes);
        anyhow::Ok(otpauth_uri(&tools.config.totp.issuer, label(user.email.as_str()), &secret))
    });
    Ok(Exported {
        email: user.email.to_string(),
        name: user.name.clone(),
        active: !user.locked,
        accounts: accounts.map(|(name, admin, locked)| ExportedAccount { name, admin, locked }).collect(),
        password: password(&user.password_hash, user.temporary),
        totp: totp.transpose()?,
        totp_disabled: user.factor_disabled,
    })
}

fn password(hash: &PasswordHash, temporary: bool) -> Option<ExportedPassword> {
    if *hash == PasswordHash::of_nothing() {
        return None;
    }
    let imported = hash.as_imported();
    let nfkc = imported.is_none();
    Some(ExportedPassword { hash: imported.unwrap_or(hash.as_str()).to_owned(), nfkc, temporary })
}
