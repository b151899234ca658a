//! Postern's own format: a line of JSON for each user, which `postern export` writes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::draft::Draft;
use super::fields::lines;
use super::incoming::{Contents, Entry, Incoming, IncomingPassword, Membership, Refusal, Unreadable};
use super::key_uri;
use crate::auth::password::PasswordHash;
use crate::display_name::DisplayName;

const WHAT: &str = "file of postern export";

/// A user, as a line has them. A program that reads it has to ignore the fields that it does not know.
#[derive(Clone, Serialize, Deserialize)]
pub struct Exported {
    /// The user name.
    pub email: String,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// Whether the operator lets the user log in.
    pub active: bool,
    /// The accounts.
    #[serde(default)]
    pub accounts: Vec<ExportedAccount>,
    /// The password; absent if no password is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<ExportedPassword>,
    /// The authenticator app, as the link that apps read; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// Whether the app is disabled after too many wrong codes.
    #[serde(default)]
    pub totp_disabled: bool,
}

/// An account of a user.
#[derive(Clone, Serialize, Deserialize)]
pub struct ExportedAccount {
    /// Name of the account.
    pub name: String,
    /// Whether the user has the administrator role in it.
    #[serde(default)]
    pub admin: bool,
    /// Whether the account has locked the user.
    #[serde(default)]
    pub locked: bool,
}

/// The password of a user.
#[derive(Clone, Serialize, Deserialize)]
pub struct ExportedPassword {
    /// Its hash.
    pub hash: String,
    /// Whether the hash is that of the password's normal form NFKC; otherwise it is that of the password as typed.
    #[serde(default)]
    pub nfkc: bool,
    /// Whether somebody else chose it, so that it must be replaced at the next log-in.
    #[serde(default)]
    pub temporary: bool,
}

/// Reads a file.
pub(super) fn read(file: &[u8]) -> Result<Contents, Unreadable> {
    let users: Vec<_> = lines(file).map(|(number, line)| (number, line.and_then(parse))).collect();
    if !users.is_empty() && users.iter().all(|(_, user)| user.is_err()) {
        return Err(Unreadable::Other { what: WHAT, line: None });
    }
    Ok(Contents {
        entries: users.into_iter().map(|(number, user)| entry(number, user)).collect(),
        ..Contents::default()
    })
}

fn parse(line: &str) -> Result<Exported, Refusal> {
    serde_json::from_str(line).map_err(|_| Refusal::Damaged)
}

fn entry(number: u64, user: Result<Exported, Refusal>) -> Entry {
    match user {
        Ok(user) => Entry { number, user: user.email.clone(), found: check(user) },
        Err(refusal) => Entry { number, user: String::new(), found: Err(refusal) },
    }
}

fn check(user: Exported) -> Result<Incoming, Refusal> {
    let accounts = user.accounts.iter().map(|account| {
        Ok(Membership { account: DisplayName::parse(&account.name)?, admin: account.admin, locked: account.locked })
    });
    let draft = Draft {
        email: &user.email,
        name: user.name,
        accounts: accounts.collect::<Result<_, Refusal>>()?,
        locked: !user.active,
        totp: user.totp.map(|link| key_uri::parse(&link).map(|(_, secret)| secret)),
        ..Draft::default()
    };
    let mut incoming = draft.entry(0, None).found?;
    let names: BTreeSet<&str> = incoming.accounts.iter().map(|it| it.account.as_str()).collect();
    if names.len() != incoming.accounts.len() {
        return Err(Refusal::Damaged);
    }
    incoming.totp_disabled = user.totp_disabled;
    if let Some(password) = user.password {
        let read = if password.nfkc { PasswordHash::of_portal } else { PasswordHash::of_import };
        incoming.password = Some(IncomingPassword { hash: read(&password.hash)?, temporary: password.temporary });
    }
    Ok(incoming)
}
