//! What every format becomes.

use std::collections::BTreeSet;

use postern_types::{Email, InvalidEmail};

use crate::auth::password::{PasswordHash, Unusable};
use crate::auth::totp::TotpSecret;
use crate::display_name::{DisplayName, InvalidName};

/// What a file is read with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// Another file, with the authenticator apps of the users of the first.
    pub apps: Option<&'a [u8]>,
    /// The domain that makes an e-mail address of a name without one.
    pub domain: Option<&'a str>,
}

/// A user as a file describes them.
#[derive(Debug)]
pub struct Incoming {
    /// The user name.
    pub email: Email,
    /// The display name; may be empty.
    pub name: DisplayName,
    /// The accounts that the file names.
    pub accounts: Vec<Membership>,
    /// Whether with the administrator role, in the account that the command names.
    pub admin: bool,
    /// Whether the user could log in there.
    pub active: bool,
    /// The password.
    pub password: Option<IncomingPassword>,
    /// The authenticator app.
    pub totp: Option<TotpSecret>,
    /// Whether the app was disabled after too many wrong codes.
    pub totp_disabled: bool,
    /// What was there besides, and has no place here.
    pub left_out: Vec<&'static str>,
}

/// The password of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingPassword {
    /// Its hash.
    pub hash: PasswordHash,
    /// Whether somebody else chose it, so that it must be replaced at the first log-in.
    pub temporary: bool,
}

/// An account that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Name of the account.
    pub account: DisplayName,
    /// Whether with the administrator role.
    pub admin: bool,
    /// Whether the account has locked the user.
    pub locked: bool,
}

/// An entry of a file.
#[derive(Debug)]
pub struct Entry {
    /// The line, or the number of the entry where the format has no lines; from 1.
    pub number: u64,
    /// The name of the user as the file has it; empty if it has none.
    pub user: String,
    /// The user, or why there is none.
    pub found: Result<Incoming, Refusal>,
}

/// What a file contains.
#[derive(Debug, Default)]
pub struct Contents {
    /// The users.
    pub entries: Vec<Entry>,
    /// Names of the fields that nothing was done with.
    pub ignored: BTreeSet<String>,
}

/// Why a file cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is something else.
    #[error("the file is no {what}{}", .line.map(|line| format!(" (line {line})")).unwrap_or_default())]
    Other {
        /// What it should be.
        what: &'static str,
        /// Where it is not that.
        line: Option<u64>,
    },
    /// The second file is not what it should be. Without it, users would lose their second factors.
    #[error("the file given with --totp is no TOTP export of Authelia; nothing was changed")]
    Apps,
    /// It is in order, and nobody is in it.
    #[error("the file has no users{}", besides(.0))]
    NoUsers(BTreeSet<String>),
    /// No line begins as a link does.
    #[error("no line is an otpauth:// link")]
    NoLinks,
    /// Two bytes for each character.
    #[error("the file is in UTF-16. Save it in UTF-8, and a table with commas between its columns")]
    Utf16,
    /// Another encoding.
    #[error("line {0} is not UTF-8. Save the file in UTF-8")]
    NotUtf8(u64),
    /// A table with something else than commas.
    #[error("the columns are separated by {0}. Save the file with commas, in UTF-8")]
    Separator(&'static str),
    /// A column that would be ignored, and seems to hold what a user logs in with.
    #[error("the column {0:?} is not known, and seems to hold secrets. Rename it, or remove it. The columns are: {1}")]
    SecretColumn(String, String),
    /// A column that is there again.
    #[error("the column {0} is there twice")]
    Twice(String),
}

/// What a file without users has instead.
fn besides(ignored: &BTreeSet<String>) -> String {
    if ignored.is_empty() {
        return String::new();
    }
    let names: Vec<String> = ignored.iter().map(|name| name.escape_debug().to_string()).collect();
    format!("; ignored: {}", names.join(", "))
}

/// Why an entry is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not complete, or not in order.
    #[error("the entry is damaged")]
    Damaged,
    /// It is in another encoding.
    #[error("it is not UTF-8. Save the file in UTF-8")]
    NotUtf8,
    /// The line of a table has not as many fields as there are columns.
    #[error("{found} {} instead of {columns}: put values that contain commas in quotes", if *.found == 1 { "field" } else { "fields" })]
    Fields {
        /// How many it has.
        found: usize,
        /// How many there are columns.
        columns: usize,
    },
    /// Two columns describe the authenticator app.
    #[error("it has both totp_uri and totp_secret")]
    TwoSecrets,
    /// It has no e-mail address.
    #[error("there is no e-mail address; --domain can make one of a user name")]
    NoEmail,
    /// The e-mail address cannot be a user name.
    #[error(transparent)]
    Email(#[from] InvalidEmail),
    /// The display name cannot be one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The password hash cannot be used.
    #[error(transparent)]
    Hash(#[from] Unusable),
    /// The role is neither `user` nor `admin`.
    #[error("the role must be user or admin")]
    Role,
    /// Whether the user is active is said in another word.
    #[error("the column active must be yes or no")]
    Active,
    /// The secret is not in the encoding that it should have.
    #[error("the TOTP secret cannot be read")]
    Secret,
    /// The secret is easily guessed.
    #[error("the TOTP secret is shorter than 80 bits or longer than 1024")]
    Length,
    /// The parameters are not those of any app.
    #[error("the TOTP parameters are not supported: SHA1, SHA256 or SHA512, 6 or 8 digits, 15 to 120 seconds")]
    Parameters,
    /// The codes are counted, and do not depend on the time.
    #[error("the authenticator app counts its codes (HOTP), which is not supported")]
    Counter,
    /// A token does not say whose it is.
    #[error("the token has no field owner")]
    NoOwner,
    /// No user has this name in the other file.
    #[error("the authenticator app belongs to nobody")]
    OfNobody,
}
