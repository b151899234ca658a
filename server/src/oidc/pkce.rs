//! Proof Key for Code Exchange (RFC 7636), with the method S256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A code challenge: SHA-256 of the verifier, in base64url.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Challenge(String);

impl Challenge {
    /// Parses what a client sent. Only the exact form of a challenge is accepted.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hash = text.len() == 43 && URL_SAFE_NO_PAD.decode_slice(text, &mut [0; 33]).is_ok();
        is_hash.then(|| Self(text.to_owned()))
    }

    /// Whether this verifier belongs to it. A verifier has 43 to 128 unreserved characters (section 4.1). The challenge is no
    /// secret, so the comparison may take any time.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(is_unreserved)
            && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_verifier_of_the_rfc_meets_its_challenge_alone() {
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        for wrong in ["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", "", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
        {
            assert!(!challenge.is_met_by(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_hash_is_no_challenge() {
        for text in
            ["", "x", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"]
        {
            assert!(Challenge::parse(text).is_none(), "{text}");
        }
    }
}
