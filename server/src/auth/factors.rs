//! The factors that a session has shown.

use postern_types::Factor;
use serde::{Deserialize, Serialize};

/// The factors, in the order in which they were first shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ShownFactors(Vec<Factor>);

impl ShownFactors {
    /// The text for a column: words separated by spaces.
    #[must_use]
    pub fn to_stored(&self) -> String {
        self.0.iter().map(|factor| factor.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Whether this factor was shown.
    #[must_use]
    pub fn contain(&self, factor: Factor) -> bool {
        self.0.contains(&factor)
    }

    /// The factors as authentication method references (RFC 8176, section 2): `pwd`, `otp`, `pop`, and `mfa` for more than one. A
    /// passkey alone is `pop` and `mfa`: its device has verified the user. It is neither `hwk` nor `swk`, because without an
    /// attestation nothing proves where the key is kept.
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        let mut references: Vec<&'static str> = self.0.iter().filter_map(|factor| reference(*factor)).collect();
        references.dedup();
        if references.len() > 1 || self.contain(Factor::Passkey) {
            references.push("mfa");
        }
        references
    }
}

const fn reference(factor: Factor) -> Option<&'static str> {
    match factor {
        Factor::Password => Some("pwd"),
        Factor::Totp | Factor::RecoveryCode => Some("otp"),
        Factor::Passkey => Some("pop"),
        Factor::Unknown => None,
    }
}

impl From<Factor> for ShownFactors {
    fn from(factor: Factor) -> Self {
        Self(vec![factor])
    }
}

/// Parses a column. A word that this version does not know has no reference.
impl From<String> for ShownFactors {
    fn from(text: String) -> Self {
        Self(text.split(' ').map(|word| word.parse().unwrap_or(Factor::Unknown)).collect())
    }
}

impl From<ShownFactors> for String {
    fn from(factors: ShownFactors) -> Self {
        factors.to_stored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_has_the_references_of_rfc_8176() {
        let amr = |stored: &str| ShownFactors::from(stored.to_owned()).amr();
        assert_eq!(amr("password"), ["pwd"]);
        assert_eq!(amr("password totp"), ["pwd", "otp", "mfa"]);
        assert_eq!(amr("password recovery_code"), ["pwd", "otp", "mfa"]);
        assert_eq!(amr("password recovery_code totp"), ["pwd", "otp", "mfa"]);
        assert_eq!(amr("password passkey"), ["pwd", "pop", "mfa"]);
        assert_eq!(amr("passkey"), ["pop", "mfa"]);
        assert_eq!(amr("passkey totp"), ["pop", "otp", "mfa"]);
        assert_eq!(amr("password tea"), ["pwd"], "what is not known counts for nothing");
    }
}
