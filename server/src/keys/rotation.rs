//! A rotation. It can be killed at any moment and run again: what is sealed with an old key is what is left to do.
//!
//! 1. A new key is added to the key ring, and the database names it as the next one.
//! 2. Every running server reads the ring and reports that it holds the key. Only then does one statement make it the key that seals.
//! 3. Every running server reports that it seals with it. Then every other value is sealed again, until none is left.

use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::values::{Broken, reseal};
use super::{add_key, read, resealed_check};
use crate::auth::cipher::Cipher;
use crate::clock::Clock;
use crate::config::KeySource;
use crate::store::events::Act;
use crate::store::nodes::{self, Node};
use crate::store::{Db, meta, transactions};

/// Interval between two looks at what the servers report.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long to wait for servers. Longer than [`nodes::LIVES_S`], so that one that was killed is not waited for in vain.
pub const PATIENCE: Duration = Duration::from_secs(nodes::LIVES_S as u64 + 15);
/// How long a request may hold a value that it has sealed before it writes it: then the last pass comes.
const LAST_WRITES: Duration = Duration::from_secs(1);

/// A key that is to be rotated.
#[derive(Debug)]
pub struct Rotation<'a> {
    /// The database.
    pub db: &'a Db,
    /// The key ring.
    pub cipher: &'a Cipher,
    /// Where it comes from.
    pub source: &'a KeySource,
    /// The clock.
    pub clock: &'a Clock,
    /// How long to wait for servers.
    pub patience: Duration,
}

/// What a rotation has done.
#[derive(Debug)]
pub struct Rotated {
    /// The key that seals now.
    pub key_id: String,
    /// The key that was sealed with before; `None` if an earlier rotation was completed.
    pub previous: Option<String>,
    /// The number of values that were sealed again.
    pub resealed: u64,
    /// The values that could not be opened, which are as before.
    pub broken: Vec<Broken>,
}

/// What a rotation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It waits for the servers with these names.
    WaitsFor(String),
    /// It has looked at so many more values.
    LookedAt(u64),
}

impl Rotation<'_> {
    /// Completes a rotation that was begun, or else does a new one. `progress` is told each step.
    ///
    /// # Errors
    /// If the key file cannot be written, a server does not have the new key, or the database fails. Run it again then.
    pub async fn run(&self, progress: &dyn Fn(Step)) -> anyhow::Result<Rotated> {
        let previous = self.cipher.key_id();
        if self.cipher.ring().newest_id() == previous {
            let (resealed, broken) = self.reseal_all(progress).await?;
            if resealed > 0 {
                return Ok(Rotated { key_id: previous, previous: None, resealed, broken });
            }
            self.cipher.replace_ring(add_key(self.source).await?);
        }
        let key_id = self.cipher.ring().newest_id().to_owned();
        self.begin_to_seal(progress).await?;
        let (resealed, broken) = self.reseal_all(progress).await?;
        Ok(Rotated { key_id, previous: Some(previous), resealed, broken })
    }

    /// Makes the newest key the one that seals, once every running server holds it.
    async fn begin_to_seal(&self, progress: &dyn Fn(Step)) -> anyhow::Result<()> {
        let next = Cipher::new(self.cipher.ring());
        let kept = meta::key_check(self.db).await?.context("the database has no key check")?;
        let key_id = next.key_id();
        meta::announce_key(self.db, &key_id).await?;
        let lacking = self.wait_until_all(progress, |node| node.holds(&key_id)).await?;
        if !lacking.is_empty() {
            bail!(
                "these servers do not hold key {key_id} yet: {}. If they do not share {}, copy it to them, \
                 and run this again; until then, nothing is sealed with the new key",
                names(&lacking),
                self.source
            );
        }
        let check = resealed_check(&next, &kept).context("the key check")?;
        let act = Act::of_operator(self.clock.now());
        let still_held = async {
            let is_held = read(self.source).await?.is_some_and(|ring| ring.holds(&key_id));
            ensure!(is_held, "{} does not hold key {key_id} any more; nothing is sealed with it", self.source);
            Ok(())
        };
        let is_switched = transactions::change_key(self.db, &act, &kept, &check, still_held).await?;
        let now = meta::key_check(self.db).await?.context("the database has no key check")?;
        ensure!(
            is_switched || now.key_id() == Some(key_id.as_str()),
            "another rotation was done at the same time; look at `postern keys list`"
        );
        self.cipher.seal_as(&now).context("the new key cannot be used")
    }

    /// Seals every value again until a whole pass finds nothing to do.
    async fn reseal_all(&self, progress: &dyn Fn(Step)) -> anyhow::Result<(u64, Vec<Broken>)> {
        let key_id = self.cipher.key_id();
        let behind = self.wait_until_all(progress, |node| node.sealing_key == key_id).await?;
        ensure!(
            behind.is_empty(),
            "these servers do not seal with key {key_id} yet: {}. Look at their logs, and run this again",
            names(&behind)
        );
        let mut all = 0;
        loop {
            let (resealed, broken) = reseal(self.db, self.cipher, &|values| progress(Step::LookedAt(values))).await?;
            all += resealed;
            if resealed == 0 {
                return Ok((all, broken));
            }
            tokio::time::sleep(LAST_WRITES).await;
        }
    }

    /// Waits until this holds for all running servers; returns those for which it does not.
    async fn wait_until_all(
        &self,
        progress: &dyn Fn(Step),
        holds: impl Fn(&Node) -> bool,
    ) -> anyhow::Result<Vec<Node>> {
        let mut waited = Duration::ZERO;
        loop {
            let mut nodes = nodes::running(self.db, self.clock.now()).await?;
            nodes.retain(|node| !holds(node));
            if nodes.is_empty() || waited >= self.patience {
                return Ok(nodes);
            }
            if waited.is_zero() {
                progress(Step::WaitsFor(names(&nodes)));
            }
            tokio::time::sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
    }
}

fn names(nodes: &[Node]) -> String {
    nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(", ")
}
