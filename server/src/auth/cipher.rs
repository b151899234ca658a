//! Encryption of secrets in the database with keys that are not in the database (R7).
//!
//! A sealed value is `v1.<key id>.<base64url of nonce and ciphertext>`, XChaCha20-Poly1305 with a random nonce, bound to
//! its place by the associated data. One key seals, and every key of the ring opens.

use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead, Payload};
use zeroize::Zeroizing;

use super::associated_data::AssociatedData;
use super::key_ring::{Key, KeyRing};
use super::token::random_bytes;

const NONCE_BYTES: usize = 24;

/// The master keys of this process. A running server replaces the ring when keys are rotated.
pub struct Cipher(RwLock<Keys>);

struct Keys {
    ring: KeyRing,
    sealing: Key,
}

/// A value that only [`Cipher::open`] can read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(String);

/// Why a value cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotOpen {
    /// The ring does not hold the key with this id. The value may be sound.
    #[error("it was sealed with key {0}, which the key ring does not hold")]
    UnknownKey(String),
    /// It was sealed with another key of the same id or for another place, or was altered. It is not known which.
    #[error("a sealed value cannot be opened: wrong key, wrong row, or altered")]
    Damaged,
}

impl Sealed {
    /// Wraps a value that was read from the database.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text that is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key that sealed it.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.parts().map(|(key_id, _)| key_id)
    }

    /// The beginning of everything that a key has sealed.
    #[must_use]
    pub fn prefix(key_id: &str) -> String {
        format!("v1.{key_id}.")
    }

    fn parts(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix("v1.")?.split_once('.')
    }
}

impl Cipher {
    /// A cipher that seals with the newest key of a ring.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        let sealing = ring.newest().clone();
        Self(RwLock::new(Keys { ring, sealing }))
    }

    /// A cipher with a new random key.
    #[must_use]
    pub fn random() -> Self {
        Self::new(KeyRing::random())
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.keys().sealing.id.clone()
    }

    /// The secret of the key that seals, which seals backups.
    #[must_use]
    pub fn backup_secret(&self) -> Zeroizing<String> {
        self.keys().sealing.backup_secret.clone()
    }

    /// The ring.
    #[must_use]
    pub fn ring(&self) -> KeyRing {
        self.keys().ring.clone()
    }

    /// Takes another ring. The key that seals stays.
    pub fn replace_ring(&self, ring: KeyRing) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).ring = ring;
    }

    /// Seals from now on with the key that has sealed the database's key check.
    ///
    /// # Errors
    /// [`CannotOpen`], if the ring does not hold this key. Nothing is changed then.
    pub fn seal_as(&self, key_check: &Sealed) -> Result<(), CannotOpen> {
        self.open(key_check, AssociatedData::KeyCheck)?;
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let key = key_check.key_id().and_then(|key_id| keys.ring.get(key_id)).cloned();
        keys.sealing = key.ok_or(CannotOpen::Damaged)?;
        Ok(())
    }

    /// Seals `secret` for a place.
    ///
    /// # Panics
    /// Never in practice: encryption only fails above 256 GiB.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the cipher fails above 256 GiB only")]
    pub fn seal(&self, secret: &[u8], place: AssociatedData<'_>) -> Sealed {
        let nonce = random_bytes::<NONCE_BYTES>();
        let place = place.to_string();
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let keys = self.keys();
        let ciphertext = keys.sealing.aead.encrypt(&XNonce::from(nonce), payload).expect("the secret is short");
        let body = URL_SAFE_NO_PAD.encode([&nonce[..], &ciphertext].concat());
        Sealed(format!("v1.{}.{body}", keys.sealing.id))
    }

    /// Opens what [`Cipher::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`CannotOpen`]. The caller must refuse, and never fall back to something else.
    pub fn open(&self, sealed: &Sealed, place: AssociatedData<'_>) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (key_id, body) = sealed.parts().ok_or(CannotOpen::Damaged)?;
        let keys = self.keys();
        let key = keys.ring.get(key_id).ok_or_else(|| CannotOpen::UnknownKey(key_id.to_owned()))?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| CannotOpen::Damaged)?;
        let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(CannotOpen::Damaged)?;
        let place = place.to_string();
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        key.aead.decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| CannotOpen::Damaged)
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cipher").field("key_id", &self.key_id()).field("ring", &self.ring()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::key_ring::new_line;

    const PLACE: AssociatedData<'static> = AssociatedData::LogInSince("1");
    const OTHER_PLACE: AssociatedData<'static> = AssociatedData::LogInSince("2");

    #[test]
    fn r7_a_value_opens_for_its_own_row_only() {
        let cipher = Cipher::random();
        let sealed = cipher.seal(b"secret", PLACE);
        assert_eq!(cipher.open(&sealed, PLACE).unwrap().as_slice(), b"secret");
        assert_eq!(cipher.open(&sealed, OTHER_PLACE), Err(CannotOpen::Damaged));
        assert_ne!(sealed, cipher.seal(b"secret", PLACE), "the nonce is random");
        assert_eq!(sealed.key_id(), Some(cipher.key_id().as_str()));
    }

    #[test]
    fn another_key_or_an_altered_value_does_not_open() {
        let cipher = Cipher::random();
        let sealed = cipher.seal(b"secret", PLACE);
        let unknown = CannotOpen::UnknownKey(cipher.key_id());
        assert_eq!(Cipher::random().open(&sealed, PLACE), Err(unknown));
        for at in 0..sealed.as_str().len() {
            let mut text = sealed.as_str().to_owned().into_bytes();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            let altered = Sealed::from_stored(String::from_utf8(text).unwrap());
            assert!(cipher.open(&altered, PLACE).is_err(), "byte {at}");
        }
        for text in ["", "v1", "v1..", "v1.x.", &format!("v1.{}.AAAA", cipher.key_id())] {
            assert!(cipher.open(&Sealed::from_stored(text.to_owned()), PLACE).is_err(), "{text}");
        }
    }

    #[test]
    fn every_key_of_the_ring_opens_and_the_one_of_the_key_check_seals() {
        let (first, second) = (new_line(), new_line());
        let old = Cipher::new(KeyRing::parse(&first).unwrap());
        let check = old.seal(b"postern", AssociatedData::KeyCheck);
        let sealed = old.seal(b"secret", PLACE);
        let cipher = Cipher::new(KeyRing::parse(&format!("{}{}", *first, *second)).unwrap());
        assert_eq!(cipher.open(&sealed, PLACE).unwrap().as_slice(), b"secret");
        assert_ne!(cipher.key_id(), old.key_id(), "the newest key seals");
        cipher.seal_as(&check).unwrap();
        assert_eq!(cipher.seal(b"secret", PLACE).key_id(), Some(old.key_id().as_str()));
    }

    #[test]
    fn a_key_check_of_an_unknown_key_changes_nothing() {
        let (cipher, stranger) = (Cipher::random(), Cipher::random());
        let check = stranger.seal(b"postern", AssociatedData::KeyCheck);
        let before = cipher.key_id();
        assert_eq!(cipher.seal_as(&check), Err(CannotOpen::UnknownKey(stranger.key_id())));
        assert_eq!(cipher.key_id(), before);
    }
}
