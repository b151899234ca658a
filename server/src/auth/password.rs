//! Password hashing (R16): Argon2id on threads for blocking work, with a limit on how many hashes run at once.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use postern_types::{Password, Reason};
use rustix::process::setpriority_process;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

mod hash;
mod imported;

pub use hash::PasswordHash;
pub use imported::Unusable;

use super::look_up_secret::LookUpSecret;
use super::password_policy::{self, normal_form};
use super::queue::{Busy, Caller, Queue, Turn};
use super::token::random_bytes;
use crate::metrics::moment::HashQueue;
use crate::{tasks, traces};

/// Turns of the queue per hash that runs: some count their attempt while others hash.
const TURNS_PER_HASH: usize = 2;

/// Hashes and verifies passwords. Clones share the limits.
#[derive(Clone)]
pub struct PasswordHasher {
    params: Params,
    dummy: PasswordHash,
    /// Memory of earlier hashes, for reuse: freeing blocks of this size fragments the heap.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
    running: Arc<Semaphore>,
    queue: Queue,
}

/// A password that somebody chose, not hashed before the rules accept it.
#[derive(Debug)]
pub struct ChosenPassword {
    /// The password.
    pub password: Password,
    /// What others may know about its user: names of the user, the accounts and the product.
    pub known_words: Vec<String>,
    /// The password that it replaces, which must be a different one.
    pub replaces: Option<PasswordHash>,
}

/// A permit for one hash. Held until the work is done, even if the request is gone.
#[must_use]
pub struct Slot {
    hasher: PasswordHasher,
    turn: Turn,
}

/// The result of a verification.
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is correct. With a new hash to store if it was hashed by another system, or if the parameters have changed since.
    Right(Option<PasswordHash>),
    /// The password is wrong or too long, or there is no such user.
    Wrong,
}

impl PasswordHasher {
    /// A hasher with this memory in KiB and number of passes, of which `concurrency` run at once.
    ///
    /// # Errors
    /// If Argon2 does not allow these parameters.
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
        let queue = Queue::new(concurrency * TURNS_PER_HASH);
        let dummy = PasswordHash::from_stored(dummy.to_string());
        Ok(Self { params, dummy, memory: Arc::default(), running: Arc::new(running), queue })
    }

    /// Waits in the queue. To be called before anything is counted, so that whoever is turned away has lost nothing.
    ///
    /// # Errors
    /// [`Busy`] if the turn does not come in time.
    pub async fn admit(&self, caller: Caller) -> Result<Slot, Busy> {
        let turn = self.queue.turn(caller).await?;
        Ok(Slot { hasher: self.clone(), turn })
    }

    /// Who waits in the queue, and who works.
    #[must_use]
    pub fn queue_now(&self) -> HashQueue {
        self.queue.now()
    }

    /// Hashes a new password. Blocks for as long as a hash takes.
    ///
    /// # Errors
    /// Only if Argon2 refuses the password: over 4 GiB.
    pub fn hash(&self, password: &Password) -> anyhow::Result<PasswordHash> {
        self.salted(&normal_form(password), Salt::new(&random_bytes::<16>())?)
    }

    fn salted(&self, text: &str, salt: Salt) -> anyhow::Result<PasswordHash> {
        let hash = self.argon2id(&self.params, text, &salt, 32)?;
        let algorithm = Algorithm::Argon2id.ident();
        let version = Some(Version::V0x13.into());
        let phc = Phc { algorithm, version, params: (&self.params).try_into()?, salt: Some(salt), hash: Some(hash) };
        Ok(PasswordHash::from_stored(phc.to_string()))
    }

    /// Hashes a set of codes with one salt. Blocks for as long as a hash of each takes.
    ///
    /// # Errors
    /// Only if Argon2 refuses a code, which is short.
    pub fn hash_codes<const BYTES: usize>(&self, codes: &[LookUpSecret<BYTES>]) -> anyhow::Result<Vec<PasswordHash>> {
        let salt = Salt::new(&random_bytes::<16>())?;
        codes.iter().map(|code| self.salted(code.expose(), salt)).collect()
    }

    /// The hash of a set that belongs to this code. One computation decides, because all hashes of a set have the same salt. An empty
    /// set causes the same work (R12).
    fn find_code<const BYTES: usize>(&self, code: &LookUpSecret<BYTES>, set: &[PasswordHash]) -> Option<PasswordHash> {
        let first = Phc::new(set.first().unwrap_or(&self.dummy).as_str()).ok()?;
        let (salt, params, length) = (first.salt?, Params::try_from(&first).ok()?, first.hash?.len());
        let params = if self.outdated(&first) { &params } else { &self.params };
        let typed = self.argon2id(params, code.expose(), &salt, length).ok()?;
        let is_typed = |hash: &&PasswordHash| {
            Phc::new(hash.as_str()).is_ok_and(|phc| phc.salt == Some(salt) && phc.hash == Some(typed))
        };
        set.iter().find(is_typed).cloned()
    }

    /// Checks a chosen password against the rules, and hashes it. The same for every way to choose one. Blocks for as long as
    /// three hashes take.
    ///
    /// # Errors
    /// As [`PasswordHasher::hash`]. The inner error is the reason why the password is not accepted.
    pub fn hash_chosen(&self, chosen: &ChosenPassword) -> anyhow::Result<Result<PasswordHash, Reason>> {
        if let Err(reason) = password_policy::check(&chosen.password, &chosen.known_words) {
            return Ok(Err(reason));
        }
        if let Some(old) = &chosen.replaces
            && self.verify(&chosen.password, Some(old)) != Verdict::Wrong
        {
            return Ok(Err(Reason::SamePassword));
        }
        self.hash(&chosen.password).map(Ok)
    }

    /// Runs Argon2id, in the memory of an earlier hash if its size matches.
    fn argon2id(&self, params: &Params, text: &str, salt: &Salt, length: usize) -> anyhow::Result<Output> {
        let freed = self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let blocks = params.block_count();
        let mut memory =
            freed.filter(|memory| memory.len() == blocks).unwrap_or_else(|| vec![Block::default(); blocks]);
        let mut out = Zeroizing::new(vec![0; length]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        argon2.hash_password_into_with_memory(text.as_bytes(), salt.as_ref(), &mut out, &mut memory)?;
        if *params == self.params {
            self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
        Ok(Output::new(&out)?)
    }

    /// Compares with `stored`. Without a hash to compare with, does the same work against a dummy (R12). A hash of another system costs
    /// its own work, and that of one of ours: after a correct password, ours takes its place.
    fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Verdict {
        let too_long = password.expose().len() > Password::MAX_BYTES;
        let text = if too_long { Zeroizing::default() } else { normal_form(password) };
        let stored = stored.filter(|_| !too_long);
        if let Some(imported) = stored.and_then(PasswordHash::imported) {
            let (right, new) = (imported.verify(password.expose().as_bytes()), self.hash(password).ok());
            return if right { Verdict::Right(new) } else { Verdict::Wrong };
        }
        let stored = stored.and_then(|hash| Phc::new(hash.as_str()).ok());
        let Some(phc) = stored else {
            let _never_right = Phc::new(self.dummy.as_str()).map(|dummy| self.equals(&dummy, &text));
            return Verdict::Wrong;
        };
        if !self.equals(&phc, &text) {
            return Verdict::Wrong;
        }
        Verdict::Right(self.outdated(&phc).then(|| self.hash(password).ok()).flatten())
    }

    /// Whether the hash belongs to this text; `false` for anything but the current version of Argon2id. `Output` compares in
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
    /// Verifies on a thread for blocking work, as soon as fewer than the allowed number of hashes run. A user who does not
    /// exist (`stored` is `None`) causes the same work.
    ///
    /// # Errors
    /// Only while the server is shutting down.
    pub async fn verify(self, password: Password, stored: Option<PasswordHash>) -> anyhow::Result<Verdict> {
        self.run(move |hasher| hasher.verify(&password, stored.as_ref())).await
    }

    /// [`PasswordHasher::hash_chosen`], on a thread for blocking work like [`Slot::verify`].
    ///
    /// # Errors
    /// As there, and while the server is shutting down.
    pub async fn hash_chosen(self, chosen: ChosenPassword) -> anyhow::Result<Result<PasswordHash, Reason>> {
        self.run(move |hasher| hasher.hash_chosen(&chosen)).await?
    }

    /// [`PasswordHasher::hash_codes`], on a thread for blocking work like [`Slot::verify`].
    ///
    /// # Errors
    /// Only while the server is shutting down.
    pub async fn hash_codes<const BYTES: usize>(
        mut self,
        codes: Vec<LookUpSecret<BYTES>>,
    ) -> anyhow::Result<Vec<PasswordHash>> {
        self.turn.counts_for(u32::try_from(codes.len())?.max(1));
        self.run(move |hasher| hasher.hash_codes(&codes)).await?
    }

    /// The hash of a user's set that belongs to this code, on a thread for blocking work like [`Slot::verify`].
    ///
    /// # Errors
    /// Only while the server is shutting down.
    pub async fn find_code<const BYTES: usize>(
        self,
        code: LookUpSecret<BYTES>,
        set: Vec<PasswordHash>,
    ) -> anyhow::Result<Option<PasswordHash>> {
        self.run(move |hasher| hasher.find_code(&code, &set)).await
    }

    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&PasswordHasher) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let span = traces::hash();
        let running = Arc::clone(&self.hasher.running).acquire_owned().await?;
        let work = move || {
            let _span = span;
            give_way();
            let result = work(&self.hasher);
            drop((running, self));
            result
        };
        tasks::blocking(work).await
    }
}

/// Lets the other threads go first, from now on: a hash takes a hundred times as long as any other request, and several run at once.
/// Without this, a check would wait for its turn on a processor that hashes.
fn give_way() {
    const NICENESS: i32 = 10;
    // Another niceness than this one changes nothing but the order.
    let _ = setpriority_process(None, NICENESS);
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHasher").field("params", &self.params).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
