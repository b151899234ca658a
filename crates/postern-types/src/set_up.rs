//! What a person needs to set an authenticator app up.

use serde::{Deserialize, Serialize};

use crate::Rfc3339;

/// All that the *Configure your two-factor authentication* screen shows. It holds the secret: never log or store it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetUp {
    /// The name under which the app files the entry.
    pub issuer: String,
    /// Which of the person's entries under that name: the e-mail, cut to 64 characters.
    pub label: String,
    /// The TOTP secret in base32, 32 characters without padding (R1, R3).
    pub security_key: String,
    /// The same secret as a link that authenticator apps open (R3).
    pub otpauth_uri: String,
    /// The link as a picture.
    pub qr: QrCode,
    /// Names of the accounts that ask for a second factor; the answer to *Why is this needed?*
    pub required_by: Vec<String>,
    /// When this attempt ends, 10 minutes at most after the password (R14).
    pub expires_at: Rfc3339,
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetUp").field("issuer", &self.issuer).field("label", &self.label).finish_non_exhaustive()
    }
}

/// A QR code as one SVG path in a square drawing of `size` by `size` units, its quiet zone of 4 modules included.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// Side of the drawing in modules, quiet zone included: `viewBox="0 0 size size"`.
    pub size: u32,
    /// SVG path data of the dark modules; all the rest is white.
    pub path: String,
}

impl std::fmt::Debug for QrCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QrCode").field("size", &self.size).finish_non_exhaustive()
    }
}
