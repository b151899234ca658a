//! One-time codes (RFC 6238), the link that authenticator apps read, and new secrets.
//!
//! Replay is prevented in the database, by the time step that [`matching_step`] returns.

use std::ops::RangeInclusive;

use subtle::{ConditionallySelectable, ConstantTimeEq};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::token::random_bytes;
use crate::clock::UnixTime;
use postern_types::TotpCode;

/// Length of a time step of our own secrets in seconds (R2).
pub const PERIOD_S: i64 = 30;
/// Digits of their codes (R2).
pub const DIGITS: u8 = 6;
/// Name of their algorithm, as stored and as written into the link (R2).
pub const ALGORITHM: &str = "SHA1";
/// The longest and shortest time step of a secret that was imported, in seconds.
const PERIODS_S: RangeInclusive<i64> = 15..=120;
/// What a code has at least and at most, for a secret that was imported.
const NUMBERS_OF_DIGITS: [u8; 2] = [6, 8];
/// Maximum length of the account label in the link, in characters, so that the QR code is easy to scan.
const MAX_LABEL_CHARS: usize = 64;

/// The number of a time step since the epoch, each as long as the secret's parameters say (RFC 6238, 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeStep(pub i64);

/// How an app makes codes of a secret: what RFC 6238 leaves open. Our own secrets have the default; imported ones keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    algorithm: Algorithm,
    digits: u8,
    period_s: i64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { algorithm: Algorithm::SHA1, digits: DIGITS, period_s: PERIOD_S }
    }
}

impl Parameters {
    /// The parameters of a factor: `SHA1`, `SHA256` or `SHA512`, 6 or 8 digits, a time step of 15 to 120 seconds. `None` for others.
    #[must_use]
    pub fn new(algorithm: &str, digits: i64, period_s: i64) -> Option<Self> {
        let digits = NUMBERS_OF_DIGITS.into_iter().find(|number| i64::from(*number) == digits)?;
        PERIODS_S.contains(&period_s).then_some(())?;
        Some(Self { algorithm: algorithm.parse().ok()?, digits, period_s })
    }

    /// Name of the algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> &str {
        self.algorithm.as_str()
    }

    /// Digits of a code.
    #[must_use]
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// Length of a time step in seconds.
    #[must_use]
    pub const fn period_s(&self) -> i64 {
        self.period_s
    }

    /// The latest time step of which a code can be accepted now.
    #[must_use]
    pub fn latest_step(&self, now: UnixTime, window: u8) -> TimeStep {
        TimeStep(now / self.period_s + i64::from(window))
    }
}

/// The secret shared with an authenticator app: 160 random bits (R1), or one that was imported. No `Display`; `Debug` hides it.
pub struct TotpSecret {
    totp: Totp,
    parameters: Parameters,
}

impl TotpSecret {
    /// A new secret from the operating system's random number generator.
    #[must_use]
    pub fn random() -> Self {
        Self::from_bytes(&random_bytes::<20>())
    }

    /// A secret of ours from bytes. Test vectors have short secrets, so every length is accepted.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::with(Parameters::default(), bytes)
    }

    /// A secret with the parameters of its factor.
    #[must_use]
    pub fn with(parameters: Parameters, bytes: &[u8]) -> Self {
        let builder = Builder::new()
            .with_algorithm(parameters.algorithm)
            .with_digits(parameters.digits)
            .with_skew(0)
            .with_step_duration(parameters.period_s.unsigned_abs())
            .with_secret(Secret::from(bytes));
        Self { totp: builder.build_noncompliant(), parameters }
    }

    /// Its parameters.
    #[must_use]
    pub const fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// The raw bytes, only for sealing.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.totp.secret().as_bytes()
    }

    /// The security key: base32 without padding (RFC 4648, 6).
    #[must_use]
    pub fn to_base32(&self) -> String {
        self.totp.secret().to_base32()
    }

    /// The code of a step.
    pub(super) fn code(&self, step: TimeStep) -> Zeroizing<String> {
        Zeroizing::new(self.totp.generate((step.0 * self.parameters.period_s).unsigned_abs()).to_string())
    }

    /// The codes within `window` steps of now, with their steps.
    pub(super) fn codes(&self, now: UnixTime, window: u8) -> impl Iterator<Item = (TimeStep, Zeroizing<String>)> {
        let (current, window) = (now / self.parameters.period_s, i64::from(window));
        let steps = (current - window).max(0)..=current + window;
        steps.map(|step| (TimeStep(step), self.code(TimeStep(step))))
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
    let mut matched = -1_i64;
    for (step, candidate) in secret.codes(now, window) {
        let equal = candidate.as_bytes().ct_eq(code.as_str().as_bytes());
        matched.conditional_assign(&step.0, equal);
    }
    (matched >= 0).then_some(TimeStep(matched))
}

/// Seconds until an app shows its next code: 1 to the length of a time step.
#[must_use]
pub fn seconds_to_next_code(now: UnixTime, period_s: i64) -> u32 {
    u32::try_from(period_s - now.rem_euclid(period_s)).unwrap_or(1)
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
    let Parameters { digits, period_s, .. } = secret.parameters;
    let algorithm = secret.parameters.algorithm();
    format!(
        "otpauth://totp/{issuer}:{label}?secret={key}&issuer={issuer}&algorithm={algorithm}&digits={digits}&period={period_s}"
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
