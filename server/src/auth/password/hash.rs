//! A password hash as it is stored.

use std::fmt;

use super::imported::{ImportedHash, Unusable};

/// What a hash of another system begins with in the database. No hash of ours does, and versions that do not know it match nothing.
const IMPORTED: &str = "imported:";

/// An Argon2 hash in the PHC string format, with its parameters and salt; or a hash of another system as it was imported, until its
/// first use.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a value that was read from the database.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The hash of another system, which took the password as typed.
    ///
    /// # Errors
    /// [`Unusable`] says why it cannot be used.
    pub fn of_import(text: &str) -> Result<Self, Unusable> {
        ImportedHash::parse(text).map(|_| Self(format!("{IMPORTED}{text}")))
    }

    /// A hash of a portal, which took the normal form of the password.
    ///
    /// # Errors
    /// [`Unusable`] says why it cannot be used.
    pub fn of_portal(text: &str) -> Result<Self, Unusable> {
        ImportedHash::parse(text)?;
        if text.starts_with("$argon2id$v=19$") { Ok(Self(text.to_owned())) } else { Err(Unusable::Unknown) }
    }

    /// What no password matches.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self("none".to_owned())
    }

    /// The text that is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text of a hash of another system.
    #[must_use]
    pub fn as_imported(&self) -> Option<&str> {
        self.0.strip_prefix(IMPORTED)
    }

    pub(super) fn imported(&self) -> Option<ImportedHash> {
        ImportedHash::parse(self.as_imported()?).ok()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
