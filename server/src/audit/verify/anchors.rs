//! Compares chains with anchors.

use super::{Verification, fault, of_entry};
use crate::audit::LATEST_S;
use crate::audit::anchor_lines::Placed;
use crate::audit::found::{Defect, Fault};
use crate::audit::walk::Step;
use crate::store;

impl Verification<'_> {
    /// Compares an anchor with its chain. For each chain, the first one that does not match is named.
    pub(super) async fn anchor(&mut self, placed: &Placed) -> store::Result<()> {
        let (chain, last) = (&placed.anchor.chain, &placed.anchor.last);
        if self.only.is_some_and(|only| only != chain) || self.unanchored.contains(chain) {
            return Ok(());
        }
        let is_old = self.heads.get(chain).is_some_and(|head| last.seq < head.first.seq);
        let found = match self.defect(placed).await? {
            Some(defect) => Some(Fault { seq: Some(last.seq), ..fault(chain, defect) }),
            None => self.back_dated(placed).await?,
        };
        match found {
            None if is_old => self.found.old_anchors += 1,
            None => self.found.anchors += 1,
            Some(found) => {
                self.unanchored.insert(chain.clone());
                self.fault(Fault { anchor: Some(placed.place.clone()), ..found });
            }
        }
        Ok(())
    }

    /// What is wrong with the entry that an anchor names; nothing if it was removed because of its age.
    async fn defect(&mut self, Placed { anchor, .. }: &Placed) -> store::Result<Option<Defect>> {
        let last = &anchor.last;
        let hash = match self.heads.get(&anchor.chain) {
            None => return Ok(Some(Defect::ChainMissing)),
            Some(head) if last.seq > head.last.seq => return Ok(Some(Defect::CutOff)),
            Some(head) if last.seq < head.first.seq => return Ok(None),
            Some(head) if last.seq == head.first.seq => Some(head.first.hash.clone()),
            Some(_) => self.snapshot.entry_hash(&anchor.chain, last.seq).await?,
        };
        Ok(hash.map_or(Some(Defect::Missing), |hash| (hash != last.hash).then_some(Defect::Recomputed)))
    }

    /// The first entry after an anchor whose row is so old that it would have had its entry before.
    async fn back_dated(&mut self, Placed { anchor, .. }: &Placed) -> store::Result<Option<Fault>> {
        let Some(chained_to) = anchor.chained_to else { return Ok(None) };
        let before = chained_to - LATEST_S;
        let entry = self.snapshot.entry_from_before(&anchor.chain, anchor.last.seq, before).await?;
        Ok(entry.map(|entry| of_entry(&Step { entry, row: None }, Defect::Inserted)))
    }
}
