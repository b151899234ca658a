//! Verifies the audit log: every chain from its beginning to its sealed head, and every row against its entry.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::anchor::Anchor;
use super::encoding::{VERSION, entry_hash, row_hash};
use super::sealed::{Head, Link, State};
use super::walk::{Step, Walk};
use super::{LATEST_S, OF_PORTAL, chain_of};
use crate::auth::cipher::Cipher;
use crate::clock::UnixTime;
use crate::ids::ChainId;
use crate::store::audit_records::RecordKind;
use crate::store::tables::Snapshot;
use crate::store::{self, Db};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Defect {
    /// The row, or its entry, is not what was chained.
    Altered,
    /// The row, or its entry, is gone.
    Missing,
    /// There is a row that was never chained, or an entry beyond the end of the chain.
    Inserted,
    /// The entry does not follow the one before it.
    Reordered,
    /// The last entries are gone.
    CutOff,
    /// The entries are consistent, but lead to another hash than the sealed head or an anchor has: they were recomputed.
    Recomputed,
    /// The sealed head cannot be opened: it was altered, or belongs to another chain, or its master key is missing.
    HeadDamaged,
    /// The chain is gone.
    ChainMissing,
}

/// The first thing that is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The chain.
    pub chain: ChainId,
    /// What is wrong.
    pub defect: Defect,
    /// The number of the entry.
    pub seq: Option<i64>,
    /// The kind of the row.
    pub kind: Option<String>,
    /// The id of the row.
    pub row: Option<String>,
    /// The time of the row.
    pub at: Option<UnixTime>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// The time from which the log proves something; `None` before the first start of a server.
    pub began_at: Option<UnixTime>,
    /// Rows from before this time may have been removed because of their age.
    pub kept_from: UnixTime,
    /// The chains that were verified.
    pub chains: u64,
    /// Their entries.
    pub entries: u64,
    /// The entries whose rows were removed because of their age.
    pub removed: u64,
    /// Rows that have no entry yet, which is not a fault.
    pub waiting: u64,
    /// Anchors that match.
    pub anchors: u64,
    /// Anchors of entries that were removed because of their age.
    pub old_anchors: u64,
    /// For each chain, the first fault along its entries, the first row without an entry, and the first anchor that does not match.
    pub faults: Vec<Fault>,
}

/// What a verification works with.
struct Verification<'a> {
    snapshot: Snapshot,
    cipher: &'a Cipher,
    only: Option<&'a ChainId>,
    kept_from: UnixTime,
    heads: BTreeMap<ChainId, Head>,
    /// Chains with an anchor that does not match.
    unanchored: BTreeSet<ChainId>,
    found: Verified,
}

/// Verifies all chains, or one; reads the database as it is at one moment, and a few hundred rows at a time.
///
/// # Errors
/// If the database fails, or an anchor cannot be read.
pub async fn verify(
    db: &Db,
    cipher: &Cipher,
    now: UnixTime,
    only: Option<&ChainId>,
    anchors: impl Iterator<Item = anyhow::Result<Anchor>>,
) -> anyhow::Result<Verified> {
    let (heads, unanchored, found) = (BTreeMap::new(), BTreeSet::new(), Verified::default());
    let snapshot = db.snapshot().await?;
    let mut verification = Verification { snapshot, cipher, only, kept_from: 0, heads, unanchored, found };
    let horizon = verification.state(now).await?;
    verification.chains().await?;
    if let Some(horizon) = horizon {
        verification.rows_without_entry(horizon).await?;
    }
    for anchor in anchors {
        verification.anchor(&anchor?).await?;
    }
    Ok(verification.found)
}

impl Verification<'_> {
    /// Reads the state; returns the time up to which every row must have an entry.
    async fn state(&mut self, now: UnixTime) -> store::Result<Option<UnixTime>> {
        let chains = self.snapshot.chains().await?;
        let sealed = self.snapshot.audit_state().await?;
        let Some(sealed) = sealed else {
            if !chains.is_empty() {
                self.fault(fault(&chain_of(None), Defect::HeadDamaged));
            }
            return Ok(None);
        };
        let Ok(state) = State::open(self.cipher, &sealed) else {
            self.fault(fault(&chain_of(None), Defect::HeadDamaged));
            return Ok(None);
        };
        self.found.began_at = Some(state.began_at);
        (self.found.kept_from, self.kept_from) = (state.kept_from, state.kept_from);
        if (chains.len() as u64) < state.chains {
            self.fault(fault(&chain_of(None), Defect::ChainMissing));
        }
        Ok(Some(state.chained_to.min(now) - LATEST_S))
    }

    async fn chains(&mut self) -> store::Result<()> {
        for chain in self.snapshot.chains().await? {
            match Head::open(self.cipher, &chain.id, &chain.head_sealed) {
                Ok(head) => {
                    if self.only.is_none_or(|only| *only == chain.id) {
                        self.chain(&chain.id, &head).await?;
                    }
                    self.heads.insert(chain.id, head);
                }
                Err(_) => self.fault(fault(&chain.id, Defect::HeadDamaged)),
            }
        }
        if let Some(entry) = self.snapshot.entry_without_chain().await? {
            self.fault(of_entry(&Step { entry, row: None }, Defect::Inserted));
        }
        Ok(())
    }

    /// Walks along a chain to its first fault, or to its end.
    async fn chain(&mut self, id: &ChainId, head: &Head) -> store::Result<()> {
        self.found.chains += 1;
        let mut walk = Walk::new(id.clone(), head);
        let mut end = head.first.clone();
        loop {
            let steps = walk.next(&mut self.snapshot).await?;
            if steps.is_empty() {
                break;
            }
            for step in &steps {
                if let Some(fault) = self.step(&end, head, step) {
                    self.fault(fault);
                    return Ok(());
                }
                self.found.entries += 1;
                end = Link { seq: step.entry.seq, hash: step.entry.hash.clone() };
            }
        }
        if end.seq < head.last.seq {
            self.fault(Fault { seq: Some(end.seq + 1), ..fault(id, Defect::CutOff) });
        } else if end.hash != head.last.hash {
            self.fault(Fault { seq: Some(end.seq), ..fault(id, Defect::Recomputed) });
        }
        Ok(())
    }

    /// What is wrong with an entry that follows the part that was verified.
    fn step(&mut self, end: &Link, head: &Head, step: &Step) -> Option<Fault> {
        let Step { entry, row } = step;
        if entry.seq != end.seq + 1 {
            return Some(Fault { seq: Some(end.seq + 1), ..fault(&entry.chain, Defect::Missing) });
        }
        if entry.seq > head.last.seq {
            return Some(of_entry(step, Defect::Inserted));
        }
        let is_intact = row.as_ref().map(|row| entry.version == VERSION && row_hash(row) == entry.row_hash);
        let is_removed = is_intact.is_none() && entry.at < self.kept_from;
        if is_intact == Some(false) {
            return Some(of_entry(step, Defect::Altered));
        }
        if is_intact.is_none() && !is_removed {
            return Some(of_entry(step, Defect::Missing));
        }
        if entry_hash(&end.hash, entry) != entry.hash {
            // Without its row, an entry that was altered cannot be told from one that was moved.
            return Some(of_entry(step, if is_removed { Defect::Altered } else { Defect::Reordered }));
        }
        self.found.removed += u64::from(is_removed);
        None
    }

    /// Looks for rows that have no entry, although they are old enough.
    async fn rows_without_entry(&mut self, horizon: UnixTime) -> store::Result<()> {
        let account_id = self.only.map(ChainId::as_str);
        let (mut first, mut waiting): (BTreeMap<ChainId, Fault>, u64) = (BTreeMap::new(), 0);
        for kind in RecordKind::ALL {
            let take = |row: store::audit_records::Unchained| {
                if row.at >= horizon {
                    waiting += 1;
                    return;
                }
                let chain = chain_of(row.account_id.as_deref());
                let found = Fault {
                    kind: Some(kind.as_str().to_owned()),
                    row: Some(row.id),
                    at: Some(row.at),
                    ..fault(&chain, Defect::Inserted)
                };
                let earlier = first.entry(chain).or_insert_with(|| found.clone());
                if found.at < earlier.at {
                    *earlier = found;
                }
            };
            self.snapshot.unchained(kind, self.kept_from, account_id, take).await?;
        }
        self.found.waiting = waiting;
        for found in first.into_values() {
            self.fault(found);
        }
        Ok(())
    }

    /// Compares an anchor with its chain. For each chain, the first one that does not match is named.
    async fn anchor(&mut self, anchor: &Anchor) -> store::Result<()> {
        let Anchor { chain, last, .. } = anchor;
        if self.only.is_some_and(|only| only != chain) || self.unanchored.contains(chain) {
            return Ok(());
        }
        let defect = match self.heads.get(chain).cloned() {
            None => Some(Defect::ChainMissing),
            Some(head) if last.seq > head.last.seq => Some(Defect::CutOff),
            Some(head) if last.seq < head.first.seq => {
                self.found.old_anchors += 1;
                return Ok(());
            }
            Some(head) if last.seq == head.first.seq => (last.hash != head.first.hash).then_some(Defect::Recomputed),
            Some(_) => match self.snapshot.entry_hash(chain, last.seq).await? {
                None => Some(Defect::Missing),
                Some(hash) => (hash != last.hash).then_some(Defect::Recomputed),
            },
        };
        match defect {
            None => self.found.anchors += 1,
            Some(defect) => {
                self.unanchored.insert(chain.clone());
                self.fault(Fault { seq: Some(last.seq), ..fault(chain, defect) });
            }
        }
        Ok(())
    }

    fn fault(&mut self, fault: Fault) {
        if self.only.is_none_or(|only| *only == fault.chain || fault.chain.as_str() == OF_PORTAL) {
            self.found.faults.push(fault);
        }
    }
}

fn fault(chain: &ChainId, defect: Defect) -> Fault {
    Fault { chain: chain.clone(), defect, seq: None, kind: None, row: None, at: None }
}

fn of_entry(step: &Step, defect: Defect) -> Fault {
    let entry = &step.entry;
    Fault {
        seq: Some(entry.seq),
        kind: Some(entry.kind.clone()),
        row: Some(entry.row_id.clone()),
        at: Some(entry.at),
        ..fault(&entry.chain, defect)
    }
}
