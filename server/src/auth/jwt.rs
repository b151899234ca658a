//! Signed tokens (RFC 7519), by jsonwebtoken with ring.

use std::sync::Once;

use anyhow::Context;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::signature::{Error, Signer, Verifier};
use jsonwebtoken::{
    Algorithm as JwtAlgorithm, DecodingKey, DecodingKeyKind, EncodingKey, Header, Validation, decode, decode_header,
    encode,
};
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::signing_key::PrivateKey;
use crate::oidc::key::{Algorithm, Jwk, PublicNumbers};

/// The `typ` of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// An id token.
    Id,
    /// An access token (RFC 9068).
    Access,
    /// A log-out token (OpenID Connect Back-Channel Logout 1.0, 2.4).
    LogOut,
}

/// Signs claims.
///
/// # Errors
/// If the key is damaged.
pub fn sign(key: &PrivateKey, jwk: &Jwk, token_type: TokenType, claims: &impl Serialize) -> anyhow::Result<String> {
    use_ring();
    let typ = match token_type {
        TokenType::Id => "JWT",
        TokenType::Access => "at+jwt",
        TokenType::LogOut => "logout+jwt",
    };
    let mut header = Header::new(jwk.alg.into());
    header.typ = Some(typ.to_owned());
    header.kid = Some(jwk.kid.clone());
    let key = match jwk.alg {
        Algorithm::Rs256 => EncodingKey::from_rsa_der(key.expose()),
        Algorithm::Es256 => EncodingKey::from_ec_der(key.expose()),
    };
    encode(&header, claims, &key).context("a token cannot be signed")
}

/// The claims of an id token that one of these keys has signed, whenever that was. `None` for everything else.
#[must_use]
pub fn read_id_token<T: DeserializeOwned + Clone>(token: &str, keys: &[Jwk]) -> Option<T> {
    use_ring();
    let header = decode_header(token).ok().filter(|header| header.typ.as_deref() == Some("JWT"))?;
    let jwk = keys.iter().find(|jwk| Some(&jwk.kid) == header.kid.as_ref())?;
    let key = match &jwk.numbers {
        PublicNumbers::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
        PublicNumbers::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
    };
    let mut validation = Validation::new(jwk.alg.into());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode::<T>(token, &key.ok()?, &validation).ok().map(|token| token.claims)
}

impl From<Algorithm> for JwtAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => Self::RS256,
            Algorithm::Es256 => Self::ES256,
        }
    }
}

/// Lets jsonwebtoken use ring, once in this process.
fn use_ring() {
    static INSTALLED: Once = Once::new();
    static RING: CryptoProvider = CryptoProvider {
        signer_factory: |algorithm, key| Ok(Box::new(RingSigner::new(*algorithm, key)?)),
        verifier_factory: |algorithm, key| Ok(Box::new(RingVerifier { algorithm: *algorithm, key: key.clone() })),
        key_utils: KeyUtils::new_unimplemented(),
    };
    INSTALLED.call_once(|| {
        // A test may have installed its own.
        let _ = RING.install_default();
    });
}

struct RingSigner {
    algorithm: Algorithm,
    key: PrivateKey,
}

impl RingSigner {
    fn new(algorithm: JwtAlgorithm, key: &EncodingKey) -> JwtResult<Self> {
        let algorithm = match algorithm {
            JwtAlgorithm::RS256 => Algorithm::Rs256,
            JwtAlgorithm::ES256 => Algorithm::Es256,
            _ => return Err(ErrorKind::InvalidAlgorithm.into()),
        };
        Ok(Self { algorithm, key: PrivateKey::from_opened(key.as_bytes()) })
    }
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.key.sign(self.algorithm, message).map_err(|_| Error::new())
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm.into()
    }
}

struct RingVerifier {
    algorithm: JwtAlgorithm,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Error> {
        let verified = match (self.algorithm, self.key.kind()) {
            (JwtAlgorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            (JwtAlgorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            _ => return Err(Error::new()),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> JwtAlgorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn key(algorithm: Algorithm, kid: &str) -> (PrivateKey, Jwk) {
        let key = PrivateKey::random(algorithm).unwrap();
        let numbers = key.public_numbers(algorithm).unwrap();
        let jwk = Jwk { numbers, kid: kid.to_owned(), purpose: "sig".to_owned(), alg: algorithm };
        (key, jwk)
    }

    #[test]
    fn a_token_is_read_by_its_own_key_alone() {
        let claims = json!({"sub": "ada", "exp": 1});
        for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
            let (private, jwk) = key(algorithm, "a");
            let token = sign(&private, &jwk, TokenType::Id, &claims).unwrap();
            let keys = [jwk.clone()];
            assert_eq!(read_id_token::<Value>(&token, &keys), Some(claims.clone()), "an expired one, too");
            let altered = token.replacen('.', ".e30", 1);
            let (_, other) = key(Algorithm::Es256, "a");
            let elsewhere = Jwk { kid: "b".to_owned(), ..jwk.clone() };
            assert_eq!(read_id_token::<Value>(&altered, &keys), None);
            assert_eq!(read_id_token::<Value>(&token, &[other]), None);
            assert_eq!(read_id_token::<Value>(&token, &[elsewhere]), None);
            let access_token = sign(&private, &jwk, TokenType::Access, &claims).unwrap();
            assert_eq!(read_id_token::<Value>(&access_token, &keys), None, "no id token");
        }
    }

    #[test]
    fn an_unsigned_token_is_none() {
        let (_, jwk) = key(Algorithm::Es256, "a");
        // {"alg":"none","typ":"JWT","kid":"a"} and {}
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoiYSJ9.e30.";
        assert_eq!(read_id_token::<Value>(unsigned, &[jwk]), None);
    }
}
