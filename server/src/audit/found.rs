//! What a verification finds.

use serde::Serialize;

use crate::clock::UnixTime;
use crate::ids::ChainId;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Defect {
    /// The row, or its entry, is not what was chained.
    Altered,
    /// The row, or its entry, is gone.
    Missing,
    /// There is a row that was never chained, or an entry beyond the beginning or the end of the chain.
    Inserted,
    /// The entry does not follow the one before it.
    Reordered,
    /// The last entries are gone.
    CutOff,
    /// The entries are consistent, but lead to another hash than the sealed head or an anchor has: they were recomputed.
    Recomputed,
    /// The sealed head cannot be opened: it was altered, or belongs to another chain, or its master key is missing. Of the state of all
    /// chains, it may also mean that it was removed.
    HeadDamaged,
    /// The state of all chains is not of the same moment as their heads: an earlier state or head was put in the place of a later one.
    PutBack,
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
    /// Where the anchor is that does not match.
    pub anchor: Option<String>,
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
    /// Rows without an entry that are older than records are kept.
    pub old_rows: u64,
    /// Anchors that match.
    pub anchors: u64,
    /// Anchors of entries that were removed because of their age.
    pub old_anchors: u64,
    /// For each chain, the first fault along its entries, the first row without an entry, and the first anchor that does not match.
    pub faults: Vec<Fault>,
}
