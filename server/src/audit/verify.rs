//! Verifies the audit log: every chain from its beginning to its sealed head, and every row against its entry.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor_lines::Placed;
use super::encoding::{VERSION, entry_hash, row_hash};
use super::found::{Defect, Fault, Verified};
use super::heads::Heads;
use super::sealed::{Head, Link, State};
use super::walk::{Step, Walk};
use super::{LATEST_S, OF_PORTAL, chain_of};
use crate::auth::cipher::Cipher;
use crate::clock::{DAY_S, UnixTime};
use crate::ids::ChainId;
use crate::keys;
use crate::store::audit_records::RecordKind;
use crate::store::tables::Snapshot;
use crate::store::{self, Db};

mod anchors;

/// What is verified.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The time.
    pub now: UnixTime,
    /// The days for which records are kept.
    pub history_days: i64,
    /// The chain, if it is one.
    pub only: Option<&'a ChainId>,
}

/// What a verification works with.
struct Verification<'a> {
    snapshot: Snapshot,
    cipher: &'a Cipher,
    scope: Scope<'a>,
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
    scope: Scope<'_>,
    anchors: impl Iterator<Item = anyhow::Result<Placed>>,
) -> anyhow::Result<Verified> {
    let (heads, unanchored, found) = (BTreeMap::new(), BTreeSet::new(), Verified::default());
    let snapshot = db.snapshot().await?;
    let mut verification =
        Verification { snapshot, cipher, scope, only: scope.only, kept_from: 0, heads, unanchored, found };
    let heads = Heads::read(&mut verification.snapshot, cipher).await?;
    let horizon = verification.state(&heads).await?;
    verification.chains(heads).await?;
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
    async fn state(&mut self, heads: &Heads) -> store::Result<Option<UnixTime>> {
        let chains = (heads.opened.len() + heads.damaged.len()) as u64;
        let Some(sealed) = self.snapshot.audit_state().await? else {
            if chains > 0 || self.must_exist().await? {
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
        if chains < state.chains {
            self.fault(fault(&chain_of(None), Defect::ChainMissing));
        }
        if !heads.agree_with(&state) {
            self.fault(fault(&chain_of(None), Defect::PutBack));
        }
        Ok(Some(state.chained_to.min(self.scope.now) - LATEST_S))
    }

    /// Whether the key check says that there is a log, or cannot be opened.
    async fn must_exist(&mut self) -> store::Result<bool> {
        let check = self.snapshot.key_check().await?;
        Ok(check.is_none_or(|check| keys::knows_audit_log(self.cipher, &check).unwrap_or(true)))
    }

    async fn chains(&mut self, Heads { opened, damaged }: Heads) -> store::Result<()> {
        for id in &damaged {
            self.fault(fault(id, Defect::HeadDamaged));
        }
        for (id, head) in &opened {
            if self.only.is_none_or(|only| only == id) {
                self.chain(id, head).await?;
            }
        }
        self.heads = opened;
        if let Some(entry) = self.snapshot.entry_without_chain().await? {
            self.fault(of_entry(&Step { entry, row: None }, Defect::Inserted));
        }
        Ok(())
    }

    /// Walks along a chain to its first fault, or to its end.
    async fn chain(&mut self, id: &ChainId, head: &Head) -> store::Result<()> {
        self.found.chains += 1;
        let mut walk = Walk::of_all(id.clone());
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
        if entry.seq <= head.first.seq {
            return Some(of_entry(step, Defect::Inserted));
        }
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

    /// Looks for rows that have no entry, although they are old enough, and not too old to be there.
    async fn rows_without_entry(&mut self, horizon: UnixTime) -> store::Result<()> {
        let account_id = self.only.map(ChainId::as_str);
        let keeps_from = self.kept_from.min(self.scope.now - self.scope.history_days * DAY_S);
        let mut first: BTreeMap<ChainId, Fault> = BTreeMap::new();
        let (mut waiting, mut old) = (0, 0);
        for kind in RecordKind::ALL {
            let take = |row: store::audit_records::Unchained| {
                if row.at.is_some_and(|at| at >= horizon) {
                    waiting += 1;
                    return;
                }
                if row.at.is_some_and(|at| at < keeps_from) {
                    old += 1;
                    return;
                }
                let chain = chain_of(row.account_id.as_deref());
                let found = Fault {
                    kind: Some(kind.as_str().to_owned()),
                    row: Some(row.id),
                    at: row.at,
                    ..fault(&chain, Defect::Inserted)
                };
                let earlier = first.entry(chain).or_insert_with(|| found.clone());
                if found.at < earlier.at {
                    *earlier = found;
                }
            };
            self.snapshot.unchained(kind, account_id, take).await?;
        }
        (self.found.waiting, self.found.old_rows) = (waiting, old);
        for found in first.into_values() {
            self.fault(found);
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
    Fault { chain: chain.clone(), defect, seq: None, kind: None, row: None, at: None, anchor: None }
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
