//! What `postern audit` prints for people.

use std::path::Path;

use crate::audit::anchor_lines::Counts;
use crate::audit::found::{Defect, Fault, Verified};
use crate::clock::in_words;
use crate::ids::ChainId;

pub(super) const NO_LOG: &str =
    "there is no audit log: it begins when a server starts. If there was one before, it was removed";

pub(super) fn exported(entries: u64, path: &Path) -> String {
    format!("{entries} entries were written to {}", path.display())
}

/// The result of a verification, the faults first.
pub(super) fn verified<'a>(found: &Verified, counts: Counts, name: impl Fn(&ChainId) -> Option<&'a str>) -> String {
    let Some(began_at) = found.began_at else {
        return if found.faults.is_empty() {
            NO_LOG.to_owned()
        } else {
            "the audit log or its state was removed or altered, or its master key is missing".to_owned()
        };
    };
    let mut lines: Vec<String> = found.faults.iter().map(|fault| fault_of(fault, name(&fault.chain))).collect();
    let intact = if lines.is_empty() { "intact" } else { "verified" };
    lines.push(format!(
        "Chains {intact}: {}, with {} entries. They reveal changes to rows since {}.",
        found.chains,
        found.entries,
        in_words(began_at)
    ));
    if found.kept_from > 0 {
        lines.push(format!(
            "Rows from before {} were removed because of their age; entries without a row: {}.",
            in_words(found.kept_from),
            found.removed
        ));
    }
    if found.anchors + found.old_anchors > 0 {
        lines.push(format!("Anchors that match: {}; too old to compare: {}.", found.anchors, found.old_anchors));
    }
    if counts.foreign + counts.unreadable > 0 {
        lines.push(format!(
            "Anchors that are not of this portal, or whose master key is missing: {}; unreadable: {}.",
            counts.foreign, counts.unreadable
        ));
    }
    if found.old_rows > 0 {
        lines.push(format!("Rows without an entry that are older than records are kept: {}.", found.old_rows));
    }
    if found.waiting > 0 {
        lines.push(format!(
            "Rows that wait for their entry: {}. A running server adds it within a second.",
            found.waiting
        ));
    }
    lines.join("\n")
}

fn fault_of(fault: &Fault, name: Option<&str>) -> String {
    let chain = fault.chain.as_str().escape_debug();
    let whose = name.map_or_else(|| chain.to_string(), |name| format!("{} ({chain})", name.escape_debug()));
    let what = match fault.defect {
        Defect::Altered => "the row or its entry was altered",
        Defect::Missing => "the row or its entry is missing",
        Defect::Inserted => "a row or an entry was inserted",
        Defect::Reordered => "the entry does not follow the one before it",
        Defect::CutOff => "the end of the chain was cut off",
        Defect::Recomputed => "the chain was recomputed, at this entry or an earlier one",
        Defect::HeadDamaged => {
            "the sealed head cannot be opened: it was altered or swapped, or its master key is missing"
        }
        Defect::PutBack => "the state of all chains, or a head, was put back to an earlier one",
        Defect::ChainMissing => "a whole chain is missing",
    };
    let seq = fault.seq.map(|seq| format!(", entry {seq}")).unwrap_or_default();
    let row = match (&fault.kind, &fault.row, fault.at) {
        (Some(kind), Some(row), Some(at)) => {
            format!(" ({} {} of {})", kind.escape_debug(), row.escape_debug(), in_words(at))
        }
        _ => String::new(),
    };
    let anchor = fault.anchor.as_ref().map(|place| format!(", according to the anchor in {place}")).unwrap_or_default();
    format!("{whose}{seq}: {what}{row}{anchor}")
}
