//! Credentials, as they are stored and as they are shown.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::token::random_bytes;

/// The id of a credential, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct CredentialId(String);

impl CredentialId {
    /// Of its bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(&self.0).unwrap_or_default()
    }
}

/// The handle by which authenticators know a user: 16 random bytes in base64url, which reveal nothing about the person (WebAuthn Level 3,
/// 14.6.1).
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserHandle(String);

impl UserHandle {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self::of(&random_bytes::<16>())
    }

    /// Of its bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A credential that an authenticator has made.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// Its id.
    pub id: CredentialId,
    /// The part that never changes, in JSON.
    pub json: String,
    /// The signature counter.
    pub counter: i64,
    /// Whether it may be backed up.
    pub backup_eligible: bool,
    /// Whether it is backed up.
    pub backed_up: bool,
    /// How the authenticator is reached: words separated by spaces.
    pub transports: String,
    /// The model of the authenticator, as a UUID.
    pub aaguid: String,
    /// Whether the browser says that it can be found without its id.
    pub discoverable: bool,
}

/// A credential as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The part that never changes, in JSON.
    pub json: &'a str,
    /// The signature counter at the last use.
    pub counter: i64,
    /// Whether it may be backed up.
    pub backup_eligible: bool,
    /// Whether it was backed up at the last use.
    pub backed_up: bool,
}

/// What a correct assertion says about its credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The signature counter.
    pub counter: i64,
    /// Whether the credential may be backed up.
    pub backup_eligible: bool,
    /// Whether it is backed up.
    pub backed_up: bool,
}
