//! Password hashing (R16): Argon2id, off the async threads, never more at once than the machine can bear.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use postern_types::Password;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::token::random_bytes;

/// How many requests may wait for a hash; the next one is told to come again.
const MAX_WAITING: usize = 64;

/// Hashes and verifies passwords. Cloning shares the limits.
#[derive(Clone)]
pub struct PasswordHasher {
    params: Params,
    dummy: PasswordHash,
    /// The memory of hashes that have ended, for the next ones: freed blocks of this size fragment the heap.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

/// An Argon2 hash in the PHC string format, with its parameters and salt.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasswordHash(String);

/// The right to one verification, held until its work has ended even where the request that asked for it is gone.
#[must_use]
pub struct Slot {
    hasher: PasswordHasher,
    _admitted: OwnedSemaphorePermit,
}

/// All places are taken: answer that the server is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many log-ins at once")]
pub struct Busy;

/// What a verification found.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right. Where the parameters have changed since it was hashed, its new hash to store.
    Right(Option<PasswordHash>),
    /// The password is wrong, too long to be one, or there is no such user.
    Wrong,
}

impl PasswordHasher {
    /// A hasher with this memory in KiB and these passes, of which `concurrency` run at once.
    ///
    /// # Errors
    /// Where Argon2 does not know such parameters.
    pub fn new(memory_kib: u32, passes: u32, concurrency: usize) -> anyhow::Result<Self> {
        let params = Params::new(memory_kib, passes, 1, None)?;
        let dummy = Phc {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: (&params).try_into()?,
            salt: Some(Salt::new(&random_bytes::<16>())?),
            hash: Some(Output::new(&random_bytes::<32>())?),
        };
        let running = Semaphore::new(concurrency);
        let admitted = Semaphore::new(concurrency + MAX_WAITING);
        let dummy = PasswordHash(dummy.to_string());
        Ok(Self { params, dummy, memory: Arc::default(), running: Arc::new(running), admitted: Arc::new(admitted) })
    }

    /// A place in the short queue. Take it before anything is counted or looked up.
    ///
    /// # Errors
    /// [`Busy`] where the queue is full.
    pub fn admit(&self) -> Result<Slot, Busy> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Busy)?;
        Ok(Slot { hasher: self.clone(), _admitted: admitted })
    }

    /// Hashes a new password. Blocks for as long as a hash takes.
    ///
    /// # Errors
    /// Only where Argon2 refuses the text: over 4 GiB.
    pub fn hash(&self, password: &Password) -> anyhow::Result<PasswordHash> {
        let salt = Salt::new(&random_bytes::<16>())?;
        let hash = self.argon2id(&self.params, &normal_form(password), &salt, 32)?;
        let algorithm = Algorithm::Argon2id.ident();
        let version = Some(Version::V0x13.into());
        let phc = Phc { algorithm, version, params: (&self.params).try_into()?, salt: Some(salt), hash: Some(hash) };
        Ok(PasswordHash(phc.to_string()))
    }

    /// Argon2id in memory that an earlier hash has left, where its size fits.
    fn argon2id(&self, params: &Params, text: &str, salt: &Salt, length: usize) -> anyhow::Result<Output> {
        let left = self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let blocks = params.block_count();
        let mut memory = left.filter(|memory| memory.len() == blocks).unwrap_or_else(|| vec![Block::default(); blocks]);
        let mut out = Zeroizing::new(vec![0; length]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        argon2.hash_password_into_with_memory(text.as_bytes(), salt.as_ref(), &mut out, &mut memory)?;
        if *params == self.params {
            self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
        Ok(Output::new(&out)?)
    }

    /// Compares with `stored`, or does the same work for nothing where there is none (R12).
    fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Verdict {
        let too_long = password.expose().len() > Password::MAX_BYTES;
        let text = if too_long { Zeroizing::default() } else { normal_form(password) };
        let compared = stored.filter(|_| !too_long).unwrap_or(&self.dummy);
        let Ok(phc) = Phc::new(&compared.0) else { return Verdict::Wrong };
        let equal = self.equals(&phc, &text);
        match stored {
            Some(_) if equal && !too_long => {
                Verdict::Right(self.outdated(&phc).then(|| self.hash(password).ok()).flatten())
            }
            _ => Verdict::Wrong,
        }
    }

    /// Whether the hash is of this text. Anything but Argon2id in its current version is of none. `Output` compares in
    /// constant time.
    fn equals(&self, phc: &Phc, text: &str) -> bool {
        let known = phc.algorithm == Algorithm::Argon2id.ident() && phc.version == Some(Version::V0x13.into());
        let (Some(salt), Some(expected), Ok(params)) = (&phc.salt, &phc.hash, Params::try_from(phc)) else {
            return false;
        };
        let params = if self.outdated(phc) { &params } else { &self.params };
        known && self.argon2id(params, text, salt, expected.len()).is_ok_and(|hash| hash == *expected)
    }

    fn outdated(&self, phc: &Phc) -> bool {
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        let current = Params::try_from(phc).is_ok_and(|params| costs(&params) == costs(&self.params));
        phc.algorithm != Algorithm::Argon2id.ident() || !current
    }
}

impl Slot {
    /// Verifies on a thread for blocking work, once one of the few running places is free. Equal work for a user that does
    /// not exist (`stored` is `None`).
    ///
    /// # Errors
    /// Only where the server is shutting down.
    pub async fn verify(self, password: Password, stored: Option<PasswordHash>) -> anyhow::Result<Verdict> {
        let running = Arc::clone(&self.hasher.running).acquire_owned().await?;
        let work = move || {
            let verdict = self.hasher.verify(&password, stored.as_ref());
            drop((running, self));
            verdict
        };
        Ok(tokio::task::spawn_blocking(work).await?)
    }

    /// Hashes a new password, like [`Slot::verify`] on a thread for blocking work.
    ///
    /// # Errors
    /// Only where the server is shutting down.
    pub async fn hash(self, password: Password) -> anyhow::Result<PasswordHash> {
        let running = Arc::clone(&self.hasher.running).acquire_owned().await?;
        let work = move || {
            let hash = self.hasher.hash(&password);
            drop((running, self));
            hash
        };
        tokio::task::spawn_blocking(work).await?
    }
}

/// NFKC, so that composed, decomposed and full-width input of one visible password are the same bytes.
fn normal_form(password: &Password) -> Zeroizing<String> {
    Zeroizing::new(password.expose().nfkc().collect())
}

impl PasswordHash {
    /// What a statement read from the column of hashes.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text for a statement.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").field("params", &self.params).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
