//! The master keys. A key ring is a text with one line for each key, the oldest first: `postern-key-1 <id> <key in base64url>`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::KeyInit;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::token::{random_bytes, random_id};

const KEY_BYTES: usize = 32;
/// First word of a line.
const FORMAT: &str = "postern-key-1";
const WORDS_IN_A_LINE: usize = 3;

/// One or more keys, the oldest first. The last one is the one to seal with, as soon as every server has it.
#[derive(Clone)]
pub struct KeyRing(Vec<Key>);

/// A key with its id.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) aead: XChaCha20Poly1305,
    /// Seals backups. It says nothing about the key.
    pub(super) backup_secret: Zeroizing<String>,
}

/// A line of a key ring with a new random key.
#[must_use]
pub fn new_line() -> Zeroizing<String> {
    let key = Zeroizing::new(random_bytes::<KEY_BYTES>());
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key));
    Zeroizing::new(format!("{FORMAT} {} {}\n", &random_id()[..8], *encoded))
}

/// The text of a key ring without a key.
#[must_use]
pub fn without(text: &str, key_id: &str) -> Zeroizing<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kept = words.chunks(WORDS_IN_A_LINE).filter(|words| words.get(1) != Some(&key_id));
    Zeroizing::new(kept.map(|words| format!("{}\n", words.join(" "))).collect())
}

impl KeyRing {
    /// A ring with one new random key.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a new line is a key ring")]
    pub fn random() -> Self {
        Self::parse(&new_line()).expect("a new line is a key ring")
    }

    /// Reads the text of a key ring; `None` if it is not one, is damaged, or has two keys with one id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let keys: Vec<Key> = words.chunks(WORDS_IN_A_LINE).map(Key::parse).collect::<Option<_>>()?;
        let is_unique =
            keys.iter().enumerate().all(|(index, key)| keys[..index].iter().all(|other| other.id != key.id));
        (!keys.is_empty() && is_unique).then_some(Self(keys))
    }

    /// The ids of its keys, the oldest first.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.0.iter().map(|key| key.id.clone()).collect()
    }

    /// The secrets of its keys that seal backups, the newest first.
    #[must_use]
    pub fn backup_secrets(&self) -> Vec<Zeroizing<String>> {
        self.0.iter().rev().map(|key| key.backup_secret.clone()).collect()
    }

    /// Whether it holds a key.
    #[must_use]
    pub fn holds(&self, key_id: &str) -> bool {
        self.get(key_id).is_some()
    }

    /// The id of the newest key.
    #[must_use]
    pub fn newest_id(&self) -> &str {
        &self.newest().id
    }

    #[expect(clippy::expect_used, reason = "a ring is never empty")]
    pub(super) fn newest(&self) -> &Key {
        self.0.last().expect("a ring is never empty")
    }

    pub(super) fn get(&self, key_id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == key_id)
    }
}

impl Key {
    fn parse(words: &[&str]) -> Option<Self> {
        let [FORMAT, id, key] = words else { return None };
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(key).ok()?);
        let key: &[u8; KEY_BYTES] = bytes.as_slice().try_into().ok()?;
        (!id.contains('.')).then(|| Self {
            id: (*id).to_owned(),
            aead: XChaCha20Poly1305::new(key.into()),
            backup_secret: backup_secret(key),
        })
    }
}

/// A secret that is derived from a key (HKDF, RFC 5869), as text.
#[expect(clippy::expect_used, reason = "32 bytes are less than HKDF can give")]
fn backup_secret(key: &[u8; KEY_BYTES]) -> Zeroizing<String> {
    let mut secret = Zeroizing::new([0; KEY_BYTES]);
    Hkdf::<Sha256>::new(None, key).expand(b"postern backup", &mut *secret).expect("the length fits");
    Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret))
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.ids()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_earlier_versions_is_a_ring_of_one_key() {
        let ring = KeyRing::parse("postern-key-1 0a1b2c3d AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n").unwrap();
        assert_eq!((ring.ids(), ring.newest_id()), (vec!["0a1b2c3d".to_owned()], "0a1b2c3d"));
    }

    #[test]
    fn a_line_can_be_added_and_removed() {
        let (first, second) = (new_line(), new_line());
        let both = format!("{}{}", *first, *second);
        let ring = KeyRing::parse(&both).unwrap();
        let ids = ring.ids();
        assert_eq!((ids.len(), ring.newest_id()), (2, ids[1].as_str()));
        assert_eq!(without(&both, &ids[0]), second);
        assert_eq!(without(&both, &ids[1]), first);
        assert_eq!(without(&both, "none").as_str(), both);
        let in_one_line = both.replace('\n', " ");
        assert_eq!(without(&in_one_line, &ids[0]), second, "as a variable of the environment may have it");
    }

    #[test]
    fn what_is_damaged_is_no_ring_and_its_debug_text_has_no_key() {
        let line = new_line();
        let key = line.split_whitespace().nth(2).unwrap();
        for text in ["", "postern-key-1", &line[..40], &format!("{}x", *line), &format!("{0}{0}", *line), "x y z"] {
            assert!(KeyRing::parse(text).is_none(), "{text}");
        }
        assert!(KeyRing::parse(&line.replace("postern-key-1 ", "postern-key-1 a.b")).is_none());
        assert!(!format!("{:?}", KeyRing::parse(&line).unwrap()).contains(key));
    }
}
