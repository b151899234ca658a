//! What `postern keys` says.

use crate::keys::rotation::Rotated;
use crate::keys::values::Broken;

/// What a key is for.
pub(super) fn key(key_id: &str, state: &str, values: u64) -> String {
    let meaning = match state {
        "current" => "seals and opens",
        "next" => "will seal after the rotation that was begun",
        "old" => "opens",
        _ => "is not in the key ring: add it again, or what it has sealed is lost",
    };
    format!("{key_id}  {state:<8} values: {values:<8} {meaning}")
}

/// The values that cannot be opened.
pub(super) fn broken(values: &[Broken]) -> String {
    let line = |it: &Broken| {
        let user = it.user.as_ref().map(|email| format!(" ({email})")).unwrap_or_default();
        format!("{}.{} of {}{user}: {}", it.table, it.column, it.id, it.error)
    };
    values.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn checked(values: u64) -> String {
    format!("values: {values}; all of them can be opened")
}

pub(super) fn found_broken(values: u64, broken_ones: &[Broken]) -> String {
    format!("values: {values}; cannot be opened: {}\n{}", broken_ones.len(), broken(broken_ones))
}

pub(super) fn rotated(done: &Rotated) -> String {
    let Rotated { key_id, previous, resealed, broken: lost } = done;
    let begun = match previous {
        Some(previous) => format!(
            "Key {key_id} seals in place of {previous}. Values that were sealed again: {resealed}.\nMake a new copy of the key ring now, \
             and keep the old one for older backups. To remove the old key, wait three minutes and run: postern keys remove {previous}"
        ),
        None => format!(
            "The rotation to key {key_id}, which was interrupted, is complete. Values that were sealed again: {resealed}."
        ),
    };
    if lost.is_empty() {
        begun
    } else {
        format!("{begun}\nCannot be opened, and left as they are: {}\n{}", lost.len(), broken(lost))
    }
}

/// Servers that do not have the new key yet.
pub(super) fn waits_for(servers: &str) -> String {
    format!("Waiting up to three minutes for these servers to read the new key: {servers}")
}

pub(super) fn removed(key_id: &str) -> String {
    format!(
        "Key {key_id} was removed. Servers that share the key file forget it within a minute. Copy the key ring to the others, and restart those \
         whose keys are not in a file. Backups from before the rotation still need this key"
    )
}

pub(super) fn is_current(key_id: &str) -> String {
    format!("key {key_id} seals what is written now: rotate first (postern keys rotate)")
}

pub(super) fn is_needed(key_id: &str, values: u64) -> String {
    format!(
        "key {key_id} is needed for {values} values: run `postern keys rotate`, which seals them again, and then repeat this"
    )
}

pub(super) fn is_in_use(key_id: &str, servers: &str) -> String {
    format!(
        "these servers seal with key {key_id}, or did within the last three minutes: {servers}. Run this again later"
    )
}

pub(super) fn is_unknown(key_id: &str) -> String {
    format!("the key ring holds no key {key_id}: look at `postern keys list`")
}
