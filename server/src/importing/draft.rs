//! An entry of a file before it is checked.

use postern_types::Email;

use super::incoming::{Entry, Incoming, IncomingPassword, Membership, Refusal};
use crate::auth::password::PasswordHash;
use crate::auth::totp::TotpSecret;
use crate::display_name::DisplayName;

/// A user, as the texts of a file.
#[derive(Default)]
pub(super) struct Draft<'a> {
    pub(super) email: &'a str,
    /// The name with which the user logged in there. An e-mail address is made of it if there is no other.
    pub(super) login: &'a str,
    pub(super) name: String,
    pub(super) accounts: Vec<Membership>,
    pub(super) admin: bool,
    pub(super) locked: bool,
    /// A hash of the password as typed; empty if there is none.
    pub(super) hash: &'a str,
    /// Whether the user has to choose another password.
    pub(super) temporary: bool,
    pub(super) totp: Option<Result<TotpSecret, Refusal>>,
    pub(super) left_out: Vec<&'static str>,
}

impl Draft<'_> {
    /// The entry at this place, checked.
    pub(super) fn entry(self, number: u64, domain: Option<&str>) -> Entry {
        let user = if self.email.is_empty() { self.login } else { self.email };
        Entry { number, user: user.to_owned(), found: self.check(domain) }
    }

    fn check(self, domain: Option<&str>) -> Result<Incoming, Refusal> {
        Ok(Incoming {
            email: address(self.email, self.login, domain)?,
            name: DisplayName::parse(&self.name)?,
            accounts: self.accounts,
            admin: self.admin,
            active: !self.locked,
            password: password(self.hash, self.temporary)?,
            totp: self.totp.transpose()?,
            totp_disabled: false,
            left_out: self.left_out,
        })
    }
}

fn password(hash: &str, temporary: bool) -> Result<Option<IncomingPassword>, Refusal> {
    if hash.is_empty() {
        return Ok(None);
    }
    Ok(Some(IncomingPassword { hash: PasswordHash::of_import(hash)?, temporary }))
}

/// The e-mail address of somebody with this name elsewhere.
fn address(email: &str, login: &str, domain: Option<&str>) -> Result<Email, Refusal> {
    let email = match domain {
        _ if !email.is_empty() => Email::parse(email),
        _ if login.contains('@') => Email::parse(login),
        Some(domain) if !login.is_empty() => Email::parse(&format!("{login}@{domain}")),
        _ => return Err(Refusal::NoEmail),
    };
    Ok(email?)
}
