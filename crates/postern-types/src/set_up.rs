//! What a person needs to set up an authenticator app.

use serde::{Deserialize, Serialize};

use crate::Rfc3339;

/// Everything that the screen *Configure your two-factor authentication* shows. It contains the secret: never log or store it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUp {
    /// The name of the entry in the app.
    pub issuer: String,
    /// The account label of the entry: the e-mail, truncated to 64 characters.
    pub label: String,
    /// The TOTP secret in base32, 32 characters without padding (R1, R3).
    pub security_key: String,
    /// The same secret as a link that authenticator apps open (R3).
    pub otpauth_uri: String,
    /// The link as a QR code.
    pub qr: QrCode,
    /// Why there is something to set up.
    pub occasion: SetUpOccasion,
    /// Names of the accounts that require a second factor, for *Why is this needed?*
    pub required_by: Vec<String>,
    /// Whether the set-up needs a set-up code from an administrator.
    #[serde(default)]
    pub needs_set_up_code: bool,
    /// Names of the accounts whose administrators give it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_up_code_from: Vec<String>,
    /// Whether a passkey may be set up instead ([`crate::route::SET_UP_PASSKEY_OPTIONS`]).
    #[serde(default)]
    pub passkey: bool,
    /// When this log-in expires, at most 10 minutes after the password (R14).
    pub expires_at: Rfc3339,
}

/// Why a person sets up an authenticator app, which decides what to do with an older entry in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SetUpOccasion {
    /// The person has had none so far.
    First,
    /// The one before was removed by a reset: its entry is dead.
    AfterReset,
    /// The current one is to be replaced: its entry works until the new one is confirmed.
    Replacement,
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUp").field("issuer", &self.issuer).field("label", &self.label).finish_non_exhaustive()
    }
}

/// A QR code as one SVG path in a square of `size` by `size` units, including a quiet zone of 4 modules.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// Width and height in modules, including the quiet zone: `viewBox="0 0 size size"`.
    pub size: u32,
    /// SVG path data of the dark modules; the rest is white.
    pub path: String,
}

impl std::fmt::Debug for QrCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrCode").field("size", &self.size).finish_non_exhaustive()
    }
}
