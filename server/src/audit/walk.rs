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
    /// The lowest number that comes next; `None` at the end.
    from: Option<i64>,
}

impl Walk {
    /// Along a chain, from where its head says that it begins.
    #[must_use]
    pub const fn new(chain: ChainId, head: &Head) -> Self {
        Self { chain, from: head.first.seq.checked_add(1) }
    }

    /// Along all entries that there are, whatever their numbers.
    #[must_use]
    pub const fn of_all(chain: ChainId) -> Self {
        Self { chain, from: Some(i64::MIN) }
    }

    /// The next steps; none at the end.
    pub async fn next(&mut self, snapshot: &mut Snapshot) -> store::Result<Vec<Step>> {
        let Some(from) = self.from else { return Ok(Vec::new()) };
        let entries = snapshot.entries(&self.chain, from, AT_ONCE).await?;
        self.from = entries.last().and_then(|last| last.seq.checked_add(1));
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
