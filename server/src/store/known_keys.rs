//! A cache of the keys that sign tokens, opened: there are few, and every token needs one.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;

use super::oidc_keys::{self, StoredKey};
use super::sql::{AsOf, Subject};
use super::{Db, Result};
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::Cipher;
use crate::auth::signing_key::PrivateKey;
use crate::clock::UnixTime;
use crate::oidc::key::{Algorithm, Jwk, KeyState, Term};

/// The subject of every change to a key: the name of the table.
const TABLE: &str = "oidc_keys";

/// The keys, cached until one of them changes.
#[derive(Debug)]
pub struct KnownKeys {
    db: Db,
    kept: RwLock<Option<(AsOf, Arc<Keys>)>>,
}

/// All keys: first those of RS256, for clients that take the first key that they find; of each algorithm the oldest first.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

/// A key that can sign.
#[derive(Clone, Debug)]
pub struct Key {
    /// The private half.
    pub private: PrivateKey,
    /// The public half.
    pub public: Jwk,
    term: Term,
}

impl KnownKeys {
    /// An empty cache.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db, kept: RwLock::new(None) }
    }

    /// All keys.
    ///
    /// # Errors
    /// If one of them cannot be opened.
    pub async fn all(&self, cipher: &Cipher) -> anyhow::Result<Arc<Keys>> {
        if let Some(keys) = self.kept() {
            return Ok(keys);
        }
        let as_of = self.db.changes().as_of();
        let stored: Result<Vec<StoredKey>> = oidc_keys::all(&self.db).await;
        let keys =
            stored?.iter().filter_map(|key| opened(key, cipher).transpose()).collect::<anyhow::Result<Vec<_>>>()?;
        let keys = Arc::new(Keys(keys));
        if let Some(as_of) = as_of {
            *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Some((as_of, Arc::clone(&keys)));
        }
        Ok(keys)
    }

    fn kept(&self) -> Option<Arc<Keys>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let (as_of, keys) = kept.as_ref()?;
        self.db.changes().as_of()?;
        self.db.changes().holds(*as_of, [Subject::of(TABLE)].into_iter()).then(|| Arc::clone(keys))
    }
}

/// `None` for a key of a newer version.
fn opened(stored: &StoredKey, cipher: &Cipher) -> anyhow::Result<Option<Key>> {
    let Some(term) = stored.term() else { return Ok(None) };
    let context = || format!("the signing key {} cannot be read", stored.id);
    let private =
        cipher.open(&stored.private_key_sealed, AssociatedData::SigningKey(&stored.id)).with_context(context)?;
    let public = serde_json::from_str(&stored.public_key).with_context(context)?;
    Ok(Some(Key { private: PrivateKey::from_opened(&private), public, term }))
}

impl Keys {
    /// The key of an algorithm that signs now.
    #[must_use]
    pub fn current(&self, algorithm: Algorithm, now: UnixTime) -> Option<&Key> {
        let terms = self.terms();
        let mut of_algorithm = self.0.iter().rev().filter(|key| key.term.algorithm == algorithm);
        of_algorithm.find(|key| key.term.state(&terms, now) == KeyState::Current)
    }

    /// The public halves of all keys that a client may need to check a token.
    #[must_use]
    pub fn published(&self, now: UnixTime) -> Vec<Jwk> {
        let terms = self.terms();
        let is_over = |key: &Key| key.term.state(&terms, now) == KeyState::Over;
        self.0.iter().filter(|key| !is_over(key)).map(|key| key.public.clone()).collect()
    }

    fn terms(&self) -> Vec<Term> {
        self.0.iter().map(|key| key.term).collect()
    }
}
