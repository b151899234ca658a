//! What other systems export: users, password hashes and TOTP secrets. Each format has a file, which makes [`Incoming`] users of it.
//! Pure functions.
//!
//! Whatever cannot be used is told with its place and the reason, and never with the text itself, which may be a secret.

use std::collections::BTreeSet;

mod app;
mod authelia;
mod django;
mod draft;
mod fields;
mod incoming;
mod key_uri;
mod keycloak;
mod migration;
mod portal;
mod privacyidea;
mod table;

pub use incoming::{Contents, Entry, Incoming, IncomingPassword, Membership, Reading, Refusal, Unreadable};
pub use portal::{Exported, ExportedAccount, ExportedPassword};

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with a column for each field, separated by commas, and a line of names before it (RFC 4180).
    Csv,
    /// A line for each authenticator app: `otpauth://` or `otpauth-migration://`.
    Otpauth,
    /// The users file of Authelia; its export of TOTP configurations can go with it.
    Authelia,
    /// A realm of Keycloak as JSON, with users.
    Keycloak,
    /// `dumpdata` of Django with django-otp, or of authentik.
    Django,
    /// The tokens of privacyIDEA as YAML.
    PrivacyIdea,
    /// `postern export`.
    Postern,
}

/// What Windows writes before UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";
/// What stands before UTF-16, in either order of its bytes.
const MARKS_OF_UTF16: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// Reads a file.
///
/// # Errors
/// If the file as a whole cannot be read, or has no users. What is wrong with single entries is in the contents.
pub fn read(format: Format, file: &[u8], with: &Reading<'_>) -> Result<Contents, Unreadable> {
    let file = unmarked(file);
    if MARKS_OF_UTF16.iter().any(|mark| file.starts_with(mark)) {
        return Err(Unreadable::Utf16);
    }
    if file.trim_ascii().is_empty() {
        return Err(Unreadable::NoUsers(BTreeSet::new()));
    }
    let contents = match format {
        Format::Csv => table::read(file, with.domain)?,
        Format::Otpauth => key_uri::read(file, with.domain)?,
        Format::Authelia => authelia::read(file, &Reading { apps: with.apps.map(unmarked), ..*with })?,
        Format::Keycloak => keycloak::read(file, with.domain)?,
        Format::Django => django::read(file, with.domain)?,
        Format::PrivacyIdea => privacyidea::read(file, with.domain)?,
        Format::Postern => portal::read(file)?,
    };
    if contents.entries.is_empty() { Err(Unreadable::NoUsers(contents.ignored)) } else { Ok(contents) }
}

fn unmarked(file: &[u8]) -> &[u8] {
    file.strip_prefix(MARK).unwrap_or(file)
}

#[cfg(test)]
#[path = "importing_tests.rs"]
mod tests;
