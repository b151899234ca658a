//! The keys that sign tokens: their algorithm, their public half, and which of them is used when.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::lifetimes::{KEY_NOTICE_S, LONGEST_S};
use crate::clock::UnixTime;

/// A signature algorithm (RFC 7518, section 3.1).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::EnumString, strum::IntoStaticStr,
)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, which every client knows.
    #[serde(rename = "RS256")]
    #[strum(serialize = "RS256")]
    Rs256,
    /// ECDSA with P-256 and SHA-256.
    #[serde(rename = "ES256")]
    #[strum(serialize = "ES256")]
    Es256,
}

/// A public key (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Jwk {
    /// The numbers.
    #[serde(flatten)]
    pub numbers: PublicNumbers,
    /// Its id.
    pub kid: String,
    /// What it is for: always `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
    /// Its algorithm.
    pub alg: Algorithm,
}

/// The numbers of a public key, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kty")]
pub enum PublicNumbers {
    /// An RSA key.
    #[serde(rename = "RSA")]
    Rsa {
        /// Modulus.
        n: String,
        /// Exponent.
        e: String,
    },
    /// A point on a curve.
    #[serde(rename = "EC")]
    Ec {
        /// The curve: `P-256`.
        crv: String,
        /// Coordinate.
        x: String,
        /// Coordinate.
        y: String,
    },
}

/// The published keys (RFC 7517, section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A key, and when it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Counts the keys of the algorithm.
    pub generation: i64,
    /// It signs from then on, until the next key of the algorithm does.
    pub active_from: UnixTime,
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum KeyState {
    /// It is published, and will sign.
    Next,
    /// It signs.
    Current,
    /// It no longer signs, but is still published for those who hold tokens that it has signed.
    Old,
    /// It is no longer published.
    Over,
}

impl Algorithm {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl KeyState {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Term {
    /// Where the key stands among all keys.
    #[must_use]
    pub fn state(&self, all: &[Self], now: UnixTime) -> KeyState {
        let later = all.iter().filter(|other| other.algorithm == self.algorithm && other.generation > self.generation);
        match later.map(|other| other.active_from).min() {
            // The first key signs even if the clock of the node that made it was ahead.
            _ if self.active_from > now && self.generation > 1 => KeyState::Next,
            Some(replaced_at) if replaced_at + LONGEST_S + KEY_NOTICE_S <= now => KeyState::Over,
            Some(replaced_at) if replaced_at <= now => KeyState::Old,
            _ => KeyState::Current,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = 1_800_000_000;

    #[test]
    fn a_key_is_published_a_day_before_and_after_its_use() {
        let first = Term { algorithm: Algorithm::Rs256, generation: 1, active_from: NOW };
        let second = Term { generation: 2, active_from: NOW + 86_400, ..first };
        let other = Term { algorithm: Algorithm::Es256, ..second };
        let all = [first, second, other];
        let states = |at| [first.state(&all, at), second.state(&all, at)];
        assert_eq!(states(NOW - 100), [KeyState::Current, KeyState::Next], "there is no other one");
        assert_eq!(states(NOW), [KeyState::Current, KeyState::Next]);
        assert_eq!(states(NOW + 86_399), [KeyState::Current, KeyState::Next]);
        assert_eq!(states(NOW + 86_400), [KeyState::Old, KeyState::Current]);
        assert_eq!(states(NOW + 2 * 86_400 + 3_599), [KeyState::Old, KeyState::Current]);
        assert_eq!(states(NOW + 2 * 86_400 + 3_600), [KeyState::Over, KeyState::Current]);
    }
}
