//! The files of scheduled backups in their directory: `postern-2026-11-27T02-00-00Z.backup`, named by date and time (UTC).

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::clock::{UnixTime, rfc3339};

const PREFIX: &str = "postern-";
const SUFFIX: &str = ".backup";
const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]Z");
/// The first line of a file in the format of age.
const BEGINNING: &[u8] = b"age-encryption.org/v1\n";

/// The name of a backup that is made now. Names sort by time.
pub(super) fn name(now: UnixTime) -> String {
    format!("{PREFIX}{}{SUFFIX}", rfc3339(now).0.replace(':', "-"))
}

/// Removes the oldest backups, so that `keep` of them are left. Only files whose name and beginning are those of a scheduled backup are
/// removed, and never `latest`, whatever its name is. Those with a later name are from a clock that was ahead, and go first. Returns how
/// many were removed.
///
/// # Errors
/// If the directory cannot be read, or a file cannot be removed.
pub(super) fn remove_old(folder: &Path, keep: usize, latest: &str) -> anyhow::Result<usize> {
    let mut others = Vec::new();
    for (name, path) in files(folder)? {
        if is_name(&name) && name != latest && is_backup(&path) {
            others.push((name, path));
        }
    }
    others.sort_unstable_by_key(|(name, _)| (name.as_str() > latest, Reverse(name.clone())));
    let old = others.split_off(others.len().min(keep.saturating_sub(1)));
    old.iter().try_for_each(|(_, path)| remove(path))?;
    Ok(old.len())
}

/// Removes the incomplete file of a scheduled backup that a killed server has left. Must not run while another backup is being made.
///
/// # Errors
/// If the directory cannot be read, or a file cannot be removed.
pub(super) fn remove_unfinished(folder: &Path) -> anyhow::Result<()> {
    for (name, path) in files(folder)? {
        let begun = name.strip_suffix(".part").and_then(|name| name.rsplit_once('.'));
        if begun.is_some_and(|(name, _)| is_name(name)) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// The regular files of a directory, with their names.
fn files(folder: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let reading = || format!("cannot read the directory {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        if let Ok(name) = entry.file_name().into_string()
            && entry.file_type().is_ok_and(|found| found.is_file())
        {
            files.push((name, entry.path()));
        }
    }
    Ok(files)
}

fn is_name(name: &str) -> bool {
    let time = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    time.is_some_and(|time| PrimitiveDateTime::parse(time, TIME).is_ok())
}

fn is_backup(path: &Path) -> bool {
    let mut beginning = [0; BEGINNING.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok() && beginning == BEGINNING
}

fn remove(path: &Path) -> anyhow::Result<()> {
    fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with these files, and what is in it after only `keep` backups are kept.
    fn left(files: &[(&str, &[u8])], keep: usize, latest: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, contents) in files {
            fs::write(folder.path().join(name), contents).unwrap();
        }
        remove_unfinished(folder.path()).unwrap();
        remove_old(folder.path(), keep, latest).unwrap();
        let mut left: Vec<String> = super::files(folder.path()).unwrap().into_iter().map(|(name, _)| name).collect();
        left.sort_unstable();
        left
    }

    #[test]
    fn a_name_says_the_date_and_the_time() {
        assert_eq!(name(1_700_000_010), "postern-2023-11-14T22-13-30Z.backup");
        assert!(is_name(&name(1_700_000_010)));
    }

    #[test]
    fn the_oldest_are_removed_and_the_latest_stays_even_if_the_clock_was_set_back() {
        let [a, b, c, d] = [1_700_000_000, 1_700_086_400, 1_700_172_800, 1_700_259_200].map(name);
        let files: Vec<(&str, &[u8])> = [&a, &b, &c, &d].map(|name| (name.as_str(), BEGINNING)).into();
        assert_eq!(left(&files, 2, &d), [c.clone(), d.clone()]);
        assert_eq!(left(&files, 2, &a), [a.clone(), d.clone()]);
        assert_eq!(left(&files, 3, &b), [a.clone(), b.clone(), d.clone()], "c and d are from a clock that was ahead");
        assert_eq!(left(&files, 1, &d), std::slice::from_ref(&d));
        assert_eq!(left(&files, 9, &d), [a, b, c, d]);
    }

    #[test]
    fn what_postern_has_not_made_is_left_alone() {
        let latest = name(1_800_000_000);
        let old = name(1_700_000_000);
        let others: [(&str, &[u8]); 6] = [
            (&old, b"something else that has this name"),
            ("portal.backup", BEGINNING),
            ("postern-2023-11-14.backup", BEGINNING),
            ("postern-2023-13-14T22-13-30Z.backup", BEGINNING),
            ("postern-2023-11-14T22-13-30Z.backup.gpg", BEGINNING),
            ("mine.backup.0123.part", b""),
        ];
        let mut expected: Vec<String> = others.iter().map(|(name, _)| (*name).to_owned()).collect();
        expected.push(latest.clone());
        expected.sort_unstable();
        assert_eq!(left(&[others.as_slice(), &[(&latest, BEGINNING)]].concat(), 1, &latest), expected);
    }

    #[test]
    fn what_is_left_of_a_killed_backup_is_removed() {
        let part = format!("{}.0123.part", name(1_700_000_000));
        assert!(left(&[(&part, b"half")], 1, &name(1_800_000_000)).is_empty());
    }
}
