//! Keys that sign tokens: made by libraries, and kept sealed in PKCS #8. ring signs; it cannot make RSA keys.

use std::fmt;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use getrandom::SysRng;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::UnwrapErr;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::oidc::key::{Algorithm, PublicNumbers};

/// Bits of an RSA key: 128 bits of security (NIST SP 800-57, part 1, table 2). Keys that older versions made have 2,048, until they are
/// replaced.
const RSA_BITS: usize = 3_072;

/// A private key in PKCS #8.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PrivateKey(Vec<u8>);

impl PrivateKey {
    /// A new key. An RSA key takes a second or more: this blocks.
    ///
    /// # Errors
    /// If the operating system has no random numbers.
    pub fn random(algorithm: Algorithm) -> anyhow::Result<Self> {
        match algorithm {
            Algorithm::Rs256 => {
                let key = RsaPrivateKey::new(&mut UnwrapErr(SysRng), RSA_BITS).context("an RSA key cannot be made")?;
                Ok(Self(key.to_pkcs8_der().context("an RSA key cannot be encoded")?.as_bytes().to_vec()))
            }
            Algorithm::Es256 => {
                let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
                Ok(Self(document.map_err(|_| anyhow!("a key cannot be made"))?.as_ref().to_vec()))
            }
        }
    }

    /// A key that was opened.
    #[must_use]
    pub fn from_opened(pkcs8: &[u8]) -> Self {
        Self(pkcs8.to_vec())
    }

    /// The bytes, only for sealing and signing.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The signature of a message (RFC 7518, 3.3 and 3.4).
    ///
    /// # Errors
    /// If it is not a key of this algorithm.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let random = SystemRandom::new();
        let failed = |_| anyhow!("the message cannot be signed");
        match algorithm {
            Algorithm::Rs256 => {
                let pair = self.rsa()?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
            Algorithm::Es256 => Ok(self.ecdsa()?.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
        }
    }

    /// The public half.
    ///
    /// # Errors
    /// If it is not a key of this algorithm.
    pub fn public_numbers(&self, algorithm: Algorithm) -> anyhow::Result<PublicNumbers> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match algorithm {
            Algorithm::Rs256 => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(self.rsa()?.public());
                Ok(PublicNumbers::Rsa { n: text(&n), e: text(&e) })
            }
            Algorithm::Es256 => {
                let key = self.ecdsa()?;
                // Uncompressed: 4, x, y (SEC 1, 2.3.3).
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                Ok(PublicNumbers::Ec { crv: "P-256".to_owned(), x: text(x), y: text(y) })
            }
        }
    }

    fn rsa(&self) -> anyhow::Result<RsaKeyPair> {
        RsaKeyPair::from_pkcs8(&self.0).map_err(|_| anyhow!("this is no RSA key"))
    }

    fn ecdsa(&self) -> anyhow::Result<EcdsaKeyPair> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.0, &SystemRandom::new());
        pair.map_err(|_| anyhow!("this is no key of P-256"))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_rsa_key_has_the_strength_of_128_bits() {
        let key = PrivateKey::random(Algorithm::Rs256).unwrap();
        assert_eq!(key.rsa().unwrap().public().modulus_len() * 8, 3_072);
    }
}
