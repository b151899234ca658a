//! Random tokens that browsers hold, and their hashes. Only the hashes are stored (R23).

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use uuid::timestamp::Timestamp;
use uuid::timestamp::context::ContextV7;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::clock::{self, UnixTime};

/// 256 random bits in base64url, 43 characters: the value of a cookie.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Token(String);

/// SHA-256 of a [`Token`] in hexadecimal. The token has full entropy, so a plain hash is enough.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct TokenHash(String);

impl Token {
    /// A new token from the operating system's random number generator.
    ///
    /// # Panics
    /// If the operating system has no random numbers: nothing would be safe then.
    #[must_use]
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random_bytes::<32>()))
    }

    /// Parses what a browser sent. Only the exact form of [`Token::random`] is accepted.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 43 && URL_SAFE_NO_PAD.decode_slice(text, &mut [0; 33]).is_ok();
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The hash that is stored.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256_hex(&[self.0.as_bytes()]))
    }

    /// The text, only for the `Set-Cookie` header or a one-time link.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl TokenHash {
    /// The hash of a text with the entropy of a [`Token`]: an access token.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(sha256_hex(&[text.as_bytes()]))
    }

    /// Parses a hash from a URL: 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The hash in hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SHA-256 over the parts, each preceded by its length so that no two lists of parts collide.
#[must_use]
pub fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    HEXLOWER.encode(&hasher.finalize())
}

/// 128 random bits in hexadecimal: the id of a row.
#[must_use]
pub fn random_id() -> String {
    format!("{:032x}", u128::from_be_bytes(random_bytes()))
}

/// A hash of 128 bits under secret random keys: nobody can construct a value with the same hash as another.
#[derive(Clone, Debug)]
pub struct KeyedHasher([RandomState; 2]);

impl KeyedHasher {
    /// A hasher with new keys.
    #[must_use]
    pub fn random() -> Self {
        Self([RandomState::new(), RandomState::new()])
    }

    /// The hash of a value.
    #[must_use]
    pub fn hash(&self, value: &(impl Hash + ?Sized)) -> u128 {
        let [high, low] = self.0.each_ref().map(|key| key.hash_one(value));
        u128::from(high) << 64 | u128::from(low)
    }
}

/// The number of request ids so far, and what hides it.
static REQUESTS: AtomicU64 = AtomicU64::new(0);
static REQUEST_HASHER: LazyLock<KeyedHasher> = LazyLock::new(KeyedHasher::random);

/// The id of a request: 128 bits that are unique and reveal nothing. It is not a secret, so it needs no random bits from the
/// operating system.
#[must_use]
pub fn request_id() -> u128 {
    REQUEST_HASHER.hash(&REQUESTS.fetch_add(1, Ordering::Relaxed))
}

/// Counts up within a millisecond.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// An id for a row of a record (UUID version 7, RFC 9562). Of two ids that this process makes, the later one is greater; of two
/// processes, the one of the later millisecond. Rows of the same second are read in this order.
#[must_use]
pub fn ordered_id(at: UnixTime) -> String {
    let order = ORDER.lock().unwrap_or_else(PoisonError::into_inner);
    let time = Timestamp::from_unix(&*order, at.unsigned_abs(), clock::nanoseconds_of_second());
    Uuid::new_v7(time).to_string()
}

/// A random password of 100 bits, in groups of five letters and digits without I, L, O and U.
#[must_use]
pub fn random_password() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let symbols = random_bytes::<20>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    symbols.chunks(5).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// Seconds after which a busy server asks a browser to try again. Random, so that a crowd does not come back all at once.
#[must_use]
pub fn retry_after_s() -> u32 {
    let [random] = random_bytes::<1>();
    2 + u32::from(random % 8)
}

/// Bytes from the operating system's random number generator.
///
/// # Panics
/// Where the operating system has none.
#[expect(clippy::expect_used, reason = "without randomness nothing safe can follow")]
pub(super) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system provides random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r23_a_token_has_256_random_bits_and_reads_back_as_itself() {
        let token = Token::random();
        assert_eq!(URL_SAFE_NO_PAD.decode(token.expose()).unwrap().len(), 32);
        assert_ne!(token.expose(), Token::random().expose());
        assert_eq!(Token::parse(token.expose()).unwrap().hash(), token.hash());
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        let token = Token::random();
        let longer = format!("{}A", token.expose());
        for text in ["", "x", "%00", &"A".repeat(8192), &longer, &token.expose()[1..], &"é".repeat(21)] {
            assert!(Token::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn debug_hides_the_token() {
        assert_eq!(format!("{:?}", Token::random()), "Token(…)");
    }

    #[test]
    fn ids_of_one_second_sort_by_their_making() {
        let ids: Vec<_> = (0..1000).map(|_| ordered_id(1_700_000_000)).collect();
        assert!(ids.is_sorted());
        assert!(ordered_id(1_700_000_001) > ids[999]);
    }

    #[test]
    fn a_random_password_is_long_and_easy_to_read() {
        let password = random_password();
        assert_eq!(password.len(), 23);
        assert!(password.chars().all(|c| c == '-' || (c.is_ascii_alphanumeric() && !"ilouILOU".contains(c))));
    }
}
