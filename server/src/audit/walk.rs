//! Reads a chain with its rows, some at a time.

use std::collections::HashMap;

use super::sealed::Head;
use crate::ids::ChainId;
use crate::store;
use crate::store::audit_entries::Entry;
use crate::store::audit_records::{Record, RecordKind};
use crate::store::tables::Snapshot;

/// Entries that are read at once.
const AT_ONCE: i64 = 500;

/// An entry, with its row if it still exists.
#[derive(Clone, Debug)]
pub struct Step {
    /// The entry.
    pub entry: Entry,
    /// The row.
    pub row: Option<Record>,
}

/// A walk along a chain.
#[derive(Clone, Debug)]
pub struct Walk {
    chain: ChainId,
    after: i64,
}

impl Walk {
    /// Begins at the first entry that a chain still has.
    #[must_use]
    pub const fn new(chain: ChainId, head: &Head) -> Self {
        Self { chain, after: head.first.seq }
    }

    /// The next steps; none at the end.
    pub async fn next(&mut self, snapshot: &mut Snapshot) -> store::Result<Vec<Step>> {
        let entries = snapshot.entries(&self.chain, self.after, AT_ONCE).await?;
        if let Some(last) = entries.last() {
            self.after = last.seq;
        }
        let mut rows: HashMap<(RecordKind, String), Record> = HashMap::new();
        for kind in RecordKind::ALL {
            let ids: Vec<&str> =
                entries.iter().filter(|entry| entry.kind == kind.as_str()).map(|entry| entry.row_id.as_str()).collect();
            let found = snapshot.records(kind, &ids).await?;
            rows.extend(found.into_iter().map(|(id, row)| ((kind, id), row)));
        }
        let step = |entry: Entry| {
            let kind: Option<RecordKind> = entry.kind.parse().ok();
            let row = kind.and_then(|kind| rows.remove(&(kind, entry.row_id.clone())));
            Step { entry, row }
        };
        Ok(entries.into_iter().map(step).collect())
    }
}
