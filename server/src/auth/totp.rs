//! One-time codes (RFC 6238), the link that authenticator apps read, and new secrets.
//!
//! Replay is prevented in the database, by the time step that [`matching_step`] returns.

use subtle::{ConditionallySelectable, ConstantTimeEq};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::token::random_bytes;
use crate::clock::UnixTime;
use postern_types::TotpCode;

/// Length of a time step in seconds (R2).
pub const PERIOD_S: i64 = 30;
/// Digits of a code (R2).
pub const DIGITS: u8 = 6;
/// Name of the algorithm, as stored and as written into the link (R2).
pub const ALGORITHM: &str = "SHA1";
/// Maximum length of the account label in the link, in characters, so that the QR code is easy to scan.
const MAX_LABEL_CHARS: usize = 64;

/// The number of a 30-second step since the epoch (RFC 6238, 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeStep(pub i64);

/// The secret shared with an authenticator app: 160 random bits (R1). No `Display`; `Debug` hides it.
pub struct TotpSecret(Totp);

impl TotpSecret {
    /// A new secret from the operating system's random number generator.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(&random_bytes::<20>())
    }

    /// A secret from bytes. Imports and test vectors have short secrets, so every length is accepted.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(0)
            .with_step_duration(PERIOD_S.unsigned_abs())
            .with_secret(Secret::from(bytes));
        Self(builder.build_noncompliant())
    }

    /// The raw bytes, only for sealing.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.secret().as_bytes()
    }

    /// The security key: base32 without padding (RFC 4648, 6).
    #[must_use]
    pub fn to_base32(&self) -> String {
        self.0.secret().to_base32()
    }

    /// The code of a step.
    pub(super) fn code(&self, step: TimeStep) -> [u8; DIGITS as usize] {
        let mut code = [0; DIGITS as usize];
        let token = self.0.generate((step.0 * PERIOD_S).unsigned_abs()).to_string();
        code.copy_from_slice(token.as_bytes());
        code
    }
}

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// The time step of this code, within `window` steps of now (R9). If several match, the highest, so that a code can never be
/// used for two steps.
///
/// Takes the same time whether a step matches or not, and whichever does (R12).
#[must_use]
pub fn matching_step(secret: &TotpSecret, code: &TotpCode, now: UnixTime, window: u8) -> Option<TimeStep> {
    let current = now / PERIOD_S;
    let window = i64::from(window);
    let mut matched = -1_i64;
    for step in (current - window).max(0)..=current + window {
        let equal = secret.code(TimeStep(step)).ct_eq(code.as_str().as_bytes());
        matched.conditional_assign(&step, equal);
    }
    (matched >= 0).then_some(TimeStep(matched))
}

/// Seconds until every app shows its next code: 1 to 30.
#[must_use]
pub fn seconds_to_next_code(now: UnixTime) -> u32 {
    u32::try_from(PERIOD_S - now.rem_euclid(PERIOD_S)).unwrap_or(1)
}

/// The account label in the link: the e-mail, truncated if it is very long.
#[must_use]
pub fn label(email: &str) -> &str {
    email.char_indices().nth(MAX_LABEL_CHARS).map_or(email, |(end, _)| &email[..end])
}

/// The link that authenticator apps read (R3), in the form that all of them understand: the issuer as prefix and parameter,
/// everything percent-encoded once, a space as `%20`.
#[must_use]
pub fn otpauth_uri(issuer: &str, label: &str, secret: &TotpSecret) -> String {
    let issuer = percent_encode(issuer);
    let label = percent_encode(label);
    let key = secret.to_base32();
    format!(
        "otpauth://totp/{issuer}:{label}?secret={key}&issuer={issuer}&algorithm={ALGORITHM}&digits={DIGITS}&period={PERIOD_S}"
    )
}

/// Percent-encodes every byte that is not unreserved (RFC 3986, 2.3).
fn percent_encode(text: &str) -> String {
    const UNRESERVED: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string()
}

#[cfg(test)]
#[path = "totp_tests.rs"]
mod tests;
