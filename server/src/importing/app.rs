//! The secret of an authenticator app, in the encodings of other systems.

use data_encoding::HEXLOWER_PERMISSIVE;
use totp_rs::Secret;
use zeroize::Zeroizing;

use super::incoming::Refusal;
use crate::auth::totp::{Parameters, TotpSecret};

/// Google Authenticator's first secrets have 80 bits. Nothing makes longer ones than a block of SHA-512.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 10..=128;

/// An app, as a file describes it. What it does not say is as apps assume it.
pub(super) struct App<'a> {
    pub(super) algorithm: &'a str,
    pub(super) digits: Option<i64>,
    pub(super) period_s: Option<i64>,
}

impl App<'_> {
    /// With a secret in bytes.
    pub(super) fn with(&self, secret: &[u8]) -> Result<TotpSecret, Refusal> {
        SECRET_BYTES.contains(&secret.len()).then_some(()).ok_or(Refusal::Length)?;
        let defaults = Parameters::default();
        let algorithm = if self.algorithm.is_empty() { defaults.algorithm() } else { self.algorithm };
        let digits = self.digits.unwrap_or(defaults.digits().into());
        let parameters =
            Parameters::new(&algorithm.replace('-', ""), digits, self.period_s.unwrap_or(defaults.period_s()));
        Ok(TotpSecret::with(parameters.ok_or(Refusal::Parameters)?, secret))
    }

    /// With a secret in Base32, as people read it: with or without padding, blanks and capital letters.
    pub(super) fn with_base32(&self, text: &str) -> Result<TotpSecret, Refusal> {
        let is_part = |c: &char| !c.is_whitespace() && !matches!(c, '=' | '-');
        let text: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(is_part).collect::<String>().to_ascii_uppercase());
        let secret = Secret::try_from_base32(text.as_str()).map_err(|_| Refusal::Secret)?;
        self.with(secret.as_bytes())
    }

    /// With a secret in hexadecimal.
    pub(super) fn with_hex(&self, text: &str) -> Result<TotpSecret, Refusal> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes());
        self.with(&Zeroizing::new(bytes.map_err(|_| Refusal::Secret)?))
    }
}
