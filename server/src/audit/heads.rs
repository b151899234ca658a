//! The heads of all chains at one moment, and whether the state is of the same moment.

use std::collections::BTreeMap;

use anyhow::ensure;

use super::sealed::{Head, State};
use crate::auth::cipher::Cipher;
use crate::ids::ChainId;
use crate::store;
use crate::store::tables::Snapshot;

/// Reports chains whose head cannot be opened.
///
/// # Errors
/// If there are any.
pub fn all_opened(damaged: &[ChainId]) -> anyhow::Result<()> {
    let ids: Vec<String> = damaged.iter().map(|id| id.as_str().escape_debug().to_string()).collect();
    ensure!(ids.is_empty(), "the heads of these chains cannot be opened: {}", ids.join(", "));
    Ok(())
}

/// The heads of all chains.
#[derive(Debug)]
pub struct Heads {
    /// Those that can be opened.
    pub opened: BTreeMap<ChainId, Head>,
    /// The chains whose head cannot be opened.
    pub damaged: Vec<ChainId>,
}

impl Heads {
    /// Opens them all.
    pub async fn read(snapshot: &mut Snapshot, cipher: &Cipher) -> store::Result<Self> {
        let (mut opened, mut damaged) = (BTreeMap::new(), Vec::new());
        for chain in snapshot.chains().await? {
            match Head::open(cipher, &chain.id, &chain.head_sealed) {
                Ok(head) => drop(opened.insert(chain.id, head)),
                Err(_) => damaged.push(chain.id),
            }
        }
        Ok(Self { opened, damaged })
    }

    /// Whether the state can be of the same moment. Each append counts its entries in the state, and notes the sum in the heads that it
    /// changes: a head knows of more entries than an earlier state, and earlier heads have fewer entries than the state.
    #[must_use]
    pub fn agree_with(&self, state: &State) -> bool {
        let is_complete = self.damaged.is_empty() && self.opened.len() as u64 == state.chains;
        let entries: i64 = self.opened.values().map(|head| head.last.seq).sum();
        let knows_more = self.opened.values().any(|head| head.entries > state.entries);
        !knows_more && (!is_complete || entries == state.entries)
    }
}
