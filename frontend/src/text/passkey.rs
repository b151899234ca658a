//! The texts of a passkey as the second factor.

use super::Paragraph;

pub(crate) const BY_CODE: &str = "Use a one-time code";
pub(crate) const BY_PASSKEY: &str = "Use your passkey";
pub(crate) const INTRO: &str = "Your device asks for its PIN, your fingerprint or your face.";
pub(crate) const WAITING: &str = "Waiting…";
pub(crate) const INSTEAD: &str = "Use a passkey instead";
pub(crate) const NONE: &str = "Can’t use your passkey here?";
pub(crate) const NONE_ADVICE: &[Paragraph] = &[
    (
        "It may be on your phone.",
        "When your browser asks, choose another device, and scan the QR code with your phone.",
    ),
    (
        "Lost or replaced your device?",
        "Use a recovery code, if you have one. Otherwise, ask the administrator of your account to reset your two-factor authentication. You then set it up again at your next log-in.",
    ),
];
